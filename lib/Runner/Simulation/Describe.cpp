// What is in streams and profiles, and the words of all forms of the report.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Load.h"
#include "Simulation.h"
#include "fourmix/Runner/Simulate.h"
#include "fourmix/Support/Units.h"
#include "fourmix/Target/CommandStreamIO.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace llvm;
using namespace fourmix;
using namespace fourmix::simulation;

//===- Words --------------------------------------------------------------===//

const char *simulation::nameOf(focs::Queue queue) {
  static constexpr const char *names[] = {"control", "load", "optics", "electronics", "store"};
  return names[static_cast<size_t>(queue)];
}

const char *simulation::nameOf(const focs::Instruction &instruction) {
  static constexpr const char *names[] = {
      "nop",         "end",        "barrier",          "mark", "loop",      "end of loop", "load field",
      "load filter", "load table", "load accumulator", "fire", "read back", "twiddle",     "electronic DFT",
      "elementwise", "store"};
  static_assert(std::size(names) == std::variant_size_v<decltype(instruction.body)>);
  return names[instruction.body.index()];
}

std::string Simulation::markName(size_t mark) const {
  return mark < code->debug.size() ? code->debug[mark] : "(unmarked)";
}

//===- What follows from the figures --------------------------------------===//

/// Inserts behind those that are as large: the largest first, else in the order of insertion.
template <typename T>
static void insertFalling(std::vector<T> &list, T entry, double T::*size) {
  list.insert(upper_bound(list, entry, [&](const T &a, const T &b) { return a.*size > b.*size; }), std::move(entry));
}

std::vector<EnergyShare> Simulation::energy() const {
  static const std::pair<StringRef, StringRef> own[] = {{"electronics", "energy.multiplication"},
                                                        {"links", "energy.link_per_byte"},
                                                        {"own memory", "energy.memory_per_byte"},
                                                        {"idle", "energy.idle_power"}};
  std::vector<EnergyShare> shares;
  for (const auto &[component, joules] : usage.joules) {
    std::string key = "energy.frame." + component;
    for (const auto &[name, figure] : own)
      if (name == component)
        key = figure.str();
    auto origin = profile->origins.find(key);
    EnergyShare share{component, key, joules, {}};
    if (origin != profile->origins.end())
      share.origin = origin->second;
    insertFalling(shares, std::move(share), &EnergyShare::joules);
  }
  return shares;
}

std::vector<Resource> Simulation::resources() const {
  std::vector<Resource> all;
  // A link before the queue that waits for it.
  for (const Resource &resource :
       {Resource{"link in", usage.linkInSeconds}, Resource{"link out", usage.linkOutSeconds},
        Resource{"own memory", usage.memorySeconds}, Resource{"optics", usage.busy[2]},
        Resource{"electronics", usage.busy[3]}, Resource{"load", usage.busy[1]}, Resource{"store", usage.busy[4]}})
    insertFalling(all, resource, &Resource::seconds);
  return all;
}

static double rate(uint64_t count, double seconds) { return seconds > 0 ? static_cast<double>(count) / seconds : 0; }
double simulation::effectiveBits(double snr) { return (snr - 1.76) / 6.02; }
double Accuracy::bits() const { return effectiveBits(snr); }

std::string simulation::snrText(double snr) {
  return std::isfinite(snr) ? formatv("SNR {0:F1} dB, {1:F1} effective bits", snr, effectiveBits(snr)).str() : "exact";
}

Total::Total(ArrayRef<Simulation> simulations) {
  bool hasCpu = true;
  for (const Simulation &simulation : simulations) {
    launches += simulation.launches;
    for (uint64_t i = 0; i < simulation.launches; ++i)
      usage += simulation.usage;
    hasCpu &= simulation.breakEven.has_value();
    if (hasCpu)
      cpuSeconds += static_cast<double>(simulation.launches) * simulation.breakEven->cpuSeconds;
  }
  if (!hasCpu)
    cpuSeconds = 0;
}

