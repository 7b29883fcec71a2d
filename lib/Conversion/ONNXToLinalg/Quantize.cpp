// Numbers as small integers: q stands for (q - zero point) * scale.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/ONNXToLinalg/Windows.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <cmath>

using namespace mlir;

namespace fourmix::lowering {

namespace {

/// Scale or zero point as a tensor that broadcasts to `shape`: one number, one for each index of `axis`, or one for
/// each block of `blockSize` indices.
Value alongAxis(Emit &e, Value value, Shape shape, int64_t axis, int64_t blockSize) {
  Shape own = Emit::shapeOf(value);
  if (product(own) == 1)
    return e.reshape(value, {});
  if (own.size() == 1 && axis < static_cast<int64_t>(shape.size())) {
    SmallVector<int64_t> spread(shape.size() - axis, 1);
    spread[0] = own[0];
    return e.reshape(value, spread);
  }
  if (blockSize <= 0 || own.size() != shape.size() || own[axis] * blockSize < shape[axis])
    return value;
  SmallVector<int64_t> split(own), repeated, joined(own);
  split.insert(split.begin() + axis + 1, 1);
  repeated = split;
  repeated[axis + 1] = blockSize;
  joined[axis] = own[axis] * blockSize;
  Value all = e.reshape(e.broadcast(e.reshape(value, split), repeated), joined);
  return e.sliceAxis(all, axis, 0, shape[axis]);
}

/// The value rounded to nearest (ties to even), moved by the zero point, cut off at the ends of the integer `type`.
Value quantized(Scalars &s, Value scaled, Value zeroPoint, Type type, bool isUnsigned) {
  Type computed = scaled.getType();
  unsigned width = type.getIntOrFloatBitWidth();
  Value low = s.constant(computed, isUnsigned ? 0 : -std::ldexp(1.0, width - 1));
  Value high = s.constant(computed, std::ldexp(1.0, isUnsigned ? width : width - 1) - 1);
  Value value = s.make<math::RoundEvenOp>(scaled);
  if (zeroPoint)
    value = s.add(value, zeroPoint);
  value = s.select(s.lt(value, low), low, value);
  value = s.select(s.gt(value, high), high, value);
  return s.cast(value, type, isUnsigned);
}

LogicalResult lowerQuantize(NodeLowering &n) {
  Shape shape = n.resultShape();
  FailureOr<int64_t> axis = n.axis(n.node.getInt("axis", 1), std::max<int64_t>(shape.size(), 2));
  if (failed(axis))
    return failure();
  Type type = n.resultType().getElementType(), computed = n.builder.getF32Type();
  if (!isa<IntegerType>(type))
    return n.node.emitNodeError() << "expected an integer result, found " << n.resultType();
  bool isUnsigned = n.isResultUnsigned();
  int64_t block = n.node.getInt("block_size", 0);
  SmallVector<Value> inputs{n.cast(n.input(0), computed, n.isUnsigned()),
                            alongAxis(n, n.cast(n.input(1), computed), shape, *axis, block)};
  if (n.input(2))
    inputs.push_back(alongAxis(n, n.cast(n.input(2), computed, isUnsigned), shape, *axis, block));
  return n.set(n.elementwise(shape, type, inputs, [&](Scalars &s, ValueRange x) {
    return quantized(s, s.div(x[0], x[1]), x.size() > 2 ? x[2] : Value(), type, isUnsigned);
  }));
}

LogicalResult lowerDequantize(NodeLowering &n) {
  Shape shape = n.resultShape();
  FailureOr<int64_t> axis = n.axis(n.node.getInt("axis", 1), std::max<int64_t>(shape.size(), 2));
  if (failed(axis))
    return failure();
  Type type = n.resultType().getElementType(), integer = n.builder.getI32Type(), computed = n.builder.getF32Type();
  if (!isa<IntegerType>(Emit::elementOf(n.input(0))))
    return n.node.emitNodeError() << "expected integers, found " << Emit::typeOf(n.input(0));
  int64_t block = n.node.getInt("block_size", 0);
  SmallVector<Value> inputs{n.cast(n.input(0), integer, n.isUnsigned()),
                            alongAxis(n, n.cast(n.input(1), computed), shape, *axis, block)};
  if (n.input(2))
    inputs.push_back(alongAxis(n, n.cast(n.input(2), integer, n.isUnsigned()), shape, *axis, block));
  return n.set(n.elementwise(shape, type, inputs, [&](Scalars &s, ValueRange x) {
    Value moved = x.size() > 2 ? s.sub(x[0], x[2]) : x[0];
    return s.cast(s.mul(s.cast(moved, computed), x[1]), type);
  }));
}

/// scale = (max - min) / 255 over the elements and 0, zero point = round(-min / scale).
LogicalResult lowerDynamicQuantize(NodeLowering &n) {
  Value x = n.input(0);
  Type type = Emit::elementOf(x), byte = n.builder.getI8Type();
  SmallVector<int64_t> all = llvm::to_vector(llvm::seq<int64_t>(0, Emit::rankOf(x)));
  Value zero = Scalars(n.builder, n.loc, false).constant(type, 0);
  Value least = n.reduce(x, all, zero, [](Scalars &s, ValueRange v) { return s.min(v[1], v[0]); });
  Value most = n.reduce(x, all, zero, [](Scalars &s, ValueRange v) { return s.max(v[1], v[0]); });
  Value scale = n.elementwise({}, type, {least, most}, [&](Scalars &s, ValueRange v) {
    Value range = s.sub(v[1], v[0]), isZero = s.eq(range, s.constant(type, 0));
    return s.select(isZero, s.constant(type, 1), s.div(range, s.constant(type, 255)));
  });
  Value zeroPoint = n.elementwise({}, byte, {least, scale}, [&](Scalars &s, ValueRange v) {
    return quantized(s, s.neg(s.div(v[0], v[1])), Value(), byte, /*isUnsigned=*/true);
  });
  n.set(0, n.elementwise(Emit::shapeOf(x), byte, {x, scale, n.cast(zeroPoint, type, /*fromUnsigned=*/true)},
                         [&](Scalars &s, ValueRange v) {
                           return quantized(s, s.div(v[0], v[1]), v[2], byte, /*isUnsigned=*/true);
                         }));
  n.set(1, scale);
  n.set(2, zeroPoint);
  return success();
}

/// Input `i` minus its zero point, input `zero`, as i32; `perRow`: a vector of zero points is one for each row of
/// matrices, else it broadcasts as it stands.
Value centred(NodeLowering &n, unsigned i, unsigned zero, int64_t axis) {
  Type integer = n.builder.getI32Type();
  Value x = n.cast(n.input(i), integer, n.isUnsigned(i));
  if (!n.input(zero))
    return x;
  Value zeroPoint = n.cast(n.input(zero), integer, n.isUnsigned(zero));
  zeroPoint = alongAxis(n, zeroPoint, Emit::shapeOf(x), axis, 0);
  return n.elementwise(Emit::shapeOf(x), integer, {x, zeroPoint},
                       [](Scalars &s, ValueRange v) { return s.sub(v[0], v[1]); });
}

/// A matrix product of integers; null where the operands do not fit.
Value integerMatmul(NodeLowering &n, unsigned a, unsigned aZero, unsigned b, unsigned bZero) {
  int64_t row = std::max<int64_t>(Emit::rankOf(n.input(a)) - 2, 0), column = Emit::rankOf(n.input(b)) - 1;
  Value lhs = centred(n, a, aZero, row), rhs = centred(n, b, bZero, column);
  return lhs && rhs ? matmulND(n, lhs, rhs) : Value();
}

LogicalResult misfit(NodeLowering &n, unsigned a, unsigned b) {
  return n.node.emitNodeError() << Emit::typeOf(n.input(a)) << " and " << Emit::typeOf(n.input(b))
                                << " and their zero points do not fit together";
}

LogicalResult lowerMatMulInteger(NodeLowering &n) {
  Value product = integerMatmul(n, 0, 2, 1, 3);
  return product ? n.set(product) : misfit(n, 0, 1);
}

Value integerConvolution(NodeLowering &n, unsigned w, unsigned xZero, unsigned wZero) {
  Value x = centred(n, 0, xZero, 1), weights = centred(n, w, wZero, 0);
  if (!x || !weights)
    return {};
  FailureOr<ConvolutionGeometry> g = readWindows(n, Emit::shapeOf(weights).drop_front(2));
  if (failed(g))
    return {};
  if (n.resultType().getNumElements() == 0)
    return n.empty(n.resultShape(), n.builder.getI32Type());
  return convolution(n, x, weights, *g, n.node.getInt("group", 1), n.resultShape());
}

LogicalResult lowerConvInteger(NodeLowering &n) {
  Value sums = integerConvolution(n, 1, 2, 3);
  return sums ? n.set(sums) : misfit(n, 0, 1);
}

/// i32 sums to the quantised result: sums * (scaleA * scaleB / scaleY) + zero point. Scales with more than one element
/// go along `axis`.
LogicalResult setRequantized(NodeLowering &n, Value sums, unsigned scaleA, unsigned scaleB, unsigned scaleY,
                             unsigned zeroY, int64_t axis) {
  Shape shape = n.resultShape();
  Type type = n.resultType().getElementType(), computed = n.builder.getF32Type();
  bool isUnsigned = n.isResultUnsigned();
  SmallVector<Value> inputs{sums};
  for (unsigned i : {scaleA, scaleB, scaleY})
    inputs.push_back(alongAxis(n, n.cast(n.input(i), computed), shape, axis, 0));
  inputs.push_back(alongAxis(n, n.cast(n.input(zeroY), computed, isUnsigned), shape, axis, 0));
  return n.set(n.elementwise(shape, type, inputs, [&](Scalars &s, ValueRange x) {
    Value scale = s.div(s.mul(x[1], x[2]), x[3]);
    return quantized(s, s.mul(s.cast(x[0], computed), scale), x[4], type, isUnsigned);
  }));
}

LogicalResult lowerQLinearMatMul(NodeLowering &n) {
  Value sums = integerMatmul(n, 0, 2, 3, 5);
  return sums ? setRequantized(n, sums, 1, 4, 6, 7, n.resultType().getRank() - 1) : misfit(n, 0, 3);
}

LogicalResult lowerQLinearConv(NodeLowering &n) {
  Value sums = integerConvolution(n, 3, 2, 5);
  if (!sums)
    return misfit(n, 0, 3);
  if (n.input(8)) {
    SmallVector<int64_t> bias(n.resultShape().size() - 1, 1);
    bias[0] = n.resultShape()[1];
    sums = n.elementwise(n.resultShape(), n.builder.getI32Type(), {sums, n.reshape(n.input(8), bias)},
                         [](Scalars &s, ValueRange x) { return s.add(x[0], x[1]); });
  }
  return setRequantized(n, sums, 1, 4, 6, 7, 1);
}

} // namespace

void addQuantizeRows(LoweringTable &table) {
  table.add("QuantizeLinear", 10, lowerQuantize, 2);
  table.add("DequantizeLinear", 10, lowerDequantize, 2);
  table.add("DynamicQuantizeLinear", 11, lowerDynamicQuantize);
  table.add("MatMulInteger", 10, lowerMatMulInteger, 2);
  table.add("ConvInteger", 10, lowerConvInteger, 2);
  table.add("QLinearMatMul", 10, lowerQLinearMatMul, 8);
  table.add("QLinearConv", 10, lowerQLinearConv, 8);
}

} // namespace fourmix::lowering
