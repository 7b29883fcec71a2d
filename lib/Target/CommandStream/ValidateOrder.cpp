// Rules V501 to V506 and V601 to V607: every code is walked through in program order. Between barriers a token joins
// two queues that execute in order, so that the k-th taking follows the k-th signal in every schedule, and the program
// order, where no taking lacks its signal, shows that there is no deadlock. Loops are walked until an iteration changes
// nothing but the time, and then to their end at once.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Target/CommandStream/Footprint.h"
#include "lib/Target/CommandStream/Operands.h"
#include "lib/Target/CommandStream/Order.h"
#include "llvm/ADT/DenseMap.h"
#include <numeric>

namespace fourmix::focs {
namespace {
using llvm::Twine;

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

class Walk {
public:
  Walk(const Code &code, const Inherited &inherited, Report &report);
  void walk();
  void leave(Inherited &inherited) const;

  void operator()(const LoadField &i) {
    Tile &field = write(Fields, i.field);
    field.isBiased = i.bias;
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
    touchMemory();
  }
  void operator()(const Fire &i);
  void operator()(const ReadBack &i);
  void operator()(const Twiddle &i);
  void operator()(const ElectronicDft &i) {
    Tile &tile = read(Accumulators, i.accumulator);
    uint32_t extent = i.axis == TileAxis::Row ? tile.rows : tile.cols;
    if (tile.isDefined && extent != i.length)
      fail("V503", "expected the length of the tile's axis, " + Twine(extent) + ", found " + Twine(i.length));
    keepExtents(i.accumulator, tile);
  }
  void operator()(const Elementwise &i) {
    const Tile &a = read(Accumulators, i.a), &b = read(Accumulators, i.b);
    if (a.isDefined && b.isDefined && (a.rows != b.rows || a.cols != b.cols))
      fail("V503", "expected two tiles of the same extents, found " + extents(a) + " and " + extents(b));
    keepExtents(i.to, a);
  }
  void operator()(const Store &i) {
    const Tile &tile = read(Accumulators, i.accumulator);
    if (tile.isDefined && (i.to.row.count > tile.rows || i.to.col.count > tile.cols))
      fail("V503", "expected at most the " + extents(tile) + " elements of the tile, found " + Twine(i.to.row.count) +
                       " x " + Twine(i.to.col.count));
    touchMemory();
  }
  template <typename Control>
  void operator()(const Control &) {}

private:
  void fail(const char *rule, const Twine &message) { report.add(rule, code, at, message); }
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
  void keepExtents(Slot slot, const Tile &from) {
    uint32_t rows = from.rows, cols = from.cols; // `from` may be the slot itself
    Tile &to = write(Accumulators, slot);
    to.rows = rows;
    to.cols = cols;
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
  uint64_t work = 0;
  bool isExhausted = false;

  size_t at = 0;    // the instruction that is executed
  size_t queue = 0; // its queue
  uint32_t now = 0; // its number in its queue
  llvm::SmallVector<uint64_t, maxLoopDepth> iteration, trips;

  std::vector<Footprints> footprints;                     // by instruction
  std::vector<llvm::SmallVector<uint64_t, 4>> iterations; // by instruction: of its last execution
  // Since the last barrier, instructions that have touched something.
  std::vector<uint32_t> loads, stores, tables, twiddles;
  llvm::DenseMap<std::pair<uint32_t, uint32_t>, Overlap> overlaps;
};

Walk::Walk(const Code &code, const Inherited &inherited, Report &report)
    : code(code), inherited(inherited), report(report), iterations(code.instructions.size()) {
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
    state.tokens[token].available.resize(code.program.tokens[token]);
}

//===- Control ------------------------------------------------------------===//

bool Walk::spend(uint64_t steps) {
  work += steps;
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
    if (token.available.empty()) {
      fail("V601",
           "expected token " + Twine(i) + " to have been signalled often enough, found a wait that nothing ends");
      continue;
    }
    for (size_t q = 0; q < numQueues; ++q)
      state.known[queue][q] = std::max(state.known[queue][q], token.available.front()[q]);
    token.available.erase(token.available.begin());
    token.taken.push_back(state.known[queue][queue] + 1);
    spend(token.available.size() / 64);
  }
}

/// V602: at most as many as are there in program order and were taken by those who may not yet have done so.
void Walk::signal(uint32_t tokens) {
  for (int i = 0; i < numTokens; ++i) {
    if (!(tokens >> i & 1))
      continue;
    Token &token = state.tokens[i];
    holdEnd(token.signaller, i, "signal");
    token.available.push_back(state.known[queue]);
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

//===- Instructions -------------------------------------------------------===//

void Walk::operator()(const Fire &i) {
  bool isBiased = read(Fields, i.field).isBiased;
  if (i.mode != FireMode::FT)
    read(Filters, i.filter);
  if (tileOf(Captures, i.capture).isUnread)
    fail("V502", "expected capture " + Twine(indexOf(i.capture)) + " to have been read back, found it overwritten");
  Tile &capture = write(Captures, i.capture);
  capture.isUnread = true;
  capture.isBiased = isBiased;
  capture.isTransform = i.mode == FireMode::FT;
}

void Walk::operator()(const ReadBack &i) {
  Tile &capture = read(Captures, i.capture);
  capture.isUnread = false;
  if (i.removeBias && capture.isDefined && !(capture.isBiased && capture.isTransform))
    fail("V506", "expected a bias to remove, of a transform of a biased field, found none");
  if (i.accumulate) {
    const Tile &sum = read(Accumulators, i.accumulator);
    if (sum.isDefined && (sum.rows != code.profile.rows || sum.cols != code.profile.cols))
      fail("V503", "expected to accumulate on a tile of the aperture's extents, found " + extents(sum));
  }
  Tile &result = write(Accumulators, i.accumulator);
  result.rows = code.profile.rows;
  result.cols = code.profile.cols;
}

void Walk::operator()(const Twiddle &i) {
  const Tile &tile = read(Accumulators, i.accumulator);
  Code::Loops counts;
  for (uint64_t trip : trips)
    counts.push_back(trip);
  for (auto [factors, extent] : {std::pair(&i.row, tile.rows), {&i.col, tile.cols}}) {
    if (!*factors || !tile.isDefined)
      continue;
    Interval entries = valuesOf((*factors)->offset, counts) + Interval{0, Wide(extent) - 1} * (*factors)->step;
    if (entries.low < 0 || entries.high >= code.profile.tableEntries)
      fail("V205", "expected table entries below " + Twine(code.profile.tableEntries) + ", found others");
    else if (!state.table.contains(entries))
      fail(inherited.table.contains(entries) ? "V504" : "V501",
           "expected table entries " + Twine(int64_t(entries.low)) + " to " + Twine(int64_t(entries.high)) +
               (inherited.table.contains(entries)
                    ? " to be the preload's in every run, found that this code overwrites some"
                    : " to have been loaded, found some undefined"));
    for (uint32_t load : tables) {
      const auto &table = std::get<LoadTable>(code.instructions[load].body);
      if (entries.meets({table.to, Wide(table.to) + table.count - 1}) && !isKnown(load))
        fail("V605", "expected to read the table after instruction " + Twine(load) +
                         " has written it, found no token or barrier between them");
    }
    spend(tables.size());
    state.read[at] = state.read[at] | entries;
  }
  touch(twiddles);
  keepExtents(i.accumulator, tile);
}

void Walk::operator()(const LoadTable &i) {
  Interval entries{i.to, Wide(i.to) + i.count - 1};
  for (uint32_t twiddle : twiddles)
    if (entries.meets(state.read[twiddle]) && !isKnown(twiddle))
      fail("V606", "expected to write the table after instruction " + Twine(twiddle) +
                       " has read it, found no token or barrier between them");
  spend(twiddles.size() + state.table.size());
  state.table.add(entries);
  touch(tables);
  touchMemory();
}

//===- Memory -------------------------------------------------------------===//

void Walk::touch(std::vector<uint32_t> &list) {
  if (llvm::find(list, at) == list.end())
    list.push_back(at);
  spend(list.size() / 16);
  state.touched[at] = now;
}

Overlap Walk::overlap(size_t load, size_t store) {
  auto [found, isNew] = overlaps.try_emplace({load, store});
  if (isNew) {
    spend(10);
    found->second = overlapOf(code, load, store);
  }
  return found->second;
}

void Walk::touchMemory() {
  bool isStore = queue == static_cast<size_t>(Queue::Store);
  for (uint32_t other : isStore ? loads : stores) {
    Overlap common = isStore ? overlap(other, at) : overlap(at, other);
    if (!common.can || isKnown(other) ||
        !std::equal(iteration.begin(), iteration.begin() + common.common, iterations[other].begin()))
      continue;
    fail(isStore ? "V606" : "V605", "expected to " + Twine(isStore ? "write" : "read") + " memory after instruction " +
                                        Twine(other) + " has " + (isStore ? "read" : "written") +
                                        " it, found no token or barrier between them");
  }
  spend(isStore ? loads.size() : stores.size());
  touch(isStore ? stores : loads);
  for (const Footprint &footprint : footprints[at]) {
    Interval &stored = state.stored[footprint.region];
    if (isStore)
      stored = stored | footprint.bytes;
    else if (footprint.region == constantRegion || footprint.bytes.isEmpty())
      continue;
    else if (footprint.region == scratchRegion || code.program.bindings[footprint.region - firstBinding].isOutput)
      if (!stored.meets(footprint.bytes))
        fail("V505", "expected memory that has been stored to, found region " + Twine(unsigned(footprint.region)) +
                         " undefined there");
  }
}

void Walk::leave(Inherited &inherited) const {
  for (size_t i = 0; i < state.tiles[Filters].size(); ++i)
    if (state.tiles[Filters][i].isDefined)
      inherited.filters.insert(i);
  inherited.table = state.table;
  inherited.scratch = state.stored[scratchRegion];
}

} // namespace

void checkOrder(const Code &code, Inherited &inherited, Report &report) {
  Walk walk(code, inherited, report);
  walk.walk();
  walk.leave(inherited);
}

} // namespace fourmix::focs
