// What a transform takes on the device and on the host, and which of the two is to compute it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_SPECTRALTOOPTIC_OFFLOAD_H
#define LIB_CONVERSION_SPECTRALTOOPTIC_OFFLOAD_H

#include "DeviceTransform.h"
#include "dialects/Optic/IR/Optic.h"
#include "fourmix/Device/Profile.h"

namespace fourmix::spectral_to_optic {

/// What goes to the device: all that it takes, or what takes less time or less energy there.
enum class Offload { All, Time, Energy };

/// "all", "time" or "energy".
std::optional<Offload> offloadNamed(llvm::StringRef name);

struct Expense {
  double seconds = 0, joules = 0;
};

/// Of a launch: what the simulator counts of the program, the links to and from the host included, and the launch
/// itself. `program` has no slots and tokens yet and is not changed. Failure after an error.
mlir::FailureOr<Expense> deviceExpense(optic::ProgramOp program, const device::Profile &profile);

/// Of the compiler's FFT code on the host that the profile describes.
Expense hostExpense(const DeviceTransform &transform, const device::Profile &profile);

} // namespace fourmix::spectral_to_optic

#endif // LIB_CONVERSION_SPECTRALTOOPTIC_OFFLOAD_H
