// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Kernels/FramePairing.h"
#include <algorithm>

namespace fourmix::kernels {
namespace {

class Pairing {
public:
  Pairing(const FrameDevice &device, std::array<std::vector<AxisStep>, 2> steps, std::array<int64_t, 2> extents)
      : device(device), steps(std::move(steps)), extents(extents) {}

  std::vector<FramePass> run() {
    while (hasStep(0) || hasStep(1)) {
      FramePass pass;
      pass.optical = !isElectronic(0) && !isElectronic(1);
      if (pass.optical && (isWholeFrame(0) || isWholeFrame(1))) {
        passes.push_back(wholeFrame(isWholeFrame(0) ? 0 : 1));
        continue;
      }
      std::array<bool, 2> taken{};
      for (int axis : {0, 1})
        if (hasStep(axis) && peek(axis).optical == pass.optical) {
          pass.axes[axis] = peek(axis).axis;
          taken[axis] = true;
          ++next[axis];
        }
      for (int axis : {0, 1}) {
        if (!taken[axis])
          pass.axes[axis] = pass.optical ? carry(axis, pass.scale) : keep(axis);
        extents[axis] = pass.axes[axis].store.limit;
      }
      passes.push_back(pass);
    }
    return std::move(passes);
  }

private:
  bool hasStep(int axis) const { return next[axis] < steps[axis].size(); }
  const AxisStep &peek(int axis) const { return steps[axis][next[axis]]; }
  bool isElectronic(int axis) const { return hasStep(axis) && !peek(axis).optical; }
  bool isWholeFrame(int axis) const { return hasStep(axis) && peek(axis).columns; }

  /// A step that takes both sides of the aperture, line by line of the other axis. It goes first, so that the axis has
  /// not been carried through by frames of the other one.
  FramePass wholeFrame(int axis) {
    FramePass pass;
    pass.optical = true;
    pass.whole = axis;
    pass.axes = {peek(axis).axis, *peek(axis).columns};
    pass.axes[1].groups = extents[1 - axis];
    ++next[axis];
    extents = pass.extents();
    return pass;
  }

  /// Tiles of neighbouring points that an electronic pass leaves alone.
  FrameAxis keep(int axis) const {
    FrameAxis kept;
    int64_t extent = extents[axis];
    kept.count = std::min(extent, device.tile[axis]);
    kept.groups = ceilDiv(extent, kept.count);
    kept.load = kept.store = {0, kept.count, 0, 1, extent, false};
    return kept;
  }

  /// An axis without a stage in an optical pass. FT o FT = N * reversal, so two such passes in a row cost a reversal;
  /// the last one, where their number is odd, is undone by the electronics, if they have the radices for it.
  FrameAxis carry(int axis, double &scale) {
    FrameAxis carried;
    int64_t aperture = device.aperture[axis], extent = extents[axis];
    carried.count = aperture;
    carried.groups = ceilDiv(extent, aperture);
    carried.load = carried.store = {0, aperture, 0, 1, extent, false};
    if (pending[axis]) {
      carried.reversed = true;
      carried.store.limit = *pending[axis];
      pending[axis].reset();
      scale /= static_cast<double>(aperture);
    } else if (opticalLeft(1 - axis)) {
      pending[axis] = extent;
      carried.store.limit = carried.groups * aperture; // all of a tile's frequencies
    } else if (splitElectronic(aperture, device.tile[axis], device.radices)) {
      carried.electronic = aperture;
      carried.inverse = true;
      scale /= static_cast<double>(aperture);
    } else { // One line in a frame: the transform of a single point is that point, everywhere.
      carried.count = 1;
      carried.groups = extent;
      carried.load = carried.store = {0, 1, 0, 1, extent, false};
    }
    return carried;
  }

  bool opticalLeft(int axis) const {
    return std::any_of(steps[axis].begin() + next[axis], steps[axis].end(),
                       [](const AxisStep &s) { return s.optical && !s.columns; });
  }

  const FrameDevice &device;
  std::array<std::vector<AxisStep>, 2> steps;
  std::array<int64_t, 2> extents;
  std::array<size_t, 2> next{};
  std::array<std::optional<int64_t>, 2> pending; // extents of an axis that is carried and not yet back
  std::vector<FramePass> passes;
};

} // namespace

std::vector<FramePass> pairSteps(const FrameDevice &device, std::array<std::vector<AxisStep>, 2> steps,
                                 std::array<int64_t, 2> extents) {
  return Pairing(device, std::move(steps), extents).run();
}

} // namespace fourmix::kernels
