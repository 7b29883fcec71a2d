// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/ONNXToMix/Analysis/TrigMatrix.h"
#include "lib/Kernels/Cosine.h"
#include "gtest/gtest.h"
#include <cmath>
#include <numbers>
#include <random>

using namespace fourmix::onnx_to_mix;

namespace {
/// cos or sin (2 pi j k / length), rounded to f32 as an exporter stores it.
double stored(Row::Kind kind, int64_t j, int64_t k, int64_t length) {
  double angle = 2 * std::numbers::pi * static_cast<double>(j * k % length) / static_cast<double>(length);
  return static_cast<float>(kind == Row::Cos ? std::cos(angle) : std::sin(angle));
}

bool isRow(const Row &row, Row::Kind kind, int64_t length, int64_t index, double scale) {
  Row expected = Row::trig(kind, length, index, length, scale);
  return row.parallel(expected) && std::abs(row.scale - expected.scale) <= tolerance * std::abs(scale);
}
} // namespace

TEST(TrigMatrix, EveryLengthIsRecognisedAtAnyScale) {
  for (int64_t n = 2; n <= 96; ++n)
    for (Row::Kind kind : {Row::Cos, Row::Sin}) {
      double scale = kind == Row::Cos ? 1 / std::sqrt(static_cast<double>(n)) : -1;
      auto map = matchTrigMatrix(n, n, [&](int64_t r, int64_t j) { return scale * stored(kind, r, j, n); });
      if (kind == Row::Sin && n == 2) {
        EXPECT_FALSE(map) << "the sines of length 2 are zero, and zero is no matrix of sines";
        continue;
      }
      ASSERT_TRUE(map) << "length " << n;
      for (int64_t r = 0; r < n; ++r)
        EXPECT_TRUE(isRow((*map)[r], kind, n, r, scale)) << "length " << n << " row " << r;
    }
}

TEST(TrigMatrix, TheLengthsOfRealModelsAreRecognised) {
  for (int64_t n : {512, 768, 1024})
    for (Row::Kind kind : {Row::Cos, Row::Sin})
      EXPECT_TRUE(matchTrigMatrix(n, n, [&](int64_t r, int64_t j) { return stored(kind, r, j, n); })) << n;
}

TEST(TrigMatrix, RowsMayBePermutedMirroredAndLeftOut) {
  int64_t n = 24;
  std::vector<int64_t> order = {5, 23, 0, 17, 12, 7};
  auto map = matchTrigMatrix(6, n, [&](int64_t r, int64_t j) { return stored(Row::Cos, order[r], j, n); });
  ASSERT_TRUE(map);
  for (auto [r, frequency] : llvm::enumerate(order))
    EXPECT_TRUE(isRow((*map)[r], Row::Cos, n, frequency, 1));
}

TEST(TrigMatrix, OneWrongEntryIsTooMany) {
  int64_t n = 36;
  for (double error : {1e-6, 1e-4})
    EXPECT_EQ(
        matchTrigMatrix(
            n, n, [&](int64_t r, int64_t j) { return stored(Row::Cos, r, j, n) + (r == 17 && j == 29 ? error : 0); })
            .has_value(),
        error < tolerance);
}

TEST(TrigMatrix, ACornerTellsTheMatrixItWasCutFrom) {
  for (Row::Kind kind : {Row::Cos, Row::Sin}) {
    auto map = matchTrigMatrix(128, 128, [&](int64_t r, int64_t j) { return stored(kind, r, j, 512); });
    ASSERT_TRUE(map);
    EXPECT_EQ((*map)[1].length, 512);
    EXPECT_EQ((*map)[1].width, 128);
  }
}

TEST(TrigMatrix, RowsOfTheCosineTransformAndItsInverse) {
  for (int64_t n : {3, 4, 5, 7, 24, 65})
    for (bool inverse : {false, true})
      for (bool ortho : {false, true})
        for (double scale : {1.0, -0.25}) {
          std::vector<double> matrix = fourmix::kernels::cosineMatrix(n, inverse, ortho);
          auto rounded = [&](int64_t r, int64_t j) {
            return static_cast<double>(static_cast<float>(scale * matrix[r * n + j]));
          };
          std::optional<AxisMap> map = matchTrigMatrix(n, n, rounded);
          ASSERT_TRUE(map) << n << inverse << ortho;
          Row::Kind kind = !inverse ? Row::Dct : ortho ? Row::InverseDctOrtho : Row::InverseDct;
          for (auto [r, row] : llvm::enumerate(*map)) {
            EXPECT_EQ(row.kind, kind) << n;
            EXPECT_EQ(row.index, static_cast<int64_t>(r));
            double weight = inverse ? 1 : fourmix::kernels::cosineWeight(row.index, n, ortho);
            EXPECT_NEAR(row.scale / (scale * weight), 1, 1e-6);
          }
          // Fewer rows of the transform are its first coefficients; one wrong number is too many.
          EXPECT_EQ(matchTrigMatrix(n > 3 ? n - 1 : n, n, rounded).has_value(), !inverse || n == 3);
          EXPECT_FALSE(matchTrigMatrix(
              n, n, [&](int64_t r, int64_t j) { return rounded(r, j) * (r == n - 1 && j == n / 2 + 1 ? 1.001 : 1); }));
        }
}

TEST(TrigMatrix, OtherMatricesAreNone) {
  int64_t n = 24;
  std::mt19937 random(7);
  std::normal_distribution<double> normal;
  std::vector<double> weights(n * n);
  for (double &weight : weights)
    weight = normal(random);
  EXPECT_FALSE(matchTrigMatrix(n, n, [&](int64_t r, int64_t j) { return weights[r * n + j]; }));
  // Another cosine transform, the DCT-IV.
  EXPECT_FALSE(matchTrigMatrix(n, n, [&](int64_t r, int64_t j) {
    return std::cos(std::numbers::pi * (static_cast<double>(j) + 0.5) * (static_cast<double>(r) + 0.5) / n);
  }));
  // A window on the columns.
  EXPECT_FALSE(matchTrigMatrix(
      n, n, [&](int64_t r, int64_t j) { return stored(Row::Cos, r, j, n) * (0.5 - 0.5 * stored(Row::Cos, 1, j, n)); }));
  EXPECT_FALSE(matchTrigMatrix(n, n, [&](int64_t, int64_t) { return 0.0; }));
  EXPECT_FALSE(matchTrigMatrix(n, n, [&](int64_t, int64_t) { return std::nan(""); }));
}
