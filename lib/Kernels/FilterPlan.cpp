// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Kernels/FilterPlan.h"
#include <algorithm>

namespace fourmix::kernels {

static int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }
static int64_t modulo(int64_t a, int64_t n) { return (a % n + n) % n; }

FilterAxis filterAxis(const std::vector<bool> &isUsed, int64_t input, int64_t output) {
  auto circle = static_cast<int64_t>(isUsed.size());
  FilterAxis axis{circle, input, output, 0, 1};
  // The longest run of unused taps is what the arc leaves out.
  int64_t run = 0, longest = -1;
  for (int64_t at = 0; at < 2 * circle; ++at) {
    run = isUsed[at % circle] ? 0 : std::min(run + 1, circle);
    if (run > longest) {
      longest = run;
      axis.first = (at + 1) % circle;
    }
  }
  axis.taps = std::max<int64_t>(1, circle - longest);
  // As near to zero as may be: a line without wrap-around then needs none.
  if (2 * axis.first + axis.taps > circle + 1)
    axis.first -= circle;
  return axis;
}

/// Whether x as it is, zero where it is not, gives what the circle has at all points that results read.
static bool isFreeOfWrap(const FilterAxis &axis) {
  int64_t least = -(axis.first + axis.taps - 1), most = axis.output - 1 - axis.first;
  return axis.circle == 0 || (least >= axis.input - axis.circle && most < axis.circle);
}

FrameAxis FilterTiling::pass(int64_t number) const {
  FrameAxis pass;
  pass.groups = tiles;
  pass.count = points();
  pass.store = {0, valid, 0, 1, axis.output, false};
  if (isWhole) {
    pass.load = {0, 0, 0, 1, axis.input, axis.circle < aperture};
    return pass;
  }
  int64_t begin = -(axis.first + number * block) - (block - 1);
  pass.load = {begin, valid, 0, 1, axis.input, !isFreeOfWrap(axis)};
  return pass;
}

int64_t FilterTiling::position(int64_t tap) const {
  return isWhole ? modulo(axis.first + tap, axis.circle) : modulo(tap % block - (block - 1), aperture);
}

static bool fitsWhole(const FilterAxis &axis, int64_t aperture) { return axis.circle && aperture % axis.circle == 0; }

bool needsPadding(const FilterAxis &axis, int64_t aperture) {
  return axis.input < axis.circle && (fitsWhole(axis, aperture) ? axis.circle < aperture : !isFreeOfWrap(axis));
}

std::vector<FilterTiling> filterTilings(const FilterAxis &axis, int64_t aperture) {
  FilterTiling tiling;
  tiling.axis = axis;
  tiling.aperture = aperture;
  if (fitsWhole(axis, aperture)) {
    tiling.isWhole = true;
    tiling.block = axis.taps;
    tiling.valid = axis.output;
    return {tiling};
  }
  std::vector<FilterTiling> tilings;
  int64_t largest = std::min(axis.taps, aperture);
  for (int64_t valid = aperture - largest + 1; valid <= aperture;) {
    tiling.tiles = ceilDiv(axis.output, valid);
    // As many taps as that number of tiles leaves room for, evenly dealt out.
    tiling.valid = std::min(valid, axis.output);
    tiling.blocks = ceilDiv(axis.taps, aperture - ceilDiv(axis.output, tiling.tiles) + 1);
    tiling.block = ceilDiv(axis.taps, tiling.blocks);
    tiling.valid = std::min(axis.output, aperture - tiling.block + 1);
    tiling.tiles = ceilDiv(axis.output, tiling.valid);
    if (tilings.empty() || tiling.tiles < tilings.back().tiles)
      tilings.push_back(tiling);
    if (tiling.tiles == 1)
      break;
    valid = std::max(valid + 1, ceilDiv(axis.output, tiling.tiles - 1)); // one tile less
  }
  return tilings;
}

std::vector<FilterTiling> sharedTilings(const FilterAxis &axis, int64_t aperture) {
  std::vector<FilterTiling> tilings;
  for (int64_t points = 1; points <= aperture; ++points) {
    if (aperture % points || needsPadding(axis, points))
      continue;
    for (FilterTiling tiling : filterTilings(axis, points)) {
      if (tiling.blocks > 1 || (points < aperture && tiling.tiles > 1))
        continue;
      if (points < aperture) {
        tiling.step = tiling.together = aperture / points;
        tiling.shift = 1;
      } else {
        tiling.shift = tiling.points();
        tiling.together = aperture / tiling.shift;
      }
      tilings.push_back(tiling);
    }
  }
  return tilings;
}

