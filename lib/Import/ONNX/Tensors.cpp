// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Importer.h"
#include "dialects/ONNX/IR/ONNX.h"
#include "fourmix/Support/Constants.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace fourmix::importer {

namespace {
/// The bytes of a tensor, and what must live as long as they are used.
struct Payload {
  ArrayRef<char> bytes;
  std::shared_ptr<const void> owner;
};

Payload own(std::vector<char> bytes) {
  auto owner = std::make_shared<std::vector<char>>(std::move(bytes));
  return {ArrayRef<char>(*owner), owner};
}

template <typename T>
ArrayRef<char> bytesOf(const google::protobuf::RepeatedField<T> &field) {
  return {reinterpret_cast<const char *>(field.data()), field.size() * sizeof(T)};
}

/// The low `size` bytes of each entry.
template <typename T>
std::vector<char> narrow(const google::protobuf::RepeatedField<T> &field, size_t size) {
  std::vector<char> bytes(field.size() * size);
  for (int i = 0; i < field.size(); ++i)
    std::memcpy(bytes.data() + i * size, &field.Get(i), size);
  return bytes;
}

/// Elements of `width` < 8 bits, packed from the lowest bit on, as one byte each (zero-extended).
std::vector<char> unpack(ArrayRef<char> packed, int64_t count, unsigned width) {
  std::vector<char> bytes(count);
  for (int64_t i = 0; i < count; ++i) {
    int64_t bit = i * width;
    unsigned value = static_cast<uint8_t>(packed[bit / 8]) >> (bit % 8);
    if (bit % 8 + width > 8)
      value |= static_cast<uint8_t>(packed[bit / 8 + 1]) << (8 - bit % 8);
    bytes[i] = value & ((1u << width) - 1);
  }
  return bytes;
}

/// The decimal number of an external_data entry.
bool parseOffset(StringRef text, uint64_t &value) { return !text.getAsInteger(10, value); }
} // namespace

/// The bytes that external_data names: `expected` of them.
static FailureOr<Payload> readExternal(const pb::TensorProto &proto, uint64_t expected, ExternalFolder &folder,
                                       const Where &where) {
  StringRef location;
  uint64_t offset = 0;
  std::optional<uint64_t> length;
  for (const pb::StringStringEntryProto &entry : proto.external_data()) {
    uint64_t value = 0;
    if (entry.key() == "location") {
      location = entry.value();
    } else if (entry.key() == "offset" || entry.key() == "length") {
      if (!parseOffset(entry.value(), value))
        return where.error() << "expected a number as the " << entry.key() << " of external data, found '"
                             << entry.value() << "'";
      if (entry.key() == "offset")
        offset = value;
      else
        length = value;
    }
  }
  if (length && *length != expected)
    return where.error() << "expected " << expected << " bytes for its shape, found " << *length
                         << " as the length of external data";
  llvm::Expected<std::shared_ptr<MappedFile>> mapped = folder.map(location);
  if (!mapped)
    return where.error() << llvm::toString(mapped.takeError());
  uint64_t size = (*mapped)->bytes().size();
  if (offset > size || expected > size - offset)
    return where.error() << "external data file '" << location << "' is too short: expected " << expected
                         << " bytes at offset " << offset << ", found a file of " << size << " bytes";
  return Payload{(*mapped)->bytes().slice(offset, expected), *mapped};
}

/// The bytes that the typed fields hold, or an empty owner-less payload where the type's field has another length.
static Payload readTyped(const pb::TensorProto &proto, Type element, int64_t count,
                         const std::shared_ptr<const void> &file) {
  auto complex = dyn_cast<ComplexType>(element);
  Type part = complex ? complex.getElementType() : element;
  int64_t parts = complex ? 2 * count : count;
  unsigned width = part.getIntOrFloatBitWidth();
  bool narrowFloat = isa<FloatType>(part) && width <= 16;
  bool isUnsigned = part.isUnsignedInteger();
  if (part.isF32() && proto.float_data_size() == parts)
    return {bytesOf(proto.float_data()), file};
  if (part.isF64() && proto.double_data_size() == parts)
    return {bytesOf(proto.double_data()), file};
  if (part.isSignlessInteger(64) && proto.int64_data_size() == parts)
    return {bytesOf(proto.int64_data()), file};
  if (part.isUnsignedInteger(64) && proto.uint64_data_size() == parts)
    return {bytesOf(proto.uint64_data()), file};
  if (part.isUnsignedInteger(32) && proto.uint64_data_size() == parts)
    return own(narrow(proto.uint64_data(), 4));
  if (part.isSignlessInteger(32) && proto.int32_data_size() == parts)
    return {bytesOf(proto.int32_data()), file};
  if (!narrowFloat && !(isa<IntegerType>(part) && width <= (isUnsigned ? 16 : 31)))
    return {};
  // One entry holds one element, but 2- and 4-bit ones come as packed bytes.
  if ((width == 4 || width == 2) && proto.int32_data_size() == int64_t(llvm::divideCeil(uint64_t(parts) * width, 8)))
    return own(unpack(narrow(proto.int32_data(), 1), parts, width));
  if (width != 4 && width != 2 && proto.int32_data_size() == parts)
    return own(narrow(proto.int32_data(), elementBytes(part)));
  return {};
}

