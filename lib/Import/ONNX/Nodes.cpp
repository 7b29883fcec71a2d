// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Importer.h"
#include "LaterFields.h"
#include "dialects/ONNX/IR/ONNX.h"

using namespace mlir;

namespace fourmix::importer {

/// The default domain has two spellings.
static StringRef domainOf(const pb::NodeProto &node) {
  return node.domain() == "ai.onnx" ? StringRef() : StringRef(node.domain());
}

InFlightDiagnostic Where::error() const {
  if (quiet)
    return {};
  InFlightDiagnostic diagnostic = emitError(loc);
  diagnostic << kind;
  if (!name.empty())
    diagnostic << " \"" << name << '"';
  if (node) {
    // A node without a name of its own is known by what it computes.
    if (name.empty() && node->output_size())
      diagnostic << " of \"" << node->output(0) << '"';
    diagnostic << " (" << node->op_type() << ", " << (domainOf(*node).empty() ? "opset" : domainOf(*node));
    if (version)
      diagnostic << ' ' << version;
    diagnostic << ')';
  }
  if (kind.empty() && name.empty())
    return diagnostic;
  diagnostic << ": ";
  if (!attribute.empty())
    diagnostic << "attribute \"" << attribute << "\": ";
  return diagnostic;
}

Location Importer::locate(StringRef name) {
  return name.empty() ? fileLoc : Location(NameLoc::get(str(name), fileLoc));
}

Where Importer::whereNode(const pb::NodeProto &node, const Scope &scope) {
  StringRef name = node.name();
  if (name.empty() && node.output_size())
    name = node.output(0);
  auto known = scope.opsets->find(domainOf(node));
  return Where{locate(name), "node", node.name(), &node, known == scope.opsets->end() ? 0 : known->second};
}

FailureOr<int64_t> Importer::versionOf(const pb::NodeProto &node, const Scope &scope, const Where &where) {
  auto known = scope.opsets->find(domainOf(node));
  if (known != scope.opsets->end())
    return known->second;
  if (localDomains.contains(node.domain()))
    return int64_t(1); // a model's own functions need no version
  std::string imports;
  for (StringRef domain : scope.opsets->keys())
    imports += (imports.empty() ? "" : ", ") + (domain.empty() ? "ai.onnx" : domain).str();
  return where.error() << "expected its domain \"" << (domainOf(node).empty() ? "ai.onnx" : domainOf(node))
                       << "\" among the opset imports, found " << (imports.empty() ? "none" : imports);
}

Value Importer::absent(Scope &scope) {
  if (!scope.none)
    scope.none = onnx::NoneOp::create(builder, fileLoc);
  return scope.none;
}

/// True for attributes that become regions.
static bool isGraph(const pb::AttributeProto &attribute) {
  if (!attribute.ref_attr_name().empty())
    return false;
  return attribute.type() == pb::AttributeProto::GRAPH || attribute.type() == pb::AttributeProto::GRAPHS ||
         (attribute.type() == pb::AttributeProto::UNDEFINED && (attribute.has_g() || attribute.graphs_size()));
}

LogicalResult Importer::importNode(const pb::NodeProto &node, Scope &scope) {
  Where where = whereNode(node, scope);
  if (node.op_type().empty())
    return where.error() << "expected an operator type, found none";
  FailureOr<int64_t> version = versionOf(node, scope, where);
  if (failed(version))
    return failure();

  SmallVector<Value> inputs;
  for (const std::string &name : node.input()) {
    inputs.push_back(name.empty() ? absent(scope) : scope.lookup(name));
    if (!inputs.back())
      return where.error() << "use of an undefined value: expected \"" << name
                           << "\" to be an input, an initializer or an output of a node, found none of that name";
  }

  NamedAttrList attributes;
  SmallVector<Attribute> graphNames;
  SmallVector<const pb::GraphProto *> graphs;
  llvm::StringSet<> seen;
  for (const pb::AttributeProto &attribute : node.attribute()) {
    where.attribute = {};
    if (attribute.name().empty())
      return where.error() << "expected attributes with names, found one without";
    if (!seen.insert(attribute.name()).second)
      return where.error() << "attribute \"" << attribute.name() << "\" is given twice";
    where.attribute = attribute.name();
    if (isGraph(attribute)) {
      if (attribute.has_g())
        graphs.push_back(&attribute.g());
      for (const pb::GraphProto &graph : attribute.graphs())
        graphs.push_back(&graph);
      graphNames.resize(graphs.size(), str(attribute.name()));
      continue;
    }
    FailureOr<Attribute> value = importAttribute(attribute, where);
    if (failed(value))
      return failure();
    attributes.push_back(builder.getNamedAttr(attribute.name(), *value));
  }
  where.attribute = {};

  SmallVector<Type> results;
  SmallVector<StringRef> outputNames;
  for (const std::string &name : node.output()) {
    outputNames.push_back(name);
    results.push_back(name.empty() ? Type(onnx::AbsentType::get(context)) : onnx::UnknownType::get(context));
  }
  NamedAttrList metadataNotes;
  noteEntries(metadataNotes, "onnx.metadata", laterEntries(node, field::nodeMetadata));
  auto metadata = cast_or_null<DictionaryAttr>(metadataNotes.erase("onnx.metadata"));
  std::string overload = laterString(node, field::nodeOverload);
  auto op = onnx::NodeOp::create(
      builder, where.loc, results, str(node.op_type()), str(domainOf(node)), builder.getI64IntegerAttr(*version),
      inputs, node.has_name() ? str(node.name()) : StringAttr(), builder.getStrArrayAttr(outputNames),
      attributes.getDictionary(context), graphNames.empty() ? ArrayAttr() : builder.getArrayAttr(graphNames), metadata,
      overload.empty() ? StringAttr() : str(overload), node.has_doc_string() ? str(node.doc_string()) : StringAttr(),
      graphs.size());
  noteValues(op, node.output(), scope);
  noteAttributes(op, node.attribute());
  for (NamedAttribute note : metadataNotes)
    op->setAttr(note.getName(), note.getValue());
  if (node.has_domain() && domainOf(node).empty()) // spelt out
    op->setAttr("onnx.domain", str(node.domain()));
  noteUnknown(op, node, {field::nodeOverload, field::nodeMetadata});

  for (auto [graph, name, region] : llvm::zip(graphs, graphNames, op.getGraphs())) {
    where.attribute = cast<StringAttr>(name).getValue();
    if (failed(importSubgraph(*graph, scope, region, where)))
      return failure();
  }
  for (auto [name, result] : llvm::zip(node.output(), op.getResults()))
    if (!name.empty())
      scope.values[name] = result;
  return success();
}

} // namespace fourmix::importer
