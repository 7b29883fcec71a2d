// An access of many iterations of a nest of loops side by side.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_SIMULATOR_LANEMEMORY_H
#define LIB_SIMULATOR_LANEMEMORY_H

#include "Pack.h"
#include "Regions.h"

namespace fourmix::simulator {

/// Numbers of as many iterations.
using Pack = PackOf<8>;

/// Iterations that are executed together, a lane each. Where there are fewer than packs have numbers, the last one is
/// there several times: it computes and stores the same every time.
struct LaneBlock {
  static constexpr int64_t mostPacks = 8, mostLanes = mostPacks * Pack::width;
  using Numbers = std::array<int64_t, mostLanes>;

  Position outer; // the loops of the nest stand at 0
  int first = 0;  // of them, the outermost one's depth
  int64_t packs = 0;
  std::vector<Numbers> iterations; // by loop of the nest

  int64_t lanes() const { return packs * Pack::width; }
  /// One pack of it.
  void cut(int64_t pack, LaneBlock &to) const;
  /// The value in every lane; returns the least and the greatest one.
  std::pair<int64_t, int64_t> at(const focs::Linear &linear, Numbers &values) const;
};

/// Tiles of a block: element (r, c) of lane l is number l % 8 of planes[l / 8 * size() + r * stride() + c].
struct LaneTile {
  int64_t rows = 0, cols = 0, packs = 0;
  std::vector<Pack> re, im;
  std::vector<Pack> meanRe, meanIm; // by pack: of a field that was loaded without it, and of its capture

  /// Columns whose elements lie a power of two apart would meet in the cache.
  int64_t stride() const { return cols % 8 ? cols : cols + 1; }
  int64_t size() const { return rows * stride(); }
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

  /// How the tiles of packs lie.
  struct Shape {
    int64_t stride, size;
  };
  /// The addresses along one axis.
  struct Axis {
    bool isShared;   // lane l has lane[l] + address[t], all lanes are inside at the same t; else address[t * lanes + l]
    bool isEven;     // shared, all inside and equally far apart
    bool hasOutside; // some elements are outside
    LaneBlock::Numbers lane;
    llvm::SmallVector<int64_t, 64> address;
    LaneBlock::Numbers least, most; // of the elements inside, in every lane
  };
  /// The elements along one axis, or those of joined ones: line after line.
  struct Path {
    int64_t lines, count, lineStep, step;
    int64_t around; // coordinates are reduced modulo this; 0: are not
    int64_t limit, pitch;
  };
  void place(const focs::Access &access, const LaneBlock &block);
  void placeAll(const focs::Access &access, const LaneBlock &block); // what place does, for any CPU
  static void place(const Path &path, int64_t low, int64_t high, int64_t lanes, Axis &axis);
  static bool placeShared(const Path &path, int64_t low, int64_t high, Axis &axis);
  static void placeEach(const Path &path, int64_t lanes, Axis &axis);
  /// Sets `base`; null where something lies out of the region.
  uint8_t *locate(const focs::Plane &plane, const LaneBlock &block, llvm::ArrayRef<Region> regions, int64_t size);
  template <typename T>
  void readPlane(const uint8_t *region, const LaneBlock &block, const Shape &shape, Pack *to) const;
  template <typename T>
  void writePlane(uint8_t *region, const LaneBlock &block, const Shape &shape, const Pack *from) const;
  /// Where all lanes of a pack go one way, calls for each element of a tile, whose number in it is `index`:
  /// one(how the lanes lie, their bases, address, index), none(index) of those outside, or for four neighbours in
  /// memory, of which the tile has one each `step`, square(bases, address, index, step).
  template <typename Square, typename One, typename None>
  void forEachPlace(const LaneBlock &block, const Shape &shape, Square square, One one, None none) const;
  template <typename F>
  void forEachElement(const LaneBlock &block, const Shape &shape, F f) const;
  template <typename F>
  llvm::Error inParts(const focs::Access &access, const LaneBlock &block, F f);
  bool isShared() const { return row.isShared && col.isShared; }
  /// Whether the elements of a column, and they alone, are neighbours.
  bool isUpright() const {
    return !joined && row.isEven && col.isEven && rows > 1 && row.address[1] == row.address[0] + 1 &&
           (cols == 1 || col.address[1] != col.address[0] + 1);
  }

  int64_t rows, cols;
  bool joined;
  Axis row, col;           // of a joined access one row, and one element, of all of its elements
  LaneBlock::Numbers base; // every lane's element (0, 0)
  LaneBlock part;
};

} // namespace fourmix::simulator

#endif // LIB_SIMULATOR_LANEMEMORY_H
