// Tensors made from little: constants, ranges, triangles, running sums.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/ONNXToLinalg/Lowering.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;

namespace fourmix::lowering {

namespace {

LogicalResult lowerConstant(NodeLowering &n) {
  if (auto value = dyn_cast_or_null<ElementsAttr>(n.node.getNodeAttr("value")))
    return n.set(n.constant(value));
  RankedTensorType type = n.resultType();
  std::vector<double> values;
  auto read = [&](StringRef name) {
    Attribute attr = n.node.getNodeAttr(name);
    auto array = dyn_cast_or_null<ArrayAttr>(attr);
    for (Attribute each : array ? array.getValue() : ArrayRef<Attribute>(attr)) {
      if (auto floating = dyn_cast_or_null<FloatAttr>(each))
        values.push_back(floating.getValueAsDouble());
      else if (auto integer = dyn_cast_or_null<IntegerAttr>(each))
        values.push_back(static_cast<double>(integer.getInt()));
    }
  };
  for (StringRef name : {"value_float", "value_floats", "value_int", "value_ints"})
    read(name);
  if (static_cast<int64_t>(values.size()) != type.getNumElements())
    return n.node.emitNodeError() << "holds no value of type " << type;
  return n.set(n.constant(makeConstant(type, ArrayRef<double>(values), "constant")));
}

LogicalResult lowerConstantOfShape(NodeLowering &n) {
  RankedTensorType type = n.resultType();
  TypedAttr value = n.builder.getF32FloatAttr(0);
  if (auto given = dyn_cast_or_null<ElementsAttr>(n.node.getNodeAttr("value")))
    if (!isUniform(given, value))
      return n.node.emitNodeError() << "value must be a tensor of one element";
  return n.set(n.constant(DenseElementsAttr::get(type, Attribute(value))));
}

LogicalResult lowerShapeOf(NodeLowering &n) {
  Shape shape = Emit::shapeOf(n.input(0));
  int64_t rank = shape.size();
  auto clamp = [&](int64_t i) { return std::clamp<int64_t>(i < 0 ? i + rank : i, 0, rank); };
  int64_t start = clamp(n.node.getInt("start", 0)), end = clamp(n.node.getInt("end", rank));
  return n.set(n.constant(makeInts(n.builder.getContext(), shape.slice(start, std::max<int64_t>(0, end - start)))));
}

LogicalResult lowerSize(NodeLowering &n) {
  return n.set(n.splat({}, n.builder.getI64Type(), Emit::typeOf(n.input(0)).getNumElements()));
}

/// start + i * delta
LogicalResult lowerRange(NodeLowering &n) {
  Type type = n.resultType().getElementType();
  return n.set(n.elementwise(n.resultShape(), type, {n.input(0), n.input(2)}, [&](Scalars &s, ValueRange x) {
    Value i = s.make<arith::IndexCastOp>(s.builder.getI64Type(), s.make<linalg::IndexOp>(0));
    return s.add(x[0], s.mul(s.cast(i, type), x[1]));
  }));
}

/// The column minus the row of the last two dimensions, as i64, inside a body over `rank` loops.
Value diagonalOffset(Scalars &s, int64_t rank) {
  Value difference = s.make<arith::SubIOp>(s.make<linalg::IndexOp>(rank - 1), s.make<linalg::IndexOp>(rank - 2));
  return s.make<arith::IndexCastOp>(s.builder.getI64Type(), difference);
}

/// Keeps column - row >= k (upper) or <= k.
LogicalResult lowerTrilu(NodeLowering &n) {
  bool upper = n.node.getInt("upper", 1);
  int64_t rank = n.resultType().getRank();
  Type type = n.resultType().getElementType();
  Value k = n.input(1) ? n.reshape(n.input(1), {}) : n.splat({}, n.builder.getI64Type(), 0);
  return n.set(n.elementwise(n.resultShape(), type, {n.input(0), k}, [&](Scalars &s, ValueRange x) {
    Value offset = diagonalOffset(s, rank);
    return s.select(upper ? s.ge(offset, x[1]) : s.le(offset, x[1]), x[0], s.constant(type, 0));
  }));
}

LogicalResult lowerEyeLike(NodeLowering &n) {
  Type type = n.resultType().getElementType();
  int64_t k = n.node.getInt("k", 0);
  return n.set(n.elementwise(n.resultShape(), type, {}, [&](Scalars &s, ValueRange) {
    Value offset = diagonalOffset(s, 2);
    return s.select(s.eq(offset, s.constant(offset.getType(), k)), s.constant(type, 1), s.constant(type, 0));
  }));
}

LogicalResult lowerCumSum(NodeLowering &n) {
  Value x = n.input(0);
  FailureOr<std::optional<SmallVector<int64_t>>> given = n.constantInts(1);
  if (failed(given))
    return failure();
  FailureOr<int64_t> axis = n.axis(*given ? (*given)->front() : 0, Emit::rankOf(x));
  if (failed(axis))
    return failure();
  RunningSum kind{n.node.getInt("exclusive", 0) != 0, n.node.getInt("reverse", 0) != 0};
  return n.set(runningSum(n, x, *axis, kind));
}

} // namespace

void addGeneratorRows(LoweringTable &table) {
  table.add("Constant", 1, lowerConstant, 0);
  table.add("ConstantOfShape", 9, lowerConstantOfShape);
  table.add("Shape", 1, lowerShapeOf);
  table.add("Size", 1, lowerSize);
  table.add("Range", 11, lowerRange, 3);
  table.add("Trilu", 14, lowerTrilu);
  table.add("EyeLike", 9, lowerEyeLike);
  table.add("CumSum", 11, lowerCumSum, 2);
}

} // namespace fourmix::lowering
