// Operators that work element by element: arithmetic, comparison, logic, activations.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/Ops/Inference.h"
#include "dialects/ONNX/Ops/Rows.h"
#include "dialects/ONNX/Ops/ScalarFunctions.h"
#include <cmath>

using namespace mlir;

namespace fourmix::onnx {
namespace {

Type boolType(Inference &op) { return IntegerType::get(op.node.getContext(), 1); }

//===-- Shapes ------------------------------------------------------------===//

LogicalResult inferSame(Inference &op) { return op.result(op.shape(0), op.element(0)); }
LogicalResult inferPredicate(Inference &op) { return op.result(op.shape(0), boolType(op)); }

/// All inputs broadcast together.
LogicalResult inferBroadcast(Inference &op) {
  for (unsigned i = 0; i < op.inputs(); ++i)
    if (!op.has(i))
      return op.error() << "input " << i << " is absent";
  FailureOr<Shape> shape = op.broadcast(0, op.inputs());
  if (failed(shape))
    return failure();
  return op.result(*shape, op.element(0));
}

LogicalResult inferCompare(Inference &op) {
  if (op.inputs() != 2)
    return op.error() << "expected 2 inputs, found " << op.inputs();
  FailureOr<Shape> shape = op.broadcast(0, 2);
  if (failed(shape))
    return failure();
  return op.result(*shape, boolType(op));
}

/// Before opset 7: the second operand has the first one's shape or, with attribute broadcast, that of some of its dims
/// in sequence, from attribute axis on (or the last ones).
FailureOr<Shape> legacyShape(Inference &op) {
  ArrayRef<int64_t> a = op.shape(0), b = op.shape(1);
  int64_t lead = op.rank(0) - op.rank(1), axis = op.node.getInt("axis", lead);
  axis += axis < 0 ? op.rank(0) : 0;
  bool fits = op.node.getInt("broadcast", 0) ? axis >= 0 && axis <= lead : a == b;
  for (int64_t i = 0; fits && i < op.rank(1); ++i)
    fits = b[i] == 1 || b[i] == a[axis + i];
  if (fits)
    return Shape(a);
  op.error() << "shape " << formatShape(b) << " does not broadcast to " << formatShape(a)
             << " by attributes broadcast and axis";
  return failure();
}

LogicalResult inferLegacy(Inference &op) {
  FailureOr<Shape> shape = legacyShape(op);
  return failed(shape) ? failure() : op.result(*shape, op.element(0));
}

LogicalResult inferLegacyCompare(Inference &op) {
  FailureOr<Shape> shape = legacyShape(op);
  return failed(shape) ? failure() : op.result(*shape, boolType(op));
}

/// The slope is one number, or one for each channel.
LogicalResult inferLegacyPRelu(Inference &op) {
  int64_t slopes = op.type(1).getNumElements();
  if (slopes != 1 && (op.rank(0) < 2 || slopes != op.shape(0)[1]))
    return op.error() << "expected one slope or one for each channel of " << op.type(0) << ", found " << op.type(1);
  return inferSame(op);
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
  if (failed(shape))
    return failure();
  if (ArrayRef<int64_t>(*shape) != op.shape(0))
    return op.error() << "slope of shape " << formatShape(op.shape(1)) << " does not broadcast to shape "
                      << formatShape(op.shape(0));
  return op.result(*shape, op.element(0));
}

LogicalResult inferWhere(Inference &op) {
  FailureOr<Shape> shape = op.broadcast(0, 3);
  if (failed(shape))
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

bool foldUnary(Folding &op) {
  const FoldTensor *x = op.input(0);
  if (!x)
    return false;
  FoldTensor result = op.zeros();
  if (x->isReal()) {
    RealUnary function = realUnary(op.node);
    if (!function)
      return false;
    for (int64_t i = 0; i < x->size(); ++i)
      result.reals[i] = function(x->reals[i]);
    return op.set(result);
  }
  IntUnary function = intUnary(op.node);
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
      RealBinary function = realBinary(op.node);
      if (!function)
        return false;
      for (int64_t i = 0; i < sum.size(); ++i)
        sum.reals[i] = function(sum.reals[i], b->reals[at[i]]);
    } else {
      IntBinary function = intBinary(op.node);
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

  for (const char *op : {"Add", "Sub", "Mul", "Div", "Pow", "And", "Or", "Xor"})
    table.add({op, 1, 2, inferLegacy});
  for (const char *op : {"Equal", "Greater", "Less"})
    table.add({op, 1, 2, inferLegacyCompare});
  table.add({"PRelu", 1, 2, inferLegacyPRelu});
  for (const char *op : {"Add", "Sub", "Mul", "Div", "And", "Or", "Xor"})
    table.add({op, 7, 2, inferBroadcast, foldBroadcast});
  for (const char *op : {"Max", "Min", "Sum", "Mean"})
    table.add({op, 1, 1, inferBroadcast, foldBroadcast});
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
  table.add({"Clip", 1, 1, inferClip, foldClip});
  table.add({"SwiGLU", 28, 2, inferSwiGLU});
  table.add({"Dropout", 1, 1, inferDropout, foldDropout, OpRow::FoldsAnySize});
}

} // namespace fourmix::onnx
