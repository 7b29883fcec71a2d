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
  double bits() const;
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

/// The device beside the CPU, both for one launch.
struct BreakEven {
  double cpuSeconds = 0;
  std::string cpu;             // its name, with threads
  bool wins = false;           // the device, as the profile has it
  double linkFactor = 0;       // times the profile's link rates both take as long; 0: at none
  double unlimitedSeconds = 0; // of the device with links that cost no time
  std::string unlimitedBound;  // what is busy longest then
  uint64_t launches = 0;       // from which on the device wins with its preload counted; 0: never
};

struct Simulation {
  std::string file, program, mode;
  uint64_t launches = 1; // of the program in one run of the network, as the compiler noted
  uint64_t seed = 1;
  bool randomInputs = false;
  const device::Profile *profile = nullptr;
  const focs::Program *code = nullptr;
  std::optional<BreakEven> breakEven; // if the compiler measured the CPU
  simulator::Usage usage, preload;
  std::vector<simulator::Usage> byMark;
  std::vector<simulator::Fidelity> fidelity; // by mark, in modes quant and noisy
  std::vector<simulator::Event> events;      // the first ones
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

const char *nameOf(focs::Queue queue);
/// "FIRE", "load field", ...
const char *nameOf(const focs::Instruction &instruction);

/// What runs of programs take together, each as often as the network launches it, one after the other.
struct Total {
  uint64_t launches = 0;
  simulator::Usage usage;
  double cpuSeconds = 0; // 0 unless every program has it
  explicit Total(llvm::ArrayRef<Simulation> simulations);
};

void writeText(llvm::ArrayRef<Simulation> simulations, llvm::raw_ostream &os);
void writeJson(llvm::ArrayRef<Simulation> simulations, llvm::raw_ostream &os);
/// One file that needs no other.
void writeHtml(llvm::ArrayRef<Simulation> simulations, llvm::raw_ostream &os);
/// Chrome's trace events; each program is a process.
void writeTrace(llvm::ArrayRef<Simulation> simulations, llvm::raw_ostream &os);

/// "SNR 34.3 dB, 5.4 effective bits", or that nothing differs.
std::string snrText(double snr);
double effectiveBits(double snr);
/// What the report says about the CPU: a sentence or two for text and HTML.
std::string cpuText(const Simulation &simulation);

} // namespace fourmix::simulation

#endif // LIB_RUNNER_SIMULATION_SIMULATION_H
