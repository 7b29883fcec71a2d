// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "LoopNests.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

using namespace llvm;
using namespace fourmix;

namespace {
/// The tiles that an instruction reads and writes, by memory.
struct Use {
  enum Memory { Field, Capture, Accumulator };
  SmallVector<std::pair<Memory, focs::Slot>, 3> reads, writes;

  explicit Use(const focs::Instruction &instruction) { std::visit(*this, instruction.body); }
  void operator()(const focs::LoadField &op) { writes = {{Field, op.field}}; }
  void operator()(const focs::LoadAccumulator &op) { writes = {{Accumulator, op.accumulator}}; }
  void operator()(const focs::Fire &op) { reads = {{Field, op.field}}, writes = {{Capture, op.capture}}; }
  void operator()(const focs::ReadBack &op) {
    reads = {{Capture, op.capture}}, writes = {{Accumulator, op.accumulator}};
    if (op.accumulate)
      reads.push_back(writes.front());
  }
  void operator()(const focs::Twiddle &op) { reads = writes = {{Accumulator, op.accumulator}}; }
  void operator()(const focs::ElectronicDft &op) { reads = writes = {{Accumulator, op.accumulator}}; }
  void operator()(const focs::Elementwise &op) {
    reads = {{Accumulator, op.a}, {Accumulator, op.b}}, writes = {{Accumulator, op.to}};
  }
  void operator()(const focs::Store &op) { reads = {{Accumulator, op.accumulator}}; }
  template <typename Other>
  void operator()(const Other &) {}
};

/// Whether every tile that the body of a loop reads was written before in the same iteration, and slots with different
/// names are different slots.
bool isSelfContained(ArrayRef<focs::Instruction> body) {
  SmallVector<std::pair<Use::Memory, focs::Slot>> written;
  for (const focs::Instruction &instruction : body) {
    Use use(instruction);
    for (const auto &read : use.reads)
      if (!is_contained(written, read))
        return false;
    for (const auto &[memory, slot] : use.writes) {
      for (const auto &[other, known] : written)
        if (memory == other && !(known == slot) && slot.first < known.first + known.rotate &&
            known.first < slot.first + slot.rotate)
          return false;
      written.push_back({memory, slot});
    }
  }
  return true;
}
} // namespace

std::vector<focs::LoopNest> simulator::containedNests(ArrayRef<focs::Instruction> code) {
  std::vector<focs::LoopNest> nests = focs::nestsOf(code);
  size_t next = 0;
  auto readsTiles = [](const focs::Instruction &instruction) { return !Use(instruction).reads.empty(); };
  for (const focs::LoopNest &nest : nests) {
    if (any_of(code.slice(next, nest.body - next), readsTiles) || !isSelfContained(code.slice(nest.body, nest.size)))
      return {};
    next = nest.body + nest.size;
  }
  if (any_of(code.drop_front(next), readsTiles))
    return {};
  return nests;
}
