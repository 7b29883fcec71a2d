// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Importer.h"
#include "LaterFields.h"
#include "dialects/ONNX/IR/ONNX.h"

using namespace mlir;

namespace fourmix::importer {

Value Scope::lookup(StringRef name) const {
  for (const Scope *scope = this; scope; scope = scope->parent)
    if (auto known = scope->values.find(name); known != scope->values.end())
      return known->second;
  return {};
}

SmallVector<const pb::ValueInfoProto *> Importer::argumentsOf(const pb::GraphProto &graph) {
  llvm::StringSet<> initialized;
  for (const pb::TensorProto &initializer : graph.initializer())
    initialized.insert(initializer.name());
  for (const pb::SparseTensorProto &initializer : graph.sparse_initializer())
    initialized.insert(initializer.values().name());
  SmallVector<const pb::ValueInfoProto *> arguments;
  for (const pb::ValueInfoProto &input : graph.input())
    if (!initialized.contains(input.name()))
      arguments.push_back(&input);
  return arguments;
}

LogicalResult Importer::importGraph(const pb::GraphProto &graph, Scope &scope, Block *block) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(block);
  for (const pb::ValueInfoProto &value : graph.value_info())
    scope.declared[value.name()] = &value;
  if (failed(importInputs(graph, scope, block)) || failed(importInitializers(graph, scope)))
    return failure();
  return importNodes(graph.node(), scope);
}

LogicalResult Importer::importInputs(const pb::GraphProto &graph, Scope &scope, Block *block) {
  llvm::StringSet<> seen;
  for (const pb::ValueInfoProto &input : graph.input()) {
    Where where{locate(input.name()), "input", input.name()};
    if (input.name().empty())
      return where.error() << "expected a name, found an empty one";
    if (!seen.insert(input.name()).second)
      return where.error() << "value \"" << input.name() << "\" is defined twice: by two inputs of the graph";
  }
  for (const pb::ValueInfoProto *input : argumentsOf(graph)) {
    FailureOr<Type> type = importType(input->type(), Where{locate(input->name()), "input", input->name()});
    if (failed(type))
      return failure();
    if (auto ranked = dyn_cast<RankedTensorType>(*type)) // the names of its dimensions are notes of the argument
      type = RankedTensorType::get(ranked.getShape(), ranked.getElementType());
    scope.values[input->name()] = block->addArgument(*type, locate(input->name()));
  }
  return success();
}

LogicalResult Importer::importInitializers(const pb::GraphProto &graph, Scope &scope) {
  llvm::StringMap<int> inputIndex;
  for (auto [i, input] : llvm::enumerate(graph.input()))
    inputIndex[input.name()] = i;
  // Before IR version 4 every initializer is an input too, the default of which it is; it is compiled as a constant.
  auto noteInput = [&](Operation *op, StringRef name) {
    auto known = inputIndex.find(name);
    if (known == inputIndex.end())
      return;
    const pb::ValueInfoProto &input = graph.input(known->second);
    FailureOr<Type> type = importType(input.type(), Where{fileLoc, "input", name, nullptr, 0, {}, /*quiet=*/true});
    NamedAttrList notes(valueNotes(input, succeeded(type) ? *type : Type()));
    notes.set("index", builder.getI64IntegerAttr(known->second));
    op->setAttr("onnx.input", notes.getDictionary(context));
  };
  auto define = [&](StringRef name, Value value) -> LogicalResult {
    if (!scope.values.try_emplace(name, value).second)
      return Where{locate(name), "initializer", name}.error()
             << "value \"" << name << "\" is defined twice: by two initializers";
    return success();
  };

  for (const pb::TensorProto &initializer : graph.initializer()) {
    StringRef name = initializer.name();
    Where where{locate(name), "initializer", name};
    if (name.empty())
      return where.error() << "expected a name, found an empty one";
    FailureOr<ElementsAttr> value = importTensor(initializer, name, where);
    if (failed(value))
      return failure();
    auto constant = onnx::ConstantOp::create(builder, where.loc, *value, str(name));
    if (DictionaryAttr notes = tensorNotes(initializer); !notes.empty())
      constant->setAttr("onnx.tensor", notes);
    noteInput(constant, name);
    if (failed(define(name, constant)))
      return failure();
  }
  // A sparse initializer is what a Constant node with a sparse value is: a dense tensor, written down sparsely.
  for (const pb::SparseTensorProto &initializer : graph.sparse_initializer()) {
    StringRef name = initializer.values().name();
    Where where{locate(name), "sparse initializer", name};
    if (name.empty())
      return where.error() << "expected a name, found an empty one";
    FailureOr<Attribute> value = importSparse(initializer, name, where);
    if (failed(value))
      return failure();
    auto dict = builder.getDictionaryAttr(builder.getNamedAttr("sparse_value", *value));
    constexpr int64_t sparseConstantSince = 11;
    auto node = onnx::NodeOp::create(builder, where.loc, TypeRange{onnx::UnknownType::get(context)}, str("Constant"),
                                     str(""), builder.getI64IntegerAttr(sparseConstantSince), ValueRange{},
                                     StringAttr(), builder.getStrArrayAttr({name}), dict, ArrayAttr(), DictionaryAttr(),
                                     StringAttr(), StringAttr(), /*graphsCount=*/0);
    node->setAttr("onnx.initializer", builder.getUnitAttr());
    NamedAttrList tensors;
    noteSparse(tensors, "sparse_value", initializer, name);
    if (!tensors.empty())
      node->setAttr("onnx.tensors", tensors.getDictionary(context));
    noteInput(node, name);
    if (failed(define(name, node.getResult(0))))
      return failure();
  }
  return success();
}

