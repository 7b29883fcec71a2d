// What fourmix-sim does: load a command stream, run it on a simulated device, compare, report.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_RUNNER_SIMULATE_H
#define FOURMIX_RUNNER_SIMULATE_H

#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include <optional>
#include <string>
#include <vector>

namespace fourmix {

/// The command line of fourmix-sim, not yet understood.
struct SimulateOptions {
  std::string stream;                // .focs, or .s with its text
  std::string program;               // its name; empty: all of them, one after the other
  std::vector<std::string> inputs;   // as of fourmix-run; none: all random
  std::vector<std::string> expected; // as of fourmix-run
  std::vector<std::string> outputs;  // as of fourmix-run
  std::optional<double> rtol, atol, tolerance;
  std::string mode = "exact"; // exact, quant, noisy or count
  uint64_t seed = 1;
  std::string device;              // name or file; empty: the one that the stream was made for
  std::vector<std::string> report; // FILE.json, FILE.txt, FILE.html
  std::string trace;               // FILE.json
};

/// Runs the stream as asked. What was found goes to `out`; the first error, one line, is the result.
llvm::Error simulate(const SimulateOptions &options, llvm::raw_ostream &out);

/// What is in a stream, and whether it may run.
llvm::Error describeStream(const SimulateOptions &options, llvm::raw_ostream &out);

/// The profiles that come with Fourmix, a line each.
void listDevices(llvm::raw_ostream &out);

/// The decompositions into frames that the compiler considers for a transform ("512x768", "121,batch=11") on a device,
/// the one that it chooses first. Times are those it plans by: links are not in them.
llvm::Error describePlan(const std::string &transform, const std::string &device, llvm::raw_ostream &out);

/// Whether a profile is one.
llvm::Error checkProfile(const std::string &device, llvm::raw_ostream &out);

} // namespace fourmix

#endif // FOURMIX_RUNNER_SIMULATE_H
