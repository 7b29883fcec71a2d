// From a plan of frames to a device program.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_SPECTRALTOOPTIC_PROGRAMBUILDER_H
#define LIB_CONVERSION_SPECTRALTOOPTIC_PROGRAMBUILDER_H

#include "Placement.h"
#include "ProgramWriter.h"

namespace fourmix::spectral_to_optic {

/// Appends the program `name` to the block: inputs re and im as the transform has them, outputs the parts that are
/// read. Its factors stand in the device's table from entry `tableAt` on.
optic::ProgramOp buildProgram(mlir::OpBuilder &builder, mlir::Location loc, llvm::StringRef name,
                              DeviceTransform &transform, const PlacedTransform &placed, const device::Profile &profile,
                              int64_t tableAt);

} // namespace fourmix::spectral_to_optic

#endif // LIB_CONVERSION_SPECTRALTOOPTIC_PROGRAMBUILDER_H
