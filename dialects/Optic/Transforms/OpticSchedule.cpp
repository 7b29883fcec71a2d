// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Optic/Transforms/Passes.h"
#include "fourmix/Device/Profile.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/ADT/bit.h"
#include <cmath>
#include <map>

namespace fourmix::optic {
#define GEN_PASS_DEF_OPTICSCHEDULE
#include "dialects/Optic/Transforms/Passes.h.inc"
} // namespace fourmix::optic

using namespace mlir;
using namespace fourmix::optic;

namespace {

constexpr unsigned numTokens = 32;

enum class Queue { Load, Optics, Electronics, Store };

std::optional<Queue> queueOf(Operation *op) {
  return TypeSwitch<Operation *, std::optional<Queue>>(op)
      .Case<LoadFieldOp, LoadTileOp>([](auto) { return Queue::Load; })
      .Case<FireOp>([](auto) { return Queue::Optics; })
      .Case<ReadBackOp, TwiddleOp, ElectronicDftOp, CombineOp>([](auto) { return Queue::Electronics; })
      .Case<StoreOp>([](auto) { return Queue::Store; })
      .Default(std::nullopt);
}

/// A tile of one of the device's memories from the op that makes it to its last reader.
struct Storage {
  Operation *maker;
  SmallVector<Operation *> accesses; // in program order, the maker first
};

/// Tiles that share slots and tokens: the queues take them in one order.
struct Ring {
  SmallVector<const Storage *> storages;

  Operation *maker() const { return storages.front()->maker; }
  int64_t size() const { return static_cast<int64_t>(storages.size()); }
};

/// Tokens by the queue that signals, the one that waits (of each exactly one), and the count at the start; those of one
/// segment are free again in the next.
class Tokens {
public:
  explicit Tokens(ProgramOp program) : program(program) {}

  void nextSegment() { used.clear(); }

  FailureOr<int32_t> take(Queue from, Queue to, int64_t count) {
    Kind kind{from, to, count};
    auto &known = byKind[kind];
    size_t &next = used[kind];
    if (next == known.size()) {
      if (counts.size() == numTokens)
        return program.emitOpError("needs more than ") << numTokens << " tokens";
      known.push_back(counts.size());
      counts.push_back(count);
    }
    return known[next++];
  }

  SmallVector<int32_t> counts;

private:
  using Kind = std::tuple<Queue, Queue, int64_t>;
  ProgramOp program;
  std::map<Kind, SmallVector<int32_t>> byKind;
  std::map<Kind, size_t> used;
};

void addToken(Operation *op, StringRef mask, int32_t token) {
  auto old = op->getAttrOfType<IntegerAttr>(mask);
  uint32_t bits = (old ? static_cast<uint32_t>(old.getInt()) : 0) | 1u << token;
  op->setAttr(mask, IntegerAttr::get(IntegerType::get(op->getContext(), 32), static_cast<int32_t>(bits)));
}

/// Tiles of electronics: one is loaded, one computed, one stored, and one that evens out what takes longer.
constexpr int64_t tilesOfElectronics = 4;

/// Fields and captures that keep every engine at work, if nothing else limits it: what is on its way from encoder to
/// capture (Little's law: how many start in a second, times how long each takes), one that is being loaded, one that is
/// being read.
int64_t tilesOfOptics(const fourmix::device::Profile &profile) {
  double captures = 1 + std::round(profile.latencySeconds * profile.frameHz); // of one engine
  return 2 + static_cast<int64_t>(std::min(captures * static_cast<double>(profile.engines), 1e9));
}

class Scheduler {
public:
  Scheduler(ProgramOp program, const fourmix::device::Profile &profile, int64_t depth)
      : program(program), profile(profile), depth(depth) {}

