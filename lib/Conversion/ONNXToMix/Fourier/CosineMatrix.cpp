// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CosineMatrix.h"
#include "lib/Conversion/ONNXToMix/Analysis/SeparableForm.h"
#include "lib/Kernels/Cosine.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>
#include <numbers>

using llvm::ArrayRef;

namespace fourmix::onnx_to_mix {

constexpr int64_t mostEntries = 1 << 24;

std::optional<CosineResampling> matchCosineResampling(ArrayRef<double> matrix, int64_t m, int64_t n) {
  if (m < 2 || n < 3 || m * n > mostEntries)
    return std::nullopt;
  // Between coefficients the matrix is a multiple of the identity, and then nothing.
  kernels::Extents shape{m, n};
  std::vector<double> between = kernels::transformCosine(shape, matrix.vec(), 1, /*inverse=*/false, /*ortho=*/true);
  between = kernels::transformCosine(shape, between, 0, /*inverse=*/false, /*ortho=*/true);
  double scale = between[0], slack = 4 * tolerance * std::abs(scale);
  if (!(std::abs(scale) > 0) || !std::isfinite(scale))
    return std::nullopt;
  int64_t most = std::min(m, n), kept = 0;
  while (kept < most && std::abs(between[kept * n + kept] - scale) <= slack)
    ++kept;
  for (int64_t i = 0; i < m; ++i)
    for (int64_t k = 0; k < n; ++k)
      if (!(i == k && i < kept) && !(std::abs(between[i * n + k]) <= slack)) // also for a NaN
        return std::nullopt;
  if (kept < 2 || (m == n && kept == n))
    return std::nullopt;
  return CosineResampling{kept, scale};
}

namespace {
/// How far each row is from a multiple of `entry(row, column)`: the largest difference, relative to the multiple.
template <typename Entry>
struct Distance {
  double worst = 0;
  int64_t row = 0, column = 0;

  Distance(ArrayRef<double> matrix, int64_t m, int64_t n, Entry entry) {
    for (int64_t i = 0; i < m; ++i) {
      double product = 0, square = 0;
      for (int64_t j = 0; j < n; ++j) {
        product += matrix[i * n + j] * entry(i, j);
        square += entry(i, j) * entry(i, j);
      }
      double scale = product / square;
      for (int64_t j = 0; j < n; ++j) {
        double off = std::abs(matrix[i * n + j] - scale * entry(i, j)) / std::abs(scale);
        if (!(off <= worst)) {
          worst = std::isnan(off) ? HUGE_VAL : off;
          row = i;
          column = j;
        }
      }
    }
  }
};
template <typename Entry>
Distance(ArrayRef<double>, int64_t, int64_t, Entry) -> Distance<Entry>;
} // namespace

std::optional<std::string> explainNearCosine(ArrayRef<double> matrix, int64_t m, int64_t n) {
  constexpr double nearly = 0.1; // of random rows none is so near
  if (m < 3 || n < 3 || m > n || m * n > mostEntries)
    return std::nullopt;
  double pi = std::numbers::pi, points = static_cast<double>(n);
  auto typeTwo = [&](int64_t k, int64_t j) { return kernels::cosineEntry(k, j, n); };
  auto typeFour = [&](int64_t k, int64_t j) { return std::cos(pi / points * (k + 0.5) * (j + 0.5)); };
  // Of type I the ends of the signal may have another weight: that of row 0.
  auto typeOne = [&](int64_t k, int64_t j) { return matrix[j] * std::cos(pi * k * j / (points - 1)); };
  Distance two(matrix, m, n, typeTwo);
  if (two.worst <= nearly)
    return llvm::formatv("row {0} of its matrix is a cosine transform's but for {1:E2} in column {2}, relative to its "
                         "largest entry",
                         two.row, two.worst, two.column)
        .str();
  if (Distance(matrix, m, n, typeFour).worst <= nearly)
    return "its matrix is a cosine transform of type IV, mix.cosine is of type II";
  if (Distance(matrix, m, n, typeOne).worst <= nearly)
    return "its matrix is a cosine transform of type I, mix.cosine is of type II";
  if (m != n)
    return std::nullopt;
  // Column 0 of the inverse has a weight of its own.
  double first = matrix[0];
  std::vector<double> turned(matrix.size());
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < n; ++j)
      turned[j * n + i] = matrix[i * n + j];
  if (Distance inverse(turned, n, n, typeTwo); first != 0 && inverse.worst <= nearly)
    return llvm::formatv(
               "column {0} of its matrix is an inverse cosine transform's but for {1:E2} in row {2}, relative "
               "to its largest entry",
               inverse.row, inverse.worst, inverse.column)
        .str();
  return std::nullopt;
}

} // namespace fourmix::onnx_to_mix
