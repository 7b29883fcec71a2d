// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Importer.h"
#include "LaterFields.h"
#include "dialects/ONNX/IR/ONNX.h"
#include "dialects/ONNX/IR/OpsetHistory.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace fourmix::importer {

Importer::Importer(MLIRContext *context, StringRef path, StringRef folder, std::shared_ptr<ParsedModel> file)
    : context(context), builder(context), path(builder.getStringAttr(path)),
      fileLoc(FileLineColLoc::get(this->path, 0, 0)), file(std::move(file)), external(folder) {
  context->loadDialect<onnx::ONNXDialect, func::FuncDialect>();
}

OwningOpRef<ModuleOp> Importer::importModel() {
  const pb::ModelProto &model = file->model;
  module = ModuleOp::create(fileLoc);
  builder.setInsertionPointToEnd(module->getBody());
  Where where{fileLoc, "model", ""};
  if (!model.has_graph())
    return where.error() << "expected an ONNX model, found a message without a graph", nullptr;
  const int64_t oldestIR = 3, newestIR = onnx::irVersionFor(onnx::newestOpset());
  if (model.ir_version() < oldestIR || model.ir_version() > newestIR)
    emitWarning(fileLoc) << "expected an IR version from " << oldestIR << " to " << newestIR << ", found "
                         << model.ir_version();

  FailureOr<OpsetImports> opsets = readOpsets(model.opset_import(), where);
  if (failed(opsets))
    return nullptr;
  modelOpsets = std::move(*opsets);
  if (modelOpsets.empty() && model.ir_version() < oldestIR)
    modelOpsets[""] = 1; // before IR version 3 there was one opset
  noteOpsets(*module, modelOpsets, model.opset_import());
  (*module)->setAttr("onnx.model_file", path);
  noteModel();

  for (const pb::FunctionProto &function : model.functions())
    localDomains.insert(function.domain());
  if (failed(importMain()))
    return nullptr;
  for (const pb::FunctionProto &function : model.functions())
    if (failed(importFunction(function)))
      return nullptr;
  return std::move(module);
}

FailureOr<OpsetImports> Importer::readOpsets(const google::protobuf::RepeatedPtrField<pb::OperatorSetIdProto> &imports,
                                             const Where &where) {
  constexpr int64_t newestMl = 5, newestTraining = 1;
  OpsetImports opsets;
  for (const pb::OperatorSetIdProto &import : imports) {
    StringRef domain = import.domain() == "ai.onnx" ? StringRef() : StringRef(import.domain());
    StringRef shown = domain.empty() ? "ai.onnx" : domain;
    if (import.version() < 1)
      return where.error() << "expected an opset of at least 1 for domain " << shown << ", found " << import.version();
    auto [other, isNew] = opsets.try_emplace(domain, import.version());
    if (!isNew && other->second != import.version())
      return where.error() << "imports domain " << shown << " twice, at opsets " << other->second << " and "
                           << import.version();
    int64_t newest = domain.empty()                         ? onnx::newestOpset()
                     : domain == "ai.onnx.ml"               ? newestMl
                     : domain == "ai.onnx.preview.training" ? newestTraining
                                                            : INT64_MAX;
    if (import.version() > newest)
      emitWarning(fileLoc) << "expected an opset of at most " << newest << " for domain " << shown << ", found "
                           << import.version() << "; operators are taken as they were at " << newest;
  }
  return opsets;
}

void Importer::noteOpsets(Operation *op, const OpsetImports &opsets,
                          const google::protobuf::RepeatedPtrField<pb::OperatorSetIdProto> &imports) {
  NamedAttrList list;
  for (const auto &entry : opsets)
    list.set(entry.first().empty() ? "ai.onnx" : entry.first(), builder.getI64IntegerAttr(entry.second));
  DictionaryAttr dict = list.getDictionary(context);
  op->setAttr("onnx.opset_imports", dict);
  // Usual is the order of the dictionary, with "" for the default domain. One that is not even set is a unit.
  SmallVector<Attribute> usual, order;
  for (NamedAttribute entry : dict)
    usual.push_back(entry.getName() == "ai.onnx" ? str("") : entry.getName());
  for (const pb::OperatorSetIdProto &import : imports)
    order.push_back(import.has_domain() ? Attribute(str(import.domain())) : builder.getUnitAttr());
  if (order != usual)
    op->setAttr("onnx.opset_order", builder.getArrayAttr(order));
}