  LogicalResult run() {
    Tokens tokens(program);
    // A segment lies between barriers, wherever in loops those stand.
    SmallVector<Operation *> segment;
    LogicalResult result = success();
    auto finish = [&] {
      if (succeeded(result))
        result = schedule(segment, tokens);
      segment.clear();
    };
    assignFilters();
    program.walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (isa<BarrierOp>(op))
        finish();
      else if (queueOf(op))
        segment.push_back(op);
    });
    finish();
    if (succeeded(result) && filterSlots > profile.filterSlots)
      result = program.emitOpError("needs ") << filterSlots << " filters, and the device has " << profile.filterSlots;
    if (succeeded(result))
      program.setTokensAttr(DenseI32ArrayAttr::get(program.getContext(), tokens.counts));
    return result;
  }

private:
  /// Filters that stay have slots of their own; those that are loaded on the way take turns in the others, from barrier
  /// to barrier.
  void assignFilters() {
    int64_t preloaded = 0, next = 0;
    program.walk([&](FilterOp filter) { preloaded += filter.getFirst() ? 0 : filter.getNumSlots(); });
    int64_t loaded = preloaded;
    filterSlots = preloaded;
    program.walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (isa<BarrierOp>(op))
        loaded = preloaded;
      auto filter = dyn_cast<FilterOp>(op);
      if (!filter)
        return;
      int64_t &at = filter.getFirst() ? loaded : next;
      if (!filter.getSlot())
        filter.setSlotAttr(SlotAttr::get(op->getContext(), at, filter.getNumSlots()));
      at += filter.getNumSlots();
      filterSlots = std::max({filterSlots, loaded, filter.getSlot()->getFirst() + filter.getNumSlots()});
    });
  }

  LogicalResult schedule(ArrayRef<Operation *> segment, Tokens &tokens) {
    llvm::MapVector<Operation *, Storage> storages;
    DenseMap<Value, Operation *> makerOf;
    for (Operation *op : segment) {
      for (Value operand : op->getOperands())
        if (Operation *maker = makerOf.lookup(operand)) {
          if (maker->getBlock() != op->getBlock())
            return op->emitOpError("expected the tile to be made in the same loop");
          auto &accesses = storages[maker].accesses;
          if (accesses.back() != op)
            accesses.push_back(op);
        }
      if (op->getNumResults() == 0)
        continue;
      Value tile = tileInPlace(op);
      Operation *maker = tile ? makerOf.lookup(tile) : op;
      if (!maker)
        return op->emitOpError("expected a tile that is made between the same barriers");
      makerOf[op->getResult(0)] = maker;
      if (maker == op)
        storages[op] = {op, {op}};
    }
    tokens.nextSegment();
    SmallVector<Ring> rings;
    for (auto &[maker, storage] : storages)
      if (llvm::none_of(rings, [&, &storage = storage](Ring &ring) { return join(ring, storage); }))
        rings.push_back({{&storage}});
    std::array<int64_t, 3> numTiles{}, numRings{}, next{};
    for (const Ring &ring : rings) {
      numTiles[memoryOf(ring.maker())] += ring.size();
      ++numRings[memoryOf(ring.maker())];
    }
    for (const Ring &ring : rings) {
      Operation *maker = ring.maker();
      int64_t memory = memoryOf(maker), tiles = sizeOf(memory);
      if (numRings[memory] > tiles)
        return maker->emitOpError("expected at most ")
               << tiles << " tiles of its kind at a time, but found " << numRings[memory];
      // A power of two, so that the slots of all memories are where they were after few iterations.
      int64_t useful = depth > 0 ? depth : memory == accumulators ? tilesOfElectronics : tilesOfOptics(profile);
      int64_t share = std::min(tiles / numTiles[memory], useful), slots = ring.size(), rotate = 1;
      if (share == 0) // they take turns within an iteration, and start each with the same slot
        for (slots = std::min(slots, tiles / numRings[memory]); ring.size() % slots;)
          --slots;
      else if (isa<LoopOp>(maker->getParentOp()))
        rotate = static_cast<int64_t>(llvm::bit_floor<uint64_t>(share));
      for (auto [i, storage] : llvm::enumerate(ring.storages))
        storage->maker->setAttr("slot", SlotAttr::get(maker->getContext(),
                                                      next[memory] + static_cast<int64_t>(i) % slots * rotate, rotate));
      next[memory] += slots * rotate;
      if (failed(order(ring, slots * rotate, tokens)))
        return failure();
    }
    return success();
  }

  /// Adds a storage to a ring where it may share the tokens of those before it: the same queues hold it one after the
  /// other, each gets it after that before and gives it away after that before.
  static bool join(Ring &ring, const Storage &storage) {
    const Storage &last = *ring.storages.back();
    if (memoryOf(storage.maker) != memoryOf(last.maker) || storage.maker->getBlock() != last.maker->getBlock())
      return false;
    auto before = turnsOf(last), after = turnsOf(storage);
    if (before.size() != after.size())
      return false;
    for (auto [x, y] : llvm::zip_equal(before, after))
      if (queueOf(x.first) != queueOf(y.first) || !x.first->isBeforeInBlock(y.first) ||
          !x.second->isBeforeInBlock(y.second))
        return false;
    ring.storages.push_back(&storage);
    return true;
  }

  /// The first and the last access of each queue that has the tile for some time.
  static SmallVector<std::pair<Operation *, Operation *>> turnsOf(const Storage &storage) {
    SmallVector<std::pair<Operation *, Operation *>> turns;
    for (Operation *op : storage.accesses)
      if (!turns.empty() && queueOf(turns.back().first) == queueOf(op))
        turns.back().second = op;
      else
        turns.emplace_back(op, op);
    return turns;
  }

  /// A token of the ring for each time that a tile changes queues, which all its tiles share in their order, and one
  /// for those that are free.
  static LogicalResult order(const Ring &ring, int64_t free, Tokens &tokens) {
    size_t count = turnsOf(*ring.storages.front()).size();
    for (size_t turn = 0; turn < count; ++turn) {
      std::optional<int32_t> token;
      for (const Storage *storage : ring.storages) {
        auto turns = turnsOf(*storage);
        Operation *from = turns[turn].second, *to = turns[(turn + 1) % count].first;
        if (*queueOf(from) == *queueOf(to))
          continue;
        if (!token) {
          FailureOr<int32_t> taken = tokens.take(*queueOf(from), *queueOf(to), turn + 1 == count ? free : 0);
          if (failed(taken))
            return failure();
          token = *taken;
        }
        addToken(from, "signal", *token);
        addToken(to, "wait", *token);
      }
    }
    return success();
  }

  /// Which of the tile memories an op makes its tile in.
  static constexpr int64_t accumulators = 2;
  static int64_t memoryOf(Operation *maker) {
    return isa<LoadFieldOp>(maker) ? 0 : isa<FireOp>(maker) ? 1 : accumulators;
  }
  int64_t sizeOf(int64_t memory) const {
    return std::array{profile.fieldTiles, profile.captureTiles, profile.accumulatorTiles}[memory];
  }

  ProgramOp program;
  const fourmix::device::Profile &profile;
  int64_t depth;
  int64_t filterSlots = 0; // that the program needs
};

struct OpticSchedule : fourmix::optic::impl::OpticScheduleBase<OpticSchedule> {
  using OpticScheduleBase::OpticScheduleBase;

  void runOnOperation() override {
    llvm::Expected<fourmix::device::Profile> profile = fourmix::device::loadProfile(device);
    if (!profile) {
      getOperation().emitError(llvm::toString(profile.takeError()));
      return signalPassFailure();
    }
    if (failed(scheduleProgram(getOperation(), *profile, depth)))
      signalPassFailure();
  }
};

} // namespace

LogicalResult fourmix::optic::scheduleProgram(ProgramOp program, const device::Profile &profile, int64_t depth) {
  return Scheduler(program, profile, depth).run();
}
