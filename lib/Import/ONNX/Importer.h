// The state of one import; each verb has its own file.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_IMPORT_ONNX_IMPORTER_H
#define LIB_IMPORT_ONNX_IMPORTER_H

#include "ExternalData.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "onnx/onnx_pb.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include <deque>
#include <memory>

namespace fourmix::importer {

namespace pb = ::onnx;

/// The parsed file. Blobs of weights point into it and share it.
struct ParsedModel {
  pb::ModelProto model;
  /// Messages that were parsed out of unknown fields.
  std::deque<pb::AttributeProto> attributes;
};

/// The subject of an error: `node "fc1" (MatMul, opset 20): attribute "value": `.
struct Where {
  mlir::Location loc;
  llvm::StringRef kind;
  llvm::StringRef name;
  const pb::NodeProto *node = nullptr;
  int64_t version = 0;
  llvm::StringRef attribute = {};
  /// For hints of the file that may be wrong without harm: errors go nowhere.
  bool quiet = false;

  mlir::InFlightDiagnostic error() const;
};

using Nodes = google::protobuf::RepeatedPtrField<pb::NodeProto>;
using OpsetImports = llvm::StringMap<int64_t>;

/// The values that a graph can name: its own, then those of the graphs around it.
struct Scope {
  Scope *parent = nullptr;
  const OpsetImports *opsets = nullptr;
  llvm::StringMap<mlir::Value> values;
  /// What the file declares about values of this graph.
  llvm::StringMap<const pb::ValueInfoProto *> declared;
  /// The one onnx.none of this graph's block, once something needs it.
  mlir::Value none;
  unsigned depth = 0;

  mlir::Value lookup(llvm::StringRef name) const;
};

/// Parses all of `bytes`; false where they are no model.
bool parseModel(llvm::StringRef bytes, pb::ModelProto &model);

/// What a tensor holds: elements in whole bytes, one after the other (none for strings).
struct TensorData {
  mlir::RankedTensorType type;
  llvm::ArrayRef<char> bytes;
  /// Keeps the bytes; `file` itself, or the mapped external file, or a copy.
  std::shared_ptr<const void> owner;
};

/// The tensor's elements, however it stores them; `file` owns `proto`. Failure after one error.
mlir::FailureOr<TensorData> readTensor(const pb::TensorProto &proto, mlir::MLIRContext *context,
                                       std::shared_ptr<const void> file, ExternalFolder &external, const Where &where);

class Importer {
public:
  Importer(mlir::MLIRContext *context, llvm::StringRef path, llvm::StringRef folder, std::shared_ptr<ParsedModel> file);

  /// The whole model, or null after one error.
  mlir::OwningOpRef<mlir::ModuleOp> importModel();

private:
  // Model.cpp: the module and its functions.
  mlir::LogicalResult importMain();
  mlir::LogicalResult importFunction(const pb::FunctionProto &function);
  mlir::FailureOr<OpsetImports> readOpsets(const google::protobuf::RepeatedPtrField<pb::OperatorSetIdProto> &imports,
                                           const Where &where);
  /// Notes the imports on `op`: `onnx.opset_imports`, and their order and spelling where those are unusual.
  void noteOpsets(mlir::Operation *op, const OpsetImports &opsets,
                  const google::protobuf::RepeatedPtrField<pb::OperatorSetIdProto> &imports);

  // Graph.cpp: graphs and what is in them, from inputs to outputs.
  /// The graph into `block`: arguments for its inputs, constants, nodes, in the order in which values are used.
  mlir::LogicalResult importGraph(const pb::GraphProto &graph, Scope &scope, mlir::Block *block);
  mlir::LogicalResult importInputs(const pb::GraphProto &graph, Scope &scope, mlir::Block *block);
  mlir::LogicalResult importInitializers(const pb::GraphProto &graph, Scope &scope);
  mlir::LogicalResult importNodes(const Nodes &nodes, Scope &scope);
  mlir::FailureOr<llvm::SmallVector<mlir::Value>> importOutputs(const pb::GraphProto &graph, Scope &scope);
  mlir::LogicalResult importSubgraph(const pb::GraphProto &graph, Scope &scope, mlir::Region &region,
                                     const Where &where);
  /// The graph's inputs that are arguments: those without an initializer.
  static llvm::SmallVector<const pb::ValueInfoProto *> argumentsOf(const pb::GraphProto &graph);

