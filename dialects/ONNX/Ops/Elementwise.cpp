// Operators that work element by element: arithmetic, comparison, logic, activations.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/Ops/Inference.h"
#include "dialects/ONNX/Ops/Rows.h"
#include "llvm/ADT/StringSwitch.h"
#include <cmath>
#include <functional>

using namespace mlir;

namespace fourmix::onnx {
namespace {

Type boolType(Inference &op) { return IntegerType::get(op.node.getContext(), 1); }

//===-- Shapes ------------------------------------------------------------===//

LogicalResult inferSame(Inference &op) { return op.result(op.shape(0), op.element(0)); }
LogicalResult inferPredicate(Inference &op) { return op.result(op.shape(0), boolType(op)); }

LogicalResult expectSameElements(Inference &op, unsigned from, unsigned to) {
  for (unsigned i = from + 1; i < to; ++i)
    if (op.element(i) != op.element(from))
      return op.error() << "expected one element type for all operands, found " << op.element(from) << " and "
                        << op.element(i);
  return success();
}

/// All inputs broadcast together.
LogicalResult inferBroadcast(Inference &op) {
  for (unsigned i = 0; i < op.inputs(); ++i)
    if (!op.has(i))
      return op.error() << "input " << i << " is absent";
  FailureOr<Shape> shape = op.broadcast(0, op.inputs());
  if (failed(shape) || failed(expectSameElements(op, 0, op.inputs())))
    return failure();
  return op.result(*shape, op.element(0));
}

LogicalResult inferCompare(Inference &op) {
  if (op.inputs() != 2)
    return op.error() << "expected 2 inputs, found " << op.inputs();
  FailureOr<Shape> shape = op.broadcast(0, 2);
  if (failed(shape) || failed(expectSameElements(op, 0, 2)))
    return failure();
  return op.result(*shape, boolType(op));
}

LogicalResult inferPow(Inference &op) {
  if (op.inputs() != 2)
    return op.error() << "expected 2 inputs, found " << op.inputs();
  FailureOr<Shape> shape = op.broadcast(0, 2);
  return failed(shape) ? failure() : op.result(*shape, op.element(0));
}

LogicalResult inferPRelu(Inference &op) {
  if (op.inputs() != 2)
    return op.error() << "expected 2 inputs, found " << op.inputs();
  FailureOr<Shape> shape = op.broadcast(0, 2);
  if (failed(shape) || failed(expectSameElements(op, 0, 2)))
    return failure();
  if (ArrayRef<int64_t>(*shape) != op.shape(0))
    return op.error() << "slope of shape " << formatShape(op.shape(1)) << " does not broadcast to shape "
                      << formatShape(op.shape(0));
  return op.result(*shape, op.element(0));
}

LogicalResult inferWhere(Inference &op) {
  FailureOr<Shape> shape = op.broadcast(0, 3);
  if (failed(shape) || failed(expectSameElements(op, 1, 3)))
    return failure();
  if (!op.element(0).isInteger(1))
    return op.error() << "expected a boolean condition, found " << op.type(0);
  return op.result(*shape, op.element(1));
}

LogicalResult inferCast(Inference &op) {
  int64_t code = op.node.getInt("to", 0);
  Type to = elementTypeOf(op.node.getContext(), code);
  if (!to)
    return op.error() << "cannot cast " << op.element(0) << " to ONNX element type " << code;
  return op.result(op.shape(0), to);
}

LogicalResult inferCastLike(Inference &op) { return op.result(op.shape(0), op.element(1)); }

LogicalResult inferSwiGLU(Inference &op) {
  if (op.type(0) != op.type(1))
    return op.error() << "expected two operands of one type, found " << op.type(0) << " and " << op.type(1);
  return inferSame(op);
}

/// To the type of the zero point, of attribute output_dtype, or ui8.
LogicalResult inferQuantize(Inference &op) {
  MLIRContext *context = op.node.getContext();
  Type to = IntegerType::get(context, 8, IntegerType::Unsigned);
  if (op.has(2))
    to = op.element(2);
  else if (int64_t code = op.node.getInt("output_dtype", 0))
    to = elementTypeOf(context, code);
  if (!to)
    return op.error() << "unknown ONNX element type " << op.node.getInt("output_dtype", 0);
  return op.result(op.shape(0), to);
}

/// To the type of the scale.
LogicalResult inferDequantize(Inference &op) { return op.result(op.shape(0), op.element(1)); }

LogicalResult inferDropout(Inference &op) {
  if (op.has(2)) {
    FailureOr<int64_t> training = op.scalar(2, "training_mode");
    if (failed(training))
      return failure();
    if (*training)
      return op.error() << "expected training_mode false, found true: only inference is compiled";
  }
  if (op.node.hasOutput(1) && failed(op.result(1, op.shape(0), boolType(op))))
    return failure();
  return op.result(op.shape(0), op.element(0));
}

//===-- Values ------------------------------------------------------------===//

using RealUnary = std::function<double(double)>;
using RealBinary = double (*)(double, double);
using IntBinary = std::optional<int64_t> (*)(int64_t, int64_t);

double gelu(double x) { return 0.5 * x * std::erfc(-x * M_SQRT1_2); }
double geluTanh(double x) { return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); }
double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double softplus(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }
double sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : x; }
double relu(double x) { return x < 0 ? 0 : x; }

