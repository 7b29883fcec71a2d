// When transforms are too rough for a kernel.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_KERNELS_KERNELRANGE_H
#define LIB_KERNELS_KERNELRANGE_H

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace fourmix::kernels {

/// True if some weights of a kernel are zero, or nearly so beside others; `numbers` are [.., taps, inner]. The noise of
/// a transform is relative to the largest weight and the largest number that it meets, also at a query that sees
/// neither: what is left for that query, because of masks or because the kernel hides the rest, may be less than the
/// noise, and a quotient of two such sums anything.
inline bool hasWideRange(const std::vector<double> &numbers, int64_t taps, int64_t inner) {
  constexpr double least = 1e-4;
  for (int64_t line = 0, lines = static_cast<int64_t>(numbers.size()) / taps; line < lines; ++line) {
    double smallest = std::numeric_limits<double>::infinity(), largest = 0;
    for (int64_t tap = 0; tap < taps; ++tap) {
      double weight = std::abs(numbers[(line / inner * taps + tap) * inner + line % inner]);
      smallest = std::min(smallest, weight);
      largest = std::max(largest, weight);
    }
    if (smallest < least * largest)
      return true;
  }
  return false;
}

} // namespace fourmix::kernels

#endif // LIB_KERNELS_KERNELRANGE_H
