// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Covariance.h"
#include "Loops.h"
#include <algorithm>

namespace fourmix::calibration {

void addProducts(const float *rows, int64_t count, int64_t features, double *sum) {
  constexpr int64_t block = 256;
  const int64_t padded = paddedFeatures(features);
  std::vector<float> part(features * padded);
  for (int64_t first = 0; first < count; first += block) {
    const float *start = rows + first * padded;
    std::fill(part.begin(), part.end(), 0.0f);
    multiplyAdd(features, padded, std::min(block, count - first), start, 1, padded, start, padded, part.data(), padded);
    for (int64_t i = 0; i < features; ++i)
      for (int64_t j = 0; j < features; ++j)
        sum[i * features + j] += part[i * padded + j];
  }
}

void Covariance::add(const float *rows, int64_t more) {
  if (more == 0)
    return;
  if (count == 0) {
    shift.assign(features, 0.0);
    for (int64_t row = 0; row < more; ++row)
      for (int64_t f = 0; f < features; ++f)
        shift[f] += rows[row * features + f] / double(more);
  }
  const int64_t padded = paddedFeatures(features);
  std::vector<float> centred(more * padded);
  for (int64_t row = 0; row < more; ++row)
    for (int64_t f = 0; f < features; ++f) {
      double difference = rows[row * features + f] - shift[f];
      centred[row * padded + f] = float(difference);
      sum[f] += difference;
    }
  addProducts(centred.data(), more, features, products.data());
  count += more;
}

std::vector<double> Covariance::mean() const {
  std::vector<double> mean(features);
  for (int64_t f = 0; f < features && count; ++f)
    mean[f] = shift[f] + sum[f] / double(count);
  return mean;
}

std::vector<double> Covariance::matrix() const {
  std::vector<double> matrix(features * features);
  for (int64_t i = 0; i < features && count; ++i)
    for (int64_t j = 0; j < features; ++j)
      matrix[i * features + j] = (products[i * features + j] - sum[i] * sum[j] / double(count)) / double(count);
  return matrix;
}

} // namespace fourmix::calibration
