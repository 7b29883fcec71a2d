// How far the outputs of two models are apart, sample by sample. No MLIR.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_CALIBRATION_COMPARE_H
#define FOURMIX_CALIBRATION_COMPARE_H

#include "fourmix/Support/HostTensor.h"

namespace fourmix::calibration {

/// One entry per element of axis 0, the elements of a sample in one vector each.
struct Change {
  /// |value - reference| / |reference|; 0 where both are zero.
  std::vector<double> relative;
  /// The cosine of the angle between the two; 1 where both are zero, 0 where one is.
  std::vector<double> cosine;

  double meanRelative() const;
  double meanCosine() const;
};

/// Both have one shape of rank 1 or more, of floats or integers. A NaN in one of the two makes its sample's figures
/// NaN.
Change compareSamples(const HostTensor &value, const HostTensor &reference);

double mean(llvm::ArrayRef<double> values);

/// The `percent`-th percentile, linear between the two nearest ranks, as NumPy computes it; NaN for no values.
double percentile(std::vector<double> values, double percent);

} // namespace fourmix::calibration

#endif // FOURMIX_CALIBRATION_COMPARE_H
