// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Timeline.h"
#include <algorithm>
#include <bit>

using namespace fourmix;
using namespace fourmix::simulator;
using focs::Queue;

static size_t index(Queue queue) { return static_cast<size_t>(queue); }

Timeline::Timeline(const device::Profile &profile, llvm::ArrayRef<uint16_t> initial)
    : profile(profile), latency(toTicks(profile.latencySeconds)), engines(profile.engines, 0) {
  for (size_t token = 0; token < tokens.size() && token < initial.size(); ++token)
    for (uint16_t i = 0; i < initial[token]; ++i)
      tokens[token].push(0);
}

//===- Tokens -------------------------------------------------------------===//

std::optional<Ticks> Timeline::take(uint32_t mask) {
  Ticks ready = 0;
  for (; mask; mask &= mask - 1) {
    int token = std::countr_zero(mask);
    if (tokens[token].empty())
      return std::nullopt;
    ready = std::max(ready, tokens[token].front());
    tokens[token].pop();
  }
  return ready;
}

void Timeline::give(uint32_t mask, Ticks time) {
  for (; mask; mask &= mask - 1)
    tokens[std::countr_zero(mask)].push(time);
}

void Times::grow() {
  std::vector<Ticks> larger(2 * ring.size());
  for (size_t i = first; i < last; ++i)
    larger[i - first] = ring[i & mask()];
  last -= first, first = 0;
  ring = std::move(larger);
}

//===- Links --------------------------------------------------------------===//

Ticks Carrier::take(Ticks ready, Ticks duration) {
  auto next = std::upper_bound(taken.begin(), taken.end(), ready,
                               [](Ticks time, const auto &interval) { return time < interval.first; });
  Ticks start = ready, at = ready;
  if (next != taken.begin() && std::prev(next)->second >= ready)
    start = (--next)->first; // goes on where that one ends
  auto end = next;
  for (; end != taken.end(); ++end) {
    Ticks room = std::max<Ticks>(0, end->first - at);
    if (room >= duration)
      break;
    duration -= room;
    at = std::max(at, end->second);
  }
  // All gaps between the start and the end are filled now.
  std::pair<Ticks, Ticks> filled{start, at + duration};
  if (next == end)
    taken.insert(next, filled);
  else
    *next = filled, taken.erase(next + 1, end);
  return filled.second;
}

void Carrier::forget(Ticks before) {
  taken.erase(taken.begin(), std::find_if(taken.begin(), taken.end(),
                                          [&](const auto &interval) { return interval.second >= before; }));
}

void Carrier::shift(Ticks by) {
  for (auto &[start, end] : taken)
    start += by, end += by;
}

void Carrier::describe(Ticks since, Ticks now, std::vector<Ticks> &to) const {
  for (const auto &[start, end] : taken)
    if (end > since)
      to.push_back(std::max(start, since) - now), to.push_back(end - now);
}

//===- Queues -------------------------------------------------------------===//

Demand Timeline::transfer(Queue queue, Traffic traffic, double least) const {
  auto duration = [](uint64_t bytes, double rate) {
    return bytes && rate != 0 ? toTicks(static_cast<double>(bytes) / rate) : 0;
  };
  Demand demand{Demand::Transfer, queue};
  demand.link = duration(traffic.link, queue == Queue::Store ? profile.linkOut : profile.linkIn);
  demand.memory = duration(traffic.memory, profile.memoryBandwidth);
  demand.duration = toTicks(least);
  return demand;
}

Demand Timeline::fire(uint64_t framesPerShot, uint64_t reruns) const {
  Demand demand{Demand::Fire, Queue::Optics};
  double shot = static_cast<double>(framesPerShot) / profile.frameHz;
  demand.duration = toTicks(shot + static_cast<double>(reruns) * (shot + profile.latencySeconds));
  return demand;
}

Demand Timeline::compute(uint64_t multiplications) const {
  Demand demand{Demand::Compute, Queue::Electronics};
  double rate = profile.clockHz * profile.multipliersPerCycle;
  demand.duration = rate > 0 ? toTicks(static_cast<double>(multiplications) / rate) : 0;
  return demand;
}

Timeline::Span Timeline::transfer(const Demand &demand, Ticks ready) {
  bool isStore = demand.queue == Queue::Store;
  Span span;
  span.start = std::max({ready, held, free[index(demand.queue)]});
  span.end = span.start + demand.duration;
  auto carry = [&](Ticks duration, Carrier &carrier, Ticks &busyTime) {
    if (duration == 0)
      return;
    busyTime += duration;
    span.end = std::max(span.end, carrier.take(span.start, duration));
    carrier.forget(std::min(floor(Queue::Load), floor(Queue::Store)));
  };
  carry(demand.link, isStore ? linkOut : linkIn, isStore ? busyTimes.linkOut : busyTimes.linkIn);
  carry(demand.memory, memory, busyTimes.memory);
  free[index(demand.queue)] = span.end;
  busyTimes.queues[index(demand.queue)] += span.end - span.start;
  return span;
}

Timeline::Span Timeline::fire(const Demand &demand, Ticks ready) {
  auto engine = std::min_element(engines.begin(), engines.end());
  Span span;
  span.engine = engine - engines.begin();
  span.start = std::max({ready, held, free[index(Queue::Optics)], *engine});
  *engine = span.start + demand.duration;
  free[index(Queue::Optics)] = span.start;
  span.end = captured = std::max(captured, span.start + demand.duration + latency);
  busyTimes.queues[index(Queue::Optics)] += demand.duration;
  return span;
}

std::optional<Timeline::Span> Timeline::execute(const Demand &demand) {
  std::optional<Ticks> ready = take(demand.wait);
  if (!ready)
    return std::nullopt;
  Span span;
  switch (demand.kind) {
  case Demand::Control:
  case Demand::Barrier:
    span.start = span.end = std::max(*ready, held);
    break;
  case Demand::Transfer:
    span = transfer(demand, *ready);
    break;
  case Demand::Fire:
    span = fire(demand, *ready);
    break;
  case Demand::Compute:
    span.start = std::max(*ready, floor(Queue::Electronics));
    span.end = free[index(Queue::Electronics)] = span.start + demand.duration;
    busyTimes.queues[index(Queue::Electronics)] += demand.duration;
    break;
  }
  end = std::max(end, span.end);
  if (demand.kind == Demand::Barrier)
    held = end;
  give(demand.signal, span.end);
  return span;
}
