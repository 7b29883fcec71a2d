// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Runner/Simulate.h"
#include "Load.h"
#include "Simulation.h"
#include "fourmix/Simulator/Driver.h"
#include "fourmix/Target/CommandStreamIO.h"
#include "lib/Runner/Arguments.h"
#include "lib/Runner/Outputs.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cmath>

using namespace llvm;
using namespace fourmix;
using namespace fourmix::simulation;
using simulator::Mode;

Expected<focs::CommandStream> simulation::loadStream(const std::string &path) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> file =
      MemoryBuffer::getFileOrSTDIN(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!file)
    return createStringError("cannot read '" + path + "': " + file.getError().message());
  StringRef contents = (*file)->getBuffer();
  if (StringRef(path).ends_with(".s"))
    return focs::assemble(contents, path);
  Expected<focs::CommandStream> stream = focs::decode({contents.bytes_begin(), contents.bytes_end()});
  if (!stream)
    return createStringError("'" + path + "': " + toString(stream.takeError()));
  return stream;
}

Expected<size_t> simulation::findProgram(const focs::CommandStream &stream, const std::string &name) {
  std::string names;
  for (auto [number, program] : enumerate(stream.programs)) {
    if (program.name == name || (name.empty() && stream.programs.size() == 1))
      return number;
    names += (number ? ", '" : "'") + program.name + "'";
  }
  if (stream.programs.empty())
    return createStringError("the stream has no program");
  if (name.empty())
    return createStringError("the stream has " + Twine(stream.programs.size()) +
                             " programs: give --program=NAME, one of " + names);
  return createStringError("no program '" + name + "'; the stream has " + names);
}

Expected<device::Profile> simulation::chooseProfile(const focs::CommandStream &stream, const std::string &device) {
  if (!device.empty())
    return device::loadProfile(device);
  if (stream.profile.empty())
    return createStringError("the stream holds no profile: give --device=NAME");
  return device::parseProfile(stream.profile, "the profile in the stream");
}

static fourmix_dtype dtypeOf(focs::ElementType type) {
  return type == focs::ElementType::F32 ? FOURMIX_FLOAT32 : FOURMIX_FLOAT64;
}

namespace {
/// A program's tensors, in the order of its bindings.
struct Tensors {
  std::vector<HostTensor> all;

  std::vector<simulator::Buffer> buffers() {
    std::vector<simulator::Buffer> result;
    for (HostTensor &tensor : all)
      result.push_back({tensor.bytes.data(), tensor.bytes.size()});
    return result;
  }
  std::vector<NamedTensor> outputs(const focs::Program &program) const {
    std::vector<NamedTensor> result;
    for (auto [binding, tensor] : zip_equal(program.bindings, all))
      if (binding.isOutput)
        result.push_back({binding.name, tensor});
    return result;
  }
};
} // namespace

static Expected<Tensors> makeTensors(const focs::Program &program, std::vector<std::string> texts) {
  std::vector<InputDecl> inputs;
  for (const focs::Binding &binding : program.bindings)
    if (!binding.isOutput)
      inputs.push_back(
          {binding.name, dtypeOf(binding.type), SmallVector<int64_t>(binding.shape.begin(), binding.shape.end())});
  if (texts.empty())
    texts.assign(inputs.size(), "random");
  Expected<std::vector<HostTensor>> read = readInputs(texts, inputs);
  if (!read)
    return read.takeError();
  Tensors tensors;
  size_t next = 0;
  for (const focs::Binding &binding : program.bindings)
    tensors.all.push_back(binding.isOutput ? HostTensor::zeros(dtypeOf(binding.type), binding.shape)
                                           : std::move((*read)[next++]));
  return tensors;
}

/// How far the outputs are from those of an exact run.
static std::vector<Accuracy> measure(ArrayRef<NamedTensor> found, ArrayRef<NamedTensor> exact) {
  constexpr int64_t mostPlotted = 400;
  std::vector<Accuracy> result;
  for (auto [y, z] : zip_equal(found, exact)) {
    Accuracy &accuracy = result.emplace_back();
    accuracy.name = y.name, accuracy.type = y.tensor.typeText();
    double signal = 0, noise = 0;
    for (int64_t i = 0; i < y.tensor.size(); ++i) {
      double value = y.tensor.real(i), reference = z.tensor.real(i), error = value - reference;
      signal += reference * reference, noise += error * error;
      accuracy.maxError = std::max(accuracy.maxError, std::abs(error));
      accuracy.maxExact = std::max(accuracy.maxExact, std::abs(reference));
      if (i < mostPlotted)
        accuracy.exact.push_back(reference), accuracy.found.push_back(value);
    }
    accuracy.snr = 10 * std::log10(signal / noise);
    accuracy.rmsError = std::sqrt(noise / std::max<double>(1, y.tensor.size()));
  }
  return result;
}

