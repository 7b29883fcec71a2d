// Which name each value of a function has in the file.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_EXPORT_ONNX_NAMES_H
#define LIB_EXPORT_ONNX_NAMES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace fourmix::exporter {

/// Values keep the names that they have. A value that a graph returns gets the name of the output, where nothing else
/// has a better claim to one of the two; a value without a name, or with one that another value of its graph has, gets
/// a fresh one. A value of a subgraph may hide one around it only if the subgraph does not use that one.
class Names {
public:
  explicit Names(mlir::func::FuncOp function);

  /// The name of `value`, empty for an absent one.
  llvm::StringRef of(mlir::Value value) const;
  /// A name that no value of the function has.
  std::string fresh(llvm::StringRef base);

private:
  void collect(mlir::Block &block);
  void assign(mlir::Block &block, llvm::StringSet<> captured);
  void give(mlir::Value value, llvm::StringRef wanted, llvm::StringRef base, llvm::StringSet<> &used);

  llvm::DenseMap<mlir::Value, std::string> names;
  llvm::StringSet<> taken;
  llvm::StringMap<unsigned> counters;
};

/// The names that the graph of `block` gives its inputs and outputs: of the function's arguments and results, or of
/// onnx.yield; empty where it gives none.
llvm::StringRef inputName(mlir::Block &block, unsigned i);
llvm::StringRef outputName(mlir::Block &block, unsigned i);

} // namespace fourmix::exporter

#endif // LIB_EXPORT_ONNX_NAMES_H
