// The part of Emit that moves elements without computing with them.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Support/Constants.h"
#include "lib/Emit/Emit.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include <cstring>

using namespace mlir;

namespace fourmix::lowering {

namespace {

/// A constant with another shape: the same bytes, in the store the same entry.
ElementsAttr reshapeConstant(ElementsAttr constant, RankedTensorType type) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(constant))
    return DenseResourceElementsAttr::get(type, resource.getRawHandle());
  if (auto dense = dyn_cast<DenseElementsAttr>(constant))
    return dense.reshape(type);
  return {};
}

ElementsAttr transposeConstant(ElementsAttr constant, RankedTensorType type, ArrayRef<int64_t> permutation) {
  if (auto dense = dyn_cast<DenseElementsAttr>(constant); dense && dense.isSplat())
    return dense.reshape(type);
  std::vector<char> scratch;
  std::optional<ArrayRef<char>> bytes = readBytes(constant, scratch);
  int64_t size = elementBytes(type.getElementType());
  if (!bytes || static_cast<int64_t>(bytes->size()) != size * type.getNumElements())
    return {};
  Shape from = constant.getShapedType().getShape();
  SmallVector<int64_t> strides(from.size(), 1);
  for (int64_t i = static_cast<int64_t>(from.size()) - 2; i >= 0; --i)
    strides[i] = strides[i + 1] * from[i + 1];
  std::vector<char> moved(bytes->size());
  SmallVector<int64_t> at(from.size(), 0);
  for (int64_t i = 0, e = type.getNumElements(); i < e; ++i) {
    int64_t source = 0;
    for (auto [d, p] : llvm::enumerate(permutation))
      source += at[d] * strides[p];
    std::memcpy(moved.data() + i * size, bytes->data() + source * size, size);
    for (int64_t d = type.getRank() - 1; d >= 0 && ++at[d] == type.getDimSize(d); --d)
      at[d] = 0;
  }
  StringRef hint = "transposed";
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(constant))
    hint = resource.getRawHandle().getKey();
  return makeConstant(type, ArrayRef<char>(moved), hint);
}

/// Splits two shapes with as many elements into the finest segments of equal product.
void matchSegments(Shape from, Shape to, SmallVectorImpl<ReassociationIndices> &fromGroups,
                   SmallVectorImpl<ReassociationIndices> &toGroups) {
  size_t i = 0, j = 0;
  while (i < from.size() && j < to.size()) {
    ReassociationIndices fromGroup{static_cast<int64_t>(i)}, toGroup{static_cast<int64_t>(j)};
    int64_t a = from[i++], b = to[j++];
    while (a != b) {
      if (a < b) {
        fromGroup.push_back(i);
        a *= from[i++];
      } else {
        toGroup.push_back(j);
        b *= to[j++];
      }
    }
    fromGroups.push_back(fromGroup);
    toGroups.push_back(toGroup);
  }
  // What is left over is 1.
  for (; i < from.size(); ++i)
    fromGroups.back().push_back(i);
  for (; j < to.size(); ++j)
    toGroups.back().push_back(j);
}

} // namespace

Value Emit::reshape(Value value, Shape shape) {
  // A reshape of a reshape is a reshape of its source; what it passes over may be left without uses.
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op) || shapeOf(value) == shape)
      break;
    value = op->getOperand(0);
  }
  RankedTensorType from = typeOf(value);
  if (from.getShape() == shape)
    return value;
  auto to = RankedTensorType::get(shape, from.getElementType());
  if (ElementsAttr known = matchConstant(value))
    if (ElementsAttr reshaped = reshapeConstant(known, to))
      return constant(reshaped);
  if (to.getNumElements() == 0)
    return empty(shape, from.getElementType());
  SmallVector<ReassociationIndices> fromGroups, toGroups;
  if (from.getRank() != 0 && to.getRank() != 0)
    matchSegments(from.getShape(), shape, fromGroups, toGroups);
  SmallVector<int64_t> between;
  for (const ReassociationIndices &group : fromGroups) {
    int64_t size = 1;
    for (int64_t i : group)
      size *= from.getDimSize(i);
    between.push_back(size);
  }
  auto middle = RankedTensorType::get(between, from.getElementType());
  if (middle != from)
    value = tensor::CollapseShapeOp::create(builder, loc, middle, value, fromGroups);
  if (middle != to)
    value = tensor::ExpandShapeOp::create(builder, loc, to, value, toGroups);
  return value;
}

Value Emit::unsqueeze(Value value, ArrayRef<int64_t> axes) {
  SmallVector<int64_t> shape;
  Shape from = shapeOf(value);
  size_t next = 0;
  for (size_t i = 0; i < from.size() + axes.size(); ++i)
    shape.push_back(llvm::is_contained(axes, static_cast<int64_t>(i)) ? 1 : from[next++]);
  return reshape(value, shape);
}

Value Emit::transpose(Value value, ArrayRef<int64_t> permutation) {
  RankedTensorType from = typeOf(value);
  SmallVector<int64_t> shape, moving;
  for (int64_t p : permutation) {
    shape.push_back(from.getDimSize(p));
    if (from.getDimSize(p) != 1)
      moving.push_back(p);
  }
  if (llvm::is_sorted(moving)) // Only dimensions of size 1 move.
    return reshape(value, shape);
  if (ElementsAttr known = matchConstant(value))
    if (ElementsAttr moved = transposeConstant(known, RankedTensorType::get(shape, from.getElementType()), permutation))
      return constant(moved);
  SmallVector<AffineExpr> exprs(permutation.size());
  for (auto [i, p] : llvm::enumerate(permutation))
    exprs[p] = builder.getAffineDimExpr(i);
  AffineMap projection = AffineMap::get(permutation.size(), 0, exprs, builder.getContext());
  return map(shape, from.getElementType(), value, projection, [](Scalars &, ValueRange x) { return x[0]; });
}