double Simulation::neededIn() const { return rate(usage.bytesIn, usage.busy[2]); }
double Simulation::neededOut() const { return rate(usage.bytesOut, usage.busy[2]); }
double Simulation::neededMemory() const { return rate(usage.memoryBytes, usage.busy[2]); }
double Simulation::neededMultiplications() const { return rate(usage.multiplications, usage.busy[2]); }

//===- Requests -----------------------------------------------------------===//

static std::string bindingText(const focs::Binding &binding) {
  return typeText(binding.type == focs::ElementType::F32 ? FOURMIX_FLOAT32 : FOURMIX_FLOAT64, binding.shape);
}

static std::string countText(ArrayRef<focs::Instruction> code) {
  MapVector<StringRef, size_t> counts;
  for (const focs::Instruction &instruction : code)
    ++counts[nameOf(instruction)];
  std::string text = std::to_string(code.size()) + (code.size() == 1 ? " instruction (" : " instructions (");
  bool isFirst = true;
  for (const auto &[name, count] : counts)
    text += (std::exchange(isFirst, false) ? "" : ", ") + std::to_string(count) + " " + name.str();
  return text + ")";
}

Error fourmix::describeStream(const SimulateOptions &options, raw_ostream &out) {
  Expected<focs::CommandStream> stream = loadStream(options.stream);
  if (!stream)
    return stream.takeError();
  Expected<device::Profile> profile = chooseProfile(*stream, options.device);
  if (!profile)
    return profile.takeError();
  out << "device: " << profile->name << formatv(" ({0} x {1}", profile->rows, profile->cols);
  if (profile->engines > 1)
    out << formatv(", {0} engines", profile->engines);
  out << formatv("), profile {0:x-}\n", profile->hash());
  out << "constants: " << stream->constants.size() << " bytes\n";
  for (const auto &[key, value] : stream->metadata)
    out << key << ": " << value << "\n";
  for (const focs::Program &program : stream->programs) {
    out << "program '" << program.name << "'\n";
    for (const focs::Binding &binding : program.bindings)
      out << (binding.isOutput ? "  output '" : "  input '") << binding.name << "' " << bindingText(binding) << "\n";
    if (program.scratchBytes)
      out << "  scratch: " << program.scratchBytes << " bytes\n";
    out << "  preload: " << countText(program.preload) << "\n  main: " << countText(program.main) << "\n";
    out << "  predicted: " << program.prediction.frames << " frames, " << quantity(program.prediction.seconds, "s")
        << ", " << quantity(program.prediction.joules, "J") << "\n";
  }
  std::vector<focs::Violation> wrong = focs::validate(*stream, *profile);
  if (wrong.empty()) {
    out << "valid for " << profile->name << "\n";
    return Error::success();
  }
  for (const focs::Violation &violation : wrong)
    out << violation.text() << "\n";
  return createStringError("the stream is not valid for " + profile->name + ": it breaks " + Twine(wrong.size()) +
                           (wrong.size() == 1 ? " rule" : " rules"));
}

void fourmix::listDevices(raw_ostream &out) {
  for (const std::string &name : device::builtinProfiles())
    if (Expected<device::Profile> profile = device::loadProfile(name))
      out << formatv("{0,-14} {1}\n", name, profile->description);
    else
      consumeError(profile.takeError());
}

Error fourmix::checkProfile(const std::string &device, raw_ostream &out) {
  Expected<device::Profile> profile = device::loadProfile(device);
  if (!profile)
    return profile.takeError();
  std::array<size_t, 3> counts{};
  for (const auto &[key, origin] : profile->origins)
    ++counts[static_cast<size_t>(origin.provenance)];
  out << profile->name << ": " << profile->origins.size() << " figures, " << counts[0] << " from sources, " << counts[1]
      << " derived, " << counts[2] << " assumed\n";
  return Error::success();
}
