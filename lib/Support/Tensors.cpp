// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Support/Tensors.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace fourmix {

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

static SmallVector<OpFoldResult> indices(OpBuilder &builder, ArrayRef<int64_t> values) {
  return llvm::map_to_vector(values, [&](int64_t value) -> OpFoldResult { return builder.getIndexAttr(value); });
}

static SmallVector<OpFoldResult> ones(OpBuilder &builder, int64_t rank) {
  return SmallVector<OpFoldResult>(rank, builder.getIndexAttr(1));
}

Value sliceBox(OpBuilder &builder, Location loc, Value value, ArrayRef<int64_t> from, ArrayRef<int64_t> sizes) {
  if (typeOf(value).getShape() == sizes)
    return value;
  return tensor::ExtractSliceOp::create(builder, loc, value, indices(builder, from), indices(builder, sizes),
                                        ones(builder, from.size()));
}

SmallVector<int64_t> withExtent(ArrayRef<int64_t> shape, int64_t axis, int64_t extent) {
  SmallVector<int64_t> result(shape);
  result[axis] = extent;
  return result;
}

Value createZeros(OpBuilder &builder, Location loc, RankedTensorType type) {
  return arith::ConstantOp::create(builder, loc, type, cast<TypedAttr>(builder.getZeroAttr(type)));
}

Value sliceAxis(OpBuilder &builder, Location loc, Value value, int64_t axis, int64_t offset, int64_t size) {
  SmallVector<int64_t> from(typeOf(value).getRank(), 0);
  from[axis] = offset;
  return sliceBox(builder, loc, value, from, withExtent(typeOf(value).getShape(), axis, size));
}

Value fitAxis(OpBuilder &builder, Location loc, Value value, int64_t axis, int64_t extent) {
  RankedTensorType type = typeOf(value);
  int64_t missing = extent - type.getDimSize(axis);
  if (missing <= 0)
    return sliceAxis(builder, loc, value, axis, 0, extent);
  SmallVector<int64_t> low(type.getRank(), 0), high(type.getRank(), 0);
  high[axis] = missing;
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type.getElementType()));
  return tensor::PadOp::create(builder, loc, type.clone(withExtent(type.getShape(), axis, extent)), value,
                               indices(builder, low), indices(builder, high), zero);
}

Value insertAt(OpBuilder &builder, Location loc, Value value, Value dest, ArrayRef<int64_t> offsets) {
  if (value.getType() == dest.getType())
    return value;
  return tensor::InsertSliceOp::create(builder, loc, value, dest, indices(builder, offsets),
                                       indices(builder, typeOf(value).getShape()), ones(builder, offsets.size()));
}

Value insertElementwise(OpBuilder &builder, Location loc, ArrayRef<Reflected> operands, Value dest,
                        ArrayRef<int64_t> to, function_ref<Value(OpBuilder &, Location, ValueRange)> body) {
  ArrayRef<int64_t> sizes = typeOf(operands.front().value).getShape();
  int64_t rank = sizes.size();
  SmallVector<AffineMap> maps;
  SmallVector<Value> inputs;
  for (const Reflected &operand : operands) {
    SmallVector<AffineExpr> read;
    for (int64_t i = 0; i < rank; ++i) {
      AffineExpr dim = builder.getAffineDimExpr(i);
      read.push_back(llvm::is_contained(operand.axes, i) ? builder.getAffineConstantExpr(sizes[i] - 1) - dim : dim);
    }
    maps.push_back(AffineMap::get(rank, 0, read, builder.getContext()));
    inputs.push_back(operand.value);
  }
  maps.push_back(builder.getMultiDimIdentityMap(rank));
  SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
  // Into a tensor of its own, inserted at once: empty tensor elimination lets it write straight into `dest`.
  Value part = tensor::EmptyOp::create(builder, loc, sizes, typeOf(dest).getElementType());
  Value written = linalg::GenericOp::create(builder, loc, part.getType(), inputs, part, maps, iterators,
                                            [&](OpBuilder &inner, Location at, ValueRange elements) {
                                              linalg::YieldOp::create(inner, at, body(inner, at, elements.drop_back()));
                                            })
                      .getResult(0);
  return insertAt(builder, loc, written, dest, to);
}

Value insertReflected(OpBuilder &builder, Location loc, Reflected value, Value dest, ArrayRef<int64_t> to) {
  return insertElementwise(builder, loc, value, dest, to,
                           [](OpBuilder &, Location, ValueRange elements) { return elements[0]; });
}

Value reshape(OpBuilder &builder, Location loc, Value value, ArrayRef<int64_t> shape) {
  RankedTensorType from = typeOf(value), to = from.clone(shape);
  if (from == to)
    return value;
  if (std::optional<SmallVector<ReassociationIndices>> groups = getReassociationIndicesForReshape(from, to)) {
    if (from.getRank() > to.getRank())
      return tensor::CollapseShapeOp::create(builder, loc, to, value, *groups);
    if (from.getRank() < to.getRank())
      return tensor::ExpandShapeOp::create(builder, loc, to, value, *groups);
  }
  // Through one dimension.
  if (from.getRank() != 1) {
    ReassociationIndices all = llvm::to_vector(llvm::seq<int64_t>(0, from.getRank()));
    SmallVector<ReassociationIndices> groups;
    if (from.getRank() > 0)
      groups.push_back(all);
    RankedTensorType flat = from.clone(SmallVector<int64_t>{from.getNumElements()});
    value = from.getRank() > 0
                ? Value(tensor::CollapseShapeOp::create(builder, loc, flat, value, groups))
                : Value(tensor::ExpandShapeOp::create(builder, loc, flat, value, ArrayRef<ReassociationIndices>{}));
  }
  if (to.getRank() == 1)
    return value;
  SmallVector<ReassociationIndices> groups;
  if (to.getRank() > 0)
    groups.push_back(llvm::to_vector(llvm::seq<int64_t>(0, to.getRank())));
  if (to.getRank() > 0)
    return tensor::ExpandShapeOp::create(builder, loc, to, value, groups);
  return tensor::CollapseShapeOp::create(builder, loc, to, value, groups);
}

} // namespace fourmix
