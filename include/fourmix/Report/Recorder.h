// The report of a compilation: what the network was, what it is now, what that cost.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_REPORT_RECORDER_H
#define FOURMIX_REPORT_RECORDER_H

#include "fourmix/Pipelines/Compiler.h"
#include <memory>

namespace mlir::remark::detail {
class Remark;
} // namespace mlir::remark::detail

namespace fourmix {

struct ReportOptions {
  /// Where it goes; the ending says how it is written: .json, .txt or .html.
  std::string path;
  /// What the network is called.
  std::string name;
  /// Files of arrays by input name that the change of the outputs is measured on: `holdout`, or, where that is empty,
  /// `calibration`; where both are, nothing is measured.
  std::string calibration, holdout;
  /// Where the compilation ends.
  Phase to = Phase::LLVM;
  /// How both networks, compiled for this machine to be measured, compute Fourier transforms: "fft" or "matmul".
  std::string fourier = "fft";
};

/// Looks on while a model is compiled, and writes the report.
class ReportRecorder {
public:
  /// An error for a path whose ending names no form.
  static llvm::Expected<std::unique_ptr<ReportRecorder>> create(ReportOptions options);
  ~ReportRecorder();

  /// To be called for every remark (showRemarks).
  void hear(const mlir::remark::detail::Remark &remark);
  /// To be called after every phase (CompileOptions::afterPhase). Measures after the phase rewrite, while weights are
  /// still there. Failure after a diagnostic.
  llvm::LogicalResult afterPhase(Phase phase, mlir::ModuleOp module);
  /// Writes the report, whole or not at all.
  llvm::Error write() const;

private:
  ReportRecorder();
  struct State;
  std::unique_ptr<State> state;
};

} // namespace fourmix

#endif // FOURMIX_REPORT_RECORDER_H
