// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Knapsack.h"
#include <cmath>
#include <cstdint>

namespace fourmix::calibration {

std::vector<std::optional<size_t>> chooseWithin(const std::vector<std::vector<KnapsackItem>> &groups, double capacity) {
  constexpr int64_t steps = 1000;
  struct Best {
    double gain = 0;
    std::vector<std::optional<size_t>> chosen;
  };
  std::vector<std::optional<Best>> best(steps + 1); // by the steps that are used
  best[0] = Best();
  for (const std::vector<KnapsackItem> &group : groups) {
    std::vector<std::optional<Best>> next = best;
    for (std::optional<Best> &each : next)
      if (each)
        each->chosen.push_back(std::nullopt);
    for (size_t item = 0; item < group.size(); ++item) {
      double share = group[item].weight == 0 ? 0 : group[item].weight / capacity;
      if (!(share <= 1)) // infinite, or no number, too
        continue;
      int64_t cost = static_cast<int64_t>(std::ceil(share * steps));
      for (int64_t used = 0; used + cost <= steps; ++used) {
        if (!best[used])
          continue;
        std::optional<Best> &at = next[used + cost];
        double gain = best[used]->gain + group[item].gain;
        if (at && at->gain >= gain)
          continue;
        at = Best{gain, best[used]->chosen};
        at->chosen.push_back(item);
      }
    }
    best = std::move(next);
  }
  const Best *most = &*best[0];
  for (const std::optional<Best> &each : best)
    if (each && each->gain > most->gain)
      most = &*each;
  return most->chosen;
}

} // namespace fourmix::calibration
