// When the device would be as fast as the CPU.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Load.h"
#include "Simulation.h"
#include "fourmix/Support/Units.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace llvm;
using namespace fourmix;
using namespace fourmix::simulation;

/// One launch of the only program of a stream, with links `factor` times as fast; 0: links that cost no time.
static Expected<simulator::Usage> countWith(const focs::CommandStream &stream, device::Profile profile, double factor) {
  profile.linkIn *= factor, profile.linkOut *= factor;
  simulator::SimulatorOptions options;
  options.mode = simulator::Mode::Count;
  Expected<std::unique_ptr<simulator::Device>> device = simulator::Device::load(stream, options, &profile);
  if (!device)
    return device.takeError();
  std::vector<std::vector<uint8_t>> memory; // which nobody touches
  std::vector<simulator::Buffer> buffers;
  for (const focs::Binding &binding : stream.programs[0].bindings) {
    uint64_t bytes = focs::byteSize(binding.type);
    for (int64_t extent : binding.shape)
      bytes *= extent;
    buffers.push_back({memory.emplace_back(bytes).data(), bytes});
  }
  simulator::Usage usage;
  if (Error error = (*device)->run(0, buffers, &usage))
    return std::move(error);
  return usage;
}

static Expected<BreakEven> findBreakEven(const focs::CommandStream &stream, size_t number, const Simulation &simulation,
                                         double cpuSeconds) {
  BreakEven result;
  result.cpuSeconds = cpuSeconds;
  focs::CommandStream alone = stream;
  alone.programs = {stream.programs[number]};
  const device::Profile &profile = *simulation.profile;
  Expected<simulator::Usage> unlimited = countWith(alone, profile, 0);
  if (!unlimited)
    return unlimited.takeError();
  result.unlimitedSeconds = unlimited->seconds;
  result.unlimitedBound = unlimited->bottleneck().first;
  result.wins = simulation.usage.seconds < cpuSeconds;
  if (result.wins)
    result.launches = std::max(1.0, std::ceil(simulation.preload.seconds / (cpuSeconds - simulation.usage.seconds)));
  if (unlimited->seconds >= cpuSeconds)
    return result;
  if (profile.linkIn == 0 && profile.linkOut == 0) // no rates to change
    return result;
  // Time falls as links get faster: halve the interval of factors by its logarithm.
  double low = 0x1p-20, high = 0x1p20;
  for (int i = 0; i < 16; ++i) {
    double middle = std::sqrt(low * high);
    Expected<simulator::Usage> usage = countWith(alone, profile, middle);
    if (!usage)
      return usage.takeError();
    (usage->seconds < cpuSeconds ? high : low) = middle;
  }
  result.linkFactor = high;
  return result;
}

Error simulation::readMetadata(const focs::CommandStream &stream, size_t number, Simulation &simulation) {
  auto valueOf = [&](const std::string &key) {
    for (const auto &[name, value] : stream.metadata)
      if (name == key)
        return StringRef(value);
    return StringRef();
  };
  if (StringRef launches = valueOf("launches:" + simulation.program); !launches.empty())
    if (launches.getAsInteger(10, simulation.launches) || simulation.launches == 0)
      return createStringError("metadata 'launches:" + simulation.program + "': expected a positive number, found '" +
                               launches + "'");
  StringRef text = valueOf("cpu_seconds:" + simulation.program);
  if (text.empty())
    return Error::success();
  double seconds = 0;
  if (text.getAsDouble(seconds) || !(seconds > 0) || !std::isfinite(seconds))
    return createStringError("metadata 'cpu_seconds:" + simulation.program +
                             "': expected a number of seconds, found '" + text + "'");
  Expected<BreakEven> found = findBreakEven(stream, number, simulation, seconds);
  if (!found)
    return found.takeError();
  found->cpu = valueOf("cpu").str();
  simulation.breakEven = std::move(*found);
  return Error::success();
}

std::string simulation::cpuText(const Simulation &s) {
  const BreakEven &b = *s.breakEven;
  const device::Profile &profile = *s.profile;
  std::string text =
      formatv("{0} for the same work{1}{2}: the device takes {3:F2} times as long", quantity(b.cpuSeconds, "s"),
              b.cpu.empty() ? "" : " on ", b.cpu, s.usage.seconds / b.cpuSeconds);
  text += "; break-even ";
  if (b.linkFactor > 0)
    text += formatv("at links of {0} in and {1} out", quantity(profile.linkIn * b.linkFactor, "B/s"),
                    quantity(profile.linkOut * b.linkFactor, "B/s"));
  else if (b.wins)
    text += "at any rate of the links";
  else
    text += formatv("at no rate of the links: without their limit it takes {0}, most of it {1}",
                    quantity(b.unlimitedSeconds, "s"), b.unlimitedBound);
  if (b.wins && b.launches > 1)
    text += formatv(", and from {0} launches on, which share the preload", b.launches);
  return text;
}
