// What one axis of a transform takes on optics that know one size: its stages, and the steps that they become.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_KERNELS_FRAMESTEPS_H
#define LIB_KERNELS_FRAMESTEPS_H

#include "lib/Kernels/FramePlan.h"

namespace fourmix::kernels {

inline int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// The stages of a cyclic length: optical ones of `opticalRadix` points, a side of the aperture or all of it (`whole`),
/// and electronic ones. Of a length of two coprime parts, one for each kind, no factors stand between them
/// (`isCoprime`).
struct AxisStages {
  int64_t optical = 0, opticalRadix = 0;
  std::vector<int64_t> electronic;
  bool whole = false, isCoprime = false;
  std::array<int64_t, 2> aperture{};
};

/// `rest` as the fewest factors that the electronics have butterflies for, each at most `largest`. Nothing where a
/// prime factor is missing.
std::optional<std::vector<int64_t>> splitElectronic(int64_t rest, int64_t largest, const std::vector<int64_t> &radices);

/// The stages of a choice for a transform along one axis; nothing where the electronics lack a radix.
std::optional<AxisStages> splitStages(const FrameTransform &transform, const FrameChoice &choice, int axis,
                                      const FrameDevice &device, bool isMirrored = false);

/// One step of one axis, before the axes are paired. With `columns` it takes both sides of the aperture.
struct AxisStep {
  bool optical = false;
  FrameAxis axis;
  std::optional<FrameAxis> columns = std::nullopt;
};

/// The factors of a plan; where it is only to be compared with others, their number.
class FactorTable {
public:
  explicit FactorTable(bool isComputed) : isComputed(isComputed) {}

  /// The entry where those that `compute` gives will stand.
  template <typename Compute>
  int64_t append(int64_t count, Compute compute) {
    int64_t at = size;
    size += count;
    if (isComputed) {
      std::vector<Root> factors = compute();
      entries.insert(entries.end(), factors.begin(), factors.end());
    }
    return at;
  }

  int64_t size = 0;
  std::vector<Root> entries;

private:
  bool isComputed;
};

/// The steps of one axis; the table grows with their factors. `cyclic`: the transform's length, or that of Bluestein's
/// convolution. `isMirrored`: of a real signal, whose first digits have an image each that is left out.
std::vector<AxisStep> planAxis(const FrameTransform &transform, const AxisStages &stages, int64_t cyclic,
                               int64_t largestTile, bool isMirrored, FactorTable &table);

} // namespace fourmix::kernels

#endif // LIB_KERNELS_FRAMESTEPS_H
