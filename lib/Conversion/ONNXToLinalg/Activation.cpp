// Activation functions.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/ONNXToLinalg/Lowering.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <cmath>

using namespace mlir;

namespace fourmix::lowering {

namespace {

/// The attributes of an activation, with the values that hold where the node does not carry them.
struct Parameters {
  double alpha, beta;
};
using Function = Value (*)(Scalars &, Value, Parameters);

Lower activation(Function function, double alpha = 0, double beta = 0, StringRef second = "beta") {
  return [=](NodeLowering &n) {
    Parameters parameters{n.node.getFloat("alpha", alpha), n.node.getFloat(second, beta)};
    return n.set(n.elementwise(
        n.resultShape(), n.resultType().getElementType(), n.input(0),
        [&](Scalars &s, ValueRange x) { return function(s, x[0], parameters); }, n.isUnsigned()));
  };
}

// What follows keeps NaN: a comparison with NaN is false, and the branch then taken computes with x.

Value relu(Scalars &s, Value x, Parameters) {
  Value zero = s.constant(x.getType(), 0);
  return s.select(s.lt(x, zero), zero, x);
}

Value leakyRelu(Scalars &s, Value x, Parameters p) {
  return s.select(s.lt(x, s.constant(x.getType(), 0)), s.mul(x, s.constant(x.getType(), p.alpha)), x);
}

Value elu(Scalars &s, Value x, Parameters p) {
  Value negative = s.make<math::ExpM1Op>(x);
  if (p.alpha != 1)
    negative = s.mul(s.constant(x.getType(), p.alpha), negative);
  return s.select(s.lt(x, s.constant(x.getType(), 0)), negative, x);
}

Value selu(Scalars &s, Value x, Parameters p) { return s.mul(s.constant(x.getType(), p.beta), elu(s, x, p)); }

/// max(x, 0) + min(alpha * expm1(x / alpha), 0)
Value celu(Scalars &s, Value x, Parameters p) {
  Value alpha = s.constant(x.getType(), p.alpha);
  Value negative = s.mul(alpha, s.make<math::ExpM1Op>(s.div(x, alpha)));
  return s.select(s.lt(x, s.constant(x.getType(), 0)), negative, x);
}

Value sigmoid(Scalars &s, Value x, Parameters) {
  Value one = s.constant(x.getType(), 1);
  return s.div(one, s.add(one, s.make<math::ExpOp>(s.neg(x))));
}

Value hardSigmoid(Scalars &s, Value x, Parameters p) {
  Type type = x.getType();
  Value zero = s.constant(type, 0), one = s.constant(type, 1);
  Value line = s.add(s.mul(s.constant(type, p.alpha), x), s.constant(type, p.beta));
  line = s.select(s.lt(line, zero), zero, line);
  return s.select(s.lt(one, line), one, line);
}

Value hardSwish(Scalars &s, Value x, Parameters) { return s.mul(x, hardSigmoid(s, x, {1.0 / 6, 0.5})); }

/// x * sigmoid(alpha * x)
Value swish(Scalars &s, Value x, Parameters p) {
  Value inner = p.alpha == 1 ? x : s.mul(s.constant(x.getType(), p.alpha), x);
  Value one = s.constant(x.getType(), 1);
  return s.div(x, s.add(one, s.make<math::ExpOp>(s.neg(inner))));
}

/// log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)), which does not overflow.
Value softplus(Scalars &s, Value x, Parameters p) {
  return s.add(relu(s, x, p), s.make<math::Log1pOp>(s.make<math::ExpOp>(s.neg(s.abs(x)))));
}

Value mish(Scalars &s, Value x, Parameters p) { return s.mul(x, s.make<math::TanhOp>(softplus(s, x, p))); }

Value softsign(Scalars &s, Value x, Parameters) { return s.div(x, s.add(s.constant(x.getType(), 1), s.abs(x))); }

Value thresholdedRelu(Scalars &s, Value x, Parameters p) {
  return s.select(s.le(x, s.constant(x.getType(), p.alpha)), s.constant(x.getType(), 0), x);
}

/// 0.5 x (1 + erf(x / sqrt 2)) or 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))
LogicalResult lowerGelu(NodeLowering &n) {
  bool byTanh = n.node.getString("approximate", "none") == "tanh";
  return n.set(
      n.elementwise(n.resultShape(), n.resultType().getElementType(), n.input(0), [&](Scalars &s, ValueRange in) {
        Value x = in[0];
        Type type = x.getType();
        auto number = [&](double value) { return s.constant(type, value); };
        Value inner;
        if (byTanh) {
          Value cube = s.mul(s.mul(x, x), x);
          Value argument = s.mul(number(std::sqrt(2 / M_PI)), s.add(x, s.mul(number(0.044715), cube)));
          inner = s.make<math::TanhOp>(argument);
        } else {
          inner = s.make<math::ErfOp>(s.mul(x, number(std::sqrt(0.5))));
        }
        return s.mul(s.mul(number(0.5), x), s.add(number(1), inner));
      }));
}

LogicalResult lowerPRelu(NodeLowering &n) {
  return n.set(n.elementwise(
      n.resultShape(), n.resultType().getElementType(), {n.input(0), n.input(1)},
      [](Scalars &s, ValueRange x) {
        return s.select(s.lt(x[0], s.constant(x[0].getType(), 0)), s.mul(x[0], x[1]), x[0]);
      },
      n.isUnsigned()));
}

/// Before version 7: one slope, or one for each channel.
LogicalResult lowerLegacyPRelu(NodeLowering &n) {
  int64_t slopes = Emit::typeOf(n.input(1)).getNumElements();
  SmallVector<int64_t> shape(slopes == 1 ? 0 : Emit::rankOf(n.input(0)) - 1, 1);
  if (slopes != 1)
    shape[0] = slopes;
  n.inputs[1] = n.reshape(n.input(1), shape);
  return lowerPRelu(n);
}

LogicalResult lowerShrink(NodeLowering &n) {
  double lambda = n.node.getFloat("lambd", 0.5), bias = n.node.getFloat("bias", 0);
  return n.set(n.elementwise(
      n.resultShape(), n.resultType().getElementType(), n.input(0),
      [&](Scalars &s, ValueRange in) {
        Value x = in[0];
        Type type = x.getType();
        Value inside = s.constant(type, 0);
        Value above = s.select(s.gt(x, s.constant(type, lambda)), s.sub(x, s.constant(type, bias)), inside);
        return s.select(s.lt(x, s.constant(type, -lambda)), s.add(x, s.constant(type, bias)), above);
      },
      n.isUnsigned()));
}

} // namespace

Value activate(Scalars &s, StringRef name, Value x, std::optional<double> alpha, std::optional<double> beta) {
  auto call = [&](Function function, double a = 0, double b = 0) {
    return function(s, x, {alpha.value_or(a), beta.value_or(b)});
  };
  Type type = x.getType();
  auto scaled = [&](Value v, double a) { return s.mul(s.constant(type, a), v); };
  std::string lower = name.lower();
  if (lower == "relu")
    return call(relu);
  if (lower == "tanh")
    return s.make<math::TanhOp>(x);
  if (lower == "sigmoid")
    return call(sigmoid);
  if (lower == "affine")
    return s.add(scaled(x, alpha.value_or(1)), s.constant(type, beta.value_or(0)));
  if (lower == "leakyrelu")
    return call(leakyRelu, 0.01);
  if (lower == "thresholdedrelu")
    return call(thresholdedRelu, 1);
  if (lower == "scaledtanh")
    return scaled(s.make<math::TanhOp>(scaled(x, beta.value_or(1))), alpha.value_or(1));
  if (lower == "hardsigmoid")
    return call(hardSigmoid, 0.2, 0.5);
  if (lower == "elu")
    return call(elu, 1);
  if (lower == "softsign")
    return call(softsign);
  return lower == "softplus" ? call(softplus) : Value();
}

void addActivationRows(LoweringTable &table) {
  table.add("Relu", 1, activation(relu));
  table.add("LeakyRelu", 1, activation(leakyRelu, 0.01));
  table.add("Elu", 1, activation(elu, 1));
  table.add("Selu", 1, activation(selu, 1.67326319217681884765625, 1.05070102214813232421875, "gamma"));
  table.add("Celu", 12, activation(celu, 1));
  table.add("Sigmoid", 1, activation(sigmoid));
  table.add("HardSigmoid", 1, activation(hardSigmoid, 0.2, 0.5));
  table.add("HardSwish", 14, activation(hardSwish));
  table.add("Swish", 24, activation(swish, 1));
  table.add("Softplus", 1, activation(softplus));
  table.add("Softsign", 1, activation(softsign));
  table.add("Mish", 18, activation(mish));
  table.add("ThresholdedRelu", 10, activation(thresholdedRelu, 1));
  table.add("PRelu", 1, lowerLegacyPRelu, 2);
  table.add("PRelu", 7, lowerPRelu, 2);
  table.add("Shrink", 9, lowerShrink);
  table.add("Gelu", 20, lowerGelu);
}

} // namespace fourmix::lowering