/// Null where the operator is not a function of one real number.
RealUnary realFunction(NodeOp node) {
  StringRef op = node.getOpType();
  double alpha = node.getFloat("alpha", op == "LeakyRelu"     ? 0.01
                                        : op == "Selu"        ? 1.67326319217681884765625
                                        : op == "HardSigmoid" ? 0.2
                                                              : 1.0);
  double beta = node.getFloat("beta", 0.5), gamma = node.getFloat("gamma", 1.05070102214813232421875);
  double lambda = node.getFloat("lambd", 0.5), bias = node.getFloat("bias", 0.0);
  bool tanhForm = node.getString("approximate", "none") == "tanh";
  return llvm::StringSwitch<RealUnary>(op)
      .Case("Abs", [](double x) { return std::fabs(x); })
      .Case("Acos", [](double x) { return std::acos(x); })
      .Case("Acosh", [](double x) { return std::acosh(x); })
      .Case("Asin", [](double x) { return std::asin(x); })
      .Case("Asinh", [](double x) { return std::asinh(x); })
      .Case("Atan", [](double x) { return std::atan(x); })
      .Case("Atanh", [](double x) { return std::atanh(x); })
      .Case("Ceil", [](double x) { return std::ceil(x); })
      .Case("Celu", [=](double x) { return x > 0 ? x : alpha * std::expm1(x / alpha); })
      .Case("Cos", [](double x) { return std::cos(x); })
      .Case("Cosh", [](double x) { return std::cosh(x); })
      .Case("Elu", [=](double x) { return x > 0 ? x : alpha * std::expm1(x); })
      .Case("Erf", [](double x) { return std::erf(x); })
      .Case("Exp", [](double x) { return std::exp(x); })
      .Case("Floor", [](double x) { return std::floor(x); })
      .Case("Gelu", tanhForm ? RealUnary(geluTanh) : RealUnary(gelu))
      .Case("HardSigmoid", [=](double x) { return std::fmax(0, std::fmin(1, alpha * x + beta)); })
      .Case("HardSwish", [](double x) { return x * std::fmax(0, std::fmin(1, x / 6 + 0.5)); })
      .Case("LeakyRelu", [=](double x) { return x < 0 ? alpha * x : x; })
      .Case("Log", [](double x) { return std::log(x); })
      .Case("Mish", [](double x) { return x * std::tanh(softplus(x)); })
      .Case("Neg", [](double x) { return -x; })
      .Case("Reciprocal", [](double x) { return 1 / x; })
      .Case("Relu", relu)
      .Case("Round", [](double x) { return std::nearbyint(x); })
      .Case("Selu", [=](double x) { return gamma * (x > 0 ? x : alpha * std::expm1(x)); })
      .Case("Shrink", [=](double x) { return x < -lambda  ? x + bias
                                             : x > lambda ? x - bias
                                                          : 0.0; })
      .Case("Sigmoid", sigmoid)
      .Case("Sign", sign)
      .Case("Sin", [](double x) { return std::sin(x); })
      .Case("Sinh", [](double x) { return std::sinh(x); })
      .Case("Softplus", softplus)
      .Case("Softsign", [](double x) { return x / (1 + std::fabs(x)); })
      .Case("Sqrt", [](double x) { return std::sqrt(x); })
      .Case("Swish", [=](double x) { return x * sigmoid(alpha * x); })
      .Case("Tan", [](double x) { return std::tan(x); })
      .Case("Tanh", [](double x) { return std::tanh(x); })
      .Case("ThresholdedRelu", [=](double x) { return x > alpha ? x : 0.0; })
      .Default(nullptr);
}

