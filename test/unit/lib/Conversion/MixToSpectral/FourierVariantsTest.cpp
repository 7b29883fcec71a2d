// The variants of mix.fourier, mix.cosine and mix.mirror, compiled and by definition.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Execute.h"

using namespace fourmix::test;

namespace {
constexpr std::pair<int64_t, int64_t> extents[] = {{4, 6}, {5, 7}, {1, 9}, {2, 1}, {13, 24}};
struct Axes {
  const char *text;
  std::vector<int64_t> list; // hidden last
};
const Axes choices[] = {{" sequence 1", {1}},
                        {" hidden 3", {3}},
                        {" sequence 3", {3}},
                        {" sequence 1 hidden 3", {1, 3}},
                        {" sequence 3 hidden 1", {3, 1}}};

double errorOf(const RealTensor &x, const std::string &text, const RealTensor &expected) {
  OneOp op;
  op.add("x", x);
  return op.error(text + " : " + typeText(x.shape), expected);
}
} // namespace

TEST(FourierVariants, EqualTheirDefinition) {
  for (auto [n, d] : extents)
    for (auto [name, part] :
         {std::pair("", Part::Real), {" part hartley", Part::Hartley}, {" part magnitude", Part::Magnitude}})
      for (const Axes &axes : choices)
        for (bool half : {false, true}) {
          bool hasHidden = std::string(axes.text).find("hidden") != std::string::npos;
          if (half && (!hasHidden || part == Part::Hartley))
            continue;
          if (half && n > 5) // Each is compiled; they differ from the others by what is not copied.
            continue;
          std::mt19937 random(n * d);
          RealTensor x = randomTensor({2, n, 3, d}, random);
          std::string text = std::string("mix.fourier %x") + axes.text + name + (half ? " half" : "");
          EXPECT_LE(errorOf(x, text, fourierMixing(x, axes.list, part, half)), 2e-6) << text << " " << n << "x" << d;
        }
}

TEST(FourierVariants, CosinesEqualTheirDefinition) {
  for (auto [n, d] : extents)
    for (bool inverse : {false, true})
      for (bool ortho : {false, true})
        for (const Axes &axes : {choices[0], choices[1], choices[3]}) {
          std::mt19937 random(n * d);
          RealTensor x = randomTensor({2, n, 3, d}, random);
          std::string text =
              std::string("mix.cosine ") + (inverse ? "inverse " : "") + "%x" + axes.text + (ortho ? " ortho" : "");
          EXPECT_LE(errorOf(x, text, cosineMixing(x, axes.list, inverse, ortho)), 2e-6) << text << " " << n << "x" << d;
        }
}

TEST(FourierVariants, MirrorExpandsWhatHalfKept) {
  for (auto [n, d] : extents)
    for (int64_t sequence : {-1, 1}) {
      std::mt19937 random(n * d);
      RealTensor x = randomTensor({2, n, 3, d / 2 + 1}, random);
      std::string text = "mix.mirror %x" + std::string(sequence < 0 ? "" : " sequence 1") + " hidden 3 length ";
      text += std::to_string(d);
      EXPECT_LE(errorOf(x, text, mirrorSpectrum(x, sequence, 3, d)), 0) << text << " " << n << "x" << d;
    }
}
