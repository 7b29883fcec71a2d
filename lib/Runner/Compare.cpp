// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Runner/Runner.h"
#include <cmath>

using namespace fourmix;

Comparison fourmix::compare(const HostTensor &value, const HostTensor &reference, const Tolerance &tolerance) {
  Comparison result;
  int64_t count = value.size();
  for (int64_t i = 0; i < count; ++i)
    if (double magnitude = std::fabs(reference.real(i)); std::isfinite(magnitude))
      result.maxReference = std::max(result.maxReference, magnitude);
  for (int64_t i = 0; i < count; ++i) {
    double error, allowed;
    if (value.isInteger()) {
      error =
          value.integer(i) == reference.integer(i) ? 0 : std::max(1.0, std::fabs(value.real(i) - reference.real(i)));
      allowed = 0;
    } else {
      double y = value.real(i), expected = reference.real(i);
      bool same = y == expected || (std::isnan(y) && std::isnan(expected));
      error = same ? 0 : std::fabs(y - expected);
      if (std::isnan(error) || (!same && !std::isfinite(expected)))
        error = INFINITY;
      allowed = same                  ? 0 // also where the reference, and with it the bound, is NaN
                : tolerance.ofMaximum ? *tolerance.ofMaximum * result.maxReference
                                      : tolerance.atol + tolerance.rtol * std::fabs(expected);
    }
    if (error > result.maxError || (error == INFINITY && result.worst < 0)) {
      result.maxError = error;
      result.worst = i;
    }
    // Written so that a NaN anywhere is a mismatch.
    if (!(error <= allowed) || error == INFINITY) {
      ++result.mismatches;
      if (result.first < 0)
        result.first = i;
    }
  }
  return result;
}
