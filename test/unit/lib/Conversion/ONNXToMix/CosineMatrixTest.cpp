// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/ONNXToMix/Fourier/CosineMatrix.h"
#include "lib/Kernels/Cosine.h"
#include "gtest/gtest.h"

using namespace fourmix;
using namespace fourmix::onnx_to_mix;

namespace {

/// scale * inverse(m) * the first `kept` rows of the transform of n, both orthogonal, with the precision of a file.
std::vector<double> resampling(int64_t m, int64_t n, int64_t kept, double scale) {
  std::vector<double> matrix;
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      double sum = 0;
      for (int64_t k = 0; k < kept; ++k)
        sum += kernels::cosineWeight(k, m, true) * kernels::cosineEntry(k, i, m) * kernels::cosineWeight(k, n, true) *
               kernels::cosineEntry(k, j, n);
      matrix.push_back(static_cast<float>(scale * sum));
    }
  return matrix;
}
} // namespace

TEST(CosineMatrix, ReadsEveryResamplingAndNothingNearIt) {
  for (int64_t n = 3; n < 12; ++n)
    for (int64_t m = 2; m < 14; ++m)
      for (int64_t kept = 2; kept <= std::min(m, n); ++kept) {
        std::vector<double> matrix = resampling(m, n, kept, 0.75);
        std::optional<CosineResampling> found = matchCosineResampling(matrix, m, n);
        ASSERT_EQ(found.has_value(), !(m == n && kept == n)) << m << " " << n << " " << kept;
        if (!found)
          continue;
        EXPECT_EQ(found->kept, kept);
        EXPECT_NEAR(found->scale, 0.75, 1e-6);
        matrix[(m / 2) * n + n / 2] += 1e-3;
        EXPECT_FALSE(matchCosineResampling(matrix, m, n)) << m << " " << n << " " << kept;
      }
}

TEST(CosineMatrix, OfOtherMatricesNothingIsSaid) {
  std::vector<double> matrix(36);
  for (size_t i = 0; i < matrix.size(); ++i)
    matrix[i] = static_cast<double>(i * i % 17) - 8;
  EXPECT_FALSE(matchCosineResampling(matrix, 6, 6));
  EXPECT_FALSE(explainNearCosine(matrix, 6, 6));
  std::vector<double> zeros(36, 0.0);
  EXPECT_FALSE(matchCosineResampling(zeros, 6, 6));
  EXPECT_FALSE(explainNearCosine(zeros, 6, 6));
}
