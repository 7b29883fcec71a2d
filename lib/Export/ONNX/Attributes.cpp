// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Exporter.h"
#include "lib/Import/ONNX/LaterFields.h"

using namespace mlir;

namespace fourmix::exporter {

using Kind = pb::AttributeProto;

/// The AttributeType that is spelt `kind` in lower case, as onnx.ref and the notes have it.
static pb::AttributeProto::AttributeType kindNamed(StringRef kind) {
  pb::AttributeProto::AttributeType type = Kind::UNDEFINED;
  pb::AttributeProto::AttributeType_Parse(kind.upper(), &type);
  return type;
}

LogicalResult Exporter::exportSparse(Operation *op, onnx::SparseAttr value, StringRef key, DictionaryAttr notes,
                                     pb::SparseTensorProto &proto) {
  for (auto [suffix, elements, tensor] : {std::tuple(".values", value.getValues(), proto.mutable_values()),
                                          std::tuple(".indices", value.getIndices(), proto.mutable_indices())}) {
    auto about = notes ? notes.getAs<DictionaryAttr>((key + suffix).str()) : DictionaryAttr();
    if (failed(exportTensor(op, elements, about, *tensor)))
      return failure();
    if (about && about.get("name"))
      tensor->set_name(stringOf(about, "name").str());
  }
  for (int64_t size : value.getDims())
    proto.add_dims(size);
  return success();
}

LogicalResult Exporter::exportAttribute(Operation *op, StringRef name, Attribute value, pb::AttributeProto &proto) {
  auto docs = op->getAttrOfType<DictionaryAttr>("onnx.attr_docs");
  auto tensors = op->getAttrOfType<DictionaryAttr>("onnx.tensors");
  StringRef noted = stringOf(op->getAttrOfType<DictionaryAttr>("onnx.attr_types"), name);
  proto.set_name(name.str());
  if (docs && docs.get(name))
    proto.set_doc_string(stringOf(docs, name).str());
  auto kind = [&](pb::AttributeProto::AttributeType type) {
    if (noted != "undefined")
      proto.set_type(type);
  };
  auto tensor = [&](ElementsAttr elements, StringRef key, pb::TensorProto &into) -> LogicalResult {
    auto about = tensors ? tensors.getAs<DictionaryAttr>(key) : DictionaryAttr();
    if (about && about.get("name"))
      into.set_name(stringOf(about, "name").str());
    return exportTensor(op, elements, about, into);
  };

  if (auto reference = dyn_cast<onnx::RefAttr>(value)) {
    proto.set_ref_attr_name(reference.getName().str());
    if (auto type = kindNamed(reference.getKind()); type != Kind::UNDEFINED)
      proto.set_type(type);
    return success();
  }
  if (auto integer = dyn_cast<IntegerAttr>(value)) {
    kind(Kind::INT);
    proto.set_i(integer.getType().isInteger(1) ? integer.getValue().getZExtValue() : integer.getInt());
    return success();
  }
  if (auto real = dyn_cast<FloatAttr>(value)) {
    kind(Kind::FLOAT);
    proto.set_f(real.getType().isF32() ? real.getValue().convertToFloat()
                                       : static_cast<float>(real.getValueAsDouble()));
    return success();
  }
  if (auto text = dyn_cast<StringAttr>(value)) {
    kind(Kind::STRING);
    proto.set_s(text.str());
    return success();
  }
  if (auto elements = dyn_cast<ElementsAttr>(value)) {
    kind(Kind::TENSOR);
    return tensor(elements, name, *proto.mutable_t());
  }
  if (auto sparse = dyn_cast<onnx::SparseAttr>(value)) {
    kind(Kind::SPARSE_TENSOR);
    return exportSparse(op, sparse, name, tensors, *proto.mutable_sparse_tensor());
  }
  if (auto type = dyn_cast<TypeAttr>(value)) {
    kind(Kind::TYPE_PROTO);
    exportType(type.getValue(), *proto.mutable_tp());
    return success();
  }

  auto array = dyn_cast<ArrayAttr>(value);
  if (!array)
    return error(op) << "attribute \"" << name << "\" has no counterpart in ONNX: " << value;
  if (array.empty()) // it does not show of what
    kind(noted.empty() ? Kind::INTS : kindNamed(noted));
  for (auto [i, element] : llvm::enumerate(array)) {
    std::string key = (name + "[" + llvm::Twine(i) + "]").str();
    pb::AttributeProto::AttributeType type = Kind::UNDEFINED;
    if (auto integer = dyn_cast<IntegerAttr>(element)) {
      type = Kind::INTS;
      proto.add_ints(integer.getInt());
    } else if (auto real = dyn_cast<FloatAttr>(element); real && real.getType().isF32()) {
      type = Kind::FLOATS;
      proto.add_floats(real.getValue().convertToFloat());
    } else if (auto text = dyn_cast<StringAttr>(element)) {
      type = Kind::STRINGS;
      proto.add_strings(text.str());
    } else if (auto elements = dyn_cast<ElementsAttr>(element)) {
      type = Kind::TENSORS;
      if (failed(tensor(elements, key, *proto.add_tensors())))
        return failure();
    } else if (auto sparse = dyn_cast<onnx::SparseAttr>(element)) {
      type = Kind::SPARSE_TENSORS;
      if (failed(exportSparse(op, sparse, key, tensors, *proto.add_sparse_tensors())))
        return failure();
    } else if (auto typeAttr = dyn_cast<TypeAttr>(element)) {
      type = Kind::TYPE_PROTOS;
      exportType(typeAttr.getValue(), *proto.add_type_protos());
    }
    if (type == Kind::UNDEFINED || (i && proto.type() != Kind::UNDEFINED && type != proto.type()))
      return error(op) << "attribute \"" << name << "\" has no counterpart in ONNX: element " << i << " is " << element;
    kind(type);
  }
  return success();
}

} // namespace fourmix::exporter
