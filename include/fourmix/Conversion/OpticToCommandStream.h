// From scheduled device programs to a command stream.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_CONVERSION_OPTICTOCOMMANDSTREAM_H
#define FOURMIX_CONVERSION_OPTICTOCOMMANDSTREAM_H

#include "fourmix/Device/Profile.h"
#include "fourmix/Target/CommandStream.h"
#include "mlir/IR/BuiltinOps.h"

namespace fourmix {

/// The stream of a module's `optic.program`s, in their order, after `optic-schedule`. Decides nothing: an op is an
/// instruction. Of the predictions only frames are there. Failure after a diagnostic.
llvm::FailureOr<focs::CommandStream> buildCommandStream(mlir::ModuleOp module, const device::Profile &profile);

} // namespace fourmix

#endif // FOURMIX_CONVERSION_OPTICTOCOMMANDSTREAM_H
