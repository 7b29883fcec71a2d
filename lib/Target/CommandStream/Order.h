// What the validator knows while it walks through a code in program order: what is defined, and which instructions of
// the other queues each queue knows to have completed.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_LIB_TARGET_COMMANDSTREAM_ORDER_H
#define FOURMIX_LIB_TARGET_COMMANDSTREAM_ORDER_H

#include "lib/Target/CommandStream/Validator.h"

namespace fourmix::focs {

constexpr size_t numQueues = 5; // with Queue::None, which has no instructions of its own

/// By queue: how many of its instructions have completed, of all that it executed.
using Clock = std::array<uint32_t, numQueues>;

enum Memory : unsigned { Fields, Filters, Captures, Accumulators, numMemories };

/// A slot.
struct Tile {
  bool isDefined = false;
  bool isUnread = false;   // captures
  bool isBiased = false;   // fields, captures
  bool isMeanless = false; // fields, captures
  bool isSum = false;      // captures: of a whole FT or of a correlation, of which a constant field is a constant
  uint32_t load = 0;       // fields, captures, accumulators: the instruction that loaded the last digit
  Digit digit{0, 1, 0};    // that digit; {0, 1, 0} where all came at once
  uint64_t counted = 0;    // captures: how they were fired; accumulators: how that digit was read, all readings added
  uint64_t expected = 0;   // accumulators: how the digits before it were; 0 for none
  bool isLost = false;     // filters: the preload's, which this code overwrites somewhere
  uint32_t rows = 0, cols = 0; // accumulators
  uint8_t writer = 0;          // the queue, and its instruction by number and by index
  uint32_t written = 0, writtenAt = 0;
  Clock read{}, readAt{}; // the last reading of each queue, alike

  bool isWhole() const { return digit.index + 1 == digit.count; }
  bool isCountedAlike() const { return expected == 0 || counted == expected; }
};

/// What is known to whoever takes a token, the oldest first. Equal ones in a row stand once, with their number: a
/// starting value may be large, and states are copied often.
class Signals {
public:
  struct Run {
    Clock clock{};
    uint32_t count = 0;
  };
  size_t size() const { return count; }
  llvm::ArrayRef<Run> runs() const { return list; }
  void add(const Clock &clock, uint32_t times = 1) {
    if (times == 0)
      return;
    if (list.empty() || list.back().clock != clock)
      list.push_back({clock, 0});
    list.back().count += times;
    count += times;
  }
  /// There must be one.
  Clock take() {
    Clock clock = list.front().clock;
    --count;
    if (--list.front().count == 0)
      list.erase(list.begin());
    return clock;
  }

private:
  std::vector<Run> list;
  size_t count = 0;
};

struct Token {
  uint8_t signaller = 0, taker = 0; // queues, since the last barrier
  Signals available;
  std::vector<uint32_t> taken; // by number: takings that the signaller does not know to be over
};

struct State {
  std::array<std::vector<Tile>, numMemories> tiles;
  std::array<Clock, numQueues> known{};
  std::array<Token, numTokens> tokens;
  std::vector<uint32_t> touched; // by instruction: when it last touched memory or the table; 0: not since a barrier
  Intervals table;
  std::array<Interval, 256> stored; // by region, about
  std::vector<Interval> read;       // by instruction: entries of the table, since a barrier

  size_t size() const {
    size_t size = touched.size() + table.size();
    for (const std::vector<Tile> &memory : tiles)
      size += memory.size();
    for (const Token &token : tokens)
      size += token.available.runs().size() + token.taken.size();
    return size;
  }
};

/// Whether `after` is `before`, some iterations of a loop later, with nothing else changed: then so it goes on.
/// `growth` gets, by token, how many more takings the signaller does not know of.
bool repeats(const State &before, const State &after, llvm::ArrayRef<Instruction> instructions,
             std::array<uint32_t, numTokens> &growth);

} // namespace fourmix::focs

#endif // FOURMIX_LIB_TARGET_COMMANDSTREAM_ORDER_H
