// What a program computes, as code for the host, so that somebody can measure it (fourmix/Calibration/HostTimes.h).
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_SPECTRALTOOPTIC_HOSTCODE_H
#define LIB_CONVERSION_SPECTRALTOOPTIC_HOSTCODE_H

#include "mlir/IR/BuiltinOps.h"

namespace fourmix::spectral_to_optic {

/// Where the module asks for it (fourmix.keep_host_code), puts copies of `ops`, which a launch of `program` is about to
/// replace, in a private function of the module with fourmix.host_code = @program, transforms planned as FFTs. Once for
/// each program.
void keepHostCode(mlir::ModuleOp module, llvm::ArrayRef<mlir::Operation *> ops, llvm::StringRef program);

} // namespace fourmix::spectral_to_optic

#endif // LIB_CONVERSION_SPECTRALTOOPTIC_HOSTCODE_H
