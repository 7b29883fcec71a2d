// One run of one code on a machine.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_SIMULATOR_EXECUTION_H
#define LIB_SIMULATOR_EXECUTION_H

#include "Machine.h"
#include "fourmix/Target/CommandStreamIO.h"
#include "llvm/ADT/DenseMap.h"

namespace fourmix::simulator {

class Execution {
public:
  Execution(Machine &machine, const Machine::Run &run);
  llvm::Error execute();

private:
  /// What an instruction of each kind does, but for the time it takes.
  llvm::Expected<Demand> operator()(const focs::LoadField &op);
  llvm::Expected<Demand> operator()(const focs::LoadFilter &op);
  llvm::Expected<Demand> operator()(const focs::LoadTable &op);
  llvm::Expected<Demand> operator()(const focs::LoadAccumulator &op);
  llvm::Expected<Demand> operator()(const focs::Fire &op);
  llvm::Expected<Demand> operator()(const focs::ReadBack &op);
  llvm::Expected<Demand> operator()(const focs::Twiddle &op);
  llvm::Expected<Demand> operator()(const focs::ElectronicDft &op);
  llvm::Expected<Demand> operator()(const focs::Elementwise &op);
  llvm::Expected<Demand> operator()(const focs::Store &op);
  llvm::Expected<Demand> operator()(const focs::Nop &) { return Demand(); }
  llvm::Expected<Demand> operator()(const focs::End &) { return Demand(); }
  llvm::Expected<Demand> operator()(const focs::Barrier &) { return Demand{Demand::Barrier}; }
  llvm::Expected<Demand> operator()(const focs::Mark &op);
  llvm::Expected<Demand> operator()(const focs::Loop &op);
  llvm::Expected<Demand> operator()(const focs::EndLoop &);

  /// What the instruction asks of the timeline; it has done all else.
  llvm::Expected<Demand> demandOf(const focs::Instruction &instruction);
  Demand transfer(focs::Queue queue, Traffic traffic, double least = 0);
  llvm::Expected<Demand> compute(llvm::Expected<uint64_t> work);

  llvm::Error fail(const llvm::Twine &message) const;
  llvm::Expected<Tile *> tile(std::vector<Tile> &memory, const focs::Slot &slot, llvm::StringRef name, bool mustBeSet);
  uint64_t limit() const { return machine.options.instructionLimit; }
  /// Whether nothing is to be computed, by this one.
  bool countsOnly() const { return machine.options.mode == Mode::Count || asleepSince; }
  void countPosition();
  llvm::Error follow(const focs::Instruction &instruction);
  void finish();

  /// How many loops of a nest, from the outermost on, have iterations that all take the same, where the loops around
  /// stand now; none of them is computed here.
  size_t uniformLoops(const focs::LoopNest &nest) const;
  /// All iterations of a nest with so many, of which the first one has begun, but for its end.
  llvm::Error repeat(const focs::LoopNest &nest, size_t uniform);

  /// From a loop on, until it ends.
  void sleep(int depth) {
    asleepSince = depth;
    machine.optics.sleep(depth);
    machine.electronics.sleep(depth);
  }

  /// What the instructions under one mark use.
  struct Tally {
    Usage used;
    Ticks time = 0;
    std::array<Ticks, 5> busy{};
  };
  /// Adds the time that has passed since the timeline stood at `now` and was `busy`.
  void settle(Ticks now, const std::array<Ticks, 5> &busy);

  Machine &machine;
  const Machine::Run &run;
  llvm::ArrayRef<focs::Instruction> code;
  Timeline timeline;
  llvm::DenseMap<size_t, focs::LoopNest> nests; // those that may be uniform, by each of their loops
  Position position;
  std::array<size_t, focs::maxLoopDepth> loopStart{};
  std::array<int64_t, focs::maxLoopDepth> trip{};
  size_t at = 0;
  uint32_t mark = noMark;
  uint64_t executed = 0;
  int asleepSince = 0;        // the depth of the loop that somebody else computes; 0: none
  Tally unmarked;             // what instructions before the first mark use, or all where nobody asks for marks
  std::vector<Tally> marks;   // and the others
  Tally *current = &unmarked; // of these, that of the instruction
};

} // namespace fourmix::simulator

#endif // LIB_SIMULATOR_EXECUTION_H