int64_t wrapNegate(int64_t x) { return static_cast<int64_t>(-static_cast<uint64_t>(x)); }

bool foldUnary(Folding &op) {
  const FoldTensor *x = op.input(0);
  if (!x)
    return false;
  FoldTensor result = op.zeros();
  if (x->isReal()) {
    RealUnary function = realFunction(op.node);
    if (!function)
      return false;
    for (int64_t i = 0; i < x->size(); ++i)
      result.reals[i] = function(x->reals[i]);
    return op.set(result);
  }
  auto function = llvm::StringSwitch<int64_t (*)(int64_t)>(op.node.getOpType())
                      .Case("Abs", [](int64_t v) { return v < 0 ? wrapNegate(v) : v; })
                      .Case("Neg", wrapNegate)
                      .Case("Not", [](int64_t v) { return int64_t(v == 0); })
                      .Case("BitwiseNot", [](int64_t v) { return ~v; })
                      .Case("Relu", [](int64_t v) { return v < 0 ? int64_t(0) : v; })
                      .Case("Sign", [](int64_t v) { return int64_t(v > 0) - int64_t(v < 0); })
                      .Default(nullptr);
  if (!function)
    return false;
  for (int64_t i = 0; i < x->size(); ++i)
    result.ints[i] = function(x->ints[i]);
  return op.set(result);
}

bool foldPredicate(Folding &op) {
  const FoldTensor *x = op.input(0);
  if (!x || !x->isReal())
    return false;
  bool nan = op.node.getOpType() == "IsNaN";
  bool negative = op.node.getInt("detect_negative", 1), positive = op.node.getInt("detect_positive", 1);
  FoldTensor result = op.zeros();
  for (int64_t i = 0; i < x->size(); ++i) {
    double v = x->reals[i];
    result.ints[i] = nan ? std::isnan(v) : std::isinf(v) && (v < 0 ? negative : positive);
  }
  return op.set(result);
}

using U = uint64_t;
std::optional<int64_t> divide(int64_t a, int64_t b) {
  if (b == 0)
    return std::nullopt;
  return b == -1 ? wrapNegate(a) : a / b;
}
std::optional<int64_t> remainder(int64_t a, int64_t b) {
  if (b == 0)
    return std::nullopt;
  return b == -1 ? 0 : a % b;
}
std::optional<int64_t> floorMod(int64_t a, int64_t b) {
  std::optional<int64_t> r = remainder(a, b);
  return r && *r != 0 && (*r < 0) != (b < 0) ? *r + b : r;
}
std::optional<int64_t> power(int64_t base, int64_t exponent) {
  if (exponent < 0)
    return base == 1 ? 1 : base == -1 ? (exponent % 2 ? -1 : 1) : base == 0 ? std::nullopt : std::optional<int64_t>(0);
  U result = 1, square = base;
  for (; exponent; exponent >>= 1, square *= square)
    if (exponent & 1)
      result *= square;
  return static_cast<int64_t>(result);
}

