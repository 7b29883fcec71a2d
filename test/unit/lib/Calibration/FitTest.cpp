// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Calibration/Fit/GatedFit.h"
#include "lib/Calibration/Fit/Lbfgs.h"
#include "lib/Calibration/Fit/Loops.h"
#include "gtest/gtest.h"
#include <algorithm>
#include <cmath>
#include <random>

using namespace fourmix::calibration;

namespace {

TEST(Lbfgs, FindsTheMinimumOfRosenbrocksValley) {
  Lbfgs search({-1.2, 1});
  int evaluations = 0;
  for (; !search.done() && evaluations < 200; ++evaluations) {
    double x = search.point()[0], y = search.point()[1], a = 1 - x, b = y - x * x;
    search.tell(a * a + 100 * b * b, {-2 * a - 400 * b * x, 200 * b});
  }
  EXPECT_LT(evaluations, 100);
  EXPECT_NEAR(search.best()[0], 1, 1e-3);
  EXPECT_NEAR(search.best()[1], 1, 1e-3);
}

TEST(Lbfgs, ComesBackFromWhereThereIsNoValue) {
  Lbfgs search({10}); // -log(x) + x: no number for x < 0
  for (int i = 0; i < 100 && !search.done(); ++i) {
    double x = search.point()[0];
    search.tell(x > 0 ? x - std::log(x) : NAN, {1 - 1 / x});
  }
  EXPECT_NEAR(search.best()[0], 1, 1e-4);
}

TEST(Loops, MultiplyAddIsTheProductWithAnyStrides) {
  constexpr int64_t m = 13, n = 32, k = 5;
  std::vector<float> a(m * k), b(k * n), c(m * n, 1.0f);
  for (size_t i = 0; i < a.size(); ++i)
    a[i] = float(i % 7) - 3;
  for (size_t i = 0; i < b.size(); ++i)
    b[i] = float(i % 5) - 2;
  multiplyAdd(m, n, k, a.data(), /*rowStride=*/1, /*columnStride=*/m, b.data(), n, c.data(), n);
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      float expected = 1;
      for (int64_t p = 0; p < k; ++p)
        expected += a[p * m + i] * b[p * n + j];
      EXPECT_EQ(c[i * n + j], expected);
    }
}

/// Random tokens, the last of some samples masked, and the maps of a known gated attention on them.
struct Synthetic {
  AttentionData data;
  std::vector<float> x, maps, queries, keys;
  std::vector<double> gate, kernel, mix; // [components, heads, features or taps]

  Synthetic(int64_t samples, int64_t n, int64_t features, int64_t heads, int64_t components, bool circular,
            bool causal) {
    std::mt19937 random(5);
    std::normal_distribution<double> normal;
    int64_t taps = circular ? n : 2 * n - 1;
    x.resize(samples * n * features);
    for (size_t i = 0; i < x.size(); ++i) // of very different sizes, and not around zero
      x[i] = float(normal(random) * std::pow(10.0, -double(i % features) / 3) + double(i % 2));
    auto draw = [&](std::vector<double> &to, int64_t count, auto scale) {
      for (int64_t i = 0; i < count; ++i)
        to.push_back(normal(random) * scale(i));
    };
    auto byFeature = [&](int64_t i) { return 0.7 * std::pow(10.0, double(i % features) / 3); };
    draw(gate, components * heads * features, byFeature);
    draw(kernel, components * heads * taps, [](int64_t) { return 1.0; });
    // Only of features around zero, so that every component has its queries.
    draw(mix, components * heads * features, [&](int64_t i) { return i % 2 ? 0 : 3 * byFeature(i); });
    data = {samples, n,       features, heads, 0,     x.data(),           nullptr,
            nullptr, nullptr, 1,        {},    n - 1, causal ? 0 : n - 1, circular};
    for (int64_t sample = 0; sample < samples; ++sample)
      for (int64_t i = 0; i < n; ++i)
        data.valid.push_back(i < n - sample % 3);
    maps = weights(gate, kernel, mix, components);
    data.maps = maps.data();
  }

