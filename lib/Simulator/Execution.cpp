// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Execution.h"
#include "LoopNests.h"
#include "Reference.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace fourmix;
using namespace fourmix::simulator;
using focs::Queue;

Execution::Execution(Machine &machine, const Machine::Run &run)
    : machine(machine), run(run), code(run.inPreload ? run.program.preload : run.program.main),
      timeline(machine.profile, run.program.tokens) {
  if (machine.options.trace || (machine.options.mode != Mode::Count && !run.lanes))
    return; // every instruction is wanted
  for (focs::LoopNest nest : containedNests(code))
    for (; nest.levels > 0; ++nest.loop, --nest.levels)
      nests[nest.loop] = nest;
}

Error Execution::fail(const Twine &message) const {
  return createStringError("program '" + run.program.name + "', instruction " + Twine(at) +
                           (run.inPreload ? " of the preload: " : " of the main code: ") + message);
}

Expected<Tile *> Execution::tile(std::vector<Tile> &memory, const focs::Slot &slot, StringRef name, bool mustBeSet) {
  size_t number = position.at(slot);
  if (number >= memory.size())
    return createStringError("there is no " + name + " " + Twine(number));
  if (mustBeSet && memory[number].rows == 0)
    return createStringError(name + " " + Twine(number) + " holds nothing");
  return &memory[number];
}

//===- Control ------------------------------------------------------------===//

void Execution::countPosition() {
  position.number = 0;
  for (int i = 0; i < position.depth; ++i)
    position.number = position.number * trip[i] + position.iteration[i];
}

Expected<Demand> Execution::operator()(const focs::Mark &op) {
  mark = op.debug;
  if (run.byMark) {
    if (marks.size() <= mark)
      marks.resize(mark + 1);
    current = &marks[mark];
  }
  return Demand();
}

Expected<Demand> Execution::operator()(const focs::Loop &op) {
  if (position.depth == focs::maxLoopDepth)
    return createStringError("expected at most " + Twine(focs::maxLoopDepth) + " nested loops");
  if (op.trip == 0)
    return createStringError("expected a loop of at least 1 iteration");
  loopStart[position.depth] = at;
  trip[position.depth] = op.trip;
  position.iteration[position.depth++] = 0;
  countPosition();
  uint64_t instructions = run.lanes && !asleepSince ? run.lanes->takes(at) : 0;
  if (instructions && (!limit() || executed + instructions <= limit())) {
    Lanes::Sources sources{run.regions, machine.electronics.factorsRe(), machine.electronics.factorsIm(),
                           machine.filters};
    if (Error error = run.lanes->execute(at, position, sources))
      return std::move(error);
    sleep(position.depth); // what is left to do is to count
  }
  if (auto nest = nests.find(at); countsOnly() && nest != nests.end())
    if (size_t uniform = uniformLoops(nest->second))
      if (Error error = repeat(nest->second, uniform))
        return std::move(error);
  return Demand();
}

Expected<Demand> Execution::operator()(const focs::EndLoop &) {
  if (position.depth == 0)
    return createStringError("an end of no loop");
  int inner = position.depth - 1;
  if (++position.iteration[inner] < trip[inner])
    at = loopStart[inner];
  else if (position.depth-- == asleepSince)
    sleep(0);
  countPosition();
  return Demand();
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

void Execution::settle(Ticks now, const std::array<Ticks, 5> &busy) {
  current->time += timeline.now() - now;
  for (size_t queue = 0; queue < busy.size(); ++queue)
    current->busy[queue] += timeline.busy().queues[queue] - busy[queue];
}

Error Execution::follow(const focs::Instruction &instruction) {
  if (!run.reference)
    return Error::success();
  Fidelity *to = nullptr;
  if (run.fidelity)
    to = &(*run.fidelity)[std::min<size_t>(mark, run.fidelity->size() - 1)];
  return run.reference->follow(instruction, position, machine, run.regions, run.exactRegions, to);
}

Expected<Demand> Execution::demandOf(const focs::Instruction &instruction) {
  Expected<Demand> demand = std::visit([&](const auto &body) { return (*this)(body); }, instruction.body);
  if (demand)
    demand->wait = instruction.wait, demand->signal = instruction.signal;
  return demand;
}

Error Execution::execute() {
  for (; at < code.size(); ++at) {
    if (++executed > limit() && limit())
      return fail("stopped after " + Twine(limit()) + " instructions");
    const focs::Instruction &instruction = code[at];
    size_t index = at; // an end of a loop moves it
    Expected<Demand> demand = demandOf(instruction);
    if (!demand)
      return fail(toString(demand.takeError()));
    if (Error error = follow(instruction))
      return fail(toString(std::move(error)));
    Ticks now = timeline.now();
    std::array<Ticks, 5> busy = timeline.busy().queues;
    std::optional<Timeline::Span> span = timeline.execute(*demand);
    if (!span)
      return fail("waits for a token that nothing gives");
    Queue queue = focs::queueOf(instruction);
    if (queue == Queue::None)
      continue;
    settle(now, busy);
    if (machine.options.trace)
      machine.options.trace(
          {queue, span->engine, toSeconds(span->start), toSeconds(span->end), run.inPreload, index, mark});
  }
  finish();
  return Error::success();
}

void Execution::finish() {
  auto busySeconds = [&](const std::array<Ticks, 5> &busy) {
    std::array<double, 5> seconds;
    transform(busy, seconds.begin(), toSeconds);
    seconds[size_t(Queue::Optics)] /= static_cast<double>(machine.profile.engines);
    return seconds;
  };
  Usage total = unmarked.used;
  for (Tally &tally : marks) {
    total += tally.used;
    tally.used.seconds = toSeconds(tally.time), tally.used.busy = busySeconds(tally.busy);
    addJoules(tally.used, machine.profile);
  }
  const Timeline::Busy &busy = timeline.busy();
  total.seconds = timeline.seconds(), total.busy = busySeconds(busy.queues);
  total.linkInSeconds = toSeconds(busy.linkIn), total.linkOutSeconds = toSeconds(busy.linkOut);
  total.memorySeconds = toSeconds(busy.memory);
  addJoules(total, machine.profile);
  if (run.usage)
    *run.usage += total;
  if (!run.byMark)
    return;
  run.byMark->resize(std::max({run.byMark->size(), run.program.debug.size(), marks.size()}));
  for (auto [number, tally] : enumerate(marks))
    (*run.byMark)[number] += tally.used;
}
