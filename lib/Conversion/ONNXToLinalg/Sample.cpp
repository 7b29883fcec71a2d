// Reading between elements, at places that are data: GridSample and RoiAlign.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/ONNXToLinalg/Lowering.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace fourmix::lowering {

namespace {

//===----------------------------------------------------------------------------------------------------------------===//
// GridSample
//===----------------------------------------------------------------------------------------------------------------===//

enum class Outside { Zeros, Border, Reflection };
enum class Mode { Nearest, Linear, Cubic };

struct Sampling {
  Mode mode;
  Outside outside;
  bool alignCorners;
};

/// `x` reflected at `low` and `high` until it lies between them.
Value reflected(Scalars &s, Value x, double low, double high) {
  Type type = x.getType();
  if (low == high)
    return s.constant(type, 0);
  Value span = s.constant(type, high - low), distance = s.abs(s.sub(x, s.constant(type, low)));
  Value flips = s.make<math::FloorOp>(s.div(distance, span));
  Value rest = s.sub(distance, s.mul(flips, span));
  Value half = s.mul(flips, s.constant(type, 0.5));
  Value even = s.eq(half, s.make<math::FloorOp>(half));
  return s.select(even, s.add(rest, s.constant(type, low)), s.sub(s.constant(type, high), rest));
}

/// A coordinate brought to where there are elements, as `outside` says; with zeros it stays where it is.
Value brought(Scalars &s, Value x, int64_t size, const Sampling &how) {
  Type type = x.getType();
  if (how.outside == Outside::Zeros)
    return x;
  if (how.outside == Outside::Reflection)
    x = how.alignCorners ? reflected(s, x, 0, static_cast<double>(size - 1))
                         : reflected(s, x, -0.5, static_cast<double>(size) - 0.5);
  Value low = s.constant(type, 0), high = s.constant(type, static_cast<double>(size - 1));
  x = s.select(s.lt(x, low), low, x);
  return s.select(s.gt(x, high), high, x);
}

/// One element that a sample reads along one dimension.
struct Tap {
  Value at, weight, inside; // index, number, boolean; no weight is 1
};

/// The taps of coordinate `x`, in [-1, 1] over `size` elements.
SmallVector<Tap> tapsOf(Scalars &s, Value x, int64_t size, const Sampling &how) {
  Type type = x.getType();
  auto number = [&](double value) { return s.constant(type, value); };
  // -1 and 1 are the centres of the outer elements, or their outer edges.
  Value place = how.alignCorners
                    ? s.mul(s.add(x, number(1)), number(0.5 * static_cast<double>(size - 1)))
                    : s.sub(s.mul(s.add(x, number(1)), number(0.5 * static_cast<double>(size))), number(0.5));
  auto tap = [&](Value at, Value weight) {
    if (how.mode == Mode::Cubic)
      at = brought(s, at, size, how);
    Value inside = s.make<arith::AndIOp>(s.ge(at, number(0)), s.le(at, number(static_cast<double>(size - 1))));
    Value index = s.cast(s.select(inside, at, number(0)), s.builder.getI64Type());
    return Tap{s.make<arith::IndexCastOp>(s.builder.getIndexType(), index), weight, inside};
  };
  if (how.mode != Mode::Cubic)
    place = brought(s, place, size, how);
  if (how.mode == Mode::Nearest)
    return {tap(s.make<math::RoundEvenOp>(place), Value())};
  Value floor = s.make<math::FloorOp>(place), t = s.sub(place, floor);
  if (how.mode == Mode::Linear)
    return {tap(floor, s.sub(number(1), t)), tap(s.add(floor, number(1)), t)};
  // Keys' kernel with a = -0.75 at the distances 1 + t, t, 1 - t, 2 - t.
  constexpr double a = -0.75;
  auto near = [&](Value d) {
    return s.add(s.mul(s.mul(s.sub(s.mul(number(a + 2), d), number(a + 3)), d), d), number(1));
  };
  auto far = [&](Value d) {
    Value inner = s.add(s.mul(s.sub(s.mul(number(a), d), number(5 * a)), d), number(8 * a));
    return s.sub(s.mul(inner, d), number(4 * a));
  };
  Value one = number(1), rest = s.sub(one, t);
  return {tap(s.sub(floor, one), far(s.add(one, t))), tap(floor, near(t)), tap(s.add(floor, one), near(rest)),
          tap(s.add(floor, number(2)), far(s.add(one, rest)))};
}

/// result[b, c, o...] = x[b, c, ...] at the place that grid[b, o..., :] names, last dimension first.
LogicalResult lowerGridSample(NodeLowering &n) {
  Value x = n.input(0), grid = n.input(1);
  Shape in = Emit::shapeOf(x), out = n.resultShape();
  int64_t spatial = static_cast<int64_t>(in.size()) - 2, rank = in.size();
  StringRef mode = n.node.getString("mode", "linear"), padding = n.node.getString("padding_mode", "zeros");
  Sampling how{Mode::Linear, Outside::Zeros, n.node.getInt("align_corners", 0) != 0};
  if (mode == "nearest")
    how.mode = Mode::Nearest;
  else if (mode == "cubic" || mode == "bicubic")
    how.mode = Mode::Cubic;
  else if (mode != "linear" && mode != "bilinear")
    return n.node.emitNodeError() << "expected mode nearest, linear or cubic, found \"" << mode << '"';
  if (padding == "border")
    how.outside = Outside::Border;
  else if (padding == "reflection")
    how.outside = Outside::Reflection;
  else if (padding != "zeros")
    return n.node.emitNodeError() << "expected padding_mode zeros, border or reflection, found \"" << padding << '"';
  Type type = n.resultType().getElementType(), computed = Emit::elementOf(grid);
  if (product(out) == 0 || product(in) == 0)
    return n.set(n.zeros(out, type));
  SmallVector<Value> coordinates(spatial, grid);
  SmallVector<AffineMap> maps;
  for (int64_t i = 0; i < spatial; ++i) {
    SmallVector<AffineExpr> exprs{n.builder.getAffineDimExpr(0)};
    for (int64_t d = 2; d < rank; ++d)
      exprs.push_back(n.builder.getAffineDimExpr(d));
    exprs.push_back(n.builder.getAffineConstantExpr(spatial - 1 - i));
    maps.push_back(AffineMap::get(rank, 0, exprs, n.builder.getContext()));
  }
  return n.set(n.map(out, type, coordinates, maps, [&](Scalars &s, ValueRange places) {
    SmallVector<SmallVector<Tap>> taps;
    int64_t combinations = 1;
    for (int64_t i = 0; i < spatial; ++i) {
      taps.push_back(tapsOf(s, places[i], in[2 + i], how));
      combinations *= taps.back().size();
    }
    Value sum;
    for (int64_t combination = 0; combination < combinations; ++combination) {
      SmallVector<Value> at{s.make<linalg::IndexOp>(0), s.make<linalg::IndexOp>(1)};
      Value inside, weight;
      int64_t rest = combination;
      for (ArrayRef<Tap> along : taps) {
        const Tap &tap = along[rest % along.size()];
        rest /= along.size();
        at.push_back(tap.at);
        inside = inside ? s.make<arith::AndIOp>(inside, tap.inside) : tap.inside;
        if (tap.weight)
          weight = weight ? s.mul(weight, tap.weight) : tap.weight;
      }
      Value element = s.make<tensor::ExtractOp>(x, at);
      element = s.select(inside, element, s.constant(type, 0));
      if (!weight)
        return element;
      Value term = s.mul(s.cast(element, computed), weight);
      sum = sum ? s.add(sum, term) : term;
    }
    return s.cast(sum, type);
  }));
}

//===----------------------------------------------------------------------------------------------------------------===//
// RoiAlign
//===----------------------------------------------------------------------------------------------------------------===//

/// The element of `x` at [batch, channel, y, x], linearly between its four neighbours; 0 beyond the outermost elements
/// by more than one. With `max` the largest of the weighted neighbours, as the definition has it.
Value bilinear(Scalars &s, Value x, Value batch, Value channel, Value py, Value px, bool max) {
  Shape shape = Emit::shapeOf(x);
  Type type = Emit::elementOf(x), index = s.builder.getIndexType();
  auto number = [&](double value) { return s.constant(type, value); };
  struct Along {
    Value low, high, toLow, toHigh, outside;
  };
  auto along = [&](Value place, int64_t size) {
    Value outside = s.make<arith::OrIOp>(s.lt(place, number(-1)), s.gt(place, number(static_cast<double>(size))));
    Value last = number(static_cast<double>(size - 1));
    place = s.select(s.lt(place, number(0)), number(0), place);
    place = s.select(s.gt(place, last), last, place);
    place = s.select(s.ne(place, place), number(0), place);
    Value floor = s.make<math::FloorOp>(place), next = s.add(floor, number(1));
    next = s.select(s.gt(next, last), last, next);
    auto toIndex = [&](Value v) { return s.make<arith::IndexCastOp>(index, s.cast(v, s.builder.getI64Type())); };
    Value toHigh = s.sub(place, floor);
    return Along{toIndex(floor), toIndex(next), s.sub(number(1), toHigh), toHigh, outside};
  };
  Along v = along(py, shape[2]), h = along(px, shape[3]);
  Value result;
  for (auto [row, rowWeight] : {std::pair{v.low, v.toLow}, std::pair{v.high, v.toHigh}})
    for (auto [column, weight] : {std::pair{h.low, h.toLow}, std::pair{h.high, h.toHigh}}) {
      Value element = s.make<tensor::ExtractOp>(x, ValueRange{batch, channel, row, column});
      Value term = s.mul(element, s.mul(rowWeight, weight));
      result = !result ? term : max ? s.max(result, term) : s.add(result, term);
    }
  return s.select(s.make<arith::OrIOp>(v.outside, h.outside), number(0), result);
}

/// result[r, c, i, j]: mean or maximum over a grid of samples in cell (i, j) of region r.
LogicalResult lowerRoiAlign(NodeLowering &n) {
  Value x = n.input(0), rois = n.input(1), batches = n.input(2);
  Shape in = Emit::shapeOf(x), out = n.resultShape();
  Type type = Emit::elementOf(x);
  bool max = n.node.getString("mode", "avg") == "max";
  int64_t ratio = n.node.getInt("sampling_ratio", 0);
  double scale = n.node.getFloat("spatial_scale", 1);
  bool halfPixel = n.node.getString("coordinate_transformation_mode",
                                    n.node.getVersion() >= 16 ? "half_pixel" : "output_half_pixel") == "half_pixel";
  if (product(out) == 0 || product(in) == 0)
    return n.set(n.zeros(out, type));
  SmallVector<Value> lower, upper, steps;
  for (int64_t dim : out) {
    lower.push_back(n.index(0));
    upper.push_back(n.index(dim));
    steps.push_back(n.index(1));
  }
  scf::LoopNest nest = scf::buildLoopNest(
      n.builder, n.loc, lower, upper, steps, ValueRange{n.empty(out, type)},
      [&](OpBuilder &nested, Location loc, ValueRange at, ValueRange carried) -> scf::ValueVector {
        Scalars s(nested, loc, false);
        Type index = nested.getIndexType();
        auto number = [&](double value) { return s.constant(type, value); };
        auto asNumber = [&](Scalars &s, Value i) {
          return s.cast(s.make<arith::IndexCastOp>(s.builder.getI64Type(), i), type);
        };
        Value batch = s.safeIndex(s.make<tensor::ExtractOp>(batches, at[0]), in[0]);
        struct Side {
          Value start, cell, step, count;
        };
        auto side = [&](int64_t from, int64_t to, int64_t cells) {
          auto corner = [&](int64_t i) {
            Value component = arith::ConstantIndexOp::create(nested, loc, i);
            Value value = s.make<tensor::ExtractOp>(rois, ValueRange{at[0], component});
            return s.sub(s.mul(value, number(scale)), number(halfPixel ? 0.5 : 0));
          };
          Value start = corner(from), length = s.sub(corner(to), start);
          if (!halfPixel)
            length = s.select(s.lt(length, number(1)), number(1), length);
          Value cell = s.div(length, number(static_cast<double>(cells)));
          Value count = arith::ConstantIndexOp::create(nested, loc, std::max<int64_t>(ratio, 1));
          if (ratio <= 0) { // as many as there are elements in a cell; a length that is no number has none
            Value most = s.constant(nested.getI64Type(), 1 << 16);
            Value wanted = s.cast(s.make<math::CeilOp>(cell), nested.getI64Type());
            wanted = s.make<arith::MaxSIOp>(s.constant(nested.getI64Type(), 0), s.make<arith::MinSIOp>(wanted, most));
            count = s.make<arith::IndexCastOp>(index, wanted);
          }
          return Side{start, cell, s.div(cell, asNumber(s, count)), count};
        };
        Side v = side(1, 3, out[2]), h = side(0, 2, out[3]);
        Value zero = arith::ConstantIndexOp::create(nested, loc, 0),
              one = arith::ConstantIndexOp::create(nested, loc, 1);
        auto place = [&](Scalars &s, const Side &side, Value cell, Value sample) {
          Value inCell = s.mul(s.add(asNumber(s, sample), number(0.5)), side.step);
          return s.add(s.add(side.start, s.mul(asNumber(s, cell), side.cell)), inCell);
        };
        Value init = max ? s.limit(type, /*negative=*/true) : number(0);
        auto rows = scf::ForOp::create(
            nested, loc, zero, v.count, one, init, [&](OpBuilder &b, Location loc, Value i, ValueRange total) {
              auto columns = scf::ForOp::create(
                  b, loc, zero, h.count, one, total, [&](OpBuilder &b, Location loc, Value j, ValueRange total) {
                    Scalars s(b, loc, false);
                    Value sample = bilinear(s, x, batch, at[1], place(s, v, at[2], i), place(s, h, at[3], j), max);
                    scf::YieldOp::create(b, loc, max ? s.max(total[0], sample) : s.add(total[0], sample));
                  });
              scf::YieldOp::create(b, loc, columns.getResults());
            });
        Value result = rows.getResult(0), samples = s.make<arith::MulIOp>(v.count, h.count);
        Value isEmpty = s.make<arith::CmpIOp>(arith::CmpIPredicate::eq, samples, zero);
        Value divisor = s.select(isEmpty, number(1), asNumber(s, samples));
        result = max ? s.select(isEmpty, number(0), result) : s.div(result, divisor);
        return {tensor::InsertOp::create(nested, loc, result, carried[0], at)};
      });
  return n.set(nest.results.front());
}

} // namespace

void addSampleRows(LoweringTable &table) {
  table.add("GridSample", 16, lowerGridSample, 2);
  table.add("RoiAlign", 10, lowerRoiAlign, 3);
}

} // namespace fourmix::lowering
