// A model from file to any phase: what fourmix-compile and fourmix-run share.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_PIPELINES_COMPILER_H
#define FOURMIX_PIPELINES_COMPILER_H

#include "fourmix/Device/Profile.h"
#include "fourmix/Export/ONNX.h"
#include "fourmix/Pipelines/Plugins.h"
#include "fourmix/Support/HostTensor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include <functional>

namespace fourmix {

struct CompileOptions {
  PipelineOptions pipeline;
  Phase from = Phase::Import; // what the input is: Import is an ONNX file, anything else MLIR after that phase
  Phase to = Phase::LLVM;
  /// Inputs of the ONNX file that become constants (`--bind`), so that shapes may be computed from them.
  std::vector<NamedTensor> bindings;
  /// What runs after a phase and before its boundary is checked again.
  std::vector<AddedPasses> added;
  /// A folder for one file NN-PHASE.mlir after each phase, without weight bytes; empty for none.
  std::string dumpFolder;
  /// A line per phase with its time, to standard error.
  bool verbose = false;
  /// Looks at the module after each phase, verified; a failure ends the compilation.
  std::function<llvm::LogicalResult(Phase, mlir::ModuleOp)> afterPhase;
  /// Where a crash leaves the module as it stood before the phase that crashed.
  std::string reproducer = "fourmix-reproducer.mlir";
};

/// A context that knows everything Fourmix needs.
std::unique_ptr<mlir::MLIRContext> createContext();

/// Reads the ONNX file `path` (from == Import) or MLIR text or bytecode after the phase `from`, with the
/// weights of the store that it notes (ParameterStore.h); "-" is standard input. Null after a diagnostic.
mlir::OwningOpRef<mlir::ModuleOp> loadModel(llvm::StringRef path, mlir::MLIRContext *context,
                                            const CompileOptions &options);

/// MLIR text or bytecode with the weights of the store that it notes; "-" is standard input. Null after a diagnostic.
mlir::OwningOpRef<mlir::ModuleOp> loadModule(llvm::StringRef path, mlir::MLIRContext *context);

/// Runs the phases after `from` up to and including `to`, verifying at each boundary. Failure after a diagnostic.
llvm::LogicalResult compile(mlir::ModuleOp module, const CompileOptions &options);

struct EmitONNXOptions {
  Phase phase = Phase::Rewrite; // of the module: Import, Raise or Rewrite
  /// The opset of ai.onnx that the file imports; 0: the module's own.
  int64_t opset = 0;
  /// How Fourier transforms are said: "dft" or "matmul".
  std::string fourier = "dft";
  ExportONNXOptions file;
};

/// Writes the module as an ONNX model: mixing becomes standard operators, the rest stays as it came. Failure after a
/// diagnostic.
llvm::LogicalResult emitONNX(mlir::ModuleOp module, llvm::StringRef path, const EmitONNXOptions &options);

/// The command stream of a module after phase optic, with its predictions; without programs where nothing was placed on
/// the device. The module notes the stream as the file `name` (fourmix/CPU/Emission.h). Failure after a diagnostic.
llvm::FailureOr<std::vector<uint8_t>> emitCommandStream(mlir::ModuleOp module, const device::Profile &profile,
                                                        llvm::StringRef name);

/// Prints without weight bytes: large constants are a key, the bytes stay in the store.
void printModule(mlir::ModuleOp module, llvm::raw_ostream &os);

} // namespace fourmix

#endif // FOURMIX_PIPELINES_COMPILER_H