/// The number of entries in whatever typed field the tensor has, for messages.
static int64_t typedEntries(const pb::TensorProto &proto) {
  return std::max({proto.float_data_size(), proto.int32_data_size(), proto.int64_data_size(), proto.double_data_size(),
                   proto.uint64_data_size(), proto.string_data_size()});
}

FailureOr<TensorData> readTensor(const pb::TensorProto &proto, MLIRContext *context, std::shared_ptr<const void> file,
                                 ExternalFolder &external, const Where &where) {
  Type element = onnx::elementType(context, proto.data_type());
  if (!element)
    return where.error() << "expected a known element type, found number " << proto.data_type();
  if (proto.has_segment())
    return where.error() << "expected a whole tensor, found a segment of one";

  int64_t count = 1;
  SmallVector<int64_t> sizes(proto.dims().begin(), proto.dims().end());
  bool isString = isa<onnx::StringType>(element);
  for (auto [i, size] : llvm::enumerate(sizes)) {
    if (size < 0)
      return where.error() << "expected sizes of at least 0, found " << size << " for dimension " << i;
    // A size of 0 must not hide an overflow in the others, which later code would still multiply.
    int64_t bits;
    if (llvm::MulOverflow(count, std::max<int64_t>(size, 1), count) || llvm::MulOverflow(count, int64_t(128), bits))
      return where.error() << "the number of elements overflows at dimension " << i << ", found " << size;
  }
  if (llvm::is_contained(sizes, 0))
    count = 0;
  auto type = RankedTensorType::get(sizes, element);

  if (isString) {
    if (proto.string_data_size() != count)
      return where.error() << "expected " << count << " strings for " << type << ", found " << proto.string_data_size();
    return TensorData{type, {}, file};
  }

  unsigned width = element.isIntOrFloat() ? element.getIntOrFloatBitWidth() : 0;
  bool packed = width > 1 && width < 8; // booleans are bytes
  uint64_t size = elementBytes(element) * count;
  uint64_t stored = packed ? llvm::divideCeil(uint64_t(count) * width, 8) : size;
  Payload payload;
  if (proto.data_location() == pb::TensorProto::EXTERNAL) {
    FailureOr<Payload> read = readExternal(proto, stored, external, where);
    if (failed(read))
      return failure();
    payload = *read;
  } else if (proto.has_raw_data() && (!proto.raw_data().empty() || typedEntries(proto) == 0)) {
    if (proto.raw_data().size() != stored)
      return where.error() << "expected " << stored << " bytes for " << type << ", found " << proto.raw_data().size();
    payload = {ArrayRef<char>(proto.raw_data().data(), proto.raw_data().size()), file};
  } else {
    payload = readTyped(proto, element, count, file);
    if (!payload.owner && (count || typedEntries(proto)))
      return where.error() << "expected data for the " << count << " elements of " << type << ", found "
                           << typedEntries(proto) << " entries";
    packed = false;
  }
  if (packed)
    payload = own(unpack(payload.bytes, count, width));

  // Code that was generated for booleans relies on 0 and 1.
  if (element.isInteger(1) && llvm::any_of(payload.bytes, [](char byte) { return byte & ~1; })) {
    std::vector<char> normal(payload.bytes.begin(), payload.bytes.end());
    for (char &byte : normal)
      byte = byte != 0;
    payload = own(std::move(normal));
  }
  return TensorData{type, payload.bytes, payload.owner};
}

FailureOr<ElementsAttr> Importer::importTensor(const pb::TensorProto &proto, StringRef key, const Where &where) {
  FailureOr<TensorData> data = readTensor(proto, context, file, external, where);
  if (failed(data))
    return failure();
  RankedTensorType type = data->type;
  if (isa<onnx::StringType>(type.getElementType())) {
    SmallVector<StringRef> strings(proto.string_data().begin(), proto.string_data().end());
    return ElementsAttr(DenseStringElementsAttr::get(type, strings));
  }
  constexpr int64_t inlineElements = 16;
  if (type.getNumElements() <= inlineElements)
    return makeConstant(type, data->bytes, key);

  // The file may put a tensor at any offset, the store promises aligned elements.
  Payload payload = {data->bytes, data->owner};
  uint64_t address = reinterpret_cast<uintptr_t>(payload.bytes.data());
  if (address % elementBytes(type.getElementType()))
    payload = own(std::vector<char>(payload.bytes.begin(), payload.bytes.end()));
  address = reinterpret_cast<uintptr_t>(payload.bytes.data());
  size_t alignment = std::min<uint64_t>(64, address & -address);
  AsmResourceBlob blob = UnmanagedAsmResourceBlob::allocateWithAlign(
      payload.bytes, alignment, [owner = payload.owner](void *, size_t, size_t) mutable { owner.reset(); });
  return ElementsAttr(DenseResourceElementsAttr::get(type, key.empty() ? "constant" : key, std::move(blob)));
}

} // namespace fourmix::importer
