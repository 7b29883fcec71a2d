// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Support/Constants.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/APFloat.h"
#include <cstring>

using namespace mlir;

namespace fourmix {

ElementsAttr matchConstant(Value value) {
  ElementsAttr constant;
  if (!value || !matchPattern(value, m_Constant(&constant)))
    return {};
  return constant;
}

bool isZeroConstant(Value value) {
  ElementsAttr constant = matchConstant(value);
  if (!constant || !isa<FloatType>(constant.getElementType()))
    return false;
  if (auto dense = dyn_cast<DenseElementsAttr>(constant); dense && dense.isSplat())
    return dense.getSplatValue<APFloat>().isZero();
  std::optional<std::vector<double>> values = readDoubles(constant);
  return values && llvm::all_of(*values, [](double x) { return x == 0; });
}

int64_t elementBytes(Type elementType) {
  if (auto complex = dyn_cast<ComplexType>(elementType))
    return 2 * elementBytes(complex.getElementType());
  if (!elementType.isIntOrFloat())
    return 8; // index
  return (elementType.getIntOrFloatBitWidth() + 7) / 8;
}

std::optional<ArrayRef<char>> readBytes(ElementsAttr constant, std::vector<char> &scratch) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(constant)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob)
      return std::nullopt;
    return blob->getData();
  }
  auto dense = dyn_cast<DenseElementsAttr>(constant);
  if (!dense || isa<DenseStringElementsAttr>(constant))
    return std::nullopt;
  int64_t count = dense.getNumElements();
  if (dense.getElementType().isInteger(1)) { // DenseElementsAttr keeps i1 bit by bit or byte by byte.
    scratch.clear();
    for (bool value : dense.getValues<bool>())
      scratch.push_back(value);
    return ArrayRef<char>(scratch);
  }
  ArrayRef<char> raw = dense.getRawData();
  if (!dense.isSplat())
    return raw;
  scratch.resize(count * raw.size());
  for (int64_t i = 0; i < count; ++i)
    std::memcpy(scratch.data() + i * raw.size(), raw.data(), raw.size());
  return ArrayRef<char>(scratch);
}

namespace {
/// Calls `use` with each element's bytes as an APInt of the element's width.
template <typename Use>
bool forEachElement(ElementsAttr constant, Use use) {
  std::vector<char> scratch;
  std::optional<ArrayRef<char>> bytes = readBytes(constant, scratch);
  if (!bytes)
    return false;
  Type type = constant.getElementType();
  int64_t size = elementBytes(type);
  if (size > 8 || static_cast<int64_t>(bytes->size()) != size * constant.getNumElements())
    return false;
  for (int64_t i = 0, e = constant.getNumElements(); i < e; ++i) {
    uint64_t bits = 0;
    std::memcpy(&bits, bytes->data() + i * size, size);
    use(bits);
  }
  return true;
}

/// The elements, which are kept as T.
template <typename T>
bool copyElements(ElementsAttr constant, std::vector<double> &values) {
  std::vector<char> scratch;
  std::optional<ArrayRef<char>> bytes = readBytes(constant, scratch);
  if (!bytes || bytes->size() != sizeof(T) * constant.getNumElements())
    return false;
  values.resize(constant.getNumElements());
  for (auto [i, value] : llvm::enumerate(values)) {
    T element;
    std::memcpy(&element, bytes->data() + i * sizeof(T), sizeof(T));
    value = element;
  }
  return true;
}

std::optional<int64_t> toInt(Type type, uint64_t bits) {
  if (type.isIndex())
    return static_cast<int64_t>(bits);
  auto integer = dyn_cast<IntegerType>(type);
  if (!integer)
    return std::nullopt;
  unsigned width = integer.getWidth();
  if (width == 1)
    return bits != 0;
  APInt value(64, bits);
  value = value.trunc(width);
  return integer.isUnsigned() ? static_cast<int64_t>(value.getZExtValue()) : value.getSExtValue();
}
} // namespace

