// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Plans of frames are run on numbers, an ideal aperture in the middle, and compared with the transform that they are
// of.
#include "lib/Kernels/FramePlan.h"
#include "lib/Kernels/Grid.h"
#include "gtest/gtest.h"
#include <complex>
#include <limits>
#include <random>

using namespace fourmix::kernels;

namespace {

using Complexes = std::vector<std::complex<double>>;

FrameDevice deviceOf(int64_t rows, int64_t cols) {
  FrameDevice device;
  device.aperture = {rows, cols};
  device.tile = {std::max<int64_t>(32, rows), std::max<int64_t>(32, cols)};
  device.radices = {2, 3, 5, 7, 11, 13};
  device.tableEntries = 1 << 20;
  device.frameSeconds = 1e-9;
  device.multiplySeconds = 1e-9 / 16;
  device.pointSeconds = 8 / 64e9;
  return device;
}

int64_t modulo(int64_t a, int64_t n) { return (a % n + n) % n; }

/// Where a point of a tile stands; -1 where it is not there.
int64_t coordinate(const FrameCoordinates &c, int64_t group, int64_t lane, int64_t t) {
  int64_t at = c.base + group * c.perGroup + lane * c.perLane + t * c.step;
  if (c.wrap)
    return modulo(at, c.limit);
  return at < c.limit ? at : -1;
}

std::complex<double> factor(const FramePlan &plan, const std::optional<FrameFactors> &f, int64_t group, int64_t lane,
                            int64_t t) {
  if (!f)
    return 1;
  const Root &root = plan.table.at(f->offset + group * f->perGroup + lane * f->perLane + t * f->step);
  return {root.re, root.im};
}

/// Where element (r, c) of a tile stands in the array, by axis.
std::array<int64_t, 2> place(const FramePass &pass, FrameCoordinates FrameAxis::*which, int64_t p, int64_t q, int64_t u,
                             int64_t v, int64_t r, int64_t c) {
  const FrameCoordinates &row = pass.axes[0].*which, &col = pass.axes[1].*which;
  if (!pass.whole)
    return {coordinate(row, p, q, r), coordinate(col, u, v, c)};
  EXPECT_TRUE(row.wrap && !col.wrap && col.limit <= row.limit);
  EXPECT_EQ(pass.axes[1].lanes, 1);
  int64_t sum = row.base + p * row.perGroup + q * row.perLane + r * row.step + col.base + c * col.step;
  sum = modulo(sum, row.limit);
  std::array<int64_t, 2> at{u, u};
  at[*pass.whole] = sum < col.limit ? sum : -1;
  return at;
}

/// The first `n` points along one axis of a tile of rows x cols.
void transformTile(Complexes &tile, int64_t cols, int axis, int64_t n, bool inverse) {
  int64_t lines = axis ? tile.size() / cols : cols;
  Complexes line(n);
  for (int64_t l = 0; l < lines; ++l) {
    auto at = [&](int64_t t) -> std::complex<double> & { return tile[axis ? l * cols + t : t * cols + l]; };
    for (int64_t k = 0; k < n; ++k) {
      line[k] = 0;
      for (int64_t t = 0; t < n; ++t) {
        Root root = rootOfUnity(k * t, n);
        line[k] += at(t) * std::complex<double>(root.re, inverse ? -root.im : root.im);
      }
    }
    for (int64_t k = 0; k < n; ++k)
      at(k) = line[k];
  }
}

Complexes run(const FramePlan &plan, const FrameDevice &device, Complexes array, std::array<int64_t, 2> extents,
              int64_t *frames) {
  for (const FramePass &whole : plan.passes) {
    std::array<int64_t, 2> out = whole.extents();
    if (whole.separates == FramePacking::Halves)
      for (int axis : {0, 1})
        out[axis] = std::max(out[axis], whole.axes[axis].further.limit);
    Complexes result(out[0] * out[1], {NAN, NAN}); // what is read must have been written
    std::vector<FramePass> parts{whole};
    if (whole.rest) {
      parts.push_back(whole);
      parts.back().axes = *whole.rest;
      parts.back().separates = FramePacking::None;
    }
    for (const FramePass &pass : parts) {
      const auto &[rows, cols] = pass.axes;
      for (int64_t p = 0; p < rows.groups; ++p)
        for (int64_t q = 0; q < rows.lanes; ++q)
          for (int64_t u = 0; u < cols.groups; ++u)
            for (int64_t v = 0; v < cols.lanes; ++v) {
              int64_t height = pass.optical ? device.aperture[0] : rows.count;
              int64_t width = pass.optical ? device.aperture[1] : cols.count;
              EXPECT_LE(rows.count, height);
              Complexes tile(height * width);
              for (int64_t r = 0; r < rows.count; ++r)
                for (int64_t c = 0; c < cols.count; ++c) {
                  auto [y, x] = place(pass, &FrameAxis::load, p, q, u, v, r, c);
                  if (y < 0 || x < 0)
                    continue;
                  if (isComplexOfTwo(pass.separates)) {
                    int64_t my = coordinate(rows.mirror, p, q, r), mx = coordinate(cols.mirror, u, v, c);
                    std::complex<double> z = array.at(y * extents[1] + x), mirror = array.at(my * extents[1] + mx);
                    int64_t fy = coordinate(rows.further, p, q, r), fx = coordinate(cols.further, u, v, c);
                    y = coordinate(rows.store, p, q, r), x = coordinate(cols.store, u, v, c);
                    if (pass.separates == FramePacking::Pairs) { // the real parts of both
                      if (y >= 0 && x >= 0)
                        result.at(y * out[1] + x) = (z + mirror) / 2.0;
                      continue;
                    }
                    std::complex<double> even = (z + std::conj(mirror)) / 2.0,
                                         odd = (z - std::conj(mirror)) / std::complex<double>(0, 2);
                    odd *= factor(plan, rows.after, p, q, r) * factor(plan, cols.after, u, v, c);
                    if (y >= 0 && x >= 0)
                      result.at(y * out[1] + x) = even + odd;
                    if (fy >= 0 && fx >= 0)
                      result.at(fy * out[1] + fx) = even - odd;
                    continue;
                  }
                  EXPECT_LT(y, extents[0]);
                  EXPECT_LT(x, extents[1]);
                  tile[r * width + c] = array.at(y * extents[1] + x) * factor(plan, rows.before, p, q, r) *
                                        factor(plan, cols.before, u, v, c);
                }
              if (isComplexOfTwo(pass.separates))
                continue;
              if (pass.optical) {
                ++*frames;
                transformTile(tile, width, 0, height, false);
                transformTile(tile, width, 1, width, false);
                Complexes turned(tile.size());
                for (int64_t r = 0; r < height; ++r)
                  for (int64_t c = 0; c < width; ++c)
                    turned[r * width + c] = tile[(rows.reversed ? modulo(-r, height) : r) * width +
                                                 (cols.reversed ? modulo(-c, width) : c)];
                tile = turned;
              }
              for (int axis : {0, 1})
                if (pass.axes[axis].electronic)
                  transformTile(tile, width, axis, pass.axes[axis].electronic, pass.axes[axis].inverse);
              for (int64_t r = 0; r < (rows.stored ? rows.stored : rows.count); ++r)
                for (int64_t c = 0; c < (cols.stored ? cols.stored : cols.count); ++c) {
                  std::complex<double> value = tile[r * width + c] * pass.scale * factor(plan, rows.after, p, q, r) *
                                               factor(plan, cols.after, u, v, c);
                  auto [y, x] = place(pass, &FrameAxis::store, p, q, u, v, r, c);
                  if (y >= 0 && x >= 0)
                    result.at(y * out[1] + x) = value;
                  if (pass.separates != FramePacking::Mirror)
                    continue;
                  y = coordinate(rows.further, p, q, r), x = coordinate(cols.further, u, v, c);
                  if (y >= 0 && x >= 0)
                    result.at(y * out[1] + x) = std::conj(value);
                }
            }
    }
    array = std::move(result);
    extents = out;
  }
  return array;
}

/// The relative error of a plan on random numbers.
double errorOf(const FramePlan &plan, const FrameDevice &device, const std::array<FrameTransform, 2> &transforms) {
  std::mt19937 generator(7);
  std::normal_distribution<double> normal;
  int64_t rows = transforms[0].input, cols = transforms[1].input;
  Complexes array(rows * cols);
  ComplexGrid grid{{rows, cols}, {}, {}};
  for (auto &x : array) {
    x = {normal(generator), normal(generator)};
    grid.re.push_back(x.real());
    grid.im.push_back(x.imag());
  }
  for (int axis : {0, 1})
    if (int64_t length = transforms[axis].length)
      grid = transformAxis(grid, axis, length, transforms[axis].inverse, transforms[axis].output);
  int64_t frames = 0;
  Complexes result = run(plan, device, array, {rows, cols}, &frames);
  EXPECT_EQ(frames, plan.frames());
  EXPECT_EQ(result.size(), grid.re.size());
  double distance = 0, norm = 0;
  for (size_t i = 0; i < result.size(); ++i) {
    distance += std::norm(result[i] - std::complex<double>(grid.re[i], grid.im[i]));
    norm += grid.re[i] * grid.re[i] + grid.im[i] * grid.im[i];
  }
  return std::sqrt(distance / norm);
}

FrameTransform whole(int64_t length, bool inverse = false) { return {length, length, length, inverse}; }

/// A real signal in half of the frames, where a mirrored axis ends in the last pass.
TEST(FramePlan, RealSignalsAreMirrored) {
  std::mt19937 generator(6);
  std::normal_distribution<double> normal;
  int64_t planned = 0, saved = 0;
  for (auto [aperture, tile] : {std::pair<int64_t, int64_t>{11, 16}, {4, 16}, {5, 7}})
    for (int64_t rows : {22, 24, 25, 33, 64, 121})
      for (int64_t cols : {11, 16, 22, 25, 48})
        for (int64_t axis : {0, 1})
          for (bool inverse : {false, true})
            for (int kind : {0, 1, 2}) { // both axes, a batch, a part of the mirrored axis
              FrameDevice device = deviceOf(aperture, aperture);
              device.tile = {tile, tile};
              std::array<FrameTransform, 2> transforms{whole(rows, inverse), whole(cols)};
              if (kind == 1)
                transforms[1 - axis] = FrameTransform::batch(axis ? rows : cols);
              if (kind == 2 && !transforms[axis].inverse)
                transforms[axis].output = transforms[axis].length / 2 + 1;
              FrameArrays arrays;
              arrays.isComplex = false;
              FramePlanResult plain = planFrames(transforms, device, arrays);
              arrays.packing = FramePacking::Mirror;
              arrays.packedAxis = axis;
              FrameChoices choices = frameChoices(transforms, device, arrays);
              for (const FrameChoice &row : choices.axes[0])
                for (const FrameChoice &col : choices.axes[1]) {
                  FramePlanResult result = planFrames(transforms, device, {row, col}, arrays);
                  if (!result.plan)
                    continue;
                  ++planned;
                  saved += result.plan->frames() < plain.plan->frames();
                  ComplexGrid x{{rows, cols}, {}, {}};
                  Complexes array;
                  for (int64_t i = 0; i < rows * cols; ++i) {
                    x.re.push_back(normal(generator)), x.im.push_back(0);
                    array.push_back(x.re.back());
                  }
                  for (int along : {0, 1})
                    if (int64_t length = transforms[along].length)
                      x = transformAxis(x, along, length, transforms[along].inverse, transforms[along].output);
                  int64_t frames = 0;
                  Complexes found = run(*result.plan, device, array, {rows, cols}, &frames);
                  EXPECT_EQ(frames, result.plan->frames());
                  ASSERT_EQ(found.size(), x.re.size());
                  double distance = 0, norm = 0;
                  for (size_t i = 0; i < found.size(); ++i) {
                    distance += std::norm(found[i] - std::complex<double>(x.re[i], x.im[i]));
                    norm += x.re[i] * x.re[i] + x.im[i] * x.im[i];
                  }
                  ASSERT_LT(std::sqrt(distance / norm), 1e-13) << result.plan->recipe;
                }
            }
  EXPECT_GT(planned, 400);
  EXPECT_GT(saved, 100);
}

/// Two real signals, or the halves of one, through the frames of a complex one.
TEST(FramePlan, RealSignalsArePacked) {
  std::mt19937 generator(5);
  std::normal_distribution<double> normal;
  for (auto [aperture, tile] : {std::pair<int64_t, int64_t>{11, 16}, {16, 32}, {5, 7}})
    for (int64_t rows : {10, 12, 22, 50, 64})
      for (int64_t cols : {7, 11, 24, 33})
        for (FramePacking packing : {FramePacking::Pairs, FramePacking::Halves})
          for (bool inverse : {false, true})
            for (bool isBatch : {false, true}) {
              FrameDevice device = deviceOf(aperture, aperture);
              device.tile = {tile, tile};
              device.tiles = 6;
              std::array<FrameTransform, 2> transforms{whole(rows, inverse),
                                                       isBatch ? FrameTransform::batch(cols) : whole(cols)};
              if (!inverse)
                transforms[0].output = rows / 2 + 1;
              FrameArrays arrays;
              arrays.isComplex = false;
              arrays.packing = packing;
              FramePlanResult planned = planFrames(transforms, device, arrays);
              ASSERT_TRUE(planned.plan) << planned.reason;
              // One signal x, and the other one y; with halves, x alone.
              ComplexGrid x{{rows, cols}, {}, {}}, y = x;
              for (int64_t i = 0; i < rows * cols; ++i) {
                x.re.push_back(normal(generator)), x.im.push_back(0);
                y.re.push_back(normal(generator)), y.im.push_back(0);
              }
              Complexes array;
              for (int64_t r = 0; r < (packing == FramePacking::Pairs ? rows : rows / 2); ++r)
                for (int64_t c = 0; c < cols; ++c)
                  array.push_back(packing == FramePacking::Pairs
                                      ? std::complex<double>(x.re[r * cols + c], y.re[r * cols + c])
                                      : std::complex<double>(x.re[2 * r * cols + c], x.re[(2 * r + 1) * cols + c]));
              for (int axis : {0, 1})
                if (int64_t length = transforms[axis].length)
                  for (ComplexGrid *grid : {&x, &y})
                    *grid = transformAxis(*grid, axis, length, transforms[axis].inverse, transforms[axis].output);
              int64_t frames = 0;
              Complexes result =
                  run(*planned.plan, device, array, {packing == FramePacking::Pairs ? rows : rows / 2, cols}, &frames);
              EXPECT_EQ(frames, planned.plan->frames());
              ASSERT_EQ(result.size(), x.re.size());
              double distance = 0, norm = 0;
              for (size_t i = 0; i < result.size(); ++i) {
                std::complex<double> expected(x.re[i], packing == FramePacking::Pairs ? y.re[i] : x.im[i]);
                distance += std::norm(result[i] - expected);
                norm += std::norm(expected);
              }
              EXPECT_LT(std::sqrt(distance / norm), 1e-13) << planned.plan->recipe;
            }
}

TEST(FramePlan, EveryLengthOnEveryAperture) {
  for (auto [rows, cols] : {std::pair<int64_t, int64_t>{11, 11}, {16, 16}, {5, 5}, {4, 8}, {11, 16}, {3, 4}})
    for (int64_t length : {1, 2, 3, 4, 5, 11, 12, 16, 22, 25, 32, 40, 64, 77, 84, 97, 121, 132, 176})
      for (std::array<FrameTransform, 2> transforms :
           {std::array{whole(length), whole(13)},
            {FrameTransform::batch(7), whole(length)},
            {whole(length, true), FrameTransform::batch(23)},
            {whole(length, true), whole(20, true)},
            {FrameTransform{length, length, length / 2 + 1, false}, whole(length)},
            {FrameTransform{length, length / 2 + 1, length, true}, FrameTransform::batch(11)},
            {whole(length), whole(6, true)}}) {
        FrameDevice device = deviceOf(rows, cols);
        FramePlanResult result = planFrames(transforms, device);
        ASSERT_TRUE(result.plan) << result.reason;
        EXPECT_GT(result.plan->frames(), 0);
        EXPECT_LT(errorOf(*result.plan, device, transforms), 1e-12)
            << rows << "x" << cols << ": " << result.plan->recipe << " inverse " << transforms[0].inverse;
      }
}

TEST(FramePlan, EveryChoice) {
  FrameDevice device = deviceOf(5, 5);
  // a = 1 and 2 stages directly, and Bluestein of 1, 2 and 3, with and without electronic radices.
  for (FrameChoice row : {FrameChoice{1, 50}, {2, 50}, {1, 100}, {2, 100}, {3, 125}})
    for (FrameChoice col : {FrameChoice{1, 75}, {2, 75}, {3, 250}}) {
      std::array<FrameTransform, 2> transforms{whole(50), whole(75)};
      FramePlanResult result = planFrames(transforms, device, {row, col});
      ASSERT_TRUE(result.plan) << result.reason;
      EXPECT_LT(errorOf(*result.plan, device, transforms), 1e-12) << result.plan->recipe;
    }
}

// Without twiddles between coprime parts: stages of electronics and optics, and the two sides of the aperture.
TEST(FramePlan, GoodThomas) {
  FrameDevice device = deviceOf(3, 4);
  device.tile = {7, 7};
  unsigned planned = 0, frames = 0; // of those, with both sides of the aperture along one axis
  for (int64_t rows : {12, 24, 60, 84, 15, 45, 90, 28, 72, 105}) // 105 = 3 x 5e * 7e
    for (int64_t cols : {0, 12, 35, 36, 20})
      for (bool inverse : {false, true})
        for (bool isCut : {false, true}) {
          std::array<FrameTransform, 2> transforms{whole(rows, inverse), cols ? whole(cols) : FrameTransform::batch(5)};
          if (isCut && inverse)
            transforms[0].input = rows / 2 + 1;
          else if (isCut)
            transforms[0].output = rows / 2 + 1;
          FrameChoices choices = frameChoices(transforms, device);
          for (const FrameChoice &row : choices.axes[0])
            for (const FrameChoice &col : choices.axes[1]) {
              if (row.cyclic != rows || col.cyclic != cols)
                continue;
              FramePlanResult result = planFrames(transforms, device, {row, col});
              if (!result.plan || result.plan->recipe.find("Good-Thomas") == std::string::npos)
                continue;
              ++planned;
              frames += row.whole || col.whole;
              EXPECT_LT(errorOf(*result.plan, device, transforms), 1e-13) << result.plan->recipe;
            }
        }
  EXPECT_GT(planned, 200u);
  EXPECT_GT(frames, 100u);

  device = deviceOf(11, 16);
  FramePlanResult result = planFrames({whole(176), FrameTransform::batch(3)}, device, {FrameChoice{1, 176, true}, {}});
  ASSERT_TRUE(result.plan) << result.reason;
  EXPECT_EQ(result.plan->recipe, "176 = 11 x 16 Good-Thomas, batch of 3");
  EXPECT_EQ(result.plan->frames(), 3);
  EXPECT_EQ(result.plan->tableEntries, 0);
  // 3 and 176 are coprime, 4 and 176 are not.
  for (auto [length, recipe, entries] : {std::tuple(528, "528 = 11 x 16 x 3e Good-Thomas, batch of 3", 0),
                                         {704, "704 = 11 x 16 * 4e Good-Thomas, batch of 3", 704}}) {
    result = planFrames({whole(length), FrameTransform::batch(3)}, device, {FrameChoice{1, length, true}, {}});
    ASSERT_TRUE(result.plan) << result.reason;
    EXPECT_EQ(result.plan->recipe, recipe);
    EXPECT_EQ(result.plan->tableEntries, entries);
    EXPECT_LT(errorOf(*result.plan, device, {whole(length), FrameTransform::batch(3)}), 1e-13);
  }
  EXPECT_EQ(planFrames({whole(484), whole(726)}, deviceOf(11, 11), {FrameChoice{2, 484}, {2, 726}}).plan->recipe,
            "484 = 11 * 11 x 4e Good-Thomas, 726 = 11 * 11 x 6e Good-Thomas");
}

int64_t framesOf(int64_t aperture, std::array<int64_t, 2> lengths, FrameChoice row, FrameChoice col) {
  FrameDevice device = deviceOf(aperture, aperture);
  FramePlanResult result = planFrames({whole(lengths[0]), whole(lengths[1])}, device, {row, col});
  EXPECT_TRUE(result.plan) << result.reason;
  return result.plan ? result.plan->frames() : -1;
}

// FNet of 512 x 768 and of device-native lengths: a stages of S H / N^2 frames, twice for Bluestein.
TEST(FramePlan, FrameCounts) {
  EXPECT_EQ(framesOf(11, {512, 768}, {2, 1089}, {2, 1573}), 56628);
  EXPECT_EQ(framesOf(11, {484, 726}, {2, 484}, {2, 726}), 5808);
  EXPECT_EQ(framesOf(11, {484, 847}, {2, 484}, {2, 847}), 6776);
  EXPECT_EQ(framesOf(11, {605, 847}, {2, 605}, {2, 847}), 8470);
  EXPECT_EQ(framesOf(16, {512, 768}, {2, 512}, {2, 768}), 3072);
  EXPECT_EQ(framesOf(128, {512, 768}, {1, 512}, {1, 768}), 24);
  EXPECT_EQ(framesOf(11, {44, 33}, {1, 44}, {1, 33}), 12);
  EXPECT_EQ(framesOf(5, {25, 25}, {2, 25}, {2, 25}), 50);
}

// Eleven transforms of 121 points fill the second axis of 11 x 11 frames: parity cancellation gives the batch back.
TEST(FramePlan, BatchesShareFrames) {
  FramePlanResult result =
      planFrames({whole(121), FrameTransform::batch(11)}, deviceOf(11, 11), {FrameChoice{2, 121}, FrameChoice{0, 0}});
  ASSERT_TRUE(result.plan);
  EXPECT_EQ(result.plan->frames(), 22);
}

// Of all pairs of choices the fastest; what decides a pass is counted once.
TEST(FramePlan, ChoosesTheFastest) {
  for (auto [rows, cols] : {std::pair<int64_t, int64_t>{11, 11}, {16, 16}, {11, 16}})
    for (std::array<FrameTransform, 2> transforms :
         {std::array{whole(64), whole(128)}, {whole(44), FrameTransform::batch(33)}, {whole(97, true), whole(12)}}) {
      FrameDevice device = deviceOf(rows, cols);
      device.frameSeconds = 1e-9, device.multiplySeconds = 1e-10, device.pointSeconds = 1e-10;
      FrameChoices choices = frameChoices(transforms, device);
      ASSERT_EQ(choices.reason, "");
      double least = std::numeric_limits<double>::infinity();
      for (const FrameChoice &row : choices.axes[0])
        for (const FrameChoice &col : choices.axes[1])
          if (FramePlanResult candidate = planFrames(transforms, device, {row, col}); candidate.plan) {
            const std::array<double, 4> &decided = candidate.plan->decided;
            EXPECT_NEAR(decided[0] + decided[1] + decided[2] + decided[3], candidate.plan->seconds,
                        1e-12 * candidate.plan->seconds);
            least = std::min(least, candidate.plan->seconds);
          }
      FramePlanResult chosen = planFrames(transforms, device);
      ASSERT_TRUE(chosen.plan) << chosen.reason;
      EXPECT_EQ(chosen.plan->seconds, least);
    }
}

TEST(FramePlan, Refusals) {
  FrameDevice device = deviceOf(11, 11);
  device.tableEntries = 100;
  EXPECT_EQ(planFrames({whole(121), whole(121)}, device).reason.substr(0, 8), "it needs");
  EXPECT_FALSE(planFrames({FrameTransform::batch(3), FrameTransform::batch(4)}, device).plan);
  EXPECT_FALSE(planFrames({whole(12), whole(12)}, deviceOf(11, 11), {FrameChoice{1, 12}, FrameChoice{1, 12}}).plan);
}

} // namespace
