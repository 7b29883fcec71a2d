// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Tokens.h"
#include "Covariance.h"
#include "Loops.h"
#include "Parallel.h"
#include <algorithm>
#include <cmath>

namespace fourmix::calibration {

using Matrix = std::vector<double>; // d x d, row-major

/// L with L L' = m, in place of m's lower triangle.
static void cholesky(Matrix &m, int64_t d) {
  for (int64_t j = 0; j < d; ++j) {
    double *row = &m[j * d];
    for (int64_t k = 0; k < j; ++k)
      row[j] -= row[k] * row[k];
    row[j] = std::sqrt(row[j]);
    for (int64_t i = j + 1; i < d; ++i) {
      double *below = &m[i * d], sum = below[j];
      for (int64_t k = 0; k < j; ++k)
        sum -= below[k] * row[k];
      below[j] = sum / row[j];
    }
  }
}

/// The inverse of a lower triangular matrix.
static Matrix invertLower(const Matrix &l, int64_t d) {
  Matrix inverse(d * d);
  for (int64_t i = 0; i < d; ++i) {
    double *row = &inverse[i * d];
    for (int64_t k = 0; k < i; ++k)
      for (int64_t j = 0; j <= k; ++j)
        row[j] -= l[i * d + k] * inverse[k * d + j];
    row[i] += 1;
    for (int64_t j = 0; j <= i; ++j)
      row[j] /= l[i * d + i];
  }
  return inverse;
}

Tokens::Tokens(const AttentionData &data, int threads) : d(data.features), mean(d) {
  std::vector<const float *> rows;
  for (int64_t sample = 0; sample < data.samples; ++sample) {
    first.push_back(position.size());
    for (int64_t i = 0; i < data.n; ++i)
      if (data.valid[sample * data.n + i]) {
        position.push_back(i);
        rows.push_back(data.x + (sample * data.n + i) * d);
      }
  }
  first.push_back(position.size());
  int64_t count = size(), padded = paddedFeatures(d);
  for (const float *row : rows)
    for (int64_t f = 0; f < d; ++f)
      mean[f] += row[f] / double(count);
  std::vector<float> centred(count * padded);
  for (int64_t token = 0; token < count; ++token)
    for (int64_t f = 0; f < d; ++f)
      centred[token * padded + f] = float(rows[token][f] - mean[f]);

  Matrix covariance(d * d);
  std::vector<Matrix> partial(threads, Matrix(d * d));
  parallelParts(threads, count, [&](int thread, int64_t from, int64_t to) {
    addProducts(centred.data() + from * padded, to - from, d, partial[thread].data());
  });
  double trace = 0;
  for (int64_t i = 0; i < d; ++i)
    for (int64_t j = 0; j < d; ++j) {
      for (const Matrix &part : partial)
        covariance[i * d + j] += part[i * d + j] / double(count);
      trace += i == j ? covariance[i * d + j] : 0;
    }
  // Norms leave directions in which no token varies, and few tokens leave many: those must not be blown up.
  for (int64_t i = 0; i < d; ++i)
    covariance[i * d + i] += std::max(1e-4 * trace / double(d), 1e-30);
  cholesky(covariance, d);
  whiten = invertLower(covariance, d);
  factor = std::move(covariance);

  std::vector<float> transposed(d * padded);
  for (int64_t i = 0; i < d; ++i)
    for (int64_t j = 0; j <= i; ++j)
      transposed[j * padded + i] = float(whiten[i * d + j]);
  std::vector<float> result(count * padded);
  parallelParts(threads, count, [&](int, int64_t from, int64_t to) {
    multiplyAdd(to - from, padded, d, centred.data() + from * padded, padded, 1, transposed.data(), padded,
                result.data() + from * padded, padded);
  });
  z.resize(count * d);
  for (int64_t token = 0; token < count; ++token)
    std::copy_n(&result[token * padded], d, &z[token * d]);
}

std::vector<double> Tokens::onFeatures(const double *w, double &shift) const {
  std::vector<double> v(d);
  for (int64_t i = 0; i < d; ++i)
    for (int64_t j = 0; j <= i; ++j)
      v[j] += whiten[i * d + j] * w[i];
  shift = 0;
  for (int64_t j = 0; j < d; ++j)
    shift -= v[j] * mean[j];
  return v;
}

std::vector<double> Tokens::ofFeatures(const float *v, double &shift) const {
  std::vector<double> w(d);
  shift = 0;
  for (int64_t i = 0; i < d; ++i) {
    for (int64_t j = 0; j <= i; ++j)
      w[j] += factor[i * d + j] * double(v[i]);
    shift += double(v[i]) * mean[i];
  }
  return w;
}

std::vector<double> Tokens::regress(const std::vector<double> &wanted) const {
  // The covariance of z is nearly the identity, so no system is left to solve.
  std::vector<double> w(d);
  double average = 0;
  for (double number : wanted)
    average += number / double(size());
  for (int64_t token = 0; token < size(); ++token)
    for (int64_t f = 0; f < d; ++f)
      w[f] += (wanted[token] - average) * row(token)[f] / double(size());
  return w;
}

} // namespace fourmix::calibration
