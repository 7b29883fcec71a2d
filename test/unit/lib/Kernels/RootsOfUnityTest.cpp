// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Kernels/RootsOfUnity.h"
#include "gtest/gtest.h"
#include <cmath>
#include <numbers>

using namespace fourmix::kernels;

TEST(RootsOfUnity, QuarterTurnsAreExact) {
  for (int64_t n : {4, 12, 20, 1024, 4 * 10007}) {
    EXPECT_EQ(rootOfUnity(0, n).re, 1.0);
    EXPECT_EQ(rootOfUnity(0, n).im, 0.0);
    EXPECT_EQ(rootOfUnity(n / 4, n).re, 0.0);
    EXPECT_EQ(rootOfUnity(n / 4, n).im, -1.0);
    EXPECT_EQ(rootOfUnity(n / 2, n).re, -1.0);
    EXPECT_EQ(rootOfUnity(n / 2, n).im, 0.0);
    EXPECT_EQ(rootOfUnity(3 * n / 4, n).re, 0.0);
    EXPECT_EQ(rootOfUnity(3 * n / 4, n).im, 1.0);
  }
  EXPECT_EQ(rootOfUnity(1, 8).re, -rootOfUnity(1, 8).im);
}

TEST(RootsOfUnity, SymmetricAnglesAreBitwiseSymmetric) {
  for (int64_t n : {7, 24, 1000})
    for (int64_t k = 0; k < n; ++k) {
      EXPECT_EQ(rootOfUnity(k, n).re, rootOfUnity(-k, n).re);
      EXPECT_EQ(rootOfUnity(k, n).im, -rootOfUnity(-k, n).im);
      EXPECT_EQ(rootOfUnity(k + 5 * n, n).im, rootOfUnity(k, n).im);
    }
}

TEST(RootsOfUnity, ValuesAreThoseOfLongDouble) {
  for (int64_t n : {1, 2, 3, 5, 24, 768, 10007, 65536})
    for (int64_t k = 0; k < n; k += 1 + n / 97) {
      long double angle = 2 * std::numbers::pi_v<long double> * k / n;
      EXPECT_NEAR(rootOfUnity(k, n).re, static_cast<double>(std::cos(angle)), 2e-16);
      EXPECT_NEAR(rootOfUnity(k, n).im, static_cast<double>(-std::sin(angle)), 2e-16);
    }
}

TEST(RootsOfUnity, ChirpsOfLongSequencesKeepTheirAngle) {
  int64_t n = 1000003, j = 999999;
  // (n - 4)^2 = n^2 - 8n + 16, and n^2 = n modulo 2n for odd n: half a turn and 16 steps.
  EXPECT_DOUBLE_EQ(chirp(j, n).re, -rootOfUnity(16, 2 * n).re);
  EXPECT_DOUBLE_EQ(chirp(j, n).im, -rootOfUnity(16, 2 * n).im);
}
