// fourmix-run: runs a model on given inputs; compares, writes, times.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Runner/Runner.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/WithColor.h"

using namespace llvm;

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  cl::ResetCommandLineParser(); // LLVM's own options: names clash, and none is of use here
  cl::OptionCategory category("fourmix-run options");
  using Texts = cl::list<std::string>;
  cl::opt<std::string> model(cl::Positional, cl::Required, cl::desc("model.{onnx,so,o,mlir}"), cl::cat(category));
  Texts inputs("input", cl::cat(category), cl::value_desc("[NAME=]@x.npy|@all.npz|@x.pb|1x4xf32=1 2 3 4|random"),
               cl::desc("a tensor, by name or in order (repeatable)"));
  Texts expected("expected_output", cl::cat(category), cl::value_desc("[NAME=]@y.npy|@all.npz"),
                 cl::desc("compare with this; exit status 1 on a mismatch (repeatable)"));
  Texts outputs("output", cl::cat(category), cl::value_desc("@out.npz|[NAME=]@y.npy"),
                cl::desc("write the outputs there (repeatable)"));
  Texts shapes("shape", cl::cat(category), cl::value_desc("NAME=1x512"),
               cl::desc("shape of an input of an ONNX model (repeatable)"));
  Texts bindings("bind", cl::cat(category), cl::value_desc("NAME=@x.npy"),
                 cl::desc("make an input of an ONNX model a constant, from which shapes may follow (repeatable)"));
  cl::opt<std::string> cpu("mcpu", cl::cat(category), cl::init("native"), cl::desc("the CPU to compile for"));
  cl::opt<std::string> fourier("fourier", cl::cat(category), cl::init("fft"), cl::desc("fft or matmul"));
  cl::opt<double> rtol("rtol", cl::cat(category), cl::desc("|y - ref| <= atol + rtol |ref|, as numpy.allclose (1e-5)"));
  cl::opt<double> atol("atol", cl::cat(category), cl::desc("see --rtol (1e-8)"));
  cl::opt<double> tolerance(
      "tolerance", cl::cat(category), cl::value_desc("T"),
      cl::desc("|y - ref| <= T max|ref| for every output (the default, with 1e-5, of f16 4e-3, of bf16 3e-2)"));
  cl::opt<int> threads("threads", cl::cat(category), cl::init(0), cl::desc("0: OMP_NUM_THREADS, else all cores"));
  cl::opt<std::string> benchmark("benchmark", cl::cat(category), cl::ValueOptional, cl::value_desc("N"),
                                 cl::desc("time N runs (20)"));
  cl::opt<bool> profile("profile", cl::cat(category), cl::desc("print the time of every layer"));
  cl::opt<std::string> driver("driver", cl::cat(category), cl::value_desc("sim[:mode=noisy,seed=1]"),
                              cl::desc("what runs the parts of a compiled model that were placed on a device"));
  cl::ParseCommandLineOptions(argc, argv, "runs a model on given inputs; compares, writes, times\n");

  fourmix::RunnerOptions options;
  options.model = model, options.inputs = inputs, options.expected = expected, options.outputs = outputs;
  options.shapes = shapes, options.bindings = bindings, options.cpu = cpu, options.fourier = fourier;
  auto given = [](const cl::opt<double> &value) {
    return value.getNumOccurrences() ? std::optional<double>(value) : std::nullopt;
  };
  options.rtol = given(rtol), options.atol = given(atol), options.tolerance = given(tolerance);
  options.threads = threads, options.profile = profile, options.driver = driver;
  auto fail = [](const Twine &message) { return WithColor::error(errs(), "fourmix-run") << message << "\n", 1; };
  if (benchmark.getNumOccurrences()) {
    options.benchmark = 20;
    if (!benchmark.empty() && (StringRef(benchmark).getAsInteger(10, options.benchmark) || options.benchmark < 1))
      return fail("--benchmark: expected a number of runs, found '" + benchmark + "'");
  }
  if (threads < 0)
    return fail("--threads: expected 0 or more, found " + Twine(threads));
  if (Error error = fourmix::runModel(options, outs())) {
    std::string message = toString(std::move(error));
    return message.empty() ? 1 : fail(message); // diagnostics say it where the compiler found it
  }
  return 0;
}
