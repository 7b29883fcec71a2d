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

Expected<std::vector<size_t>> simulation::findPrograms(const focs::CommandStream &stream, const std::string &name) {
  std::string names;
  std::vector<size_t> found;
  for (auto [number, program] : enumerate(stream.programs)) {
    if (name.empty() || program.name == name)
      found.push_back(number);
    names += (number ? ", '" : "'") + program.name + "'";
  }
  if (stream.programs.empty())
    return createStringError("the stream has no program");
  if (found.empty())
    return createStringError("no program '" + name + "'; the stream has " + names);
  return found;
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
/// The programs that are run, and their tensors. Where there are several, a tensor is called PROGRAM/NAME.
struct Work {
  struct Item {
    size_t number;
    const focs::Program *program;
    std::vector<HostTensor> tensors; // in the order of its bindings

    std::vector<simulator::Buffer> buffers() {
      std::vector<simulator::Buffer> result;
      for (HostTensor &tensor : tensors)
        result.push_back({tensor.bytes.data(), tensor.bytes.size()});
      return result;
    }
  };
  std::vector<Item> items;

  std::string nameOf(const Item &item, const focs::Binding &binding) const {
    return items.size() > 1 ? item.program->name + "/" + binding.name : binding.name;
  }
  std::vector<NamedTensor> outputs(const Item &item) const {
    std::vector<NamedTensor> result;
    for (auto [binding, tensor] : zip_equal(item.program->bindings, item.tensors))
      if (binding.isOutput)
        result.push_back({nameOf(item, binding), tensor});
    return result;
  }
  std::vector<NamedTensor> outputs() const {
    std::vector<NamedTensor> result;
    for (const Item &item : items)
      append_range(result, outputs(item));
    return result;
  }
  Error makeTensors(std::vector<std::string> texts);
};
} // namespace

Error Work::makeTensors(std::vector<std::string> texts) {
  std::vector<InputDecl> inputs;
  for (const Item &item : items)
    for (const focs::Binding &binding : item.program->bindings)
      if (!binding.isOutput)
        inputs.push_back({nameOf(item, binding), dtypeOf(binding.type),
                          SmallVector<int64_t>(binding.shape.begin(), binding.shape.end())});
  if (texts.empty())
    texts.assign(inputs.size(), "random");
  Expected<std::vector<HostTensor>> read = readInputs(texts, inputs);
  if (!read)
    return read.takeError();
  size_t next = 0;
  for (Item &item : items)
    for (const focs::Binding &binding : item.program->bindings)
      item.tensors.push_back(binding.isOutput ? HostTensor::zeros(dtypeOf(binding.type), binding.shape)
                                              : std::move((*read)[next++]));
  return Error::success();
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

static Error writeReport(ArrayRef<Simulation> simulation, const std::string &path) {
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
  Expected<std::optional<Tolerance>> tolerance = chooseTolerance(options.tolerance, options.rtol, options.atol);
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
  Expected<std::vector<size_t>> numbers = findPrograms(*stream, options.program);
  if (!numbers)
    return numbers.takeError();
  Expected<device::Profile> profile = chooseProfile(*stream, options.device);
  if (!profile)
    return profile.takeError();
  Work work;
  for (size_t number : *numbers)
    work.items.push_back({number, &stream->programs[number], {}});
  if (Error error = work.makeTensors(options.inputs))
    return error;
  // Before the run: a wrong reference need not wait for it.
  Expected<std::vector<std::optional<HostTensor>>> expected = readExpected(options.expected, work.outputs());
  if (!expected)
    return expected.takeError();

  simulator::SimulatorOptions run;
  run.mode = *mode, run.seed = options.seed, run.attributes = *mode == Mode::Quant || *mode == Mode::Noisy;
  size_t mostEvents = options.trace.empty() ? 4000 : size_t(1) << 21;
  Simulation *current = nullptr;
  run.trace = [&](const simulator::Event &event) {
    if (!current || event.inPreload)
      return;
    if (current->events.size() < mostEvents)
      current->events.push_back(event);
    else
      current->eventsLeftOut = true;
  };
  Expected<std::unique_ptr<simulator::Device>> device =
      simulator::Device::load(*stream, run, options.device.empty() ? nullptr : &*profile);
  if (!device)
    return device.takeError();
  std::vector<Simulation> results(work.items.size());
  for (auto [item, result] : zip_equal(work.items, results)) {
    result.file = options.stream, result.program = item.program->name, result.mode = options.mode;
    result.seed = options.seed, result.profile = &*profile, result.code = item.program;
    result.randomInputs = options.inputs.empty() && any_of(item.program->bindings, [](auto &b) { return !b.isOutput; });
    result.preload = (*device)->preloadUsage(item.number);
    Work::Item exact = item;
    std::vector<simulator::Buffer> exactBuffers = exact.buffers();
    simulator::Attribution attribution{exactBuffers, {}};
    current = &result;
    if (Error error = (*device)->run(item.number, item.buffers(), &result.usage, &result.byMark,
                                     run.attributes ? &attribution : nullptr))
      return error;
    if (run.attributes) {
      result.accuracy = measure(work.outputs(item), work.outputs(exact));
      result.fidelity = std::move(attribution.byMark);
      result.byMark.resize(std::max(result.byMark.size(), result.fidelity.size()));
      result.fidelity.resize(result.byMark.size());
    }
    if (Error error = readMetadata(*stream, item.number, result))
      return error;
  }
  for (const std::string &path : options.report)
    if (Error error = writeReport(results, path))
      return error;
  if (!options.trace.empty()) {
    std::string text;
    raw_string_ostream os(text);
    writeTrace(results, os);
    if (Error error = writeFile(options.trace, text))
      return error;
  }
  std::vector<NamedTensor> outputs = work.outputs();
  if (Error error = writeOutputs(outputs, options.outputs))
    return error;
  if (options.report.empty())
    writeText(results, out);
  if (options.report.empty() && options.expected.empty() && options.outputs.empty() && *mode != Mode::Count)
    printOutputs(outputs, out);
  return checkOutputs(outputs, *expected, *tolerance, out);
}
