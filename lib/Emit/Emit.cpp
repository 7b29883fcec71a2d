// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Emit/Emit.h"
#include "fourmix/Support/Constants.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace fourmix::lowering {

int64_t product(Shape shape) {
  int64_t count = 1;
  for (int64_t dim : shape)
    count *= dim;
  return count;
}

bool isUniform(ElementsAttr elements, TypedAttr &value) {
  if (!elements || !elements.getElementType().isIntOrFloat())
    return false;
  auto dense = dyn_cast<DenseElementsAttr>(elements);
  if (!dense && elements.getNumElements() == 1) {
    std::vector<char> scratch;
    if (std::optional<ArrayRef<char>> bytes = readBytes(elements, scratch))
      dense = dyn_cast<DenseElementsAttr>(makeConstant(cast<RankedTensorType>(elements.getShapedType()), *bytes, ""));
  }
  if (!dense || !dense.isSplat())
    return false;
  value = dyn_cast<TypedAttr>(signless(dense).getSplatValue<Attribute>());
  return value != nullptr;
}

Type signless(Type type) {
  if (auto shaped = dyn_cast<ShapedType>(type)) {
    Type element = signless(shaped.getElementType());
    return element == shaped.getElementType() ? type : Type(shaped.clone(element));
  }
  if (auto integer = dyn_cast<IntegerType>(type); integer && !integer.isSignless())
    return IntegerType::get(type.getContext(), integer.getWidth());
  return type;
}

ElementsAttr signless(ElementsAttr elements) {
  ShapedType type = elements.getShapedType();
  auto wanted = cast<ShapedType>(signless(Type(type)));
  if (wanted == type)
    return elements;
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(elements))
    return DenseResourceElementsAttr::get(wanted, resource.getRawHandle());
  return cast<DenseElementsAttr>(elements).bitcast(wanted.getElementType());
}

//===----------------------------------------------------------------------------------------------------------------===//
// Values from nothing
//===----------------------------------------------------------------------------------------------------------------===//

Value Emit::constant(ElementsAttr elements) {
  return arith::ConstantOp::create(builder, loc, cast<TypedAttr>(signless(elements)));
}

Value Emit::splat(Shape shape, Type elementType, double value) {
  TypedAttr scalar;
  if (auto floating = dyn_cast<FloatType>(elementType))
    scalar = builder.getFloatAttr(floating, value);
  else
    scalar = builder.getIntegerAttr(elementType, static_cast<int64_t>(value));
  return constant(DenseElementsAttr::get(RankedTensorType::get(shape, elementType), Attribute(scalar)));
}

Value Emit::empty(Shape shape, Type elementType) { return tensor::EmptyOp::create(builder, loc, shape, elementType); }

Value Emit::fill(Shape shape, Value scalar) {
  return linalg::FillOp::create(builder, loc, scalar, empty(shape, scalar.getType())).getResult(0);
}

Value Emit::zeros(Shape shape, Type elementType) {
  return fill(shape, Scalars(builder, loc, false).constant(elementType, 0));
}

Value Emit::index(int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value); }

//===----------------------------------------------------------------------------------------------------------------===//
// Computation
//===----------------------------------------------------------------------------------------------------------------===//

bool broadcasts(Shape from, Shape to) {
  if (from.size() > to.size())
    return false;
  return llvm::all_of(llvm::zip(from, to.take_back(from.size())),
                      [](auto dims) { return std::get<0>(dims) == std::get<1>(dims) || std::get<0>(dims) == 1; });
}

std::pair<Value, AffineMap> Emit::project(Value input, Shape shape) {
  RankedTensorType type = typeOf(input);
  int64_t shift = static_cast<int64_t>(shape.size()) - type.getRank();
  SmallVector<int64_t> kept;
  SmallVector<AffineExpr> exprs;
  for (auto [i, dim] : llvm::enumerate(type.getShape())) {
    int64_t loop = shift + static_cast<int64_t>(i);
    if (dim == 1 && shape[loop] != 1)
      continue;
    kept.push_back(dim);
    exprs.push_back(builder.getAffineDimExpr(loop));
  }
  return {reshape(input, kept), AffineMap::get(shape.size(), 0, exprs, builder.getContext())};
}

Value Emit::map(Shape shape, Type elementType, ValueRange inputs, ArrayRef<AffineMap> maps, Body body,
                bool isUnsigned) {
  SmallVector<AffineMap> all(maps);
  all.push_back(builder.getMultiDimIdentityMap(shape.size()));
  SmallVector<utils::IteratorType> iterators(shape.size(), utils::IteratorType::parallel);
  Value init = empty(shape, elementType);
  auto op = linalg::GenericOp::create(builder, loc, TypeRange{init.getType()}, inputs, ValueRange{init}, all, iterators,
                                      [&](OpBuilder &nested, Location loc, ValueRange args) {
                                        Scalars scalars(nested, loc, isUnsigned);
                                        linalg::YieldOp::create(nested, loc, body(scalars, args.drop_back()));
                                      });
  return op.getResult(0);
}

