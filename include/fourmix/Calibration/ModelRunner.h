// Runs a model that is still MLIR, and looks at any value inside.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_CALIBRATION_MODELRUNNER_H
#define FOURMIX_CALIBRATION_MODELRUNNER_H

#include "fourmix/CPU/Emission.h"
#include "fourmix/Calibration/Samples.h"
#include "fourmix/Pipelines/Pipelines.h"
#include "fourmix/Runtime/CompiledModel.h"

namespace fourmix::calibration {

/// A value of main that is an input of the runner instead of being computed.
struct GivenValue {
  mlir::Value value;
  std::string name;
};

struct ModelRunnerOptions {
  /// The phase that the module has passed: Raise or later, before Spectral.
  Phase from = Phase::Raise;
  PipelineOptions pipeline;
  EmitOptions emit;
  int threads = 0; // 0: all
  /// The model's own outputs come first; false: only the further values, and what only the outputs need is not run.
  bool withOutputs = true;
  /// Values to feed: what only they need is not run.
  std::vector<GivenValue> given;
};

/// A model, compiled in memory by the pipeline that compiles it otherwise, with further values as results.
class ModelRunner {
public:
  /// `values` are results of ops in the body of main, of static shape. The module stays as it is. Null after a
  /// diagnostic.
  static std::unique_ptr<ModelRunner> create(mlir::ModuleOp module, mlir::ValueRange values,
                                             const ModelRunnerOptions &options);
  ~ModelRunner();

  /// The inputs that are needed: main's, then the given values.
  llvm::ArrayRef<InputDecl> inputs() const { return decls; }

  /// Runs all samples. The results are the outputs under their names, then the further values, named "value0", …; axis
  /// 0 of each runs over samples (a result [k * batch, …] gives [k * samples, …], one without an axis of the batch is
  /// an error that names it).
  llvm::Expected<std::vector<NamedTensor>> run(const Samples &samples) const;

  /// The same run by run: `look` sees the results of each run, and how many of its `batch` samples count, the first
  /// ones.
  llvm::Error
  each(const Samples &samples,
       llvm::function_ref<void(llvm::ArrayRef<HostTensor> results, int64_t valid, int64_t batch)> look) const;

  /// Seconds of one run of the model, of so many samples as it takes at once: the fastest of `count`. On
  /// as many threads as it runs on otherwise, or on `threads`.
  llvm::Expected<double> time(const Samples &samples, int count, std::optional<int> threads = {}) const;

private:
  ModelRunner() = default;
  std::unique_ptr<CompiledModel> model;
  std::vector<InputDecl> decls;
  int threads = 0;
};

} // namespace fourmix::calibration

#endif // FOURMIX_CALIBRATION_MODELRUNNER_H