LogicalResult Importer::importMain() {
  const pb::GraphProto &graph = file->model.graph();
  OpBuilder::InsertionGuard guard(builder);
  auto main = func::FuncOp::create(builder, locate(graph.name()), "main", builder.getFunctionType({}, {}));
  Block *block = main.addEntryBlock();
  Scope scope;
  scope.opsets = &modelOpsets;
  if (failed(importGraph(graph, scope, block)))
    return failure();
  FailureOr<SmallVector<Value>> results = importOutputs(graph, scope);
  if (failed(results))
    return failure();
  builder.setInsertionPointToEnd(block);
  func::ReturnOp::create(builder, fileLoc, *results);
  main.setType(builder.getFunctionType(block->getArgumentTypes(), ValueRange(*results).getTypes()));

  // valueNotes says `type`; for arguments it stands in the signature, and only the names of dimensions are left.
  auto noteValue = [&](const pb::ValueInfoProto &value, bool typed, auto set) {
    FailureOr<Type> type =
        importType(value.type(), Where{fileLoc, "value", value.name(), nullptr, 0, {}, /*quiet=*/true});
    set("onnx.name", str(value.name()));
    auto ranked = succeeded(type) ? dyn_cast<RankedTensorType>(*type) : RankedTensorType();
    auto dims = ranked ? dyn_cast_or_null<onnx::DimsAttr>(ranked.getEncoding()) : onnx::DimsAttr();
    if (dims && !typed) {
      set("onnx.dims", builder.getArrayAttr(SmallVector<Attribute>(dims.getNames().begin(), dims.getNames().end())));
      if (!dims.getDenotations().empty())
        set("onnx.dim_denotations",
            builder.getArrayAttr(SmallVector<Attribute>(dims.getDenotations().begin(), dims.getDenotations().end())));
    }
    typed |= succeeded(type) && isa<onnx::UnknownType>(*type);
    for (NamedAttribute note : valueNotes(value, typed && succeeded(type) ? *type : Type()))
      set(("onnx." + note.getName().strref()).str(), note.getValue());
  };
  for (auto [i, input] : llvm::enumerate(argumentsOf(graph)))
    noteValue(*input, /*typed=*/false, [&](StringRef name, Attribute value) { main.setArgAttr(i, name, value); });
  for (auto [i, output] : llvm::enumerate(graph.output()))
    noteValue(output, /*typed=*/true, [&](StringRef name, Attribute value) { main.setResultAttr(i, name, value); });
  if (graph.has_name())
    main->setAttr("onnx.graph_name", str(graph.name()));
  noteGraph(main, graph, scope);
  return success();
}

LogicalResult Importer::importFunction(const pb::FunctionProto &function) {
  std::string overload = laterString(function, field::functionOverload);
  std::string symbol = onnx::functionSymbol(function.domain(), function.name(), overload);
  Where where{locate(symbol), "function", symbol};
  if (function.name().empty())
    return where.error() << "expected a name, found an empty one";
  if (SymbolTable::lookupSymbolIn(*module, symbol))
    return where.error() << "is defined twice";
  FailureOr<OpsetImports> opsets = readOpsets(function.opset_import(), where);
  if (failed(opsets))
    return failure();

  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(module->getBody());
  auto unknown = onnx::UnknownType::get(context);
  SmallVector<Type> inputs(function.input_size(), unknown);
  auto op = func::FuncOp::create(builder, where.loc, symbol, builder.getFunctionType(inputs, {}));
  op.setPrivate();
  Block *block = op.addEntryBlock();
  builder.setInsertionPointToEnd(block);
  Scope scope;
  scope.opsets = opsets->empty() ? &modelOpsets : &*opsets;
  for (auto [name, argument] : llvm::zip(function.input(), block->getArguments()))
    if (!scope.values.try_emplace(name, argument).second)
      return where.error() << "value \"" << name << "\" is defined twice: by two inputs";
  if (failed(importNodes(function.node(), scope)))
    return failure();
  SmallVector<Value> results;
  for (const std::string &name : function.output()) {
    results.push_back(scope.lookup(name));
    if (!results.back())
      return where.error() << "use of an undefined value: expected output \"" << name
                           << "\" to be an input or an output of a node, found none of that name";
  }
  func::ReturnOp::create(builder, where.loc, results);
  op.setType(builder.getFunctionType(inputs, ValueRange(results).getTypes()));

  for (auto [i, name] : llvm::enumerate(function.input()))
    op.setArgAttr(i, "onnx.name", str(name));
  for (auto [i, name] : llvm::enumerate(function.output()))
    op.setResultAttr(i, "onnx.name", str(name));
  op->setAttr("onnx.domain", str(function.domain()));
  op->setAttr("onnx.op_type", str(function.name()));
  if (!overload.empty())
    op->setAttr("onnx.overload", str(overload));
  noteOpsets(op, *opsets, function.opset_import());
  SmallVector<StringRef> attributes(function.attribute().begin(), function.attribute().end());
  if (!attributes.empty())
    op->setAttr("onnx.attributes", builder.getStrArrayAttr(attributes));
  NamedAttrList defaults;
  google::protobuf::RepeatedPtrField<pb::AttributeProto> protos;
  for (const std::string &bytes : laterMessages(function, field::functionAttributeDefaults)) {
    pb::AttributeProto &proto = file->attributes.emplace_back();
    if (!proto.ParseFromString(bytes) || proto.name().empty())
      return where.error() << "expected an attribute as the default of one, found " << bytes.size() << " other bytes";
    FailureOr<Attribute> value = importAttribute(proto, where);
    if (failed(value))
      return failure();
    defaults.set(proto.name(), *value);
    *protos.Add() = proto;
  }
  noteAttributes(op, protos);
  if (!defaults.empty())
    op->setAttr("onnx.attribute_defaults", defaults.getDictionary(context));
  if (function.has_doc_string())
    op->setAttr("onnx.doc", str(function.doc_string()));
  noteEntries(op, "onnx.metadata", laterEntries(function, field::functionMetadata));
  noteUnknown(op, function, {field::functionAttributeDefaults, field::functionOverload, field::functionMetadata});
  return success();
}

} // namespace fourmix::importer
