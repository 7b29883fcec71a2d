// When things happen: queues, engines, links, tokens.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_SIMULATOR_TIMELINE_H
#define LIB_SIMULATOR_TIMELINE_H

#include "Regions.h"
#include "fourmix/Simulator/Simulator.h"
#include "llvm/ADT/ArrayRef.h"
#include <optional>
#include <vector>

namespace fourmix::simulator {

/// Something that carries for one at a time, asked in another order than that of time: who asks later may fit in
/// before.
class Carrier {
public:
  /// The end of carrying for `seconds`, from `ready` on, in pieces where it is free.
  double take(double ready, double seconds);
  /// Nobody asks for a time before this one any more.
  void forget(double before);

private:
  std::vector<std::pair<double, double>> taken; // starts and ends, disjoint, rising; few
};

/// Times in the order in which they come.
class Times {
public:
  bool empty() const { return first == last; }
  double front() const { return ring[first & mask()]; }
  void pop() { ++first; }
  void push(double time) {
    if (last - first == ring.size())
      grow();
    ring[last++ & mask()] = time;
  }

private:
  size_t mask() const { return ring.size() - 1; }
  void grow();
  std::vector<double> ring = std::vector<double>(4); // a power of two
  size_t first = 0, last = 0;
};

/// Instructions come in the order of the program, which a valid stream can be executed in. Each starts when its queue
/// is free, its tokens are there and no barrier holds it, and takes what it needs: a link, an engine, multipliers. The
/// signals of a token come from one queue, so that they are taken in the order in which they are given. Queues look
/// ahead without bound.
class Timeline {
public:
  Timeline(const device::Profile &profile, llvm::ArrayRef<uint16_t> tokens);

  /// When the tokens of a mask are there; takes them. Nothing if one never comes.
  std::optional<double> take(uint32_t mask);
  void give(uint32_t mask, double time);
  void barrier() { held = end; }

  struct Span {
    double start = 0, end = 0;
    size_t engine = 0;
  };
  /// A load or store; lasts at least `least`.
  Span transfer(focs::Queue queue, double ready, Traffic traffic, double least);
  /// Frames on the next free engine, `reruns` of them one after the other because each awaits the one before.
  Span fire(double ready, uint64_t framesPerShot, uint64_t reruns);
  Span compute(double ready, uint64_t multiplications);
  /// An instruction of no queue.
  Span control(double ready);

  /// The last completion so far.
  double now() const { return end; }

  std::array<double, 5> busy{};
  double linkInBusy = 0, linkOutBusy = 0, memoryBusy = 0;

private:
  Span finish(Span span) {
    end = std::max(end, span.end);
    return span;
  }

  const device::Profile &profile;
  std::array<Times, focs::numTokens> tokens;
  std::array<double, 5> free{}; // by queue; of optics: when the next frame may start
  std::vector<double> engines;
  Carrier linkIn, linkOut, memory;
  double captured = 0, held = 0, end = 0;
};

} // namespace fourmix::simulator

#endif // LIB_SIMULATOR_TIMELINE_H
