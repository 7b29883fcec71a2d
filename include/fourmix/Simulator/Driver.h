// The simulator as the driver of a compiled model's device.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_SIMULATOR_DRIVER_H
#define FOURMIX_SIMULATOR_DRIVER_H

#include "fourmix/Runtime/fourmix.h"
#include "fourmix/Simulator/Simulator.h"
#include "llvm/ADT/StringRef.h"
#include <mutex>
#include <optional>

namespace fourmix::simulator {

/// The mode of a name: exact, quant, noisy or count.
std::optional<Mode> modeNamed(llvm::StringRef name);

/// "mode=noisy,seed=7": the text after "sim:" of `--driver`. Errors name the key, what was expected and found.
llvm::Expected<SimulatorOptions> parseSimulatorOptions(llvm::StringRef text);

class Driver {
public:
  /// Loads the stream file `path`. A `hash` that is not empty must be that of its content (fourmix_model::stream_hash).
  static llvm::Expected<std::unique_ptr<Driver>> open(llvm::StringRef path, const SimulatorOptions &options,
                                                      llvm::StringRef hash = "");

  /// What a run takes; valid as long as this.
  const fourmix_driver &interface() const { return table; }
  const Device &device() const { return *simulated; }
  /// Of all runs so far.
  Usage usage() const;
  /// Why a run failed, or empty.
  std::string lastError() const;

private:
  Driver() = default;
  static fourmix_status run(void *self, int32_t program, void *const *buffers, int32_t count);

  std::unique_ptr<Device> simulated;
  fourmix_driver table = {};
  mutable std::mutex mutex; // a device does one thing at a time
  Usage total;
  std::string error;
};

} // namespace fourmix::simulator

#endif // FOURMIX_SIMULATOR_DRIVER_H
