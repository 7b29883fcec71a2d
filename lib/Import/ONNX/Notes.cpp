// What a file says beyond its meaning: documentation, declared types, how tensors are stored. It becomes discardable
// attributes `onnx.*`, which go with the op they describe, so that an export can say it again.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Importer.h"
#include "LaterFields.h"
#include "dialects/ONNX/IR/ONNX.h"

using namespace mlir;

namespace fourmix::importer {

/// The entries of a repeated StringStringEntryProto that is in every schema.
static std::vector<std::pair<std::string, std::string>>
pairsOf(const google::protobuf::RepeatedPtrField<pb::StringStringEntryProto> &entries) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const pb::StringStringEntryProto &entry : entries)
    pairs.emplace_back(entry.key(), entry.value());
  return pairs;
}

void Importer::noteEntries(NamedAttrList &notes, StringRef name, ArrayRef<std::pair<std::string, std::string>> pairs) {
  DictionaryAttr dict = entries(pairs);
  if (dict.empty())
    return;
  notes.set(name, dict);
  SmallVector<StringRef> order;
  for (const auto &[key, value] : pairs)
    order.push_back(key);
  if (!llvm::is_sorted(order))
    notes.set((name + "_order").str(), builder.getStrArrayAttr(order));
}

void Importer::noteEntries(Operation *op, StringRef name, ArrayRef<std::pair<std::string, std::string>> pairs) {
  NamedAttrList notes;
  noteEntries(notes, name, pairs);
  for (NamedAttribute note : notes)
    op->setAttr(note.getName(), note.getValue());
}

DictionaryAttr Importer::tensorNotes(const pb::TensorProto &tensor) {
  NamedAttrList notes;
  if (tensor.has_doc_string())
    notes.set("doc", str(tensor.doc_string()));
  noteEntries(notes, "metadata", laterEntries(tensor, field::tensorMetadata));
  if (tensor.data_location() == pb::TensorProto::EXTERNAL)
    notes.set("external", entries(pairsOf(tensor.external_data())));
  else if (!tensor.has_raw_data() && tensor.data_type() != pb::TensorProto::STRING)
    notes.set("typed", builder.getUnitAttr());
  return notes.getDictionary(context);
}

SmallVector<NamedAttribute> Importer::valueNotes(const pb::ValueInfoProto &value, Type declared) {
  NamedAttrList notes;
  if (declared && (value.has_type() || !isa<onnx::UnknownType>(declared)))
    notes.set("type", TypeAttr::get(declared));
  if (value.has_doc_string())
    notes.set("doc", str(value.doc_string()));
  if (!value.type().denotation().empty())
    notes.set("denotation", str(value.type().denotation()));
  noteEntries(notes, "metadata", laterEntries(value, field::valueMetadata));
  return SmallVector<NamedAttribute>(notes.getAttrs());
}

void Importer::noteValues(Operation *op, const google::protobuf::RepeatedPtrField<std::string> &names,
                          const Scope &scope) {
  SmallVector<Attribute> declared;
  bool any = false;
  for (const std::string &name : names) {
    auto known = scope.declared.find(name);
    declared.push_back(builder.getDictionaryAttr({}));
    if (name.empty() || known == scope.declared.end())
      continue;
    FailureOr<Type> type =
        importType(known->second->type(), Where{fileLoc, "value", name, nullptr, 0, {}, /*quiet=*/true});
    declared.back() = builder.getDictionaryAttr(valueNotes(*known->second, succeeded(type) ? *type : Type()));
    if (declared.back() == builder.getDictionaryAttr({})) // declared, if only by its name
      declared.back() = builder.getDictionaryAttr(builder.getNamedAttr("declared", builder.getUnitAttr()));
    any = true;
  }
  if (any)
    op->setAttr("onnx.value_info", builder.getArrayAttr(declared));
}

void Importer::noteTensor(NamedAttrList &all, StringRef key, const pb::TensorProto &tensor, StringRef expectedName) {
  NamedAttrList notes(tensorNotes(tensor));
  if (tensor.has_name() && (expectedName.empty() || tensor.name() != expectedName))
    notes.set("name", str(tensor.name()));
  if (!notes.empty())
    all.set(key, notes.getDictionary(context));
}

void Importer::noteSparse(NamedAttrList &all, StringRef key, const pb::SparseTensorProto &tensor,
                          StringRef expectedName) {
  noteTensor(all, (key + ".values").str(), tensor.values(), expectedName);
  noteTensor(all, (key + ".indices").str(), tensor.indices());
}

void Importer::noteAttributes(Operation *op, const google::protobuf::RepeatedPtrField<pb::AttributeProto> &attributes) {
  NamedAttrList docs, types, tensors;
  SmallVector<StringRef> order;
  for (const pb::AttributeProto &attribute : attributes) {
    order.push_back(attribute.name());
    if (attribute.has_doc_string())
      docs.set(attribute.name(), str(attribute.doc_string()));
    bool empty = attribute.floats().empty() && attribute.ints().empty() && attribute.strings().empty() &&
                 attribute.tensors().empty() && attribute.graphs().empty() && attribute.sparse_tensors().empty() &&
                 attribute.type_protos().empty();
    // An empty array does not show of what, nor a region whether it stands alone or in a list.
    bool isList = (attribute.type() >= pb::AttributeProto::FLOATS && attribute.type() <= pb::AttributeProto::GRAPHS) ||
                  attribute.type() == pb::AttributeProto::SPARSE_TENSORS ||
                  attribute.type() == pb::AttributeProto::TYPE_PROTOS;
    bool untyped = attribute.type() == pb::AttributeProto::UNDEFINED; // before IR version 2
    if (attribute.ref_attr_name().empty() &&
        ((isList && empty) || untyped || attribute.type() == pb::AttributeProto::GRAPHS))
      types.set(attribute.name(), str(StringRef(pb::AttributeProto::AttributeType_Name(attribute.type())).lower()));
    if (attribute.has_t())
      noteTensor(tensors, attribute.name(), attribute.t());
    if (attribute.has_sparse_tensor())
      noteSparse(tensors, attribute.name(), attribute.sparse_tensor());
    auto item = [&](int i) { return attribute.name() + "[" + std::to_string(i) + "]"; };
    for (auto [i, tensor] : llvm::enumerate(attribute.tensors()))
      noteTensor(tensors, item(i), tensor);
    for (auto [i, tensor] : llvm::enumerate(attribute.sparse_tensors()))
      noteSparse(tensors, item(i), tensor);
  }
  if (!docs.empty())
    op->setAttr("onnx.attr_docs", docs.getDictionary(context));
  if (!types.empty())
    op->setAttr("onnx.attr_types", types.getDictionary(context));
  if (!tensors.empty())
    op->setAttr("onnx.tensors", tensors.getDictionary(context));
  if (!llvm::is_sorted(order))
    op->setAttr("onnx.attr_order", builder.getStrArrayAttr(order));
}

