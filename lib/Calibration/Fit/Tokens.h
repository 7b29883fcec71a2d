// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_LIB_CALIBRATION_FIT_TOKENS_H
#define FOURMIX_LIB_CALIBRATION_FIT_TOKENS_H

#include "GatedFit.h"

namespace fourmix::calibration {

/// The valid tokens of all samples in one list, their features decorrelated: z = A (x - mean) with A' A the inverse of
/// the covariance. Features of networks are so unlike in size that without this no gradient method gets anywhere.
class Tokens {
public:
  Tokens(const AttentionData &data, int threads);

  int64_t size() const { return position.size(); }
  int64_t features() const { return d; }
  const float *row(int64_t token) const { return z.data() + token * d; }
  /// Tokens [first[s], first[s + 1]) are those of sample s.
  std::vector<int64_t> first;
  /// Where in its sequence a token stands.
  std::vector<int64_t> position;

  /// The vector v and the shift b with v' x + b = w' z for all tokens.
  std::vector<double> onFeatures(const double *w, double &shift) const;

  /// The vector w and the shift b with w' z + b = v' x for all tokens.
  std::vector<double> ofFeatures(const float *v, double &shift) const;

  /// w with w' z nearest to `wanted` (one number per token), up to a constant.
  std::vector<double> regress(const std::vector<double> &wanted) const;

private:
  int64_t d;
  std::vector<float> z;
  std::vector<double> mean, whiten, factor; // A and its inverse, lower triangular
};

} // namespace fourmix::calibration

#endif // FOURMIX_LIB_CALIBRATION_FIT_TOKENS_H