IntBinary intFunction(NodeOp node) {
  bool cMod = node.getInt("fmod", 0);
  bool left = node.getString("direction", "") == "LEFT";
  auto shiftLeft = [](int64_t a, int64_t b) { return std::optional<int64_t>(b < 0 || b > 63 ? 0 : U(a) << b); };
  auto shiftRight = [](int64_t a, int64_t b) { return std::optional<int64_t>(b < 0 || b > 63 ? 0 : U(a) >> b); };
  return llvm::StringSwitch<IntBinary>(node.getOpType())
      .Cases({"Add", "Sum"}, [](int64_t a, int64_t b) { return std::optional<int64_t>(U(a) + U(b)); })
      .Case("Sub", [](int64_t a, int64_t b) { return std::optional<int64_t>(U(a) - U(b)); })
      .Case("Mul", [](int64_t a, int64_t b) { return std::optional<int64_t>(U(a) * U(b)); })
      .Case("Div", divide)
      .Case("Mod", cMod ? remainder : floorMod)
      .Case("Pow", power)
      .Case("Max", [](int64_t a, int64_t b) { return std::optional<int64_t>(std::max(a, b)); })
      .Case("Min", [](int64_t a, int64_t b) { return std::optional<int64_t>(std::min(a, b)); })
      .Cases({"And", "BitwiseAnd"}, [](int64_t a, int64_t b) { return std::optional<int64_t>(a & b); })
      .Cases({"Or", "BitwiseOr"}, [](int64_t a, int64_t b) { return std::optional<int64_t>(a | b); })
      .Cases({"Xor", "BitwiseXor"}, [](int64_t a, int64_t b) { return std::optional<int64_t>(a ^ b); })
      .Case("BitShift", left ? IntBinary(shiftLeft) : IntBinary(shiftRight))
      .Case("Equal", [](int64_t a, int64_t b) { return std::optional<int64_t>(a == b); })
      .Case("Greater", [](int64_t a, int64_t b) { return std::optional<int64_t>(a > b); })
      .Case("GreaterOrEqual", [](int64_t a, int64_t b) { return std::optional<int64_t>(a >= b); })
      .Case("Less", [](int64_t a, int64_t b) { return std::optional<int64_t>(a < b); })
      .Case("LessOrEqual", [](int64_t a, int64_t b) { return std::optional<int64_t>(a <= b); })
      .Default(nullptr);
}

RealBinary realFunction2(NodeOp node) {
  return llvm::StringSwitch<RealBinary>(node.getOpType())
      .Cases({"Add", "Sum", "Mean"}, [](double a, double b) { return a + b; })
      .Case("Sub", [](double a, double b) { return a - b; })
      .Case("Mul", [](double a, double b) { return a * b; })
      .Case("Div", [](double a, double b) { return a / b; })
      .Case("Mod", [](double a, double b) { return std::fmod(a, b); })
      .Case("Pow", [](double a, double b) { return std::pow(a, b); })
      .Case("PRelu", [](double a, double b) { return a < 0 ? a * b : a; })
      .Case("Max", [](double a, double b) { return std::isnan(a) || a > b ? a : b; })
      .Case("Min", [](double a, double b) { return std::isnan(a) || a < b ? a : b; })
      .Case("Equal", [](double a, double b) { return double(a == b); })
      .Case("Greater", [](double a, double b) { return double(a > b); })
      .Case("GreaterOrEqual", [](double a, double b) { return double(a >= b); })
      .Case("Less", [](double a, double b) { return double(a < b); })
      .Case("LessOrEqual", [](double a, double b) { return double(a <= b); })
      .Default(nullptr);
}