void Importer::noteGraph(Operation *op, const pb::GraphProto &graph, const Scope &scope) {
  if (graph.has_doc_string())
    op->setAttr("onnx.doc", str(graph.doc_string()));
  noteEntries(op, "onnx.metadata", laterEntries(graph, field::graphMetadata));
  SmallVector<Attribute> quantization;
  for (const pb::TensorAnnotation &annotation : graph.quantization_annotation()) {
    NamedAttrList notes;
    notes.set("tensor", str(annotation.tensor_name()));
    noteEntries(notes, "parameters", pairsOf(annotation.quant_parameter_tensor_names()));
    quantization.push_back(notes.getDictionary(context));
  }
  if (!quantization.empty())
    op->setAttr("onnx.quantization", builder.getArrayAttr(quantization));

  // What is declared about values that no node computes; the rest stands on the nodes.
  llvm::StringSet<> computed;
  for (const pb::NodeProto &node : graph.node())
    for (const std::string &name : node.output())
      computed.insert(name);
  NamedAttrList others;
  for (const pb::ValueInfoProto &value : graph.value_info()) {
    if (value.name().empty() || computed.contains(value.name()))
      continue;
    FailureOr<Type> type =
        importType(value.type(), Where{fileLoc, "value", value.name(), nullptr, 0, {}, /*quiet=*/true});
    others.set(value.name(), builder.getDictionaryAttr(valueNotes(value, succeeded(type) ? *type : Type())));
  }
  // The order of export: these by name, then those of the nodes. Any other is a note.
  SmallVector<StringRef> usual, order;
  DictionaryAttr otherValues = others.getDictionary(context);
  for (NamedAttribute value : otherValues)
    usual.push_back(value.getName());
  Block *block = isa<onnx::YieldOp>(op) ? op->getBlock() : &op->getRegion(0).front();
  for (auto node : block->getOps<onnx::NodeOp>())
    if (node->hasAttr("onnx.value_info"))
      for (StringAttr name : node.getOutputNamesAttr().getAsRange<StringAttr>())
        if (scope.declared.contains(name))
          usual.push_back(name);
  for (const pb::ValueInfoProto &value : graph.value_info())
    order.push_back(value.name());
  if (!otherValues.empty())
    op->setAttr("onnx.value_info", otherValues);
  if (order != usual)
    op->setAttr("onnx.value_info_order", builder.getStrArrayAttr(order));
  // Results carry what is declared about the outputs.
  SmallVector<Attribute> outputs;
  bool noted = false;
  for (const pb::ValueInfoProto &output : graph.output()) {
    FailureOr<Type> type =
        importType(output.type(), Where{fileLoc, "output", output.name(), nullptr, 0, {}, /*quiet=*/true});
    outputs.push_back(builder.getDictionaryAttr(valueNotes(output, succeeded(type) ? *type : Type())));
    noted |= !cast<DictionaryAttr>(outputs.back()).empty();
  }
  if (noted && isa<onnx::YieldOp>(op))
    op->setAttr("onnx.outputs", builder.getArrayAttr(outputs));
  noteUnknown(op, graph, {field::graphMetadata});
}

void Importer::noteModel() {
  const pb::ModelProto &model = file->model;
  auto note = [&](StringRef name, bool present, Attribute value) {
    if (present)
      (*module)->setAttr(("onnx." + name).str(), value);
  };
  note("ir_version", model.has_ir_version(), builder.getI64IntegerAttr(model.ir_version()));
  note("producer_name", model.has_producer_name(), str(model.producer_name()));
  note("producer_version", model.has_producer_version(), str(model.producer_version()));
  note("domain", model.has_domain(), str(model.domain()));
  note("model_version", model.has_model_version(), builder.getI64IntegerAttr(model.model_version()));
  note("doc", model.has_doc_string(), str(model.doc_string()));
  noteEntries(*module, "onnx.metadata", pairsOf(model.metadata_props()));
  // Training is not what we compile; its graphs stay as the bytes they are.
  SmallVector<Attribute> training;
  for (const pb::TrainingInfoProto &info : model.training_info())
    training.push_back(str(info.SerializeAsString()));
  note("training_info", !training.empty(), builder.getArrayAttr(training));
  noteUnknown(*module, model, {});
}

void Importer::noteUnknown(Operation *op, const google::protobuf::Message &message, ArrayRef<int> known) {
  if (std::string bytes = otherUnknownFields(message, known); !bytes.empty())
    op->setAttr("onnx.unknown_fields", str(bytes));
}

} // namespace fourmix::importer
