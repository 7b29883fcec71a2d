// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Machine.h"
#include "Reference.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace fourmix;
using namespace fourmix::simulator;
using focs::Queue;

Machine::Machine(const device::Profile &profile, SimulatorOptions options)
    : profile(profile), options(std::move(options)), optics(profile, this->options.mode, this->options.seed),
      electronics(profile, this->options.mode), fields(profile.fieldTiles), filters(profile.filterSlots),
      captures(profile.captureTiles), accumulators(profile.accumulatorTiles) {}

namespace fourmix::simulator {
/// One run of one code.
class Execution {
public:
  Execution(Machine &machine, const Machine::Run &run)
      : machine(machine), run(run), code(run.inPreload ? run.program.preload : run.program.main),
        timeline(machine.profile, run.program.tokens) {}
  Error execute();

private:
  using Span = Timeline::Span;

  /// What an instruction of each kind does; the span of those that are no control.
  Expected<Span> operator()(const focs::LoadField &op);
  Expected<Span> operator()(const focs::LoadFilter &op);
  Expected<Span> operator()(const focs::LoadTable &op);
  Expected<Span> operator()(const focs::LoadAccumulator &op);
  Expected<Span> operator()(const focs::Fire &op);
  Expected<Span> operator()(const focs::ReadBack &op);
  Expected<Span> operator()(const focs::Twiddle &op);
  Expected<Span> operator()(const focs::ElectronicDft &op);
  Expected<Span> operator()(const focs::Elementwise &op);
  Expected<Span> operator()(const focs::Store &op);
  Expected<Span> operator()(const focs::Nop &) { return timeline.control(ready); }
  Expected<Span> operator()(const focs::End &) { return timeline.control(ready); }
  Expected<Span> operator()(const focs::Barrier &) {
    Span span = timeline.control(ready);
    timeline.barrier();
    return span;
  }
  Expected<Span> operator()(const focs::Mark &op) {
    mark = op.debug;
    if (run.byMark) {
      if (marks.size() <= mark)
        marks.resize(mark + 1);
      current = &marks[mark];
    }
    return timeline.control(ready);
  }
  Expected<Span> operator()(const focs::Loop &op);
  Expected<Span> operator()(const focs::EndLoop &);

  Error fail(const Twine &message) const {
    return createStringError("program '" + run.program.name + "', instruction " + Twine(at) +
                             (run.inPreload ? " of the preload: " : " of the main code: ") + message);
  }
  Expected<Tile *> tile(std::vector<Tile> &memory, const focs::Slot &slot, StringRef name, bool mustBeSet) {
    size_t number = position.at(slot);
    if (number >= memory.size())
      return createStringError("there is no " + name + " " + Twine(number));
    if (mustBeSet && memory[number].rows == 0)
      return createStringError(name + " " + Twine(number) + " holds nothing");
    return &memory[number];
  }
  Span transfer(Queue queue, Traffic traffic, double least = 0);
  Expected<Span> compute(Expected<uint64_t> work);
  uint64_t limit() const { return machine.options.instructionLimit; }
  void countPosition();
  void settle(double now, size_t queue, double busy);
  Error follow(const focs::Instruction &instruction);
  void sleep(bool sleeps) {
    isAsleep = sleeps;
    machine.optics.sleep(sleeps);
    machine.electronics.sleep(sleeps);
  }

  Machine &machine;
  const Machine::Run &run;
  ArrayRef<focs::Instruction> code;
  Timeline timeline;
  Position position;
  std::array<size_t, focs::maxLoopDepth> loopStart{};
  std::array<int64_t, focs::maxLoopDepth> trip{};
  size_t at = 0;
  uint32_t mark = noMark;
  double ready = 0;
  uint64_t executed = 0;
  bool isAsleep = false;
  Usage unmarked;             // what instructions before the first mark use, or all where nobody asks for marks
  std::vector<Usage> marks;   // and the others
  Usage *current = &unmarked; // of these, that of the instruction
};
} // namespace fourmix::simulator

//===- Control ------------------------------------------------------------===//

void Execution::countPosition() {
  position.number = 0;
  for (int i = 0; i < position.depth; ++i)
    position.number = position.number * trip[i] + position.iteration[i];
}

