// fourmix-compile: an ONNX model in, native code (or the module after any phase) out.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Spectral/IR/Lowerings.h"
#include "fourmix/CPU/Emission.h"
#include "fourmix/CPU/Target.h"
#include "fourmix/Calibration/CalibrateRewrites.h"
#include "fourmix/Calibration/HostTimes.h"
#include "fourmix/InitAll.h"
#include "fourmix/Pipelines/Compiler.h"
#include "fourmix/Report/Recorder.h"
#include "fourmix/Runner/Runner.h"
#include "fourmix/Support/Diagnostics.h"
#include "fourmix/Support/ParameterStore.h"
#include "fourmix/Support/WholeFile.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/ThreadPool.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace llvm;
using namespace fourmix;
using namespace fourmix::calibration;

namespace {

enum class Emit { Library, Object, LLVM, ONNX, Stream };

struct Options {
  cl::OptionCategory category{"Compilation"};
  cl::opt<std::string> input{cl::Positional, cl::Required, cl::cat(category),
                             cl::desc("<model.onnx, or MLIR with --compile-from; - is standard input>")};
  cl::opt<std::string> output{"o", cl::cat(category), cl::value_desc("file"),
                              cl::desc("Output; default: the model's name with .so or .o, text to standard output")};
  cl::opt<std::string> compileTo{
      "compile-to", cl::cat(category), cl::value_desc("phase"),
      cl::desc("Stop after import, raise, rewrite, spectral, plan, optic, cpu or llvm and print MLIR")};
  cl::opt<std::string> compileFrom{"compile-from", cl::cat(category), cl::value_desc("phase"),
                                   cl::desc("The input is MLIR as --compile-to=<phase> prints it")};
  cl::opt<Emit> emit{"emit", cl::cat(category), cl::init(Emit::Library), cl::desc("What to make:"),
                     cl::values(clEnumValN(Emit::Library, "library", "a shared library (default)"),
                                clEnumValN(Emit::Object, "object", "an object file"),
                                clEnumValN(Emit::LLVM, "llvm", "optimised LLVM IR"),
                                clEnumValN(Emit::ONNX, "onnx", "an ONNX model, from the module after --onnx-phase"),
                                clEnumValN(Emit::Stream, "stream", "the command stream of --device alone"))};
  cl::opt<int64_t> opset{"opset", cl::cat(category), cl::value_desc("N"),
                         cl::desc("--emit=onnx: the opset that the file imports; default: the model's own. Nodes that "
                                  "were not raised must mean the same in both")};
  cl::opt<std::string> onnxFourier{"onnx-fourier", cl::cat(category), cl::init("dft"), cl::value_desc("dft|matmul"),
                                   cl::desc("--emit=onnx: how Fourier transforms are said; matmul where DFT is slow")};
  cl::opt<std::string> onnxPhase{"onnx-phase", cl::cat(category), cl::init("rewrite"),
                                 cl::value_desc("import|raise|rewrite"),
                                 cl::desc("--emit=onnx: the phase after which the module is written")};
  cl::opt<uint64_t> external{"external-data", cl::cat(category), cl::value_desc("bytes"),
                             cl::desc("--emit=onnx: tensors of at least so many bytes go to <output>.data")};
  cl::list<std::string> shapes{"shape", cl::cat(category), cl::value_desc("NAME=1x512"),
                               cl::desc("Fix the shape of an input; repeatable")};
  cl::list<std::string> bindings{"bind", cl::cat(category), cl::value_desc("NAME=@x.npy"),
                                 cl::desc("Make an input a constant, from which shapes may follow; repeatable")};
  cl::opt<std::string> toFourier{
      "attention-to-fourier", cl::cat(category), cl::value_desc("layers"),
      cl::desc("Replace attention by Fourier mixing, which changes what the network computes: all, "
               "0-9, 1,3,5-7, first=K, last=K, all-but-last=K, all-but-first=K")};
  cl::opt<std::string> fourierScale{"fourier-scale", cl::cat(category), cl::init("paper"),
                                    cl::value_desc("paper|orthonormal|calibrated"),
                                    cl::desc("Its factor: 1, as in FNet, 1/sqrt(tokens * features), or fitted")};
  cl::opt<std::string> fourierKeep{"fourier-keep", cl::cat(category), cl::init("none"),
                                   cl::value_desc("none|output|value|value+output"),
                                   cl::desc("Projections of the attention that stay")};
  cl::opt<std::string> fourierCalibration{
      "fourier-calibration", cl::cat(category), cl::value_desc("file.npz"),
      cl::desc("The factors layer<N>.scale of --fourier-scale=calibrated; without, --calibrate "
               "fits them")};
  cl::opt<std::string> toCircular{
      "projections-to-circular", cl::cat(category), cl::value_desc("1d|2d[:K1xK2]|block:B"),
      cl::desc("Replace projections by circular ones where their matrices are near enough")};
  cl::opt<double> maxError{"max-error", cl::cat(category), cl::init(1e-5), cl::value_desc("1e-5"),
                           cl::desc("--projections-to-circular: the largest relative error of a matrix")};
  cl::opt<std::string> circularWhere{"circular-where", cl::cat(category), cl::init("attention"),
                                     cl::value_desc("attention|all"),
                                     cl::desc("--projections-to-circular: of attention sublayers, or every product")};
  cl::opt<std::string> circularCalibration{"circular-calibration", cl::cat(category), cl::value_desc("file.npz"),
                                           cl::desc("--projections-to-circular: covariances of inputs, so that outputs "
                                                    "on data differ least; without, --calibrate measures them")};
  cl::opt<bool> fastFNet{"fast-fnet", cl::cat(category),
                         cl::desc("Let FNet's blocks work on half of the spectrum: another network, to be trained")};
  cl::opt<bool> dropMask{
      "drop-mask", cl::cat(category),
      cl::desc(
          "Let --attention-to-fourier and --rewrite-search drop padding masks: padding then mixes into every token")};
  cl::opt<std::string> toGated{
      "attention-to-gated", cl::cat(category), cl::value_desc("layers[,components=R][,kernel=circular|toeplitz]"),
      cl::desc(
          "Replace attention by a kernel over the sequence times a content gate, fitted to the network's attention: "
          "give --calibrate, or --calibration")};
  cl::opt<std::string> search{
      "rewrite-search", cl::cat(category), cl::value_desc("cosine>=C"),
      cl::desc("Let each layer's attention become Fourier mixing or gated, or stay, so that a run "
               "takes the least time and the mean cosine of the outputs to the original's stays; "
               "needs --calibrate")};
  cl::opt<std::string> saveCalibration{"save-calibration", cl::cat(category), cl::value_desc("file.npz"),
                                       cl::desc("Keep what --calibrate fitted, for --calibration")};
  cl::opt<std::string> calibration{"calibration", cl::cat(category), cl::value_desc("file.npz"),
                                   cl::desc("What an earlier --calibrate fitted")};
  cl::opt<std::string> report{"report", cl::cat(category), cl::value_desc("file"),
                              cl::desc("What the network was, what it is, and how far it moved: .json, .txt or .html")};
  cl::opt<std::string> calibrate{"calibrate", cl::cat(category), cl::value_desc("@inputs.npz"),
                                 cl::desc("Inputs by name, axis 0 runs over samples, to calibrate and to measure on")};
  cl::opt<std::string> holdout{"holdout", cl::cat(category), cl::value_desc("@inputs.npz"),
                               cl::desc("Inputs of the same form that --report measures on instead")};
  cl::opt<std::string> fourier{"fourier", cl::cat(category), cl::init("fft"), cl::value_desc("fft|matmul|optic|NAME"),
                               cl::desc("How Fourier transforms are computed; NAME is a lowering of a plug-in. With "
                                        "--device: optic")};
  cl::opt<std::string> device{"device", cl::cat(category), cl::value_desc("NAME|profile.toml"),
                              cl::desc("A Fourier-optical device for the transforms: ofe-11, ofe-16, ideal, …")};
  cl::list<std::string> plugins{"load-pass-plugin", cl::cat(category), cl::value_desc("file"),
                                cl::desc("Load passes and lowerings from a shared library; repeatable")};
  cl::list<std::string> added{"add-pass", cl::cat(category), cl::value_desc("after:PHASE:PIPELINE"),
                              cl::desc("Run passes after a phase; repeatable, in this order")};
  cl::opt<std::string> precision{
      "device-precision", cl::cat(category), cl::init("native"), cl::value_desc("native|Nbits"),
      cl::desc("--device: what fields and captures are good for; more than the encoder's own "
               "in digits, a field each, more than the detector's by averaging captures")};
  cl::opt<bool> dense{
      "dense-on-device", cl::cat(category),
      cl::desc("--device: dense projections go there, too, as correlations with blocks of their matrices; "
               "exact, and as a rule slower than on the host")};
  cl::opt<std::string> offload{"offload", cl::cat(category), cl::init("all"), cl::value_desc("all|time|energy"),
                               cl::desc("--device: what goes there: all that it takes, or what is predicted to need "
                                        "less time or energy than on the host of the device's profile")};
  cl::opt<bool> measureCPU{
      "measure-cpu", cl::cat(category),
      cl::desc("--device: run what is placed there on this CPU, too, and note the seconds in the "
               "stream, which then is another one every time; with --offload=time or energy decide "
               "by seconds so measured, too")};
  cl::opt<std::string> hostTimes{"host-times", cl::cat(category), cl::value_desc("file"),
                                 cl::desc("--offload: decide by the seconds that --save-host-times kept")};
  cl::opt<std::string> saveHostTimes{"save-host-times", cl::cat(category), cl::value_desc("file"),
                                     cl::desc("Keep the seconds that --offload and --measure-cpu measured, for "
                                              "--host-times")};
  cl::opt<std::string> cpu{"mcpu", cl::cat(category), cl::init("native"),
                           cl::desc("Target CPU: native, x86-64, x86-64-v3, x86-64-v4, …")};
  cl::opt<std::string> features{"mattr", cl::cat(category), cl::desc("Target features, +a,-b")};
  cl::opt<std::string> triple{"mtriple", cl::cat(category), cl::desc("Target triple; default: the host's")};
  cl::opt<unsigned> optimisation{"O", cl::Prefix, cl::cat(category), cl::init(3),
                                 cl::desc("Optimisation level 0 to 3")};
  cl::opt<std::string> modelName{"model-name", cl::cat(category),
                                 cl::desc("Tag of the artefact's symbols; default: from the input's name")};
  cl::opt<bool> sideWeights{"side-weights", cl::cat(category), cl::desc("Weights in a file beside the artefact")};
  cl::opt<std::string> weights{"save-weights", cl::cat(category), cl::value_desc("file"),
                               cl::desc("With --compile-to: write the weights beside the module, for --compile-from")};
  cl::opt<std::string> dump{"dump-phases", cl::cat(category), cl::value_desc("folder"),
                            cl::desc("Write the module after every phase")};
  cl::opt<unsigned> threads{"threads", cl::cat(category), cl::init(0), cl::desc("Threads of the compiler; 0: all")};
  cl::opt<bool> verbose{"v", cl::cat(category), cl::desc("A line per phase with its time")};
};

int fail(const Twine &message) {
  errs() << "fourmix-compile: error: " << message << '\n';
  return 1;
}

/// Text goes to `path`, whole or not at all.
int writeText(StringRef path, function_ref<LogicalResult(raw_ostream &)> write) {
  std::string error;
  std::unique_ptr<ToolOutputFile> file = mlir::openOutputFile(path.empty() ? "-" : path, &error);
  if (!file)
    return fail(error);
  if (failed(write(file->os())))
    return 1;
  file->keep();
  return 0;
}

/// Writes a file whole or not at all.
int writeBytes(StringRef path, ArrayRef<uint8_t> bytes) {
  Expected<WholeFile> file = WholeFile::create(path);
  if (!file)
    return fail(toString(file.takeError()));
  file->os().write(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  if (Error error = file->keep())
    return fail(toString(std::move(error)));
  return 0;
}

/// The file that a flag names as @file; empty where the flag is absent.
Expected<std::string> fileOf(cl::opt<std::string> &flag) {
  StringRef value = flag.getValue();
  if (flag.getNumOccurrences() && (!value.consume_front("@") || value.empty()))
    return createStringError("--" + flag.ArgStr + ": expected @file.npz, but found '" + flag.getValue() + "'");
  return value.str();
}

/// Plug-ins, then what is to run after phases between options.from and options.to.
Error loadAdded(const Options &cl, CompileOptions &options) {
  for (const std::string &plugin : cl.plugins)
    if (Error error = loadPassPlugin(plugin))
      return error;
  if (!cl.added.empty())
    registerAllPasses();
  for (const std::string &text : cl.added) {
    Expected<AddedPasses> added = parseAddedPasses(text);
    if (!added)
      return createStringError("--add-pass: " + toString(added.takeError()));
    if (added->after < options.from || added->after > options.to)
      return createStringError("--add-pass: '" + text + "' comes " +
                               (added->after < options.from ? "before the first" : "after the last") +
                               " phase of this compilation");
    options.added.push_back(std::move(*added));
  }
  return Error::success();
}

/// --attention-to-gated with --calibration, or else --calibrate, from the file `samples`.
Error readCalibrateOptions(const Options &cl, StringRef samples, CalibrateOptions &options) {
  bool searches = cl.search.getNumOccurrences();
  if (searches && (cl.toGated.getNumOccurrences() || cl.calibration.getNumOccurrences()))
    return createStringError("--rewrite-search decides on layers itself, from --calibrate alone: give neither "
                             "--attention-to-gated nor --calibration");
  if (searches && samples.empty())
    return createStringError("--rewrite-search needs data: give --calibrate=@INPUTS.npz");
  bool gates = cl.toGated.getNumOccurrences() && !cl.calibration.getNumOccurrences();
  bool scales = cl.toFourier.getNumOccurrences() && cl.fourierScale == "calibrated" &&
                !cl.fourierCalibration.getNumOccurrences() && !samples.empty();
  bool covariances =
      cl.toCircular.getNumOccurrences() && !cl.circularCalibration.getNumOccurrences() && !samples.empty();
  bool fits = searches || gates || scales || covariances;
  if (!cl.toGated.getNumOccurrences() && cl.calibration.getNumOccurrences())
    return createStringError("--calibration belongs to --attention-to-gated");
  if (cl.saveCalibration.getNumOccurrences() && !fits)
    return createStringError(
        "--save-calibration keeps what --calibrate fits for --attention-to-gated, and here nothing is");
  if (gates && samples.empty())
    return createStringError(
        "--attention-to-gated needs gates and kernels: give --calibrate=@INPUTS.npz, to fit them, or "
        "--calibration=FILE, to apply what was fitted");
  Expected<GatedOptions> gated = parseGatedOptions(cl.toGated);
  if (!gated)
    return createStringError("--attention-to-gated: " + toString(gated.takeError()));
  options.gated = std::move(*gated);
  if (searches) {
    Expected<SearchOptions> search = parseSearchOptions(cl.search);
    if (!search)
      return createStringError("--rewrite-search: " + toString(search.takeError()));
    options.search = *search;
    options.search->dropMask = cl.dropMask;
  }
  options.samples = fits ? samples.str() : "";
  options.output = cl.saveCalibration;
  return Error::success();
}

std::string stemOf(StringRef input) { return input == "-" ? "model" : sys::path::stem(input).str(); }

} // namespace

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  cl::ResetCommandLineParser(); // libLLVM's own options: not ours to offer, and some have our names
  Options cl;
  cl::HideUnrelatedOptions(cl.category);
  cl::ParseCommandLineOptions(argc, argv, "Fourmix model compiler\n");

