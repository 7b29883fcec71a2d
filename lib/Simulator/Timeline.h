// When things happen: queues, engines, links, tokens.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_SIMULATOR_TIMELINE_H
#define LIB_SIMULATOR_TIMELINE_H

#include "Regions.h"
#include "Ticks.h"
#include "fourmix/Simulator/Simulator.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <optional>
#include <vector>

namespace fourmix::simulator {

/// Something that carries for one at a time, asked in another order than that of time: who asks later may fit in
/// before.
class Carrier {
public:
  /// The end of carrying for so long, from `ready` on, in pieces where it is free.
  Ticks take(Ticks ready, Ticks duration);
  /// Nobody asks for a time before this one any more.
  void forget(Ticks before);
  void shift(Ticks by);
  /// Appends what is taken after `since`, relative to `now`.
  void describe(Ticks since, Ticks now, std::vector<Ticks> &to) const;

private:
  std::vector<std::pair<Ticks, Ticks>> taken; // starts and ends, disjoint, rising; few
};

/// Times in the order in which they come.
class Times {
public:
  bool empty() const { return first == last; }
  size_t size() const { return last - first; }
  Ticks front() const { return ring[first & mask()]; }
  Ticks operator[](size_t i) const { return ring[(first + i) & mask()]; }
  void pop() { ++first; }
  void push(Ticks time) {
    if (last - first == ring.size())
      grow();
    ring[last++ & mask()] = time;
  }
  void shift(Ticks by) {
    for (size_t i = first; i < last; ++i)
      ring[i & mask()] += by;
  }

private:
  size_t mask() const { return ring.size() - 1; }
  void grow();
  std::vector<Ticks> ring = std::vector<Ticks>(4); // a power of two
  size_t first = 0, last = 0;
};

/// What an instruction asks of the timeline.
struct Demand {
  enum Kind { Control, Barrier, Transfer, Fire, Compute };
  Kind kind = Control;
  focs::Queue queue = focs::Queue::None;
  uint32_t wait = 0, signal = 0;
  /// Over a link and to or from the own memory; the least time of a transfer, the engine's of a fire, that of
  /// computing.
  Ticks link = 0, memory = 0, duration = 0;
};

/// Instructions come in the order of the program, which a valid stream can be executed in. Each starts when its queue
/// is free, its tokens are there and no barrier holds it, and takes what it needs: a link, an engine, multipliers. The
/// signals of a token come from one queue, so that they are taken in the order in which they are given. Queues look
/// ahead without bound.
class Timeline {
public:
  Timeline(const device::Profile &profile, llvm::ArrayRef<uint16_t> tokens);

  /// A load or store; lasts at least `least`.
  Demand transfer(focs::Queue queue, Traffic traffic, double least) const;
  /// Frames on the next free engine, `reruns` of them one after the other because each awaits the one before.
  Demand fire(uint64_t framesPerShot, uint64_t reruns) const;
  Demand compute(uint64_t multiplications) const;

  struct Span {
    Ticks start = 0, end = 0;
    size_t engine = 0;
  };
  /// Takes the tokens, executes, gives the tokens. Nothing if a token never comes.
  std::optional<Span> execute(const Demand &demand);
  /// The same of many, `count` times: step by step until they find the timeline as it was some iterations before but
  /// for the time that has passed, then at once. False if a token never comes.
  bool repeat(llvm::ArrayRef<Demand> demands, uint64_t count);

  /// The last completion so far.
  Ticks now() const { return end; }
  double seconds() const { return toSeconds(end); }

  /// What was busy for how long; of the optics, all engines together.
  struct Busy {
    std::array<Ticks, 5> queues{};
    Ticks linkIn = 0, linkOut = 0, memory = 0;
    void addMultiple(const Busy &before, Ticks times);
  };
  const Busy &busy() const { return busyTimes; }

private:
  struct Watch;
  std::optional<Ticks> take(uint32_t mask);
  void give(uint32_t mask, Ticks time);
  Span transfer(const Demand &demand, Ticks ready);
  Span fire(const Demand &demand, Ticks ready);
  Ticks floor(focs::Queue queue) const { return std::max(held, free[static_cast<size_t>(queue)]); }
  bool describe(const Watch &watch, std::vector<Ticks> &to) const;
  void shift(const Watch &watch, Ticks by);

  const device::Profile &profile;
  Ticks latency;
  std::array<Times, focs::numTokens> tokens;
  std::array<Ticks, 5> free{}; // by queue; of optics: when the next frame may start
  std::vector<Ticks> engines;
  Carrier linkIn, linkOut, memory;
  Ticks captured = 0, held = 0, end = 0;
  Busy busyTimes;
};

} // namespace fourmix::simulator

#endif // LIB_SIMULATOR_TIMELINE_H
