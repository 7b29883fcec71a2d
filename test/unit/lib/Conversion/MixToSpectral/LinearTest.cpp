// mix.linear, compiled and by definition.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Execute.h"

using namespace fourmix::test;

TEST(Linear, EqualsItsDefinition) {
  for (unsigned seed = 0; seed < 12; ++seed) {
    std::mt19937 random(seed);
    auto uniform = [&](int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random); };
    RealTensor x = randomTensor({uniform(1, 3), uniform(1, 20), uniform(1, 20), uniform(1, 3)}, random);
    int64_t sequence = uniform(1, 2), hidden = 3 - sequence;
    bool twoSided = seed % 3 != 0, isConstant = seed % 2 == 0;
    RealTensor s = randomTensor({uniform(1, 20), x.shape[sequence]}, random);
    RealTensor h = randomTensor({x.shape[hidden], uniform(1, 20)}, random);
    OneOp op;
    op.add("x", x);
    op.add("s", s, isConstant);
    std::string text = "mix.linear %x sequence " + std::to_string(sequence) + " by %s";
    std::string types = typeText(x.shape) + ", " + typeText(s.shape);
    if (twoSided) {
      op.add("h", h, isConstant);
      text += " hidden " + std::to_string(hidden) + " by %h";
      types += ", " + typeText(h.shape);
    }
    EXPECT_LE(op.error(text + " : " + types, linearMixing(x, sequence, s, hidden, twoSided ? &h : nullptr)), 2e-6)
        << "seed " << seed << " " << types;
  }
}
