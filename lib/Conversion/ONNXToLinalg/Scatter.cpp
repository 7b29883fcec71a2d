// Writing at indices that are data: constant ones as slices, others as loops over scalars that carry the tensor, since
// later updates overwrite earlier ones.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/ONNXToLinalg/Lowering.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace fourmix::lowering {

namespace {

/// What is left of the old element and the update.
Value combine(Scalars &s, StringRef reduction, Value old, Value update) {
  if (reduction == "add")
    return s.add(old, update);
  if (reduction == "mul")
    return s.mul(old, update);
  if (reduction == "max")
    return s.max(old, update);
  if (reduction == "min")
    return s.min(old, update);
  return update;
}

bool isReduction(StringRef name) { return llvm::is_contained({"none", "add", "mul", "max", "min"}, name); }

/// For each place `i` of `updates`, in order: data[where(i)] becomes what `reduction` makes of it and updates[i].
Value scatterLoop(NodeLowering &n, StringRef reduction, Value data, Value updates,
                  llvm::function_ref<SmallVector<Value>(Scalars &, ValueRange)> where) {
  SmallVector<Value> lower, upper, steps;
  for (int64_t dim : Emit::shapeOf(updates)) {
    lower.push_back(n.index(0));
    upper.push_back(n.index(dim));
    steps.push_back(n.index(1));
  }
  scf::LoopNest nest =
      scf::buildLoopNest(n.builder, n.loc, lower, upper, steps, ValueRange{data},
                         [&](OpBuilder &nested, Location loc, ValueRange i, ValueRange carried) -> scf::ValueVector {
                           Scalars index(nested, loc, n.isUnsigned(1)), s(nested, loc, n.isUnsigned(0));
                           SmallVector<Value> at = where(index, i);
                           Value update = s.make<tensor::ExtractOp>(updates, i);
                           if (reduction != "none")
                             update = combine(s, reduction, s.make<tensor::ExtractOp>(carried[0], at), update);
                           return {tensor::InsertOp::create(nested, loc, update, carried[0], at)};
                         });
  return nest.results.front();
}

/// The updates of constant indices [count, depth] as slices, where runs of them lie side by side on the last indexed
/// dimension; null where there are no constants, or too many runs. `updates` is [count, inner...].
Value scatterSlices(NodeLowering &n, Value data, Value indices, Value updates, int64_t depth) {
  constexpr size_t mostSlices = 64;
  Shape shape = Emit::shapeOf(data);
  ElementsAttr constant = matchConstant(indices);
  std::optional<SmallVector<int64_t>> known = constant ? readInts(constant) : std::nullopt;
  if (!known || depth == 0)
    return {};
  for (auto [i, index] : llvm::enumerate(*known)) {
    int64_t size = shape[i % depth];
    index += index < 0 ? size : 0;
    if (index < 0 || index >= size)
      return {};
  }
  SmallVector<std::pair<int64_t, int64_t>> runs; // first update, how many
  auto place = [&](int64_t i) { return ArrayRef(*known).slice(i * depth, depth); };
  for (int64_t i = 0, e = known->size() / depth; i < e; ++i) {
    bool continues =
        i > 0 && place(i).drop_back() == place(i - 1).drop_back() && place(i).back() == place(i - 1).back() + 1;
    if (continues)
      ++runs.back().second;
    else
      runs.push_back({i, 1});
  }
  if (runs.size() > mostSlices)
    return {};
  auto attrs = [&](Shape values) {
    return llvm::map_to_vector(values, [&](int64_t v) { return OpFoldResult(n.builder.getIndexAttr(v)); });
  };
  for (auto [first, count] : runs) {
    SmallVector<int64_t> offsets(place(first)), sizes(depth - 1, 1), ones(shape.size(), 1);
    offsets.resize(shape.size(), 0);
    sizes.push_back(count);
    sizes.append(shape.begin() + depth, shape.end());
    Value part = n.reshape(n.sliceAxis(updates, 0, first, count), sizes);
    data = tensor::InsertSliceOp::create(n.builder, n.loc, part, data, attrs(offsets), attrs(sizes), attrs(ones));
  }
  return data;
}

/// for each i: result[indices[i, :]..., s...] = updates[i, s...]
LogicalResult lowerScatterND(NodeLowering &n) {
  Value data = n.input(0), indices = n.input(1), updates = n.input(2);
  StringRef reduction = n.node.getString("reduction", "none");
  if (!isReduction(reduction))
    return n.node.emitNodeError() << "reduction '" << reduction << "' is not supported";
  Shape shape = Emit::shapeOf(data), indexShape = Emit::shapeOf(indices);
  if (indexShape.empty())
    return n.node.emitNodeError() << "indices must have at least one dimension";
  int64_t rank = shape.size(), depth = indexShape.back(), count = product(indexShape.drop_back());
  if (depth > rank)
    return n.node.emitNodeError() << "indices of depth " << depth << " do not fit data of rank " << rank;
  if (product(Emit::shapeOf(updates)) == 0)
    return n.set(data);
  SmallVector<int64_t> flat{count};
  flat.append(shape.begin() + depth, shape.end());
  indices = n.reshape(indices, {count, depth});
  updates = n.reshape(updates, flat);
  if (reduction == "none")
    if (Value result = scatterSlices(n, data, indices, updates, depth))
      return n.set(result);
  return n.set(scatterLoop(n, reduction, data, updates, [&](Scalars &s, ValueRange i) {
    SmallVector<Value> at;
    for (int64_t k = 0; k < depth; ++k) {
      Value component = arith::ConstantIndexOp::create(s.builder, s.loc, k);
      at.push_back(s.safeIndex(s.make<tensor::ExtractOp>(indices, ValueRange{i[0], component}), shape[k]));
    }
    at.append(i.begin() + 1, i.end());
    return at;
  }));
}

/// for each i...: result[i... with indices[i...] on the axis] = updates[i...]
LogicalResult lowerScatterElements(NodeLowering &n) {
  Value data = n.input(0), indices = n.input(1), updates = n.input(2);
  StringRef reduction = n.node.getString("reduction", "none");
  if (!isReduction(reduction))
    return n.node.emitNodeError() << "reduction '" << reduction << "' is not supported";
  Shape shape = Emit::shapeOf(data);
  FailureOr<int64_t> axis = n.axis(n.node.getInt("axis", 0), shape.size());
  if (failed(axis))
    return failure();
  return n.set(scatterLoop(n, reduction, data, updates, [&](Scalars &s, ValueRange i) {
    SmallVector<Value> at(i);
    at[*axis] = s.safeIndex(s.make<tensor::ExtractOp>(indices, i), shape[*axis]);
    return at;
  }));
}

/// Each value to the place that its index names, zero elsewhere. Indices count in the shape that the kernel gives; a
/// larger output_shape holds that shape at its start.
LogicalResult lowerMaxUnpool(NodeLowering &n) {
  Value x = n.input(0);
  SmallVector<int64_t> shape(Emit::shapeOf(x)), out(n.resultShape());
  size_t rank = shape.size() - 2;
  SmallVector<int64_t> strides = n.node.getInts("strides").value_or(SmallVector<int64_t>(rank, 1)),
                       pads = n.node.getInts("pads").value_or(SmallVector<int64_t>(2 * rank, 0)),
                       kernel = n.node.getInts("kernel_shape").value_or(SmallVector<int64_t>());
  if (kernel.size() != rank || strides.size() != rank || pads.size() != 2 * rank)
    return n.node.emitNodeError() << "kernel_shape, strides and pads must fit " << rank << " spatial dimensions";
  for (size_t i = 0; i < rank; ++i)
    shape[2 + i] = (shape[2 + i] - 1) * strides[i] + kernel[i] - pads[i] - pads[rank + i];
  int64_t count = Emit::typeOf(x).getNumElements(), size = product(shape);
  Type type = n.resultType().getElementType();
  if (count == 0 || product(out) == 0 || size <= 0)
    return n.set(n.zeros(out, type));
  Value places = n.reshape(n.input(1), {count});
  Value flat = scatterLoop(n, "none", n.zeros({size}, type), n.reshape(x, {count}), [&](Scalars &s, ValueRange i) {
    return SmallVector<Value>{s.safeIndex(s.make<tensor::ExtractOp>(places, i), size)};
  });
  Value result = n.reshape(flat, shape);
  if (ArrayRef<int64_t>(shape) == ArrayRef<int64_t>(out))
    return n.set(result);
  SmallVector<int64_t> common;
  for (auto [have, want] : llvm::zip(shape, out))
    common.push_back(std::min(have, want));
  SmallVector<int64_t> from(out.size(), 0), ones(out.size(), 1);
  SmallVector<OpFoldResult> at(out.size(), n.builder.getIndexAttr(0)), steps(out.size(), n.builder.getIndexAttr(1));
  SmallVector<OpFoldResult> sizes =
      llvm::map_to_vector(common, [&](int64_t dim) { return OpFoldResult(n.builder.getIndexAttr(dim)); });
  Value part = n.slice(result, from, common, ones);
  return n.set(tensor::InsertSliceOp::create(n.builder, n.loc, part, n.zeros(out, type), at, sizes, steps));
}

} // namespace

void addScatterRows(LoweringTable &table) {
  table.add("ScatterND", 11, lowerScatterND, 3);
  table.add("ScatterElements", 11, lowerScatterElements, 3);
  table.add("Scatter", 9, lowerScatterElements, 3);
  table.add("MaxUnpool", 9, lowerMaxUnpool, 2);
}

} // namespace fourmix::lowering
