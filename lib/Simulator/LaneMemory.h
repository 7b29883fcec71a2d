// An access of many iterations of a nest of loops side by side.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_SIMULATOR_LANEMEMORY_H
#define LIB_SIMULATOR_LANEMEMORY_H

#include "Pack.h"
#include "Regions.h"

namespace fourmix::simulator {

/// Iterations that are executed together, a lane each. Where there are fewer than packs have numbers, the last one is
/// there several times: it computes and stores the same every time.
struct LaneBlock {
  static constexpr int64_t mostPacks = 16, mostLanes = mostPacks * Pack::width;
  using Numbers = std::array<int64_t, mostLanes>;

  Position outer; // the loops of the nest stand at 0
  int first = 0;  // of them, the outermost one's depth
  int64_t packs = 0;
  std::vector<Numbers> iterations; // by loop of the nest

  int64_t lanes() const { return packs * Pack::width; }
  /// The value in every lane; returns the least and the greatest one.
  std::pair<int64_t, int64_t> at(const focs::Linear &linear, Numbers &values) const;
};

/// Tiles of a block: element (r, c) of lane l is number l % 4 of planes[l / 4 * size() + r * cols + c].
struct LaneTile {
  int64_t rows = 0, cols = 0, packs = 0;
  std::vector<Pack> re, im;
  std::vector<Pack> meanRe, meanIm; // by pack: of a field that was loaded without it, and of its capture

  int64_t size() const { return rows * cols; }
  void resize(int64_t newRows, int64_t newCols, int64_t newPacks) {
    rows = newRows, cols = newCols, packs = newPacks;
    re.resize(size() * packs), im.resize(size() * packs);
    meanRe.resize(packs), meanIm.resize(packs);
  }
};

/// Reads or writes the tiles of a block, as Walk would one after the other.
class LaneMemory {
public:
  /// Into a tile with at least the access's rows and columns; what lies beyond them is not touched.
  llvm::Error read(const focs::Access &access, const LaneBlock &block, llvm::ArrayRef<Region> regions, LaneTile &tile);
  llvm::Error write(const focs::Access &access, const LaneBlock &block, llvm::ArrayRef<Region> regions,
                    const LaneTile &tile);

private:
  static constexpr int64_t outside = INT64_MIN;

  /// The addresses along one axis.
  struct Axis {
    bool isShared; // all lanes are inside at the same t, at lane[l] + address[t]; else at address[t * lanes + l]
    bool isEven;   // shared, all inside and equally far apart
    LaneBlock::Numbers lane;
    llvm::SmallVector<int64_t, 64> address;
    int64_t least, most; // of `address`, those inside
  };
  /// The elements along one axis, or those of joined ones: line after line.
  struct Path {
    int64_t lines, count, lineStep, step;
    int64_t around; // coordinates are reduced modulo this; 0: are not
    int64_t limit, pitch;
  };
  void place(const focs::Access &access, const LaneBlock &block);
  static void place(const Path &path, int64_t low, int64_t high, int64_t lanes, Axis &axis);
  static bool placeShared(const Path &path, int64_t low, int64_t high, Axis &axis);
  static void placeEach(const Path &path, int64_t lanes, Axis &axis);
  /// Sets `base` and `elements`; null where something is known to lie out of the region.
  uint8_t *locate(const focs::Plane &plane, const LaneBlock &block, llvm::ArrayRef<Region> regions, int64_t size);
  template <typename T>
  void readPlane(const uint8_t *region, const LaneBlock &block, LaneTile &tile, Pack *to) const;
  template <typename T>
  void writePlane(uint8_t *region, const LaneBlock &block, const LaneTile &tile, const Pack *from) const;
  template <typename F>
  bool forEachLane(const LaneBlock &block, const LaneTile &tile, F f) const;

  int64_t rows, cols;
  bool joined;
  Axis row, col;           // of a joined access one row, and one element, of all of its elements
  LaneBlock::Numbers base; // every lane's element (0, 0)
  int64_t elements;        // of the region
};

} // namespace fourmix::simulator

#endif // LIB_SIMULATOR_LANEMEMORY_H