static Error writeReport(const Simulation &simulation, const std::string &path) {
  std::string text;
  raw_string_ostream os(text);
  StringRef name = path;
  if (name.ends_with(".json"))
    writeJson(simulation, os);
  else if (name.ends_with(".html"))
    writeHtml(simulation, os);
  else if (name.ends_with(".txt"))
    writeText(simulation, os);
  else
    return createStringError("--report: expected a file .json, .txt or .html, found '" + path + "'");
  return writeFile(path, text);
}

Error fourmix::simulate(const SimulateOptions &options, raw_ostream &out) {
  Expected<Tolerance> tolerance = chooseTolerance(options.tolerance, options.rtol, options.atol);
  if (!tolerance)
    return tolerance.takeError();
  std::optional<Mode> mode = simulator::modeNamed(options.mode);
  if (!mode)
    return createStringError("--mode: expected exact, quant, noisy or count, found '" + options.mode + "'");
  if (*mode == Mode::Count && (!options.expected.empty() || !options.outputs.empty()))
    return createStringError("--mode=count computes no outputs to compare or write");
  Expected<focs::CommandStream> stream = loadStream(options.stream);
  if (!stream)
    return stream.takeError();
  Expected<size_t> number = findProgram(*stream, options.program);
  if (!number)
    return number.takeError();
  Expected<device::Profile> profile = chooseProfile(*stream, options.device);
  if (!profile)
    return profile.takeError();
  const focs::Program program = stream->programs[*number];
  Expected<Tensors> tensors = makeTensors(program, options.inputs);
  if (!tensors)
    return tensors.takeError();
  // Before the run: a wrong reference need not wait for it.
  Expected<std::vector<std::optional<HostTensor>>> expected = readExpected(options.expected, tensors->outputs(program));
  if (!expected)
    return expected.takeError();

  Simulation result;
  result.file = options.stream, result.program = program.name, result.mode = options.mode, result.seed = options.seed;
  result.randomInputs = options.inputs.empty() && any_of(program.bindings, [](auto &b) { return !b.isOutput; });
  result.profile = &*profile, result.code = &program;
  for (const auto &[key, value] : stream->metadata)
    if (key == "cpu_seconds")
      result.cpuSeconds = value;
  simulator::SimulatorOptions run;
  run.mode = *mode, run.seed = options.seed;
  size_t mostEvents = options.trace.empty() ? 4000 : size_t(1) << 21;
  run.trace = [&](const simulator::Event &event) {
    if (event.inPreload)
      return;
    if (result.events.size() < mostEvents)
      result.events.push_back(event);
    else
      result.eventsLeftOut = true;
  };
  Tensors exact = *tensors;
  Expected<std::unique_ptr<simulator::Device>> device =
      simulator::Device::load(*stream, run, options.device.empty() ? nullptr : &*profile);
  if (!device)
    return device.takeError();
  result.preload = (*device)->preloadUsage(*number);
  if (Error error = (*device)->run(*number, tensors->buffers(), &result.usage, &result.byMark))
    return error;
  std::vector<NamedTensor> outputs = tensors->outputs(program);
  if (*mode == Mode::Quant || *mode == Mode::Noisy) {
    run.mode = Mode::Exact;
    run.trace = nullptr;
    Expected<std::unique_ptr<simulator::Device>> ideal = simulator::Device::load(std::move(*stream), run, &*profile);
    if (!ideal)
      return ideal.takeError();
    if (Error error = (*ideal)->run(*number, exact.buffers()))
      return error;
    result.accuracy = measure(outputs, exact.outputs(program));
  }
  for (const std::string &path : options.report)
    if (Error error = writeReport(result, path))
      return error;
  if (!options.trace.empty()) {
    std::string text;
    raw_string_ostream os(text);
    writeTrace(result, os);
    if (Error error = writeFile(options.trace, text))
      return error;
  }
  if (Error error = writeOutputs(outputs, options.outputs))
    return error;
  if (options.report.empty())
    writeText(result, out);
  if (options.report.empty() && options.expected.empty() && options.outputs.empty() && *mode != Mode::Count)
    printOutputs(outputs, out);
  return checkOutputs(outputs, *expected, *tolerance, out);
}
