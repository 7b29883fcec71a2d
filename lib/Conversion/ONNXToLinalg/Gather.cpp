// Reading at indices that are data.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/ONNXToLinalg/Lowering.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace fourmix::lowering {

namespace {

/// The indices as numbers of [0, size), or nullopt where they are no constants or lie outside.
std::optional<SmallVector<int64_t>> knownIndices(Value indices, int64_t size) {
  ElementsAttr constant = matchConstant(indices);
  if (!constant)
    return std::nullopt;
  std::optional<SmallVector<int64_t>> values = readInts(constant);
  if (!values)
    return std::nullopt;
  for (int64_t &value : *values) {
    value += value < 0 ? size : 0;
    if (value < 0 || value >= size)
      return std::nullopt;
  }
  return values;
}

/// Refuses to read from a tensor without elements.
LogicalResult checkReadable(NodeLowering &n) {
  if (Emit::typeOf(n.input(0)).getNumElements() == 0 && n.resultType().getNumElements() != 0)
    return n.node.emitNodeError() << "there is nothing to read in " << Emit::typeOf(n.input(0));
  return success();
}

/// result[p..., i..., s...] = data[p..., indices[i...], s...]
LogicalResult lowerGather(NodeLowering &n) {
  Value data = n.input(0), indices = n.input(1);
  Shape shape = Emit::shapeOf(data);
  FailureOr<int64_t> axis = n.axis(n.node.getInt("axis", 0), shape.size());
  if (failed(axis) || failed(checkReadable(n)))
    return failure();
  int64_t rank = n.resultType().getRank(), indexRank = Emit::rankOf(indices);
  Type type = n.resultType().getElementType();
  if (n.resultType().getNumElements() == 0)
    return n.set(n.empty(n.resultShape(), type));
  // Constant indices that are a few runs are slices: a part of a complex pair, the first token.
  if (std::optional<SmallVector<int64_t>> known = knownIndices(indices, shape[*axis]))
    if (Value taken = n.take(data, *axis, *known, /*maxSlices=*/4))
      return n.set(n.reshape(taken, n.resultShape()));
  SmallVector<AffineExpr> exprs;
  for (int64_t i = 0; i < indexRank; ++i)
    exprs.push_back(n.builder.getAffineDimExpr(*axis + i));
  AffineMap where = AffineMap::get(rank, 0, exprs, n.builder.getContext());
  bool isUnsigned = n.isUnsigned(1);
  return n.set(n.map(
      n.resultShape(), type, indices, where,
      [&](Scalars &s, ValueRange x) {
        SmallVector<Value> at;
        for (int64_t i = 0; i < static_cast<int64_t>(shape.size()); ++i)
          at.push_back(i == *axis ? s.safeIndex(x[0], shape[i])
                                  : s.make<linalg::IndexOp>(i < *axis ? i : i + indexRank - 1));
        return s.make<tensor::ExtractOp>(data, at);
      },
      isUnsigned));
}

/// result[i...] = data[i... with indices[i...] on the axis]
LogicalResult lowerGatherElements(NodeLowering &n) {
  Value data = n.input(0), indices = n.input(1);
  Shape shape = Emit::shapeOf(data);
  FailureOr<int64_t> axis = n.axis(n.node.getInt("axis", 0), shape.size());
  if (failed(axis) || failed(checkReadable(n)))
    return failure();
  return n.set(n.map(
      n.resultShape(), n.resultType().getElementType(), indices, n.builder.getMultiDimIdentityMap(shape.size()),
      [&](Scalars &s, ValueRange x) {
        SmallVector<Value> at;
        for (int64_t i = 0; i < static_cast<int64_t>(shape.size()); ++i)
          at.push_back(i == *axis ? s.safeIndex(x[0], shape[i]) : s.make<linalg::IndexOp>(i));
        return s.make<tensor::ExtractOp>(data, at);
      },
      n.isUnsigned(1)));
}

/// result[b..., i..., s...] = data[b..., indices[b..., i..., :]..., s...]
LogicalResult lowerGatherND(NodeLowering &n) {
  Value data = n.input(0), indices = n.input(1);
  Shape shape = Emit::shapeOf(data), indexShape = Emit::shapeOf(indices);
  if (indexShape.empty())
    return n.node.emitNodeError() << "indices must have at least one dimension";
  if (failed(checkReadable(n)))
    return failure();
  int64_t batch = n.node.getInt("batch_dims", 0), depth = indexShape.back();
  int64_t outer = static_cast<int64_t>(indexShape.size()) - 1, rank = n.resultType().getRank();
  if (batch < 0 || batch + depth > static_cast<int64_t>(shape.size()))
    return n.node.emitNodeError() << "indices of depth " << depth << " do not fit data of rank " << shape.size()
                                  << " with " << batch << " batch dimensions";
  Type type = n.resultType().getElementType();
  if (n.resultType().getNumElements() == 0)
    return n.set(n.empty(n.resultShape(), type));
  // One operand for each component of the index, each read at a constant place of the last dimension.
  SmallVector<Value> components(depth, indices);
  SmallVector<AffineMap> maps;
  for (int64_t k = 0; k < depth; ++k) {
    SmallVector<AffineExpr> exprs;
    for (int64_t i = 0; i < outer; ++i)
      exprs.push_back(n.builder.getAffineDimExpr(i));
    exprs.push_back(n.builder.getAffineConstantExpr(k));
    maps.push_back(AffineMap::get(rank, 0, exprs, n.builder.getContext()));
  }
  return n.set(n.map(
      n.resultShape(), type, components, maps,
      [&](Scalars &s, ValueRange x) {
        SmallVector<Value> at;
        for (int64_t i = 0; i < batch; ++i)
          at.push_back(s.make<linalg::IndexOp>(i));
        for (int64_t k = 0; k < depth; ++k)
          at.push_back(s.safeIndex(x[k], shape[batch + k]));
        for (int64_t i = outer; i < rank; ++i)
          at.push_back(s.make<linalg::IndexOp>(i));
        return s.make<tensor::ExtractOp>(data, at);
      },
      n.isUnsigned(1)));
}

/// result[i..., j, k...] = values[1] where j == indices[i..., k...], else values[0]
LogicalResult lowerOneHot(NodeLowering &n) {
  int64_t rank = n.resultType().getRank();
  FailureOr<int64_t> axis = n.axis(n.node.getInt("axis", -1), rank);
  if (failed(axis))
    return failure();
  int64_t depth = n.resultShape()[*axis];
  Value values = n.input(2);
  AffineMap where = n.builder.getMultiDimIdentityMap(rank).dropResult(*axis);
  Value indices = n.cast(n.input(0), n.builder.getI64Type(), n.isUnsigned(0));
  AffineMap off = AffineMap::get(rank, 0, n.builder.getAffineConstantExpr(0));
  AffineMap on = AffineMap::get(rank, 0, n.builder.getAffineConstantExpr(1));
  return n.set(n.map(n.resultShape(), n.resultType().getElementType(), {indices, values, values}, {where, off, on},
                     [&](Scalars &s, ValueRange x) {
                       Value size = s.constant(x[0].getType(), depth), zero = s.constant(x[0].getType(), 0);
                       Value wanted = s.select(s.lt(x[0], zero), s.add(x[0], size), x[0]);
                       Value here = s.make<arith::IndexCastOp>(x[0].getType(), s.make<linalg::IndexOp>(*axis));
                       return s.select(s.eq(wanted, here), x[2], x[1]);
                     }));
}

} // namespace

void addGatherRows(LoweringTable &table) {
  table.add("Gather", 1, lowerGather, 2);
  table.add("GatherElements", 11, lowerGatherElements, 2);
  table.add("GatherND", 11, lowerGatherND, 2);
  table.add("OneHot", 9, lowerOneHot, 3);
}

} // namespace fourmix::lowering
