// Fits the arrays that the rewrite attention-to-gated applies.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_CALIBRATION_GATED_H
#define FOURMIX_CALIBRATION_GATED_H

#include "fourmix/Calibration/ModelRunner.h"

namespace fourmix::calibration {

struct GatedOptions {
  std::string layers;     // as the pass takes them
  int64_t components = 1; // R
  /// circular: wraps around, but for layers with a window; toeplitz: never.
  std::string kernel = "circular";
  int evaluations = 120; // of the divergence, at most, in a layer
  double ridge = 1e-3;
};

/// "LAYERS[,components=R][,kernel=circular|toeplitz]". Errors say what was expected and found.
llvm::Expected<GatedOptions> parseGatedOptions(llvm::StringRef text);

/// Fits layer after layer, each on what the rewritten layers before it give, to the attention maps of the original.
///
/// `module` is after raise, its layers numbered, and stays as it is; `rewritten` is a clone of it in which other
/// rewrites may have been done, and gets the gated form of every layer that was fitted. The result is what a
/// calibration file holds: arrays layer<N>.gate, .kernel, .mix, .mix_bias. Layers that cannot be gated are left out.
/// A remark per layer says what the fit reached. Errors are one line, empty after a diagnostic.
llvm::Expected<std::vector<NamedTensor>> calibrateGated(mlir::ModuleOp module, mlir::ModuleOp rewritten,
                                                        const Samples &samples, const GatedOptions &options,
                                                        const ModelRunnerOptions &running);

} // namespace fourmix::calibration

#endif // FOURMIX_CALIBRATION_GATED_H