Expected<Timeline::Span> Execution::operator()(const focs::Loop &op) {
  if (position.depth == focs::maxLoopDepth)
    return createStringError("expected at most " + Twine(focs::maxLoopDepth) + " nested loops");
  if (op.trip == 0)
    return createStringError("expected a loop of at least 1 iteration");
  loopStart[position.depth] = at;
  trip[position.depth] = op.trip;
  position.iteration[position.depth++] = 0;
  countPosition();
  size_t perIteration = run.lanes ? run.lanes->takes(at) : 0;
  if (perIteration && (!limit() || executed + op.trip * perIteration <= limit())) {
    Lanes::Sources sources{run.regions, machine.electronics.factorsRe(), machine.electronics.factorsIm(),
                           machine.filters};
    if (Error error = run.lanes->execute(at, position, sources))
      return std::move(error);
    sleep(true); // what is left to do is to count
  }
  return timeline.control(ready);
}

Expected<Timeline::Span> Execution::operator()(const focs::EndLoop &) {
  if (position.depth == 0)
    return createStringError("an end of no loop");
  int inner = position.depth - 1;
  if (++position.iteration[inner] < trip[inner])
    at = loopStart[inner];
  else {
    --position.depth;
    sleep(false);
  }
  countPosition();
  return timeline.control(ready);
}

//===- Queues -------------------------------------------------------------===//

Timeline::Span Execution::transfer(Queue queue, Traffic traffic, double least) {
  (queue == Queue::Store ? current->bytesOut : current->bytesIn) += traffic.link;
  current->memoryBytes += traffic.memory;
  return timeline.transfer(queue, ready, traffic, least);
}

Expected<Timeline::Span> Execution::compute(Expected<uint64_t> work) {
  if (!work)
    return work.takeError();
  current->multiplications += *work;
  return timeline.compute(ready, *work);
}

Expected<Timeline::Span> Execution::operator()(const focs::LoadField &op) {
  Expected<Tile *> field = tile(machine.fields, op.field, "field", false);
  if (!field)
    return field.takeError();
  Walk walk(op.from, position);
  if (Error error = machine.optics.loadField(op, walk, run.regions, **field))
    return error;
  return transfer(Queue::Load, walk.traffic(machine.profile.scratchBytes));
}

Expected<Timeline::Span> Execution::operator()(const focs::LoadFilter &op) {
  Expected<Tile *> filter = tile(machine.filters, op.filter, "filter", false);
  if (!filter)
    return filter.takeError();
  Walk walk(op.from, position);
  if (Error error = machine.optics.loadFilter(walk, run.regions, **filter))
    return error;
  ++current->filterLoads;
  return transfer(Queue::Load, walk.traffic(machine.profile.scratchBytes), machine.profile.filterLoadSeconds);
}

Expected<Timeline::Span> Execution::operator()(const focs::LoadTable &op) {
  if (Error error = machine.electronics.loadTable(op, position, run.regions))
    return error;
  focs::Access access{op.type, {}, {}, op.re, op.im};
  access.col.limit = access.col.count = op.count;
  access.col.pitch = 1;
  return transfer(Queue::Load, Walk(access, position).traffic(machine.profile.scratchBytes));
}

Expected<Timeline::Span> Execution::operator()(const focs::LoadAccumulator &op) {
  Expected<Tile *> accumulator = tile(machine.accumulators, op.accumulator, "accumulator", false);
  if (!accumulator)
    return accumulator.takeError();
  Walk walk(op.from, position);
  if (Error error = machine.electronics.loadAccumulator(walk, run.regions, **accumulator))
    return error;
  return transfer(Queue::Load, walk.traffic(machine.profile.scratchBytes));
}

Expected<Timeline::Span> Execution::operator()(const focs::Fire &op) {
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
  current->frames += shots.frames, current->reruns += shots.reruns, current->repeats += shots.repeats;
  current->saturated += shots.saturated;
  current->usefulPixels += shots.frames * static_cast<uint64_t>((*field)->loaded);
  uint64_t first = shots.frames - shots.reruns - shots.repeats;
  current->partialFields += (*field)->partial ? first : 0;
  current->partialDetects += op.detect != focs::Detect::IQ ? first : 0;
  uint64_t perShot = std::max<uint64_t>(op.repeat, 1);
  return timeline.fire(ready, perShot, shots.reruns / perShot);
}

Expected<Timeline::Span> Execution::operator()(const focs::ReadBack &op) {
  Expected<Tile *> capture = tile(machine.captures, op.capture, "capture", true);
  if (!capture)
    return capture.takeError();
  Expected<Tile *> accumulator = tile(machine.accumulators, op.accumulator, "accumulator", op.accumulate);
  if (!accumulator)
    return accumulator.takeError();
  return compute(machine.electronics.readBack(op, **capture, **accumulator));
}

Expected<Timeline::Span> Execution::operator()(const focs::Twiddle &op) {
  Expected<Tile *> accumulator = tile(machine.accumulators, op.accumulator, "accumulator", true);
  if (!accumulator)
    return accumulator.takeError();
  return compute(machine.electronics.twiddle(op, position, **accumulator));
}

