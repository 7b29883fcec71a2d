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

/// Measures what --offload compares with the device: compiles a clone of `module`, after phase `from`, for the device,
/// runs on this host whatever was looked at, the fastest of several runs on one thread and on all, and again until
/// nothing new comes up. All seconds, and those that pipeline.hostTimes had, go to the file `path`, which is
/// pipeline.hostTimes from then on. Errors are one line, empty after a diagnostic.
llvm::Error measureHostTimes(mlir::ModuleOp module, Phase from, PipelineOptions &pipeline, const EmitOptions &emit,
                             llvm::StringRef path);

} // namespace fourmix::calibration

#endif // FOURMIX_CALIBRATION_HOSTTIMES_H
