// The nearest matrices of circulant blocks, compared with what they are by definition: no weight can be changed without
// a larger error.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Kernels/StructuredFit.h"
#include "gtest/gtest.h"
#include <cmath>
#include <random>

using namespace fourmix::kernels;

namespace {

std::vector<double> randomNumbers(size_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<double> normal;
  std::vector<double> values(count);
  for (double &value : values)
    value = normal(generator);
  return values;
}

/// A covariance of `columns` correlated inputs: A A^T.
std::vector<double> randomCovariance(int64_t columns, unsigned seed) {
  std::vector<double> a = randomNumbers(columns * columns, seed), s(columns * columns, 0.0);
  for (int64_t i = 0; i < columns; ++i)
    for (int64_t j = 0; j < columns; ++j)
      for (int64_t k = 0; k < columns; ++k)
        s[i * columns + j] += a[i * columns + k] * a[j * columns + k];
  return s;
}

/// C, from its definition: W[p b + i, q b + (i + t mod grid)] = weights[p, q, t].
std::vector<double> expand(const std::vector<double> &weights, const Extents &grid, int64_t rows, int64_t columns) {
  int64_t b = countPositions(grid);
  std::vector<double> matrix(rows * columns);
  for (int64_t p = 0; p < rows / b; ++p)
    for (int64_t q = 0; q < columns / b; ++q) {
      std::vector<double> kernel(weights.begin() + (p * (columns / b) + q) * b,
                                 weights.begin() + (p * (columns / b) + q + 1) * b);
      std::vector<double> block = expandCirculant(grid, kernel);
      for (int64_t i = 0; i < b; ++i)
        for (int64_t j = 0; j < b; ++j)
          matrix[(p * b + i) * columns + q * b + j] = block[i * b + j];
    }
  return matrix;
}

/// The squared distance of W and C, of their numbers or of their outputs.
double distance(const std::vector<double> &w, const std::vector<double> &c, int64_t columns,
                const std::vector<double> *covariance) {
  double sum = 0;
  for (size_t row = 0; row < w.size(); row += columns)
    for (int64_t i = 0; i < columns; ++i)
      for (int64_t j = 0; j < columns; ++j) {
        double s = covariance ? (*covariance)[i * columns + j] : i == j ? 1.0 : 0.0;
        sum += (w[row + i] - c[row + i]) * s * (w[row + j] - c[row + j]);
      }
  return sum;
}

struct Case {
  Extents grid;
  int64_t rows, columns;
};

class StructuredFitTest : public testing::TestWithParam<Case> {};

TEST_P(StructuredFitTest, NoWeightCanBeBetter) {
  const auto &[grid, rows, columns] = GetParam();
  std::vector<double> w = randomNumbers(rows * columns, 1), covariance = randomCovariance(columns, 2);
  for (const std::vector<double> *s : std::initializer_list<const std::vector<double> *>{nullptr, &covariance}) {
    StructuredFit fit = fitCirculantBlocks({w.data(), rows, columns, columns, 1}, grid, s);
    ASSERT_EQ(fit.weights.size(), static_cast<size_t>(rows * columns / countPositions(grid)));
    double least = distance(w, expand(fit.weights, grid, rows, columns), columns, s);
    double norm = distance(w, std::vector<double>(w.size(), 0.0), columns, s);
    EXPECT_NEAR(fit.error, std::sqrt(least / norm), 1e-9);
    for (double &weight : fit.weights)
      for (double step : {1e-2, -1e-2}) {
        weight += step;
        EXPECT_GT(distance(w, expand(fit.weights, grid, rows, columns), columns, s), least);
        weight -= step;
      }
  }
}

TEST_P(StructuredFitTest, FindsWhatIsStructured) {
  const auto &[grid, rows, columns] = GetParam();
  std::vector<double> weights = randomNumbers(rows * columns / countPositions(grid), 3), x = randomNumbers(columns, 4);
  std::vector<double> w = expand(weights, grid, rows, columns), covariance = randomCovariance(columns, 5);
  for (const std::vector<double> *s : std::initializer_list<const std::vector<double> *>{nullptr, &covariance}) {
    StructuredFit fit = fitCirculantBlocks({w.data(), rows, columns, columns, 1}, grid, s);
    EXPECT_LT(fit.error, 1e-6);
    for (size_t i = 0; i < weights.size(); ++i)
      EXPECT_NEAR(fit.weights[i], weights[i], 1e-5);
  }
  std::vector<double> y = multiplyCirculantBlocks(weights, grid, rows, x);
  for (int64_t row = 0; row < rows; ++row) {
    double expected = 0;
    for (int64_t j = 0; j < columns; ++j)
      expected += w[row * columns + j] * x[j];
    EXPECT_NEAR(y[row], expected, 1e-12);
  }
}

INSTANTIATE_TEST_SUITE_P(Grids, StructuredFitTest,
                         testing::Values(Case{{7}, 7, 7}, Case{{6}, 18, 6}, Case{{2, 3}, 6, 6}, Case{{4}, 8, 12},
                                         Case{{3, 3}, 18, 9}));

TEST(StructuredFit, RandomNumbersHaveNoStructure) {
  std::vector<double> w = randomNumbers(256 * 256, 6);
  for (int64_t b : {2, 4, 16, 256})
    EXPECT_NEAR(fitCirculantBlocks({w.data(), 256, 256, 256, 1}, {b}).error, distanceOfNoise({b}), 5e-3);
}

} // namespace