  bool toPhase = cl.compileTo.getNumOccurrences();
  if (toPhase && cl.emit.getNumOccurrences())
    return fail("--compile-to prints a module and --emit makes an artefact: give one of them");
  if (!toPhase && cl.weights.getNumOccurrences())
    return fail("--save-weights belongs to the text of a module: give --compile-to too");
  CompileOptions options;
  bool toONNX = cl.emit == Emit::ONNX;
  for (cl::Option *option : {static_cast<cl::Option *>(&cl.opset), static_cast<cl::Option *>(&cl.onnxFourier),
                             static_cast<cl::Option *>(&cl.onnxPhase), static_cast<cl::Option *>(&cl.external)})
    if (!toONNX && option->getNumOccurrences())
      return fail("--" + option->ArgStr + " belongs to --emit=onnx");
  for (auto [flag, phase] : {std::pair{&cl.compileTo, &options.to}, std::pair{&cl.compileFrom, &options.from}})
    if (flag->getNumOccurrences()) {
      std::optional<Phase> named = phaseNamed(*flag);
      if (!named)
        return fail("--" + flag->ArgStr +
                    ": expected import, raise, rewrite, spectral, plan, optic, cpu or llvm, but found '" +
                    flag->getValue() + "'");
      *phase = *named;
    }
  EmitONNXOptions onnx;
  if (toONNX) {
    if (cl.onnxPhase != "import" && cl.onnxPhase != "raise" && cl.onnxPhase != "rewrite")
      return fail("--onnx-phase: expected import, raise or rewrite, but found '" + cl.onnxPhase + "'");
    if (cl.onnxFourier != "dft" && cl.onnxFourier != "matmul")
      return fail("--onnx-fourier: expected dft or matmul, but found '" + cl.onnxFourier + "'");
    if (cl.opset.getNumOccurrences() && cl.opset < 1)
      return fail("--opset: expected 1 or more, but found " + Twine(cl.opset));
    options.to = onnx.phase = *phaseNamed(cl.onnxPhase);
    onnx.opset = cl.opset;
    onnx.fourier = cl.onnxFourier;
    if (cl.external.getNumOccurrences())
      onnx.file.externalThreshold = cl.external;
    if (options.from > options.to)
      return fail("--compile-from=" + cl.compileFrom + " comes after --onnx-phase=" + cl.onnxPhase);
  }
  if (options.from > options.to)
    return fail("--compile-from=" + cl.compileFrom + " comes after --compile-to=" + cl.compileTo);
  using Flags = std::initializer_list<cl::Option *>;
  auto belongTo = [&](cl::Option &rewrite, Flags flags) -> std::string {
    for (cl::Option *option : flags)
      if (!rewrite.getNumOccurrences() && option->getNumOccurrences())
        return ("--" + option->ArgStr + " belongs to --" + rewrite.ArgStr).str();
    // A rewrite that was asked for and does not run would be a silent one.
    if (rewrite.getNumOccurrences() && (options.from >= Phase::Rewrite || options.to < Phase::Rewrite))
      return ("--" + rewrite.ArgStr + " is done in phase rewrite, which this command does not pass").str();
    return "";
  };
  for (const std::string &message :
       {belongTo(cl.toFourier, {&cl.fourierScale, &cl.fourierKeep, &cl.fourierCalibration}),
        cl.search.getNumOccurrences() ? std::string() : belongTo(cl.toFourier, {&cl.dropMask}),
        belongTo(cl.fastFNet, {}), belongTo(cl.toGated, {}), belongTo(cl.search, {}),
        belongTo(cl.toCircular, {&cl.maxError, &cl.circularWhere, &cl.circularCalibration})})
    if (!message.empty())
      return fail(message);
  if (Error error = loadAdded(cl, options))
    return fail(toString(std::move(error)));
  bool hasDevice = cl.device.getNumOccurrences();
  if (!hasDevice && (cl.fourier == spectral::opticLowering || cl.emit == Emit::Stream))
    return fail(cl.emit == Emit::Stream ? "--emit=stream needs a device: give --device=NAME"
                                        : "--fourier=optic needs a device: give --device=NAME");
  if (cl.emit == Emit::Stream)
    options.to = Phase::Optic;
  if (!hasDevice && cl.precision.getNumOccurrences())
    return fail("--device-precision belongs to --device");
  if (!hasDevice && cl.dense)
    return fail("--dense-on-device belongs to --device");
  if (cl.dense && cl.offload != "all")
    return fail("--dense-on-device goes with --offload=all: refused products would be transforms on the host");
  if (!hasDevice && cl.offload.getNumOccurrences())
    return fail("--offload belongs to --device");
  for (cl::opt<std::string> *times : {&cl.hostTimes, &cl.saveHostTimes})
    if (times->getNumOccurrences() && cl.offload == "all")
      return fail("--" + times->ArgStr + " belongs to --offload=time or energy");
  if (cl.saveHostTimes.getNumOccurrences() && !cl.measureCPU)
    return fail("--save-host-times keeps what --measure-cpu measures: give it, too");
  if (cl.measureCPU && (!hasDevice || options.from >= Phase::Optic || options.to < Phase::Optic))
    return fail("--measure-cpu belongs to --device, and to phase optic, which this command does not pass");
  if (cl.measureCPU && (cl.cpu.getNumOccurrences() || cl.features.getNumOccurrences() || cl.triple.getNumOccurrences()))
    return fail("--measure-cpu runs code on this CPU: give neither --mcpu nor --mattr nor --mtriple");
  StringRef bits = cl.precision;
  if (bits != "native" && (!bits.consume_back("bits") || bits.getAsDouble(options.pipeline.deviceBits) ||
                           !(options.pipeline.deviceBits > 0 && options.pipeline.deviceBits <= 24)))
    return fail("--device-precision: expected native or Nbits with N up to 24, but found '" + cl.precision + "'");
  std::optional<device::Profile> profile;
  if (hasDevice) {
    Expected<device::Profile> loaded = device::loadProfile(cl.device);
    if (!loaded)
      return fail("--device: " + toString(loaded.takeError()));
    profile = std::move(*loaded);
    if (cl.dense && !profile->hasFilter())
      return fail("--dense-on-device: the optics of " + profile->name + " have no filter");
  }
  std::string fourier = hasDevice && !cl.fourier.getNumOccurrences() ? spectral::opticLowering.str() : cl.fourier;
  if (!spectral::findLowering(cl.fourier))
    return fail("--fourier: expected " + spectral::listLowerings() + ", but found '" + cl.fourier + "'");

