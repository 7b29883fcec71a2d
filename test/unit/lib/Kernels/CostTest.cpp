// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Kernels/Cost.h"
#include "gtest/gtest.h"

using namespace fourmix::kernels;

TEST(Cost, RadixFourCountsItsButterflies) {
  // 4 butterflies of 16 additions per stage, and one stage of 3 twiddles of 4 multiplications and 2 additions each.
  Cost cost = countDft(planDft(16));
  EXPECT_EQ(cost.additions, 2 * 4 * 16 + 4 * 3 * 2);
  EXPECT_EQ(cost.multiplications, 4 * 3 * 4);
  EXPECT_EQ(cost.loads, 2 * 32);
  EXPECT_EQ(cost.stores, 2 * 32);
  EXPECT_EQ(cost.tableLoads, 4 * 3 * 2);
}

TEST(Cost, RealTransformsTakeAboutHalf) {
  for (int64_t n : {256, 768, 1000}) {
    double complex = countDft(planDft(n)).flops();
    EXPECT_LT(countRdft(planRdft(n)).flops(), 0.62 * complex) << n;
    EXPECT_LT(countIrdft(planRdft(n)).flops(), 0.65 * complex) << n;
    EXPECT_LT(countDft(planDft(n), /*realInput=*/true).flops(), complex) << n;
  }
}

TEST(Cost, PowersOfTwoStayNearFiveNLogN) {
  EXPECT_LT(countDft(planDft(4096)).flops(), 5 * 4096 * 12);
  EXPECT_LT(countDft(planDft(4096, {8})).flops(), countDft(planDft(4096, {2})).flops());
}
