// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tolerances: relative L2 error 3e-7 in f32 and 5e-16 log2(n) in f64, against sums in long double.
#include "lib/Kernels/Evaluate.h"
#include "gtest/gtest.h"
#include <cmath>
#include <functional>
#include <numbers>
#include <random>

using namespace fourmix::kernels;

namespace {

using Long = long double;

template <typename T>
struct Signal {
  std::vector<T> re, im;
};

template <typename T>
Signal<T> randomSignal(int64_t n, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<T> uniform(-1, 1);
  Signal<T> x;
  for (int64_t i = 0; i < n; ++i) {
    x.re.push_back(uniform(generator));
    x.im.push_back(uniform(generator));
  }
  return x;
}

template <typename T>
double tolerance(int64_t n) {
  return sizeof(T) == 4 ? 3e-7 : 5e-16 * std::max(1.0, std::log2(static_cast<double>(n)));
}

/// Rows of the transform to compare: all of short ones, a random sample of long ones.
std::vector<int64_t> sample(int64_t n) {
  std::vector<int64_t> rows;
  if (n <= 1024) {
    for (int64_t k = 0; k < n; ++k)
      rows.push_back(k);
    return rows;
  }
  std::mt19937 generator(static_cast<unsigned>(n));
  for (int i = 0; i < 40; ++i)
    rows.push_back(generator() % n);
  return rows;
}

/// Relative L2 distance of rows `rows` of y to the transform of x (sign -1 forward, +1 inverse and divided by n).
template <typename T>
double distance(const Signal<T> &x, const std::function<Signal<Long>(int64_t)> &y, const std::vector<int64_t> &rows,
                int sign) {
  int64_t n = x.re.size();
  std::vector<Long> cosine(n), sine(n);
  for (int64_t k = 0; k < n; ++k) {
    Long angle = 2 * std::numbers::pi_v<Long> * k / n;
    cosine[k] = std::cos(angle);
    sine[k] = sign * std::sin(angle);
  }
  Long error = 0, norm = 0, scale = sign > 0 ? Long(1) / n : Long(1);
  for (int64_t k : rows) {
    Long re = 0, im = 0;
    for (int64_t j = 0, phase = 0; j < n; ++j, phase = (phase + k) % n) {
      re += x.re[j] * cosine[phase] - x.im[j] * sine[phase];
      im += x.re[j] * sine[phase] + x.im[j] * cosine[phase];
    }
    re *= scale;
    im *= scale;
    Signal<Long> got = y(k);
    error += (got.re[0] - re) * (got.re[0] - re) + (got.im[0] - im) * (got.im[0] - im);
    norm += re * re + im * im;
  }
  return static_cast<double>(std::sqrt(error / norm));
}

template <typename T>
std::function<Signal<Long>(int64_t)> rowsOf(const Signal<T> &y) {
  return [&y](int64_t k) { return Signal<Long>{{y.re[k]}, {y.im[k]}}; };
}

template <typename T>
void checkComplex(int64_t n, PlanOptions options = {}) {
  DftPlan plan = planDft(n, options);
  Signal<T> x = randomSignal<T>(n, 7 * n), y = x;
  for (bool inverse : {false, true}) {
    evaluateDft(plan, x.re.data(), x.im.data(), y.re.data(), y.im.data(), inverse);
    EXPECT_LE(distance(x, rowsOf(y), sample(n), inverse ? 1 : -1), tolerance<T>(n))
        << "length " << n << (inverse ? " inverse" : " forward") << " radix " << options.radix;
  }
}

template <typename T>
void checkReal(int64_t n, PlanOptions options = {}) {
  RdftPlan plan = planRdft(n, options);
  Signal<T> x = randomSignal<T>(n, 3 * n);
  x.im.assign(n, 0);
  std::vector<int64_t> half;
  for (int64_t k : sample(n))
    if (k <= n / 2)
      half.push_back(k);
  Signal<T> y{std::vector<T>(n / 2 + 1), std::vector<T>(n / 2 + 1)}, full = x, viaComplex = x;
  evaluateRdft(plan, x.re.data(), y.re.data(), y.im.data());
  EXPECT_LE(distance(x, rowsOf(y), half, -1), tolerance<T>(n)) << "rdft of length " << n;
  evaluateRdft(plan, x.re.data(), full.re.data(), full.im.data(), /*mirrored=*/true);
  EXPECT_LE(distance(x, rowsOf(full), sample(n), -1), tolerance<T>(n)) << "mirrored rdft of length " << n;
  evaluateDft<T>(planDft(n, options), x.re.data(), nullptr, viaComplex.re.data(), viaComplex.im.data());
  EXPECT_LE(distance(x, rowsOf(viaComplex), sample(n), -1), tolerance<T>(n)) << "dft of real length " << n;

  // Back from the half spectrum: compare with the inverse of the Hermitian sequence that it stands for.
  Signal<T> c = randomSignal<T>(n / 2 + 1, 5 * n), hermitian{std::vector<T>(n), std::vector<T>(n)};
  for (int64_t k = 0; k <= n / 2; ++k) {
    bool real = k == 0 || 2 * k == n;
    hermitian.re[k] = hermitian.re[(n - k) % n] = c.re[k];
    hermitian.im[k] = real ? 0 : c.im[k];
    hermitian.im[(n - k) % n] = -hermitian.im[k];
  }
  Signal<T> back{std::vector<T>(n), std::vector<T>(n)};
  evaluateIrdft(plan, c.re.data(), c.im.data(), back.re.data());
  EXPECT_LE(distance(hermitian, rowsOf(back), sample(n), 1), tolerance<T>(n)) << "irdft of length " << n;
}

void checkAll(int64_t n, PlanOptions options = {}) {
  checkComplex<float>(n, options);
  checkComplex<double>(n, options);
  checkReal<float>(n, options);
  checkReal<double>(n, options);
}

} // namespace

