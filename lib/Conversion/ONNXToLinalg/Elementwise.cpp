// Arithmetic, comparisons, logic, Cast: one linalg.generic each.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/ONNXToLinalg/Lowering.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <cmath>

using namespace mlir;

namespace fourmix::lowering {

namespace {

using Scalar1 = Value (*)(Scalars &, Value);
using Scalar2 = Value (*)(Scalars &, Value, Value);

/// A node whose inputs broadcast to its result. Signedness is that of the first input.
Lower unary(Scalar1 function) {
  return [function](NodeLowering &n) {
    return n.set(n.elementwise(
        n.resultShape(), n.resultType().getElementType(), n.input(0),
        [&](Scalars &s, ValueRange x) { return function(s, x[0]); }, n.isUnsigned()));
  };
}

Lower binary(Scalar2 function) {
  return [function](NodeLowering &n) {
    return n.set(n.elementwise(
        n.resultShape(), n.resultType().getElementType(), {n.input(0), n.input(1)},
        [&](Scalars &s, ValueRange x) { return function(s, x[0], x[1]); }, n.isUnsigned()));
  };
}

/// The same before version 7: the second operand's dimensions stand at `axis` of the first one's.
Lower legacy(Lower lower) {
  return [lower](NodeLowering &n) {
    int64_t rank = Emit::rankOf(n.input(0)), own = Emit::rankOf(n.input(1)), axis = n.node.getInt("axis", rank - own);
    axis += axis < 0 ? rank : 0;
    SmallVector<int64_t> shape(Emit::shapeOf(n.input(1)));
    shape.append(std::max<int64_t>(0, rank - axis - own), 1);
    n.inputs[1] = n.reshape(n.input(1), shape);
    return lower(n);
  };
}

/// Sum, Max, Min, Mean: any number of inputs, folded from the left.
Lower variadic(Scalar2 function, bool mean = false) {
  return [function, mean](NodeLowering &n) {
    return n.set(n.elementwise(
        n.resultShape(), n.resultType().getElementType(), n.inputs,
        [&](Scalars &s, ValueRange x) {
          Value result = x[0];
          for (Value next : x.drop_front())
            result = function(s, result, next);
          return mean ? s.div(result, s.constant(result.getType(), x.size())) : result;
        },
        n.isUnsigned()));
  };
}

template <typename Op>
Value unaryOp(Scalars &s, Value x) {
  return s.make<Op>(x);
}
template <typename Op>
Value binaryOp(Scalars &s, Value a, Value b) {
  return s.make<Op>(a, b);
}

template <typename Op>
Value roundingOp(Scalars &s, Value x) {
  return isa<FloatType>(x.getType()) ? s.make<Op>(x) : x;
}

Value sign(Scalars &s, Value x) {
  Type type = x.getType();
  Value zero = s.constant(type, 0);
  // x itself where it is zero or NaN.
  Value negative = s.isUnsigned ? x : s.select(s.lt(x, zero), s.constant(type, -1), x);
  return s.select(s.gt(x, zero), s.constant(type, 1), negative);
}

//===----------------------------------------------------------------------------------------------------------------===//
// Pow
//===----------------------------------------------------------------------------------------------------------------===//

/// x^y for integers: squarings for the bits of y, wrapping. Negative exponents give the truncated reciprocal.
Value integerPower(Scalars &s, Value x, Value y) {
  Type type = x.getType(), exponentType = y.getType();
  Value one = s.constant(type, 1), result = one, square = x;
  // From the 64th power on, only 0, 1 and -1 do not overflow; the parity of the exponent decides for these.
  for (int bit = 0; bit < 6; ++bit) {
    Value mask = s.constant(exponentType, 1 << bit);
    Value isSet =
        s.make<arith::CmpIOp>(arith::CmpIPredicate::ne, s.make<arith::AndIOp>(y, mask), s.constant(exponentType, 0));
    result = s.select(isSet, s.mul(result, square), result);
    square = s.mul(square, square);
  }
  if (s.isUnsigned)
    return result;
  Value odd = s.make<arith::AndIOp>(y, s.constant(exponentType, 1));
  Value isOdd = s.make<arith::CmpIOp>(arith::CmpIPredicate::ne, odd, s.constant(exponentType, 0));
  Value minusOne = s.constant(type, -1);
  Value inverse = s.select(s.eq(x, minusOne), s.select(isOdd, minusOne, one), s.constant(type, 0));
  inverse = s.select(s.eq(x, one), one, inverse);
  return s.select(s.lt(y, s.constant(exponentType, 0)), inverse, result);
}

/// x^y for a float x and an exponent known to be cheap; null where powf has to do it.
Value constantPower(Scalars &s, Value x, double y) {
  auto squareRoot = [&] {
    // Unlike sqrt, pow(-0, 0.5) is +0 and pow(-inf, 0.5) is +inf.
    Value infinity = s.limit(x.getType(), /*negative=*/false);
    Value root = s.make<math::SqrtOp>(s.add(x, s.constant(x.getType(), 0)));
    return s.select(s.eq(x, s.limit(x.getType(), /*negative=*/true)), infinity, root);
  };
  Value one = s.constant(x.getType(), 1);
  if (y == 0)
    return one;
  if (y == 1)
    return x;
  if (y == 2)
    return s.mul(x, x);
  if (y == 3)
    return s.mul(s.mul(x, x), x);
  if (y == 4) {
    Value square = s.mul(x, x);
    return s.mul(square, square);
  }
  if (y == 0.5)
    return squareRoot();
  if (y == -0.5)
    return s.div(one, squareRoot());
  if (y == -1)
    return s.div(one, x);
  if (y == -2) { // Not 1 / (x * x), which overflows earlier.
    Value inverse = s.div(one, x);
    return s.mul(inverse, inverse);
  }
  return {};
}

std::optional<double> scalarConstant(Value value) {
  TypedAttr uniform;
  if (!isUniform(matchConstant(value), uniform))
    return std::nullopt;
  if (auto floating = dyn_cast<FloatAttr>(uniform))
    return floating.getValueAsDouble();
  return static_cast<double>(cast<IntegerAttr>(uniform).getValue().getSExtValue());
}

LogicalResult lowerPow(NodeLowering &n) {
  Type type = n.resultType().getElementType();
  Type exponentType = Emit::elementOf(n.input(1));
  std::optional<double> exponent = scalarConstant(n.input(1));
  return n.set(n.elementwise(
      n.resultShape(), type, {n.input(0), n.input(1)},
      [&](Scalars &s, ValueRange x) -> Value {
        if (isa<IntegerType>(type) && isa<IntegerType>(exponentType))
          return integerPower(s, x[0], x[1]);
        if (isa<FloatType>(type) && exponent)
          if (Value cheap = constantPower(s, x[0], *exponent))
            return cheap;
        // The wider of the two float types; an integer base is computed in f64.
        Type computed = type;
        if (!isa<FloatType>(type))
          computed = s.builder.getF64Type();
        else if (isa<FloatType>(exponentType) && exponentType.getIntOrFloatBitWidth() > type.getIntOrFloatBitWidth())
          computed = exponentType;
        Scalars exponentAs(s.builder, s.loc, n.isUnsigned(1));
        Value power =
            s.make<math::PowFOp>(s.cast(x[0], computed), exponentAs.cast(x[1], computed, /*toUnsigned=*/false));
        return s.cast(power, type);
      },
      n.isUnsigned()));
}

//===----------------------------------------------------------------------------------------------------------------===//
// Mod, BitShift, Where, Cast, Clip
//===----------------------------------------------------------------------------------------------------------------===//

LogicalResult lowerMod(NodeLowering &n) {
  bool asC = n.node.getInt("fmod", 0) != 0;
  return n.set(n.elementwise(
      n.resultShape(), n.resultType().getElementType(), {n.input(0), n.input(1)},
      [&](Scalars &s, ValueRange x) {
        Value remainder = s.rem(x[0], x[1]);
        if (asC || s.isUnsigned)
          return remainder;
        // The sign of the divisor, as in Python.
        Value zero = s.constant(remainder.getType(), 0);
        Value differs = s.make<arith::XOrIOp>(s.lt(remainder, zero), s.lt(x[1], zero));
        Value moves = s.make<arith::AndIOp>(differs, s.ne(remainder, zero));
        return s.select(moves, s.add(remainder, x[1]), remainder);
      },
      n.isUnsigned()));
}

/// Right shifts of signed integers keep the sign. Shifting by the width or more, or by a negative number, moves all
/// bits out.
LogicalResult lowerBitShift(NodeLowering &n) {
  bool left = n.node.getString("direction", "LEFT") == "LEFT", isUnsigned = n.isUnsigned();
  return n.set(n.elementwise(
      n.resultShape(), n.resultType().getElementType(), {n.input(0), n.input(1)},
      [&](Scalars &s, ValueRange x) -> Value {
        Type type = x[0].getType();
        unsigned width = type.getIntOrFloatBitWidth();
        Value inside = s.make<arith::CmpIOp>(arith::CmpIPredicate::ult, x[1], s.constant(type, width));
        Value amount = s.select(inside, x[1], s.constant(type, width - 1));
        if (!left && !isUnsigned)
          return s.make<arith::ShRSIOp>(x[0], amount);
        Value shifted = left ? s.make<arith::ShLIOp>(x[0], amount) : s.make<arith::ShRUIOp>(x[0], amount);
        return s.select(inside, shifted, s.constant(type, 0));
      },
      isUnsigned));
}

LogicalResult lowerWhere(NodeLowering &n) {
  return n.set(n.elementwise(n.resultShape(), n.resultType().getElementType(), {n.input(0), n.input(1), n.input(2)},
                             [](Scalars &s, ValueRange x) { return s.select(x[0], x[1], x[2]); }));
}

LogicalResult lowerCast(NodeLowering &n) {
  return n.set(n.cast(n.input(0), n.resultType().getElementType(), n.isUnsigned(), n.isResultUnsigned()));
}

/// min(max(x, low), high), NaN stays: written as compare and select, which is one instruction where extrema that
/// propagate NaN from both sides are several.
LogicalResult lowerClip(NodeLowering &n) {
  SmallVector<Value> inputs{n.input(0)};
  for (unsigned i : {1, 2})
    if (n.input(i))
      inputs.push_back(n.input(i));
  return n.set(n.elementwise(
      n.resultShape(), n.resultType().getElementType(), inputs,
      [&](Scalars &s, ValueRange x) {
        Value result = x[0];
        unsigned next = 1;
        if (n.input(1)) {
          Value low = x[next++];
          result = s.select(s.lt(result, low), low, result);
        }
        if (n.input(2)) {
          Value high = x[next++];
          result = s.select(s.lt(high, result), high, result);
        }
        return result;
      },
      n.isUnsigned()));
}

LogicalResult lowerClip6(NodeLowering &n) {
  Type type = n.resultType().getElementType();
  double low = n.node.getFloat("min", -HUGE_VAL), high = n.node.getFloat("max", HUGE_VAL);
  return n.set(n.elementwise(n.resultShape(), type, n.input(0), [&](Scalars &s, ValueRange x) {
    Value least = s.constant(type, low), most = s.constant(type, high);
    Value result = s.select(s.lt(x[0], least), least, x[0]);
    return s.select(s.lt(most, result), most, result);
  }));
}

LogicalResult lowerIsInf(NodeLowering &n) {
  bool positive = n.node.getInt("detect_positive", 1), negative = n.node.getInt("detect_negative", 1);
  return n.set(n.elementwise(n.resultShape(), n.resultType().getElementType(), n.input(0),
                             [&](Scalars &s, ValueRange x) -> Value {
                               Value above = s.eq(x[0], s.limit(x[0].getType(), false));
                               Value below = s.eq(x[0], s.limit(x[0].getType(), true));
                               if (positive && negative)
                                 return s.make<arith::OrIOp>(above, below);
                               if (positive || negative)
                                 return positive ? above : below;
                               return s.constant(s.builder.getI1Type(), 0);
                             }));
}

} // namespace

void addElementwiseRows(LoweringTable &table) {
  auto both = [&](StringRef op, Lower lower) {
    table.add(op, 1, legacy(lower), 2);
    table.add(op, 7, lower, 2);
  };
  both("Add", binary([](Scalars &s, Value a, Value b) { return s.add(a, b); }));
  both("Sub", binary([](Scalars &s, Value a, Value b) { return s.sub(a, b); }));
  both("Mul", binary([](Scalars &s, Value a, Value b) { return s.mul(a, b); }));
  both("Div", binary([](Scalars &s, Value a, Value b) { return s.div(a, b); }));
  both("Pow", lowerPow);
  table.add("Mod", 10, lowerMod, 2);
  table.add("BitShift", 11, lowerBitShift, 2);
  table.add("Sum", 1, variadic([](Scalars &s, Value a, Value b) { return s.add(a, b); }));
  table.add("Mean", 1, variadic([](Scalars &s, Value a, Value b) { return s.add(a, b); }, /*mean=*/true));
  table.add("Max", 1, variadic([](Scalars &s, Value a, Value b) { return s.max(a, b); }));
  table.add("Min", 1, variadic([](Scalars &s, Value a, Value b) { return s.min(a, b); }));

  both("Equal", binary([](Scalars &s, Value a, Value b) { return s.eq(a, b); }));
  both("Less", binary([](Scalars &s, Value a, Value b) { return s.lt(a, b); }));
  table.add("LessOrEqual", 12, binary([](Scalars &s, Value a, Value b) { return s.le(a, b); }), 2);
  both("Greater", binary([](Scalars &s, Value a, Value b) { return s.gt(a, b); }));
  table.add("GreaterOrEqual", 12, binary([](Scalars &s, Value a, Value b) { return s.ge(a, b); }), 2);
  both("And", binary(binaryOp<arith::AndIOp>));
  both("Or", binary(binaryOp<arith::OrIOp>));
  both("Xor", binary(binaryOp<arith::XOrIOp>));
  table.add("BitwiseAnd", 18, binary(binaryOp<arith::AndIOp>), 2);
  table.add("BitwiseOr", 18, binary(binaryOp<arith::OrIOp>), 2);
  table.add("BitwiseXor", 18, binary(binaryOp<arith::XOrIOp>), 2);
  table.add("Not", 1, unary([](Scalars &s, Value x) { return s.logicalNot(x); }));
  table.add("BitwiseNot", 18,
            unary([](Scalars &s, Value x) { return s.make<arith::XOrIOp>(x, s.constant(x.getType(), -1)); }));
  table.add("Where", 9, lowerWhere, 3);

  table.add("Abs", 1, unary([](Scalars &s, Value x) { return s.abs(x); }));
  table.add("Neg", 1, unary([](Scalars &s, Value x) { return s.neg(x); }));
  table.add("Sign", 9, unary(sign));
  table.add("Floor", 1, unary(roundingOp<math::FloorOp>));
  table.add("Ceil", 1, unary(roundingOp<math::CeilOp>));
  table.add("Round", 11, unary(roundingOp<math::RoundEvenOp>));
  table.add("Reciprocal", 1, unary([](Scalars &s, Value x) { return s.div(s.constant(x.getType(), 1), x); }));
  table.add("Sqrt", 1, unary(unaryOp<math::SqrtOp>));
  table.add("Exp", 1, unary(unaryOp<math::ExpOp>));
  table.add("Log", 1, unary(unaryOp<math::LogOp>));
  table.add("Sin", 7, unary(unaryOp<math::SinOp>));
  table.add("Cos", 7, unary(unaryOp<math::CosOp>));
  table.add("Tan", 7, unary(unaryOp<math::TanOp>));
  table.add("Asin", 7, unary(unaryOp<math::AsinOp>));
  table.add("Acos", 7, unary(unaryOp<math::AcosOp>));
  table.add("Atan", 7, unary(unaryOp<math::AtanOp>));
  table.add("Sinh", 9, unary(unaryOp<math::SinhOp>));
  table.add("Cosh", 9, unary(unaryOp<math::CoshOp>));
  table.add("Tanh", 1, unary(unaryOp<math::TanhOp>));
  table.add("Asinh", 9, unary(unaryOp<math::AsinhOp>));
  table.add("Acosh", 9, unary(unaryOp<math::AcoshOp>));
  table.add("Atanh", 9, unary(unaryOp<math::AtanhOp>));
  table.add("Erf", 9, unary(unaryOp<math::ErfOp>));
  table.add("IsNaN", 9, unary([](Scalars &s, Value x) { return s.ne(x, x); }));
  table.add("IsInf", 10, lowerIsInf);

  table.add("Clip", 1, lowerClip6);
  table.add("Clip", 11, lowerClip);
  table.add("Cast", 1, lowerCast);
  table.add("CastLike", 15, lowerCast, 2);
}

} // namespace fourmix::lowering
