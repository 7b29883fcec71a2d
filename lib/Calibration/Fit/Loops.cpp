// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Loops.h"
#include <bit>
#include <initializer_list>

#if defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__)
#define FOURMIX_FOR_EVERY_CPU __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FOURMIX_FOR_EVERY_CPU
#endif

namespace fourmix::calibration {

namespace {

constexpr int tileRows = 6, tileColumns = 16;

/// One tile of c, kept in registers.
template <int Rows>
[[gnu::always_inline]] inline void multiplyTile(int64_t k, const float *a, int64_t rowStride, int64_t columnStride,
                                                const float *b, int64_t bStride, float *c, int64_t cStride) {
  float sum[Rows][tileColumns];
  for (int i = 0; i < Rows; ++i)
    for (int j = 0; j < tileColumns; ++j)
      sum[i][j] = c[i * cStride + j];
  for (int64_t p = 0; p < k; ++p)
    for (int i = 0; i < Rows; ++i)
      for (int j = 0; j < tileColumns; ++j)
        sum[i][j] += a[i * rowStride + p * columnStride] * b[p * bStride + j];
  for (int i = 0; i < Rows; ++i)
    for (int j = 0; j < tileColumns; ++j)
      c[i * cStride + j] = sum[i][j];
}

/// The natural logarithm of a positive normal number, to 2e-7: a polynomial (Cephes, logf) that vectorises.
[[gnu::always_inline]] inline float logarithm(float x) {
  int32_t bits = std::bit_cast<int32_t>(x) - 0x3f3504f3; // so that the mantissa is in [sqrt(1/2), sqrt(2))
  float exponent = float(bits >> 23);
  float z = std::bit_cast<float>((bits & 0x7fffff) + 0x3f3504f3) - 1;
  float y = 7.0376836292e-2f;
  for (float factor : {-1.1514610310e-1f, 1.1676998740e-1f, -1.2420140846e-1f, 1.4249322787e-1f, -1.6668057665e-1f,
                       2.0000714765e-1f, -2.4999993993e-1f, 3.3333331174e-1f})
    y = y * z + factor;
  return exponent * 0.693147180559945f + (y * z - 0.5f) * z * z + z;
}

} // namespace

FOURMIX_FOR_EVERY_CPU
void multiplyAdd(int64_t m, int64_t n, int64_t k, const float *a, int64_t rowStride, int64_t columnStride,
                 const float *b, int64_t bStride, float *c, int64_t cStride) {
  for (int64_t j = 0; j < n; j += tileColumns) {
    int64_t i = 0;
    for (; i + tileRows <= m; i += tileRows)
      multiplyTile<tileRows>(k, a + i * rowStride, rowStride, columnStride, b + j, bStride, c + i * cStride + j,
                             cStride);
    for (; i < m; ++i)
      multiplyTile<1>(k, a + i * rowStride, rowStride, columnStride, b + j, bStride, c + i * cStride + j, cStride);
  }
}

FOURMIX_FOR_EVERY_CPU
double crossEntropy(const QueryRow &row) {
  const int64_t count = row.count;
  float *weights = row.scratch, *ratios = weights + row.stride, *products = ratios + row.stride;
  // Far below any weight that counts, and so far above zero that nothing overflows.
  for (int64_t j = 0; j < count; ++j)
    weights[j] = 1e-30f;
  float scales[64], sums[64];
  for (int64_t r = 0; r < row.components; ++r) {
    const float *c = row.kernel + r * row.kernelStride, *g = row.gates + r * row.stride;
    float *e = products + r * row.stride;
    float sum = 0;
    for (int64_t j = 0; j < count; ++j) {
      e[j] = c[j] * g[j];
      sum += e[j];
    }
    sums[r] = sum > 0 ? 1 / sum : 0;
    scales[r] = row.share[r] * sums[r];
    for (int64_t j = 0; j < count; ++j)
      weights[j] += scales[r] * e[j];
  }
  float entropy = 0;
  for (int64_t j = 0; j < count; ++j) {
    entropy -= row.target[j] * logarithm(weights[j]);
    ratios[j] = row.target[j] / weights[j];
  }
  for (int64_t r = 0; r < row.components; ++r) {
    const float *e = products + r * row.stride;
    float *gate = row.gateGradient + r * row.stride, *kernel = row.kernelGradient + r * row.kernelStride;
    float taken = 0;
    for (int64_t j = 0; j < count; ++j)
      taken += ratios[j] * e[j];
    taken *= scales[r];
    row.taken[r] = taken;
    float scale = scales[r], rest = taken * sums[r];
    for (int64_t j = 0; j < count; ++j) {
      float derivative = e[j] * (rest - scale * ratios[j]);
      gate[j] += derivative;
      kernel[j] += derivative;
    }
  }
  return entropy;
}

} // namespace fourmix::calibration