Expected<Timeline::Span> Execution::operator()(const focs::ElectronicDft &op) {
  Expected<Tile *> accumulator = tile(machine.accumulators, op.accumulator, "accumulator", true);
  if (!accumulator)
    return accumulator.takeError();
  return compute(machine.electronics.transform(op, **accumulator));
}

Expected<Timeline::Span> Execution::operator()(const focs::Elementwise &op) {
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

Expected<Timeline::Span> Execution::operator()(const focs::Store &op) {
  Expected<Tile *> accumulator = tile(machine.accumulators, op.accumulator, "accumulator", true);
  if (!accumulator)
    return accumulator.takeError();
  Walk walk(op.to, position);
  const Tile &from = **accumulator;
  if (walk.rows() > from.rows || walk.cols() > from.cols)
    return createStringError("expected at most the accumulator's " + Twine(from.rows) + " x " + Twine(from.cols) +
                             " elements, found " + Twine(walk.rows()) + " x " + Twine(walk.cols()));
  if (machine.options.mode != Mode::Count && !isAsleep)
    if (Error error = walk.write(run.regions, from.re.data(), from.im.data(), from.cols))
      return error;
  return transfer(Queue::Store, walk.traffic(machine.profile.scratchBytes));
}

//===- Runs ---------------------------------------------------------------===//

/// The energy of what was counted.
static void addJoules(Usage &usage, const device::Profile &profile) {
  for (const auto &[component, joules] : profile.frameEnergy)
    usage.joules[component] += static_cast<double>(usage.frames) * joules;
  usage.joules["electronics"] += static_cast<double>(usage.multiplications) * profile.multiplicationEnergy;
  usage.joules["links"] += static_cast<double>(usage.bytesIn + usage.bytesOut) * profile.linkEnergyPerByte;
  usage.joules["own memory"] += static_cast<double>(usage.memoryBytes) * profile.memoryEnergyPerByte;
  if (profile.idlePower > 0)
    usage.joules["idle"] += usage.seconds * profile.idlePower;
}

/// Adds the time that the instruction took; before it, the timeline stood at `now` and its queue had been `busy`.
void Execution::settle(double now, size_t queue, double busy) {
  current->seconds += timeline.now() - now;
  current->busy[queue] += timeline.busy[queue] - busy;
}

Error Execution::follow(const focs::Instruction &instruction) {
  if (!run.reference)
    return Error::success();
  Fidelity *to = nullptr;
  if (run.fidelity)
    to = &(*run.fidelity)[std::min<size_t>(mark, run.fidelity->size() - 1)];
  return run.reference->follow(instruction, position, machine, run.regions, run.exactRegions, to);
}

Error Execution::execute() {
  for (; at < code.size(); ++at) {
    if (++executed > limit() && limit())
      return fail("stopped after " + Twine(limit()) + " instructions");
    const focs::Instruction &instruction = code[at];
    size_t index = at; // an end of a loop moves it
    std::optional<double> tokens = timeline.take(instruction.wait);
    if (!tokens)
      return fail("waits for a token that nothing gives");
    ready = *tokens;
    Queue queue = focs::queueOf(instruction);
    double now = timeline.now(), busy = timeline.busy[size_t(queue)];
    Expected<Span> span = std::visit([&](const auto &body) { return (*this)(body); }, instruction.body);
    if (!span)
      return fail(toString(span.takeError()));
    if (Error error = follow(instruction))
      return fail(toString(std::move(error)));
    timeline.give(instruction.signal, span->end);
    if (queue == Queue::None)
      continue;
    settle(now, size_t(queue), busy);
    if (machine.options.trace)
      machine.options.trace({queue, span->engine, span->start, span->end, run.inPreload, index, mark});
  }
  Usage total = unmarked;
  for (const Usage &used : marks)
    total += used;
  total.seconds = timeline.now(), total.busy = timeline.busy; // the sums, less what was rounded
  total.linkInSeconds = timeline.linkInBusy, total.linkOutSeconds = timeline.linkOutBusy;
  total.memorySeconds = timeline.memoryBusy;
  addJoules(total, machine.profile);
  if (run.usage)
    *run.usage += total;
  if (!run.byMark)
    return Error::success();
  run.byMark->resize(std::max({run.byMark->size(), run.program.debug.size(), marks.size()}));
  for (auto [number, used] : enumerate(marks)) {
    addJoules(used, machine.profile);
    (*run.byMark)[number] += used;
  }
  return Error::success();
}

Error Machine::execute(const Run &run) { return Execution(*this, run).execute(); }
