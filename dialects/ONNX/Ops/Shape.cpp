// Operators that read, change or make shapes: what exporters' shape arithmetic consists of.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/Ops/Inference.h"
#include "dialects/ONNX/Ops/Rows.h"
#include "fourmix/Support/Constants.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace mlir;

namespace fourmix::onnx {
namespace {

Type i64(Inference &op) { return IntegerType::get(op.node.getContext(), 64); }

//===-- Shape, Size -------------------------------------------------------===//

ArrayRef<int64_t> shapeSlice(Inference &op) {
  int64_t rank = op.rank(0);
  auto clamp = [&](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank); };
  int64_t start = clamp(op.node.getInt("start", 0)), end = clamp(op.node.getInt("end", rank));
  return op.shape(0).slice(start, std::max<int64_t>(end - start, 0));
}

LogicalResult inferShape(Inference &op) { return op.result({static_cast<int64_t>(shapeSlice(op).size())}, i64(op)); }

bool foldShape(Folding &op) {
  FoldTensor result = op.zeros();
  llvm::copy(shapeSlice(op), result.ints.begin());
  return op.set(result);
}

LogicalResult inferSize(Inference &op) { return op.result({}, i64(op)); }

bool foldSize(Folding &op) {
  FoldTensor result = op.zeros();
  result.ints[0] = op.type(0).getNumElements();
  return op.set(result);
}

//===-- The same elements under another shape -----------------------------===//

bool foldReshape(Folding &op) {
  ElementsAttr constant = op.constant(0);
  return constant && op.set(0, reshapeConstant(constant, op.resultType()));
}

LogicalResult inferIdentity(Inference &op) { return op.result(op.shape(0), op.element(0)); }

bool foldIdentity(Folding &op) { return op.constant(0) && op.set(0, op.constant(0)); }

LogicalResult inferReshape(Inference &op) {
  FailureOr<std::optional<Shape>> given = op.intsOf("shape", 1);
  if (failed(given))
    return failure();
  if (!*given)
    return op.error() << "expected a shape, found none";
  Shape shape = **given;
  bool allowZero = op.node.getInt("allowzero", 0);
  ArrayRef<int64_t> from = op.shape(0);
  std::optional<size_t> open;
  int64_t known = 1;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0 && !allowZero) {
      if (i >= from.size())
        return op.error() << "dim " << i << " of the new shape copies a dim that " << formatShape(from)
                          << " does not have";
      shape[i] = from[i];
    }
    if (shape[i] == -1) {
      if (open)
        return op.error() << "expected one -1 in the new shape, found more";
      open = i;
    } else if (shape[i] < 0) {
      return op.error() << "expected dims of 0 or more (or one -1) in the new shape, found " << shape[i];
    } else if (llvm::MulOverflow(known, shape[i], known)) {
      return op.error() << "the new shape " << formatShape(shape) << " is too large";
    }
  }
  int64_t total = op.type(0).getNumElements();
  if (open) {
    if (known == 0 ? total != 0 : total % known != 0)
      return op.error() << "cannot reshape " << formatShape(from) << " (" << total << " elements) to "
                        << formatShape(shape) << ": " << known << " does not divide it";
    shape[*open] = known == 0 ? 0 : total / known;
  } else if (known != total) {
    return op.error() << "cannot reshape " << formatShape(from) << " (" << total << " elements) to "
                      << formatShape(shape) << " (" << known << " elements)";
  }
  return op.result(shape, op.element(0));
}

LogicalResult inferFlatten(Inference &op) {
  int64_t rank = op.rank(0), axis = op.node.getInt("axis", 1);
  if (axis < -rank || axis > rank)
    return op.error() << "axis " << axis << " is out of range for rank " << rank;
  ArrayRef<int64_t> shape = op.shape(0);
  axis = axis < 0 ? axis + rank : axis;
  return op.result({*elementCount(shape.take_front(axis)), *elementCount(shape.drop_front(axis))}, op.element(0));
}

LogicalResult inferSqueeze(Inference &op) {
  FailureOr<std::optional<Shape>> given = op.intsOf("axes", 1);
  if (failed(given))
    return failure();
  ArrayRef<int64_t> from = op.shape(0);
  Shape axes;
  if (*given) {
    FailureOr<Shape> normal = op.axes(**given, op.rank(0));
    if (failed(normal))
      return failure();
    axes = *normal;
  } else {
    for (auto [i, dim] : llvm::enumerate(from))
      if (dim == 1)
        axes.push_back(i);
  }
  Shape shape;
  for (auto [i, dim] : llvm::enumerate(from)) {
    if (!llvm::is_contained(axes, static_cast<int64_t>(i)))
      shape.push_back(dim);
    else if (dim != 1)
      return op.error() << "expected dim " << i << " of " << formatShape(from) << " to be 1, found " << dim;
  }
  return op.result(shape, op.element(0));
}

