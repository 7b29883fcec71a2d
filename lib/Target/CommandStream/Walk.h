// The walk of checkOrder through a code.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_LIB_TARGET_COMMANDSTREAM_WALK_H
#define FOURMIX_LIB_TARGET_COMMANDSTREAM_WALK_H

#include "lib/Target/CommandStream/Footprint.h"
#include "lib/Target/CommandStream/Order.h"
#include "llvm/ADT/DenseMap.h"

namespace fourmix::focs {

class Walk {
public:
  Walk(const Code &code, const Inherited &inherited, Report &report);
  void walk();
  void leave(Inherited &inherited) const;

  void operator()(const LoadField &i) {
    Tile &field = write(Fields, i.field);
    field.isBiased = i.bias;
    field.isMeanless = i.removeMean;
    field.load = at;
    field.digit = i.digit.value_or(Digit{0, 1, 0});
    touchMemory();
  }
  void operator()(const LoadFilter &i) {
    write(Filters, i.filter);
    touchMemory();
  }
  void operator()(const LoadTable &i);
  void operator()(const LoadAccumulator &i) {
    Tile &accumulator = write(Accumulators, i.accumulator);
    accumulator.rows = i.from.row.count;
    accumulator.cols = i.from.col.count;
    accumulator.digit = {0, 1, 0};
    touchMemory();
  }
  void operator()(const Fire &i);
  void operator()(const ReadBack &i);
  void operator()(const Twiddle &i);
  void operator()(const ElectronicDft &i) {
    Tile &tile = readWhole(i.accumulator);
    uint32_t extent = i.axis == TileAxis::Row ? tile.rows : tile.cols;
    if (tile.isDefined && extent != i.length)
      fail("V503",
           "expected the length of the tile's axis, " + llvm::Twine(extent) + ", found " + llvm::Twine(i.length));
    keepExtents(i.accumulator, tile);
  }
  void operator()(const Elementwise &i) {
    const Tile &a = readWhole(i.a), &b = readWhole(i.b);
    if (a.isDefined && b.isDefined && (a.rows != b.rows || a.cols != b.cols))
      fail("V503", "expected two tiles of the same extents, found " + extents(a) + " and " + extents(b));
    keepExtents(i.to, a);
  }
  void operator()(const Store &i) {
    const Tile &tile = readWhole(i.accumulator);
    if (tile.isDefined && (i.to.row.count > tile.rows || i.to.col.count > tile.cols))
      fail("V503", "expected at most the " + extents(tile) + " elements of the tile, found " +
                       llvm::Twine(i.to.row.count) + " x " + llvm::Twine(i.to.col.count));
    touchMemory();
  }
  template <typename Control>
  void operator()(const Control &) {}

private:
  void fail(const char *rule, const llvm::Twine &message) {
    report.add(rule, code, at, message);
    end = std::min(end, work + mostWorkWhenWrong);
  }
  static std::string extents(const Tile &tile) { return std::to_string(tile.rows) + " x " + std::to_string(tile.cols); }
  bool spend(uint64_t steps);

  // Control.
  void run(size_t begin, size_t end);
  void runLoop(size_t loop);
  uint64_t periodOf(size_t loop) const;
  void execute(const Instruction &instruction);
  void barrier();

  // Tokens.
  void holdEnd(uint8_t &end, int token, const char *what);
  void take(uint32_t tokens);
  void signal(uint32_t tokens);

  // Slots.
  uint32_t indexOf(Slot slot) const;
  Tile &tileOf(Memory memory, Slot slot) { return state.tiles[memory][indexOf(slot)]; }
  Tile &read(Memory memory, Slot slot);
  Tile &write(Memory memory, Slot slot);
  /// An accumulator in which all digits of a number have been added up.
  Tile &readWhole(Slot slot);
  void checkCounted(const Tile &sum);
  void addDigit(const ReadBack &i, const Tile &capture, Tile &sum);
  void keepExtents(Slot slot, const Tile &from) {
    uint32_t rows = from.rows, cols = from.cols; // `from` may be the slot itself
    Tile &to = write(Accumulators, slot);
    to.rows = rows;
    to.cols = cols;
    to.digit = {0, 1, 0};
  }

  // Memory and table.
  bool isKnown(size_t instruction) const {
    return state.touched[instruction] <=
           state.known[queue][static_cast<size_t>(queueOf(code.instructions[instruction]))];
  }
  void touch(std::vector<uint32_t> &list);
  void touchMemory();
  Overlap overlap(size_t load, size_t store);

  const Code &code;
  const Inherited &inherited;
  Report &report;
  State state;
  uint64_t work = 0, end = ~uint64_t(0); // steps so far, and after which a walk that found something wrong stops
  bool isExhausted = false;

  size_t at = 0;    // the instruction that is executed
  size_t queue = 0; // its queue
  uint32_t now = 0; // its number in its queue
  llvm::SmallVector<uint64_t, maxLoopDepth> iteration, trips;

  std::vector<Footprints> footprints; // by instruction
  // By instruction: of its last execution, and of the first one since a barrier that touched memory or the table.
  std::vector<llvm::SmallVector<uint64_t, 4>> iterations, firstIterations;
  // Since the last barrier, instructions that have touched something.
  std::vector<uint32_t> loads, stores, tables, twiddles;
  llvm::DenseMap<std::pair<uint32_t, uint32_t>, Overlap> overlaps;
};

} // namespace fourmix::focs

#endif // FOURMIX_LIB_TARGET_COMMANDSTREAM_WALK_H
