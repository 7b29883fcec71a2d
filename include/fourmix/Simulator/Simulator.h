// Executes a command stream: what a device would compute, how long it would take, what it would use.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_SIMULATOR_SIMULATOR_H
#define FOURMIX_SIMULATOR_SIMULATOR_H

#include "fourmix/Device/Profile.h"
#include "fourmix/Target/CommandStream.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <memory>

namespace fourmix::simulator {

/// exact: double precision, no converters, no noise. quant: encoder, filter and detector have their bits. noisy: and
/// the profile's noise. count: nothing is computed, time and energy are.
enum class Mode { Exact, Quant, Noisy, Count };

struct SimulatorOptions {
  Mode mode = Mode::Exact;
  uint64_t seed = 1; // of the noise
};

/// What one run of a program used. Times in seconds, energies in joules.
struct Usage {
  uint64_t frames = 0;          // FIREs executed, repetitions and re-runs included
  uint64_t reruns = 0;          // of them: taken again because something saturated
  uint64_t repeats = 0;         // of them: for averages
  uint64_t saturated = 0;       // detector elements that stayed saturated
  uint64_t filterLoads = 0, bytesIn = 0, bytesOut = 0, memoryBytes = 0;
  uint64_t multiplications = 0; // complex, of the electronics
  double seconds = 0;           // from the first instruction to the last completion
  std::array<double, 5> busy{}; // by Queue: how long it worked
  std::map<std::string, double> joules; // by component
  double usefulPixels = 0;      // elements loaded into fields over frames * pixels
};

/// A tensor of the caller's.
struct Buffer {
  void *data = nullptr;
  size_t bytes = 0;
};

/// A loaded stream: validated, its preloads done.
class Device {
public:
  /// Fails with the validator's first message if the stream is not valid for the profile that it embeds, or for
  /// `profile` where one is given.
  static llvm::Expected<std::unique_ptr<Device>> load(focs::CommandStream stream, SimulatorOptions options,
                                                      const device::Profile *profile = nullptr);
  virtual ~Device() = default;

  virtual const focs::CommandStream &stream() const = 0;
  virtual const device::Profile &profile() const = 0;
  /// Runs a program on buffers in the order of its bindings. Adds to `usage` and, by entry of the debug table, to
  /// `byMark` (resized) where they are given.
  virtual llvm::Error run(size_t program, llvm::ArrayRef<Buffer> buffers, Usage *usage = nullptr,
                          std::vector<Usage> *byMark = nullptr) = 0;
};

} // namespace fourmix::simulator

#endif // FOURMIX_SIMULATOR_SIMULATOR_H
