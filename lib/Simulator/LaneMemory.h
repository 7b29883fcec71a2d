// An access of several iterations of a loop side by side.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_SIMULATOR_LANEMEMORY_H
#define LIB_SIMULATOR_LANEMEMORY_H

#include "Pack.h"
#include "Regions.h"

namespace fourmix::simulator {

/// Tiles of neighbouring iterations: element (r, c) of lane l is number l of planes[r * cols + c].
struct LaneTile {
  int64_t rows = 0, cols = 0;
  std::vector<Pack> re, im;
  Pack meanRe = Pack(0), meanIm = Pack(0); // of a field that was loaded without it, and of its capture

  int64_t size() const { return rows * cols; }
  void resize(int64_t newRows, int64_t newCols) {
    rows = newRows, cols = newCols;
    re.resize(size()), im.resize(size());
  }
};

/// Reads or writes the tiles of the iterations from `position` on, `count` of them (at most Pack::width) of the
/// innermost loop, as Walk would one after the other.
class LaneMemory {
public:
  /// Into a tile with at least the access's rows and columns; what lies beyond them is not touched.
  llvm::Error read(const focs::Access &access, const Position &position, int64_t count, llvm::ArrayRef<Region> regions,
                   LaneTile &tile);
  llvm::Error write(const focs::Access &access, const Position &position, int64_t count, llvm::ArrayRef<Region> regions,
                    const LaneTile &tile);

private:
  /// The addresses of one axis in the first lane, and how far from lane to lane.
  struct Axis {
    static constexpr int64_t outside = INT64_MIN;
    llvm::SmallVector<int64_t, 64> address;
    int64_t delta = 0, least = INT64_MAX, most = INT64_MIN;
  };
  /// False where lanes do not all go the same way: one is inside and another is not, or wraps.
  bool place(const focs::AxisAccess &access, const Position &position, Axis &axis);
  /// The first lane's element (0, 0) and how far from lane to lane; null where something lies out of the region.
  std::pair<uint8_t *, int64_t> locate(const focs::Plane &plane, const Position &position,
                                       llvm::ArrayRef<Region> regions, int64_t size) const;

  Axis row, col;
  std::vector<double> re, im; // of one lane
};

} // namespace fourmix::simulator

#endif // LIB_SIMULATOR_LANEMEMORY_H
