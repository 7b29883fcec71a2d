// What a module in the LLVM dialect says about its model, and the steps from there to an object.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_LIB_CPU_EMISSION_MODELINTERFACE_H
#define FOURMIX_LIB_CPU_EMISSION_MODELINTERFACE_H

#include "fourmix/CPU/Emission.h"
#include "fourmix/Runtime/fourmix.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/FileSystem.h"

namespace fourmix {

struct TensorDecl {
  std::string name;
  fourmix_dtype dtype;
  llvm::SmallVector<int64_t> dims;
};

struct RegionDecl {
  std::string name; // the part of the network it computes
  std::string task; // the function
};

/// The attributes of the frame ABI (fourmix/CPU/Emission.h), checked.
struct ModelInterface {
  std::string tag;
  int64_t workspaceBytes = 0;
  int64_t weightsBytes = 0;
  llvm::SmallVector<TensorDecl> inputs, outputs;
  llvm::SmallVector<RegionDecl> regions;
  int64_t programs = 0; // of the command stream
  std::string streamFile, streamHash;

  static mlir::FailureOr<ModelInterface> read(mlir::ModuleOp module, llvm::StringRef modelName);
};

/// Copies every weight to its offset in `blob`, whose weightsBytes bytes are zero.
llvm::LogicalResult packWeights(mlir::ModuleOp module, llvm::MutableArrayRef<char> blob);

/// Where the descriptor says the weights are.
struct WeightsLocation {
  std::string symbol; // in the object itself; empty: not there
  std::string file;   // name of the side file; empty: none
  uint64_t hash = 0;
};

/// Links the entry of lib/CPU/Emission/Entry.c into the model's code: afterwards `module` defines the model's three
/// public symbols, and everything else is internal.
llvm::Error linkEntry(llvm::Module &module, const ModelInterface &interface, const WeightsLocation &weights,
                      const CPUTarget &target);

/// Translates to LLVM IR, links the entry and optimises.
mlir::FailureOr<std::unique_ptr<llvm::Module>> buildLLVMModule(mlir::ModuleOp module, const ModelInterface &interface,
                                                               const WeightsLocation &weights,
                                                               const EmitOptions &options, llvm::TargetMachine &machine,
                                                               llvm::LLVMContext &context);

/// Generates machine code for an optimised module.
llvm::LogicalResult emitMachineCode(llvm::Module &llvmModule, llvm::TargetMachine &machine,
                                    llvm::raw_pwrite_stream &os);

/// The file of packed weights (the format of fourmix/Runtime/weights.h) that an emission writes: under a temporary name
/// beside `output` until `keep`, removed otherwise.
class WeightsFile {
public:
  ~WeightsFile();
  /// Packs and hashes. Does nothing for a model without weights.
  llvm::LogicalResult write(mlir::ModuleOp module, const ModelInterface &interface, llvm::StringRef output);
  bool empty() const { return !file; }
  uint64_t hash() const { return contentHash; }
  llvm::StringRef path() const { return file->TmpName; }
  void discard();
  /// Gives the file its name; does nothing where there is none.
  llvm::Error keep(llvm::StringRef path);

private:
  std::optional<llvm::sys::fs::TempFile> file;
  uint64_t contentHash = 0;
};

/// Writes the object `path`. Weights that go aside stay in `weights`, for the caller to keep as `sidePath` once the
/// whole artefact stands; embedded ones are gone from there.
llvm::LogicalResult emitObjectFile(mlir::ModuleOp module, const EmitOptions &options, llvm::StringRef path,
                                   llvm::StringRef sidePath, WeightsFile &weights);

/// The host where the options name no target.
llvm::Expected<CPUTarget> targetOrHost(const EmitOptions &options);

} // namespace fourmix

#endif // FOURMIX_LIB_CPU_EMISSION_MODELINTERFACE_H
