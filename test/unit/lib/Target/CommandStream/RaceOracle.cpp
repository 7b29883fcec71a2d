// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "RaceOracle.h"
#include <deque>
#include <map>

namespace fourmix::focs {
namespace {

using Clock = std::array<size_t, 5>;
enum Space { Fields = 1000, Filters, Captures, Accumulators, Table }; // beside the regions of memory

struct Element {
  size_t writer = 0, written = 0;
  Clock read{};
};

struct Oracle {
  const device::Profile &profile;
  size_t most = 0;
  std::array<Clock, 5> known{};
  std::array<std::deque<Clock>, numTokens> tokens;
  std::map<std::pair<int, int64_t>, Element> elements;
  std::map<size_t, std::pair<int64_t, int64_t>> extents; // of accumulators
  std::vector<int64_t> iteration, trips;
  size_t queue = 0, executed = 0;
  std::string race;

  Oracle(const device::Profile &profile, size_t most) : profile(profile), most(most) {}

  int64_t at(const Linear &linear) const {
    int64_t value = linear.base;
    for (size_t i = 0; i < iteration.size(); ++i)
      value += linear.step[i] * iteration[i];
    return value;
  }
  size_t at(Slot slot) const {
    size_t number = 0;
    for (size_t i = 0; i < iteration.size(); ++i)
      number = number * trips[i] + iteration[i];
    return slot.first + number % slot.rotate;
  }
  void touch(int space, int64_t index, bool isWrite) {
    Element &element = elements[{space, index}];
    bool isOrdered = element.written <= known[queue][element.writer];
    if (isWrite)
      for (size_t q = 0; q < 5; ++q)
        isOrdered &= q == queue || element.read[q] <= known[queue][q];
    if (!isOrdered && race.empty())
      race = "element " + std::to_string(index) + " of " + std::to_string(space);
    if (isWrite) {
      element.writer = queue;
      element.written = known[queue][queue];
    } else {
      element.read[queue] = known[queue][queue];
    }
  }
  void touch(const Access &access, bool isWrite) {
    int64_t words = byteSize(access.type) / 4;
    auto around = [](int64_t c, int64_t limit) { return (c % limit + limit) % limit; };
    auto inside = [&](const AxisAccess &axis, int64_t t, int64_t &address) {
      int64_t c = at(axis.start) + t * axis.step;
      if (axis.wrap)
        c = around(c, axis.limit);
      bool isInside = c >= 0 && c < axis.limit;
      address = isInside ? c * axis.pitch : 0;
      return isInside;
    };
    auto isThere = [&](int64_t r, int64_t c, int64_t &row, int64_t &col) {
      if (!access.joined)
        return inside(access.row, r, row) && inside(access.col, c, col);
      int64_t limit = access.row.limit, both = around(at(access.row.start) + r * access.row.step, limit) +
                                               around(at(access.col.start) + c * access.col.step, limit);
      col = around(both, limit);
      bool isInside = col < access.col.limit;
      col *= access.col.pitch;
      return isInside;
    };
    for (int64_t r = 0; r < access.row.count; ++r)
      for (int64_t c = 0; c < access.col.count; ++c) {
        int64_t row = 0, col = 0;
        if (isThere(r, c, row, col))
          for (const std::optional<Plane> *plane : {&access.re, &access.im})
            if (*plane)
              for (int64_t word = 0; word < words; ++word)
                touch((*plane)->region, (at((*plane)->offset) + row + col) * words + word, isWrite);
      }
  }
  void tile(Space space, Slot slot, bool isWrite) { touch(space, at(slot), isWrite); }

