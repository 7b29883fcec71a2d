// Rules V501 to V508 and V601 to V607: every code is walked through in program order. Between barriers a token joins
// two queues that execute in order, so that the k-th taking follows the k-th signal in every schedule, and the program
// order, where no taking lacks its signal, shows that there is no deadlock. Loops are walked until an iteration changes
// nothing but the time, and then to their end at once.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Target/CommandStream/Operands.h"
#include "lib/Target/CommandStream/Walk.h"
#include <numeric>

namespace fourmix::focs {
using llvm::Twine;
namespace {

/// Visits the slots of an instruction.
template <typename F>
struct SlotVisitor {
  F visit;
  template <typename... T>
  void flag(T &&...) {}
  template <typename... T>
  void byte(T &&...) {}
  template <typename... T>
  void count(T &&...) {}
  template <typename... T>
  void integer(T &&...) {}
  template <typename... T>
  void real(T &&...) {}
  template <typename... T>
  void linear(T &&...) {}
  template <typename... T>
  void plane(T &&...) {}
  template <typename G>
  void group(llvm::StringRef, G &&) {}
  template <typename... T>
  void optional(T &&...) {}
  void slot(llvm::StringRef name, Slot slot) { visit(name, slot); }
};
template <typename F>
void forEachSlot(const Instruction &instruction, F &&visit) {
  SlotVisitor<F &> visitor{visit};
  std::visit([&](const auto &body) { operands(visitor, body); }, instruction.body);
}

constexpr const char *memoryNames[] = {"field", "filter", "capture", "accumulator"};

} // namespace

Walk::Walk(const Code &code, const Inherited &inherited, Report &report)
    : code(code), inherited(inherited), report(report), iterations(code.instructions.size()),
      firstIterations(code.instructions.size()) {
  std::array<uint32_t, numMemories> count{};
  std::set<uint32_t> overwritten;
  Intervals overwrittenTable;
  for (size_t i = 0; i < code.instructions.size(); ++i) {
    footprints.push_back(footprintsOf(code, i));
    const Instruction &instruction = code.instructions[i];
    forEachSlot(instruction, [&](llvm::StringRef name, Slot slot) {
      Memory memory = name == "field"     ? Fields
                      : name == "filter"  ? Filters
                      : name == "capture" ? Captures
                                          : Accumulators;
      count[memory] = std::max<uint32_t>(count[memory], slot.first + slot.rotate);
      if (std::holds_alternative<LoadFilter>(instruction.body))
        for (uint32_t k = 0; k < slot.rotate; ++k)
          overwritten.insert(slot.first + k);
    });
    if (const auto *table = std::get_if<LoadTable>(&instruction.body))
      overwrittenTable.add({table->to, Wide(table->to) + table->count - 1});
  }
  if (!inherited.filters.empty())
    count[Filters] = std::max(count[Filters], *inherited.filters.rbegin() + 1);
  for (unsigned memory = 0; memory < numMemories; ++memory)
    state.tiles[memory].resize(count[memory]);
  for (uint32_t filter : inherited.filters) {
    state.tiles[Filters][filter].isDefined = true;
    state.tiles[Filters][filter].isLost = overwritten.count(filter);
  }
  state.table = inherited.table;
  for (Interval interval : overwrittenTable)
    state.table.remove(interval);
  state.stored[scratchRegion] = inherited.scratch;
  state.touched.resize(code.instructions.size());
  state.read.resize(code.instructions.size());
  for (int token = 0; token < numTokens; ++token)
    state.tokens[token].available.add(Clock{}, code.program.tokens[token]);
}

//===- Control ------------------------------------------------------------===//

bool Walk::spend(uint64_t steps) {
  work += steps;
  if (!isExhausted && (work > end || !report.spend(steps, code, at)))
    isExhausted = true;
  if (work > mostWork && !isExhausted) {
    isExhausted = true;
    fail("V901", "expected a code that can be checked in " + Twine(mostWork) + " steps, found a longer one");
  }
  return !isExhausted;
}

void Walk::walk() {
  run(0, code.instructions.size());
  if (isExhausted)
    return;
  at = code.instructions.size() - 1;
  for (int token = 0; token < numTokens; ++token)
    if (state.tokens[token].available.size() != code.program.tokens[token])
      fail("V603", "expected token " + Twine(token) + " to be " + Twine(code.program.tokens[token]) +
                       " at the end as it was at the start, found " + Twine(state.tokens[token].available.size()));
}

void Walk::run(size_t begin, size_t end) {
  for (size_t i = begin; i < end && spend(1); ++i) {
    at = i;
    if (std::holds_alternative<Loop>(code.instructions[i].body)) {
      runLoop(i);
      i = code.endOf[i];
    } else if (std::holds_alternative<Barrier>(code.instructions[i].body)) {
      barrier();
    } else {
      execute(code.instructions[i]);
    }
  }
}

/// After how many iterations the slots of a loop's instructions come back to where they were.
uint64_t Walk::periodOf(size_t loop) const {
  uint64_t period = 1;
  for (size_t i = loop + 1; i < code.endOf[loop]; ++i)
    forEachSlot(code.instructions[i], [&](llvm::StringRef, Slot slot) {
      uint64_t inner = 1; // how far I goes in one iteration
      for (uint32_t l = code.loopOf[i]; l != loop; l = code.loopOf[l])
        inner = inner * std::get<Loop>(code.instructions[l].body).trip % slot.rotate;
      uint64_t own = slot.rotate / std::gcd<uint64_t>(slot.rotate, inner);
      period = std::min<uint64_t>(std::lcm(period, own), UINT32_MAX);
    });
  return period;
}

void Walk::runLoop(size_t loop) {
  uint64_t trip = std::get<Loop>(code.instructions[loop].body).trip, period = periodOf(loop);
  if (!spend(code.endOf[loop] - loop))
    return;
  trips.push_back(trip);
  iteration.push_back(0);
  std::unique_ptr<State> before;
  bool isSettled = false;
  while (iteration.back() < trip) {
    for (uint64_t k = 0; k < period && iteration.back() < trip; ++k, ++iteration.back()) {
      run(loop + 1, code.endOf[loop]);
      if (isExhausted)
        return;
    }
    uint64_t left = (trip - std::min(iteration.back(), trip)) / period;
    if (isSettled || left == 0)
      continue;
    std::array<uint32_t, numTokens> growth{};
    if (!spend(state.size() / 8 + 64))
      return;
    isSettled = before && repeats(*before, state, code.instructions, growth);
    if (!isSettled) {
      before = std::make_unique<State>(state);
      continue;
    }
    iteration.back() += left * period;
    for (int token = 0; token < numTokens; ++token)
      if (growth[token] * left + state.tokens[token].taken.size() > mostTokens) {
        at = loop;
        fail("V602", "expected token " + Twine(token) + " to stay below 65536 if its takers are slow, found no limit");
      }
  }
  trips.pop_back();
  iteration.pop_back();
}

void Walk::execute(const Instruction &instruction) {
  queue = static_cast<size_t>(queueOf(instruction));
  if (queue == 0)
    return;
  take(instruction.wait);
  now = ++state.known[queue][queue];
  iterations[at].assign(iteration.begin(), iteration.end());
  std::visit(*this, instruction.body);
  signal(instruction.signal);
}

void Walk::barrier() {
  Clock all{};
  for (size_t q = 0; q < numQueues; ++q)
    all[q] = state.known[q][q];
  state.known.fill(all);
  for (Token &token : state.tokens) {
    token.taken.clear();
    token.signaller = token.taker = 0;
  }
  for (std::vector<uint32_t> *list : {&loads, &stores, &tables, &twiddles}) {
    for (uint32_t i : *list) {
      state.touched[i] = 0;
      state.read[i] = {};
    }
    spend(list->size());
    list->clear();
  }
}

//===- Tokens -------------------------------------------------------------===//

/// V604: between barriers a token has one queue at each end.
void Walk::holdEnd(uint8_t &end, int token, const char *what) {
  if (end != 0 && end != queue)
    fail("V604", "expected one queue alone to " + Twine(what) + " token " + Twine(token) +
                     " between barriers, found a second one");
  end = queue;
}

void Walk::take(uint32_t tokens) {
  for (int i = 0; i < numTokens; ++i) {
    if (!(tokens >> i & 1))
      continue;
    Token &token = state.tokens[i];
    holdEnd(token.taker, i, "wait for");
    if (token.available.size() == 0) {
      fail("V601",
           "expected token " + Twine(i) + " to have been signalled often enough, found a wait that nothing ends");
      continue;
    }
    spend(token.available.runs().size() / 64);
    Clock signalled = token.available.take();
    for (size_t q = 0; q < numQueues; ++q)
      state.known[queue][q] = std::max(state.known[queue][q], signalled[q]);
    token.taken.push_back(state.known[queue][queue] + 1);
  }
}

/// V602: at most as many as are there in program order and were taken by those who may not yet have done so.
void Walk::signal(uint32_t tokens) {
  for (int i = 0; i < numTokens; ++i) {
    if (!(tokens >> i & 1))
      continue;
    Token &token = state.tokens[i];
    holdEnd(token.signaller, i, "signal");
    token.available.add(state.known[queue]);
    auto over = llvm::find_if(token.taken, [&](uint32_t taken) { return taken > state.known[queue][token.taker]; });
    spend(token.taken.size() / 64);
    token.taken.erase(token.taken.begin(), over);
    if (token.available.size() + token.taken.size() > mostTokens) {
      fail("V602", "expected token " + Twine(i) + " to stay below 65536 if its takers are slow, found more");
      isExhausted = true;
    }
  }
}

//===- Slots --------------------------------------------------------------===//

uint32_t Walk::indexOf(Slot slot) const {
  uint64_t index = 0;
  for (size_t i = 0; i < trips.size(); ++i)
    index = (index * trips[i] + iteration[i]) % slot.rotate;
  return slot.first + index;
}

Tile &Walk::read(Memory memory, Slot slot) {
  Tile &tile = tileOf(memory, slot);
  const char *name = memoryNames[memory];
  if (!tile.isDefined)
    fail("V501", Twine("expected ") + name + " " + Twine(indexOf(slot)) + " to have been written, found it undefined");
  else if (tile.isLost)
    fail("V504", Twine("expected ") + name + " " + Twine(indexOf(slot)) +
                     " to be the preload's in every run, found that this code overwrites it");
  if (tile.written > state.known[queue][tile.writer])
    fail("V605", Twine("expected to read ") + name + " " + Twine(indexOf(slot)) + " after instruction " +
                     Twine(tile.writtenAt) + " has written it, found no token or barrier between them");
  tile.read[queue] = now;
  tile.readAt[queue] = at;
  return tile;
}

Tile &Walk::write(Memory memory, Slot slot) {
  Tile &tile = tileOf(memory, slot);
  auto expected = [&](const char *what, uint32_t instruction) {
    return (Twine("expected to write ") + memoryNames[memory] + " " + Twine(indexOf(slot)) + " after instruction " +
            Twine(instruction) + what + ", found no token or barrier between them")
        .str();
  };
  for (size_t q = 0; q < numQueues; ++q)
    if (q != queue && tile.read[q] > state.known[queue][q])
      fail("V606", expected(" has read it", tile.readAt[q]));
  if (tile.written > state.known[queue][tile.writer])
    fail("V607", expected(" has written it", tile.writtenAt));
  tile.isDefined = true;
  tile.isLost = false;
  tile.writer = queue;
  tile.written = now;
  tile.writtenAt = at;
  return tile;
}

void Walk::leave(Inherited &inherited) const {
  for (size_t i = 0; i < state.tiles[Filters].size(); ++i)
    if (state.tiles[Filters][i].isDefined)
      inherited.filters.insert(i);
  inherited.table = state.table;
  inherited.scratch = state.stored[scratchRegion];
}

void checkOrder(const Code &code, Inherited &inherited, Report &report) {
  Walk walk(code, inherited, report);
  walk.walk();
  walk.leave(inherited);
}

} // namespace fourmix::focs