TEST(Dft, EveryLengthTo256) {
  for (int64_t n = 1; n <= 256; ++n)
    checkAll(n);
}

TEST(Dft, EveryLargestRadix) {
  for (int64_t radix : {2, 8})
    for (int64_t n : {2, 4, 8, 16, 24, 32, 64, 96, 128, 240, 256, 384, 512, 768, 1024})
      checkAll(n, {radix});
}

TEST(Dft, PrimesTo10007) {
  for (int64_t n : {257, 509, 521, 769, 1009, 2003, 4099, 5003, 7919, 10007})
    checkAll(n);
}

TEST(Dft, PowersOfTwoTo65536) {
  for (int64_t n = 512; n <= 65536; n *= 2)
    checkAll(n);
}

TEST(Dft, LengthsOfModelsAndOddComposites) {
  for (int64_t n : {384, 768, 1000, 1536, 2187, 3072, 3125, 15015, 17 * 19, 2 * 3 * 61, 59 * 61, 137 * 137, 4 * 1009})
    checkAll(n);
}

TEST(Dft, PlansUseTheRadicesThatOneExpects) {
  EXPECT_EQ(factorize(768), (std::vector<int64_t>{3, 4, 4, 4, 4}));
  EXPECT_EQ(factorize(512, {8}), (std::vector<int64_t>{8, 8, 8}));
  EXPECT_EQ(factorize(16, {8}), (std::vector<int64_t>{4, 4}));
  EXPECT_EQ(factorize(384), (std::vector<int64_t>{6, 4, 4, 4}));
  EXPECT_EQ(factorize(384, {8}), (std::vector<int64_t>{6, 8, 8}));
  EXPECT_EQ(factorize(2 * 61), (std::vector<int64_t>{61, 2}));
  EXPECT_TRUE(factorize(67).empty());
  EXPECT_EQ(planDft(67).convolution, 144);
}

TEST(Dft, AnImpulseBecomesExactOnes) {
  for (int64_t n : {8, 12, 35, 768}) {
    std::vector<double> x(n), re(n), im(n);
    x[0] = 1;
    evaluateDft<double>(planDft(n), x.data(), nullptr, re.data(), im.data());
    for (int64_t k = 0; k < n; ++k) {
      EXPECT_EQ(re[k], 1.0);
      EXPECT_EQ(im[k], 0.0);
    }
  }
}

TEST(Dft, IsLinearAndKeepsTheNorm) {
  for (int64_t n : {60, 61, 67, 384}) {
    DftPlan plan = planDft(n);
    Signal<double> x = randomSignal<double>(n, 1), y = randomSignal<double>(n, 2), z = x, fx = x, fy = x, fz = x;
    for (int64_t i = 0; i < n; ++i) {
      z.re[i] = 2 * x.re[i] - 3 * y.re[i];
      z.im[i] = 2 * x.im[i] - 3 * y.im[i];
    }
    evaluateDft(plan, x.re.data(), x.im.data(), fx.re.data(), fx.im.data());
    evaluateDft(plan, y.re.data(), y.im.data(), fy.re.data(), fy.im.data());
    evaluateDft(plan, z.re.data(), z.im.data(), fz.re.data(), fz.im.data());
    double energy = 0, spectrum = 0;
    for (int64_t i = 0; i < n; ++i) {
      EXPECT_NEAR(fz.re[i], 2 * fx.re[i] - 3 * fy.re[i], 1e-12);
      EXPECT_NEAR(fz.im[i], 2 * fx.im[i] - 3 * fy.im[i], 1e-12);
      energy += x.re[i] * x.re[i] + x.im[i] * x.im[i];
      spectrum += fx.re[i] * fx.re[i] + fx.im[i] * fx.im[i];
    }
    EXPECT_NEAR(spectrum, n * energy, 1e-12 * spectrum);
  }
}
