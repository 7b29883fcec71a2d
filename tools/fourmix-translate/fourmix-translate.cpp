// fourmix-translate: from foreign formats to text and back.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Export/ONNX.h"
#include "fourmix/Import/ONNX.h"
#include "fourmix/Pipelines/Compiler.h"
#include "fourmix/Support/Diagnostics.h"
#include "fourmix/Support/ParameterStore.h"
#include "fourmix/Target/CommandStreamIO.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace llvm;
using namespace fourmix;

namespace {
enum class Translation { ImportONNX, ExportONNX, DiffONNX, StreamToText, TextToStream, ModuleToStream };

struct Options {
  cl::OptionCategory category{"Translation"};
  cl::opt<std::string> input{cl::Positional, cl::desc("<input file, - for standard input>"), cl::init("-"),
                             cl::cat(category)};
  cl::opt<std::string> second{cl::Positional, cl::desc("[<second file of --onnx-diff>]"), cl::cat(category)};
  cl::opt<Translation> what{
      cl::Required, cl::cat(category), cl::desc("Translations:"),
      cl::values(
          clEnumValN(Translation::ImportONNX, "import-onnx",
                     "Read an ONNX model, write MLIR without the bytes of weights"),
          clEnumValN(Translation::ExportONNX, "export-onnx",
                     "Read MLIR of onnx and func, with the weights it notes, write an ONNX model"),
          clEnumValN(Translation::DiffONNX, "onnx-diff",
                     "Show where two ONNX models differ first; 0: they say the same, 1: they differ, 2: trouble"),
          clEnumValN(Translation::StreamToText, "focs-to-text", "Read a command stream, write its assembly text"),
          clEnumValN(Translation::TextToStream, "text-to-focs", "Read assembly text, write the command stream"),
          clEnumValN(Translation::ModuleToStream, "mlir-to-focs",
                     "Read MLIR after phase optic, write the command stream of --device"))};
  cl::opt<std::string> device{"device", cl::value_desc("NAME|profile.toml"), cl::cat(category),
                              cl::desc("--mlir-to-focs: the device that the programs were made for")};
  cl::opt<std::string> output{"o", cl::desc("Output file"), cl::value_desc("file"), cl::init("-"), cl::cat(category)};
  cl::opt<std::string> weights{"save-weights", cl::desc("--import-onnx: write the weights beside the module"),
                               cl::value_desc("file"), cl::cat(category)};
  cl::opt<uint64_t> external{"external-data", cl::value_desc("bytes"), cl::cat(category),
                             cl::desc("--export-onnx: tensors of at least so many bytes go to <output>.data; default: "
                                      "those that came from such a file, and all of 1024 where 2 GiB would not do")};
  cl::opt<bool> locations{"mlir-print-debuginfo", cl::desc("--import-onnx: print locations"), cl::cat(category)};
};

int importFile(const Options &cl, mlir::MLIRContext &context) {
  mlir::OwningOpRef<mlir::ModuleOp> module = importONNX(cl.input, &context);
  if (!module)
    return 1;
  StringRef folder = sys::path::has_parent_path(cl.output) ? sys::path::parent_path(cl.output) : ".";
  if (!cl.weights.empty() && failed(saveWeights(*module, cl.weights, folder)))
    return 1;
  std::string error;
  std::unique_ptr<ToolOutputFile> file = mlir::openOutputFile(cl.output, &error);
  if (!file) {
    errs() << "error: " << error << '\n';
    return 1;
  }
  printWithoutWeights(*module, file->os(), cl.locations);
  file->keep();
  return 0;
}

int exportFile(const Options &cl, mlir::MLIRContext &context) {
  mlir::OwningOpRef<mlir::ModuleOp> module = loadModule(cl.input, &context);
  ExportONNXOptions options;
  if (cl.external.getNumOccurrences())
    options.externalThreshold = cl.external;
  return !module || failed(exportONNX(*module, cl.output, options));
}

int diffFiles(const Options &cl) {
  Expected<std::optional<ONNXDifference>> found = diffONNX(cl.input, cl.second);
  if (!found) {
    errs() << "error: " << toString(found.takeError()) << '\n';
    return 2;
  }
  if (!*found)
    return 0;
  outs() << (*found)->where << ":\n  " << cl.input << ": " << (*found)->first << "\n  " << cl.second << ": "
         << (*found)->second << '\n';
  return 1;
}

int fail(const Twine &message) {
  errs() << "error: " << message << '\n';
  return 1;
}

int writeStream(const Options &cl, ArrayRef<uint8_t> bytes) {
  std::string error;
  std::unique_ptr<ToolOutputFile> file = mlir::openOutputFile(cl.output, &error);
  if (!file)
    return fail(error);
  file->os().write(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  file->keep();
  return 0;
}

int translateModule(const Options &cl, mlir::MLIRContext &context) {
  if (cl.device.empty())
    return fail("--mlir-to-focs needs the device that the programs were made for: give --device=NAME");
  Expected<device::Profile> profile = device::loadProfile(cl.device);
  if (!profile)
    return fail("--device: " + toString(profile.takeError()));
  mlir::OwningOpRef<mlir::ModuleOp> module = loadModule(cl.input, &context);
  if (!module)
    return 1;
  mlir::FailureOr<std::vector<uint8_t>> bytes = emitCommandStream(*module, *profile, sys::path::filename(cl.output));
  if (failed(bytes))
    return 1;
  return bytes->empty() ? fail(cl.input + ": expected optic.program, but found none") : writeStream(cl, *bytes);
}

int translateStream(const Options &cl) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer = MemoryBuffer::getFileOrSTDIN(cl.input);
  if (!buffer)
    return fail(cl.input + ": " + buffer.getError().message());
  StringRef content = (*buffer)->getBuffer();
  bool toText = cl.what == Translation::StreamToText;
  Expected<focs::CommandStream> stream =
      toText ? focs::decode({content.bytes_begin(), content.bytes_end()}) : focs::assemble(content, cl.input);
  if (!stream)
    return fail((toText ? cl.input + ": " : "") + toString(stream.takeError()));
  if (!toText)
    return writeStream(cl, focs::encode(*stream));
  std::string error;
  std::unique_ptr<ToolOutputFile> file = mlir::openOutputFile(cl.output, &error);
  if (!file)
    return fail(error);
  file->os() << focs::disassemble(*stream);
  file->keep();
  return 0;
}
} // namespace

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  cl::ResetCommandLineParser(); // libLLVM's own options are not ours to offer
  Options cl;
  cl::HideUnrelatedOptions(cl.category);
  cl::ParseCommandLineOptions(argc, argv, "Fourmix translation driver\n");
  if ((cl.what == Translation::DiffONNX) != (cl.second.getNumOccurrences() > 0)) {
    errs() << "error: expected two files for --onnx-diff and one otherwise\n";
    return 2;
  }
  if (cl.what == Translation::DiffONNX)
    return diffFiles(cl);
  if (cl.what == Translation::StreamToText || cl.what == Translation::TextToStream)
    return translateStream(cl);
  std::unique_ptr<mlir::MLIRContext> context = createContext();
  context->disableMultithreading();
  DiagnosticPrinter printer(context.get(), errs());
  if (cl.what == Translation::ModuleToStream)
    return translateModule(cl, *context);
  return cl.what == Translation::ImportONNX ? importFile(cl, *context) : exportFile(cl, *context);
}
