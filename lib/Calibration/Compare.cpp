// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Calibration/Compare.h"
#include <algorithm>
#include <cmath>

namespace fourmix::calibration {

double mean(llvm::ArrayRef<double> values) {
  double sum = 0;
  for (double value : values)
    sum += value;
  return sum / double(values.size());
}

double percentile(std::vector<double> values, double percent) {
  if (values.empty() || std::any_of(values.begin(), values.end(), [](double v) { return std::isnan(v); }))
    return NAN;
  std::sort(values.begin(), values.end());
  double rank = percent / 100 * double(values.size() - 1);
  size_t below = size_t(rank), above = std::min(below + 1, values.size() - 1);
  return values[below] + (rank - double(below)) * (values[above] - values[below]);
}

double Change::meanRelative() const { return mean(relative); }
double Change::meanCosine() const { return mean(cosine); }

Change compareSamples(const HostTensor &value, const HostTensor &reference) {
  Change change;
  int64_t samples = value.shape.front(), each = samples ? value.size() / samples : 0;
  for (int64_t sample = 0; sample < samples; ++sample) {
    double product = 0, values = 0, references = 0, difference = 0;
    for (int64_t i = sample * each; i < (sample + 1) * each; ++i) {
      double y = value.real(i), r = reference.real(i);
      product += y * r;
      values += y * y;
      references += r * r;
      difference += (y - r) * (y - r);
    }
    change.relative.push_back(difference == 0 ? 0 : std::sqrt(difference / references));
    change.cosine.push_back(values == 0 && references == 0   ? 1
                            : values == 0 || references == 0 ? 0
                                                             : product / std::sqrt(values * references));
  }
  return change;
}

} // namespace fourmix::calibration
