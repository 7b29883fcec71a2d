// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Timeline.h"
#include <algorithm>
#include <bit>

using namespace fourmix;
using namespace fourmix::simulator;
using focs::Queue;

static size_t index(Queue queue) { return static_cast<size_t>(queue); }

Timeline::Timeline(const device::Profile &profile, llvm::ArrayRef<uint16_t> initial)
    : profile(profile), engines(profile.engines, 0.0) {
  for (size_t token = 0; token < tokens.size() && token < initial.size(); ++token)
    for (uint16_t i = 0; i < initial[token]; ++i)
      tokens[token].push(0);
}

std::optional<double> Timeline::take(uint32_t mask) {
  double ready = 0;
  for (; mask; mask &= mask - 1) {
    int token = std::countr_zero(mask);
    if (tokens[token].empty())
      return std::nullopt;
    ready = std::max(ready, tokens[token].front());
    tokens[token].pop();
  }
  return ready;
}

void Timeline::give(uint32_t mask, double time) {
  for (; mask; mask &= mask - 1)
    tokens[std::countr_zero(mask)].push(time);
}

void Times::grow() {
  std::vector<double> larger(2 * ring.size());
  for (size_t i = first; i < last; ++i)
    larger[i - first] = ring[i & mask()];
  last -= first, first = 0;
  ring = std::move(larger);
}

double Carrier::take(double ready, double seconds) {
  auto next = std::upper_bound(taken.begin(), taken.end(), ready,
                               [](double time, const auto &interval) { return time < interval.first; });
  double start = ready, at = ready;
  if (next != taken.begin() && std::prev(next)->second >= ready)
    start = (--next)->first; // goes on where that one ends
  auto end = next;
  for (; end != taken.end(); ++end) {
    double room = std::max(0.0, end->first - at);
    if (room >= seconds)
      break;
    seconds -= room;
    at = std::max(at, end->second);
  }
  // All gaps between the start and the end are filled now.
  std::pair<double, double> filled{start, at + seconds};
  if (next == end)
    taken.insert(next, filled);
  else
    *next = filled, taken.erase(next + 1, end);
  return filled.second;
}

void Carrier::forget(double before) {
  taken.erase(taken.begin(), std::find_if(taken.begin(), taken.end(),
                                          [&](const auto &interval) { return interval.second >= before; }));
}

Timeline::Span Timeline::transfer(Queue queue, double ready, Traffic traffic, double least) {
  bool isStore = queue == Queue::Store;
  Span span;
  span.start = std::max({ready, held, free[index(queue)]});
  span.end = span.start + least;
  auto carry = [&](uint64_t bytes, double rate, Carrier &carrier, double &busyTime) {
    if (!bytes || rate == 0)
      return;
    double seconds = static_cast<double>(bytes) / rate;
    busyTime += seconds;
    span.end = std::max(span.end, carrier.take(span.start, seconds));
    carrier.forget(std::max(held, std::min(free[index(Queue::Load)], free[index(Queue::Store)])));
  };
  carry(traffic.link, isStore ? profile.linkOut : profile.linkIn, isStore ? linkOut : linkIn,
        isStore ? linkOutBusy : linkInBusy);
  carry(traffic.memory, profile.memoryBandwidth, memory, memoryBusy);
  free[index(queue)] = span.end;
  busy[index(queue)] += span.end - span.start;
  return finish(span);
}

Timeline::Span Timeline::fire(double ready, uint64_t framesPerShot, uint64_t reruns) {
  auto engine = std::min_element(engines.begin(), engines.end());
  double shot = static_cast<double>(framesPerShot) / profile.frameHz;
  double occupied = shot + static_cast<double>(reruns) * (shot + profile.latencySeconds);
  Span span;
  span.engine = engine - engines.begin();
  span.start = std::max({ready, held, free[index(Queue::Optics)], *engine});
  *engine = span.start + occupied;
  free[index(Queue::Optics)] = span.start;
  span.end = captured = std::max(captured, span.start + occupied + profile.latencySeconds);
  busy[index(Queue::Optics)] += occupied / static_cast<double>(engines.size());
  return finish(span);
}

Timeline::Span Timeline::compute(double ready, uint64_t multiplications) {
  double rate = profile.clockHz * profile.multipliersPerCycle, &queueFree = free[index(Queue::Electronics)];
  Span span;
  span.start = std::max({ready, held, queueFree});
  span.end = queueFree = span.start + (rate > 0 ? static_cast<double>(multiplications) / rate : 0);
  busy[index(Queue::Electronics)] += span.end - span.start;
  return finish(span);
}

Timeline::Span Timeline::control(double ready) {
  Span span;
  span.start = span.end = std::max(ready, held);
  return finish(span);
}