std::optional<SmallVector<int64_t>> readInts(ElementsAttr constant) {
  Type type = constant.getElementType();
  if (!isa<IntegerType, IndexType>(type))
    return std::nullopt;
  SmallVector<int64_t> values;
  values.reserve(constant.getNumElements());
  if (!forEachElement(constant, [&](uint64_t bits) { values.push_back(*toInt(type, bits)); }))
    return std::nullopt;
  return values;
}

std::optional<std::vector<double>> readDoubles(ElementsAttr constant) {
  Type type = constant.getElementType();
  auto floating = dyn_cast<FloatType>(type);
  if (!floating && !isa<IntegerType, IndexType>(type))
    return std::nullopt;
  std::vector<double> values;
  // Most constants, and the large ones, are of these two types.
  if (type.isF32() || type.isF64()) {
    bool ok = type.isF32() ? copyElements<float>(constant, values) : copyElements<double>(constant, values);
    return ok ? std::optional(std::move(values)) : std::nullopt;
  }
  values.reserve(constant.getNumElements());
  bool ok = forEachElement(constant, [&](uint64_t bits) {
    if (floating) {
      APFloat value(floating.getFloatSemantics(), APInt(64, bits).trunc(floating.getWidth()));
      bool lossy;
      value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &lossy);
      values.push_back(value.convertToDouble());
    } else {
      values.push_back(static_cast<double>(*toInt(type, bits)));
    }
  });
  if (!ok)
    return std::nullopt;
  return values;
}

ElementsAttr makeConstant(RankedTensorType type, ArrayRef<char> bytes, StringRef hint) {
  constexpr int64_t inlineElements = 16;
  if (type.getNumElements() <= inlineElements) {
    if (type.getElementType().isInteger(1)) {
      SmallVector<bool> values(bytes.begin(), bytes.end());
      return DenseElementsAttr::get(type, values);
    }
    return DenseElementsAttr::getFromRawBuffer(type, bytes);
  }
  AsmResourceBlob blob = HeapAsmResourceBlob::allocateAndCopyWithAlign(bytes, 64, /*dataIsMutable=*/false);
  return DenseResourceElementsAttr::get(type, hint.empty() ? StringRef("constant") : hint, std::move(blob));
}

ElementsAttr makeConstant(RankedTensorType type, ArrayRef<double> values, StringRef hint) {
  Type element = type.getElementType();
  if (element.isF64())
    return makeConstant(type, ArrayRef(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(double)),
                        hint);
  int64_t size = elementBytes(element);
  std::vector<char> bytes(size * values.size());
  for (auto [i, value] : llvm::enumerate(values)) {
    uint64_t bits = 0;
    if (element.isF32()) {
      auto narrow = static_cast<float>(value);
      std::memcpy(&bits, &narrow, sizeof(narrow));
    } else if (auto floating = dyn_cast<FloatType>(element)) {
      APFloat rounded(value);
      bool lossy;
      rounded.convert(floating.getFloatSemantics(), APFloat::rmNearestTiesToEven, &lossy);
      bits = rounded.bitcastToAPInt().getZExtValue();
    } else {
      bits = static_cast<uint64_t>(static_cast<int64_t>(value));
    }
    std::memcpy(bytes.data() + i * size, &bits, size);
  }
  return makeConstant(type, ArrayRef<char>(bytes), hint);
}

ElementsAttr makeInts(MLIRContext *context, ArrayRef<int64_t> values) {
  auto type = RankedTensorType::get({static_cast<int64_t>(values.size())}, IntegerType::get(context, 64));
  return DenseElementsAttr::get(type, values);
}

void releaseConstant(ElementsAttr constant) {
  auto resource = dyn_cast<DenseResourceElementsAttr>(constant);
  if (!resource)
    return;
  auto &manager = DenseResourceElementsHandle::getManagerInterface(constant.getContext());
  manager.getBlobManager().update(resource.getRawHandle().getKey(), AsmResourceBlob());
}

} // namespace fourmix
