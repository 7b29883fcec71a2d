// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Machine.h"
#include "Reference.h"
#include "fourmix/Target/CommandStreamIO.h"
#include "llvm/ADT/BitVector.h"
#include <cstdlib>

using namespace llvm;
using namespace fourmix;
using namespace fourmix::simulator;

namespace {
/// What a code writes of the memories that preloads fill.
struct Footprint {
  BitVector filters, table, accumulators, fields;
  bool scratch = false;

  explicit Footprint(const device::Profile &profile)
      : filters(profile.filterSlots), table(profile.tableEntries), accumulators(profile.accumulatorTiles),
        fields(profile.fieldTiles) {}

  static void mark(BitVector &slots, const focs::Slot &slot) {
    for (size_t i = slot.first, end = size_t(slot.first) + std::max<uint16_t>(slot.rotate, 1);
         i < end && i < slots.size(); ++i)
      slots.set(i);
  }
  void add(ArrayRef<focs::Instruction> code) {
    for (const focs::Instruction &instruction : code) {
      if (const auto *op = std::get_if<focs::LoadFilter>(&instruction.body))
        mark(filters, op->filter);
      if (const auto *op = std::get_if<focs::LoadField>(&instruction.body))
        mark(fields, op->field);
      if (const auto *op = std::get_if<focs::LoadTable>(&instruction.body))
        for (uint64_t i = op->to; i < std::min<uint64_t>(uint64_t(op->to) + op->count, table.size()); ++i)
          table.set(i);
      if (const auto *op = std::get_if<focs::LoadAccumulator>(&instruction.body))
        mark(accumulators, op->accumulator);
      if (const auto *op = std::get_if<focs::ReadBack>(&instruction.body))
        mark(accumulators, op->accumulator);
      if (const auto *op = std::get_if<focs::Elementwise>(&instruction.body))
        mark(accumulators, op->to);
      scratch |= std::holds_alternative<focs::Store>(instruction.body);
    }
  }
  bool overlaps(const Footprint &other) const {
    return filters.anyCommon(other.filters) || table.anyCommon(other.table) || fields.anyCommon(other.fields) ||
           accumulators.anyCommon(other.accumulators) || (scratch && other.scratch);
  }
};

class SimulatedDevice final : public Device {
public:
  SimulatedDevice(focs::CommandStream stream, device::Profile profile, SimulatorOptions options)
      : commands(std::move(stream)), facts(std::move(profile)), machine(facts, options),
        preloads(commands.programs.size()), scratch(commands.programs.size()),
        isLoaded(commands.programs.size(), false), lanes(commands.programs.size()),
        sideBySide(options.sideBySide && options.mode == Mode::Exact) {
    if (!options.attributes || (options.mode != Mode::Quant && options.mode != Mode::Noisy))
      return;
    reference = std::make_unique<Reference>(facts);
    exactScratch.resize(commands.programs.size());
  }

  Error preload();

  const focs::CommandStream &stream() const override { return commands; }
  const device::Profile &profile() const override { return facts; }
  const Usage &preloadUsage(size_t program) const override { return preloads[program]; }
  Error run(size_t number, ArrayRef<Buffer> buffers, Usage *usage, std::vector<Usage> *byMark,
            Attribution *attribution) override;

private:
  struct Free {
    void operator()(uint8_t *memory) const { std::free(memory); }
  };
  using Memory = std::unique_ptr<uint8_t, Free>;

  Error preload(size_t number, Usage *usage);
  Error reserveScratch(const focs::Program &program, Memory &memory) const;
  std::vector<Region> regions(size_t number, ArrayRef<Buffer> buffers, ArrayRef<Memory> memories);

  focs::CommandStream commands;
  device::Profile facts;
  Machine machine;
  std::vector<Usage> preloads;
  std::vector<Memory> scratch;               // by program; pages come when they are written
  std::vector<bool> isLoaded;                // by program: what its preload wrote is there
  std::vector<std::vector<size_t>> spoils;   // by program: those whose preloads it overwrites
  std::vector<std::unique_ptr<Lanes>> lanes; // by program
  bool sideBySide;
  std::unique_ptr<Reference> reference; // where runs may be compared, with its scratch
  std::vector<Memory> exactScratch;
};
} // namespace

/// A binding's bytes; nothing where they are more than memory can have.
static std::optional<uint64_t> bytesOf(const focs::Binding &binding) {
  uint64_t bytes = focs::byteSize(binding.type);
  for (int64_t dim : binding.shape)
    if (dim < 0 || __builtin_mul_overflow(bytes, uint64_t(dim), &bytes))
      return std::nullopt;
  return bytes;
}

static Error checkBuffers(const focs::Program &program, ArrayRef<Buffer> buffers) {
  if (buffers.size() != program.bindings.size())
    return createStringError("program '" + program.name + "': expected " + Twine(program.bindings.size()) +
                             " buffers, found " + Twine(buffers.size()));
  for (auto [binding, buffer] : zip_equal(program.bindings, buffers))
    if (std::optional<uint64_t> bytes = bytesOf(binding); !bytes || *bytes != buffer.bytes)
      return createStringError("program '" + program.name + "', binding '" + binding.name + "': expected " +
                               Twine(bytes.value_or(0)) + " bytes, found " + Twine(buffer.bytes));
  return Error::success();
}