/// a op b, op c, …: also the comparisons, whose result is boolean.
bool foldBroadcast(Folding &op) {
  if (!op.input(0))
    return false;
  FoldTensor sum = op.input(0)->broadcast(op.resultShape());
  Type resultElement = op.resultType().getElementType();
  for (unsigned n = 1; n < op.inputs(); ++n) {
    const FoldTensor *b = op.input(n);
    if (!b || b->isReal() != sum.isReal())
      return false;
    std::vector<int64_t> at = broadcastPositions(b->shape, op.resultShape());
    if (sum.isReal()) {
      RealBinary function = realFunction2(op.node);
      if (!function)
        return false;
      for (int64_t i = 0; i < sum.size(); ++i)
        sum.reals[i] = function(sum.reals[i], b->reals[at[i]]);
    } else {
      IntBinary function = intFunction(op.node);
      if (!function)
        return false;
      for (int64_t i = 0; i < sum.size(); ++i) {
        std::optional<int64_t> value = function(sum.ints[i], b->ints[at[i]]);
        if (!value)
          return false;
        sum.ints[i] = *value;
      }
    }
  }
  if (op.node.getOpType() == "Mean")
    for (double &value : sum.reals)
      value /= op.inputs();
  if (sum.isReal() && !isa<FloatType>(resultElement)) { // a comparison
    sum.ints.assign(sum.reals.begin(), sum.reals.end());
    sum.reals.clear();
  }
  sum.element = resultElement;
  return op.set(sum);
}

/// Base and exponent may have different element types.
bool foldPow(Folding &op) {
  const FoldTensor *base = op.input(0), *exponent = op.input(1);
  if (!base || !exponent)
    return false;
  if (base->isReal() == exponent->isReal())
    return foldBroadcast(op);
  if (!base->isReal()) { // rounded towards zero, as a conversion does
    FoldTensor result = base->broadcast(op.resultShape());
    std::vector<int64_t> at = broadcastPositions(exponent->shape, op.resultShape());
    for (int64_t i = 0; i < result.size(); ++i) {
      double value = std::pow(static_cast<double>(result.ints[i]), exponent->reals[at[i]]);
      if (!(std::fabs(value) < 9.2e18))
        return false;
      result.ints[i] = static_cast<int64_t>(value);
    }
    return op.set(result);
  }
  FoldTensor result = base->broadcast(op.resultShape());
  std::vector<int64_t> at = broadcastPositions(exponent->shape, op.resultShape());
  for (int64_t i = 0; i < result.size(); ++i)
    result.reals[i] = std::pow(result.reals[i], exponent->real(at[i]));
  return op.set(result);
}

bool foldWhere(Folding &op) {
  const FoldTensor *condition = op.input(0), *x = op.input(1), *y = op.input(2);
  if (!condition || !x || !y)
    return false;
  FoldTensor result = y->broadcast(op.resultShape()), other = x->broadcast(op.resultShape());
  std::vector<int64_t> at = broadcastPositions(condition->shape, op.resultShape());
  for (int64_t i = 0; i < result.size(); ++i)
    if (condition->ints[at[i]]) {
      if (result.isReal())
        result.reals[i] = other.reals[i];
      else
        result.ints[i] = other.ints[i];
    }
  return op.set(result);
}

bool foldCast(Folding &op) {
  const FoldTensor *x = op.input(0);
  if (!x)
    return false;
  FoldTensor result = op.zeros();
  if (result.isReal() && result.element.getIntOrFloatBitWidth() < 16)
    return false; // 8-bit floats saturate or not as an attribute says
  if (!result.isReal() && !isa<IntegerType>(result.element))
    return false;
  bool toBool = result.element.isInteger(1);
  for (int64_t i = 0; i < x->size(); ++i) {
    if (result.isReal())
      result.reals[i] = x->real(i);
    else if (toBool)
      result.ints[i] = x->isReal() ? x->reals[i] != 0 : x->ints[i] != 0;
    else if (!x->isReal())
      result.ints[i] = x->ints[i];
    else if (std::fabs(x->reals[i]) < 9.2e18) // elsewhere ONNX leaves the value open: so do we
      result.ints[i] = static_cast<int64_t>(x->reals[i]);
    else
      return false;
  }
  return op.set(result);
}

bool foldDropout(Folding &op) { return !op.node.hasOutput(1) && op.set(0, op.constant(0)); }

LogicalResult inferClip(Inference &op) {
  for (unsigned i = 1; i < 3; ++i)
    if (op.has(i) && op.type(i).getNumElements() != 1)
      return op.error() << "expected a scalar for input " << i << " (" << (i == 1 ? "min" : "max") << "), found "
                        << op.type(i);
  return inferSame(op);
}

