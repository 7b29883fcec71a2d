// How long the host takes for what was placed on a device.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_CALIBRATION_HOSTTIMES_H
#define FOURMIX_CALIBRATION_HOSTTIMES_H

#include "fourmix/CPU/Emission.h"
#include "fourmix/Pipelines/Pipelines.h"

namespace fourmix::calibration {

/// Asks phase optic to keep what it places on the device as code for the host, too.
void keepHostCode(mlir::ModuleOp module);

/// Compiles that code of a module after phase optic, runs it on this host on normal numbers, and takes it out of the
/// module. Every program then notes its seconds, the fastest of several runs on one thread and on all, as
/// fourmix.cpu_seconds, and the module the CPU as fourmix.cpu. Failure after a diagnostic; an error is one of a run.
llvm::Error measureHostCode(mlir::ModuleOp module, const PipelineOptions &pipeline, const EmitOptions &emit);

} // namespace fourmix::calibration

#endif // FOURMIX_CALIBRATION_HOSTTIMES_H
