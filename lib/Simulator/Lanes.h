// What a nest of loops does to memory, many iterations at once, in mode exact: each number of a tile is eight, of
// eight iterations, so that nothing is transposed or padded and loads and stores are mostly whole vectors; of small
// tiles there are several such at a time. The numbers are those of one iteration after the other, to the bit.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_SIMULATOR_LANES_H
#define LIB_SIMULATOR_LANES_H

#include "LaneMemory.h"
#include "Tile.h"
#include "fourmix/Device/Profile.h"
#include "fourmix/Target/CommandStreamIO.h"
#include "lib/Kernels/DftPlan.h"
#include "llvm/ADT/DenseMap.h"
#include <map>

namespace fourmix::simulator {

class Lanes {
public:
  /// Finds the nests of loops of the main code that can be executed so: their iterations are independent in memory and
  /// hand each other no tile, and are made of instructions that a lane knows. None if tiles go from one loop to
  /// another.
  Lanes(const focs::CommandStream &stream, const focs::Program &program, const device::Profile &profile);

  /// How many instructions at most the nest has whose outermost loop stands there; 0 where none is taken.
  uint64_t takes(size_t loop) const {
    auto nest = nests.find(loop);
    return nest == nests.end() ? 0 : nest->second.instructions;
  }

  /// What the loop reads beside memory.
  struct Sources {
    llvm::ArrayRef<Region> regions;
    llvm::ArrayRef<double> tableRe, tableIm;
    llvm::ArrayRef<Tile> filters;
  };
  /// All iterations of a nest that it takes; `position` stands at the first one of its outermost loop.
  llvm::Error execute(size_t loop, const Position &position, const Sources &sources);

private:
  struct Nest {
    llvm::ArrayRef<focs::Instruction> body;
    llvm::SmallVector<int64_t> trips = {};
    uint64_t instructions = 0;
    int64_t largest = 1; // elements of a tile
    uint64_t period = 1; // iterations so far apart have the same filters
    /// By instruction: reads a capture that nothing reads after it.
    std::vector<bool> isLast = {};
  };
  struct Factors {
    std::vector<Pack> re, im;
  };
  bool isKnown(const focs::Instruction &instruction, const device::Profile &profile) const;
  void add(const focs::LoopNest &nest, const device::Profile &profile);
  llvm::Error execute(const Nest &nest, const Sources &sources);

  LaneTile &tile(std::map<uint16_t, LaneTile> &tiles, const focs::Slot &slot) { return tiles[slot.first]; }
  void transform(const LaneTile &from, LaneTile &to);
  using FilterPack = std::array<const Tile *, Pack::width>;
  bool filtersOf(const focs::Fire &op, const Sources &sources, int64_t pack, FilterPack &filters) const;
  /// Tiles by filters; false where one is none.
  bool multiply(const focs::Fire &op, const LaneTile &from, const Sources &sources, LaneTile &to) const;
  llvm::Error fetch(const std::optional<focs::Factors> &factors, const Sources &sources, int64_t count, double scale,
                    Factors &to);
  const kernels::DftPlan &planOf(int64_t length);
  /// The transforms of all lines of tiles along an axis, in place or to others.
  void transformLines(const Pack *re, const Pack *im, Pack *toRe, Pack *toIm, const LaneTile &shape, bool ofColumns);

  llvm::Error operator()(const focs::LoadField &op, const Sources &sources);
  llvm::Error operator()(const focs::LoadAccumulator &op, const Sources &sources);
  llvm::Error operator()(const focs::Fire &op, const Sources &sources);
  llvm::Error operator()(const focs::ReadBack &op, const Sources &sources);
  llvm::Error operator()(const focs::Twiddle &op, const Sources &sources);
  llvm::Error operator()(const focs::ElectronicDft &op, const Sources &sources);
  llvm::Error operator()(const focs::Elementwise &op, const Sources &sources);
  llvm::Error operator()(const focs::Store &op, const Sources &sources);
  template <typename Other>
  llvm::Error operator()(const Other &, const Sources &) {
    return llvm::Error::success();
  }

  llvm::ArrayRef<focs::Instruction> code;
  int64_t rows, cols;           // of the aperture
  std::map<size_t, Nest> nests; // by their outermost loop

  LaneBlock block;
  uint64_t number = 0; // of the block's first iteration, counted as Position does
  uint64_t period = 1; // from lane to lane
  uint64_t last = 0;   // the number of the block's last iteration
  bool isLast = false; // of the instruction
  LaneMemory memory;
  std::map<uint16_t, LaneTile> fields, captures, accumulators; // by the first slot of an operand
  LaneTile product;
  Factors rowFactors, colFactors;
  LaneBlock::Numbers entry;
  std::map<int64_t, kernels::DftPlan> plans;
  std::vector<Pack> work;
};

} // namespace fourmix::simulator

#endif // LIB_SIMULATOR_LANES_H
