// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "FilterPlaces.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::spectral_to_optic;
using kernels::FrameAxis;

void FilterPlaces::enter(Dimensions dimensions) {
  for (const FilterDimension &dimension : dimensions)
    open.emplace_back(&dimension, w.enter(dimension.extent));
}

void FilterPlaces::makeScratch(Dimensions inside, bool hasSums) {
  int64_t at = 0, pixels = sides().first * sides().second;
  auto make = [&](bool ofInput) {
    Tiles tiles;
    int64_t stride = pixels;
    SmallVector<const FilterDimension *> dimensions;
    for (const FilterDimension &dimension : inside)
      dimensions.push_back(&dimension);
    for (const FilterDimension &dimension : section->resident)
      if (!ofInput || dimension.input)
        dimensions.push_back(&dimension);
    for (const FilterDimension *dimension : llvm::reverse(dimensions)) {
      tiles.strides.emplace_back(dimension, stride);
      stride *= dimension->extent;
    }
    auto [rows, cols] = sides();
    std::tie(tiles.re, tiles.im) = w.scratch({stride / pixels, rows, cols}, at);
    at += 2 * w.planeBytes(stride);
    return tiles;
  };
  if (placed.plan.isShared()) {
    fields = make(true);
    results = make(false);
  }
  if (!placed.isDirect)
    spectra = make(true);
  if (hasSums)
    sums = make(false);
}

std::pair<int64_t, int64_t> FilterPlaces::sides() const {
  if (placed.plan.isShared())
    return {profile.rows, profile.cols};
  return {placed.plan.axes[0].tiles * profile.rows, placed.plan.axes[1].tiles * profile.cols};
}

SmallVector<ProgramWriter::Term> FilterPlaces::terms(int64_t FilterDimension::*stride) const {
  SmallVector<ProgramWriter::Term> terms;
  for (auto [dimension, loop] : open)
    terms.emplace_back(loop, dimension->*stride);
  return terms;
}

AffineMap FilterPlaces::offsetOf(const Tiles &tiles) const {
  SmallVector<ProgramWriter::Term> terms;
  for (auto [dimension, stride] : tiles.strides)
    for (auto [opened, loop] : open)
      if (opened == dimension)
        terms.emplace_back(loop, stride);
  return w.linear(0, terms);
}

Place FilterPlaces::tile(const Tiles &tiles, size_t group) const {
  auto axis = [&](int64_t count, int64_t number, int64_t pitch, size_t loop) {
    FrameAxis pass;
    pass.count = count;
    return w.axis(pass, {0, number > 1 ? count : 0, 0, 1, count * number, false}, pitch, loop);
  };
  auto [rows, cols] = sides();
  return {tiles.re,
          tiles.im,
          axis(profile.rows, rows / profile.rows, cols, group),
          axis(profile.cols, cols / profile.cols, 1, group + 2),
          offsetOf(tiles),
          {}};
}

Place FilterPlaces::unitsOf(const Tiles &tiles, bool isInput) const {
  std::array<int64_t, 2> units = unitsOfGrid();
  auto axis = [&](int i, int64_t limit, int64_t pitch) {
    const kernels::FilterTiling &tiling = placed.plan.axes[i];
    int64_t points = isInput ? tiling.points() : tiling.valid;
    int64_t count = (units[i] - 1) * tiling.shift + (points - 1) * tiling.step + 1;
    return optic::AxisAttr::get(w.b.getContext(), w.linear(0, {}), count, 1, limit, pitch, false);
  };
  return {tiles.re,
          placed.isPaired ? tiles.im : Value(),
          axis(0, profile.rows, profile.cols),
          axis(1, profile.cols, 1),
          offsetOf(tiles),
          {}};
}

Place FilterPlaces::outside(bool isInput, int64_t block, size_t group, const FilterDimension &start) const {
  Value memory = isInput ? input : output;
  auto stride = isInput ? &FilterDimension::input : &FilterDimension::output;
  int64_t base = (isInput ? section->input : section->output) + start.*stride;
  int64_t pair = isInput ? placed.inputPair : placed.outputPair;
  auto axis = [&](size_t i, size_t loop) {
    const kernels::FilterTiling &tiling = placed.plan.axes[i];
    FrameAxis pass = tiling.pass(i == 0 ? block / placed.plan.axes[1].blocks : block % placed.plan.axes[1].blocks);
    if (!isInput)
      pass.count = tiling.valid;
    const kernels::FrameCoordinates &c = isInput ? pass.load : pass.store;
    if (placed.plan.sharedAxis != i)
      return w.axis(pass, c, placed.axes[i].*stride, loop);
    SmallVector<ProgramWriter::Term> moves = terms(&FilterDimension::tile);
    for (auto &[loop, tiles] : moves)
      tiles *= c.perGroup;
    AffineMap at = w.linear(c.base + (section->tile + start.tile) * c.perGroup, moves);
    return optic::AxisAttr::get(w.b.getContext(), at, pass.count, c.step, c.limit, placed.axes[i].*stride, c.wrap);
  };
  Place place{
      memory, placed.isPaired ? memory : Value(), axis(0, group), axis(1, group + 2), w.linear(base, terms(stride)),
      {}};
  if (placed.isPaired)
    place.imOffset = w.linear(base + pair, terms(stride));
  return place;
}

Place FilterPlaces::source(int64_t block, size_t group) const {
  return placed.plan.isShared() ? unitsOf(fields, /*isInput=*/true) : outside(/*isInput=*/true, block, group);
}

Place FilterPlaces::target(size_t group) const {
  return placed.plan.isShared() ? unitsOf(results, /*isInput=*/false) : outside(/*isInput=*/false, 0, group);
}

std::array<int64_t, 2> FilterPlaces::unitsOfGrid() const {
  return {(section->units + section->across - 1) / section->across, section->across};
}

bool FilterPlaces::hasGaps() const {
  bool result = section->units % section->across != 0;
  for (auto [tiling, units] : llvm::zip_equal(placed.plan.axes, unitsOfGrid()))
    result |= tiling.points() > 1 && units < tiling.step;
  return result;
}