  void operator()(const LoadField &i) { tile(Fields, i.field, true), touch(i.from, false); }
  void operator()(const LoadFilter &i) { tile(Filters, i.filter, true), touch(i.from, false); }
  void operator()(const LoadAccumulator &i) {
    tile(Accumulators, i.accumulator, true), touch(i.from, false);
    extents[at(i.accumulator)] = {i.from.row.count, i.from.col.count};
  }
  void operator()(const LoadTable &i) {
    for (int64_t k = 0; k < i.count; ++k) {
      touch(Table, i.to + k, true);
      for (const Plane *plane : {&i.re, &i.im})
        for (int64_t word = 0; word < byteSize(i.type) / 4; ++word)
          touch(plane->region, (at(plane->offset) + k) * (byteSize(i.type) / 4) + word, false);
    }
  }
  void operator()(const Fire &i) {
    tile(Fields, i.field, false), tile(Captures, i.capture, true);
    if (i.mode != FireMode::FT)
      tile(Filters, i.filter, false);
  }
  void operator()(const ReadBack &i) {
    tile(Captures, i.capture, false), tile(Accumulators, i.accumulator, true);
    extents[at(i.accumulator)] = {profile.rows, profile.cols};
  }
  void operator()(const Twiddle &i) {
    tile(Accumulators, i.accumulator, true);
    auto [rows, cols] = extents[at(i.accumulator)];
    for (auto [factors, count] : {std::pair(&i.row, rows), {&i.col, cols}})
      for (int64_t k = 0; *factors && k < count; ++k)
        touch(Table, at((*factors)->offset) + k * (*factors)->step, false);
  }
  void operator()(const ElectronicDft &i) { tile(Accumulators, i.accumulator, true); }
  void operator()(const Elementwise &i) {
    tile(Accumulators, i.a, false), tile(Accumulators, i.b, false), tile(Accumulators, i.to, true);
    extents[at(i.to)] = extents[at(i.a)];
  }
  void operator()(const Store &i) { tile(Accumulators, i.accumulator, false), touch(i.to, true); }
  void operator()(const Barrier &) {
    for (size_t q = 0; q < 5; ++q)
      for (size_t other = 0; other < 5; ++other)
        known[other][q] = known[q][q];
  }
  template <typename Control>
  void operator()(const Control &) {}

  void execute(const Instruction &instruction) {
    queue = static_cast<size_t>(queueOf(instruction));
    for (int i = 0; i < numTokens; ++i)
      if (instruction.wait >> i & 1) {
        if (tokens[i].empty()) {
          race = "a wait without end";
          return;
        }
        for (size_t q = 0; q < 5; ++q)
          known[queue][q] = std::max(known[queue][q], tokens[i].front()[q]);
        tokens[i].pop_front();
      }
    ++known[queue][queue];
    std::visit(*this, instruction.body);
    for (int i = 0; i < numTokens; ++i)
      if (instruction.signal >> i & 1)
        tokens[i].push_back(known[queue]);
  }

  void run(llvm::ArrayRef<Instruction> code) {
    for (size_t i = 0; i < code.size() && race.empty() && executed < most; ++i, ++executed) {
      const auto *loop = std::get_if<Loop>(&code[i].body);
      if (!loop) {
        execute(code[i]);
        continue;
      }
      size_t end = i + 1;
      for (int depth = 1; depth > 0; ++end)
        depth += std::holds_alternative<Loop>(code[end].body) - std::holds_alternative<EndLoop>(code[end].body);
      trips.push_back(loop->trip);
      iteration.push_back(0);
      for (; iteration.back() < trips.back() && race.empty() && executed < most; ++iteration.back(), ++executed)
        run(code.slice(i + 1, end - i - 2));
      trips.pop_back();
      iteration.pop_back();
      i = end - 1;
    }
  }
};

} // namespace

std::string findRace(const Program &program, const device::Profile &profile, bool inPreload, size_t most) {
  Oracle oracle(profile, most);
  for (int i = 0; i < numTokens; ++i)
    oracle.tokens[i].resize(program.tokens[i]);
  oracle.run(inPreload ? program.preload : program.main);
  return oracle.race;
}

} // namespace fourmix::focs
