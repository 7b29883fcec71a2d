// Executes a command stream: what a device would compute, how long it would take, what it would use.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_SIMULATOR_SIMULATOR_H
#define FOURMIX_SIMULATOR_SIMULATOR_H

#include "fourmix/Device/Profile.h"
#include "fourmix/Target/CommandStream.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <array>
#include <functional>
#include <map>
#include <memory>

namespace fourmix::simulator {

/// exact: double precision, no converters, no noise. quant: encoder, filter and detector have their bits. noisy: and
/// the profile's noise. count: nothing is computed, time and energy are.
enum class Mode { Exact, Quant, Noisy, Count };

/// Something that a queue did, for a timeline.
struct Event {
  focs::Queue queue;
  size_t engine; // of optics
  double start, end;
  bool inPreload;
  size_t instruction; // its index in the code
  uint32_t mark;      // the entry of the debug table, noMark before the first one
};
constexpr uint32_t noMark = ~uint32_t(0);

struct SimulatorOptions {
  Mode mode = Mode::Exact;
  uint64_t seed = 1;             // of the noise: the same seed and the same runs give the same numbers
  uint64_t instructionLimit = 0; // a run that executes more ends with an error; 0: none
  bool attributes = false;       // quant, noisy: runs may be compared with exact ones (Attribution)
  bool sideBySide = true;        // exact: several independent iterations of a loop at once, with the same results
  std::function<void(const Event &)> trace;
};

/// What one run of a program used. Times in seconds, energies in joules.
struct Usage {
  uint64_t frames = 0;         // FIREs executed, repetitions and re-runs included
  uint64_t reruns = 0;         // of them: taken again because something saturated
  uint64_t repeats = 0;        // of them: for averages
  uint64_t partialFields = 0;  // of the rest: fields with a real or imaginary part alone, or a bias
  uint64_t partialDetects = 0; // of the rest: one quadrature, or an intensity
  uint64_t saturated = 0;      // detector elements that stayed saturated
  uint64_t filterLoads = 0, bytesIn = 0, bytesOut = 0, memoryBytes = 0;
  uint64_t multiplications = 0; // complex, of the electronics
  uint64_t usefulPixels = 0;    // of the fields that were fired, every time: elements that had been loaded
  double seconds = 0;           // from the first instruction to the last completion; of a mark: how far that moved
  std::array<double, 5> busy{}; // by Queue: how long it worked; optics: the mean of the engines
  double linkInSeconds = 0, linkOutSeconds = 0, memorySeconds = 0; // how long these carried something
  std::map<std::string, double> joules;                            // by component

  Usage &operator+=(const Usage &other);
  bool operator==(const Usage &) const = default;
  double totalJoules() const;
  /// Of the frames' pixels, the share that carried an element.
  double utilisation(const device::Profile &profile) const;
  /// What worked longest: "load", "optics", "electronics", "store", "link in", "link out" or "own memory".
  std::pair<std::string, double> bottleneck() const;
};

/// Numbers that stores wrote beside those of exact machines: sums of squares.
struct Fidelity {
  uint64_t numbers = 0;
  double power = 0, error = 0; // of the exact run's numbers, and of the difference to them: all so far
  double localPower = 0,
         localError = 0; // the same of exact computing from what this run had in memory: of the op alone

  Fidelity &operator+=(const Fidelity &other);
  /// In dB; infinite where nothing differs.
  double snr() const;
  double localSnr() const;
};

/// A tensor of the caller's.
struct Buffer {
  void *data = nullptr;
  size_t bytes = 0;
};

/// An exact run beside a run, on inputs of its own.
struct Attribution {
  llvm::ArrayRef<Buffer> exact; // in the order of the bindings
  std::vector<Fidelity> byMark; // by entry of the debug table; the last one is of what stands before the first mark
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
  /// What the preload of a program used.
  virtual const Usage &preloadUsage(size_t program) const = 0;
  /// Runs a program on buffers in the order of its bindings. Where another program has overwritten what its preload
  /// wrote, the preload runs again first and counts. Adds to `usage` and, by entry of the debug table, to
  /// `byMark` (resized) where they are given. With `attribution`, for which the device must have been loaded, an exact
  /// run goes on beside this one, and what each op adds to the error is added there.
  virtual llvm::Error run(size_t program, llvm::ArrayRef<Buffer> buffers, Usage *usage = nullptr,
                          std::vector<Usage> *byMark = nullptr, Attribution *attribution = nullptr) = 0;
};

/// Writes into every program what one run of its main code takes on the device, counted in mode count. The stream must
/// be valid but for its predictions.
llvm::Error predict(focs::CommandStream &stream, const device::Profile &profile);

} // namespace fourmix::simulator

#endif // FOURMIX_SIMULATOR_SIMULATOR_H
