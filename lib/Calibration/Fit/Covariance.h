// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_LIB_CALIBRATION_FIT_COVARIANCE_H
#define FOURMIX_LIB_CALIBRATION_FIT_COVARIANCE_H

#include <cstdint>
#include <vector>

namespace fourmix::calibration {

/// The extent of rows in memory for `features` numbers.
inline int64_t paddedFeatures(int64_t features) { return (features + 15) / 16 * 16; }

/// sum[i, j] += sum over rows of row[i] row[j], in blocks that are summed in f32. Rows have `paddedFeatures`, with
/// zeros behind; sum is [features, features].
void addProducts(const float *rows, int64_t count, int64_t features, double *sum);

/// Mean and covariance of rows that come bit by bit.
class Covariance {
public:
  explicit Covariance(int64_t features) : features(features), sum(features), products(features * features) {}

  void add(const float *rows, int64_t count);

  std::vector<double> mean() const;
  /// [features, features], divided by the number of rows.
  std::vector<double> matrix() const;

private:
  int64_t features, count = 0;
  std::vector<double> shift, sum, products; // of row - shift, which is near enough to the mean that nothing cancels
};

} // namespace fourmix::calibration

#endif // FOURMIX_LIB_CALIBRATION_FIT_COVARIANCE_H
