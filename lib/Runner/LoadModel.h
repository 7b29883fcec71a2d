// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_LIB_RUNNER_LOADMODEL_H
#define FOURMIX_LIB_RUNNER_LOADMODEL_H

#include "fourmix/Runner/Runner.h"

namespace fourmix {

/// A model that is still to be compiled, or ready.
class ModelSource {
public:
  virtual ~ModelSource() = default;
  /// Opens a file by its content: a compiled model, MLIR of the llvm phase, or ONNX.
  static llvm::Expected<std::unique_ptr<ModelSource>> open(const RunnerOptions &options);

  virtual std::vector<InputDecl> inputs() = 0;
  /// The model for inputs of these shapes.
  virtual llvm::Expected<std::unique_ptr<CompiledModel>> compile(llvm::ArrayRef<HostTensor> inputs) = 0;
};

} // namespace fourmix

#endif // FOURMIX_LIB_RUNNER_LOADMODEL_H
