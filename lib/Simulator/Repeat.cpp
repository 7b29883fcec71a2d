// Nests of loops all of whose iterations take the same: one of them is counted, the timeline repeats it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Execution.h"

using namespace llvm;
using namespace fourmix;
using namespace fourmix::simulator;

namespace {
__extension__ using Wide = __int128;
struct Range {
  Wide low, high;
};

/// Which of the loops around an access change how many bytes it moves, or over which link.
class Changes {
public:
  Changes(const Position &outer, ArrayRef<int64_t> trips, int64_t ownScratch)
      : outer(outer), trips(trips), ownScratch(ownScratch), first(trips.size()) {}

  void add(const focs::Access &access) {
    if (access.joined || !isInside(access.row))
      addLoops(access.row.start);
    if (access.joined || !isInside(access.col))
      addLoops(access.col.start);
    for (const std::optional<focs::Plane> *plane : {&access.re, &access.im})
      if (*plane && !isFixed(access, **plane))
        first = 0;
  }
  /// The outermost such loop; their number if there is none.
  size_t outermost() const { return first; }

private:
  Range rangeOf(const focs::Linear &linear) const {
    Wide base = outer.at(linear);
    Range range{base, base};
    for (size_t level = 0; level < trips.size(); ++level) {
      Wide reach = Wide(linear.step[outer.depth + level]) * (trips[level] - 1);
      (reach < 0 ? range.low : range.high) += reach;
    }
    return range;
  }
  void addLoops(const focs::Linear &linear) {
    for (size_t level = 0; level < first; ++level)
      if (linear.step[outer.depth + level] != 0 && trips[level] > 1)
        first = level;
  }
  /// Whether all elements are inside in all iterations.
  bool isInside(const focs::AxisAccess &axis) const {
    auto [low, high] = rangeOf(axis.start);
    Wide last = Wide(axis.count - 1) * axis.step;
    return axis.wrap || (low + std::min<Wide>(0, last) >= 0 && high + std::max<Wide>(0, last) < axis.limit);
  }
  /// What the highest address inside can be.
  Range highest(const focs::AxisAccess &axis) const {
    auto [low, high] = rangeOf(axis.start);
    Wide last = Wide(axis.count - 1) * axis.step;
    Wide least = low + std::min<Wide>(0, last), most = high + std::max<Wide>(0, last);
    if (axis.wrap || !isInside(axis))
      least = 0, most = axis.limit - 1;
    Wide a = least * axis.pitch, b = most * axis.pitch;
    return {std::min(a, b), std::max(a, b)};
  }
  /// Whether it lies in the own memory in all iterations or in none.
  bool isFixed(const focs::Access &access, const focs::Plane &plane) const {
    if (plane.region != focs::scratchRegion)
      return true;
    Range offset = rangeOf(plane.offset), row = highest(access.row), col = highest(access.col);
    if (access.joined) { // anywhere below the columns' limit
      Wide end = Wide(access.col.limit - 1) * access.col.pitch;
      row = {0, 0}, col = {std::min<Wide>(0, end), std::max<Wide>(0, end)};
    }
    Wide size = focs::byteSize(access.type);
    return (offset.high + row.high + col.high + 1) * size <= ownScratch ||
           (offset.low + row.low + col.low + 1) * size > ownScratch;
  }

  const Position &outer;
  ArrayRef<int64_t> trips;
  int64_t ownScratch;
  size_t first;
};
} // namespace

/// More demands than these are not kept for repetition.
static constexpr int64_t mostDemands = 1 << 14;

static SmallVector<int64_t> tripsOf(ArrayRef<focs::Instruction> code, const focs::LoopNest &nest) {
  SmallVector<int64_t> trips;
  for (size_t level = 0; level < nest.levels; ++level)
    trips.push_back(std::get<focs::Loop>(code[nest.loop + level].body).trip);
  return trips;
}

size_t Execution::uniformLoops(const focs::LoopNest &nest) const {
  SmallVector<int64_t> trips = tripsOf(code, nest);
  Position outer = position;
  --outer.depth;
  Changes changes(outer, trips, machine.profile.scratchBytes);
  for (const focs::Instruction &instruction : code.slice(nest.body, nest.size)) {
    // Marks change what is counted, filters stay.
    if (std::holds_alternative<focs::Mark>(instruction.body) ||
        std::holds_alternative<focs::LoadTable>(instruction.body) ||
        std::holds_alternative<focs::LoadFilter>(instruction.body))
      return 0;
    if (const auto *op = std::get_if<focs::LoadField>(&instruction.body))
      changes.add(op->from);
    if (const auto *op = std::get_if<focs::LoadAccumulator>(&instruction.body))
      changes.add(op->from);
    if (const auto *op = std::get_if<focs::Store>(&instruction.body))
      changes.add(op->to);
  }
  Wide demands = nest.size;
  for (int64_t trip : drop_begin(trips, changes.outermost()))
    demands *= trip;
  return demands <= mostDemands ? changes.outermost() : 0;
}

Error Execution::repeat(const focs::LoopNest &nest, size_t uniform) {
  SmallVector<int64_t> trips = tripsOf(code, nest);
  uint64_t iterations = 1, times = 1, instructions = 0;
  for (auto [level, count] : enumerate(trips)) {
    instructions += iterations, iterations *= count, instructions += iterations;
    times *= level < uniform ? count : 1;
  }
  instructions += iterations * nest.size - 2; // the Loop has been counted, the last EndLoop will be
  if (limit() && executed + instructions > limit())
    return Error::success(); // it goes on to the limit step by step
  executed += instructions;

  int depth = position.depth;
  position.depth += static_cast<int>(nest.levels) - 1;
  std::copy(trips.begin(), trips.end(), trip.begin() + depth - 1);
  std::fill_n(position.iteration.begin() + depth - 1, trips.size(), 0);
  Usage before = current->used;
  SmallVector<Demand> demands;
  for (bool goesOn = true; goesOn;) { // all iterations of the inner loops
    countPosition();
    for (at = nest.body; at < nest.body + nest.size; ++at) {
      Expected<Demand> demand = demandOf(code[at]);
      if (!demand)
        return demand.takeError();
      demands.push_back(*demand);
    }
    size_t level = trips.size();
    for (; level > uniform && ++position.iteration[depth - 2 + level] == trips[level - 1]; --level)
      position.iteration[depth - 2 + level] = 0;
    goesOn = level > uniform;
  }
  for (uint64_t Usage::*counter :
       {&Usage::frames, &Usage::reruns, &Usage::repeats, &Usage::partialFields, &Usage::partialDetects,
        &Usage::saturated, &Usage::filterLoads, &Usage::bytesIn, &Usage::bytesOut, &Usage::memoryBytes,
        &Usage::multiplications, &Usage::usefulPixels})
    current->used.*counter += (times - 1) * (current->used.*counter - before.*counter);
  Ticks now = timeline.now();
  std::array<Ticks, 5> busy = timeline.busy().queues;
  if (!timeline.repeat(demands, times))
    return createStringError("waits for a token that nothing gives");
  settle(now, busy);

  position.depth = depth;
  position.iteration[depth - 1] = trip[depth - 1] - 1;
  countPosition();
  at += nest.levels - 2; // before the end of the outermost loop
  return Error::success();
}