  /// The maps that these parameters give.
  template <typename Vector>
  std::vector<float> weights(const Vector &u, const Vector &t, const Vector &c, int64_t components,
                             const std::vector<float> *bias = nullptr) const {
    const auto &[samples, n, d, heads, size, xs, m, q, k, scale, valid, left, right, circular] = data;
    int64_t taps = circular ? n : 2 * n - 1;
    std::vector<float> result(samples * heads * n * n);
    auto score = [&](const Vector &v, int64_t at, int64_t token) {
      double sum = 0;
      for (int64_t f = 0; f < d; ++f)
        sum += v[at * d + f] * x[token * d + f];
      return sum;
    };
    for (int64_t sample = 0; sample < samples; ++sample)
      for (int64_t head = 0; head < heads; ++head)
        for (int64_t i = 0; i < n; ++i) {
          if (!data.valid[sample * n + i])
            continue;
          double shares = 0;
          std::vector<double> share(components, 1.0);
          for (int64_t r = 0; r < components && components > 1; ++r)
            share[r] = std::exp(score(c, r * heads + head, sample * n + i) + (bias ? (*bias)[r * heads + head] : 0));
          for (double s : share)
            shares += s;
          for (int64_t r = 0; r < components; ++r) {
            std::vector<double> row(n);
            double sum = 0;
            for (int64_t j = std::max<int64_t>(0, i - left); j < std::min(n, i + right + 1); ++j) {
              int64_t tap = circular ? (j - i + n) % n : j - i + n - 1;
              if (data.valid[sample * n + j])
                sum += row[j] =
                    std::exp(t[(r * heads + head) * taps + tap] + score(u, r * heads + head, sample * n + j));
            }
            for (int64_t j = 0; j < n; ++j)
              result[((sample * heads + head) * n + i) * n + j] += float(share[r] / shares * row[j] / sum);
          }
        }
    return result;
  }

  double largestDifference(const GatedWeights &found) const {
    std::vector<float> reached = weights(found.gate, found.kernel, found.mix, found.components, &found.mixBias);
    double largest = 0;
    for (size_t i = 0; i < maps.size(); ++i)
      largest = std::max(largest, std::fabs(double(maps[i]) - reached[i]));
    return largest;
  }
};

TEST(GatedFit, FindsAKnownCircularAttentionWithMaskedTokens) {
  Synthetic synthetic(40, 8, 6, 2, 1, /*circular=*/true, /*causal=*/false);
  GatedWeights found = fitGated(synthetic.data, {.components = 1, .evaluations = 200, .ridge = 1e-7, .threads = 3});
  EXPECT_GT(found.startDivergence, 0.1);
  EXPECT_LT(found.divergence, 1e-4);
  EXPECT_LT(synthetic.largestDifference(found), 0.01);
}

TEST(GatedFit, FindsAKnownCausalAttention) {
  Synthetic synthetic(40, 8, 6, 2, 1, /*circular=*/false, /*causal=*/true);
  GatedWeights found = fitGated(synthetic.data, {.components = 1, .evaluations = 200, .ridge = 1e-7, .threads = 2});
  EXPECT_LT(found.divergence, 1e-4);
  EXPECT_LT(synthetic.largestDifference(found), 0.01);
  EXPECT_EQ(found.kernel[8], -INFINITY); // one place ahead
  EXPECT_TRUE(std::isfinite(found.kernel[7]));
}

TEST(GatedFit, AMixtureExplainsWhatOneComponentCannot) {
  Synthetic synthetic(60, 8, 6, 1, 2, /*circular=*/true, /*causal=*/false);
  GatedWeights one = fitGated(synthetic.data, {.components = 1, .evaluations = 300, .ridge = 1e-7, .threads = 2});
  // Queries that say which component they need, as those of a network do.
  synthetic.data.size = 6;
  synthetic.data.queries = synthetic.data.keys = synthetic.x.data();
  GatedWeights two = fitGated(synthetic.data, {.components = 2, .evaluations = 300, .ridge = 1e-7, .threads = 2});
  EXPECT_GT(one.divergence, 0.05);
  EXPECT_LT(two.divergence, 0.2 * one.divergence);
}