Value Emit::elementwise(Shape shape, Type elementType, ValueRange inputs, Body body, bool isUnsigned) {
  SmallVector<Value> operands;
  SmallVector<AffineMap> maps;
  SmallVector<TypedAttr> inlined(inputs.size());
  for (auto [i, input] : llvm::enumerate(inputs)) {
    if (!input || !broadcasts(shapeOf(input), shape))
      return {};
    if (isUniform(matchConstant(input), inlined[i]))
      continue;
    auto [value, projection] = project(input, shape);
    operands.push_back(value);
    maps.push_back(projection);
  }
  return map(
      shape, elementType, operands, maps,
      [&](Scalars &s, ValueRange args) {
        SmallVector<Value> scalars;
        unsigned next = 0;
        for (TypedAttr value : inlined)
          scalars.push_back(value ? Value(arith::ConstantOp::create(s.builder, s.loc, value)) : args[next++]);
        return body(s, scalars);
      },
      isUnsigned);
}

Value Emit::reduce(Value input, ArrayRef<int64_t> axes, Value init, Body body, ValueRange extra, bool isUnsigned) {
  Shape shape = shapeOf(input);
  SmallVector<utils::IteratorType> iterators(shape.size(), utils::IteratorType::parallel);
  for (int64_t axis : axes)
    iterators[axis] = utils::IteratorType::reduction;
  SmallVector<int64_t> kept;
  SmallVector<AffineExpr> exprs;
  for (auto [i, dim] : llvm::enumerate(shape)) {
    if (iterators[i] == utils::IteratorType::reduction)
      continue;
    kept.push_back(dim);
    exprs.push_back(builder.getAffineDimExpr(i));
  }
  SmallVector<Value> operands{input};
  SmallVector<AffineMap> maps{builder.getMultiDimIdentityMap(shape.size())};
  for (Value value : extra) {
    auto [operand, projection] = project(value, shape);
    operands.push_back(operand);
    maps.push_back(projection);
  }
  maps.push_back(AffineMap::get(shape.size(), 0, exprs, builder.getContext()));
  Value accumulator = fill(kept, init);
  auto op = linalg::GenericOp::create(builder, loc, TypeRange{accumulator.getType()}, operands, ValueRange{accumulator},
                                      maps, iterators, [&](OpBuilder &nested, Location loc, ValueRange args) {
                                        Scalars scalars(nested, loc, isUnsigned);
                                        linalg::YieldOp::create(nested, loc, body(scalars, args));
                                      });
  return op.getResult(0);
}

namespace {
/// The type in which sums of products of `type` are formed.
Type accumulatorType(Type type) {
  if (isa<FloatType>(type) && type.getIntOrFloatBitWidth() < 32)
    return Float32Type::get(type.getContext());
  return type;
}
} // namespace

Value Emit::contract(Value lhs, Value rhs, ArrayRef<AffineMap> maps, Shape resultShape) {
  Type accumulator = accumulatorType(elementOf(lhs));
  SmallVector<utils::IteratorType> iterators(maps[0].getNumDims(), utils::IteratorType::reduction);
  for (AffineExpr expr : maps[2].getResults())
    iterators[cast<AffineDimExpr>(expr).getPosition()] = utils::IteratorType::parallel;
  Value init = zeros(resultShape, accumulator);
  auto op = linalg::GenericOp::create(builder, loc, TypeRange{init.getType()}, ValueRange{lhs, rhs}, ValueRange{init},
                                      maps, iterators, [&](OpBuilder &nested, Location loc, ValueRange args) {
                                        Scalars s(nested, loc, false);
                                        Value term = s.mul(s.cast(args[0], accumulator), s.cast(args[1], accumulator));
                                        linalg::YieldOp::create(nested, loc, s.add(args[2], term));
                                      });
  return cast(op.getResult(0), elementOf(lhs));
}

Value Emit::matmul(Value lhs, Value rhs) {
  Type accumulator = accumulatorType(elementOf(lhs));
  SmallVector<int64_t> shape(shapeOf(lhs));
  shape.back() = shapeOf(rhs).back();
  Value init = zeros(shape, accumulator);
  std::array<Value, 2> operands{lhs, rhs};
  Value result =
      shape.size() == 2
          ? linalg::MatmulOp::create(builder, loc, TypeRange{init.getType()}, operands, init).getResult(0)
          : linalg::BatchMatmulOp::create(builder, loc, TypeRange{init.getType()}, operands, init).getResult(0);
  return cast(result, elementOf(lhs));
}

Value Emit::cast(Value value, Type elementType, bool fromUnsigned, bool toUnsigned) {
  if (elementOf(value) == elementType)
    return value;
  return elementwise(
      shapeOf(value), elementType, value,
      [&](Scalars &s, ValueRange x) { return s.cast(x[0], elementType, toUnsigned); }, fromUnsigned);
}

} // namespace fourmix::lowering