std::vector<Region> SimulatedDevice::regions(size_t number, ArrayRef<Buffer> buffers, ArrayRef<Memory> memories) {
  std::vector<Region> result{{commands.constants.data(), commands.constants.size()},
                             {memories[number].get(), commands.programs[number].scratchBytes}};
  for (const Buffer &buffer : buffers)
    result.push_back({static_cast<uint8_t *>(buffer.data), buffer.bytes});
  return result;
}

Error SimulatedDevice::preload(size_t number, Usage *usage) {
  std::vector<Region> memory = regions(number, {}, scratch), exact;
  Machine::Run run{commands.programs[number], true, memory, usage};
  if (reference) {
    exact = regions(number, {}, exactScratch);
    run.reference = reference.get(), run.exactRegions = exact;
  }
  if (Error error = machine.execute(run))
    return error;
  for (size_t other : spoils[number])
    isLoaded[other] = false;
  isLoaded[number] = true;
  return Error::success();
}

Error SimulatedDevice::reserveScratch(const focs::Program &program, Memory &memory) const {
  memory.reset(static_cast<uint8_t *>(std::calloc(std::max<uint64_t>(program.scratchBytes, 1), 1)));
  if (memory)
    return Error::success();
  return createStringError("program '" + program.name + "': no memory for " + Twine(program.scratchBytes) +
                           " bytes of scratch");
}

Error SimulatedDevice::preload() {
  std::vector<Footprint> preloaded(commands.programs.size(), Footprint(facts)), all = preloaded;
  for (auto [number, program] : enumerate(commands.programs)) {
    if (Error error = reserveScratch(program, scratch[number]))
      return error;
    if (reference)
      if (Error error = reserveScratch(program, exactScratch[number]))
        return error;
    preloaded[number].add(program.preload);
    all[number].add(program.preload);
    all[number].add(program.main);
    preloaded[number].scratch = false; // every program has its own
  }
  for (size_t number = 0; number < all.size(); ++number) {
    spoils.emplace_back();
    for (size_t other = 0; other < all.size(); ++other)
      if (other != number && all[number].overlaps(preloaded[other]))
        spoils.back().push_back(other);
  }
  for (size_t number = 0; number < all.size(); ++number)
    if (Error error = preload(number, &preloads[number]))
      return error;
  return Error::success();
}

Error SimulatedDevice::run(size_t number, ArrayRef<Buffer> buffers, Usage *usage, std::vector<Usage> *byMark,
                           Attribution *attribution) {
  if (number >= commands.programs.size())
    return createStringError("there is no program " + Twine(number) + ": the stream has " +
                             Twine(commands.programs.size()));
  const focs::Program &program = commands.programs[number];
  if (Error error = checkBuffers(program, buffers))
    return error;
  if (attribution && !reference)
    return createStringError(
        "expected a device that was loaded to be compared with an exact one, in mode quant or noisy");
  if (attribution)
    if (Error error = checkBuffers(program, attribution->exact))
      return error;
  if (byMark)
    byMark->resize(std::max(byMark->size(), program.debug.size()));
  if (!isLoaded[number])
    if (Error error = preload(number, usage))
      return error;
  for (size_t other : spoils[number])
    isLoaded[other] = false;
  std::vector<Region> memory = regions(number, buffers, scratch), exact;
  if (sideBySide && !lanes[number])
    lanes[number] = std::make_unique<Lanes>(commands, program, facts);
  Machine::Run run{program, false, memory, usage, byMark, lanes[number].get()};
  if (attribution) {
    exact = regions(number, attribution->exact, exactScratch);
    attribution->byMark.resize(std::max(attribution->byMark.size(), program.debug.size() + 1));
    run.reference = reference.get(), run.exactRegions = exact, run.fidelity = &attribution->byMark;
  }
  return machine.execute(run);
}

Expected<std::unique_ptr<Device>> Device::load(focs::CommandStream stream, SimulatorOptions options,
                                               const device::Profile *given) {
  device::Profile profile;
  if (given) {
    profile = *given;
  } else {
    Expected<device::Profile> embedded = device::parseProfile(stream.profile, "embedded profile");
    if (!embedded)
      return embedded.takeError();
    profile = std::move(*embedded);
  }
  if (std::vector<focs::Violation> wrong = focs::validate(stream, profile, 1); !wrong.empty())
    return createStringError(wrong.front().text());
  auto device = std::make_unique<SimulatedDevice>(std::move(stream), std::move(profile), std::move(options));
  if (Error error = device->preload())
    return error;
  return device;
}

Error simulator::predict(focs::CommandStream &stream, const device::Profile &profile) {
  SimulatorOptions options;
  options.mode = Mode::Count;
  for (focs::Program &program : stream.programs) {
    Machine machine(profile, options);
    Usage usage;
    if (Error error = machine.execute({program, true, {}, nullptr, nullptr}))
      return error;
    if (Error error = machine.execute({program, false, {}, &usage, nullptr}))
      return error;
    program.prediction = {usage.frames, usage.seconds, usage.totalJoules()};
  }
  return Error::success();
}
