// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Mix/IR/Mix.h"

using namespace mlir;
using namespace fourmix::mix;

/// Two extents of one axis that may still turn out to be equal.
static bool compatible(int64_t a, int64_t b) { return a == b || ShapedType::isDynamic(a) || ShapedType::isDynamic(b); }

LogicalResult LinearOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor op,
                                         SmallVectorImpl<Type> &types) {
  auto input = dyn_cast<RankedTensorType>(op.getInput().getType());
  if (!input)
    return emitOptionalError(loc, "'mix.linear' op expected a ranked tensor, but found ", op.getInput().getType());
  SmallVector<int64_t> shape(input.getShape());
  auto apply = [&](StringRef name, int64_t axis, Value matrix, unsigned reads) -> LogicalResult {
    if (axis < 0 || axis >= input.getRank()) // linear_c1
      return emitOptionalError(loc, "'mix.linear' op axis '", name, "' is ", axis, ", but the input has rank ",
                               input.getRank());
    auto type = dyn_cast<RankedTensorType>(matrix.getType());
    if (!type || type.getRank() != 2 || !compatible(type.getDimSize(reads), shape[axis])) // linear_c3, linear_c4
      return emitOptionalError(loc, "'mix.linear' op expected a matrix that reads the ", shape[axis],
                               " elements of axis '", name, "', but found ", matrix.getType());
    shape[axis] = type.getDimSize(1 - reads);
    return success();
  };
  if (failed(apply("sequence", op.getSequence(), op.getSequenceMatrix(), 1)))
    return failure();
  if (op.getHidden().has_value() != static_cast<bool>(op.getHiddenMatrix()))
    return emitOptionalError(loc, "'mix.linear' op expected the axis 'hidden' and its matrix, but found only one");
  if (op.getHidden()) {
    if (*op.getHidden() == op.getSequence()) // linear_c2
      return emitOptionalError(loc, "'mix.linear' op axes 'sequence' and 'hidden' must differ, but both are ",
                               op.getSequence());
    if (failed(apply("hidden", *op.getHidden(), op.getHiddenMatrix(), 0)))
      return failure();
  }
  types.push_back(RankedTensorType::get(shape, input.getElementType()));
  return success();
}

LogicalResult LinearOp::verify() {
  for (Value matrix : getParameters())
    if (getElementTypeOrSelf(matrix) != getInput().getType().getElementType())
      return emitOpError() << "expected matrices of " << getInput().getType().getElementType() << ", but found "
                           << matrix.getType();
  return success();
}

Value LinearOp::getMixed() { return getInput(); }

SmallVector<int64_t> LinearOp::getMixedAxes() {
  SmallVector<int64_t> axes = {static_cast<int64_t>(getSequence())};
  if (getHidden())
    axes.push_back(*getHidden());
  llvm::sort(axes);
  return axes;
}

bool LinearOp::isLinear() { return true; }
bool LinearOp::isConvolution() { return false; }

SmallVector<Value> LinearOp::getParameters() {
  SmallVector<Value> matrices = {getSequenceMatrix()};
  if (getHiddenMatrix())
    matrices.push_back(getHiddenMatrix());
  return matrices;
}

double LinearOp::getFlops() {
  RankedTensorType type = getInput().getType();
  auto elements = static_cast<double>(type.getNumElements());
  double rows = getSequenceMatrix().getType().getDimSize(0), n = type.getDimSize(getSequence());
  if (!getHidden())
    return 2 * elements * rows;
  double columns = getHiddenMatrix().getType().getDimSize(1), d = type.getDimSize(*getHidden());
  // The matrix that shrinks more goes first.
  return elements == 0 ? 0 : 2 * elements * std::min(rows + rows / n * columns, columns + columns / d * rows);
}
