// Fits the factors with which a Fourier mixing takes the place of an attention.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_CALIBRATION_FOURIER_H
#define FOURMIX_CALIBRATION_FOURIER_H

#include "fourmix/Calibration/ModelRunner.h"

namespace fourmix::calibration {

/// For each layer that `rewrite` asks for, a scale and a bias per feature with which the mixing comes nearest, by least
/// squares over all tokens, to what stood in its place in the original:
///
///   s[c] = cov(F[c], y[c]) / var(F[c])        b[c] = mean(y[c]) - s[c] mean(F[c])
///
/// Layer after layer, each on what the rewritten layers before it give. Fourier mixing knows nothing of what attention
/// computed, so that expect small scales: what the fit finds is the mean output of the attention.
///
/// `module` is after raise and stays as it is; `rewritten` is a clone of it and gets the mixings. The result is what a
/// calibration file holds: layer<N>.scale, layer<N>.bias. Layers that cannot be rewritten are left out. A
/// remark per layer says what is left. Errors are one line, empty after a diagnostic.
llvm::Expected<std::vector<NamedTensor>> calibrateFourier(mlir::ModuleOp module, mlir::ModuleOp rewritten,
                                                          const Samples &samples, const FourierRewrite &rewrite,
                                                          const ModelRunnerOptions &running);

} // namespace fourmix::calibration

#endif // FOURMIX_CALIBRATION_FOURIER_H
