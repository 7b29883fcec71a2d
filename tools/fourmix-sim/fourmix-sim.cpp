// fourmix-sim: runs a command stream on a simulated device; compares, reports.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Runner/Simulate.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/WithColor.h"

using namespace llvm;

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  cl::ResetCommandLineParser(); // LLVM's own options: names clash, and none is of use here
  cl::OptionCategory category("fourmix-sim options");
  using Texts = cl::list<std::string>;
  using Text = cl::opt<std::string>;
  Text stream(cl::Positional, cl::desc("model.focs, or its text in a file .s"), cl::cat(category));
  Text program("program", cl::cat(category), cl::value_desc("NAME"),
               cl::desc("only this one (all; of several, tensors are called PROGRAM/NAME)"));
  Texts inputs("input", cl::cat(category), cl::value_desc("[NAME=]@x.npy|@all.npz|1x4xf32=1 2 3 4|random"),
               cl::desc("a tensor, by name or in order (repeatable); without any, all are random"));
  Texts expected("expected_output", cl::cat(category), cl::value_desc("[NAME=]@y.npy|@all.npz"),
                 cl::desc("compare with this; exit status 1 on a mismatch (repeatable)"));
  Texts outputs("output", cl::cat(category), cl::value_desc("@out.npz|[NAME=]@y.npy"),
                cl::desc("write the outputs there (repeatable)"));
  cl::opt<double> rtol("rtol", cl::cat(category), cl::desc("|y - ref| <= atol + rtol |ref|, as numpy.allclose (1e-5)"));
  cl::opt<double> atol("atol", cl::cat(category), cl::desc("see --rtol (1e-8)"));
  cl::opt<double> tolerance(
      "tolerance", cl::cat(category), cl::value_desc("T"),
      cl::desc("|y - ref| <= T max|ref| for every output (the default, with 1e-5, of f16 4e-3, of bf16 3e-2)"));
  Text mode("mode", cl::cat(category), cl::init("exact"), cl::value_desc("exact|quant|noisy|count"),
            cl::desc("double precision; converters with their bits; and noise; nothing computed (exact)"));
  cl::opt<uint64_t> seed("seed", cl::cat(category), cl::init(1), cl::desc("of the noise (1)"));
  Text device("device", cl::cat(category), cl::value_desc("NAME|FILE"),
              cl::desc("run on this one instead of the one that the stream was made for"));
  Texts report("report", cl::cat(category), cl::value_desc("FILE.json|.txt|.html"),
               cl::desc("where frames, time, energy and accuracy go (repeatable)"));
  Text trace("trace", cl::cat(category), cl::value_desc("FILE.json"), cl::desc("a timeline for Chrome or Perfetto"));
  cl::opt<bool> info("info", cl::cat(category), cl::desc("say what is in the stream and whether it may run"));
  Text check("check-profile", cl::cat(category), cl::value_desc("NAME|FILE"), cl::desc("check a device profile"));
  Text plan("plan", cl::cat(category),
            cl::value_desc("N[xM][,batch=B][,real|,spectra] | filter:N[xM],kTAPS[xTAPS][,circular][,batch=B]"),
            cl::desc("how a transform of these lengths, or a convolution with so many taps, becomes frames of --device "
                     "(ofe-11), and how else it could"));
  cl::opt<bool> list("list-devices", cl::cat(category), cl::desc("list the profiles that come with Fourmix"));
  cl::ParseCommandLineOptions(argc, argv, "runs a command stream on a simulated device; compares, reports\n");

  auto finish = [](Error error) {
    if (!error)
      return 0;
    outs().flush(); // what was found stands before what is wrong with it
    WithColor::error(errs(), "fourmix-sim") << toString(std::move(error)) << "\n";
    return 1;
  };
  if (list)
    return fourmix::listDevices(outs()), 0;
  if (!check.empty())
    return finish(fourmix::checkProfile(check, outs()));
  if (!plan.empty())
    return finish(fourmix::describePlan(plan, device.empty() ? "ofe-11" : device.getValue(), outs()));
  if (stream.empty())
    return finish(createStringError("no command stream given: fourmix-sim model.focs"));
  fourmix::SimulateOptions options;
  options.stream = stream, options.program = program, options.mode = mode, options.seed = seed;
  options.inputs = inputs, options.expected = expected, options.outputs = outputs;
  auto given = [](const cl::opt<double> &value) {
    return value.getNumOccurrences() ? std::optional<double>(value) : std::nullopt;
  };
  options.rtol = given(rtol), options.atol = given(atol), options.tolerance = given(tolerance);
  options.device = device, options.report = report, options.trace = trace;
  return finish(info ? fourmix::describeStream(options, outs()) : fourmix::simulate(options, outs()));
}
