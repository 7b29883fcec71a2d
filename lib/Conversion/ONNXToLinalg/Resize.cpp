// Resize and Upsample: interpolation, one axis after the other. What each result position reads, and with what weight,
// is known at compile time.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/ONNXToLinalg/Lowering.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <cmath>

using namespace mlir;

namespace fourmix::lowering {

namespace {

/// What the attributes say, the same for all axes.
struct Interpolation {
  StringRef mode, coordinates, nearest;
  double cubicA, extrapolation;
  bool excludeOutside, antialias;
};

struct Axis {
  int64_t in, out;
  double scale;              // as given; where sizes are, out / in
  double begin = 0, end = 1; // the region of interest
};

/// Where result position `i` lies in the input.
double sourceOf(const Interpolation &how, const Axis &a, int64_t i) {
  double x = static_cast<double>(i), in = static_cast<double>(a.in), out = a.scale * in;
  if (how.coordinates == "align_corners")
    return out == 1 ? 0 : x * (in - 1) / (out - 1);
  if (how.coordinates == "asymmetric")
    return x / a.scale;
  if (how.coordinates == "pytorch_half_pixel" && out == 1)
    return -0.5;
  if (how.coordinates == "tf_half_pixel_for_nn")
    return (x + 0.5) / a.scale;
  if (how.coordinates == "tf_crop_and_resize") {
    double from = a.begin * (in - 1), length = (a.end - a.begin) * (in - 1);
    return out == 1 ? from + length / 2 : from + x * length / (out - 1);
  }
  double centre = (x + 0.5) / a.scale - 0.5;
  if (how.coordinates == "half_pixel_symmetric") // out is rounded down, and the rest is shared by both sides
    return in / 2 * (1 - static_cast<double>(a.out) / out) + centre;
  return centre;
}

int64_t nearestOf(const Interpolation &how, double x) {
  double floor = std::floor(x), fraction = x - floor;
  if (how.nearest == "floor")
    return static_cast<int64_t>(floor);
  if (how.nearest == "ceil")
    return static_cast<int64_t>(std::ceil(x));
  bool up = fraction > 0.5 || (fraction == 0.5 && how.nearest == "round_prefer_ceil");
  return static_cast<int64_t>(floor) + up;
}

/// The kernel of the mode at distance `x`.
double kernel(const Interpolation &how, double x) {
  x = std::fabs(x);
  if (how.mode == "linear")
    return x < 1 ? 1 - x : 0;
  double a = how.cubicA;
  if (x <= 1)
    return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/// The elements that result positions read along one axis, as many for each, and their weights.
struct Taps {
  int64_t count = 0;
  std::vector<int64_t> index;
  std::vector<double> weight;
  std::vector<bool> outside; // of the input, where that means the extrapolation value
};

Taps tapsOf(const Interpolation &how, const Axis &a) {
  Taps taps;
  // Shrinking, an antialiased kernel is as wide as what one result position stands for.
  double widening = how.antialias && a.scale < 1 ? 1 / a.scale : 1;
  double reach = how.mode == "nearest" ? 0 : (how.mode == "linear" ? 1 : 2) * widening;
  taps.count = how.mode == "nearest" ? 1 : 2 * static_cast<int64_t>(std::ceil(reach));
  for (int64_t i = 0; i < a.out; ++i) {
    double x = sourceOf(how, a, i);
    taps.outside.push_back(how.coordinates == "tf_crop_and_resize" && (x < 0 || x > static_cast<double>(a.in - 1)));
    auto clamp = [&](int64_t at) { return std::clamp<int64_t>(at, 0, a.in - 1); };
    if (how.mode == "nearest") {
      taps.index.push_back(clamp(nearestOf(how, x)));
      taps.weight.push_back(1);
      continue;
    }
    int64_t first = static_cast<int64_t>(std::ceil(x)) - taps.count / 2;
    double sum = 0;
    std::vector<double> weights;
    for (int64_t t = 0; t < taps.count; ++t) {
      bool counts = !how.excludeOutside || (first + t >= 0 && first + t < a.in);
      weights.push_back(counts ? kernel(how, (static_cast<double>(first + t) - x) / widening) : 0);
      sum += weights.back();
    }
    for (int64_t t = 0; t < taps.count; ++t) {
      taps.index.push_back(clamp(first + t));
      taps.weight.push_back(how.excludeOutside || how.antialias ? weights[t] / sum : weights[t]);
    }
  }
  return taps;
}

/// result[.., i, ..] = sum over t of weight[i, t] * x[.., index[i, t], ..]
Value interpolate(Emit &e, Value x, int64_t axis, const Taps &taps, int64_t out) {
  if (taps.count == 1)
    if (Value slices = e.take(x, axis, taps.index, /*maxSlices=*/4))
      return slices;
  SmallVector<int64_t> shape(Emit::shapeOf(x));
  shape[axis] = out;
  int64_t rank = shape.size();
  Type type = Emit::elementOf(x);
  Value index = e.constant(makeConstant(RankedTensorType::get({out, taps.count}, e.builder.getI64Type()),
                                        std::vector<double>(taps.index.begin(), taps.index.end()), "resize_index"));
  auto place = [&](Scalars &s, Value at) {
    SmallVector<Value> places;
    for (int64_t i = 0; i < rank; ++i)
      places.push_back(i == axis ? s.make<arith::IndexCastOp>(s.builder.getIndexType(), at)
                                 : s.make<linalg::IndexOp>(i));
    return s.make<tensor::ExtractOp>(x, places);
  };
  MLIRContext *context = e.builder.getContext();
  if (taps.count == 1) {
    AffineMap where = AffineMap::get(rank, 0, getAffineDimExpr(axis, context), context);
    return e.map(shape, type, e.reshape(index, {out}), where, [&](Scalars &s, ValueRange v) { return place(s, v[0]); });
  }
  Value weight = e.constant(makeConstant(RankedTensorType::get({out, taps.count}, type), taps.weight, "resize"));
  AffineMap table =
      AffineMap::get(rank + 1, 0, {getAffineDimExpr(axis, context), getAffineDimExpr(rank, context)}, context);
  AffineMap result = e.builder.getMultiDimIdentityMap(rank + 1).dropResult(rank);
  SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
  iterators.push_back(utils::IteratorType::reduction);
  Value init = e.zeros(shape, type);
  auto op = linalg::GenericOp::create(
      e.builder, e.loc, TypeRange{init.getType()}, ValueRange{index, weight}, ValueRange{init}, {table, table, result},
      iterators, [&](OpBuilder &nested, Location loc, ValueRange args) {
        Scalars s(nested, loc, false);
        linalg::YieldOp::create(nested, loc, s.add(args[2], s.mul(args[1], place(s, args[0]))));
      });
  return op.getResult(0);
}

/// The numbers of constant input `i`, none where it is absent or empty.
FailureOr<std::vector<double>> numbers(NodeLowering &n, unsigned i) {
  Value value = n.input(i);
  if (!value || Emit::typeOf(value).getNumElements() == 0)
    return std::vector<double>();
  ElementsAttr constant = matchConstant(value);
  std::optional<std::vector<double>> values = constant ? readDoubles(constant) : std::nullopt;
  if (!values)
    return n.node.emitNodeError() << "input #" << i << " must be a constant of numbers";
  return *values;
}

LogicalResult resize(NodeLowering &n, const Interpolation &how, unsigned roiInput, unsigned scalesInput) {
  Value x = n.input(0);
  Shape in = Emit::shapeOf(x), out = n.resultShape();
  int64_t rank = in.size();
  FailureOr<std::vector<double>> roi = numbers(n, roiInput), scales = numbers(n, scalesInput);
  if (failed(roi) || failed(scales))
    return failure();
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  if (std::optional<SmallVector<int64_t>> given = n.node.getInts("axes")) {
    FailureOr<SmallVector<int64_t>> normal = n.axes(*given, rank);
    if (failed(normal))
      return failure();
    axes = *normal;
  }
  if (how.mode != "nearest" && how.mode != "linear" && how.mode != "cubic")
    return n.node.emitNodeError() << "expected mode nearest, linear or cubic, found \"" << how.mode << '"';
  if (n.resultType().getNumElements() == 0)
    return n.set(n.empty(out, n.resultType().getElementType()));
  Type type = n.resultType().getElementType();
  bool computes = how.mode != "nearest" && (!isa<FloatType>(type) || type.getIntOrFloatBitWidth() < 32);
  if (computes)
    x = n.cast(x, n.builder.getF32Type(), n.isUnsigned());
  SmallVector<std::pair<int64_t, std::vector<bool>>> outside;
  bool extrapolates = false;
  for (auto [i, axis] : llvm::enumerate(axes)) {
    Axis a{in[axis], out[axis], static_cast<double>(out[axis]) / static_cast<double>(in[axis])};
    if (i < scales->size())
      a.scale = (*scales)[i];
    if (roi->size() == 2 * axes.size()) {
      a.begin = (*roi)[i];
      a.end = (*roi)[i + axes.size()];
    }
    if (a.in == a.out && a.scale == 1 && how.coordinates != "tf_crop_and_resize")
      continue;
    Taps taps = tapsOf(how, a);
    x = interpolate(n, x, axis, taps, a.out);
    extrapolates |= llvm::is_contained(taps.outside, true);
    outside.push_back({axis, taps.outside});
  }
  if (computes) // Results of integers are cut off, as the reference does.
    x = n.cast(x, type, n.isUnsigned(), n.isUnsigned());
  if (!extrapolates)
    return n.set(x);
  SmallVector<Value> inputs{x};
  for (auto &[axis, flags] : outside) {
    SmallVector<int64_t> shape(rank - axis, 1);
    shape[0] = flags.size();
    std::vector<char> bytes(flags.begin(), flags.end());
    inputs.push_back(n.constant(makeConstant(RankedTensorType::get(shape, n.builder.getI1Type()), bytes, "outside")));
  }
  return n.set(n.elementwise(out, type, inputs, [&](Scalars &s, ValueRange v) {
    Value any = v[1];
    for (Value flag : v.drop_front(2))
      any = s.make<arith::OrIOp>(any, flag);
    return s.select(any, s.constant(type, how.extrapolation), v[0]);
  }));
}

LogicalResult lowerResize(NodeLowering &n) {
  Interpolation how{n.node.getString("mode", "nearest"),
                    n.node.getString("coordinate_transformation_mode", "half_pixel"),
                    n.node.getString("nearest_mode", "round_prefer_floor"),
                    n.node.getFloat("cubic_coeff_a", -0.75),
                    n.node.getFloat("extrapolation_value", 0),
                    n.node.getInt("exclude_outside", 0) != 0,
                    n.node.getInt("antialias", 0) != 0};
  return resize(n, how, 1, 2);
}

/// Resize-10 and Upsample: no choice of coordinates.
LogicalResult lowerUpsample(NodeLowering &n) {
  Interpolation how{n.node.getString("mode", "nearest"), "asymmetric", "floor", -0.75, 0, false, false};
  return resize(n, how, /*roiInput=*/9, 1);
}

} // namespace

void addResizeRows(LoweringTable &table) {
  table.add("Upsample", 7, lowerUpsample);
  table.add("Resize", 10, lowerUpsample);
  table.add("Resize", 11, lowerResize);
}

} // namespace fourmix::lowering
