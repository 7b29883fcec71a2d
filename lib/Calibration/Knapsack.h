// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CALIBRATION_KNAPSACK_H
#define LIB_CALIBRATION_KNAPSACK_H

#include <cstddef>
#include <optional>
#include <vector>

namespace fourmix::calibration {

struct KnapsackItem {
  double weight, gain;
};

/// Of every group at most one item, so that the gains add up to the most and the weights to at most `capacity`; which
/// item of each group, nothing for none. Weights are rounded up to thousandths of the capacity.
std::vector<std::optional<std::size_t>> chooseWithin(const std::vector<std::vector<KnapsackItem>> &groups,
                                                     double capacity);

} // namespace fourmix::calibration

#endif // LIB_CALIBRATION_KNAPSACK_H
