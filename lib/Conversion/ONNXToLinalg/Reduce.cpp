// Reductions.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/ONNXToLinalg/Lowering.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace fourmix::lowering {

namespace {

using Step = Value (*)(Scalars &, Value x, Value accumulator);

enum class Start { Zero, One, Least, Most };

/// One reduction: where the accumulator starts, how it takes an element, what is done with the result at last.
struct Reduction {
  Start start;
  Step step;
  Value (*finish)(Scalars &, Value result, int64_t count) = nullptr;
};

/// The axes that a Reduce node names: attribute or second input; all where neither is there.
FailureOr<SmallVector<int64_t>> reducedAxes(NodeLowering &n) {
  int64_t rank = Emit::rankOf(n.input(0));
  FailureOr<std::optional<SmallVector<int64_t>>> given = n.constantInts(1, "axes");
  if (failed(given))
    return failure();
  if ((!*given || (*given)->empty()) && !n.node.getInt("noop_with_empty_axes", 0))
    return llvm::to_vector(llvm::seq<int64_t>(0, rank));
  return n.axes(*given ? **given : SmallVector<int64_t>(), rank);
}

int64_t countOf(Value value, ArrayRef<int64_t> axes) {
  int64_t count = 1;
  for (int64_t axis : axes)
    count *= Emit::shapeOf(value)[axis];
  return count;
}

Value startOf(Scalars &s, Type type, Start start) {
  switch (start) {
  case Start::Zero:
    return s.constant(type, 0);
  case Start::One:
    return s.constant(type, 1);
  case Start::Least:
    return s.limit(type, /*negative=*/true);
  case Start::Most:
    return s.limit(type, /*negative=*/false);
  }
  return {};
}

/// Sums of f16 and bf16 are formed in f32.
Type computeType(Type type) {
  return isa<FloatType>(type) && type.getIntOrFloatBitWidth() < 32 ? Float32Type::get(type.getContext()) : type;
}

Lower reduction(Reduction r) {
  return [r](NodeLowering &n) -> LogicalResult {
    FailureOr<SmallVector<int64_t>> axes = reducedAxes(n);
    if (failed(axes))
      return failure();
    Type type = n.resultType().getElementType(), computed = computeType(type);
    bool isUnsigned = n.isUnsigned();
    Scalars s(n.builder, n.loc, isUnsigned);
    Value start = startOf(s, computed, r.start);
    Value result = n.reduce(
        n.input(0), *axes, start, [&](Scalars &s, ValueRange x) { return r.step(s, s.cast(x[0], computed), x[1]); }, {},
        isUnsigned);
    if (r.finish || computed != type) {
      int64_t count = countOf(n.input(0), *axes);
      result = n.elementwise(
          Emit::shapeOf(result), type, result,
          [&](Scalars &s, ValueRange x) { return s.cast(r.finish ? r.finish(s, x[0], count) : x[0], type); },
          isUnsigned);
    }
    return n.set(n.reshape(result, n.resultShape()));
  };
}

/// log(sum(exp(x))) without overflow: m + log(sum(exp(x - m))) with m the maximum, or 0 where that is not finite.
LogicalResult lowerLogSumExp(NodeLowering &n) {
  FailureOr<SmallVector<int64_t>> axes = reducedAxes(n);
  if (failed(axes))
    return failure();
  Type type = n.resultType().getElementType(), computed = computeType(type);
  Value x = n.cast(n.input(0), computed);
  Scalars s(n.builder, n.loc, false);
  Value most = n.reduce(x, *axes, s.limit(computed, true), [](Scalars &s, ValueRange x) { return s.max(x[1], x[0]); });
  Value shift = n.elementwise(Emit::shapeOf(most), computed, most, [&](Scalars &s, ValueRange x) {
    Value finite = s.lt(s.abs(x[0]), s.limit(computed, false));
    return s.select(finite, x[0], s.constant(computed, 0));
  });
  SmallVector<int64_t> kept(Emit::shapeOf(x));
  for (int64_t axis : *axes)
    kept[axis] = 1;
  Value sum = n.reduce(
      x, *axes, s.constant(computed, 0),
      [](Scalars &s, ValueRange x) { return s.add(x[2], s.make<math::ExpOp>(s.sub(x[0], x[1]))); },
      n.reshape(shift, kept));
  Value result = n.elementwise(Emit::shapeOf(sum), type, {sum, shift}, [&](Scalars &s, ValueRange x) {
    return s.cast(s.add(x[1], s.make<math::LogOp>(x[0])), type);
  });
  return n.set(n.reshape(result, n.resultShape()));
}

Lower argument(bool greatest) {
  return [greatest](NodeLowering &n) -> LogicalResult {
    FailureOr<int64_t> axis = n.axis(n.node.getInt("axis", 0), Emit::rankOf(n.input(0)));
    if (failed(axis))
      return failure();
    bool last = n.node.getInt("select_last_index", 0);
    return n.set(n.reshape(argumentOf(n, n.input(0), *axis, greatest, last), n.resultShape()));
  };
}

Value addStep(Scalars &s, Value x, Value sum) { return s.add(sum, x); }
Value squareStep(Scalars &s, Value x, Value sum) { return s.add(sum, s.mul(x, x)); }
Value maxStep(Scalars &s, Value x, Value most) { return s.max(most, x); }
Value minStep(Scalars &s, Value x, Value least) { return s.min(least, x); }

/// The square root in floating point, also of integers.
Value rootOf(Scalars &s, Value x, int64_t) {
  if (isa<FloatType>(x.getType()))
    return s.make<math::SqrtOp>(x);
  return s.cast(s.make<math::SqrtOp>(s.cast(x, s.builder.getF64Type())), x.getType());
}

Value logOf(Scalars &s, Value x, int64_t) {
  if (isa<FloatType>(x.getType()))
    return s.make<math::LogOp>(x);
  return s.cast(s.make<math::LogOp>(s.cast(x, s.builder.getF64Type())), x.getType());
}

} // namespace

