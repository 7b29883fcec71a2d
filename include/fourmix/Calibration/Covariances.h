// Measures what the activation-aware fit of circular projections needs.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_CALIBRATION_COVARIANCES_H
#define FOURMIX_CALIBRATION_COVARIANCES_H

#include "fourmix/Calibration/ModelRunner.h"

namespace fourmix::calibration {

/// <tensor>.covariance and <tensor>.mean of every tensor that a projection of `module` reads which
/// projections-to-circular looks at (`where`: attention or all): over all tokens of all samples, padding included,
/// since no mask is near a projection. A tensor without a name, or without an axis of samples, is left out. `module` is
/// after raise and stays as it is. Errors are one line, empty after a diagnostic.
llvm::Expected<std::vector<NamedTensor>> measureCovariances(mlir::ModuleOp module, llvm::StringRef where,
                                                            const Samples &samples, const ModelRunnerOptions &running);

} // namespace fourmix::calibration

#endif // FOURMIX_CALIBRATION_COVARIANCES_H
