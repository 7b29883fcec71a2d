// ONNX's own test data, run through the compiler.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TEST_INTEGRATION_ONNXSUITE_SUITE_H
#define TEST_INTEGRATION_ONNXSUITE_SUITE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"
#include <string>
#include <vector>

namespace fourmix::suite {

/// How a test ended; the texts of `outcomes` in order.
enum class Outcome {
  Pass,       // every stored output is matched
  PassBound,  // the same, inputs that decide about shapes bound to the stored values
  NoOperator, // an operator has no row or no lowering
  DataShape,  // a shape depends on data that is no input
  NoType,     // sequences, optionals, strings and element types outside of the C interface
  Refused,    // another error
  Wrong,      // a value differs
  Crash,      // a signal or no end
};
inline constexpr const char *outcomes[] = {"pass",
                                           "pass with inputs bound",
                                           "operator not supported",
                                           "shape from data",
                                           "type not supported",
                                           "refused",
                                           "wrong value",
                                           "crash"};
inline constexpr size_t numOutcomes = std::size(outcomes);

struct Result {
  std::string family, name;
  Outcome outcome = Outcome::Crash;
  std::string reason;
  std::vector<std::string> operators; // of the graph and its functions, each once
  std::vector<std::string> bound;     // inputs
  bool noInputLeft = false;           // all of them
  bool passes() const { return outcome <= Outcome::PassBound; }
};

/// Compiles the model in `folder`, runs it on every data set and compares: |y - ref| <= atol + rtol |ref|.
Result runTest(llvm::StringRef folder, double rtol, double atol);

/// The table by family, the operators of tests that pass, and why the others do not: Markdown.
void writeReport(llvm::ArrayRef<Result> results, llvm::raw_ostream &os);

/// The table by family alone, as text.
void printTable(llvm::ArrayRef<Result> results, llvm::raw_ostream &os);

} // namespace fourmix::suite

#endif // TEST_INTEGRATION_ONNXSUITE_SUITE_H