LogicalResult inferUnsqueeze(Inference &op) {
  FailureOr<std::optional<Shape>> given = op.intsOf("axes", 1);
  if (failed(given))
    return failure();
  if (!*given)
    return op.error() << "expected axes, found none";
  int64_t rank = op.rank(0) + (*given)->size();
  FailureOr<Shape> axes = op.axes(**given, rank);
  if (failed(axes))
    return failure();
  Shape shape;
  auto from = op.shape(0).begin();
  for (int64_t i = 0; i < rank; ++i)
    shape.push_back(llvm::is_contained(*axes, i) ? 1 : *from++);
  return op.result(shape, op.element(0));
}

//===-- Made from a shape -------------------------------------------------===//

LogicalResult inferExpand(Inference &op) {
  FailureOr<Shape> to = op.ints(1, "shape");
  if (failed(to))
    return failure();
  for (int64_t dim : *to)
    if (dim < 0)
      return op.error() << "expected dims of 0 or more in the new shape, found " << dim;
  std::optional<Shape> shape = broadcastShapes(op.shape(0), *to);
  if (!shape)
    return op.error() << "cannot expand " << formatShape(op.shape(0)) << " to " << formatShape(*to);
  return op.result(*shape, op.element(0));
}

// Every expanded zero of every batch size becomes a splat, however large.
constexpr int64_t maxExpanded = int64_t(1) << 20;

bool foldExpand(Folding &op) {
  ElementsAttr constant = op.constant(0);
  if (!constant)
    return false;
  if (op.resultType().getNumElements() == 0)
    return op.set(op.zeros());
  if (constant.getShapedType().getNumElements() == 1) {
    std::vector<char> scratch;
    std::optional<ArrayRef<char>> bytes = readBytes(constant, scratch);
    if (!bytes)
      return false;
    if (constant.getElementType().isInteger(1))
      return op.set(0, DenseElementsAttr::get(op.resultType(), bytes->front() != 0));
    return op.set(0, DenseElementsAttr::getFromRawBuffer(op.resultType(), *bytes));
  }
  if (op.resultType().getNumElements() > maxExpanded || !op.input(0))
    return false;
  return op.set(op.input(0)->broadcast(op.resultShape()));
}

/// The value of ConstantOfShape: f32 zero where the attribute is absent.
ElementsAttr fillValue(Inference &op) {
  if (auto value = dyn_cast_or_null<ElementsAttr>(op.node.getNodeAttr("value")))
    return value;
  auto type = RankedTensorType::get({1}, Float32Type::get(op.node.getContext()));
  return DenseElementsAttr::get(type, 0.0f);
}

LogicalResult inferConstantOfShape(Inference &op) {
  FailureOr<Shape> shape = op.ints(0, "shape");
  if (failed(shape))
    return failure();
  ElementsAttr value = fillValue(op);
  if (value.getShapedType().getNumElements() != 1)
    return op.error() << "expected one element in attribute value, found " << value.getType();
  return op.result(*shape, value.getElementType());
}

bool foldConstantOfShape(Folding &op) {
  if (op.resultType().getNumElements() == 0)
    return op.set(op.zeros());
  std::vector<char> scratch;
  std::optional<ArrayRef<char>> bytes = readBytes(fillValue(op), scratch);
  if (!bytes)
    return false;
  if (op.resultType().getElementType().isInteger(1))
    return op.set(0, DenseElementsAttr::get(op.resultType(), bytes->front() != 0));
  return op.set(0, DenseElementsAttr::getFromRawBuffer(op.resultType(), *bytes));
}

/// The value of a Constant node in any of its spellings; null for strings and sparse tensors.
ElementsAttr constantValue(Inference &op) {
  MLIRContext *context = op.node.getContext();
  if (auto value = dyn_cast_or_null<ElementsAttr>(op.node.getNodeAttr("value")))
    return value;
  auto f32 = Float32Type::get(context);
  if (auto value = dyn_cast_or_null<IntegerAttr>(op.node.getNodeAttr("value_int")))
    return DenseElementsAttr::get(RankedTensorType::get({}, i64(op)), value.getInt());
  if (auto value = dyn_cast_or_null<FloatAttr>(op.node.getNodeAttr("value_float")))
    return DenseElementsAttr::get(RankedTensorType::get({}, f32), static_cast<float>(value.getValueAsDouble()));
  if (std::optional<SmallVector<int64_t>> values = op.node.getInts("value_ints"))
    return makeInts(context, *values);
  if (auto values = dyn_cast_or_null<ArrayAttr>(op.node.getNodeAttr("value_floats"))) {
    SmallVector<float> numbers;
    for (Attribute value : values)
      if (auto number = dyn_cast<FloatAttr>(value))
        numbers.push_back(static_cast<float>(number.getValueAsDouble()));
    auto type = RankedTensorType::get({static_cast<int64_t>(numbers.size())}, f32);
    return DenseElementsAttr::get(type, ArrayRef<float>(numbers));
  }
  return {};
}

