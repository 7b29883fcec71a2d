// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Emit/Scalars.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <cmath>

using namespace mlir;

namespace fourmix::lowering {

namespace {
bool isFloat(Value value) { return isa<FloatType>(value.getType()); }
} // namespace

Value Scalars::constant(Type type, double value) {
  if (auto floating = dyn_cast<FloatType>(type))
    return arith::ConstantOp::create(builder, loc, builder.getFloatAttr(floating, value));
  return arith::ConstantOp::create(builder, loc, builder.getIntegerAttr(type, static_cast<int64_t>(value)));
}

Value Scalars::limit(Type type, bool negative) {
  if (isa<FloatType>(type))
    return constant(type, negative ? -HUGE_VAL : HUGE_VAL);
  unsigned width = type.getIntOrFloatBitWidth();
  bool asUnsigned = isUnsigned || width == 1;
  APInt value = asUnsigned ? (negative ? APInt::getMinValue(width) : APInt::getMaxValue(width))
                           : (negative ? APInt::getSignedMinValue(width) : APInt::getSignedMaxValue(width));
  return arith::ConstantOp::create(builder, loc, builder.getIntegerAttr(type, value));
}

Value Scalars::add(Value a, Value b) { return isFloat(a) ? make<arith::AddFOp>(a, b) : make<arith::AddIOp>(a, b); }
Value Scalars::sub(Value a, Value b) { return isFloat(a) ? make<arith::SubFOp>(a, b) : make<arith::SubIOp>(a, b); }
Value Scalars::mul(Value a, Value b) { return isFloat(a) ? make<arith::MulFOp>(a, b) : make<arith::MulIOp>(a, b); }

Value Scalars::div(Value a, Value b) {
  if (isFloat(a))
    return make<arith::DivFOp>(a, b);
  Type type = a.getType();
  Value one = constant(type, 1);
  Value traps = eq(b, constant(type, 0));
  if (!isUnsigned) {
    Value overflows = make<arith::AndIOp>(eq(b, constant(type, -1)), eq(a, limit(type, /*negative=*/true)));
    traps = make<arith::OrIOp>(traps, overflows);
  }
  Value divisor = select(traps, one, b);
  return isUnsigned ? make<arith::DivUIOp>(a, divisor) : make<arith::DivSIOp>(a, divisor);
}

Value Scalars::rem(Value a, Value b) {
  if (isFloat(a))
    return make<arith::RemFOp>(a, b);
  Type type = a.getType();
  Value traps = eq(b, constant(type, 0));
  if (!isUnsigned) // x rem -1 is 0, and the division behind it may overflow.
    traps = make<arith::OrIOp>(traps, eq(b, constant(type, -1)));
  Value divisor = select(traps, constant(type, 1), b);
  return isUnsigned ? make<arith::RemUIOp>(a, divisor) : make<arith::RemSIOp>(a, divisor);
}

Value Scalars::max(Value a, Value b) {
  if (isFloat(a))
    return make<arith::MaximumFOp>(a, b);
  return isUnsigned || a.getType().isInteger(1) ? make<arith::MaxUIOp>(a, b) : make<arith::MaxSIOp>(a, b);
}

Value Scalars::min(Value a, Value b) {
  if (isFloat(a))
    return make<arith::MinimumFOp>(a, b);
  return isUnsigned || a.getType().isInteger(1) ? make<arith::MinUIOp>(a, b) : make<arith::MinSIOp>(a, b);
}

Value Scalars::neg(Value a) { return isFloat(a) ? make<arith::NegFOp>(a) : sub(constant(a.getType(), 0), a); }

Value Scalars::abs(Value a) {
  if (isFloat(a))
    return make<math::AbsFOp>(a);
  return isUnsigned ? a : make<math::AbsIOp>(a);
}

Value Scalars::compare(Value a, Value b, arith::CmpFPredicate floating, arith::CmpIPredicate asSigned,
                       arith::CmpIPredicate asUnsigned) {
  if (isFloat(a))
    return make<arith::CmpFOp>(floating, a, b);
  return make<arith::CmpIOp>(isUnsigned || a.getType().isInteger(1) ? asUnsigned : asSigned, a, b);
}

Value Scalars::eq(Value a, Value b) {
  return compare(a, b, arith::CmpFPredicate::OEQ, arith::CmpIPredicate::eq, arith::CmpIPredicate::eq);
}
Value Scalars::ne(Value a, Value b) {
  return compare(a, b, arith::CmpFPredicate::UNE, arith::CmpIPredicate::ne, arith::CmpIPredicate::ne);
}
Value Scalars::lt(Value a, Value b) {
  return compare(a, b, arith::CmpFPredicate::OLT, arith::CmpIPredicate::slt, arith::CmpIPredicate::ult);
}
Value Scalars::le(Value a, Value b) {
  return compare(a, b, arith::CmpFPredicate::OLE, arith::CmpIPredicate::sle, arith::CmpIPredicate::ule);
}

Value Scalars::select(Value condition, Value a, Value b) { return make<arith::SelectOp>(condition, a, b); }

Value Scalars::logicalNot(Value condition) { return make<arith::XOrIOp>(condition, constant(condition.getType(), 1)); }

namespace {
/// Float to an integer of 32 or 64 bits: the ends of the range where the value lies beyond, 0 for NaN.
Value saturate(Scalars &s, Value value, Type type, bool toUnsigned) {
  Type from = value.getType();
  unsigned width = type.getIntOrFloatBitWidth();
  Scalars as(s.builder, s.loc, toUnsigned);
  // Both bounds are powers of two, exact in every float type that can hold them (f16 cannot: they become infinity,
  // which no finite value reaches).
  Value low = s.constant(from, toUnsigned ? -1.0 : -std::ldexp(1.0, width - 1));
  Value high = s.constant(from, std::ldexp(1.0, toUnsigned ? width : width - 1));
  Value isLow = toUnsigned ? s.le(value, low) : s.lt(value, low);
  Value isHigh = s.ge(value, high);
  Value isNan = s.ne(value, value);
  Value outside = s.make<arith::OrIOp>(s.make<arith::OrIOp>(isLow, isHigh), isNan);
  // Converting a value beyond the range is undefined, so it is replaced first.
  Value inside = s.select(outside, s.constant(from, 0), value);
  Value converted = toUnsigned ? s.make<arith::FPToUIOp>(type, inside) : s.make<arith::FPToSIOp>(type, inside);
  converted = s.select(isHigh, as.limit(type, /*negative=*/false), converted);
  return s.select(isLow, as.limit(type, /*negative=*/true), converted);
}
} // namespace

Value Scalars::cast(Value value, Type type, bool toUnsigned) {
  Type from = value.getType();
  if (from == type)
    return value;
  if (type.isInteger(1))
    return ne(value, constant(from, 0));
  auto toFloat = dyn_cast<FloatType>(type);
  if (isFloat(value) && toFloat) {
    if (from.getIntOrFloatBitWidth() == toFloat.getWidth()) { // f16 and bf16 meet in f32.
      value = make<arith::ExtFOp>(builder.getF32Type(), value);
      from = value.getType();
    }
    return from.getIntOrFloatBitWidth() < toFloat.getWidth() ? make<arith::ExtFOp>(type, value)
                                                             : make<arith::TruncFOp>(type, value);
  }
  bool fromUnsigned = isUnsigned || from.isInteger(1);
  if (toFloat)
    return fromUnsigned ? make<arith::UIToFPOp>(type, value) : make<arith::SIToFPOp>(type, value);
  if (isFloat(value)) {
    unsigned width = type.getIntOrFloatBitWidth();
    if (width >= 32)
      return saturate(*this, value, type, toUnsigned);
    Value wide = saturate(*this, value, builder.getI32Type(), /*toUnsigned=*/false);
    return make<arith::TruncIOp>(type, wide);
  }
  if (from.getIntOrFloatBitWidth() > type.getIntOrFloatBitWidth())
    return make<arith::TruncIOp>(type, value);
  return fromUnsigned ? make<arith::ExtUIOp>(type, value) : make<arith::ExtSIOp>(type, value);
}

Value Scalars::safeIndex(Value value, int64_t size) {
  Type index = builder.getIndexType();
  Value i = isUnsigned ? make<arith::IndexCastUIOp>(index, value) : make<arith::IndexCastOp>(index, value);
  Value zero = constant(index, 0);
  Value wrapped = make<arith::AddIOp>(i, constant(index, size));
  i = select(make<arith::CmpIOp>(arith::CmpIPredicate::slt, i, zero), wrapped, i);
  i = make<arith::MaxSIOp>(i, zero);
  return make<arith::MinSIOp>(i, constant(index, size - 1));
}

} // namespace fourmix::lowering
