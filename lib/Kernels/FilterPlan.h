// Convolutions of any length on optics that convolve around one circle, their aperture's: which frames.
//
// A frame, or two where the optics multiply once, convolves a tile of N1 x N2 points circularly with a kernel. A longer
// line is cut into tiles that overlap by the kernel's reach, of which the results that met the aperture's own
// wrap-around are dropped (overlap-save); a circle is a line whose points repeat. A kernel that reaches further than
// pays is cut into blocks of taps, whose results are added. A circle that the aperture's points are a multiple of goes
// in as it is, and so does an axis that is only carried: there the kernel is one point.
//
// A filter is one function for the whole aperture, so signals that meet the same one share frames, side by side along
// both axes: one behind the other, each with its own overlap, or interleaved. A filter whose factors repeat d times
// across N pixels has taps at every d-th pixel only, so that the pixels of each residue modulo d are a circle of N / d
// points of their own.
// Source: T. G. Stockham, High-speed convolution and correlation, AFIPS Spring Joint Computer Conference, 1966.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_KERNELS_FILTERPLAN_H
#define LIB_KERNELS_FILTERPLAN_H

#include "lib/Kernels/FramePlan.h"

namespace fourmix::kernels {

/// y[i] = sum of h[j] x[i - j] over first <= j < first + taps, for 0 <= i < output. Of x there are `input` points, at
/// most the circle's; others are zero. Indices of x go around a circle of `circle` points, or nowhere where it is 0.
struct FilterAxis {
  int64_t circle = 0, input = 0, output = 0;
  int64_t first = 0, taps = 1;

  /// Neighbours that are filtered alike.
  static FilterAxis batch(int64_t extent) { return {0, extent, extent, 0, 1}; }
};

/// The taps, in numbers and place, of a kernel on a circle: the shortest arc without those that are not `isUsed`.
/// `first` may be negative.
FilterAxis filterAxis(const std::vector<bool> &isUsed, int64_t input, int64_t output);

/// An axis in tiles of the aperture's points.
struct FilterTiling {
  FilterAxis axis;
  int64_t aperture = 1;          // points of the circle around which the optics convolve a tile
  int64_t tiles = 1, valid = 1;  // tiles, and results in each
  int64_t block = 1, blocks = 1; // taps in a block, and blocks
  bool isWhole = false;          // the circle as it is, or repeated
  /// Up to `together` tiles side by side: point t of number s is at pixel s * shift + t * step.
  int64_t together = 1, shift = 0, step = 1;

  /// The points that a tile's results depend on.
  int64_t points() const { return isWhole ? aperture : valid + block - 1; }
  /// The tiles of a block: loads from x, stores to y.
  FrameAxis pass(int64_t number) const;
  /// Where a tap (0 <= tap < taps) of its block stands in the aperture.
  int64_t position(int64_t tap) const;
  int64_t frames() const { return tiles * blocks; }
};

/// Whether x must have all points of its circle, zeros too, since what it lacks would be taken for what it has.
bool needsPadding(const FilterAxis &axis, int64_t aperture);

/// All that are worth a thought, of an axis that is padded where it must be: of so many tiles, the fewest blocks.
std::vector<FilterTiling> filterTilings(const FilterAxis &axis, int64_t aperture);

/// The same for tiles side by side, of one block of taps.
std::vector<FilterTiling> sharedTilings(const FilterAxis &axis, int64_t aperture);

/// What a choice between tilings weighs.
struct FilterWork {
  double tileSeconds = 0; // of a tile of one block: all batches, kernels and parts of it
  /// Extents of the batches whose signals may share frames. It takes `copySeconds` to bring a point to its place, of
  /// all `signals` and back of all `results`, and `waitSeconds` in between, where no signals share a field.
  bool mayShare = true;
  std::vector<int64_t> batches;
  double copySeconds = 0, waitSeconds = 0;
  int64_t signals = 1, results = 1;
  double loadSeconds = 0; // of a filter
  int64_t filters = 1;    // of each block: kernels, and parts of them
  int64_t slots = 0;      // filters that stay loaded
};

struct FilterPlan {
  std::array<FilterTiling, 2> axes;
  std::string recipe; // for people
  double seconds = 0;
  /// What stands side by side: the signals of a batch, or the tiles of an axis, `units` in all.
  std::optional<size_t> sharedBatch, sharedAxis;
  int64_t units = 1;

  bool isShared() const { return sharedBatch || sharedAxis; }
  /// Tiles that have fields of their own, of an axis and in all.
  int64_t tiles(size_t axis) const { return sharedAxis == axis ? 1 : axes[axis].tiles; }
  int64_t tiles() const { return tiles(0) * tiles(1); }
  int64_t blocks() const { return axes[0].blocks * axes[1].blocks; }
  /// Units that a field holds, and fields for all of them.
  int64_t unitsOfField() const { return axes[0].together * axes[1].together; }
  int64_t fields() const { return isShared() ? (units + unitsOfField() - 1) / unitsOfField() : 1; }
  /// Frames for one batch (all that share one), one kernel, one part, where a frame convolves.
  int64_t frames() const { return tiles() * blocks() * fields(); }
};

/// All, the fastest first.
std::vector<FilterPlan> filterPlans(const std::array<FilterAxis, 2> &axes, const std::array<int64_t, 2> &aperture,
                                    const FilterWork &work);

/// The fastest.
FilterPlan planFilter(const std::array<FilterAxis, 2> &axes, const std::array<int64_t, 2> &aperture,
                      const FilterWork &work);

} // namespace fourmix::kernels

#endif // LIB_KERNELS_FILTERPLAN_H
