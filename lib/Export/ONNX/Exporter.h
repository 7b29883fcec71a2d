// The state of one export; each verb has its own file. It mirrors lib/Import/ONNX.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_EXPORT_ONNX_EXPORTER_H
#define LIB_EXPORT_ONNX_EXPORTER_H

#include "DataFile.h"
#include "Names.h"
#include "dialects/ONNX/IR/ONNX.h"
#include "onnx/onnx_pb.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace fourmix::exporter {

namespace pb = ::onnx;

using OpsetImports = llvm::StringMap<int64_t>;

/// Key and value, in the order of the file.
using Entries = llvm::SmallVector<std::pair<llvm::StringRef, llvm::StringRef>>;

class Exporter {
public:
  /// Tensors of at least `threshold` bytes go to `data`; without a threshold those that came from such a file. A null
  /// `data` keeps all in the model.
  Exporter(mlir::ModuleOp module, std::optional<uint64_t> threshold, DataFile *data)
      : module(module), threshold(threshold), data(data) {}

  /// The whole model, or failure after one error.
  mlir::LogicalResult exportModel(pb::ModelProto &model);

private:
  // Model.cpp: the module and its functions.
  void exportHeader(pb::ModelProto &model);
  mlir::LogicalResult exportMain(mlir::func::FuncOp main, pb::GraphProto &graph);
  mlir::LogicalResult exportFunction(mlir::func::FuncOp function, pb::FunctionProto &proto);
  mlir::FailureOr<OpsetImports> readOpsets(mlir::Operation *op);
  void exportOpsets(mlir::Operation *op, const OpsetImports &opsets,
                    google::protobuf::RepeatedPtrField<pb::OperatorSetIdProto> &imports);
  mlir::LogicalResult exportOutputs(mlir::func::FuncOp main, pb::GraphProto &graph);

  // Graph.cpp: what stands in a block, and what is said about a graph as a whole.
  mlir::LogicalResult exportBlock(mlir::Block &block, pb::GraphProto &graph);
  mlir::LogicalResult exportConstant(onnx::ConstantOp constant, pb::GraphProto &graph);
  mlir::LogicalResult exportSparseInitializer(onnx::NodeOp node, pb::GraphProto &graph);
  mlir::LogicalResult exportSubgraph(mlir::Region &region, pb::GraphProto &graph);
  void exportGraphNotes(mlir::Operation *op, mlir::Block &block, pb::GraphProto &graph);
  /// Adds an Identity that gives `value` the name `name` in the graph around it.
  void exportIdentity(mlir::Value value, llvm::StringRef name, pb::GraphProto &graph);

  // Nodes.cpp
  mlir::LogicalResult exportNode(onnx::NodeOp node, pb::NodeProto &proto);
  mlir::LogicalResult exportAttributes(onnx::NodeOp node, pb::NodeProto &proto);
  mlir::LogicalResult checkVersion(onnx::NodeOp node);

  // Attributes.cpp
  /// `op` has the notes about its attribute, and is the subject of errors.
  mlir::LogicalResult exportAttribute(mlir::Operation *op, llvm::StringRef name, mlir::Attribute value,
                                      pb::AttributeProto &proto);
  mlir::LogicalResult exportSparse(mlir::Operation *op, onnx::SparseAttr value, llvm::StringRef key,
                                   mlir::DictionaryAttr notes, pb::SparseTensorProto &proto);

  // Tensors.cpp
  mlir::LogicalResult exportTensor(mlir::Operation *op, mlir::ElementsAttr value, mlir::DictionaryAttr notes,
                                   pb::TensorProto &proto);

  // Values.cpp: declared values and types.
  /// `notes` are those of lib/Import/ONNX/Notes.cpp; `actual`, where it is a static tensor, is true and what the file
  /// declared is not.
  void exportValue(llvm::StringRef name, mlir::DictionaryAttr notes, mlir::Type actual, pb::ValueInfoProto &proto);
  void exportType(mlir::Type type, pb::TypeProto &proto);

  mlir::InFlightDiagnostic error(mlir::Operation *op);

  mlir::ModuleOp module;
  std::optional<uint64_t> threshold;
  DataFile *data;
  OpsetImports modelOpsets;
  llvm::StringSet<> localDomains;
  // Of the function that is being exported:
  const OpsetImports *opsets = nullptr;
  std::optional<Names> names;
};

/// The entries of dictionary `name` in the order that the importer noted beside it.
Entries entriesOf(mlir::DictionaryAttr notes, llvm::StringRef name);
/// The strings of a list; nothing for what is no list.
llvm::SmallVector<llvm::StringRef> stringsOf(mlir::Attribute list);
/// A string note, empty where there is none.
llvm::StringRef stringOf(mlir::DictionaryAttr notes, llvm::StringRef name);
/// Adds entries to a field of StringStringEntryProto that the schema may not know.
void addEntries(google::protobuf::Message &message, int number, const Entries &entries);

} // namespace fourmix::exporter

#endif // LIB_EXPORT_ONNX_EXPORTER_H
