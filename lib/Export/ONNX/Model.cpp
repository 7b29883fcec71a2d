// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Exporter.h"
#include "dialects/ONNX/IR/OpsetHistory.h"
#include "lib/Import/ONNX/LaterFields.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace fourmix::exporter {

/// The notes on an argument or a result, under their names without `onnx.`, with the declared type in one piece.
static DictionaryAttr notesOf(DictionaryAttr attrs, Type signature, MLIRContext *context) {
  NamedAttrList notes;
  for (NamedAttribute attr : attrs ? attrs.getValue() : ArrayRef<NamedAttribute>())
    if (StringRef name = attr.getName(); name.consume_front("onnx."))
      notes.set(name, attr.getValue());
  if (!signature || isa<onnx::UnknownType>(signature))
    return notes.getDictionary(context);
  auto tensor = dyn_cast<RankedTensorType>(signature);
  auto strings = [&](StringRef name) {
    SmallVector<StringAttr> list;
    for (StringRef string : stringsOf(notes.get(name)))
      list.push_back(StringAttr::get(context, string));
    return tensor && static_cast<int64_t>(list.size()) == tensor.getRank() ? list : SmallVector<StringAttr>();
  };
  SmallVector<StringAttr> names = strings("dims"), denotations = strings("dim_denotations");
  if (!names.empty())
    signature = RankedTensorType::get(tensor.getShape(), tensor.getElementType(),
                                      onnx::DimsAttr::get(context, names, denotations));
  notes.set("type", TypeAttr::get(signature));
  return notes.getDictionary(context);
}

LogicalResult Exporter::exportModel(pb::ModelProto &model) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main || main.isExternal() || !main.getBody().hasOneBlock())
    return module.emitError("expected a function @main of one block, found none");
  FailureOr<OpsetImports> imports = readOpsets(module);
  if (failed(imports))
    return failure();
  modelOpsets = std::move(*imports);
  exportHeader(model);
  exportOpsets(module, modelOpsets, *model.mutable_opset_import());
  for (auto function : module.getOps<func::FuncOp>())
    if (auto domain = function->getAttrOfType<StringAttr>("onnx.domain"))
      localDomains.insert(domain.getValue());
  if (failed(exportMain(main, *model.mutable_graph())))
    return failure();
  for (auto function : module.getOps<func::FuncOp>())
    if (function != main && failed(exportFunction(function, *model.add_functions())))
      return failure();
  if (auto unknown = module->getAttrOfType<StringAttr>("onnx.unknown_fields"))
    importer::addUnknownFields(model, unknown.getValue());
  return success();
}

void Exporter::exportHeader(pb::ModelProto &model) {
  auto text = [&](StringRef name, auto set) {
    if (auto value = module->getAttrOfType<StringAttr>(name))
      set(value.str());
  };
  auto number = [&](StringRef name, auto set) {
    if (auto value = module->getAttrOfType<IntegerAttr>(name))
      set(value.getInt());
  };
  if (!module->hasAttr("onnx.opset_imports"))
    model.set_ir_version(onnx::irVersionFor(modelOpsets.lookup("")));
  number("onnx.ir_version", [&](int64_t value) { model.set_ir_version(value); });
  number("onnx.model_version", [&](int64_t value) { model.set_model_version(value); });
  text("onnx.producer_name", [&](const std::string &value) { model.set_producer_name(value); });
  text("onnx.producer_version", [&](const std::string &value) { model.set_producer_version(value); });
  text("onnx.domain", [&](const std::string &value) { model.set_domain(value); });
  text("onnx.doc", [&](const std::string &value) { model.set_doc_string(value); });
  for (auto [key, value] : entriesOf(module->getAttrDictionary(), "onnx.metadata")) {
    pb::StringStringEntryProto *entry = model.add_metadata_props();
    entry->set_key(key.str());
    entry->set_value(value.str());
  }
  if (auto training = module->getAttrOfType<ArrayAttr>("onnx.training_info"))
    for (StringRef info : stringsOf(training))
      model.add_training_info()->ParseFromString(info.str());
}

FailureOr<OpsetImports> Exporter::readOpsets(Operation *op) {
  OpsetImports imports;
  if (auto dict = op->getAttrOfType<DictionaryAttr>("onnx.opset_imports")) {
    for (NamedAttribute entry : dict) {
      auto version = dyn_cast<IntegerAttr>(entry.getValue());
      if (!version)
        return op->emitError("expected a number as the opset of ") << entry.getName() << ", found " << entry.getValue();
      imports[entry.getName() == "ai.onnx" ? StringRef() : entry.getName().strref()] = version.getInt();
    }
    return imports;
  }
  // A module that is from no file: its nodes say it.
  WalkResult walk = op->walk([&](onnx::NodeOp node) {
    auto [known, isNew] = imports.try_emplace(node.getDomain(), node.getVersion());
    if (isNew || known->second == static_cast<int64_t>(node.getVersion()))
      return WalkResult::advance();
    node.emitNodeError() << "expected one opset per domain, found another node at opset " << known->second;
    return WalkResult::interrupt();
  });
  if (walk.wasInterrupted())
    return failure();
  return imports;
}