TEST(GatedFit, NeverEndsWorseThanItStarts) {
  // One query, whose products with the keys are what the gates are: the closed form is right, and a ridge is strong.
  Synthetic synthetic(20, 8, 6, 2, 1, /*circular=*/true, /*causal=*/false);
  for (int64_t token = 0; token < 20 * 8; ++token)
    for (int64_t head = 0; head < 2; ++head) {
      double score = 0;
      for (int64_t f = 0; f < 6; ++f)
        score += synthetic.gate[head * 6 + f] * synthetic.x[token * 6 + f];
      synthetic.keys.push_back(float(score));
    }
  synthetic.queries.assign(synthetic.keys.size(), 1.0f);
  synthetic.data.size = 1;
  synthetic.data.queries = synthetic.queries.data();
  synthetic.data.keys = synthetic.keys.data();
  for (int components : {1, 2, 4})
    for (double ridge : {1e-4, 1e-2, 1.0, 100.0}) {
      GatedWeights found =
          fitGated(synthetic.data, {.components = components, .evaluations = 60, .ridge = ridge, .threads = 2});
      EXPECT_LE(found.divergence, found.startDivergence) << components << " components, ridge " << ridge;
    }
}

TEST(GatedFit, GoesOnFromWhatWasFound) {
  Synthetic synthetic(60, 8, 6, 2, 2, /*circular=*/true, /*causal=*/false);
  synthetic.data.size = 3;
  synthetic.data.queries = synthetic.data.keys = synthetic.x.data();
  FitOptions options{.components = 2, .evaluations = 200, .ridge = 1e-6, .threads = 2};
  GatedWeights found = fitGated(synthetic.data, options);
  // The same weights come back, and nothing is lost on the way through decorrelated features.
  options.from = &found;
  options.evaluations = 2;
  GatedWeights again = fitGated(synthetic.data, options);
  EXPECT_NEAR(again.divergence, found.divergence, 1e-4);
  EXPECT_EQ(again.startDivergence, found.startDivergence);
  // From weights that explain nothing it begins at the closed form.
  GatedWeights wrong = found;
  for (float &number : wrong.gate)
    number = -10 * number;
  options.from = &wrong;
  EXPECT_LE(fitGated(synthetic.data, options).divergence, found.startDivergence);
}

TEST(GatedFit, TheNumberOfThreadsDoesNotMatter) {
  Synthetic synthetic(10, 8, 6, 2, 1, true, false);
  GatedWeights one = fitGated(synthetic.data, {.components = 1, .evaluations = 30, .ridge = 1e-4, .threads = 1});
  GatedWeights four = fitGated(synthetic.data, {.components = 1, .evaluations = 30, .ridge = 1e-4, .threads = 4});
  EXPECT_NEAR(one.divergence, four.divergence, 1e-5);
}

TEST(GatedFit, TheClosedFormStartMeetsEveryDistance) {
  // Constant tokens: all that is left of the maps is the kernel, and its closed form is the optimum.
  Synthetic synthetic(40, 8, 6, 2, 1, true, false);
  for (size_t i = 0; i < synthetic.x.size(); ++i)
    synthetic.x[i] = float(i % 6);
  synthetic.maps = synthetic.weights(synthetic.gate, synthetic.kernel, synthetic.mix, 1);
  synthetic.data.maps = synthetic.maps.data();
  GatedWeights found = fitGated(synthetic.data, {.components = 1, .evaluations = 1, .ridge = 1e-7, .threads = 1});
  EXPECT_LT(found.startDivergence, 2e-3);
}

} // namespace
