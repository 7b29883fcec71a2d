// Writing at indices that are data: loops that carry the tensor, since later updates overwrite earlier ones.
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

/// for each i: result[indices[i, :]..., s...] = updates[i, s...]
LogicalResult lowerScatterND(NodeLowering &n) {
  Value data = n.input(0), indices = n.input(1), updates = n.input(2);
  StringRef reduction = n.node.getString("reduction", "none");
  if (!isReduction(reduction))
    return n.node.emitNodeError() << "reduction '" << reduction << "' is not supported";
  Shape shape = Emit::shapeOf(data), indexShape = Emit::shapeOf(indices);
  int64_t rank = shape.size(), depth = indexShape.back(), count = product(indexShape.drop_back());
  if (depth > rank)
    return n.node.emitNodeError() << "indices of depth " << depth << " do not fit data of rank " << rank;
  if (product(Emit::shapeOf(updates)) == 0)
    return n.set(data);
  SmallVector<int64_t> inner(shape.drop_front(depth)), flat{count}, window(depth, 1);
  flat.append(inner.begin(), inner.end());
  window.append(inner.begin(), inner.end());
  indices = n.reshape(indices, {count, depth});
  updates = n.reshape(updates, flat);
  Type type = Emit::elementOf(data);
  bool isUnsigned = n.isUnsigned(0);
  auto indexAttrs = [&](Shape values) {
    return llvm::map_to_vector(values, [&](int64_t v) { return OpFoldResult(n.builder.getIndexAttr(v)); });
  };
  SmallVector<int64_t> updateWindow(flat);
  updateWindow[0] = 1;
  auto loop = scf::ForOp::create(
      n.builder, n.loc, n.index(0), n.index(count), n.index(1), ValueRange{data},
      [&](OpBuilder &nested, Location loc, Value i, ValueRange carried) {
        Emit e(nested, loc);
        Scalars s(nested, loc, n.isUnsigned(1));
        SmallVector<OpFoldResult> at = indexAttrs(SmallVector<int64_t>(rank, 0));
        for (int64_t k = 0; k < depth; ++k)
          at[k] = s.safeIndex(s.make<tensor::ExtractOp>(indices, ValueRange{i, e.index(k)}), shape[k]);
        SmallVector<OpFoldResult> from = indexAttrs(SmallVector<int64_t>(flat.size(), 0));
        from[0] = i;
        SmallVector<OpFoldResult> ones = indexAttrs(SmallVector<int64_t>(rank, 1));
        // Both sides drop their unit dimensions in front.
        auto innerType = RankedTensorType::get(inner, type);
        Value update = tensor::ExtractSliceOp::create(nested, loc, innerType, updates, from, indexAttrs(updateWindow),
                                                      indexAttrs(SmallVector<int64_t>(flat.size(), 1)));
        if (reduction != "none") {
          Value old = tensor::ExtractSliceOp::create(nested, loc, innerType, carried[0], at, indexAttrs(window), ones);
          // In place: the old window is the result's.
          AffineMap all = nested.getMultiDimIdentityMap(inner.size());
          SmallVector<utils::IteratorType> iterators(inner.size(), utils::IteratorType::parallel);
          update = linalg::GenericOp::create(
                       nested, loc, TypeRange{innerType}, ValueRange{update}, ValueRange{old}, {all, all}, iterators,
                       [&](OpBuilder &body, Location loc, ValueRange args) {
                         Scalars s(body, loc, isUnsigned);
                         linalg::YieldOp::create(body, loc, combine(s, reduction, args[1], args[0]));
                       })
                       .getResult(0);
        }
        Value result = tensor::InsertSliceOp::create(nested, loc, update, carried[0], at, indexAttrs(window), ones);
        scf::YieldOp::create(nested, loc, result);
      });
  return n.set(loop.getResult(0));
}

/// for each i...: result[i... with indices[i...] on the axis] = updates[i...]
LogicalResult lowerScatterElements(NodeLowering &n) {
  Value data = n.input(0), indices = n.input(1), updates = n.input(2);
  StringRef reduction = n.node.getString("reduction", "none");
  if (!isReduction(reduction))
    return n.node.emitNodeError() << "reduction '" << reduction << "' is not supported";
  Shape shape = Emit::shapeOf(data), indexShape = Emit::shapeOf(indices);
  FailureOr<int64_t> axis = n.axis(n.node.getInt("axis", 0), shape.size());
  if (failed(axis))
    return failure();
  if (product(indexShape) == 0)
    return n.set(data);
  SmallVector<Value> lower(shape.size(), n.index(0)), steps(shape.size(), n.index(1)), upper;
  for (int64_t dim : indexShape)
    upper.push_back(n.index(dim));
  scf::LoopNest nest =
      scf::buildLoopNest(n.builder, n.loc, lower, upper, steps, ValueRange{data},
                         [&](OpBuilder &nested, Location loc, ValueRange i, ValueRange carried) -> scf::ValueVector {
                           Scalars index(nested, loc, n.isUnsigned(1)), s(nested, loc, n.isUnsigned(0));
                           SmallVector<Value> at(i);
                           at[*axis] = index.safeIndex(index.make<tensor::ExtractOp>(indices, i), shape[*axis]);
                           Value update = s.make<tensor::ExtractOp>(updates, i);
                           if (reduction != "none")
                             update = combine(s, reduction, s.make<tensor::ExtractOp>(carried[0], at), update);
                           return {tensor::InsertOp::create(nested, loc, update, carried[0], at)};
                         });
  return n.set(nest.results.front());
}

} // namespace

void addScatterRows(LoweringTable &table) {
  table.add("ScatterND", 11, lowerScatterND);
  table.add("ScatterElements", 11, lowerScatterElements);
  table.add("Scatter", 9, lowerScatterElements);
}

} // namespace fourmix::lowering
