// What a device computes, or might, as code for the host, so that somebody can measure it
// (fourmix/Calibration/HostTimes.h).
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_SPECTRALTOOPTIC_HOSTCODE_H
#define LIB_CONVERSION_SPECTRALTOOPTIC_HOSTCODE_H

#include "dialects/Optic/IR/Optic.h"
#include "mlir/IR/BuiltinOps.h"

namespace fourmix::spectral_to_optic {

/// Where the module asks for it (fourmix.keep_host_code), puts copies of `ops` in a private function of the module with
/// fourmix.work = `work`, transforms planned as FFTs; once for each work. `program`, if there is one, does the same on
/// the device and gets the attribute, too.
void keepHostCode(mlir::ModuleOp module, llvm::ArrayRef<mlir::Operation *> ops, llvm::StringRef work,
                  optic::ProgramOp program = nullptr);

} // namespace fourmix::spectral_to_optic

#endif // LIB_CONVERSION_SPECTRALTOOPTIC_HOSTCODE_H
