// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Machine.h"
#include "Execution.h"

using namespace llvm;
using namespace fourmix;
using namespace fourmix::simulator;
using focs::Queue;

Machine::Machine(const device::Profile &profile, SimulatorOptions options)
    : profile(profile), options(std::move(options)), optics(profile, this->options.mode, this->options.seed),
      electronics(profile, this->options.mode), fields(profile.fieldTiles), filters(profile.filterSlots),
      captures(profile.captureTiles), accumulators(profile.accumulatorTiles) {}

Error Machine::execute(const Run &run) { return Execution(*this, run).execute(); }

//===- Queues -------------------------------------------------------------===//

Demand Execution::transfer(Queue queue, Traffic traffic, double least) {
  (queue == Queue::Store ? current->used.bytesOut : current->used.bytesIn) += traffic.link;
  current->used.memoryBytes += traffic.memory;
  return timeline.transfer(queue, traffic, least);
}

Expected<Demand> Execution::compute(Expected<uint64_t> work) {
  if (!work)
    return work.takeError();
  current->used.multiplications += *work;
  return timeline.compute(*work);
}

Expected<Demand> Execution::operator()(const focs::LoadField &op) {
  Expected<Tile *> field = tile(machine.fields, op.field, "field", false);
  if (!field)
    return field.takeError();
  Walk walk(op.from, position);
  if (Error error = machine.optics.loadField(op, walk, run.regions, **field))
    return error;
  return transfer(Queue::Load, walk.traffic(machine.profile.scratchBytes));
}

Expected<Demand> Execution::operator()(const focs::LoadFilter &op) {
  Expected<Tile *> filter = tile(machine.filters, op.filter, "filter", false);
  if (!filter)
    return filter.takeError();
  Walk walk(op.from, position);
  if (Error error = machine.optics.loadFilter(walk, run.regions, **filter))
    return error;
  ++current->used.filterLoads;
  return transfer(Queue::Load, walk.traffic(machine.profile.scratchBytes), machine.profile.filterLoadSeconds);
}

Expected<Demand> Execution::operator()(const focs::LoadTable &op) {
  if (Error error = machine.electronics.loadTable(op, position, run.regions))
    return error;
  focs::Access access{op.type, {}, {}, op.re, op.im};
  access.col.limit = access.col.count = op.count;
  access.col.pitch = 1;
  return transfer(Queue::Load, Walk(access, position).traffic(machine.profile.scratchBytes));
}

Expected<Demand> Execution::operator()(const focs::LoadAccumulator &op) {
  Expected<Tile *> accumulator = tile(machine.accumulators, op.accumulator, "accumulator", false);
  if (!accumulator)
    return accumulator.takeError();
  Walk walk(op.from, position);
  if (Error error = machine.electronics.loadAccumulator(walk, run.regions, **accumulator))
    return error;
  return transfer(Queue::Load, walk.traffic(machine.profile.scratchBytes));
}

Expected<Demand> Execution::operator()(const focs::Fire &op) {
  Expected<Tile *> field = tile(machine.fields, op.field, "field", true);
  if (!field)
    return field.takeError();
  Tile *filter = nullptr;
  if (op.mode != focs::FireMode::FT) {
    Expected<Tile *> slot = tile(machine.filters, op.filter, "filter", true);
    if (!slot)
      return slot.takeError();
    filter = *slot;
  }
  Expected<Tile *> capture = tile(machine.captures, op.capture, "capture", false);
  if (!capture)
    return capture.takeError();
  int64_t gains = machine.profile.gainSteps;
  if (op.gain != focs::automaticGain && op.gain >= gains)
    return createStringError("expected a gain code below " + Twine(gains) + ", found " + Twine(unsigned(op.gain)));
  Optics::Shots shots = machine.optics.fire(op, **field, filter, **capture);
  current->used.frames += shots.frames, current->used.reruns += shots.reruns, current->used.repeats += shots.repeats;
  current->used.saturated += shots.saturated;
  current->used.usefulPixels += shots.frames * static_cast<uint64_t>((*field)->loaded);
  uint64_t first = shots.frames - shots.reruns - shots.repeats;
  current->used.partialFields += (*field)->partial ? first : 0;
  current->used.partialDetects += op.detect != focs::Detect::IQ ? first : 0;
  uint64_t perShot = std::max<uint64_t>(op.repeat, 1);
  return timeline.fire(perShot, shots.reruns / perShot);
}

Expected<Demand> Execution::operator()(const focs::ReadBack &op) {
  Expected<Tile *> capture = tile(machine.captures, op.capture, "capture", true);
  if (!capture)
    return capture.takeError();
  Expected<Tile *> accumulator = tile(machine.accumulators, op.accumulator, "accumulator", op.accumulate);
  if (!accumulator)
    return accumulator.takeError();
  return compute(machine.electronics.readBack(op, **capture, **accumulator));
}

Expected<Demand> Execution::operator()(const focs::Twiddle &op) {
  Expected<Tile *> accumulator = tile(machine.accumulators, op.accumulator, "accumulator", true);
  if (!accumulator)
    return accumulator.takeError();
  return compute(machine.electronics.twiddle(op, position, **accumulator));
}

Expected<Demand> Execution::operator()(const focs::ElectronicDft &op) {
  Expected<Tile *> accumulator = tile(machine.accumulators, op.accumulator, "accumulator", true);
  if (!accumulator)
    return accumulator.takeError();
  return compute(machine.electronics.transform(op, **accumulator));
}

Expected<Demand> Execution::operator()(const focs::Elementwise &op) {
  Expected<Tile *> a = tile(machine.accumulators, op.a, "accumulator", true);
  if (!a)
    return a.takeError();
  Expected<Tile *> b = tile(machine.accumulators, op.b, "accumulator", true);
  if (!b)
    return b.takeError();
  Expected<Tile *> to = tile(machine.accumulators, op.to, "accumulator", false);
  if (!to)
    return to.takeError();
  return compute(machine.electronics.elementwise(op, **a, **b, **to));
}

Expected<Demand> Execution::operator()(const focs::Store &op) {
  Expected<Tile *> accumulator = tile(machine.accumulators, op.accumulator, "accumulator", true);
  if (!accumulator)
    return accumulator.takeError();
  Walk walk(op.to, position);
  const Tile &from = **accumulator;
  if (walk.rows() > from.rows || walk.cols() > from.cols)
    return createStringError("expected at most the accumulator's " + Twine(from.rows) + " x " + Twine(from.cols) +
                             " elements, found " + Twine(walk.rows()) + " x " + Twine(walk.cols()));
  if (!countsOnly())
    if (Error error = walk.write(run.regions, from.re.data(), from.im.data(), from.cols))
      return error;
  return transfer(Queue::Store, walk.traffic(machine.profile.scratchBytes));
}
