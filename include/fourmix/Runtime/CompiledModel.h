// A compiled model in this process, wherever its code came from.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_RUNTIME_COMPILEDMODEL_H
#define FOURMIX_RUNTIME_COMPILEDMODEL_H

#include "fourmix/Runtime/fourmix.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace fourmix {

/// Zeroed memory at a multiple of 64 bytes.
class AlignedBytes {
public:
  AlignedBytes() = default;
  explicit AlignedBytes(size_t bytes);
  char *data() const { return memory.get(); }
  size_t size() const { return bytes; }

private:
  struct Free {
    size_t bytes;
    void operator()(char *memory) const;
  };
  std::unique_ptr<char, Free> memory;
  size_t bytes = 0;
};

/// Time spent in one parallel region of a model, summed over runs.
struct RegionTime {
  std::string name;
  double seconds = 0;
  int64_t calls = 0;
};

struct RunOptions {
  /// Threads for parallel regions; 0: as many as OMP_NUM_THREADS or the machine says; 1: serial.
  int threads = 1;
  /// Where to add the time of every region, in the model's order; null: not measured.
  std::vector<RegionTime> *profile = nullptr;
  /// The driver of the model's device; null where it has none.
  const fourmix_driver *driver = nullptr;
};

/// One model, loaded. Thread-safe: any number of threads may call `run` at once.
class CompiledModel {
public:
  virtual ~CompiledModel() = default;

  /// Loads an object (through ORC, no linker needed) or a shared library (dlopen), told apart by content, and maps its
  /// side file of weights where it has one. Errors name the file.
  static llvm::Expected<std::unique_ptr<CompiledModel>> load(llvm::StringRef path);

  /// Loads an object from memory. `weights` are those of a model that was compiled without them, else empty; a side
  /// file is looked for in `directory`.
  static llvm::Expected<std::unique_ptr<CompiledModel>>
  loadObject(std::unique_ptr<llvm::MemoryBuffer> object, AlignedBytes weights = {}, llvm::StringRef directory = "");

  const fourmix_model &descriptor() const { return *model; }
  llvm::StringRef name() const { return model->name; }
  llvm::ArrayRef<fourmix_tensor_info> inputs() const { return {model->inputs, size_t(model->num_inputs)}; }
  llvm::ArrayRef<fourmix_tensor_info> outputs() const { return {model->outputs, size_t(model->num_outputs)}; }

  /// Runs once: tensors in the declared order. An error says which tensor, what was expected and what was found.
  llvm::Error run(llvm::ArrayRef<fourmix_tensor> inputs, llvm::ArrayRef<fourmix_tensor> outputs,
                  const RunOptions &options = {});

protected:
  /// Checks the descriptor against this version and this CPU, and maps the side file.
  llvm::Error adopt(const fourmix_model *descriptor, llvm::StringRef directory, AlignedBytes weights);

private:
  AlignedBytes takeWorkspace(size_t bytes);
  void returnWorkspace(AlignedBytes workspace);

  const fourmix_model *model = nullptr;
  AlignedBytes ownWeights;
  std::shared_ptr<void> mapping; // of the side file
  const void *weights = nullptr;
  // Workspaces of finished runs: fresh pages cost more than many a small model.
  std::mutex workspacesMutex;
  std::vector<AlignedBytes> workspaces;
};

} // namespace fourmix

#endif // FOURMIX_RUNTIME_COMPILEDMODEL_H