Value argumentOf(NodeLowering &n, Value x, int64_t axis, bool greatest, bool last) {
  Shape shape = Emit::shapeOf(x);
  bool isUnsigned = n.isUnsigned();
  Type type = Emit::elementOf(x), integer = n.builder.getI64Type();
  SmallVector<int64_t> kept(shape);
  kept.erase(kept.begin() + axis);
  AffineMap all = n.builder.getMultiDimIdentityMap(shape.size()), projected = all.dropResult(axis);
  SmallVector<utils::IteratorType> iterators(shape.size(), utils::IteratorType::parallel);
  iterators[axis] = utils::IteratorType::reduction;
  Scalars s(n.builder, n.loc, isUnsigned);
  // The first element is always taken, whatever it is.
  Value best = n.fill(kept, s.limit(type, greatest)), at = n.fill(kept, s.constant(integer, -1));
  auto op = linalg::GenericOp::create(
      n.builder, n.loc, TypeRange{best.getType(), at.getType()}, ValueRange{x}, ValueRange{best, at},
      {all, projected, projected}, iterators, [&](OpBuilder &nested, Location loc, ValueRange args) {
        Scalars s(nested, loc, isUnsigned);
        Value index = s.make<arith::IndexCastOp>(integer, s.make<linalg::IndexOp>(axis));
        Value better = greatest ? (last ? s.ge(args[0], args[1]) : s.gt(args[0], args[1]))
                                : (last ? s.le(args[0], args[1]) : s.lt(args[0], args[1]));
        Value first = s.make<arith::CmpIOp>(arith::CmpIPredicate::eq, args[2], s.constant(integer, -1));
        better = s.make<arith::OrIOp>(better, first);
        linalg::YieldOp::create(nested, loc,
                                ValueRange{s.select(better, args[0], args[1]), s.select(better, index, args[2])});
      });
  return op.getResult(1);
}

void addReduceRows(LoweringTable &table) {
  auto mean = [](Scalars &s, Value x, int64_t count) { return s.div(x, s.constant(x.getType(), count)); };
  table.add("ReduceSum", 1, reduction({Start::Zero, addStep}));
  table.add("ReduceMean", 1, reduction({Start::Zero, addStep, mean}));
  table.add("ReduceProd", 1, reduction({Start::One, [](Scalars &s, Value x, Value all) { return s.mul(all, x); }}));
  table.add("ReduceMax", 1, reduction({Start::Least, maxStep}));
  table.add("ReduceMin", 1, reduction({Start::Most, minStep}));
  table.add("ReduceSumSquare", 1, reduction({Start::Zero, squareStep}));
  table.add("ReduceL1", 1,
            reduction({Start::Zero, [](Scalars &s, Value x, Value sum) { return s.add(sum, s.abs(x)); }}));
  table.add("ReduceL2", 1, reduction({Start::Zero, squareStep, rootOf}));
  table.add("ReduceLogSum", 1, reduction({Start::Zero, addStep, logOf}));
  table.add("ReduceLogSumExp", 1, lowerLogSumExp);
  table.add("ArgMax", 1, argument(/*greatest=*/true));
  table.add("ArgMin", 1, argument(/*greatest=*/false));
}

} // namespace fourmix::lowering
