// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Mix/IR/KernelChecks.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::mix;

int64_t ProjectionOp::kernelRank(ProjectionKind kind) {
  switch (kind) {
  case ProjectionKind::Circular1D:
    return 1;
  case ProjectionKind::Dense:
  case ProjectionKind::Circular2D:
    return 2;
  case ProjectionKind::BlockCirculant:
    return 3;
  }
  return 0;
}

SmallVector<int64_t> ProjectionOp::getCircle() {
  if (getKind() == ProjectionKind::Circular2D)
    return SmallVector<int64_t>(*getGrid());
  return {getInput().getType().getShape().back()};
}

SmallVector<int64_t> ProjectionOp::getOrigins() {
  return getOrigin() ? SmallVector<int64_t>(*getOrigin()) : SmallVector<int64_t>(getCircle().size(), 0);
}

LogicalResult ProjectionOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor adaptor,
                                             SmallVectorImpl<Type> &types) {
  auto input = dyn_cast<RankedTensorType>(adaptor.getInput().getType());
  auto weight = dyn_cast<RankedTensorType>(adaptor.getWeight().getType());
  if (!input || !weight || input.getRank() < 1)
    return emitOptionalError(location, "'mix.projection' op expected an input of rank 1 at least");
  int64_t rank = kernelRank(adaptor.getKind()), heads = weight.getRank() - rank; // projection_c2
  if (heads != 0 && heads != 1)
    return emitOptionalError(location, "'mix.projection' op the weight has rank ", weight.getRank(), ", expected ",
                             rank, " or, with heads, ", rank + 1);
  SmallVector<int64_t> shape(input.getShape().drop_back());
  ArrayRef<int64_t> kernel = weight.getShape().drop_front(heads);
  if (heads)
    shape.push_back(weight.getDimSize(0));
  auto multiply = [](int64_t a, int64_t b) {
    return ShapedType::isDynamic(a) || ShapedType::isDynamic(b) ? ShapedType::kDynamic : a * b;
  };
  if (adaptor.getKind() == ProjectionKind::Dense)
    shape.push_back(kernel[0]);
  else if (adaptor.getKind() == ProjectionKind::BlockCirculant)
    shape.push_back(multiply(kernel[0], kernel[2]));
  else
    shape.push_back(input.getShape().back());
  types.push_back(input.clone(shape));
  return success();
}

LogicalResult ProjectionOp::verify() {
  RankedTensorType input = getInput().getType();
  if (failed(checkLike(*this, input, "the weight", getWeight().getType(), /*sameRank=*/false))) // projection_c1
    return failure();
  bool isDense = getKind() == ProjectionKind::Dense;
  StringRef kind = stringifyProjectionKind(getKind());
  if (getOrientation().has_value() == isDense) // projection_c3
    return emitOpError() << kind << (isDense ? " has no orientation" : " needs an orientation");
  bool isGrid = getKind() == ProjectionKind::Circular2D;
  if (getGrid().has_value() != isGrid)
    return emitOpError() << kind << (isGrid ? " needs a grid" : " has no grid");
  if (isGrid && (getGrid()->size() != 2 || llvm::any_of(*getGrid(), [](int64_t extent) { return extent < 1; })))
    return emitOpError() << "expected a grid of two positive extents";
  if (getOrigin() && !isCircular())
    return emitOpError() << kind << " has no origin";
  int64_t hidden = input.getRank() - 1, extent = input.getDimSize(hidden);
  ArrayRef<int64_t> kernel = getKernelShape();
  if (isDense) // projection_c4
    return checkExtent(*this, "the input", hidden, extent, kernel[1]);
  if (failed(checkStatic(*this, input, hidden)))
    return failure();
  if (ShapedType::isDynamicShape(kernel))
    return emitOpError() << "the kernel of a " << kind << " projection must have a static shape";
  if (getKind() == ProjectionKind::BlockCirculant)
    return checkExtent(*this, "the input", hidden, extent, kernel[1] * kernel[2]);
  SmallVector<int64_t> circle = getCircle();
  if (isGrid && failed(checkExtent(*this, "the input", hidden, extent, circle[0] * circle[1])))
    return failure();
  if (getOrigin() && getOrigin()->size() != circle.size())
    return emitOpError() << "origin has " << getOrigin()->size() << " entries, expected " << circle.size();
  for (auto [taps, extent, origin] : llvm::zip_equal(kernel, circle, getOrigins())) // projection_c5
    if (failed(checkTaps(*this, taps, extent, origin)))
      return failure();
  return success();
}

Value ProjectionOp::getMixed() { return getInput(); }
SmallVector<int64_t> ProjectionOp::getMixedAxes() { return {getInput().getType().getRank() - 1}; }
bool ProjectionOp::isLinear() { return true; }
bool ProjectionOp::isConvolution() { return isCircular(); }
SmallVector<Value> ProjectionOp::getParameters() { return {getWeight()}; }

double ProjectionOp::getFlops() {
  ShapedType input = getInput().getType(), output = cast<ShapedType>(getOutput().getType());
  double k = static_cast<double>(input.getShape().back()), d = static_cast<double>(output.getShape().back());
  double tokens = static_cast<double>(input.getNumElements()) / k, heads = static_cast<double>(getHeads());
  double dense = 2 * k * d * heads;
  if (getKind() == ProjectionKind::Dense)
    return tokens * dense;
  if (getKind() == ProjectionKind::BlockCirculant) {
    // One transform per block of the input and of each head's result, and a product of spectra per pair of blocks.
    double rows = static_cast<double>(getKernelShape()[0]), columns = static_cast<double>(getKernelShape()[1]);
    int64_t block = getKernelShape()[2];
    double products = 4 * heads * rows * columns * static_cast<double>(block);
    return tokens * std::min(dense, (columns + heads * rows) * fourierFlops(block) / 2 + products);
  }
  double direct = 2 * static_cast<double>(ShapedType::getNumElements(getKernelShape())) * d * heads;
  double fast = (1 + heads) * fourierFlops(input.getShape().back()) / 2 + 3 * heads * k;
  return tokens * std::min(direct, fast);
}
