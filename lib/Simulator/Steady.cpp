// Loops in a steady state: many iterations of a timeline at once.
//
// What an iteration does to the timeline depends on nothing but how its times lie to each other. Once these are as
// they were some iterations before, all go on by the same difference for ever. A time that is earlier than all that may
// still ask for it counts as the earliest of those: so the state forgets what does not matter any more.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Timeline.h"
#include <algorithm>
#include <bit>

using namespace fourmix;
using namespace fourmix::simulator;
using focs::Queue;

/// What demands look at and move.
struct Timeline::Watch {
  std::array<bool, 5> queues{};
  bool hasBarrier = false;
  uint32_t tokens = 0;
  std::array<std::vector<Queue>, focs::numTokens> waiting; // by token: the queues that wait for it

  explicit Watch(llvm::ArrayRef<Demand> demands) {
    for (const Demand &demand : demands) {
      queues[static_cast<size_t>(demand.queue)] = true;
      hasBarrier |= demand.kind == Demand::Barrier;
      tokens |= demand.wait | demand.signal;
      for (uint32_t mask = demand.wait; mask; mask &= mask - 1)
        waiting[std::countr_zero(mask)].push_back(demand.queue);
    }
  }
};

/// Tokens that lie about in greater numbers are not looked at: the state would be a large one.
static constexpr size_t mostTokens = 256;

/// The state of what is watched, relative to now; false where it is too large to look at.
bool Timeline::describe(const Watch &watch, std::vector<Ticks> &to) const {
  to.clear();
  for (Queue queue : {Queue::Load, Queue::Optics, Queue::Electronics, Queue::Store})
    if (watch.queues[static_cast<size_t>(queue)])
      to.push_back(floor(queue) - end);
  if (watch.hasBarrier)
    to.push_back(held - end);
  if (watch.queues[static_cast<size_t>(Queue::Optics)]) {
    Ticks least = floor(Queue::Optics); // which engine it is makes no difference
    size_t first = to.size();
    for (Ticks engine : engines)
      to.push_back(std::max(engine, least) - end);
    std::sort(to.begin() + first, to.end());
    to.push_back(std::max(captured, least) - end);
  }
  for (uint32_t mask = watch.tokens; mask; mask &= mask - 1) {
    int number = std::countr_zero(mask);
    const Times &times = tokens[number];
    if (times.size() > mostTokens)
      return false;
    Ticks least = 0;
    for (Queue queue : watch.waiting[number])
      least = queue == watch.waiting[number].front() ? floor(queue) : std::min(least, floor(queue));
    to.push_back(times.size());
    for (size_t i = 0; i < times.size(); ++i)
      to.push_back(std::max(times[i], least) - end);
  }
  Ticks asked = std::min(floor(Queue::Load), floor(Queue::Store));
  for (const Carrier *carrier : {&linkIn, &linkOut, &memory}) {
    size_t first = to.size();
    to.push_back(0);
    carrier->describe(asked, end, to);
    to[first] = to.size() - first;
  }
  return true;
}

/// As if so much time had passed for all that is watched.
void Timeline::shift(const Watch &watch, Ticks by) {
  for (size_t queue = 0; queue < free.size(); ++queue)
    if (watch.queues[queue])
      free[queue] += by;
  if (watch.hasBarrier)
    held += by;
  if (watch.queues[static_cast<size_t>(Queue::Optics)]) {
    for (Ticks &engine : engines)
      engine += by;
    captured += by;
  }
  for (uint32_t mask = watch.tokens; mask; mask &= mask - 1)
    tokens[std::countr_zero(mask)].shift(by);
  for (Carrier *carrier : {&linkIn, &linkOut, &memory})
    carrier->shift(by);
  end += by;
}

/// Adds what came since `before`, so many times.
void Timeline::Busy::addMultiple(const Busy &before, Ticks times) {
  for (size_t queue = 0; queue < queues.size(); ++queue)
    queues[queue] += times * (queues[queue] - before.queues[queue]);
  linkIn += times * (linkIn - before.linkIn);
  linkOut += times * (linkOut - before.linkOut);
  memory += times * (memory - before.memory);
}

bool Timeline::repeat(llvm::ArrayRef<Demand> demands, uint64_t count) {
  Watch watch(demands);
  // Compared with the state after 1, 2, 4, 8, ... iterations: so it is found as soon as it has come back twice.
  std::vector<Ticks> then, state;
  uint64_t thenAt = 0;
  Ticks thenEnd = 0;
  Busy thenBusy;
  for (uint64_t done = 0; done < count;) {
    for (const Demand &demand : demands)
      if (!execute(demand))
        return false;
    ++done;
    if (count - done < 2 || !describe(watch, state))
      continue;
    if (thenAt && state == then) {
      uint64_t period = done - thenAt, times = (count - done) / period;
      Ticks by;
      if (!__builtin_mul_overflow(end - thenEnd, Ticks(times), &by)) {
        shift(watch, by);
        busyTimes.addMultiple(thenBusy, times);
        done += times * period;
        thenAt = 0; // what is left is less than a period
        then.clear();
        continue;
      }
    }
    if (std::has_single_bit(done))
      std::swap(then, state), thenAt = done, thenEnd = end, thenBusy = busyTimes;
  }
  return true;
}
