// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Calibration/Compare.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace fourmix;
using namespace fourmix::calibration;

namespace {

HostTensor rows(std::vector<double> values, int64_t columns) {
  HostTensor tensor = HostTensor::zeros(FOURMIX_FLOAT32, {int64_t(values.size()) / columns, columns});
  for (size_t i = 0; i < values.size(); ++i)
    tensor.setReal(i, values[i]);
  return tensor;
}

TEST(CompareSamples, EverySampleIsAVectorOfItsOwn) {
  Change change = compareSamples(rows({3, 0, 0, 2, 1, 1, -2, 0}, 2), rows({1, 0, 2, 0, 1, 1, 2, 0}, 2));
  EXPECT_EQ(change.cosine, std::vector<double>({1, 0, 1, -1}));
  EXPECT_EQ(change.relative[0], 2);
  EXPECT_NEAR(change.relative[1], std::sqrt(2), 1e-15);
  EXPECT_EQ(change.relative[2], 0);
  EXPECT_EQ(change.relative[3], 2);
  EXPECT_EQ(change.meanCosine(), 0.25);
}

TEST(CompareSamples, ZerosAndNaN) {
  Change change = compareSamples(rows({0, 0, 1, NAN}, 1), rows({0, 1, 0, 1}, 1));
  EXPECT_EQ(change.cosine[0], 1);
  EXPECT_EQ(change.relative[0], 0);
  EXPECT_EQ(change.cosine[1], 0);
  EXPECT_EQ(change.relative[1], 1);
  EXPECT_EQ(change.cosine[2], 0);
  EXPECT_EQ(change.relative[2], INFINITY);
  EXPECT_TRUE(std::isnan(change.cosine[3]) && std::isnan(change.relative[3]));
  EXPECT_FALSE(change.meanCosine() > -2); // so that no bound holds
}

TEST(Percentile, IsLinearBetweenRanks) {
  EXPECT_EQ(percentile({4, 1, 3, 2}, 50), 2.5);
  EXPECT_NEAR(percentile({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 5), 0.5, 1e-15);
  EXPECT_EQ(percentile({7}, 5), 7);
  EXPECT_TRUE(std::isnan(percentile({}, 5)));
}

} // namespace
