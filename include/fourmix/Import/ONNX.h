// ONNX files come in here.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_IMPORT_ONNX_H
#define FOURMIX_IMPORT_ONNX_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace fourmix {

struct ImportONNXOptions {
  /// Where external data lies; empty: in the folder of the model file (the working directory for standard input).
  std::string externalDataFolder;
};

/// The model in the file `path` ("-" is standard input) as a module of `onnx` and `func`, nothing folded. The graph is
/// `func.func @main`, model-local functions are private functions beside it. Weights are dense_resource attributes of
/// `context` that alias the parsed message or the mapped external file, which they keep alive.
///
/// Null on failure, after exactly one error to the diagnostics of `context`; what can be lived with (an opset newer
/// than any we know) is a warning. Locations are the file, and in it the node's name (NameLoc).
mlir::OwningOpRef<mlir::ModuleOp> importONNX(llvm::StringRef path, mlir::MLIRContext *context,
                                             const ImportONNXOptions &options = {});

} // namespace fourmix

#endif // FOURMIX_IMPORT_ONNX_H
