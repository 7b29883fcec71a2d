// What fourmix-run does: load a model, feed it, compare, write, time.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_RUNNER_RUNNER_H
#define FOURMIX_RUNNER_RUNNER_H

#include "fourmix/Runtime/CompiledModel.h"
#include "fourmix/Support/HostTensor.h"
#include "llvm/Support/raw_ostream.h"
#include <optional>
#include <string>
#include <vector>

namespace fourmix {

/// The command line of fourmix-run, not yet understood.
struct RunnerOptions {
  std::string model;                 // .onnx, .so, .o, or .mlir of the llvm phase
  std::vector<std::string> inputs;   // [NAME=]@FILE | [NAME=]TYPE=VALUES | [NAME=]random
  std::vector<std::string> expected; // [NAME=]@FILE | [NAME=]TYPE=VALUES
  std::vector<std::string> outputs;  // [NAME=]@FILE.npy | @FILE.npz
  std::vector<std::string> shapes;   // NAME=1x512, for .onnx
  std::vector<std::string> bindings; // NAME=@FILE | NAME=TYPE=VALUES, for .onnx: inputs that become constants
  std::string cpu = "native";        // for .onnx and .mlir
  std::string fourier = "fft";       // for .onnx
  std::optional<double> rtol, atol;  // |y - ref| <= atol + rtol |ref|, as numpy.allclose
  std::optional<double> tolerance;   // |y - ref| <= tolerance max|ref|; 1e-5 where nothing is given
  int threads = 0;                   // 0: OMP_NUM_THREADS, else all cores
  int benchmark = 0;                 // timed runs; 0: none
  bool profile = false;
  std::string driver; // sim[:mode=noisy,seed=1], for a compiled model that needs a device
};

/// Runs the model as asked. What was found goes to `out`; the first error, one line, is the result; an empty
/// one where the compiler has printed a diagnostic.
llvm::Error runModel(const RunnerOptions &options, llvm::raw_ostream &out);

/// An input as the model declares it; -1 is a dimension that the run chooses.
struct InputDecl {
  std::string name;
  fourmix_dtype dtype;
  llvm::SmallVector<int64_t> dims;
};

/// A tensor for every input, in the declared order, from the texts of `--input`: by name, or else the next that has
/// none yet. Errors name the input, what was expected and what was found.
llvm::Expected<std::vector<HostTensor>> readInputs(llvm::ArrayRef<std::string> texts, llvm::ArrayRef<InputDecl> inputs);

/// The tensors of `--bind NAME=@FILE` and `--bind NAME=TYPE=VALUES`. Errors name the text.
llvm::Expected<std::vector<NamedTensor>> readBindings(llvm::ArrayRef<std::string> texts);

/// The expected values of the outputs, in the declared order; those that nobody gave are empty. `outputs` are checked
/// for shape, and for type as far as the two can be compared at all (a float64 reference of a float32 output can).
llvm::Expected<std::vector<std::optional<HostTensor>>> readExpected(llvm::ArrayRef<std::string> texts,
                                                                    llvm::ArrayRef<NamedTensor> outputs);

/// How far `value` may be from `reference`.
struct Tolerance {
  std::optional<double> ofMaximum; // times the largest finite |reference|; else:
  double rtol = 1e-5, atol = 1e-8;
};

/// How far `value` is from `reference`: same shape, comparable types. Integers and booleans must be equal; NaN equals
/// NaN, and an infinity the same infinity.
struct Comparison {
  int64_t mismatches = 0;
  int64_t first = -1, worst = -1; // elements, row-major
  double maxError = 0, maxReference = 0;
};
Comparison compare(const HostTensor &value, const HostTensor &reference, const Tolerance &tolerance);

} // namespace fourmix

#endif // FOURMIX_RUNNER_RUNNER_H
