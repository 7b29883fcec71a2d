// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/Ops/ScalarFunctions.h"
#include "llvm/ADT/StringSwitch.h"
#include <algorithm>
#include <cmath>

using namespace mlir;

namespace fourmix::onnx {
namespace {

double gelu(double x) { return 0.5 * x * std::erfc(-x * M_SQRT1_2); }
double geluTanh(double x) { return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); }
double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double softplus(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }
double sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : x; }
double relu(double x) { return x < 0 ? 0 : x; }

int64_t wrapNegate(int64_t x) { return static_cast<int64_t>(-static_cast<uint64_t>(x)); }

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

} // namespace

RealUnary realUnary(NodeOp node) {
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

IntUnary intUnary(NodeOp node) {
  return llvm::StringSwitch<int64_t (*)(int64_t)>(node.getOpType())
      .Case("Abs", [](int64_t v) { return v < 0 ? wrapNegate(v) : v; })
      .Case("Neg", wrapNegate)
      .Case("Not", [](int64_t v) { return int64_t(v == 0); })
      .Case("BitwiseNot", [](int64_t v) { return ~v; })
      .Case("Relu", [](int64_t v) { return v < 0 ? int64_t(0) : v; })
      .Case("Sign", [](int64_t v) { return int64_t(v > 0) - int64_t(v < 0); })
      .Default(nullptr);
}

IntBinary intBinary(NodeOp node) {
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

RealBinary realBinary(NodeOp node) {
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

} // namespace fourmix::onnx
