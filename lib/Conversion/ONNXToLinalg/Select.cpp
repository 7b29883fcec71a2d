// Choosing among elements: the largest ones, those that a condition takes, sequences turned round.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/ONNXToLinalg/Lowering.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace fourmix::lowering {

namespace {

/// The k best of each line in order, the earlier one of equals first: each step looks for the best element behind the
/// previous choice, so nothing needs to be marked or sorted.
LogicalResult lowerTopK(NodeLowering &n) {
  Value x = n.input(0);
  Shape shape = Emit::shapeOf(x), out = n.resultShape(0);
  FailureOr<int64_t> axis = n.axis(n.node.getInt("axis", -1), shape.size());
  if (failed(axis))
    return failure();
  bool largest = n.node.getInt("largest", 1), isUnsigned = n.isUnsigned();
  Type type = Emit::elementOf(x), integer = n.builder.getI64Type();
  Value values = n.empty(out, type), places = n.empty(out, integer);
  if (product(out) == 0) {
    n.set(0, values);
    n.set(1, places);
    return success();
  }
  SmallVector<Value> lower, upper, steps;
  for (int64_t dim : out) {
    lower.push_back(n.index(0));
    upper.push_back(n.index(dim));
    steps.push_back(n.index(1));
  }
  // The ranks are the innermost loop: what the rank before chose is there already.
  SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(0, out.size()));
  std::swap(order[*axis], order.back());
  auto permuted = [&](ArrayRef<Value> all) { return llvm::map_to_vector(order, [&](int64_t i) { return all[i]; }); };
  scf::LoopNest nest = scf::buildLoopNest(
      n.builder, n.loc, permuted(lower), permuted(upper), permuted(steps), ValueRange{values, places},
      [&](OpBuilder &nested, Location loc, ValueRange loops, ValueRange carried) -> scf::ValueVector {
        Scalars s(nested, loc, isUnsigned);
        SmallVector<Value> at(out.size());
        for (auto [i, loop] : llvm::zip(order, loops))
          at[i] = loop;
        Value rank = at[*axis], zero = arith::ConstantIndexOp::create(nested, loc, 0);
        Value one = arith::ConstantIndexOp::create(nested, loc, 1);
        Value isFirst = s.make<arith::CmpIOp>(arith::CmpIPredicate::eq, rank, zero);
        SmallVector<Value> before(at);
        before[*axis] = s.select(isFirst, zero, s.make<arith::SubIOp>(rank, one));
        Value lastValue = s.make<tensor::ExtractOp>(carried[0], before);
        Value lastPlace = s.make<tensor::ExtractOp>(carried[1], before);
        Value none = s.constant(integer, -1), end = arith::ConstantIndexOp::create(nested, loc, shape[*axis]);
        auto scan = scf::ForOp::create(
            nested, loc, zero, end, one, ValueRange{s.constant(type, 0), none},
            [&](OpBuilder &inner, Location loc, Value j, ValueRange best) {
              Scalars s(inner, loc, isUnsigned);
              SmallVector<Value> here(at);
              here[*axis] = j;
              Value value = s.make<tensor::ExtractOp>(x, here), place = s.make<arith::IndexCastOp>(integer, j);
              auto better = [&](Value a, Value b) { return largest ? s.gt(a, b) : s.lt(a, b); };
              Value later = s.make<arith::CmpIOp>(arith::CmpIPredicate::sgt, place, lastPlace);
              Value tied = s.make<arith::AndIOp>(s.eq(value, lastValue), later);
              Value open = s.make<arith::OrIOp>(isFirst, s.make<arith::OrIOp>(better(lastValue, value), tied));
              Value nothing = s.make<arith::CmpIOp>(arith::CmpIPredicate::eq, best[1], s.constant(integer, -1));
              Value takes = s.make<arith::AndIOp>(open, s.make<arith::OrIOp>(nothing, better(value, best[0])));
              scf::YieldOp::create(inner, loc,
                                   ValueRange{s.select(takes, value, best[0]), s.select(takes, place, best[1])});
            });
        // Among NaNs nothing is best; any place will do, but it has to be one.
        Value place = s.make<arith::MaxSIOp>(scan.getResult(1), s.constant(integer, 0));
        return {tensor::InsertOp::create(nested, loc, scan.getResult(0), carried[0], at),
                tensor::InsertOp::create(nested, loc, place, carried[1], at)};
      });
  n.set(0, nest.results[0]);
  n.set(1, nest.results[1]);
  return success();
}

