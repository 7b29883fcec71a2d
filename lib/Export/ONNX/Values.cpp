// Declared values, types, and the small notes about them.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Exporter.h"
#include "lib/Import/ONNX/LaterFields.h"

using namespace mlir;

namespace fourmix::exporter {

Entries entriesOf(DictionaryAttr notes, StringRef name) {
  auto dict = notes ? notes.getAs<DictionaryAttr>(name) : DictionaryAttr();
  Entries entries;
  if (!dict)
    return entries;
  auto add = [&](StringRef key) {
    if (auto value = dict.getAs<StringAttr>(key))
      entries.emplace_back(key, value.getValue());
  };
  if (Attribute order = notes.get((name + "_order").str())) {
    for (StringRef key : stringsOf(order))
      add(key);
    return entries;
  }
  for (NamedAttribute entry : dict)
    add(entry.getName());
  return entries;
}

SmallVector<StringRef> stringsOf(Attribute list) {
  SmallVector<StringRef> strings;
  if (auto array = dyn_cast_or_null<ArrayAttr>(list))
    for (Attribute element : array)
      if (auto string = dyn_cast<StringAttr>(element))
        strings.push_back(string.getValue());
  return strings;
}

StringRef stringOf(DictionaryAttr notes, StringRef name) {
  auto value = notes ? notes.getAs<StringAttr>(name) : StringAttr();
  return value ? value.getValue() : StringRef();
}

void addEntries(google::protobuf::Message &message, int number, const Entries &entries) {
  for (auto [key, value] : entries) {
    pb::StringStringEntryProto entry;
    entry.set_key(key.str());
    entry.set_value(value.str());
    importer::addLaterMessage(message, number, entry);
  }
}

/// For both kinds of tensors: their fields have the same names.
template <typename Proto>
static void exportTensorType(TensorType type, Proto &proto) {
  proto.set_elem_type(onnx::dataType(type.getElementType()));
  if (!type.hasRank())
    return;
  auto ranked = cast<RankedTensorType>(type);
  auto dims = dyn_cast_or_null<onnx::DimsAttr>(ranked.getEncoding());
  auto *shape = proto.mutable_shape();
  for (auto [i, size] : llvm::enumerate(ranked.getShape())) {
    auto *dim = shape->add_dim();
    if (!ShapedType::isDynamic(size))
      dim->set_dim_value(size);
    else if (dims && i < dims.getNames().size() && !dims.getNames()[i].empty())
      dim->set_dim_param(dims.getNames()[i].str());
    if (dims && i < dims.getDenotations().size() && !dims.getDenotations()[i].empty())
      dim->set_denotation(dims.getDenotations()[i].str());
  }
}

void Exporter::exportType(Type type, pb::TypeProto &proto) {
  if (auto tensor = dyn_cast<TensorType>(type)) {
    exportTensorType(tensor, *proto.mutable_tensor_type());
  } else if (auto sparse = dyn_cast<onnx::SparseTensorType>(type)) {
    exportTensorType(sparse.getDense(), *proto.mutable_sparse_tensor_type());
  } else if (auto sequence = dyn_cast<onnx::SequenceType>(type)) {
    exportType(sequence.getElement(), *proto.mutable_sequence_type()->mutable_elem_type());
  } else if (auto optional = dyn_cast<onnx::OptionalType>(type)) {
    exportType(optional.getElement(), *proto.mutable_optional_type()->mutable_elem_type());
  } else if (auto map = dyn_cast<onnx::MapType>(type)) {
    proto.mutable_map_type()->set_key_type(onnx::dataType(map.getKey()));
    exportType(map.getValue(), *proto.mutable_map_type()->mutable_value_type());
  } else if (auto opaque = dyn_cast<onnx::OpaqueType>(type)) {
    proto.mutable_opaque_type()->set_domain(opaque.getDomain().str());
    proto.mutable_opaque_type()->set_name(opaque.getName().str());
  }
}

/// `actual` with the names and denotations that the file has for its dimensions; a size that is known has no name.
static RankedTensorType withDims(RankedTensorType actual, Type declared) {
  auto tensor = dyn_cast_or_null<RankedTensorType>(declared);
  auto dims = tensor ? dyn_cast_or_null<onnx::DimsAttr>(tensor.getEncoding()) : onnx::DimsAttr();
  return dims && tensor.getRank() == actual.getRank()
             ? RankedTensorType::get(actual.getShape(), actual.getElementType(), dims)
             : actual;
}

void Exporter::exportValue(StringRef name, DictionaryAttr notes, Type actual, pb::ValueInfoProto &proto) {
  proto.set_name(name.str());
  auto declared = notes ? notes.getAs<TypeAttr>("type") : TypeAttr();
  Type type = declared ? declared.getValue() : Type();
  if (auto tensor = dyn_cast_or_null<RankedTensorType>(actual); tensor && tensor.hasStaticShape())
    type = withDims(tensor, type);
  if (type)
    exportType(type, *proto.mutable_type());
  if (!notes)
    return;
  if (auto doc = notes.getAs<StringAttr>("doc"))
    proto.set_doc_string(doc.str());
  if (auto denotation = notes.getAs<StringAttr>("denotation"))
    proto.mutable_type()->set_denotation(denotation.str());
  addEntries(proto, importer::field::valueMetadata, entriesOf(notes, "metadata"));
}

} // namespace fourmix::exporter
