// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Calibration/Knapsack.h"
#include "gtest/gtest.h"
#include <cmath>
#include <random>

using namespace fourmix::calibration;

namespace {

using Groups = std::vector<std::vector<KnapsackItem>>;

/// The gain of the best choice, by trying all.
double most(const Groups &groups, double capacity, size_t group = 0) {
  if (group == groups.size())
    return 0;
  double best = most(groups, capacity, group + 1);
  for (const KnapsackItem &item : groups[group])
    if (item.weight <= capacity)
      best = std::max(best, item.gain + most(groups, capacity - item.weight, group + 1));
  return best;
}

TEST(Knapsack, FindsWhatTryingAllFinds) {
  std::mt19937 random(2);
  for (int round = 0; round < 50; ++round) {
    Groups groups(4);
    for (auto &group : groups)
      for (int item = 0; item < 3; ++item) // weights in whole thousandths, so that nothing is rounded
        group.push_back({double(random() % 500) / 1000, double(random() % 1000)});
    double gain = 0, weight = 0;
    auto chosen = chooseWithin(groups, 1);
    ASSERT_EQ(chosen.size(), groups.size());
    for (size_t group = 0; group < groups.size(); ++group)
      if (chosen[group]) {
        gain += groups[group][*chosen[group]].gain;
        weight += groups[group][*chosen[group]].weight;
      }
    EXPECT_LE(weight, 1 + 1e-9);
    EXPECT_GE(gain, most(groups, 0.99)); // a weight may be rounded up by a thousandth
    EXPECT_LE(gain, most(groups, 1 + 1e-9));
  }
}

TEST(Knapsack, LeavesWhatDoesNotFit) {
  EXPECT_TRUE(chooseWithin({}, 1).empty());
  auto chosen = chooseWithin({{{INFINITY, 5}}, {{NAN, 5}}, {{2, 5}}, {{0.5, -1}}, {{0, 1}}}, 1);
  EXPECT_EQ(chosen, (std::vector<std::optional<size_t>>{{}, {}, {}, {}, 0}));
  EXPECT_EQ(chooseWithin({{{0.1, 1}}, {{0, 1}}}, 0), (std::vector<std::optional<size_t>>{{}, 0}));
}

} // namespace
