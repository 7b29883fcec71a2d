// ONNX files go out here.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_EXPORT_ONNX_H
#define FOURMIX_EXPORT_ONNX_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <optional>

namespace fourmix {

struct ExportONNXOptions {
  /// Tensors of at least so many bytes go to a file beside the model, `<model>.data`. Without it: those that came from
  /// such a file, and every one of 1024 bytes and more where the model would exceed what protobuf can hold (2 GiB).
  std::optional<uint64_t> externalThreshold;
};

/// Writes a module of `onnx` and `func`, as importONNX makes it and passes leave it, to the file `path` ("-" is
/// standard output, which has no file beside it). What no pass changed comes back as it stood in the file that was
/// imported: lib/Export/ONNX/README.md says what is kept. Same module, same bytes.
///
/// Failure after exactly one error; then no file was made or changed.
mlir::LogicalResult exportONNX(mlir::ModuleOp module, llvm::StringRef path, const ExportONNXOptions &options = {});

/// Where two models differ first, and what stands there.
struct ONNXDifference {
  std::string where, first, second;
};

/// Compares what two ONNX files say: nodes, attributes, names, types, metadata, functions, and the elements of tensors
/// whatever way each file stores them. An optional field that is absent is equal to its default value. Errors: a file
/// that cannot be read, or is no model.
llvm::Expected<std::optional<ONNXDifference>> diffONNX(llvm::StringRef first, llvm::StringRef second);

} // namespace fourmix

#endif // FOURMIX_EXPORT_ONNX_H