  EmitOptions emission;
  Expected<CPUTarget> target = resolveTarget(cl.triple, cl.cpu, cl.features);
  if (!target)
    return fail(toString(target.takeError()));
  emission.target = *target;
  emission.optLevel = cl.optimisation;
  emission.modelName = cl.modelName.empty() ? stemOf(cl.input) : cl.modelName.getValue();
  emission.sideWeights = cl.sideWeights;
  double deviceBits = options.pipeline.deviceBits;
  options.pipeline = {cl.shapes, fourier, target->vectorBytes / 4, target->vectorRegisters};
  options.pipeline.deviceBits = deviceBits;
  options.pipeline.device = cl.device;
  options.pipeline.offload = cl.offload;
  options.pipeline.hostTimes = cl.hostTimes;
  if (cl.dense) {
    options.pipeline.denseRows = profile->rows;
    options.pipeline.denseCols = profile->cols;
  }
  options.pipeline.fastFNet = cl.fastFNet;
  if (cl.toCircular.getNumOccurrences())
    options.pipeline.projectionsToCircular = {cl.toCircular, cl.maxError, cl.circularWhere, cl.circularCalibration};
  if (cl.toFourier.getNumOccurrences())
    options.pipeline.attentionToFourier = {cl.toFourier, cl.fourierScale, cl.fourierKeep, cl.fourierCalibration,
                                           cl.dropMask};
  Expected<std::vector<NamedTensor>> bindings = readBindings(cl.bindings);
  if (!bindings)
    return fail(toString(bindings.takeError()));
  options.bindings = std::move(*bindings);
  options.dumpFolder = cl.dump;
  options.verbose = cl.verbose;

