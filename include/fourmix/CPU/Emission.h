// From a module in the LLVM dialect to artefacts: LLVM IR, an object, a shared library, code in this process.
//
// What the module must be (the frame ABI). `llvm.func @main(%frame: !llvm.ptr)` is the model's code, `task_k` its
// parallel regions, called back as task(frame, i). The frame is an array of 8-byte slots: 0 workspace, 1 weights,
// 2 parallel function or null, 3 its context, 4 the device's driver or null, 5 where a launch leaves its status, then a
// data pointer for every input and every output. Attributes of the module say the rest:
//
//     fourmix.inputs          = [{name = "x", type = tensor<1x4xf32>}, …]      types static; i1 is one byte
//     fourmix.outputs         = [{name = "y", type = tensor<1x4xf32>}, …]
//     fourmix.workspace_bytes = 4096 : i64
//     fourmix.weights_bytes   = 1024 : i64
//     fourmix.weights         = [{value = dense_resource<w> : tensor<256xf32>, offset = 0 : i64}, …]
//
//     fourmix.regions         = [{name = "layer 3 dense", task = @task_7}, …]  in the order of the calls, for profiles
//
//     fourmix.stream = {file = "model.focs", hash = "0123…", programs = 2 : i64}    where a device has a part
//
// An absent attribute is empty or zero.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_CPU_EMISSION_H
#define FOURMIX_CPU_EMISSION_H

#include "fourmix/CPU/Target.h"
#include "mlir/IR/BuiltinOps.h"
#include <memory>

namespace fourmix {
class CompiledModel;

struct EmitOptions {
  std::string modelName = "model"; // any text; the tag is made from it
  CPUTarget target;                // an empty one is the host
  int optLevel = 3;                // 0 to 3
  /// The weights go into a file `<output>.weights` beside the artefact; always so above `sideWeightsAbove` bytes.
  bool sideWeights = false;
  uint64_t sideWeightsAbove = uint64_t(256) << 20;
  /// The linker for libraries: a path, or empty for the first one found (ld.lld, lld, cc, clang, gcc).
  std::string linker;
};

/// `name` as part of a C identifier: everything else than letters and digits becomes '_'; "model" for an empty name.
std::string modelTag(llvm::StringRef name);

/// The number of an element type in the C interface (FOURMIX_FLOAT32, …), 0 for one that has none.
int32_t dtypeOf(mlir::Type elementType);

/// Writes optimised LLVM IR as text, weights as an external symbol. Errors are diagnostics at the module.
llvm::LogicalResult emitLLVMIR(mlir::ModuleOp module, const EmitOptions &options, llvm::raw_ostream &os);

/// Writes the object `path` (and, with side weights, `path.weights`). Same module and options, same bytes. The files
/// appear whole or not at all.
llvm::LogicalResult emitObject(mlir::ModuleOp module, const EmitOptions &options, llvm::StringRef path);

/// Writes the shared library `path` (and, with side weights, `path.weights`) by way of a temporary object.
llvm::LogicalResult emitLibrary(mlir::ModuleOp module, const EmitOptions &options, llvm::StringRef path);

/// Compiles into this process. The weights are copied once; the module may go away. Null after a diagnostic.
std::unique_ptr<CompiledModel> compileInProcess(mlir::ModuleOp module, const EmitOptions &options);

/// The first linker in PATH or beside LLVM's tools, or at `explicitPath`: program and first arguments, up to the
/// objects. Exposed for tests, which pass their own `directories`.
llvm::Expected<llvm::SmallVector<std::string>> findLinker(llvm::StringRef explicitPath,
                                                          llvm::ArrayRef<llvm::StringRef> directories);

} // namespace fourmix

#endif // FOURMIX_CPU_EMISSION_H
