// fourmix-compile: an ONNX model in, native code (or the module after any phase) out.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Command.h"
#include "fourmix/Calibration/HostTimes.h"
#include "fourmix/InitAll.h"
#include "fourmix/Report/Recorder.h"
#include "fourmix/Support/Diagnostics.h"
#include "fourmix/Support/ParameterStore.h"
#include "fourmix/Support/WholeFile.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/ThreadPool.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace llvm;
using namespace fourmix;
using namespace fourmix::calibration;

namespace {

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

/// One run of the compiler: the phases, what looks at the module between them, and what is written at the end.
class Compilation {
public:
  Compilation(const Flags &flags, Command &command) : flags(flags), command(command), context(createContext()) {
    if (!command.calibrate.samples.empty())
      keepIn(command.calibrate.output, "fourmix-calibration", "npz");
    hostTimes = flags.saveHostTimes;
    if (command.measuresHostTimes)
      keepIn(hostTimes, "fourmix-host-times", "txt");
    path = flags.output;
    if (path.empty())
      path = stemOf(flags.input) + (flags.emit == Emit::Library ? ".so" : flags.emit == Emit::Stream ? ".focs" : ".o");
    streamPath = path;
    sys::path::replace_extension(streamPath, "focs");
    if (flags.threads) {
      context->disableMultithreading();
      if (flags.threads > 1) {
        pool = std::make_unique<DefaultThreadPool>(hardware_concurrency(flags.threads));
        context->setThreadPool(*pool);
      }
    }
  }

  int run() {
    if (failedToStart)
      return 1;
    if (flags.report.getNumOccurrences()) {
      auto made = ReportRecorder::create({flags.report, flags.input == "-" ? "model" : flags.input.getValue(),
                                          command.samples, command.holdout, command.compile.to, flags.fourier});
      if (!made)
        return fail(toString(made.takeError()));
      recorder = std::move(*made);
    }
    DiagnosticPrinter diagnostics(context.get(), errs());
    showRemarks(*context, [&](const mlir::remark::detail::Remark &remark) {
      if (recorder)
        recorder->hear(remark);
    });
    command.compile.afterPhase = [&](Phase phase, mlir::ModuleOp module) { return afterPhase(phase, module); };
    mlir::OwningOpRef<mlir::ModuleOp> module = loadModel(flags.input, context.get(), command.compile);
    if (!module || failed(compile(*module, command.compile)))
      return 1;
    if (recorder)
      if (Error error = recorder->write())
        return fail("--report: " + toString(std::move(error)));
    return write(*module);
  }

private:
  /// Lets `file` be a temporary one where the user named none.
  void keepIn(std::string &file, const char *prefix, const char *suffix) {
    if (!file.empty())
      return;
    SmallString<128> made;
    if (std::error_code error = sys::fs::createTemporaryFile(prefix, suffix, made)) {
      failedToStart = fail("cannot make a temporary file: " + error.message());
      return;
    }
    file = made.str().str();
    temporaries.push_back(std::make_unique<FileRemover>(made));
  }

  /// An error's message is empty where a diagnostic has said it.
  static LogicalResult report(const char *flag, Error error) {
    if (!error)
      return success();
    std::string message = toString(std::move(error));
    if (!message.empty())
      fail(Twine(flag) + ": " + message);
    return failure();
  }

  LogicalResult afterPhase(Phase phase, mlir::ModuleOp module) {
    PipelineOptions &pipeline = command.compile.pipeline;
    if (command.measuresHostTimes && phase == std::max(Phase::Rewrite, command.compile.from) &&
        failed(report("--measure-cpu", measureHostTimes(module, phase, pipeline, command.emission, hostTimes))))
      return failure();
    if (flags.measureCPU && phase == Phase::Plan)
      keepHostCode(module);
    if (flags.measureCPU && phase == Phase::Optic &&
        failed(report("--measure-cpu", measureHostCode(module, pipeline, command.emission))))
      return failure();
    if (phase == Phase::Optic && command.profile) {
      mlir::FailureOr<std::vector<uint8_t>> taken =
          emitCommandStream(module, *command.profile, sys::path::filename(streamPath));
      if (failed(taken))
        return failure();
      stream = std::move(*taken);
    }
    if (recorder && failed(recorder->afterPhase(phase, module)))
      return failure();
    if (phase == Phase::Raise && !command.calibrate.samples.empty())
      return report("--calibrate", calibrateRewrites(module, pipeline, command.calibrate, errs()));
    return success();
  }

  int write(mlir::ModuleOp module) {
    StringRef folder = sys::path::has_parent_path(flags.output) ? sys::path::parent_path(flags.output) : ".";
    if (!flags.weights.empty() && failed(saveWeights(module, flags.weights, folder)))
      return 1;
    if (flags.compileTo.getNumOccurrences())
      return writeText(flags.output, [&](raw_ostream &os) {
        printModule(module, os);
        return success();
      });
    switch (flags.emit) {
    case Emit::ONNX: // under no name that the input may have
      return failed(
          emitONNX(module, flags.output.empty() ? stemOf(flags.input) + ".fourmix.onnx" : path, command.onnx));
    case Emit::Stream:
      return stream.empty() ? fail("nothing of the network was placed on the device, so there is no stream to write")
                            : writeBytes(path, stream);
    case Emit::LLVM:
      return writeText(flags.output, [&](raw_ostream &os) { return emitLLVMIR(module, command.emission, os); });
    case Emit::Library:
      if (failed(emitLibrary(module, command.emission, path)))
        return 1;
      break;
    case Emit::Object:
      if (failed(emitObject(module, command.emission, path)))
        return 1;
      break;
    }
    return stream.empty() ? 0 : writeBytes(streamPath, stream);
  }

  const Flags &flags;
  Command &command;
  std::unique_ptr<DefaultThreadPool> pool; // of the context
  std::unique_ptr<mlir::MLIRContext> context;
  std::unique_ptr<ReportRecorder> recorder; // looks at modules of the context
  std::vector<std::unique_ptr<FileRemover>> temporaries;
  std::string path, hostTimes;
  SmallString<128> streamPath;
  std::vector<uint8_t> stream;
  bool failedToStart = false;
};

} // namespace

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  cl::ResetCommandLineParser(); // libLLVM's own options: not ours to offer, and some have our names
  Flags flags;
  cl::HideUnrelatedOptions(flags.category);
  cl::ParseCommandLineOptions(argc, argv, "Fourmix model compiler\n");
  Expected<Command> command = readCommand(flags);
  if (!command)
    return fail(toString(command.takeError()));
  return Compilation(flags, *command).run();
}
