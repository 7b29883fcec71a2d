// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Target/CommandStream/Order.h"
#include <algorithm>

namespace fourmix::focs {
namespace {

/// Compares numbers of instructions. Those of the loop's own iterations have moved on by as many as a queue executed,
/// those from before the loop stand still.
struct Shift {
  Clock by;

  bool same(uint32_t before, uint32_t after, size_t queue) const {
    return after == before || after == before + by[queue];
  }
  bool same(const Clock &before, const Clock &after) const {
    for (size_t queue = 0; queue < numQueues; ++queue)
      if (!same(before[queue], after[queue], queue))
        return false;
    return true;
  }
  bool same(const Tile &before, const Tile &after) const {
    auto facts = [](const Tile &t) {
      return std::tuple(t.isDefined, t.isUnread, t.isBiased, t.isMeanless, t.isSum, t.load, t.counted, t.expected,
                        t.isLost, t.rows, t.cols, t.writer, t.writtenAt);
    };
    return facts(before) == facts(after) && before.digit == after.digit &&
           same(before.written, after.written, before.writer) && same(before.read, after.read);
  }
  bool same(const Signals &before, const Signals &after) const {
    if (before.size() != after.size())
      return false;
    llvm::ArrayRef<Signals::Run> x = before.runs(), y = after.runs();
    for (uint32_t left = 0, right = 0; !x.empty();) { // of the first runs of x and y: how many have been compared
      if (!same(x.front().clock, y.front().clock))
        return false;
      uint32_t step = std::min(x.front().count - left, y.front().count - right);
      left += step, right += step;
      if (left == x.front().count)
        x = x.drop_front(), left = 0;
      if (right == y.front().count)
        y = y.drop_front(), right = 0;
    }
    return true;
  }
};

} // namespace

bool repeats(const State &before, const State &after, llvm::ArrayRef<Instruction> instructions,
             std::array<uint32_t, numTokens> &growth) {
  Shift shift{};
  for (size_t queue = 0; queue < numQueues; ++queue)
    shift.by[queue] = after.known[queue][queue] - before.known[queue][queue];
  for (size_t queue = 0; queue < numQueues; ++queue)
    if (!shift.same(before.known[queue], after.known[queue]))
      return false;
  for (unsigned memory = 0; memory < numMemories; ++memory)
    for (size_t i = 0; i < before.tiles[memory].size(); ++i)
      if (!shift.same(before.tiles[memory][i], after.tiles[memory][i]))
        return false;
  for (size_t i = 0; i < before.touched.size(); ++i)
    if (!shift.same(before.touched[i], after.touched[i], static_cast<size_t>(queueOf(instructions[i]))))
      return false;
  for (int token = 0; token < numTokens; ++token) {
    const Token &x = before.tokens[token], &y = after.tokens[token];
    if (x.signaller != y.signaller || x.taker != y.taker)
      return false;
    if (!shift.same(x.available, y.available))
      return false;
    growth[token] = y.taken.size() - std::min(x.taken.size(), y.taken.size());
    auto isSame = [&](uint32_t a, uint32_t b) {
      return a == b || (growth[token] == 0 && llvm::any_of(shift.by, [&](uint32_t by) { return b == a + by; }));
    };
    if (x.taken.size() > y.taken.size() || !std::equal(x.taken.begin(), x.taken.end(), y.taken.begin(), isSame))
      return false;
  }
  return std::equal(before.table.begin(), before.table.end(), after.table.begin(), after.table.end()) &&
         before.stored == after.stored && before.read == after.read;
}

} // namespace fourmix::focs