LogicalResult inferConstant(Inference &op) {
  ElementsAttr value = constantValue(op);
  if (!value)
    return op.error() << "expected a tensor of numbers, found a constant of another kind";
  return op.result(value.getShapedType().getShape(), value.getElementType());
}

bool foldConstant(Folding &op) { return op.set(0, constantValue(op)); }

LogicalResult inferRange(Inference &op) {
  for (unsigned i = 0; i < 3; ++i)
    if (op.element(i) != op.element(0))
      return op.error() << "expected one element type for start, limit and delta, found " << op.element(0) << " and "
                        << op.element(i);
  double count;
  if (isa<IntegerType>(op.element(0))) {
    FailureOr<int64_t> start = op.scalar(0, "start"), limit = op.scalar(1, "limit"), delta = op.scalar(2, "delta");
    if (failed(start) || failed(limit) || failed(delta))
      return failure();
    if (*delta == 0)
      return op.error() << "expected a delta other than 0";
    // In long double, since limit - start may overflow; the count itself is limited below.
    count = std::ceil((static_cast<long double>(*limit) - *start) / *delta);
  } else {
    FailureOr<double> start = op.number(0, "start"), limit = op.number(1, "limit"), delta = op.number(2, "delta");
    if (failed(start) || failed(limit) || failed(delta))
      return failure();
    count = std::ceil((*limit - *start) / *delta);
    if (*delta == 0 || !std::isfinite(count))
      return op.error() << "expected finite start and limit and a delta other than 0, found " << *start << ", "
                        << *limit << ", " << *delta;
  }
  constexpr double limit = int64_t(1) << 34;
  if (count > limit)
    return op.error() << "a range of " << count << " elements is too large";
  return op.result({std::max<int64_t>(0, static_cast<int64_t>(count))}, op.element(0));
}

bool foldRange(Folding &op) {
  const FoldTensor *start = op.input(0), *delta = op.input(2);
  if (!start || !delta)
    return false;
  FoldTensor result = op.zeros();
  for (int64_t i = 0; i < result.size(); ++i) {
    if (result.isReal())
      result.reals[i] = start->reals[0] + static_cast<double>(i) * delta->reals[0];
    else
      result.ints[i] = start->ints[0] + i * delta->ints[0];
  }
  return op.set(result);
}

LogicalResult inferEyeLike(Inference &op) {
  if (failed(op.expectRank(0, 2)))
    return failure();
  Type element =
      op.node.getNodeAttr("dtype") ? elementTypeOf(op.node.getContext(), op.node.getInt("dtype", 1)) : op.element(0);
  if (!element)
    return op.error() << "unknown ONNX element type " << op.node.getInt("dtype", 1);
  return op.result(op.shape(0), element);
}

bool foldEyeLike(Folding &op) {
  if (!op.resultType().getElementType().isIntOrFloat())
    return false;
  FoldTensor result = op.zeros();
  int64_t k = op.node.getInt("k", 0), columns = op.resultShape()[1];
  for (int64_t row = 0; row < op.resultShape()[0]; ++row) {
    int64_t column = row + k;
    if (column < 0 || column >= columns)
      continue;
    if (result.isReal())
      result.reals[row * columns + column] = 1;
    else
      result.ints[row * columns + column] = 1;
  }
  return op.set(result);
}

} // namespace

void addShapeRows(OpTable &table) {
  table.add({"Shape", 1, 1, inferShape, foldShape, OpRow::FoldsTypes});
  table.add({"Size", 1, 1, inferSize, foldSize, OpRow::FoldsTypes});
  table.add({"Identity", 1, 1, inferIdentity, foldIdentity, OpRow::FoldsAnySize});
  table.add({"Reshape", 1, 1, inferReshape, foldReshape, OpRow::FoldsAnySize});
  table.add({"Flatten", 1, 1, inferFlatten, foldReshape, OpRow::FoldsAnySize});
  table.add({"Squeeze", 1, 1, inferSqueeze, foldReshape, OpRow::FoldsAnySize});
  table.add({"Unsqueeze", 1, 1, inferUnsqueeze, foldReshape, OpRow::FoldsAnySize});
  table.add({"Expand", 8, 2, inferExpand, foldExpand, OpRow::FoldsAnySize});
  table.add({"Constant", 1, 0, inferConstant, foldConstant, OpRow::FoldsAnySize});
  table.add({"ConstantOfShape", 9, 1, inferConstantOfShape, foldConstantOfShape, OpRow::FoldsAnySize});
  table.add({"Range", 11, 3, inferRange, foldRange});
  table.add({"EyeLike", 9, 1, inferEyeLike, foldEyeLike, OpRow::FoldsTypes});
}

} // namespace fourmix::onnx
