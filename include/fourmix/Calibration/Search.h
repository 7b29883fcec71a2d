// Which layers to rewrite, and how, so that the outputs stay near.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_CALIBRATION_SEARCH_H
#define FOURMIX_CALIBRATION_SEARCH_H

#include "fourmix/Calibration/Gated.h"

namespace fourmix::calibration {

struct SearchOptions {
  double cosine = 0; // the mean cosine of the outputs to the original's that must be kept
};

/// "cosine>=0.98". Errors say what was expected and found.
llvm::Expected<SearchOptions> parseSearchOptions(llvm::StringRef text);

struct SearchResult {
  std::string layers;              // as the pass takes them; empty where every layer stays
  std::vector<NamedTensor> arrays; // of the calibration file
};

/// Decides for every attention of `module`, which is after raise and stays as it is, whether it becomes gated with 1, 2
/// or 4 components or stays. Even samples are fitted on, odd ones measured on.
///
/// Each choice is tried in each layer alone. Of all sets whose changes (1 - cosine) add up to no more than a budget,
/// the one of the fewest floating-point operations is fitted again, in order, each layer on the rewritten ones before
/// it, and measured; the budget follows what was measured until the bound is kept. A line per trial goes to `log`.
/// Errors are one line, empty after a diagnostic.
llvm::Expected<SearchResult> searchRewrites(mlir::ModuleOp module, const Samples &samples, const SearchOptions &options,
                                            const ModelRunnerOptions &running, llvm::raw_ostream &log);

} // namespace fourmix::calibration

#endif // FOURMIX_CALIBRATION_SEARCH_H
