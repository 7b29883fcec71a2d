// Runs the network as it was and as it is on data, and compares.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_REPORT_MEASURE_H
#define LIB_REPORT_MEASURE_H

#include "Report.h"
#include "fourmix/Calibration/ModelRunner.h"

namespace fourmix::report {

/// What a layer gives to the network, before and after.
struct LayerValues {
  size_t layer; // the index in Report::layers
  mlir::Value before, after;
  bool toFourier; // an attention that became a Fourier mixing
};

/// Fills the measurement of `report` and the movement of its layers. Failure after a diagnostic: data that does not fit
/// the network, or a network that cannot be compiled.
llvm::LogicalResult measure(Report &report, mlir::ModuleOp before, mlir::ModuleOp after,
                            llvm::ArrayRef<LayerValues> layers, llvm::StringRef file, bool isHoldout,
                            const calibration::ModelRunnerOptions &options);

} // namespace fourmix::report

#endif // LIB_REPORT_MEASURE_H
