// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Exporter.h"
#include "lib/Import/ONNX/LaterFields.h"
#include <map>

using namespace mlir;

namespace fourmix::exporter {

LogicalResult Exporter::exportConstant(onnx::ConstantOp constant, pb::GraphProto &graph) {
  pb::TensorProto &tensor = *graph.add_initializer();
  tensor.set_name(names->of(constant.getResult()).str());
  return exportTensor(constant, constant.getValue(), constant->getAttrOfType<DictionaryAttr>("onnx.tensor"), tensor);
}

LogicalResult Exporter::exportSparseInitializer(onnx::NodeOp node, pb::GraphProto &graph) {
  auto value = dyn_cast_or_null<onnx::SparseAttr>(node.getNodeAttr("sparse_value"));
  if (!value)
    return node.emitNodeError() << "expected a sparse tensor as the value of an initializer, found none";
  pb::SparseTensorProto &tensor = *graph.add_sparse_initializer();
  if (failed(exportSparse(node, value, "sparse_value", node->getAttrOfType<DictionaryAttr>("onnx.tensors"), tensor)))
    return failure();
  tensor.mutable_values()->set_name(names->of(node.getResult(0)).str());
  return success();
}

LogicalResult Exporter::exportBlock(Block &block, pb::GraphProto &graph) {
  // Initializers that are inputs, too, stand among those at a place of their own.
  std::multimap<int64_t, pb::ValueInfoProto> defaults;
  for (Operation &op : block.without_terminator()) {
    auto node = dyn_cast<onnx::NodeOp>(op);
    bool isInitializer = isa<onnx::ConstantOp>(op) || (node && node->hasAttr("onnx.initializer"));
    if (auto constant = dyn_cast<onnx::ConstantOp>(op)) {
      if (failed(exportConstant(constant, graph)))
        return failure();
    } else if (node && isInitializer) {
      if (failed(exportSparseInitializer(node, graph)))
        return failure();
    } else if (node) {
      if (failed(exportNode(node, *graph.add_node())))
        return failure();
    } else if (!isa<onnx::NoneOp>(op)) {
      return op.emitError("expected only nodes of ONNX, found '")
             << op.getName() << "': convert-mix-to-onnx brings mixing back";
    }
    if (auto input = isInitializer ? op.getAttrOfType<DictionaryAttr>("onnx.input") : DictionaryAttr()) {
      auto index = input.getAs<IntegerAttr>("index");
      auto place = defaults.emplace(index ? index.getInt() : INT64_MAX, pb::ValueInfoProto());
      exportValue(names->of(op.getResult(0)), input, Type(), place->second);
    }
  }
  for (auto &[index, value] : defaults) {
    auto &inputs = *graph.mutable_input();
    *inputs.Add() = std::move(value);
    for (int64_t i = inputs.size() - 1; i > std::max<int64_t>(index, 0); --i)
      inputs.SwapElements(i, i - 1);
  }
  return success();
}

void Exporter::exportIdentity(Value value, StringRef name, pb::GraphProto &graph) {
  pb::NodeProto &node = *graph.add_node();
  node.set_op_type("Identity");
  node.add_input(names->of(value).str());
  node.add_output(name.str());
}

LogicalResult Exporter::exportSubgraph(Region &region, pb::GraphProto &graph) {
  Block &block = region.front();
  auto yield = cast<onnx::YieldOp>(block.back());
  if (yield.getGraphName())
    graph.set_name(yield.getGraphName()->str());
  else if (!module->hasAttr("onnx.opset_imports"))
    graph.set_name("graph"); // checkers want one
  auto noteOf = [&](StringRef list, unsigned i) {
    auto notes = yield->getAttrOfType<ArrayAttr>(list);
    return notes && i < notes.size() ? dyn_cast<DictionaryAttr>(notes[i]) : DictionaryAttr();
  };
  for (BlockArgument argument : block.getArguments())
    exportValue(names->of(argument), noteOf("onnx.inputs", argument.getArgNumber()), argument.getType(),
                *graph.add_input());
  if (failed(exportBlock(block, graph)))
    return failure();
  llvm::StringSet<> given;
  for (auto [i, value] : llvm::enumerate(yield.getOperands())) {
    // An output is known by its place; it needs a node of its own only where its value has another, and stands for it.
    std::string name = names->of(value).str();
    bool isOurs = value.getParentBlock() == &block;
    if ((!isOurs && name != outputName(block, i)) || !given.insert(name).second) {
      StringRef wanted = outputName(block, i);
      name = names->fresh(wanted.empty() ? StringRef("output") : wanted);
      exportIdentity(value, name, graph);
    }
    exportValue(name, noteOf("onnx.outputs", i), isa<BlockArgument>(value) ? Type() : value.getType(),
                *graph.add_output());
  }
  exportGraphNotes(yield, block, graph);
  return success();
}

void Exporter::exportGraphNotes(Operation *op, Block &block, pb::GraphProto &graph) {
  if (auto doc = op->getAttrOfType<StringAttr>("onnx.doc"))
    graph.set_doc_string(doc.str());
  DictionaryAttr notes = op->getDiscardableAttrDictionary();
  addEntries(graph, importer::field::graphMetadata, entriesOf(notes, "onnx.metadata"));
  if (auto all = op->getAttrOfType<ArrayAttr>("onnx.quantization"))
    for (Attribute element : all) {
      auto about = dyn_cast<DictionaryAttr>(element);
      pb::TensorAnnotation &annotation = *graph.add_quantization_annotation();
      annotation.set_tensor_name(stringOf(about, "tensor").str());
      for (auto [key, value] : entriesOf(about, "parameters")) {
        pb::StringStringEntryProto *entry = annotation.add_quant_parameter_tensor_names();
        entry->set_key(key.str());
        entry->set_value(value.str());
      }
    }

  // value_info: what belongs to no node by name, then the nodes', unless the file had another order.
  llvm::StringMap<pb::ValueInfoProto> declared;
  SmallVector<StringRef> order;
  auto add = [&](StringRef name, DictionaryAttr about, Type type) {
    auto [known, isNew] = declared.try_emplace(name);
    if (isNew)
      exportValue(name, about, type, known->second);
    if (isNew)
      order.push_back(known->first());
  };
  if (auto others = op->getAttrOfType<DictionaryAttr>("onnx.value_info"))
    for (NamedAttribute value : others)
      add(value.getName(), dyn_cast<DictionaryAttr>(value.getValue()), Type());
  for (auto node : block.getOps<onnx::NodeOp>()) {
    auto values = node->getAttrOfType<ArrayAttr>("onnx.value_info");
    for (unsigned i = 0; values && i < values.size() && i < node->getNumResults(); ++i)
      if (auto about = dyn_cast<DictionaryAttr>(values[i]); about && !about.empty())
        add(names->of(node.getResult(i)), about, node.getResult(i).getType());
  }
  if (Attribute noted = op->getAttr("onnx.value_info_order")) {
    SmallVector<StringRef> wanted;
    llvm::StringSet<> seen;
    for (StringRef name : stringsOf(noted))
      if (declared.contains(name) && seen.insert(name).second)
        wanted.push_back(name);
    for (StringRef name : order)
      if (!seen.contains(name))
        wanted.push_back(name);
    order = wanted;
  }
  for (StringRef name : order)
    *graph.add_value_info() = declared[name];
  if (auto unknown = op->getAttrOfType<StringAttr>("onnx.unknown_fields"))
    importer::addUnknownFields(graph, unknown.getValue());
}

} // namespace fourmix::exporter