Value Emit::broadcast(Value value, Shape shape) {
  if (shapeOf(value) == shape)
    return value;
  if (product(shape) == product(shapeOf(value)))
    return reshape(value, shape);
  if (TypedAttr uniform; isUniform(matchConstant(value), uniform))
    return constant(DenseElementsAttr::get(RankedTensorType::get(shape, elementOf(value)), Attribute(uniform)));
  return elementwise(shape, elementOf(value), value, [](Scalars &, ValueRange x) { return x[0]; });
}

Value Emit::slice(Value value, Shape offsets, Shape sizes, Shape steps) {
  RankedTensorType from = typeOf(value);
  if (product(sizes) == 0)
    return empty(sizes, from.getElementType());
  if (from.getShape() == sizes && llvm::all_of(steps, [](int64_t step) { return step == 1; }))
    return value;
  SmallVector<int64_t> positive;
  bool reversed = false;
  for (auto [size, step] : llvm::zip(sizes, steps)) {
    positive.push_back(size == 1 ? 1 : step); // One element: the step says nothing.
    reversed |= positive.back() < 0;
  }
  if (!reversed) {
    SmallVector<OpFoldResult> at, count, stride;
    for (size_t i = 0; i < sizes.size(); ++i) {
      at.push_back(builder.getIndexAttr(offsets[i]));
      count.push_back(builder.getIndexAttr(sizes[i]));
      stride.push_back(builder.getIndexAttr(positive[i]));
    }
    return tensor::ExtractSliceOp::create(builder, loc, value, at, count, stride);
  }
  SmallVector<AffineExpr> exprs;
  for (size_t i = 0; i < sizes.size(); ++i)
    exprs.push_back(builder.getAffineDimExpr(i) * positive[i] + offsets[i]);
  AffineMap walk = AffineMap::get(sizes.size(), 0, exprs, builder.getContext());
  return map(sizes, from.getElementType(), value, walk, [](Scalars &, ValueRange x) { return x[0]; });
}

Value Emit::sliceAxis(Value value, int64_t axis, int64_t offset, int64_t size) {
  SmallVector<int64_t> sizes(shapeOf(value)), offsets(sizes.size(), 0), steps(sizes.size(), 1);
  offsets[axis] = offset;
  sizes[axis] = size;
  return slice(value, offsets, sizes, steps);
}

Value Emit::concat(ValueRange values, int64_t axis) {
  SmallVector<Value> parts;
  SmallVector<int64_t> shape(shapeOf(values.front()));
  shape[axis] = 0;
  for (Value value : values) {
    shape[axis] += shapeOf(value)[axis];
    if (typeOf(value).getNumElements() != 0)
      parts.push_back(value);
  }
  if (parts.size() == 1)
    return parts.front();
  Value result = empty(shape, elementOf(values.front()));
  SmallVector<OpFoldResult> at(shape.size(), builder.getIndexAttr(0)), stride(shape.size(), builder.getIndexAttr(1));
  int64_t offset = 0;
  for (Value part : parts) {
    SmallVector<OpFoldResult> count;
    for (int64_t dim : shapeOf(part))
      count.push_back(builder.getIndexAttr(dim));
    at[axis] = builder.getIndexAttr(offset);
    offset += shapeOf(part)[axis];
    result = tensor::InsertSliceOp::create(builder, loc, part, result, at, count, stride);
  }
  return result;
}

Value Emit::take(Value value, int64_t axis, ArrayRef<int64_t> indices, size_t maxSlices) {
  struct Run {
    int64_t first, step, count;
  };
  SmallVector<Run> runs;
  for (int64_t index : indices) {
    if (!runs.empty()) {
      Run &run = runs.back();
      int64_t step = index - (run.first + run.step * (run.count - 1));
      if (run.count == 1 && std::abs(step) <= 1) {
        run.step = step;
        ++run.count;
        continue;
      }
      if (run.count > 1 && step == run.step) {
        ++run.count;
        continue;
      }
    }
    runs.push_back({index, 0, 1});
  }
  if (runs.size() > maxSlices)
    return {};
  SmallVector<int64_t> shape(shapeOf(value));
  if (runs.empty()) {
    shape[axis] = 0;
    return empty(shape, elementOf(value));
  }
  SmallVector<Value> parts;
  for (const Run &run : runs) {
    SmallVector<int64_t> offsets(shape.size(), 0), steps(shape.size(), 1);
    offsets[axis] = run.first;
    if (run.count > 1 && run.step == 0) { // One element, repeated.
      shape[axis] = 1;
      Value element = slice(value, offsets, shape, steps);
      shape[axis] = run.count;
      parts.push_back(broadcast(element, shape));
      continue;
    }
    shape[axis] = run.count;
    steps[axis] = run.count == 1 ? 1 : run.step;
    parts.push_back(slice(value, offsets, shape, steps));
  }
  return concat(parts, axis);
}

} // namespace fourmix::lowering
