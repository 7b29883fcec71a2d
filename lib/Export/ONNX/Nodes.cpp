// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Exporter.h"
#include "lib/Import/ONNX/LaterFields.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace fourmix::exporter {

InFlightDiagnostic Exporter::error(Operation *op) {
  if (auto node = dyn_cast<onnx::NodeOp>(op))
    return node.emitNodeError();
  InFlightDiagnostic diagnostic = op->emitError();
  if (auto constant = dyn_cast<onnx::ConstantOp>(op))
    diagnostic << "constant \"" << constant.getName().value_or("") << "\": ";
  return diagnostic;
}

LogicalResult Exporter::checkVersion(onnx::NodeOp node) {
  auto imported = opsets->find(node.getDomain());
  if (imported == opsets->end()) {
    if (localDomains.contains(node.getDomain()))
      return success();
    return node.emitNodeError() << "expected its domain among the opset imports, found none of it";
  }
  if (static_cast<int64_t>(node.getVersion()) != imported->second)
    return node.emitNodeError() << "expected opset " << imported->second << ", which is imported, found "
                                << node.getVersion();
  return success();
}

LogicalResult Exporter::exportNode(onnx::NodeOp node, pb::NodeProto &proto) {
  if (failed(checkVersion(node)))
    return failure();
  for (Value input : node.getInputs())
    proto.add_input(names->of(input).str());
  for (Value output : node.getResults())
    proto.add_output(names->of(output).str());
  if (node.getName())
    proto.set_name(node.getName()->str());
  proto.set_op_type(node.getOpType().str());
  if (auto spelt = node->getAttrOfType<StringAttr>("onnx.domain"))
    proto.set_domain(spelt.str());
  else if (!node.getDomain().empty())
    proto.set_domain(node.getDomain().str());
  if (node.getDoc())
    proto.set_doc_string(node.getDoc()->str());
  if (node.getOverload())
    importer::setLaterString(proto, importer::field::nodeOverload, *node.getOverload());
  NamedAttrList metadata; // the dictionary is inherent, its order a note
  if (node.getMetadataAttr())
    metadata.set("metadata", node.getMetadataAttr());
  if (Attribute order = node->getAttr("onnx.metadata_order"))
    metadata.set("metadata_order", order);
  addEntries(proto, importer::field::nodeMetadata, entriesOf(metadata.getDictionary(node.getContext()), "metadata"));
  if (auto unknown = node->getAttrOfType<StringAttr>("onnx.unknown_fields"))
    importer::addUnknownFields(proto, unknown.getValue());
  return exportAttributes(node, proto);
}

LogicalResult Exporter::exportAttributes(onnx::NodeOp node, pb::NodeProto &proto) {
  // Values and graphs by name, then in the order that the file had.
  llvm::MapVector<StringRef, SmallVector<Region *>> all;
  SmallVector<StringRef> order;
  for (NamedAttribute attr : node.getNodeAttrs())
    all[attr.getName()] = {};
  if (node.getGraphNames())
    for (auto [name, region] : llvm::zip(node.getGraphNames()->getAsRange<StringAttr>(), node.getGraphs()))
      all[name.getValue()].push_back(&region);
  auto types = node->getAttrOfType<DictionaryAttr>("onnx.attr_types");
  for (NamedAttribute type : types ? types.getValue() : ArrayRef<NamedAttribute>())
    if (type.getValue() == StringAttr::get(node.getContext(), "graphs")) // a list of none has no region
      all.try_emplace(type.getName());
  for (StringRef name : stringsOf(node->getAttr("onnx.attr_order")))
    if (all.count(name) && !llvm::is_contained(order, name))
      order.push_back(name);
  SmallVector<StringRef> others;
  for (auto &[name, regions] : all)
    if (!llvm::is_contained(order, name))
      others.push_back(name);
  llvm::sort(others);
  order.append(others);

  auto docs = node->getAttrOfType<DictionaryAttr>("onnx.attr_docs");
  for (StringRef name : order) {
    pb::AttributeProto &attribute = *proto.add_attribute();
    if (Attribute value = node.getNodeAttr(name)) {
      if (failed(exportAttribute(node, name, value, attribute)))
        return failure();
      continue;
    }
    attribute.set_name(name.str());
    if (docs && docs.get(name))
      attribute.set_doc_string(stringOf(docs, name).str());
    StringRef noted = stringOf(types, name);
    bool isList = noted == "graphs" || all[name].size() > 1;
    if (noted != "undefined")
      attribute.set_type(isList ? pb::AttributeProto::GRAPHS : pb::AttributeProto::GRAPH);
    for (Region *region : all[name])
      if (failed(exportSubgraph(*region, isList ? *attribute.add_graphs() : *attribute.mutable_g())))
        return failure();
  }
  return success();
}

} // namespace fourmix::exporter