  Expected<std::string> calibration = fileOf(cl.calibrate);
  if (!calibration)
    return fail(toString(calibration.takeError()));
  Expected<std::string> holdout = fileOf(cl.holdout);
  if (!holdout)
    return fail(toString(holdout.takeError()));
  std::unique_ptr<mlir::MLIRContext> context = createContext();
  std::unique_ptr<ReportRecorder> recorder; // looks at modules of the context
  if (cl.report.getNumOccurrences()) {
    if (options.from > Phase::Rewrite || options.to < Phase::Raise)
      return fail("--report looks at the phases raise and rewrite, which this command does not pass");
    auto made = ReportRecorder::create(
        {cl.report, cl.input == "-" ? "model" : cl.input.getValue(), *calibration, *holdout, options.to, cl.fourier});
    if (!made)
      return fail(toString(made.takeError()));
    recorder = std::move(*made);
  } else if (cl.holdout.getNumOccurrences()) {
    return fail("--holdout belongs to --report");
  }

  CalibrateOptions calibrate;
  if (Error error = readCalibrateOptions(cl, *calibration, calibrate))
    return fail(toString(std::move(error)));
  std::optional<FileRemover> temporary, temporaryTimes;
  if (cl.toGated.getNumOccurrences())
    options.pipeline.attentionToGated = {calibrate.gated.layers, cl.calibration};
  if (!calibrate.samples.empty() && calibrate.output.empty()) {
    SmallString<128> path;
    if (std::error_code error = sys::fs::createTemporaryFile("fourmix-calibration", "npz", path))
      return fail("cannot make a temporary file: " + error.message());
    temporary.emplace(path);
    calibrate.output = path.str().str();
  }
  SmallString<128> timesPath(cl.saveHostTimes);
  bool measuresTimes = cl.measureCPU && cl.offload != "all";
  if (measuresTimes && timesPath.empty()) {
    if (std::error_code error = sys::fs::createTemporaryFile("fourmix-host-times", "txt", timesPath))
      return fail("cannot make a temporary file: " + error.message());
    temporaryTimes.emplace(timesPath);
  }
  bool library = cl.emit == Emit::Library, makesStream = cl.emit == Emit::Stream;
  std::string path = !cl.output.empty() ? cl.output.getValue()
                                        : stemOf(cl.input) + (library       ? ".so"
                                                              : makesStream ? ".focs"
                                                                            : ".o");
  SmallString<128> streamPath(path);
  sys::path::replace_extension(streamPath, "focs");
  std::vector<uint8_t> stream;
  options.afterPhase = [&](Phase phase, mlir::ModuleOp module) -> LogicalResult {
    if (measuresTimes && phase == std::max(Phase::Rewrite, options.from))
      if (Error error = measureHostTimes(module, phase, options.pipeline, emission, timesPath)) {
        std::string message = toString(std::move(error)); // empty after a diagnostic
        return failure(message.empty() || fail("--measure-cpu: " + message));
      }
    if (phase == Phase::Plan && cl.measureCPU)
      keepHostCode(module);
    if (phase == Phase::Optic && cl.measureCPU)
      if (Error error = measureHostCode(module, options.pipeline, emission)) {
        std::string message = toString(std::move(error)); // empty after a diagnostic
        return failure(message.empty() || fail("--measure-cpu: " + message));
      }
    if (phase == Phase::Optic && profile) {
      mlir::FailureOr<std::vector<uint8_t>> taken =
          emitCommandStream(module, *profile, sys::path::filename(streamPath));
      if (failed(taken))
        return failure();
      stream = std::move(*taken);
    }
    if (recorder && failed(recorder->afterPhase(phase, module)))
      return failure();
    if (phase != Phase::Raise || calibrate.samples.empty())
      return success();
    if (Error error = calibrateRewrites(module, options.pipeline, calibrate, errs())) {
      std::string message = toString(std::move(error)); // empty after a diagnostic
      return failure(message.empty() || fail("--calibrate: " + message));
    }
    return success();
  };