  // Nodes.cpp
  mlir::LogicalResult importNode(const pb::NodeProto &node, Scope &scope);
  mlir::FailureOr<int64_t> versionOf(const pb::NodeProto &node, const Scope &scope, const Where &where);
  mlir::Value absent(Scope &scope);
  Where whereNode(const pb::NodeProto &node, const Scope &scope);

  // Notes.cpp: what the file says beyond its meaning, as discardable attributes.
  mlir::DictionaryAttr tensorNotes(const pb::TensorProto &tensor);
  llvm::SmallVector<mlir::NamedAttribute> valueNotes(const pb::ValueInfoProto &value, mlir::Type declared);
  void noteValues(mlir::Operation *op, const google::protobuf::RepeatedPtrField<std::string> &names,
                  const Scope &scope);
  void noteAttributes(mlir::Operation *op, const google::protobuf::RepeatedPtrField<pb::AttributeProto> &attributes);
  /// Adds what is to be said about the tensor under `key`; its name where that is not `expectedName`.
  void noteTensor(mlir::NamedAttrList &notes, llvm::StringRef key, const pb::TensorProto &tensor,
                  llvm::StringRef expectedName = {});
  void noteSparse(mlir::NamedAttrList &notes, llvm::StringRef key, const pb::SparseTensorProto &tensor,
                  llvm::StringRef expectedName = {});
  /// The entries as dictionary `name`, and as `<name>_order` their order where they are not sorted.
  void noteEntries(mlir::NamedAttrList &notes, llvm::StringRef name,
                   llvm::ArrayRef<std::pair<std::string, std::string>> pairs);
  void noteEntries(mlir::Operation *op, llvm::StringRef name,
                   llvm::ArrayRef<std::pair<std::string, std::string>> pairs);
  void noteGraph(mlir::Operation *op, const pb::GraphProto &graph, const Scope &scope);
  void noteModel();
  void noteUnknown(mlir::Operation *op, const google::protobuf::Message &message, llvm::ArrayRef<int> known);

  // Order.cpp
  /// The nodes in an order in which every value is defined before it is used: the file's own order wherever that
  /// already is one. Errors: a value defined twice (`outside` are the names defined without a node), a cycle.
  mlir::FailureOr<llvm::SmallVector<int>> orderNodes(const Nodes &nodes, const Scope &scope);

  // Attributes.cpp
  mlir::FailureOr<mlir::Attribute> importAttribute(const pb::AttributeProto &proto, const Where &where);
  mlir::FailureOr<mlir::Attribute> importSparse(const pb::SparseTensorProto &proto, llvm::StringRef key,
                                                const Where &where);
  mlir::DictionaryAttr entries(llvm::ArrayRef<std::pair<std::string, std::string>> pairs);

  // Tensors.cpp
  mlir::FailureOr<mlir::ElementsAttr> importTensor(const pb::TensorProto &proto, llvm::StringRef key,
                                                   const Where &where);

  // Types.cpp
  mlir::Type elementType(int32_t dataType);
  mlir::FailureOr<mlir::Type> importType(const pb::TypeProto &proto, const Where &where, unsigned depth = 0);

  mlir::StringAttr str(llvm::StringRef text) { return builder.getStringAttr(text); }
  mlir::Location locate(llvm::StringRef name);

  mlir::MLIRContext *context;
  mlir::OpBuilder builder;
  mlir::StringAttr path;
  mlir::Location fileLoc;
  std::shared_ptr<ParsedModel> file;
  ExternalFolder external;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  OpsetImports modelOpsets;
  /// The domains of model-local functions.
  llvm::StringSet<> localDomains;
};

} // namespace fourmix::importer

#endif // LIB_IMPORT_ONNX_IMPORTER_H