LogicalResult Importer::importNodes(const Nodes &nodes, Scope &scope) {
  FailureOr<SmallVector<int>> order = orderNodes(nodes, scope);
  if (failed(order))
    return failure();
  for (int i : *order)
    if (failed(importNode(nodes.Get(i), scope)))
      return failure();
  return success();
}

FailureOr<SmallVector<Value>> Importer::importOutputs(const pb::GraphProto &graph, Scope &scope) {
  SmallVector<Value> results;
  for (const pb::ValueInfoProto &output : graph.output()) {
    Where where{locate(output.name()), "output", output.name()};
    Value value = scope.lookup(output.name());
    if (!value)
      return where.error() << "use of an undefined value: expected \"" << output.name()
                           << "\" to be an input, an initializer or an output of a node, found none of that name";
    results.push_back(value);
  }
  return results;
}

LogicalResult Importer::importSubgraph(const pb::GraphProto &graph, Scope &scope, Region &region, const Where &where) {
  // Deeper than any real model; everything after us recurses over regions.
  constexpr unsigned maxDepth = 64;
  Scope inner;
  inner.parent = &scope;
  inner.opsets = scope.opsets;
  inner.depth = scope.depth + 1;
  if (inner.depth > maxDepth)
    return where.error() << "expected subgraphs nested at most " << maxDepth << " deep, found more";
  Block *block = &region.emplaceBlock();
  if (failed(importGraph(graph, inner, block)))
    return failure();
  FailureOr<SmallVector<Value>> results = importOutputs(graph, inner);
  if (failed(results))
    return failure();

  SmallVector<Attribute> inputNames, outputNames, inputNotes;
  bool noted = false;
  for (const pb::ValueInfoProto *input : argumentsOf(graph)) {
    inputNames.push_back(str(input->name()));
    FailureOr<Type> type = importType(input->type(), Where{fileLoc, "input", input->name(), nullptr, 0, {}, true});
    SmallVector<NamedAttribute> notes = valueNotes(*input, succeeded(type) ? *type : Type());
    noted |= !notes.empty();
    inputNotes.push_back(builder.getDictionaryAttr(notes));
  }
  for (const pb::ValueInfoProto &output : graph.output())
    outputNames.push_back(str(output.name()));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(block);
  auto yield = onnx::YieldOp::create(builder, locate(graph.name()), *results,
                                     graph.has_name() ? str(graph.name()) : StringAttr(),
                                     builder.getArrayAttr(inputNames), builder.getArrayAttr(outputNames));
  if (noted)
    yield->setAttr("onnx.inputs", builder.getArrayAttr(inputNotes));
  noteGraph(yield, graph, inner);
  return success();
}

} // namespace fourmix::importer
