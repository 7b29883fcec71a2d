// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Reference.h"

using namespace llvm;
using namespace fourmix;
using namespace fourmix::simulator;

static SimulatorOptions exactly() {
  SimulatorOptions options;
  options.mode = Mode::Exact;
  return options;
}

Reference::Reference(const device::Profile &profile) : whole(profile, exactly()), local(profile, exactly()) {}

namespace fourmix::simulator {
/// What an instruction does to the tiles of an exact machine. The run has executed it, so slots and extents are right.
struct Data {
  Machine &machine;
  ArrayRef<Region> regions;
  const Position &position;

  Tile &field(const focs::Slot &slot) { return machine.fields[position.at(slot)]; }
  Tile &capture(const focs::Slot &slot) { return machine.captures[position.at(slot)]; }
  Tile &accumulator(const focs::Slot &slot) { return machine.accumulators[position.at(slot)]; }

  Error operator()(const focs::LoadField &op) {
    return machine.optics.loadField(op, Walk(op.from, position), regions, field(op.field));
  }
  Error operator()(const focs::LoadFilter &op) {
    return machine.optics.loadFilter(Walk(op.from, position), regions, machine.filters[position.at(op.filter)]);
  }
  Error operator()(const focs::LoadTable &op) { return machine.electronics.loadTable(op, position, regions); }
  Error operator()(const focs::LoadAccumulator &op) {
    return machine.electronics.loadAccumulator(Walk(op.from, position), regions, accumulator(op.accumulator));
  }
  Error operator()(const focs::Fire &op) {
    const Tile *filter = op.mode == focs::FireMode::FT ? nullptr : &machine.filters[position.at(op.filter)];
    machine.optics.fire(op, field(op.field), filter, capture(op.capture));
    return Error::success();
  }
  Error operator()(const focs::ReadBack &op) {
    return machine.electronics.readBack(op, capture(op.capture), accumulator(op.accumulator)).takeError();
  }
  Error operator()(const focs::Twiddle &op) {
    return machine.electronics.twiddle(op, position, accumulator(op.accumulator)).takeError();
  }
  Error operator()(const focs::ElectronicDft &op) {
    return machine.electronics.transform(op, accumulator(op.accumulator)).takeError();
  }
  Error operator()(const focs::Elementwise &op) {
    return machine.electronics.elementwise(op, accumulator(op.a), accumulator(op.b), accumulator(op.to)).takeError();
  }
  template <typename Other>
  Error operator()(const Other &) {
    return Error::success();
  }
};
} // namespace fourmix::simulator

/// Adds what a store writes of one plane.
static void compare(const Walk &walk, int64_t cols, ArrayRef<double> found, ArrayRef<double> whole,
                    ArrayRef<double> local, Fidelity &to) {
  auto square = [](double x) { return x * x; };
  for (int64_t r = 0; r < walk.rows(); ++r)
    for (int64_t c = 0; c < walk.cols(); ++c) {
      if (!walk.isInside(r, c))
        continue;
      int64_t i = r * cols + c;
      ++to.numbers;
      to.power += square(whole[i]), to.error += square(found[i] - whole[i]);
      to.localPower += square(local[i]), to.localError += square(found[i] - local[i]);
    }
}

Error Reference::follow(const focs::Instruction &instruction, const Position &position, const Machine &machine,
                        ArrayRef<Region> regions, ArrayRef<Region> exact, Fidelity *to) {
  const auto *store = std::get_if<focs::Store>(&instruction.body);
  if (!store) {
    if (Error error = std::visit(Data{whole, exact, position}, instruction.body))
      return error;
    return std::visit(Data{local, regions, position}, instruction.body);
  }
  size_t slot = position.at(store->accumulator);
  const Tile &found = machine.accumulators[slot], &all = whole.accumulators[slot], &own = local.accumulators[slot];
  Walk walk(store->to, position);
  if (to && store->to.re)
    compare(walk, found.cols, found.re, all.re, own.re, *to);
  if (to && store->to.im)
    compare(walk, found.cols, found.im, all.im, own.im, *to);
  return walk.write(exact, all.re.data(), all.im.data(), all.cols);
}
