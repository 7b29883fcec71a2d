// From the command line's --calibrate to a calibration file.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_CALIBRATION_CALIBRATEREWRITES_H
#define FOURMIX_CALIBRATION_CALIBRATEREWRITES_H

#include "fourmix/Calibration/Gated.h"
#include "fourmix/Calibration/Search.h"

namespace fourmix::calibration {

struct CalibrateOptions {
  std::string samples; // an .npz file
  GatedOptions gated;
  std::optional<SearchOptions> search; // decides on layers and components instead
  std::string output;                  // the calibration file
};

/// Fits what the rewrites of `pipeline` need to `module`, which is after raise, writes it, and notes the file in
/// `pipeline`, whose phase rewrite then applies it. A line per layer goes to `log`. Errors are one line, empty after a
/// diagnostic.
llvm::Error calibrateRewrites(mlir::ModuleOp module, PipelineOptions &pipeline, const CalibrateOptions &calibrate,
                              llvm::raw_ostream &log);

/// How networks are run to measure them: on this machine, whatever they are compiled for.
llvm::Expected<ModelRunnerOptions> hostRunning(const PipelineOptions &pipeline);

} // namespace fourmix::calibration

#endif // FOURMIX_CALIBRATION_CALIBRATEREWRITES_H
