// Convolutions of any length on optics that convolve around one circle, their aperture's: which frames.
//
// A frame, or two where the optics multiply once, convolves a tile of N1 x N2 points circularly with a kernel. A longer
// line is cut into tiles that overlap by the kernel's reach, of which the results that met the aperture's own
// wrap-around are dropped (overlap-save); a circle is a line whose points repeat. A kernel that reaches further than
// pays is cut into blocks of taps, whose results are added. A circle that the aperture's points are a multiple of goes
// in as it is, and so does an axis that is only carried: there the kernel is one point.
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
  int64_t aperture = 1;
  int64_t tiles = 1, valid = 1;  // tiles, and results in each
  int64_t block = 1, blocks = 1; // taps in a block, and blocks
  bool isWhole = false;          // the circle as it is, or repeated

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

/// What a choice between tilings weighs.
struct FilterWork {
  double tileSeconds = 0; // of a tile of one block: all batches, kernels and parts of it
  double loadSeconds = 0; // of a filter
  int64_t filters = 1;    // of each block: kernels, and parts of them
  int64_t slots = 0;      // filters that stay loaded
};

struct FilterPlan {
  std::array<FilterTiling, 2> axes;
  std::string recipe; // for people
  double seconds = 0;

  int64_t tiles() const { return axes[0].tiles * axes[1].tiles; }
  int64_t blocks() const { return axes[0].blocks * axes[1].blocks; }
  /// Frames for one batch, one kernel, one part, where a frame convolves.
  int64_t frames() const { return tiles() * blocks(); }
};

/// All, the fastest first.
std::vector<FilterPlan> filterPlans(const std::array<FilterAxis, 2> &axes, const std::array<int64_t, 2> &aperture,
                                    const FilterWork &work);

/// The fastest.
FilterPlan planFilter(const std::array<FilterAxis, 2> &axes, const std::array<int64_t, 2> &aperture,
                      const FilterWork &work);

} // namespace fourmix::kernels

#endif // LIB_KERNELS_FILTERPLAN_H
