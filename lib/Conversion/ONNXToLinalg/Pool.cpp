// Pooling: one number from each window.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/ONNXToLinalg/Lowering.h"
#include "lib/Conversion/ONNXToLinalg/Windows.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <cmath>

using namespace mlir;

namespace fourmix::lowering {

namespace {

/// The loops [b, c, o..., k...] of a pooling: what each operand sees of them.
struct PoolLoops {
  AffineMap x, window, result;
  SmallVector<utils::IteratorType> iterators;

  PoolLoops(MLIRContext *context, const ConvolutionGeometry &g) {
    int64_t loops = 2 + 2 * g.rank;
    auto d = [&](int64_t i) { return getAffineDimExpr(i, context); };
    SmallVector<AffineExpr> xExprs{d(0), d(1)}, windowExprs;
    for (int64_t i = 0; i < g.rank; ++i) {
      xExprs.push_back(d(2 + i) * g.strides[i] + d(2 + g.rank + i) * g.dilations[i]);
      windowExprs.push_back(d(2 + g.rank + i));
    }
    x = AffineMap::get(loops, 0, xExprs, context);
    window = AffineMap::get(loops, 0, windowExprs, context); // an operand without values: the kernel's extents
    result = AffineMap::getMultiDimIdentityMap(loops, context).getMajorSubMap(2 + g.rank);
    iterators.assign(2 + g.rank, utils::IteratorType::parallel);
    iterators.append(g.rank, utils::IteratorType::reduction);
  }
};

/// What `body` makes of (element, accumulator), starting with `init`, over each window of `x`, which is padded with
/// `padding`.
Value reduceWindows(NodeLowering &n, Value x, const ConvolutionGeometry &g, double padding, Value init, Body body) {
  PoolLoops loops(n.builder.getContext(), g);
  Value padded = padWindows(n, x, g, Scalars(n.builder, n.loc, false).constant(Emit::elementOf(x), padding));
  Value window = n.empty(g.kernel, Emit::elementOf(x)), start = n.fill(n.resultShape(), init);
  auto op = linalg::GenericOp::create(n.builder, n.loc, TypeRange{start.getType()}, ValueRange{padded, window},
                                      ValueRange{start}, {loops.x, loops.window, loops.result}, loops.iterators,
                                      [&](OpBuilder &nested, Location loc, ValueRange args) {
                                        Scalars s(nested, loc, n.isUnsigned());
                                        linalg::YieldOp::create(nested, loc, body(s, {args[0], args[2]}));
                                      });
  return op.getResult(0);
}

FailureOr<ConvolutionGeometry> geometryOf(NodeLowering &n) {
  SmallVector<int64_t> kernel = n.node.getInts("kernel_shape").value_or(SmallVector<int64_t>());
  return readWindows(n, kernel);
}

/// Sums are formed in f32 at least.
Type sumType(Type type) {
  return isa<FloatType>(type) && type.getIntOrFloatBitWidth() < 32 ? Float32Type::get(type.getContext()) : type;
}

/// How many elements each window averages over: those of the input, with count_include_pad also the padding that the
/// node asks for, never what ceil_mode adds behind it.
Value windowSizes(NodeLowering &n, const ConvolutionGeometry &g, Type type) {
  bool countPads = n.node.getInt("count_include_pad", 0);
  Shape in = Emit::shapeOf(n.input(0)).drop_front(2), out = n.resultShape().drop_front(2);
  std::vector<double> sizes{1};
  for (int64_t i = 0; i < g.rank; ++i) {
    int64_t begin = countPads ? -g.padsBegin[i] : 0, end = in[i] + (countPads ? g.padsEnd[i] : 0);
    std::vector<double> next;
    for (double size : sizes)
      for (int64_t o = 0; o < out[i]; ++o) {
        int64_t inside = 0;
        for (int64_t k = 0; k < g.kernel[i]; ++k) {
          int64_t at = o * g.strides[i] + k * g.dilations[i] - g.padsBegin[i];
          inside += at >= begin && at < end;
        }
        next.push_back(size * std::max<int64_t>(inside, 1));
      }
    sizes = std::move(next);
  }
  return n.constant(makeConstant(RankedTensorType::get(out, type), sizes, "window_sizes"));
}

LogicalResult lowerAveragePool(NodeLowering &n) {
  FailureOr<ConvolutionGeometry> g = geometryOf(n);
  if (failed(g))
    return failure();
  Type type = n.resultType().getElementType(), sum = sumType(type);
  Value total = reduceWindows(n, n.cast(n.input(0), sum), *g, 0, Scalars(n.builder, n.loc, false).constant(sum, 0),
                              [](Scalars &s, ValueRange x) { return s.add(x[1], x[0]); });
  return n.set(n.elementwise(n.resultShape(), type, {total, windowSizes(n, *g, sum)},
                             [&](Scalars &s, ValueRange x) { return s.cast(s.div(x[0], x[1]), type); }));
}

/// The position of each window's maximum in the whole input, row-major or with the last two dimensions exchanged.
/// The first of equal ones; padding is never taken.
Value argMax(NodeLowering &n, Value x, const ConvolutionGeometry &g) {
  PoolLoops loops(n.builder.getContext(), g);
  Type type = Emit::elementOf(x), integer = n.builder.getI64Type();
  Shape in = Emit::shapeOf(x);
  bool columnMajor = n.node.getInt("storage_order", 0) == 1;
  Scalars outer(n.builder, n.loc, n.isUnsigned());
  Value least = outer.limit(type, /*negative=*/true);
  Value padded = padWindows(n, x, g, least), window = n.empty(g.kernel, type);
  Value best = n.fill(n.resultShape(), least), at = n.fill(n.resultShape(), outer.constant(integer, -1));
  auto op = linalg::GenericOp::create(
      n.builder, n.loc, TypeRange{best.getType(), at.getType()}, ValueRange{padded, window}, ValueRange{best, at},
      {loops.x, loops.window, loops.result, loops.result}, loops.iterators,
      [&](OpBuilder &nested, Location loc, ValueRange args) {
        Scalars s(nested, loc, n.isUnsigned());
        auto loop = [&](int64_t i) -> Value { return s.make<arith::IndexCastOp>(integer, s.make<linalg::IndexOp>(i)); };
        auto number = [&](int64_t value) { return s.constant(integer, value); };
        Value inside = s.constant(nested.getI1Type(), 1);
        SmallVector<Value> position{loop(0), loop(1)};
        SmallVector<int64_t> extents(in);
        for (int64_t i = 0; i < g.rank; ++i) {
          Value from = s.make<arith::MulIOp>(loop(2 + i), number(g.strides[i]));
          Value step = s.make<arith::MulIOp>(loop(2 + g.rank + i), number(g.dilations[i]));
          Value here = s.make<arith::SubIOp>(s.make<arith::AddIOp>(from, step), number(g.padsBegin[i]));
          for (auto [predicate, bound] :
               {std::pair{arith::CmpIPredicate::sge, int64_t(0)}, std::pair{arith::CmpIPredicate::slt, in[2 + i]}})
            inside = s.make<arith::AndIOp>(inside, s.make<arith::CmpIOp>(predicate, here, number(bound)));
          position.push_back(here);
        }
        if (columnMajor && g.rank > 1) {
          std::swap(position[g.rank], position[g.rank + 1]);
          std::swap(extents[g.rank], extents[g.rank + 1]);
        }
        Value flat = position[0];
        for (size_t i = 1; i < position.size(); ++i)
          flat = s.make<arith::AddIOp>(s.make<arith::MulIOp>(flat, number(extents[i])), position[i]);
        Value first = s.make<arith::CmpIOp>(arith::CmpIPredicate::eq, args[3], number(-1));
        Value better = s.make<arith::AndIOp>(inside, s.make<arith::OrIOp>(first, s.gt(args[0], args[2])));
        linalg::YieldOp::create(nested, loc,
                                ValueRange{s.select(better, args[0], args[2]), s.select(better, flat, args[3])});
      });
  return op.getResult(1);
}

LogicalResult lowerMaxPool(NodeLowering &n) {
  FailureOr<ConvolutionGeometry> g = geometryOf(n);
  if (failed(g))
    return failure();
  Type type = n.resultType().getElementType();
  Scalars s(n.builder, n.loc, n.isUnsigned());
  Value least = s.limit(type, /*negative=*/true);
  double padding = isa<FloatType>(type) ? -HUGE_VAL
                   : n.isUnsigned()     ? 0
                                        : -std::ldexp(1.0, type.getIntOrFloatBitWidth() - 1);
  n.set(0,
        reduceWindows(n, n.input(0), *g, padding, least, [](Scalars &s, ValueRange x) { return s.max(x[1], x[0]); }));
  if (n.node.hasOutput(1))
    n.set(1, argMax(n, n.input(0), *g));
  return success();
}

/// (sum of |x|^p)^(1/p)
struct Norm {
  double p;
  Value term(Scalars &s, Value x) const {
    Value size = s.abs(x);
    return p == 1 ? size : p == 2 ? s.mul(x, x) : s.make<math::PowFOp>(size, s.constant(x.getType(), p));
  }
  Value root(Scalars &s, Value sum) const {
    return p == 1   ? sum
           : p == 2 ? s.make<math::SqrtOp>(sum)
                    : s.make<math::PowFOp>(sum, s.constant(sum.getType(), 1 / p));
  }
};

Norm normOf(NodeLowering &n) { return {n.node.getFloat("p", static_cast<double>(n.node.getInt("p", 2)))}; }

LogicalResult lowerLpPool(NodeLowering &n) {
  FailureOr<ConvolutionGeometry> g = geometryOf(n);
  if (failed(g))
    return failure();
  Norm norm = normOf(n);
  Type type = n.resultType().getElementType(), sum = sumType(type);
  Value total = reduceWindows(n, n.cast(n.input(0), sum), *g, 0, Scalars(n.builder, n.loc, false).constant(sum, 0),
                              [&](Scalars &s, ValueRange x) { return s.add(x[1], norm.term(s, x[0])); });
  return n.set(n.elementwise(n.resultShape(), type, total,
                             [&](Scalars &s, ValueRange x) { return s.cast(norm.root(s, x[0]), type); }));
}

enum class Global { Average, Max, Norm };

template <Global kind>
LogicalResult lowerGlobalPool(NodeLowering &n) {
  Shape shape = Emit::shapeOf(n.input(0));
  Type type = n.resultType().getElementType(), sum = kind == Global::Max ? type : sumType(type);
  Norm norm = normOf(n);
  Scalars s(n.builder, n.loc, n.isUnsigned());
  Value init = kind == Global::Max ? s.limit(sum, /*negative=*/true) : s.constant(sum, 0);
  Value total = n.reduce(n.cast(n.input(0), sum), llvm::to_vector(llvm::seq<int64_t>(2, shape.size())), init,
                         [&](Scalars &s, ValueRange x) {
                           if (kind == Global::Max)
                             return s.max(x[1], x[0]);
                           return s.add(x[1], kind == Global::Norm ? norm.term(s, x[0]) : x[0]);
                         });
  double count = static_cast<double>(product(shape.drop_front(2)));
  if (kind != Global::Max)
    total = n.elementwise(Emit::shapeOf(total), type, total, [&](Scalars &s, ValueRange x) {
      return s.cast(kind == Global::Norm ? norm.root(s, x[0]) : s.div(x[0], s.constant(sum, count)), type);
    });
  return n.set(n.reshape(total, n.resultShape()));
}

} // namespace

void addPoolRows(LoweringTable &table) {
  table.add("AveragePool", 1, lowerAveragePool);
  table.add("MaxPool", 1, lowerMaxPool);
  table.add("LpPool", 1, lowerLpPool);
  table.add("GlobalAveragePool", 1, lowerGlobalPool<Global::Average>);
  table.add("GlobalMaxPool", 1, lowerGlobalPool<Global::Max>);
  table.add("GlobalLpPool", 1, lowerGlobalPool<Global::Norm>);
}

} // namespace fourmix::lowering
