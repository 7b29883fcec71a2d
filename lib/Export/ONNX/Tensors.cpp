// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Exporter.h"
#include "fourmix/Support/Constants.h"
#include "lib/Import/ONNX/LaterFields.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>

using namespace mlir;

namespace fourmix::exporter {

/// The low `width` bits of each byte, one after the other from the lowest bit on.
static std::vector<char> pack(ArrayRef<char> bytes, unsigned width) {
  std::vector<char> packed(llvm::divideCeil(bytes.size() * width, 8), 0);
  for (size_t i = 0; i < bytes.size(); ++i) {
    size_t bit = i * width;
    unsigned value = (static_cast<uint8_t>(bytes[i]) & ((1u << width) - 1)) << (bit % 8);
    packed[bit / 8] |= static_cast<char>(value);
    if (bit % 8 + width > 8)
      packed[bit / 8 + 1] |= static_cast<char>(value >> 8);
  }
  return packed;
}

/// Each `size` bytes as one entry of a typed field; narrower integers are extended by their sign where they have one.
template <typename Entry>
static void addEntriesOf(ArrayRef<char> bytes, size_t size, bool isSigned,
                         google::protobuf::RepeatedField<Entry> *field) {
  field->Reserve(bytes.size() / size);
  for (size_t i = 0; i < bytes.size(); i += size) {
    uint64_t bits = 0;
    std::memcpy(&bits, bytes.data() + i, size);
    if (isSigned)
      bits = llvm::SignExtend64(bits, 8 * size);
    Entry entry;
    std::memcpy(&entry, &bits, sizeof(entry));
    field->Add(entry);
  }
}

/// The field that ONNX assigns to the element type (onnx.proto, TensorProto).
static void writeTyped(Type element, ArrayRef<char> bytes, pb::TensorProto &proto) {
  auto complex = dyn_cast<ComplexType>(element);
  Type part = complex ? complex.getElementType() : element;
  size_t size = elementBytes(part);
  if (part.isF32())
    return addEntriesOf(bytes, size, false, proto.mutable_float_data());
  if (part.isF64())
    return addEntriesOf(bytes, size, false, proto.mutable_double_data());
  if (part.isSignlessInteger(64))
    return addEntriesOf(bytes, size, false, proto.mutable_int64_data());
  if (part.isUnsignedInteger(32) || part.isUnsignedInteger(64))
    return addEntriesOf(bytes, size, false, proto.mutable_uint64_data());
  unsigned width = part.getIntOrFloatBitWidth();
  bool isSigned = part.isSignlessInteger() && width >= 8;
  if (width == 2 || width == 4)
    return addEntriesOf<int32_t>(pack(bytes, width), 1, false, proto.mutable_int32_data());
  addEntriesOf(bytes, size, isSigned, proto.mutable_int32_data());
}

LogicalResult Exporter::exportTensor(Operation *op, ElementsAttr value, DictionaryAttr notes, pb::TensorProto &proto) {
  auto type = cast<ShapedType>(value.getType());
  Type element = type.getElementType();
  int64_t number = onnx::dataType(element);
  if (!number)
    return error(op) << "expected an element type of ONNX, found " << type;
  proto.set_data_type(number);
  for (int64_t size : type.getShape())
    proto.add_dims(size);
  if (auto doc = notes ? notes.getAs<StringAttr>("doc") : StringAttr())
    proto.set_doc_string(doc.str());
  addEntries(proto, importer::field::tensorMetadata, entriesOf(notes, "metadata"));

  if (auto strings = dyn_cast<DenseStringElementsAttr>(value)) {
    ArrayRef<StringRef> raw = strings.getRawStringData();
    for (int64_t i = 0; i < type.getNumElements(); ++i)
      proto.add_string_data(raw[strings.isSplat() ? 0 : i].str());
    return success();
  }
  std::vector<char> scratch;
  std::optional<ArrayRef<char>> bytes = readBytes(value, scratch);
  int64_t expected = elementBytes(element) * type.getNumElements();
  bool isMissing = !bytes || (bytes->empty() && expected);
  if (isMissing || static_cast<int64_t>(bytes->size()) != expected) {
    InFlightDiagnostic diagnostic = error(op) << "expected the " << expected << " bytes of " << type << ", found ";
    return isMissing ? diagnostic << "none; a module as text needs the weights that --save-weights wrote"
                     : diagnostic << bytes->size();
  }
  if (notes && notes.get("typed")) {
    writeTyped(element, *bytes, proto);
    return success();
  }
  unsigned width = element.isIntOrFloat() ? element.getIntOrFloatBitWidth() : 0;
  bool stay = isa<DenseResourceElementsAttr>(value);
  if (width > 1 && width < 8) { // booleans are bytes
    scratch = pack(*bytes, width);
    bytes = ArrayRef<char>(scratch);
    stay = false;
  }
  bool wasExternal = notes && notes.get("external");
  if (!data || bytes->empty() || (threshold ? bytes->size() < *threshold : !wasExternal)) {
    proto.set_raw_data(bytes->data(), bytes->size());
    return success();
  }
  llvm::Expected<uint64_t> offset = data->append(*bytes, stay);
  if (!offset)
    return emitError(module.getLoc()) << llvm::toString(offset.takeError());
  proto.set_data_location(pb::TensorProto::EXTERNAL);
  for (auto [key, text] : {std::pair<const char *, std::string>("location", data->location().str()),
                           {"offset", std::to_string(*offset)},
                           {"length", std::to_string(bytes->size())}}) {
    pb::StringStringEntryProto *entry = proto.add_external_data();
    entry->set_key(key);
    entry->set_value(text);
  }
  return success();
}

} // namespace fourmix::exporter
