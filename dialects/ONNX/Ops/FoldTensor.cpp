// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/Ops/FoldTensor.h"
#include "fourmix/Support/Constants.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>

using namespace mlir;

namespace fourmix::onnx {

std::optional<int64_t> elementCount(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  bool empty = false;
  for (int64_t dim : shape) {
    if (dim < 0)
      return std::nullopt;
    if (dim == 0)
      empty = true;
    else if (llvm::MulOverflow(count, dim, count))
      return std::nullopt;
  }
  return empty ? 0 : count;
}

std::optional<Shape> broadcastShapes(ArrayRef<int64_t> a, ArrayRef<int64_t> b) {
  if (a.size() < b.size())
    std::swap(a, b);
  Shape result(a);
  size_t lead = a.size() - b.size();
  for (size_t i = 0; i < b.size(); ++i) {
    int64_t &dim = result[lead + i];
    if (dim == 1)
      dim = b[i];
    else if (b[i] != 1 && b[i] != dim)
      return std::nullopt;
  }
  return result;
}

Shape rowMajorStrides(ArrayRef<int64_t> shape) {
  Shape strides(shape.size());
  int64_t stride = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= shape[i];
  }
  return strides;
}

std::string formatShape(ArrayRef<int64_t> shape) {
  if (shape.empty())
    return "scalar";
  std::string text;
  for (int64_t dim : shape)
    text += (text.empty() ? "" : "x") + std::to_string(dim);
  return text;
}

std::vector<int64_t> stridedPositions(ArrayRef<int64_t> shape, ArrayRef<int64_t> strides, int64_t offset) {
  int64_t count = elementCount(shape).value_or(0);
  std::vector<int64_t> positions(count);
  Shape index(shape.size(), 0);
  int64_t position = offset;
  for (int64_t i = 0; i < count; ++i) {
    positions[i] = position;
    for (size_t axis = shape.size(); axis-- > 0;) {
      position += strides[axis];
      if (++index[axis] < shape[axis])
        break;
      position -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return positions;
}

std::vector<int64_t> broadcastPositions(ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
  Shape strides(to.size(), 0);
  Shape own = rowMajorStrides(from);
  size_t lead = to.size() - from.size();
  for (size_t i = 0; i < from.size(); ++i)
    strides[lead + i] = from[i] == 1 ? 0 : own[i];
  return stridedPositions(to, strides);
}

FoldTensor::FoldTensor(ArrayRef<int64_t> shape, Type element) : shape(shape), element(element) {
  int64_t count = elementCount(shape).value_or(0);
  if (isReal())
    reals.resize(count);
  else
    ints.resize(count);
}

std::optional<FoldTensor> FoldTensor::read(ElementsAttr constant) {
  FoldTensor tensor;
  ShapedType type = constant.getShapedType();
  tensor.shape.assign(type.getShape().begin(), type.getShape().end());
  tensor.element = type.getElementType();
  if (tensor.isReal()) {
    std::optional<std::vector<double>> values = readDoubles(constant);
    if (!values)
      return std::nullopt;
    tensor.reals = std::move(*values);
    return tensor;
  }
  std::optional<SmallVector<int64_t>> values = readInts(constant);
  if (!values)
    return std::nullopt;
  if (tensor.element.isUnsignedInteger(64) && llvm::any_of(*values, [](int64_t v) { return v < 0; }))
    return std::nullopt;
  tensor.ints.assign(values->begin(), values->end());
  return tensor;
}

ElementsAttr FoldTensor::toAttr(StringRef hint) const {
  auto type = RankedTensorType::get(shape, element);
  int64_t width = elementBytes(element);
  std::vector<char> bytes(width * size());
  for (int64_t i = 0, e = size(); i < e; ++i) {
    uint64_t bits = 0;
    if (auto floating = dyn_cast<FloatType>(element)) {
      APFloat rounded(reals[i]);
      bool lossy;
      rounded.convert(floating.getFloatSemantics(), APFloat::rmNearestTiesToEven, &lossy);
      bits = rounded.bitcastToAPInt().getZExtValue();
    } else {
      bits = element.isInteger(1) ? ints[i] != 0 : static_cast<uint64_t>(ints[i]);
    }
    std::memcpy(bytes.data() + i * width, &bits, width);
  }
  bool splat = size() > 1;
  for (int64_t i = 1; i < size() && splat; ++i)
    splat = std::memcmp(bytes.data(), bytes.data() + i * width, width) == 0;
  if (!splat)
    return makeConstant(type, ArrayRef<char>(bytes), hint);
  if (element.isInteger(1))
    return DenseElementsAttr::get(type, bytes[0] != 0);
  return DenseElementsAttr::getFromRawBuffer(type, ArrayRef<char>(bytes).take_front(width));
}

FoldTensor FoldTensor::select(ArrayRef<int64_t> newShape, ArrayRef<int64_t> positions, const FoldTensor *fill) const {
  FoldTensor result(newShape, element);
  for (size_t i = 0; i < positions.size(); ++i) {
    int64_t position = positions[i];
    if (isReal())
      result.reals[i] = position >= 0 ? reals[position] : fill ? fill->reals[0] : 0.0;
    else
      result.ints[i] = position >= 0 ? ints[position] : fill ? fill->ints[0] : 0;
  }
  return result;
}

FoldTensor FoldTensor::broadcast(ArrayRef<int64_t> to) const { return select(to, broadcastPositions(shape, to)); }

} // namespace fourmix::onnx
