// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Mix/IR/Mix.h"
#include "llvm/ADT/STLExtras.h"
#include <numeric>

using namespace mlir;
using namespace fourmix::mix;

LogicalResult LambdaOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor op,
                                         SmallVectorImpl<Type> &types) {
  auto queries = dyn_cast<RankedTensorType>(op.getQueries().getType());
  auto values = dyn_cast<RankedTensorType>(op.getValues().getType());
  for (auto [name, type] : {std::pair("queries [b, h, k, n]", queries), std::pair("values [b, u, v, m]", values)})
    if (!type || type.getRank() != 4) // lambda_c1
      return emitOptionalError(loc, "'mix.lambda' op expected ", name, ", but found ",
                               type ? Type(type) : op.getQueries().getType());
  types.push_back(
      RankedTensorType::get({queries.getDimSize(0), queries.getDimSize(1), values.getDimSize(2), queries.getDimSize(3)},
                            queries.getElementType())); // lambda_c8
  return success();
}

LambdaOp::Sizes LambdaOp::getSizes() {
  ArrayRef<int64_t> q = getQueries().getType().getShape(), v = getValues().getType().getShape();
  return {q[0], q[1], q[2], v[1], v[2], q[3], v[3]};
}

ArrayRef<int64_t> LambdaOp::getKernelExtents() {
  return getKernel() ? getKernel().getType().getShape().drop_front(2) : ArrayRef<int64_t>();
}

LogicalResult LambdaOp::verify() {
  for (Value operand : getOperands())
    if (getElementTypeOrSelf(operand) != getQueries().getType().getElementType()) // lambda_c7
      return emitOpError() << "expected operands of " << getQueries().getType().getElementType() << ", but found "
                           << operand.getType();
  Sizes s = getSizes();
  auto check = [&](StringRef name, TypedValue<RankedTensorType> operand, ArrayRef<int64_t> shape) -> LogicalResult {
    if (!operand || succeeded(verifyCompatibleShape(operand.getType().getShape(), shape)))
      return success();
    return emitOpError() << "expected " << name << " of shape " << ArrayRef(shape) << ", but found "
                         << operand.getType();
  };
  if (failed(check("values", getValues(), {s.batch, s.depth, s.value, s.context})) || // lambda_c1
      failed(check("keys", getKeys(), {s.batch, s.depth, s.key, s.context})) ||       // lambda_c2
      failed(check("table", getTable(), {s.queries, s.context, s.key, s.depth})) ||   // lambda_c3
      failed(check("bias", getBias(), s.key)))                                        // lambda_c5
    return failure();
  if (!getKeys() && !getTable() && !getKernel()) // lambda_c6
    return emitOpError() << "expected a content or a position lambda, but found neither keys nor table nor kernel";
  if (getTable() && getKernel())
    return emitOpError() << "expected one position lambda, but found a table and a kernel";
  if (!getKernel()) {
    if (!getGrid().empty()) // lambda_c4
      return emitOpError() << "expected no grid where there is no kernel, but found [" << getGrid() << "]";
    return success();
  }
  int64_t rank = getGrid().size();
  if (rank < 1 || getKernel().getType().getRank() != rank + 2)
    return emitOpError() << "expected a kernel [k, u, ..] with an extent for each of the " << rank
                         << " axes of the grid, but found " << getKernel().getType();
  SmallVector<int64_t> shape = {s.key, s.depth};
  llvm::append_range(shape, getKernelExtents());
  if (failed(check("kernel", getKernel(), shape)))
    return failure();
  for (int64_t extent : getKernelExtents())
    if (ShapedType::isDynamic(extent) || extent % 2 == 0)
      return emitOpError() << "expected a kernel of odd extents, but found " << getKernel().getType();
  int64_t positions = 1;
  for (int64_t extent : getGrid())
    if (extent < 1 || llvm::MulOverflow(positions, extent, positions))
      return emitOpError() << "expected a grid of positive extents, but found [" << getGrid() << "]";
  for (int64_t count : {s.queries, s.context})
    if (!ShapedType::isDynamic(count) && count != positions)
      return emitOpError() << "expected queries and values at the " << positions << " positions of the grid, but found "
                           << getQueries().getType() << " and " << getValues().getType();
  return success();
}

Value LambdaOp::getMixed() { return getValues(); }
SmallVector<int64_t> LambdaOp::getMixedAxes() { return {3}; }
bool LambdaOp::isLinear() { return !getBias(); }
// The weight of a value depends on the query, too, which has a position of its own.
bool LambdaOp::isConvolution() { return false; }

SmallVector<Value> LambdaOp::getParameters() {
  SmallVector<Value> parameters;
  for (Value parameter : {Value(getTable()), Value(getKernel()), Value(getBias())})
    if (parameter)
      parameters.push_back(parameter);
  return parameters;
}

double LambdaOp::getFlops() {
  Sizes s = getSizes();
  auto times = [](auto... factors) { return (static_cast<double>(factors) * ...); };
  double flops = times(2, s.batch, s.heads, s.key, s.value, s.queries);
  if (getKeys()) // The softmax counts five for each key.
    flops += times(2, s.batch, s.depth, s.key, s.value, s.context) + times(5, s.batch, s.depth, s.key, s.context);
  double dense = times(2, s.batch, s.depth, s.key, s.value, s.queries);
  if (getTable())
    flops += dense * static_cast<double>(s.context);
  if (getKernel()) {
    // Directly, or by transforms of a grid that is large enough for no position to wrap around.
    double direct = dense, points = 1, logs = 0;
    for (auto [extent, size] : llvm::zip(getGrid(), getKernelExtents())) {
      int64_t reach = std::min(size, 2 * extent - 1);
      direct *= static_cast<double>(reach);
      points *= static_cast<double>(extent + reach / 2);
      logs += std::log2(static_cast<double>(extent + reach / 2));
    }
    double lines = times(s.batch, s.value, s.depth + s.key);
    double products = times(8, s.batch, s.depth, s.key, s.value) / 2 * points;
    flops += std::min(direct, lines * 2.5 * points * logs + products);
  }
  return flops;
}
