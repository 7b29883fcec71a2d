// What a transform or a filter takes on the device and on the host, and which of the two is to compute it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_SPECTRALTOOPTIC_OFFLOAD_H
#define LIB_CONVERSION_SPECTRALTOOPTIC_OFFLOAD_H

#include "DeviceTransform.h"
#include "dialects/Optic/IR/Optic.h"
#include "fourmix/Device/HostTimes.h"
#include "fourmix/Device/Profile.h"

namespace fourmix::spectral_to_optic {

struct Expense {
  double seconds = 0, joules = 0;

  Expense &operator+=(const Expense &other) {
    seconds += other.seconds, joules += other.joules;
    return *this;
  }
};

/// Of a launch: what the simulator counts of the program, the links to and from the host included, and the launch
/// itself. `program` has no slots and tokens yet and is not changed. Failure after an error.
mlir::FailureOr<Expense> deviceExpense(optic::ProgramOp program, const device::Profile &profile);

/// What goes to the device: all that it takes, or what takes less time or less energy there than on the host, whose
/// seconds are measured ones where there are some, else operations of FFT code at the profile's rate.
class Offload {
public:
  /// `name`: "all", "time" or "energy"; `timesPath`: a file of HostTimes, or empty. An error says what was expected.
  static llvm::Expected<Offload> create(llvm::StringRef name, llvm::StringRef timesPath,
                                        const device::Profile &profile);

  bool takesAll() const { return measure == All; }

  /// What the host takes, and the origin of the figure.
  struct HostExpense : Expense {
    enum Origin { Unknown, Counted, Measured } origin = Unknown;
  };
  HostExpense hostExpense(DeviceTransform &transform) const;
  HostExpense hostExpense(spectral::FilterOp op) const; // unknown where it was not measured
  /// The parts of one work, as the host computes them one after the other.
  static void add(HostExpense &sum, const HostExpense &part);

  bool isLess(const Expense &a, const Expense &b) const {
    return measure == Energy ? a.joules < b.joules : a.seconds < b.seconds;
  }
  /// The figures of both, with where those of the host come from; and a reason against the device, where there is one.
  struct Comparison {
    std::string figures, reason;
  };
  Comparison compare(const Expense &onDevice, const HostExpense &onHost) const;

  static std::string text(const Expense &expense);

private:
  enum Measure { All, Time, Energy };
  HostExpense ofSeconds(double seconds, HostExpense::Origin origin) const;

  Measure measure = All;
  std::string name;
  const device::Profile *profile = nullptr;
  device::HostTimes times;
};

/// Says in words, which are the same in every run, what the host computes: the key of its measured seconds.
std::string describeWork(DeviceTransform &transform);
std::string describeWork(spectral::FilterOp op);

} // namespace fourmix::spectral_to_optic

#endif // LIB_CONVERSION_SPECTRALTOOPTIC_OFFLOAD_H