static std::string describe(const FilterTiling &tiling) {
  const FilterAxis &axis = tiling.axis;
  if (axis.taps == 1 && !axis.circle)
    return "batch of " + std::to_string(axis.input);
  std::string text = std::to_string(axis.output) + " by " + std::to_string(axis.taps) + " taps";
  if (axis.circle)
    text += " around " + std::to_string(axis.circle);
  if (tiling.isWhole)
    return text;
  text += " = " + std::to_string(tiling.tiles) + (tiling.tiles == 1 ? " tile" : " tiles");
  if (tiling.blocks > 1)
    text += " * " + std::to_string(tiling.blocks) + " blocks";
  return text;
}

static void describe(FilterPlan &plan) {
  for (const FilterTiling &tiling : plan.axes)
    if (tiling.axis.circle || tiling.axis.output > 1) // else an axis of one point
      plan.recipe += (plan.recipe.empty() ? "" : ", ") + describe(tiling);
  if (plan.isShared())
    plan.recipe += "; " + std::to_string(plan.units) + (plan.sharedBatch ? " signals" : " tiles") +
                   " side by side, at most " + std::to_string(plan.axes[0].together) + " x " +
                   std::to_string(plan.axes[1].together);
}

/// All plans in which something shares frames, with their seconds.
static std::vector<FilterPlan> sharedPlans(const std::array<FilterAxis, 2> &axes,
                                           const std::array<int64_t, 2> &aperture, const FilterWork &work) {
  std::vector<FilterPlan> plans;
  if (!work.mayShare)
    return plans;
  auto offer = [&](FilterPlan plan, double pointsIn, double pointsOut) {
    if (plan.units == 1 || plan.unitsOfField() == 1)
      return;
    auto tiles = static_cast<double>(plan.tiles() * plan.units);
    double share = static_cast<double>(plan.fields()) / static_cast<double>(plan.units);
    if (plan.sharedBatch) // is one of those that all is counted for
      tiles /= static_cast<double>(plan.units);
    plan.seconds = tiles * (share * (work.tileSeconds + work.waitSeconds) +
                            work.copySeconds * (static_cast<double>(work.signals) * pointsIn +
                                                static_cast<double>(work.results) * pointsOut));
    if (work.filters > work.slots)
      plan.seconds += static_cast<double>(work.filters) * work.loadSeconds;
    plans.push_back(std::move(plan));
  };
  std::vector<FilterTiling> cols = sharedTilings(axes[1], aperture[1]);
  for (const FilterTiling &row : sharedTilings(axes[0], aperture[0]))
    for (const FilterTiling &col : cols) {
      FilterPlan plan;
      plan.axes = {row, col};
      auto pointsIn = static_cast<double>(row.points() * col.points());
      auto pointsOut = static_cast<double>(row.valid * col.valid);
      for (size_t batch = 0; batch < work.batches.size(); ++batch) {
        plan.sharedBatch = batch;
        plan.units = work.batches[batch];
        offer(plan, pointsIn, pointsOut);
      }
      plan.sharedBatch.reset();
      for (size_t axis : {0, 1}) {
        plan.sharedAxis = axis;
        plan.units = plan.axes[axis].tiles;
        offer(plan, pointsIn, pointsOut);
      }
    }
  return plans;
}

std::vector<FilterPlan> filterPlans(const std::array<FilterAxis, 2> &axes, const std::array<int64_t, 2> &aperture,
                                    const FilterWork &work) {
  std::vector<FilterPlan> plans;
  for (const FilterTiling &row : filterTilings(axes[0], aperture[0]))
    for (const FilterTiling &col : filterTilings(axes[1], aperture[1])) {
      FilterPlan plan;
      plan.axes = {row, col};
      int64_t filters = plan.blocks() * work.filters;
      plan.seconds = static_cast<double>(plan.frames()) * work.tileSeconds;
      if (filters > work.slots)
        plan.seconds += static_cast<double>(filters) * work.loadSeconds;
      plans.push_back(std::move(plan));
    }
  // Of those that share, the fastest: the others differ in where they leave the rest of the aperture dark. Of equals
  // the one with the fewest different factors.
  std::vector<FilterPlan> shared = sharedPlans(axes, aperture, work);
  auto order = [](const FilterPlan &plan) {
    return std::pair(plan.seconds, plan.axes[0].aperture * plan.axes[1].aperture);
  };
  if (auto best = std::min_element(shared.begin(), shared.end(),
                                   [&](const auto &a, const auto &b) { return order(a) < order(b); });
      best != shared.end())
    plans.push_back(std::move(*best));
  std::vector<FilterPlan> sorted; // those that take as long in the order in which they came
  for (FilterPlan &plan : plans) {
    describe(plan);
    auto after = std::upper_bound(sorted.begin(), sorted.end(), plan,
                                  [](const auto &a, const auto &b) { return a.seconds < b.seconds; });
    sorted.insert(after, std::move(plan));
  }
  return sorted;
}

FilterPlan planFilter(const std::array<FilterAxis, 2> &axes, const std::array<int64_t, 2> &aperture,
                      const FilterWork &work) {
  return filterPlans(axes, aperture, work).front();
}

} // namespace fourmix::kernels
