// Softmax and the normalisations.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/ONNXToLinalg/Lowering.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <cmath>

using namespace mlir;

namespace fourmix::lowering {

namespace {

/// Statistics are taken in f32 at least (stash_type 1).
Type statisticsType(Type type) {
  return type.getIntOrFloatBitWidth() < 32 ? Float32Type::get(type.getContext()) : type;
}

Value addStep(Scalars &s, ValueRange x) { return s.add(x.back(), x[0]); }

struct Moments {
  Value mean, variance; ///< both with size 1 on the axes
};

/// Mean and biased variance by the two-pass formula, which does not cancel.
Moments moments(Emit &e, Value x, ArrayRef<int64_t> axes) {
  Type type = Emit::elementOf(x);
  Shape shape = Emit::shapeOf(x);
  double count = 1;
  for (int64_t axis : axes)
    count *= shape[axis];
  Scalars s(e.builder, e.loc, false);
  auto divide = [&](Value sum) {
    return e.elementwise(Emit::shapeOf(sum), type, sum,
                         [&](Scalars &s, ValueRange x) { return s.div(x[0], s.constant(type, count)); });
  };
  Value zero = s.constant(type, 0);
  Value mean = keepDims(e, divide(e.reduce(x, axes, zero, addStep)), shape, axes);
  Value squares = e.reduce(
      x, axes, zero,
      [](Scalars &s, ValueRange x) {
        Value centred = s.sub(x[0], x[1]);
        return s.add(x[2], s.mul(centred, centred));
      },
      mean);
  return {mean, keepDims(e, divide(squares), shape, axes)};
}

/// 1 / sqrt(variance + epsilon)
Value inverseDeviation(Emit &e, Value variance, double epsilon) {
  Type type = Emit::elementOf(variance);
  return e.elementwise(Emit::shapeOf(variance), type, variance, [&](Scalars &s, ValueRange x) {
    Value root = s.make<math::SqrtOp>(s.add(x[0], s.constant(type, epsilon)));
    return s.div(s.constant(type, 1), root);
  });
}

/// (x - mean) * inverse * scale + bias, the last two in the type of the result; either may be null.
Value normalized(Emit &e, Value x, Value mean, Value inverse, Value scale, Value bias, Type type) {
  SmallVector<Value> inputs{x, inverse};
  for (Value each : {mean, scale, bias})
    if (each)
      inputs.push_back(each);
  return e.elementwise(Emit::shapeOf(x), type, inputs, [&](Scalars &s, ValueRange in) {
    unsigned next = 2;
    Value value = in[0];
    if (mean)
      value = s.sub(value, in[next++]);
    value = s.cast(s.mul(value, in[1]), type);
    if (scale)
      value = s.mul(value, in[next++]);
    if (bias)
      value = s.add(value, in[next++]);
    return value;
  });
}

LogicalResult lowerLayerNormalization(NodeLowering &n) {
  int64_t rank = Emit::rankOf(n.input(0));
  FailureOr<int64_t> axis = n.axis(n.node.getInt("axis", -1), rank);
  if (failed(axis))
    return failure();
  Type type = n.resultType().getElementType();
  Value x = n.cast(n.input(0), statisticsType(type));
  Moments m = moments(n, x, llvm::to_vector(llvm::seq<int64_t>(*axis, rank)));
  Value inverse = inverseDeviation(n, m.variance, n.node.getFloat("epsilon", 1e-5));
  n.set(0, normalized(n, x, m.mean, inverse, n.input(1), n.input(2), type));
  if (n.node.hasOutput(1))
    n.set(1, n.cast(m.mean, n.resultType(1).getElementType()));
  if (n.node.hasOutput(2))
    n.set(2, n.cast(inverse, n.resultType(2).getElementType()));
  return success();
}

/// x / sqrt(mean(x^2) + epsilon) * scale
LogicalResult lowerRMSNormalization(NodeLowering &n) {
  int64_t rank = Emit::rankOf(n.input(0));
  FailureOr<int64_t> axis = n.axis(n.node.getInt("axis", -1), rank);
  if (failed(axis))
    return failure();
  Type type = n.resultType().getElementType(), computed = statisticsType(type);
  Value x = n.cast(n.input(0), computed);
  Shape shape = Emit::shapeOf(x);
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(*axis, rank));
  Scalars s(n.builder, n.loc, false);
  Value squares = n.reduce(x, axes, s.constant(computed, 0),
                           [](Scalars &s, ValueRange x) { return s.add(x[1], s.mul(x[0], x[0])); });
  double count = product(shape.drop_front(*axis));
  Value mean = n.elementwise(Emit::shapeOf(squares), computed, squares,
                             [&](Scalars &s, ValueRange x) { return s.div(x[0], s.constant(computed, count)); });
  Value inverse = inverseDeviation(n, keepDims(n, mean, shape, axes), n.node.getFloat("epsilon", 1e-5));
  return n.set(normalized(n, x, Value(), inverse, n.input(1), Value(), type));
}

/// A vector over the channels (dimension 1) as a tensor that broadcasts to `rank` dimensions.
Value alongChannels(Emit &e, Value vector, int64_t rank) {
  SmallVector<int64_t> shape(rank - 1, 1);
  shape[0] = Emit::shapeOf(vector)[0];
  return e.reshape(vector, shape);
}

/// scale / sqrt(variance + epsilon), at compile time where both are constants.
Value channelFactor(Emit &e, Value scale, Value variance, double epsilon) {
  ElementsAttr scaleConstant = matchConstant(scale), varianceConstant = matchConstant(variance);
  if (scaleConstant && varianceConstant) {
    std::optional<std::vector<double>> factor = readDoubles(scaleConstant), spread = readDoubles(varianceConstant);
    if (factor && spread) {
      for (auto [f, v] : llvm::zip(*factor, *spread))
        f /= std::sqrt(v + epsilon);
      return e.constant(makeConstant(Emit::typeOf(scale), *factor, "batch_norm"));
    }
  }
  Type type = Emit::elementOf(scale);
  return e.elementwise(Emit::shapeOf(scale), type, {scale, variance}, [&](Scalars &s, ValueRange x) {
    Value spread = s.add(s.cast(x[1], type), s.constant(type, epsilon));
    return s.div(x[0], s.make<math::SqrtOp>(spread));
  });
}

LogicalResult lowerBatchNormalization(NodeLowering &n) {
  int64_t rank = Emit::rankOf(n.input(0));
  Type type = n.resultType().getElementType();
  if (rank < 2)
    return n.node.emitNodeError() << "the input must have at least 2 dimensions, found " << rank;
  double epsilon = n.node.getFloat("epsilon", 1e-5);
  if (n.node.getInt("training_mode", 0)) {
    // By the batch's own statistics, which the running ones follow.
    SmallVector<int64_t> axes{0};
    llvm::append_range(axes, llvm::seq<int64_t>(2, rank));
    Value x = n.cast(n.input(0), statisticsType(type));
    Moments m = moments(n, x, axes);
    n.set(0, normalized(n, x, m.mean, inverseDeviation(n, m.variance, epsilon), alongChannels(n, n.input(1), rank),
                        alongChannels(n, n.input(2), rank), type));
    double momentum = n.node.getFloat("momentum", 0.9);
    for (auto [i, now] : {std::pair{1u, m.mean}, std::pair{2u, m.variance}}) {
      if (!n.node.hasOutput(i))
        continue;
      Value flat = n.reshape(now, n.resultShape(i)), before = n.input(i + 2);
      n.set(i, n.elementwise(n.resultShape(i), Emit::elementOf(before), {before, flat}, [&](Scalars &s, ValueRange x) {
        Type type = x[0].getType();
        return s.add(s.mul(x[0], s.constant(type, momentum)),
                     s.mul(s.cast(x[1], type), s.constant(type, 1 - momentum)));
      }));
    }
    return success();
  }
  Value factor = channelFactor(n, n.input(1), n.input(4), epsilon);
  SmallVector<Value> inputs{n.input(0)};
  for (Value vector : {n.input(3), factor, n.input(2)})
    inputs.push_back(alongChannels(n, vector, rank));
  return n.set(n.elementwise(n.resultShape(), type, inputs, [&](Scalars &s, ValueRange x) {
    Value scaled = s.mul(s.sub(x[0], s.cast(x[1], type)), s.cast(x[2], type));
    return s.add(scaled, s.cast(x[3], type));
  }));
}

/// (x - mean) / (deviation + 1e-9)
LogicalResult lowerMeanVarianceNormalization(NodeLowering &n) {
  FailureOr<SmallVector<int64_t>> axes =
      n.axes(n.node.getInts("axes").value_or(SmallVector<int64_t>{0, 2, 3}), Emit::rankOf(n.input(0)));
  if (failed(axes))
    return failure();
  Type type = n.resultType().getElementType(), computed = statisticsType(type);
  Value x = n.cast(n.input(0), computed);
  Moments m = moments(n, x, *axes);
  return n.set(n.elementwise(n.resultShape(), type, {x, m.mean, m.variance}, [&](Scalars &s, ValueRange v) {
    Value deviation = s.add(s.make<math::SqrtOp>(v[2]), s.constant(computed, 1e-9));
    return s.cast(s.div(s.sub(v[0], v[1]), deviation), type);
  }));
}

/// x / (bias + alpha / size * sum of the squares of `size` channels around)^beta
LogicalResult lowerLRN(NodeLowering &n) {
  Value x = n.input(0);
  SmallVector<int64_t> shape(Emit::shapeOf(x));
  int64_t rank = shape.size(), size = n.node.getInt("size", 1);
  if (rank < 2 || size < 1)
    return n.node.emitNodeError() << "expected channels and a size of 1 or more, found " << Emit::typeOf(x) << " and "
                                  << size;
  Type type = n.resultType().getElementType(), computed = statisticsType(type);
  // The windows as a constant band of ones: result[b, c, ...] = sum over k of band[c, k] * x[b, k, ...]^2.
  std::vector<double> band;
  for (int64_t c = 0; c < shape[1]; ++c)
    for (int64_t k = 0; k < shape[1]; ++k)
      band.push_back(k >= c - (size - 1) / 2 && k <= c + size / 2);
  Value squares =
      n.elementwise(shape, computed, n.cast(x, computed), [](Scalars &s, ValueRange v) { return s.mul(v[0], v[0]); });
  Value ones = n.constant(makeConstant(RankedTensorType::get({shape[1], shape[1]}, computed), band, "band"));
  Value sums = matmulND(n, ones, n.reshape(squares, {shape[0], shape[1], product(Shape(shape).drop_front(2))}));
  double bias = n.node.getFloat("bias", 1), factor = n.node.getFloat("alpha", 1e-4) / static_cast<double>(size);
  double beta = n.node.getFloat("beta", 0.75);
  return n.set(n.elementwise(shape, type, {x, n.reshape(sums, shape)}, [&](Scalars &s, ValueRange v) {
    Value base = s.add(s.constant(computed, bias), s.mul(s.constant(computed, factor), v[1]));
    return s.cast(s.div(s.cast(v[0], computed), s.make<math::PowFOp>(base, s.constant(computed, beta))), type);
  }));
}

/// Each channel of each batch element by its own moments.
LogicalResult lowerInstanceNormalization(NodeLowering &n) {
  int64_t rank = Emit::rankOf(n.input(0));
  Type type = n.resultType().getElementType();
  Value x = n.cast(n.input(0), statisticsType(type));
  Moments m = moments(n, x, llvm::to_vector(llvm::seq<int64_t>(2, rank)));
  Value inverse = inverseDeviation(n, m.variance, n.node.getFloat("epsilon", 1e-5));
  return n.set(
      normalized(n, x, m.mean, inverse, alongChannels(n, n.input(1), rank), alongChannels(n, n.input(2), rank), type));
}

/// [b, c, ...] as [b, groups, c / groups * ...], normalised over the last dimension.
LogicalResult lowerGroupNormalization(NodeLowering &n) {
  Type type = n.resultType().getElementType();
  Shape shape = Emit::shapeOf(n.input(0));
  int64_t groups = n.node.getInt("num_groups", 1), rank = shape.size();
  if (rank < 2 || groups <= 0 || shape[1] % groups != 0)
    return n.node.emitNodeError() << "num_groups " << groups << " does not divide the channels";
  Value x = n.reshape(n.cast(n.input(0), statisticsType(type)),
                      {shape[0], groups, shape[1] / groups, product(shape.drop_front(2))});
  Moments m = moments(n, x, {2, 3});
  Value inverse = inverseDeviation(n, m.variance, n.node.getFloat("epsilon", 1e-5));
  // Until version 21 scale and bias have one element for each group, then one for each channel.
  auto perChannel = [&](Value vector) {
    bool perGroup = n.node.getVersion() < 21;
    return n.reshape(vector, perGroup ? SmallVector<int64_t>{groups, 1, 1}
                                      : SmallVector<int64_t>{groups, shape[1] / groups, 1});
  };
  Value result = normalized(n, x, m.mean, inverse, perChannel(n.input(1)), perChannel(n.input(2)), type);
  return n.set(n.reshape(result, shape));
}

/// x / norm along one axis.
LogicalResult lowerLpNormalization(NodeLowering &n) {
  Value x = n.input(0);
  FailureOr<int64_t> axis = n.axis(n.node.getInt("axis", -1), Emit::rankOf(x));
  if (failed(axis))
    return failure();
  bool euclidean = n.node.getInt("p", 2) == 2;
  Type type = Emit::elementOf(x);
  Scalars s(n.builder, n.loc, false);
  Value norm = n.reduce(x, *axis, s.constant(type, 0), [&](Scalars &s, ValueRange x) {
    return s.add(x[1], euclidean ? s.mul(x[0], x[0]) : s.abs(x[0]));
  });
  norm = keepDims(n, norm, Emit::shapeOf(x), *axis);
  return n.set(n.elementwise(n.resultShape(), type, {x, norm}, [&](Scalars &s, ValueRange x) {
    Value size = euclidean ? s.make<math::SqrtOp>(x[1]) : x[1];
    return s.select(s.eq(size, s.constant(type, 0)), s.constant(type, 0), s.div(x[0], size));
  }));
}

Lower softmaxRow(bool logarithm, bool flattens) {
  return [=](NodeLowering &n) -> LogicalResult {
    Shape shape = n.resultShape();
    FailureOr<int64_t> axis = n.axis(n.node.getInt("axis", flattens ? 1 : -1), shape.size());
    if (failed(axis))
      return failure();
    Type type = n.resultType().getElementType();
    Value x = n.cast(n.input(0), statisticsType(type));
    Value result;
    if (flattens) { // Before version 13: over all dimensions from `axis` on.
      SmallVector<int64_t> flat{product(shape.take_front(*axis)), product(shape.drop_front(*axis))};
      result = n.reshape(softmax(n, n.reshape(x, flat), 1, logarithm), shape);
    } else {
      result = softmax(n, x, *axis, logarithm);
    }
    return n.set(n.cast(result, type));
  };
}

} // namespace

void addNormalizeRows(LoweringTable &table) {
  for (bool logarithm : {false, true}) {
    StringRef op = logarithm ? "LogSoftmax" : "Softmax";
    table.add(op, 1, softmaxRow(logarithm, /*flattens=*/true));
    table.add(op, 13, softmaxRow(logarithm, /*flattens=*/false));
  }
  table.add("LayerNormalization", 1, lowerLayerNormalization, 2);
  table.add("SimplifiedLayerNormalization", 1, lowerRMSNormalization, 2);
  table.add("RMSNormalization", 23, lowerRMSNormalization, 2);
  table.add("BatchNormalization", 1, lowerBatchNormalization, 5);
  table.add("InstanceNormalization", 6, lowerInstanceNormalization, 3);
  table.add("GroupNormalization", 18, lowerGroupNormalization, 3);
  table.add("MeanVarianceNormalization", 9, lowerMeanVarianceNormalization);
  table.add("LRN", 1, lowerLRN);
  table.add("LpNormalization", 1, lowerLpNormalization);
}

} // namespace fourmix::lowering
