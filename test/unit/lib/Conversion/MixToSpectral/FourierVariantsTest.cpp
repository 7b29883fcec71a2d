// mix.fourier of one axis and with Hartley's part, compiled and by definition.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Execute.h"

using namespace fourmix::test;

TEST(FourierVariants, EqualTheirDefinition) {
  for (auto [n, d] : {std::pair(4, 6), {5, 7}, {1, 9}, {2, 1}, {3, 2}, {13, 24}})
    for (bool isHartley : {false, true})
      for (const char *axes : {"sequence 1", "sequence 3", "sequence 1 hidden 3", "sequence 3 hidden 1"}) {
        std::mt19937 random(n * d);
        RealTensor x = randomTensor({2, n, 3, d}, random);
        std::string text = axes;
        int64_t sequence = text[9] - '0', hidden = text.size() > 10 ? text.back() - '0' : -1;
        OneOp op;
        op.add("x", x);
        std::string full = "mix.fourier %x " + text + (isHartley ? " part hartley" : "") + " : " + typeText(x.shape);
        EXPECT_LE(op.error(full, fourierMixing(x, sequence, hidden, isHartley)), 2e-6) << full;
      }
}
