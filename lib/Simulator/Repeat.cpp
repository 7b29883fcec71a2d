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

/// Whether an access moves as many bytes over the same link in all iterations of loops.
class Sameness {
public:
  Sameness(const Position &outer, ArrayRef<int64_t> trips, int64_t ownScratch)
      : outer(outer), trips(trips), ownScratch(ownScratch) {}

  bool operator()(const focs::Access &access) const {
    if (access.joined)
      return !moves(access.row.start) && !moves(access.col.start) && isFixed(access, access.re) &&
             isFixed(access, access.im);
    return isFixed(access.row) && isFixed(access.col) && isFixed(access, access.re) && isFixed(access, access.im);
  }

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
  bool moves(const focs::Linear &linear) const {
    Range range = rangeOf(linear);
    return range.low != range.high;
  }
  /// As many elements are inside.
  bool isFixed(const focs::AxisAccess &axis) const {
    auto [low, high] = rangeOf(axis.start);
    Wide last = Wide(axis.count - 1) * axis.step;
    return axis.wrap || low == high ||
           (low + std::min<Wide>(0, last) >= 0 && high + std::max<Wide>(0, last) < axis.limit);
  }
  /// What the highest address inside can be.
  Range highest(const focs::AxisAccess &axis) const {
    auto [low, high] = rangeOf(axis.start);
    Wide last = Wide(axis.count - 1) * axis.step;
    Wide first = low + std::min<Wide>(0, last), end = high + std::max<Wide>(0, last);
    if (axis.wrap || first < 0 || end >= axis.limit)
      first = 0, end = axis.limit - 1;
    Wide a = first * axis.pitch, b = end * axis.pitch;
    return {std::min(a, b), std::max(a, b)};
  }
  bool isFixed(const focs::Access &access, const std::optional<focs::Plane> &plane) const {
    if (!plane || plane->region != focs::scratchRegion)
      return true;
    Range offset = rangeOf(plane->offset), row = highest(access.row), col = highest(access.col);
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
};
} // namespace

static SmallVector<int64_t> tripsOf(ArrayRef<focs::Instruction> code, const focs::LoopNest &nest) {
  SmallVector<int64_t> trips;
  for (size_t level = 0; level < nest.levels; ++level)
    trips.push_back(std::get<focs::Loop>(code[nest.loop + level].body).trip);
  return trips;
}

bool Execution::isUniform(const focs::LoopNest &nest) const {
  SmallVector<int64_t> trips = tripsOf(code, nest);
  Position outer = position;
  --outer.depth;
  Sameness isSame(outer, trips, machine.profile.scratchBytes);
  return all_of(code.slice(nest.body, nest.size), [&](const focs::Instruction &instruction) {
    // Marks change what is counted, filters stay.
    if (std::holds_alternative<focs::Mark>(instruction.body) ||
        std::holds_alternative<focs::LoadTable>(instruction.body) ||
        std::holds_alternative<focs::LoadFilter>(instruction.body))
      return false;
    if (const auto *op = std::get_if<focs::LoadField>(&instruction.body))
      return isSame(op->from);
    if (const auto *op = std::get_if<focs::LoadAccumulator>(&instruction.body))
      return isSame(op->from);
    if (const auto *op = std::get_if<focs::Store>(&instruction.body))
      return isSame(op->to);
    return true;
  });
}

Error Execution::repeat(const focs::LoopNest &nest) {
  uint64_t iterations = 1, instructions = 0;
  for (int64_t count : tripsOf(code, nest))
    instructions += iterations, iterations *= count, instructions += iterations;
  instructions += iterations * nest.size - 2; // the Loop has been counted, the last EndLoop will be
  if (limit() && executed + instructions > limit())
    return Error::success(); // it goes on to the limit step by step
  executed += instructions;

  int depth = position.depth;
  for (size_t level = 1; level < nest.levels; ++level) {
    trip[position.depth] = std::get<focs::Loop>(code[nest.loop + level].body).trip;
    position.iteration[position.depth++] = 0;
  }
  countPosition();
  Usage before = current->used;
  SmallVector<Demand> demands;
  for (at = nest.body; at < nest.body + nest.size; ++at) {
    Expected<Demand> demand = demandOf(code[at]);
    if (!demand)
      return demand.takeError();
    demands.push_back(*demand);
  }
  for (uint64_t Usage::*counter :
       {&Usage::frames, &Usage::reruns, &Usage::repeats, &Usage::partialFields, &Usage::partialDetects,
        &Usage::saturated, &Usage::filterLoads, &Usage::bytesIn, &Usage::bytesOut, &Usage::memoryBytes,
        &Usage::multiplications, &Usage::usefulPixels})
    current->used.*counter += (iterations - 1) * (current->used.*counter - before.*counter);
  Ticks now = timeline.now();
  std::array<Ticks, 5> busy = timeline.busy().queues;
  if (!timeline.repeat(demands, iterations))
    return createStringError("waits for a token that nothing gives");
  settle(now, busy);

  position.depth = depth;
  position.iteration[depth - 1] = trip[depth - 1] - 1;
  countPosition();
  at += nest.levels - 2; // before the end of the outermost loop
  return Error::success();
}