bool foldClip(Folding &op) {
  const FoldTensor *x = op.input(0);
  if (!x)
    return false;
  FoldTensor result = *x;
  for (unsigned side = 1; side < 3; ++side) {
    std::optional<double> bound;
    int64_t intBound = 0;
    if (op.has(side)) {
      const FoldTensor *value = op.input(side);
      if (!value || value->isReal() != x->isReal())
        return false;
      bound = value->real(0);
      intBound = value->isReal() ? 0 : value->ints[0];
    } else if (auto attr = dyn_cast_or_null<FloatAttr>(op.node.getNodeAttr(side == 1 ? "min" : "max"))) {
      bound = attr.getValueAsDouble();
      intBound = static_cast<int64_t>(*bound);
    }
    if (!bound)
      continue;
    for (double &value : result.reals)
      value = side == 1 ? (value < *bound ? *bound : value) : (value > *bound ? *bound : value);
    for (int64_t &value : result.ints)
      value = side == 1 ? std::max(value, intBound) : std::min(value, intBound);
  }
  return op.set(result);
}

} // namespace

void addElementwiseRows(OpTable &table) {
  auto unary = [&](std::initializer_list<const char *> ops, int64_t since) {
    for (const char *op : ops)
      table.add({op, since, 1, inferSame, foldUnary});
  };
  unary({"Abs", "Ceil", "Elu", "Exp", "Floor", "HardSigmoid", "LeakyRelu", "Log", "Neg", "Not", "Reciprocal", "Relu",
         "Selu", "Sigmoid", "Softplus", "Softsign", "Sqrt", "Tanh"},
        1);
  unary({"Acos", "Asin", "Atan", "Cos", "Sin", "Tan"}, 7);
  unary({"Acosh", "Asinh", "Atanh", "Cosh", "Erf", "Shrink", "Sign", "Sinh"}, 9);
  unary({"ThresholdedRelu"}, 10);
  unary({"Round"}, 11);
  unary({"Celu"}, 12);
  unary({"HardSwish"}, 14);
  unary({"BitwiseNot", "Mish"}, 18);
  unary({"Gelu"}, 20);
  unary({"Swish"}, 24);
  table.add({"IsNaN", 9, 1, inferPredicate, foldPredicate});
  table.add({"IsInf", 10, 1, inferPredicate, foldPredicate});

  // Before opset 7 broadcasting went by an axis attribute.
  for (const char *op : {"Add", "Sub", "Mul", "Div", "And", "Or", "Xor"})
    table.add({op, 7, 2, inferBroadcast, foldBroadcast});
  for (const char *op : {"Max", "Min", "Sum", "Mean"})
    table.add({op, 8, 1, inferBroadcast, foldBroadcast});
  table.add({"Mod", 10, 2, inferBroadcast, foldBroadcast});
  table.add({"BitShift", 11, 2, inferBroadcast, foldBroadcast});
  for (const char *op : {"BitwiseAnd", "BitwiseOr", "BitwiseXor"})
    table.add({op, 18, 2, inferBroadcast, foldBroadcast});
  for (const char *op : {"Equal", "Greater", "Less"})
    table.add({op, 7, 2, inferCompare, foldBroadcast});
  for (const char *op : {"GreaterOrEqual", "LessOrEqual"})
    table.add({op, 12, 2, inferCompare, foldBroadcast});
  table.add({"Pow", 7, 2, inferPow, foldPow});
  table.add({"PRelu", 7, 2, inferPRelu, foldBroadcast});
  table.add({"Where", 9, 3, inferWhere, foldWhere});
  table.add({"Cast", 6, 1, inferCast, foldCast});
  table.add({"CastLike", 15, 2, inferCastLike, foldCast});
  table.add({"Clip", 6, 1, inferClip, foldClip});
  table.add({"SwiGLU", 28, 2, inferSwiGLU});
  table.add({"QuantizeLinear", 10, 2, inferQuantize});
  table.add({"DequantizeLinear", 10, 2, inferDequantize});
  table.add({"Dropout", 7, 1, inferDropout, foldDropout, OpRow::FoldsAnySize});
}

} // namespace fourmix::onnx
