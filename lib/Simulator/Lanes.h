// What a loop does to memory, four iterations at once, in mode exact: each number of a tile is four, of neighbouring
// iterations, so that nothing is transposed or padded and loads and stores are mostly whole vectors. The numbers are
// those of one iteration after the other, to the bit.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_SIMULATOR_LANES_H
#define LIB_SIMULATOR_LANES_H

#include "LaneMemory.h"
#include "Tile.h"
#include "fourmix/Device/Profile.h"
#include "fourmix/Target/CommandStream.h"
#include "lib/Kernels/DftPlan.h"
#include "llvm/ADT/DenseMap.h"
#include <map>

namespace fourmix::simulator {

class Lanes {
public:
  /// Finds the loops of the main code that can be executed so: innermost ones whose iterations are independent in
  /// memory and hand each other no tile, of instructions that a lane knows. None if tiles go from one loop to another.
  Lanes(const focs::CommandStream &stream, const focs::Program &program, const device::Profile &profile);

  /// How many instructions an iteration of the loop has; 0 for a loop that is not taken.
  size_t takes(size_t loop) const { return loops.lookup(loop); }

  /// What the loop reads beside memory.
  struct Sources {
    llvm::ArrayRef<Region> regions;
    llvm::ArrayRef<double> tableRe, tableIm;
    llvm::ArrayRef<Tile> filters;
  };
  /// All iterations of a loop that it takes; `position` has it as its innermost one.
  llvm::Error execute(size_t loop, Position position, const Sources &sources);

private:
  struct Factors {
    std::vector<Pack> re, im;
  };
  bool isKnown(const focs::Instruction &instruction, const device::Profile &profile) const;
  LaneTile &tile(std::map<uint16_t, LaneTile> &tiles, const focs::Slot &slot) { return tiles[slot.first]; }
  void transform(const LaneTile &from, LaneTile &to);
  llvm::Error fetch(const std::optional<focs::Factors> &factors, const Sources &sources, int64_t count, double scale,
                    Factors &to) const;
  const kernels::DftPlan &planOf(int64_t length);
  /// The transforms of all lines of a tile along an axis; `to` must be another one.
  void transformLines(const Pack *re, const Pack *im, Pack *toRe, Pack *toIm, int64_t rows, int64_t cols,
                      bool ofColumns);

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
  int64_t rows, cols; // of the aperture
  llvm::DenseMap<size_t, size_t> loops;

  Position position;
  int64_t count = 0; // of the iterations from there on that are executed together
  LaneMemory memory;
  std::map<uint16_t, LaneTile> fields, captures, accumulators; // by the first slot of an operand
  LaneTile scratch, product;
  Factors rowFactors, colFactors;
  std::map<int64_t, kernels::DftPlan> plans;
  std::vector<Pack> work;
};

} // namespace fourmix::simulator

#endif // LIB_SIMULATOR_LANES_H
