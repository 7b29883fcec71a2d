// Memory outside of the device's tiles, and how an access walks through it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_SIMULATOR_REGIONS_H
#define LIB_SIMULATOR_REGIONS_H

#include "Tile.h"
#include "fourmix/Target/CommandStream.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

namespace fourmix::simulator {

struct Region {
  uint8_t *data = nullptr;
  size_t bytes = 0;
};

/// Where the loops stand: iterations of the enclosing ones, the outermost first, and all of them as one number.
struct Position {
  std::array<int64_t, focs::maxLoopDepth> iteration{};
  int depth = 0;
  uint64_t number = 0;

  int64_t at(const focs::Linear &linear) const {
    int64_t value = linear.base;
    for (int i = 0; i < depth; ++i)
      value += linear.step[i] * iteration[i];
    return value;
  }
  size_t at(const focs::Slot &slot) const { return slot.first + (slot.rotate > 1 ? number % slot.rotate : 0); }
};

/// Bytes that an access moves.
struct Traffic {
  uint64_t link = 0, memory = 0;
};

/// An access where the loops stand now.
class Walk {
public:
  Walk(const focs::Access &access, const Position &position);

  int64_t rows() const { return access.row.count; }
  int64_t cols() const { return access.col.count; }
  int64_t elements() const { return row.inside * col.inside; }
  bool isInside(int64_t r, int64_t c) const {
    return access.joined ? col.at(r * cols() + c) != outside : row.at(r) != outside && col.at(c) != outside;
  }

  /// Reads into (0, 0) of planes with `stride` numbers per row; a missing part gives zeros, as does what is outside.
  llvm::Error read(llvm::ArrayRef<Region> regions, double *re, double *im, int64_t stride) const;
  llvm::Error write(llvm::ArrayRef<Region> regions, const double *re, const double *im, int64_t stride) const;
  /// Scratch below `ownScratch` bytes is the device's own memory, everything else lies behind a link.
  Traffic traffic(int64_t ownScratch) const;

private:
  static constexpr int64_t outside = INT64_MIN;
  struct Axis {
    int64_t count = 0, inside = 0, least = 0, most = 0; // addresses of those inside
    bool isEven = false;                                // all are inside, `pitch` apart from `first` on
    int64_t first = 0, pitch = 0;
    llvm::SmallVector<int64_t, 64> address; // otherwise
    int64_t at(int64_t t) const { return isEven ? first + t * pitch : address[t]; }
    void put(int64_t t, int64_t where) {
      address[t] = where;
      least = inside ? std::min(least, where) : where;
      most = inside ? std::max(most, where) : where;
      ++inside;
    }
  };
  static Axis walk(const focs::AxisAccess &access, const Position &position);
  static Axis walkJoined(const focs::Access &access, const Position &position);
  llvm::Expected<uint8_t *> locate(llvm::ArrayRef<Region> regions, const focs::Plane &plane) const;
  template <typename F>
  void forEachRun(int64_t stride, F f) const;
  template <typename T>
  void readPlane(const uint8_t *base, double *to, int64_t stride) const;
  template <typename T>
  void writePlane(uint8_t *base, const double *from, int64_t stride) const;

  const focs::Access &access;
  const Position &position;
  Axis row, col; // of a joined access one row of all elements
};

} // namespace fourmix::simulator

#endif // LIB_SIMULATOR_REGIONS_H