  std::unique_ptr<DefaultThreadPool> pool;
  if (cl.threads) {
    context->disableMultithreading();
    if (cl.threads > 1) {
      pool = std::make_unique<DefaultThreadPool>(hardware_concurrency(cl.threads));
      context->setThreadPool(*pool);
    }
  }
  DiagnosticPrinter diagnostics(context.get(), errs());
  showRemarks(*context, [&](const mlir::remark::detail::Remark &remark) {
    if (recorder)
      recorder->hear(remark);
  });
  mlir::OwningOpRef<mlir::ModuleOp> module = loadModel(cl.input, context.get(), options);
  if (!module || failed(compile(*module, options)))
    return 1;

  if (recorder)
    if (Error error = recorder->write())
      return fail("--report: " + toString(std::move(error)));

  StringRef folder = sys::path::has_parent_path(cl.output) ? sys::path::parent_path(cl.output) : ".";
  if (!cl.weights.empty() && failed(saveWeights(*module, cl.weights, folder)))
    return 1;
  if (toPhase)
    return writeText(cl.output, [&](raw_ostream &os) {
      printModule(*module, os);
      return success();
    });
  if (toONNX) // under no name that the input may have
    return failed(emitONNX(*module, cl.output.empty() ? stemOf(cl.input) + ".fourmix.onnx" : cl.output, onnx));
  if (makesStream)
    return stream.empty() ? fail("nothing of the network was placed on the device, so there is no stream to write")
                          : writeBytes(path, stream);
  if (cl.emit == Emit::LLVM)
    return writeText(cl.output, [&](raw_ostream &os) { return emitLLVMIR(*module, emission, os); });
  if (failed(library ? emitLibrary(*module, emission, path) : emitObject(*module, emission, path)))
    return 1;
  return stream.empty() ? 0 : writeBytes(streamPath, stream);
}