/// 1 at the first maximum along the axis, 0 elsewhere; before version 13 over all dimensions from the axis on.
template <bool flattens>
LogicalResult lowerHardmax(NodeLowering &n) {
  Shape shape = n.resultShape();
  FailureOr<int64_t> axis = n.axis(n.node.getInt("axis", flattens ? 1 : -1), shape.size());
  if (failed(axis))
    return failure();
  Value x = n.input(0);
  if (flattens) {
    x = n.reshape(x, {product(shape.take_front(*axis)), product(shape.drop_front(*axis))});
    axis = 1;
  }
  SmallVector<int64_t> kept(Emit::shapeOf(x));
  kept[*axis] = 1;
  Type type = n.resultType().getElementType();
  Value best = n.reshape(argumentOf(n, x, *axis, /*greatest=*/true, /*last=*/false), kept);
  Value result = n.elementwise(Emit::shapeOf(x), type, best, [&](Scalars &s, ValueRange v) {
    Value here = s.make<arith::IndexCastOp>(v[0].getType(), s.make<linalg::IndexOp>(*axis));
    return s.select(s.eq(v[0], here), s.constant(type, 1), s.constant(type, 0));
  });
  return n.set(n.reshape(result, shape));
}

/// The slices (elements, without an axis) whose condition, a constant, holds.
LogicalResult lowerCompress(NodeLowering &n) {
  FailureOr<std::optional<SmallVector<int64_t>>> condition = n.constantInts(1);
  if (failed(condition))
    return failure();
  Value x = n.input(0);
  int64_t axis = 0;
  if (n.node.getNodeAttr("axis")) {
    FailureOr<int64_t> given = n.axis(n.node.getInt("axis", 0), Emit::rankOf(x));
    if (failed(given))
      return failure();
    axis = *given;
  } else {
    x = n.reshape(x, {Emit::typeOf(x).getNumElements()});
  }
  SmallVector<int64_t> taken;
  for (auto [i, holds] : llvm::enumerate(**condition))
    if (holds)
      taken.push_back(i);
  if (!taken.empty() && taken.back() >= Emit::shapeOf(x)[axis])
    return n.node.emitNodeError() << "the condition takes index " << taken.back() << " of a dim of size "
                                  << Emit::shapeOf(x)[axis];
  return n.set(n.take(x, axis, taken));
}

/// The first lengths[b] steps of each batch element backwards, the others as they stand.
LogicalResult lowerReverseSequence(NodeLowering &n) {
  Value x = n.input(0), lengths = n.input(1);
  int64_t rank = Emit::rankOf(x), time = n.node.getInt("time_axis", 0), batch = n.node.getInt("batch_axis", 1);
  if (time == batch || std::min(time, batch) < 0 || std::max(time, batch) > 1 || rank < 2)
    return n.node.emitNodeError() << "expected time_axis and batch_axis to be 0 and 1, found " << time << " and "
                                  << batch;
  AffineMap where = AffineMap::get(rank, 0, getAffineDimExpr(batch, n.builder.getContext()), n.builder.getContext());
  int64_t steps = Emit::shapeOf(x)[time];
  return n.set(n.map(n.resultShape(), n.resultType().getElementType(), lengths, where, [&](Scalars &s, ValueRange v) {
    Value length = s.make<arith::IndexCastOp>(s.builder.getIndexType(), v[0]);
    Value most = arith::ConstantIndexOp::create(s.builder, s.loc, steps);
    Value one = arith::ConstantIndexOp::create(s.builder, s.loc, 1), here = s.make<linalg::IndexOp>(time);
    length = s.make<arith::MinSIOp>(length, most);
    Value inside = s.make<arith::CmpIOp>(arith::CmpIPredicate::slt, here, length);
    Value mirrored = s.make<arith::SubIOp>(s.make<arith::SubIOp>(length, one), here);
    SmallVector<Value> at;
    for (int64_t i = 0; i < rank; ++i)
      at.push_back(i == time ? s.select(inside, mirrored, here) : s.make<linalg::IndexOp>(i));
    return s.make<tensor::ExtractOp>(x, at);
  }));
}

} // namespace

void addSelectRows(LoweringTable &table) {
  table.add("TopK", 1, lowerTopK);
  table.add("Hardmax", 1, lowerHardmax<true>);
  table.add("Hardmax", 13, lowerHardmax<false>);
  table.add("Compress", 9, lowerCompress, 2);
  table.add("ReverseSequence", 10, lowerReverseSequence, 2);
}

} // namespace fourmix::lowering
