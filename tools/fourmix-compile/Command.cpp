// What flags mean together, by topic. Nothing here writes a file.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Command.h"
#include "dialects/Spectral/IR/Lowerings.h"
#include "fourmix/CPU/Target.h"
#include "fourmix/InitAll.h"
#include "fourmix/Runner/Runner.h"
#include "fourmix/Support/Diagnostics.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace fourmix;
using namespace fourmix::calibration;

namespace {

bool isGiven(const cl::Option &flag) { return flag.getNumOccurrences(); }

/// From which phase to which, and what is made.
Error readResult(Flags &flags, Command &command) {
  CompileOptions &compile = command.compile;
  bool toPhase = isGiven(flags.compileTo), toONNX = flags.emit == Emit::ONNX;
  if (toPhase && isGiven(flags.emit))
    return createStringError("--compile-to prints a module and --emit makes an artefact: give one of them");
  if (!toPhase && isGiven(flags.weights))
    return createStringError("--save-weights belongs to the text of a module: give --compile-to too");
  for (cl::Option *option : {static_cast<cl::Option *>(&flags.opset), static_cast<cl::Option *>(&flags.onnxFourier),
                             static_cast<cl::Option *>(&flags.onnxPhase), static_cast<cl::Option *>(&flags.external)})
    if (!toONNX && isGiven(*option))
      return createStringError("--" + option->ArgStr + " belongs to --emit=onnx");
  for (auto [flag, phase] : {std::pair{&flags.compileTo, &compile.to}, std::pair{&flags.compileFrom, &compile.from}})
    if (isGiven(*flag)) {
      std::optional<Phase> named = phaseNamed(*flag);
      if (!named)
        return createStringError("--" + flag->ArgStr +
                                 ": expected import, raise, rewrite, spectral, plan, optic, cpu or llvm, but found '" +
                                 flag->getValue() + "'");
      *phase = *named;
    }
  if (toONNX) {
    if (flags.onnxPhase != "import" && flags.onnxPhase != "raise" && flags.onnxPhase != "rewrite")
      return createStringError("--onnx-phase: expected import, raise or rewrite, but found '" + flags.onnxPhase + "'");
    if (flags.onnxFourier != "dft" && flags.onnxFourier != "matmul")
      return createStringError("--onnx-fourier: expected dft or matmul, but found '" + flags.onnxFourier + "'");
    if (isGiven(flags.opset) && flags.opset < 1)
      return createStringError("--opset: expected 1 or more, but found " + Twine(flags.opset));
    compile.to = command.onnx.phase = *phaseNamed(flags.onnxPhase);
    command.onnx.opset = flags.opset;
    command.onnx.fourier = flags.onnxFourier;
    if (isGiven(flags.external))
      command.onnx.file.externalThreshold = flags.external;
    if (compile.from > compile.to)
      return createStringError("--compile-from=" + flags.compileFrom + " comes after --onnx-phase=" + flags.onnxPhase);
  }
  if (compile.from > compile.to)
    return createStringError("--compile-from=" + flags.compileFrom + " comes after --compile-to=" + flags.compileTo);
  if (flags.emit == Emit::Stream)
    compile.to = Phase::Optic;
  return Error::success();
}

/// Which rewrites there are, and that phase rewrite is passed: one that was asked for and does not run would be silent.
Error readRewrites(Flags &flags, Command &command) {
  bool passes = command.compile.from < Phase::Rewrite && command.compile.to >= Phase::Rewrite;
  using Rewrite = std::pair<cl::Option *, std::vector<cl::Option *>>;
  std::vector<cl::Option *> ofFourier = {&flags.fourierScale, &flags.fourierKeep, &flags.fourierCalibration};
  if (!isGiven(flags.search))
    ofFourier.push_back(&flags.dropMask);
  for (const auto &[rewrite, others] :
       {Rewrite{&flags.toFourier, ofFourier}, Rewrite{&flags.fastFNet, {}}, Rewrite{&flags.toGated, {}},
        Rewrite{&flags.search, {}},
        Rewrite{&flags.toCircular, {&flags.maxError, &flags.circularWhere, &flags.circularCalibration}}}) {
    for (cl::Option *option : others)
      if (!isGiven(*rewrite) && isGiven(*option))
        return createStringError("--" + option->ArgStr + " belongs to --" + rewrite->ArgStr);
    if (isGiven(*rewrite) && !passes)
      return createStringError("--" + rewrite->ArgStr + " is done in phase rewrite, which this command does not pass");
  }
  PipelineOptions &pipeline = command.compile.pipeline;
  pipeline.fastFNet = flags.fastFNet;
  if (isGiven(flags.toCircular))
    pipeline.projectionsToCircular = {flags.toCircular, flags.maxError, flags.circularWhere, flags.circularCalibration};
  if (isGiven(flags.toFourier))
    pipeline.attentionToFourier = {flags.toFourier, flags.fourierScale, flags.fourierKeep, flags.fourierCalibration,
                                   flags.dropMask};
  return Error::success();
}

/// Plug-ins, then what is to run after phases of this compilation.
Error loadAdded(Flags &flags, Command &command) {
  CompileOptions &compile = command.compile;
  for (const std::string &plugin : flags.plugins)
    if (Error error = loadPassPlugin(plugin))
      return error;
  if (!flags.added.empty())
    registerAllPasses();
  for (const std::string &text : flags.added) {
    Expected<AddedPasses> added = parseAddedPasses(text);
    if (!added)
      return createStringError("--add-pass: " + toString(added.takeError()));
    if (added->after < compile.from || added->after > compile.to)
      return createStringError("--add-pass: '" + text + "' comes " +
                               (added->after < compile.from ? "before the first" : "after the last") +
                               " phase of this compilation");
    compile.added.push_back(std::move(*added));
  }
  return Error::success();
}

/// The device, what goes there, and how Fourier transforms are computed.
Error readDevice(Flags &flags, Command &command) {
  CompileOptions &compile = command.compile;
  PipelineOptions &pipeline = compile.pipeline;
  bool hasDevice = isGiven(flags.device);
  if (!hasDevice && flags.emit == Emit::Stream)
    return createStringError("--emit=stream needs a device: give --device=NAME");
  if (!hasDevice && flags.fourier == spectral::opticLowering)
    return createStringError("--fourier=optic needs a device: give --device=NAME");
  if (!hasDevice)
    for (cl::Option *option : {static_cast<cl::Option *>(&flags.precision), static_cast<cl::Option *>(&flags.dense),
                               static_cast<cl::Option *>(&flags.offload)})
      if (isGiven(*option))
        return createStringError("--" + option->ArgStr + " belongs to --device");
  if (flags.dense && flags.offload != "all")
    return createStringError(
        "--dense-on-device goes with --offload=all: refused products would be transforms on the host");
  for (cl::opt<std::string> *times : {&flags.hostTimes, &flags.saveHostTimes})
    if (isGiven(*times) && flags.offload == "all")
      return createStringError("--" + times->ArgStr + " belongs to --offload=time or energy");
  if (isGiven(flags.saveHostTimes) && !flags.measureCPU)
    return createStringError("--save-host-times keeps what --measure-cpu measures: give it, too");
  if (flags.measureCPU && (!hasDevice || compile.from >= Phase::Optic || compile.to < Phase::Optic))
    return createStringError("--measure-cpu belongs to --device, and to phase optic, which this command does not pass");
  if (flags.measureCPU && (isGiven(flags.cpu) || isGiven(flags.features) || isGiven(flags.triple)))
    return createStringError("--measure-cpu runs code on this CPU: give neither --mcpu nor --mattr nor --mtriple");
  command.measuresHostTimes = flags.measureCPU && flags.offload != "all";
  StringRef bits = flags.precision;
  if (bits != "native" && (!bits.consume_back("bits") || bits.getAsDouble(pipeline.deviceBits) ||
                           !(pipeline.deviceBits > 0 && pipeline.deviceBits <= 24)))
    return createStringError("--device-precision: expected native or Nbits with N up to 24, but found '" +
                             flags.precision + "'");
  if (hasDevice) {
    Expected<device::Profile> profile = device::loadProfile(flags.device);
    if (!profile)
      return createStringError("--device: " + toString(profile.takeError()));
    if (flags.dense && !profile->hasFilter())
      return createStringError("--dense-on-device: the optics of " + profile->name + " have no filter");
    command.profile = std::move(*profile);
  }
  if (!spectral::findLowering(flags.fourier))
    return createStringError("--fourier: expected " + spectral::listLowerings() + ", but found '" + flags.fourier +
                             "'");
  pipeline.fourier = hasDevice && !isGiven(flags.fourier) ? spectral::opticLowering.str() : flags.fourier;
  pipeline.device = flags.device;
  pipeline.offload = flags.offload;
  pipeline.hostTimes = flags.hostTimes;
  if (flags.dense) {
    pipeline.denseRows = command.profile->rows;
    pipeline.denseCols = command.profile->cols;
  }
  return Error::success();
}

Error readTarget(Flags &flags, Command &command) {
  Expected<CPUTarget> target = resolveTarget(flags.triple, flags.cpu, flags.features);
  if (!target)
    return target.takeError();
  command.compile.pipeline.vectorWidth = target->vectorBytes / 4;
  command.compile.pipeline.vectorRegisters = target->vectorRegisters;
  command.emission.target = std::move(*target);
  command.emission.optLevel = flags.optimisation;
  command.emission.modelName = flags.modelName.empty() ? stemOf(flags.input) : flags.modelName.getValue();
  command.emission.sideWeights = flags.sideWeights;
  return Error::success();
}

/// The file that a flag names as @file; empty where the flag is absent.
Expected<std::string> fileOf(cl::opt<std::string> &flag) {
  StringRef value = flag.getValue();
  if (isGiven(flag) && (!value.consume_front("@") || value.empty()))
    return createStringError("--" + flag.ArgStr + ": expected @file.npz, but found '" + flag.getValue() + "'");
  return value.str();
}

/// The files of samples, and whom they are for: what is fitted to them, the report, or both.
Error readSamples(Flags &flags, Command &command) {
  for (auto [flag, file] :
       {std::pair{&flags.calibrate, &command.samples}, std::pair{&flags.holdout, &command.holdout}}) {
    Expected<std::string> path = fileOf(*flag);
    if (!path)
      return path.takeError();
    *file = std::move(*path);
  }
  const CompileOptions &compile = command.compile;
  if (isGiven(flags.report) && (compile.from > Phase::Rewrite || compile.to < Phase::Raise))
    return createStringError("--report looks at the phases raise and rewrite, which this command does not pass");
  if (!isGiven(flags.report) && isGiven(flags.holdout))
    return createStringError("--holdout belongs to --report");
  return Error::success();
}

/// --attention-to-gated with --calibration, or what --calibrate is to fit.
Error readCalibration(Flags &flags, Command &command) {
  CalibrateOptions &calibrate = command.calibrate;
  bool searches = isGiven(flags.search), hasSamples = !command.samples.empty();
  if (searches && (isGiven(flags.toGated) || isGiven(flags.calibration)))
    return createStringError("--rewrite-search decides on layers itself, from --calibrate alone: give neither "
                             "--attention-to-gated nor --calibration");
  if (searches && !hasSamples)
    return createStringError("--rewrite-search needs data: give --calibrate=@INPUTS.npz");
  bool gates = isGiven(flags.toGated) && !isGiven(flags.calibration);
  bool scales = isGiven(flags.toFourier) && flags.fourierScale == "calibrated" && !isGiven(flags.fourierCalibration) &&
                hasSamples;
  bool covariances = isGiven(flags.toCircular) && !isGiven(flags.circularCalibration) && hasSamples;
  bool fits = searches || gates || scales || covariances;
  if (!isGiven(flags.toGated) && isGiven(flags.calibration))
    return createStringError("--calibration belongs to --attention-to-gated");
  if (isGiven(flags.saveCalibration) && !fits)
    return createStringError(
        "--save-calibration keeps what --calibrate fits for --attention-to-gated, and here nothing is");
  if (gates && !hasSamples)
    return createStringError(
        "--attention-to-gated needs gates and kernels: give --calibrate=@INPUTS.npz, to fit them, or "
        "--calibration=FILE, to apply what was fitted");
  Expected<GatedOptions> gated = parseGatedOptions(flags.toGated);
  if (!gated)
    return createStringError("--attention-to-gated: " + toString(gated.takeError()));
  calibrate.gated = std::move(*gated);
  if (searches) {
    Expected<SearchOptions> search = parseSearchOptions(flags.search);
    if (!search)
      return createStringError("--rewrite-search: " + toString(search.takeError()));
    calibrate.search = *search;
    calibrate.search->dropMask = flags.dropMask;
  }
  calibrate.samples = fits ? command.samples : "";
  calibrate.output = flags.saveCalibration;
  if (isGiven(flags.toGated))
    command.compile.pipeline.attentionToGated = {calibrate.gated.layers, flags.calibration};
  return Error::success();
}

Error readShapes(Flags &flags, Command &command) {
  command.compile.pipeline.shapes = flags.shapes;
  Expected<std::vector<NamedTensor>> bindings = readBindings(flags.bindings);
  if (!bindings)
    return bindings.takeError();
  command.compile.bindings = std::move(*bindings);
  return Error::success();
}

} // namespace

std::string fourmix::stemOf(StringRef input) { return input == "-" ? "model" : sys::path::stem(input).str(); }

Expected<Command> fourmix::readCommand(Flags &flags) {
  Command command;
  command.compile.dumpFolder = flags.dump;
  command.compile.verbose = flags.verbose;
  // Plug-ins come before the names of lowerings are looked up.
  for (auto *read :
       {readResult, readRewrites, loadAdded, readDevice, readTarget, readShapes, readSamples, readCalibration})
    if (Error error = read(flags, command))
      return error;
  return command;
}
