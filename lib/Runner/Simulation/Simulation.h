// What a simulated run was, whatever form it is written in.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_RUNNER_SIMULATION_SIMULATION_H
#define LIB_RUNNER_SIMULATION_SIMULATION_H

#include "fourmix/Runner/Runner.h"
#include "fourmix/Simulator/Simulator.h"

namespace fourmix::simulation {

/// An output beside that of an exact run on the same inputs.
struct Accuracy {
  std::string name, type;
  double snr = 0; // dB: power of the exact output over that of the difference
  double maxError = 0, rmsError = 0, maxExact = 0;
  std::vector<double> exact, found; // the first ones, for a plot
  /// Effective bits: those of a full-scale sine with this SNR.
  double bits() const { return (snr - 1.76) / 6.02; }
  bool isExact() const { return maxError == 0; }
};

/// Energy of a component, and what it rests on.
struct EnergyShare {
  std::string component, key;
  double joules = 0;
  device::Profile::Origin origin;
};

/// Something that works, for how long.
struct Resource {
  std::string name;
  double seconds = 0;
};

struct Simulation {
  std::string file, program, mode;
  uint64_t seed = 1;
  bool randomInputs = false;
  const device::Profile *profile = nullptr;
  const focs::Program *code = nullptr;
  std::string cpuSeconds; // of the same work, if the compiler wrote it
  simulator::Usage usage, preload;
  std::vector<simulator::Usage> byMark;
  std::vector<simulator::Event> events; // the first ones
  bool eventsLeftOut = false;
  std::vector<Accuracy> accuracy; // of modes quant and noisy

  std::vector<EnergyShare> energy() const;
  std::vector<Resource> resources() const; // the longest first
  /// Bytes per second that each link and the own memory, and multiplications per second that the electronics would have
  /// to carry for the light to be the bottleneck.
  double neededIn() const, neededOut() const, neededMemory() const, neededMultiplications() const;
  std::string markName(size_t mark) const;
  /// Whether nothing belongs to a mark.
  static bool isIdle(const simulator::Usage &used) {
    return used.seconds == 0 && used.frames == 0 && used.bytesIn + used.bytesOut + used.memoryBytes == 0;
  }
};

const char *nameOf(device::Provenance provenance);
const char *nameOf(focs::Queue queue);
/// "FIRE", "load field", ...
const char *nameOf(const focs::Instruction &instruction);

void writeText(const Simulation &simulation, llvm::raw_ostream &os);
void writeJson(const Simulation &simulation, llvm::raw_ostream &os);
/// One file that needs no other.
void writeHtml(const Simulation &simulation, llvm::raw_ostream &os);
/// Chrome's trace events.
void writeTrace(const Simulation &simulation, llvm::raw_ostream &os);

} // namespace fourmix::simulation

#endif // LIB_RUNNER_SIMULATION_SIMULATION_H
