// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Plans of filters are run on numbers, an ideal aperture that convolves in the middle, and compared with the
// convolution that they are of.
#include "lib/Kernels/FilterPlan.h"
#include "llvm/ADT/STLExtras.h"
#include "gtest/gtest.h"
#include <cmath>
#include <random>

using namespace fourmix::kernels;

namespace {

int64_t modulo(int64_t a, int64_t n) { return (a % n + n) % n; }

/// What a tiling does to x, with the kernel's taps.
std::vector<double> run(const FilterTiling &tiling, const std::vector<double> &x, const std::vector<double> &taps) {
  const FilterAxis &axis = tiling.axis;
  std::vector<double> y(axis.output, 0.0);
  for (int64_t block = 0; block < tiling.blocks; ++block) {
    FrameAxis pass = tiling.pass(block);
    EXPECT_LE(pass.count, tiling.aperture);
    for (int64_t tile = 0; tile < pass.groups; ++tile) {
      std::vector<double> field(tiling.aperture, 0.0), kernel(tiling.aperture, 0.0);
      for (int64_t t = 0; t < pass.count; ++t) {
        int64_t at = pass.load.base + tile * pass.load.perGroup + t * pass.load.step;
        if (pass.load.wrap)
          at = modulo(at, pass.load.limit);
        if (at >= 0 && at < pass.load.limit)
          field[t] = x.at(at);
      }
      for (int64_t tap = block * tiling.block; tap < std::min((block + 1) * tiling.block, axis.taps); ++tap)
        kernel.at(tiling.position(tap)) = taps[tap];
      for (int64_t p = 0; p < tiling.valid; ++p) {
        int64_t to = pass.store.base + tile * pass.store.perGroup + p;
        if (to < pass.store.limit)
          for (int64_t q = 0; q < tiling.aperture; ++q)
            y.at(to) += kernel[q] * field[modulo(p - q, tiling.aperture)];
      }
    }
  }
  return y;
}

TEST(FilterPlan, EveryTilingConvolves) {
  std::mt19937 generator(1);
  std::normal_distribution<double> normal;
  auto below = [&](int64_t n) { return static_cast<int64_t>(generator() % n); };
  for (int trial = 0; trial < 2000; ++trial) {
    int64_t circle = 1 + below(40), aperture = 1 + below(24);
    std::vector<bool> used(circle);
    int64_t begin = below(circle), reach = 1 + below(circle);
    for (int64_t i = 0; i < reach; ++i)
      used[(begin + i) % circle] = i == 0 || i + 1 == reach || below(3);
    FilterAxis axis = filterAxis(used, 1 + below(circle), 1 + below(circle));
    if (trial % 3 == 0) // a line instead
      axis.circle = 0;
    if (needsPadding(axis, aperture))
      axis.input = axis.circle;
    std::vector<double> x(axis.input), taps(axis.taps), wanted(axis.output, 0.0);
    for (double &value : x)
      value = normal(generator);
    for (int64_t tap = 0; tap < axis.taps; ++tap)
      if (used[modulo(axis.first + tap, circle)])
        taps[tap] = normal(generator);
    for (int64_t i = 0; i < axis.output; ++i)
      for (int64_t tap = 0; tap < axis.taps; ++tap) {
        int64_t from = i - axis.first - tap;
        if (axis.circle)
          from = modulo(from, axis.circle);
        if (from >= 0 && from < axis.input)
          wanted[i] += taps[tap] * x[from];
      }
    std::vector<FilterTiling> tilings = filterTilings(axis, aperture);
    ASSERT_FALSE(tilings.empty());
    for (const FilterTiling &tiling : tilings) {
      std::vector<double> found = run(tiling, x, taps);
      for (int64_t i = 0; i < axis.output; ++i)
        EXPECT_NEAR(found[i], wanted[i], 1e-12) << "circle " << axis.circle << " aperture " << aperture << " taps "
                                                << axis.taps << " from " << axis.first << " at " << i;
    }
  }
}

// The shortest arc, nearest to zero: as it goes across the beginning of the circle.
TEST(FilterPlan, FindsTheArc) {
  FilterAxis axis = filterAxis({true, true, false, false, false, false, true, false}, 8, 8);
  EXPECT_EQ(axis.first, -2);
  EXPECT_EQ(axis.taps, 4);
  axis = filterAxis({false, false, true, true, false, false, false, false}, 8, 8);
  EXPECT_EQ(axis.first, 2);
  EXPECT_EQ(axis.taps, 2);
  axis = filterAxis({false, false, false}, 3, 3);
  EXPECT_EQ(axis.taps, 1);
}

int64_t frames(int64_t extent, int64_t taps, int64_t aperture) {
  FilterAxis axis{0, extent, extent, -taps / 2, taps};
  FilterWork work;
  work.tileSeconds = 1;
  return planFilter({axis, axis}, {aperture, aperture}, work).frames();
}

// A 224 x 224 image by kernels of 3 x 3 and 7 x 7.
TEST(FilterPlan, FramesOfImages) {
  EXPECT_EQ(frames(224, 3, 11), 625);
  EXPECT_EQ(frames(224, 3, 16), 256);
  EXPECT_EQ(frames(224, 3, 32), 64);
  EXPECT_EQ(frames(224, 3, 128), 4);
  EXPECT_EQ(frames(224, 7, 11), 2025);
  EXPECT_EQ(frames(224, 7, 16), 529);
  EXPECT_EQ(frames(224, 7, 32), 81);
  EXPECT_EQ(frames(224, 7, 128), 4);
}

// A long kernel is worth blocks where the aperture would hold few results beside it; with few slots that costs loads.
TEST(FilterPlan, Blocks) {
  FilterAxis line{0, 64, 64, 0, 11}, lines = FilterAxis::batch(11);
  FilterWork work;
  work.tileSeconds = 1;
  work.slots = 8;
  FilterPlan plan = planFilter({line, lines}, {11, 11}, work);
  EXPECT_EQ(plan.axes[0].blocks, 2);
  EXPECT_EQ(plan.frames(), 22);
  work.slots = 1;
  work.loadSeconds = 100;
  plan = planFilter({line, lines}, {11, 11}, work);
  EXPECT_EQ(plan.blocks(), 1);
  EXPECT_EQ(plan.frames(), 64);
}

// Signals side by side do not meet: neither one behind the other nor interleaved, by a kernel at every step-th pixel.
TEST(FilterPlan, SignalsSideBySide) {
  std::mt19937 generator(2);
  std::normal_distribution<double> normal;
  auto below = [&](int64_t n) { return static_cast<int64_t>(generator() % n); };
  size_t interleaved = 0, consecutive = 0;
  for (int trial = 0; trial < 1000; ++trial) {
    int64_t circle = 1 + below(12), aperture = 1 + below(48);
    std::vector<bool> used(circle);
    for (int64_t i = 0, begin = below(circle), reach = 1 + below(circle); i < reach; ++i)
      used[(begin + i) % circle] = true;
    FilterAxis axis = filterAxis(used, 1 + below(circle), 1 + below(circle));
    for (const FilterTiling &tiling : sharedTilings(axis, aperture)) {
      if (tiling.tiles > 1)
        continue;
      (tiling.step > 1 ? interleaved : consecutive) += tiling.together > 1;
      std::vector<double> kernel(aperture, 0.0), field(aperture, 0.0), taps;
      for (int64_t tap = 0; tap < axis.taps; ++tap) {
        taps.push_back(normal(generator));
        kernel.at(tiling.position(tap) * tiling.step) = taps.back();
      }
      std::vector<std::vector<double>> signals(tiling.together);
      FrameAxis pass = tiling.pass(0);
      for (auto [s, x] : llvm::enumerate(signals)) {
        for (int64_t i = 0; i < axis.input; ++i)
          x.push_back(normal(generator));
        for (int64_t t = 0; t < pass.count; ++t) {
          int64_t at = pass.load.base + t;
          if (pass.load.wrap)
            at = modulo(at, pass.load.limit);
          if (at >= 0 && at < pass.load.limit)
            field.at(static_cast<int64_t>(s) * tiling.shift + t * tiling.step) = x.at(at);
        }
      }
      for (auto [s, x] : llvm::enumerate(signals))
        for (int64_t i = 0; i < axis.output; ++i) {
          double wanted = 0, found = 0;
          for (int64_t tap = 0; tap < axis.taps; ++tap)
            if (int64_t from = modulo(i - axis.first - tap, circle); from < axis.input)
              wanted += taps[tap] * x[from];
          for (int64_t q = 0; q < aperture; ++q)
            found += kernel[q] * field[modulo(static_cast<int64_t>(s) * tiling.shift + i * tiling.step - q, aperture)];
          EXPECT_NEAR(found, wanted, 1e-12)
              << "circle " << circle << " aperture " << aperture << " step " << tiling.step;
        }
    }
  }
  EXPECT_GT(interleaved, 1000u);
  EXPECT_GT(consecutive, 300u);
}

// 64 circles of 11 x 11 are a frame of 200 x 200, where 25 divides 200; a long line is tiles side by side.
TEST(FilterPlan, FramesOfSignalsSideBySide) {
  FilterAxis circle{11, 11, 11, 0, 11};
  FilterWork work;
  work.tileSeconds = 1;
  work.batches = {64};
  FilterPlan plan = planFilter({circle, circle}, {200, 200}, work);
  EXPECT_EQ(plan.frames(), 1);
  EXPECT_EQ(plan.axes[0].aperture, 25);
  work.batches = {7, 100};
  plan = planFilter({circle, circle}, {200, 200}, work);
  EXPECT_EQ(plan.sharedBatch, 1u);
  EXPECT_EQ(plan.frames(), 2); // of 9 x 9, one behind the other, as of 8 x 8
  EXPECT_EQ(plan.units, 100);
  work.batches = {};
  FilterAxis line{0, 100000, 100000, 0, 11};
  plan = planFilter({line, FilterAxis::batch(1)}, {200, 200}, work);
  EXPECT_EQ(plan.sharedAxis, 0u);
  EXPECT_EQ(plan.frames(), 3); // 527 tiles of 190 results, 200 of them side by side
  // What copying takes more than it saves is not done.
  work.batches = {64};
  work.copySeconds = 1;
  plan = planFilter({circle, circle}, {200, 200}, work);
  EXPECT_FALSE(plan.isShared());
}

} // namespace
