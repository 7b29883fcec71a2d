// Which layers to rewrite, and how, so that the outputs stay near.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_CALIBRATION_SEARCH_H
#define FOURMIX_CALIBRATION_SEARCH_H

#include "fourmix/Calibration/Gated.h"

namespace fourmix::calibration {

struct SearchOptions {
  double cosine = 0;     // the mean cosine of the outputs to the original's that must be kept
  bool fourier = true;   // attention may become Fourier mixing
  bool dropMask = false; // also where padding is masked
};

/// "cosine>=0.98". Errors say what was expected and found.
llvm::Expected<SearchOptions> parseSearchOptions(llvm::StringRef text);

struct SearchResult {
  std::string gated, fourier;      // layers, as the passes take them; empty for none
  std::vector<NamedTensor> arrays; // of the calibration file
};

/// Decides for every attention of `module`, which is after raise and stays as it is, whether it becomes Fourier mixing,
/// becomes gated with 1, 2 or 4 components, or stays. Of the samples every other one is fitted on, up to 128, and the
/// rest measured on, up to 256.
///
/// Time first, since it does not depend on what is fitted: every form of a layer is compiled alone and run, in turns
/// with the attention, once for all layers of one structure; the medians count. A form that is not faster is not looked
/// at again. What is left is tried in each layer alone. Of all sets whose changes (1 - cosine) add up to no more than a
/// budget, the one of least time is fitted in order, each layer on the rewritten ones before it, from what was found
/// alone, and measured; the budget follows what was measured until the bound is kept.
///
/// A line per trial goes to `log`; remarks say of each layer what was measured, and of the network the time that was
/// predicted and that was measured. Errors are one line, empty after a diagnostic.
llvm::Expected<SearchResult> searchRewrites(mlir::ModuleOp module, const Samples &samples, const SearchOptions &options,
                                            const ModelRunnerOptions &running, llvm::raw_ostream &log);

} // namespace fourmix::calibration

#endif // FOURMIX_CALIBRATION_SEARCH_H
