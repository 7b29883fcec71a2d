// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Runner/Runner.h"
#include "Arguments.h"
#include "LoadModel.h"
#include "Outputs.h"
#include "fourmix/Simulator/Driver.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"
#include <chrono>

using namespace llvm;
using namespace fourmix;

static double secondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

namespace {
/// One model with its inputs and outputs.
struct Run {
  std::unique_ptr<CompiledModel> model;
  std::vector<HostTensor> inputs;
  std::vector<NamedTensor> outputs;

  Error operator()(const RunOptions &options) {
    std::vector<fourmix_tensor> in, out;
    for (HostTensor &tensor : inputs)
      in.push_back(tensor.view());
    for (NamedTensor &tensor : outputs)
      out.push_back(tensor.tensor.view());
    return model->run(in, out, options);
  }
};
} // namespace

static Error benchmark(Run &run, const RunOptions &runOptions, int count, raw_ostream &out) {
  // Pages, caches and threads are warm after a few.
  for (int i = 0; i < std::min(count, 3); ++i)
    if (Error error = run(runOptions))
      return error;
  std::vector<double> seconds;
  for (int i = 0; i < count; ++i) {
    auto start = std::chrono::steady_clock::now();
    if (Error error = run(runOptions))
      return error;
    seconds.push_back(secondsSince(start));
  }
  llvm::sort(seconds);
  double median = (seconds[(count - 1) / 2] + seconds[count / 2]) / 2;
  out << format("median %.3f ms, min %.3f ms, max %.3f ms (", median * 1e3, seconds.front() * 1e3, seconds.back() * 1e3)
      << count << " runs, ";
  if (runOptions.threads)
    out << runOptions.threads << (runOptions.threads == 1 ? " thread)\n" : " threads)\n");
  else
    out << "all threads)\n";
  return Error::success();
}

/// Time per region in the fastest of `count` runs, those of one name together, in the order of the network.
static Error printProfile(Run &run, RunOptions runOptions, int count, raw_ostream &out) {
  std::vector<RegionTime> profile;
  double total = 0;
  for (int i = 0; i < count; ++i) {
    std::vector<RegionTime> regions;
    runOptions.profile = &regions;
    auto start = std::chrono::steady_clock::now();
    if (Error error = run(runOptions))
      return error;
    double seconds = secondsSince(start);
    if (i && seconds >= total)
      continue;
    total = seconds;
    profile = std::move(regions);
  }
  double inside = 0;
  std::vector<RegionTime> merged;
  for (const RegionTime &region : profile) {
    inside += region.seconds;
    auto known = llvm::find_if(merged, [&](const RegionTime &other) { return other.name == region.name; });
    if (known == merged.end()) {
      merged.push_back(region);
      continue;
    }
    known->seconds += region.seconds;
    known->calls += region.calls;
  }
  merged.push_back({"(outside of parallel regions)", total - inside, 0});
  out << "      ms       %   calls  layer\n";
  for (const RegionTime &region : merged)
    out << format("%8.3f  %6.1f  %6d  ", region.seconds * 1e3, region.seconds / total * 100, int(region.calls))
        << region.name << "\n";
  out << format("%8.3f   100.0          total\n", total * 1e3);
  return Error::success();
}

/// The driver that --driver asks for, of the device that the model needs; null where it needs none.
static Expected<std::unique_ptr<simulator::Driver>> openDriver(const RunnerOptions &options,
                                                               const fourmix_model &model) {
  if (!model.programs) {
    if (!options.driver.empty())
      return createStringError("--driver: nothing of '" + options.model + "' was placed on a device");
    return nullptr;
  }
  auto [kind, text] = StringRef(options.driver).split(':');
  if (kind.empty())
    return createStringError("'" + options.model + "' needs a device for a part of it: give --driver=sim");
  if (kind != "sim")
    return createStringError("--driver: expected sim[:mode=...,seed=...], but found '" + options.driver + "'");
  Expected<simulator::SimulatorOptions> parsed = simulator::parseSimulatorOptions(text);
  if (!parsed)
    return createStringError("--driver: " + toString(parsed.takeError()));
  SmallString<128> path = sys::path::parent_path(options.model);
  sys::path::append(path, model.stream_file);
  return simulator::Driver::open(path, *parsed, model.stream_hash);
}

static void printUsage(const simulator::Driver &driver, raw_ostream &out) {
  simulator::Usage usage = driver.usage();
  out << "device " << driver.device().profile().name << ", simulated: " << usage.frames << " frames, "
      << format("%.3g s, %.3g J", usage.seconds, usage.totalJoules()) << ", " << usage.bytesIn + usage.bytesOut
      << " bytes over the links, " << usage.saturated << " saturated\n";
}

Error fourmix::runModel(const RunnerOptions &options, raw_ostream &out) {
  Expected<std::optional<Tolerance>> tolerance = chooseTolerance(options.tolerance, options.rtol, options.atol);
  if (!tolerance)
    return tolerance.takeError();
  if (options.fourier != "fft" && options.fourier != "matmul")
    return createStringError("--fourier: expected fft or matmul, found '" + options.fourier + "'");
  Expected<std::unique_ptr<ModelSource>> source = ModelSource::open(options);
  if (!source)
    return source.takeError();
  Run run;
  Expected<std::vector<HostTensor>> inputs = readInputs(options.inputs, (*source)->inputs());
  if (!inputs)
    return inputs.takeError();
  run.inputs = std::move(*inputs);
  Expected<std::unique_ptr<CompiledModel>> model = (*source)->compile(run.inputs);
  if (!model)
    return model.takeError();
  run.model = std::move(*model);
  for (const fourmix_tensor_info &info : run.model->outputs())
    run.outputs.push_back({info.name, HostTensor::zeros(info.dtype, ArrayRef<int64_t>(info.dims, info.rank))});
  // Before the run: a wrong reference need not wait for it.
  Expected<std::vector<std::optional<HostTensor>>> expected = readExpected(options.expected, run.outputs);
  if (!expected)
    return expected.takeError();

  RunOptions runOptions;
  runOptions.threads = options.threads;
  Expected<std::unique_ptr<simulator::Driver>> driver = openDriver(options, run.model->descriptor());
  if (!driver)
    return driver.takeError();
  if (*driver)
    runOptions.driver = &(*driver)->interface();
  if (Error error = run(runOptions)) {
    std::string reason = *driver ? (*driver)->lastError() : "";
    return reason.empty() ? std::move(error) : createStringError(toString(std::move(error)) + ": " + reason);
  }
  if (*driver)
    printUsage(**driver, out);
  if (Error error = writeOutputs(run.outputs, options.outputs))
    return error;
  if (options.expected.empty() && options.outputs.empty() && !options.benchmark && !options.profile)
    printOutputs(run.outputs, out);
  if (Error error = checkOutputs(run.outputs, *expected, *tolerance, out))
    return error;
  if (options.benchmark)
    if (Error error = benchmark(run, runOptions, options.benchmark, out))
      return error;
  if (options.profile)
    return printProfile(run, runOptions, std::max(options.benchmark, 10), out);
  return Error::success();
}