void Exporter::exportOpsets(Operation *op, const OpsetImports &opsets,
                            google::protobuf::RepeatedPtrField<pb::OperatorSetIdProto> &imports) {
  llvm::StringSet<> seen;
  auto add = [&](StringRef spelt, bool isSet = true) {
    StringRef domain = spelt == "ai.onnx" ? StringRef() : spelt;
    auto known = opsets.find(domain);
    if (known == opsets.end())
      return;
    seen.insert(domain);
    pb::OperatorSetIdProto *import = imports.Add();
    if (isSet)
      import->set_domain(spelt.str());
    import->set_version(known->second);
  };
  if (auto order = op->getAttrOfType<ArrayAttr>("onnx.opset_order"))
    for (Attribute domain : order) {
      auto spelt = dyn_cast<StringAttr>(domain);
      add(spelt ? spelt.getValue() : StringRef(), spelt != nullptr);
    }
  SmallVector<StringRef> others;
  for (StringRef domain : opsets.keys())
    if (!seen.contains(domain))
      others.push_back(domain);
  // As in a dictionary, where the default domain is called ai.onnx.
  llvm::sort(others,
             [](StringRef a, StringRef b) { return (a.empty() ? "ai.onnx" : a) < (b.empty() ? "ai.onnx" : b); });
  for (StringRef domain : others)
    add(domain);
}

LogicalResult Exporter::exportMain(func::FuncOp main, pb::GraphProto &graph) {
  opsets = &modelOpsets;
  names.emplace(main);
  if (auto name = main->getAttrOfType<StringAttr>("onnx.graph_name"))
    graph.set_name(name.str());
  else if (!module->hasAttr("onnx.opset_imports"))
    graph.set_name("main"); // checkers want one
  for (BlockArgument argument : main.getArguments()) {
    DictionaryAttr notes =
        notesOf(main.getArgAttrDict(argument.getArgNumber()), argument.getType(), module.getContext());
    exportValue(names->of(argument), notes, argument.getType(), *graph.add_input());
  }
  if (failed(exportBlock(main.front(), graph)) || failed(exportOutputs(main, graph)))
    return failure();
  exportGraphNotes(main, main.front(), graph);
  return success();
}

LogicalResult Exporter::exportOutputs(func::FuncOp main, pb::GraphProto &graph) {
  for (auto [i, value] : llvm::enumerate(main.front().getTerminator()->getOperands())) {
    std::string name = outputName(main.front(), i).str();
    if (name.empty())
      name = names->of(value).str();
    else if (name != names->of(value))
      exportIdentity(value, name, graph);
    DictionaryAttr notes = notesOf(main.getResultAttrDict(i), Type(), module.getContext());
    // What an argument is stands at the input already.
    bool untyped = isa<BlockArgument>(value) && !notes.get("type");
    exportValue(name, notes, untyped ? Type() : value.getType(), *graph.add_output());
  }
  return success();
}

LogicalResult Exporter::exportFunction(func::FuncOp function, pb::FunctionProto &proto) {
  auto domain = function->getAttrOfType<StringAttr>("onnx.domain");
  auto name = function->getAttrOfType<StringAttr>("onnx.op_type");
  if (!domain || !name || function.isExternal() || !function.getBody().hasOneBlock())
    return function.emitError("expected a function of one block with the attributes onnx.domain and onnx.op_type");
  FailureOr<OpsetImports> imports = readOpsets(function);
  if (failed(imports))
    return failure();
  opsets = imports->empty() ? &modelOpsets : &*imports;
  names.emplace(function);
  proto.set_domain(domain.str());
  proto.set_name(name.str());
  exportOpsets(function, *imports, *proto.mutable_opset_import());
  for (BlockArgument argument : function.getArguments())
    proto.add_input(names->of(argument).str());
  pb::GraphProto body;
  if (failed(exportBlock(function.front(), body)))
    return failure();
  for (auto [i, value] : llvm::enumerate(function.front().getTerminator()->getOperands())) {
    StringRef output = outputName(function.front(), i);
    if (!output.empty() && output != names->of(value))
      exportIdentity(value, output, body);
    proto.add_output((output.empty() ? names->of(value) : output).str());
  }
  // A function has no initializers.
  for (pb::TensorProto &tensor : *body.mutable_initializer()) {
    pb::NodeProto &constant = *proto.add_node();
    constant.set_op_type("Constant");
    constant.add_output(tensor.name());
    pb::AttributeProto &value = *constant.add_attribute();
    value.set_name("value");
    value.set_type(pb::AttributeProto::TENSOR);
    *value.mutable_t() = std::move(tensor);
  }
  for (pb::NodeProto &node : *body.mutable_node())
    *proto.add_node() = std::move(node);

  for (StringRef attribute : stringsOf(function->getAttr("onnx.attributes")))
    proto.add_attribute(attribute.str());
  auto defaults = function->getAttrOfType<DictionaryAttr>("onnx.attribute_defaults");
  SmallVector<StringRef> order;
  for (NamedAttribute attr : defaults ? defaults.getValue() : ArrayRef<NamedAttribute>())
    order.push_back(attr.getName());
  if (Attribute noted = function->getAttr("onnx.attr_order"))
    order = stringsOf(noted);
  for (StringRef attr : order) {
    pb::AttributeProto attribute;
    Attribute value = defaults ? defaults.get(attr) : Attribute();
    if (value && failed(exportAttribute(function, attr, value, attribute)))
      return failure();
    if (value)
      importer::addLaterMessage(proto, importer::field::functionAttributeDefaults, attribute);
  }
  if (auto doc = function->getAttrOfType<StringAttr>("onnx.doc"))
    proto.set_doc_string(doc.str());
  if (auto overload = function->getAttrOfType<StringAttr>("onnx.overload"))
    importer::setLaterString(proto, importer::field::functionOverload, overload.getValue());
  addEntries(proto, importer::field::functionMetadata,
             entriesOf(function->getDiscardableAttrDictionary(), "onnx.metadata"));
  if (auto unknown = function->getAttrOfType<StringAttr>("onnx.unknown_fields"))
    importer::addUnknownFields(proto, unknown.getValue());
  return success();
}

} // namespace fourmix::exporter
