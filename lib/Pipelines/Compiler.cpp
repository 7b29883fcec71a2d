// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Pipelines/Compiler.h"
#include "dialects/ONNX/Transforms/BindInputs.h"
#include "fourmix/Import/ONNX.h"
#include "fourmix/InitAll.h"
#include "fourmix/Pipelines/HostForms.h"
#include "fourmix/Pipelines/Passes.h"
#include "fourmix/Support/ParameterStore.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/SourceMgr.h"
#include <chrono>

using namespace mlir;

namespace fourmix {

std::unique_ptr<MLIRContext> createContext() {
  DialectRegistry registry;
  registerAllDialects(registry);
  auto context = std::make_unique<MLIRContext>(registry);
  context->printOpOnDiagnostic(false); // an error is one line that names the node, not the node's text
  return context;
}

OwningOpRef<ModuleOp> loadModel(StringRef path, MLIRContext *context, const CompileOptions &options) {
  Location loc = FileLineColLoc::get(context, path, 0, 0);
  if (options.from == Phase::Import) {
    OwningOpRef<ModuleOp> module = importONNX(path, context);
    auto main = module ? module->lookupSymbol<func::FuncOp>("main") : func::FuncOp();
    if (main && failed(onnx::bindInputs(main, options.bindings)))
      return nullptr;
    return module;
  }
  if (!options.bindings.empty()) {
    emitError(loc) << "inputs can be bound where an ONNX file comes in, not from phase '"
                   << allPhases()[static_cast<size_t>(options.from)].name << "' on";
    return nullptr;
  }
  return loadModule(path, context);
}

OwningOpRef<ModuleOp> loadModule(StringRef path, MLIRContext *context) {
  Location loc = FileLineColLoc::get(context, path, 0, 0);
  auto buffer = llvm::MemoryBuffer::getFileOrSTDIN(path);
  if (!buffer) {
    emitError(loc) << "cannot be read: " << buffer.getError().message();
    return nullptr;
  }
  llvm::SourceMgr source;
  source.AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
  auto module = parseSourceFile<ModuleOp>(source, ParserConfig(context));
  if (!module || failed(loadWeights(*module, llvm::sys::path::parent_path(path))))
    return nullptr;
  return module;
}

void printModule(ModuleOp module, llvm::raw_ostream &os) {
  OpPrintingFlags flags;
  flags.elideLargeResourceString(0);
  module.print(os, flags);
  os << '\n';
}

/// Writes the module after a phase as NN-PHASE.mlir.
static LogicalResult dump(ModuleOp module, StringRef folder, size_t number, StringRef phase) {
  if (std::error_code error = llvm::sys::fs::create_directories(folder))
    return module.emitError("cannot make the folder '") << folder << "': " << error.message();
  SmallString<128> path(folder);
  llvm::sys::path::append(path, llvm::formatv("{0:d2}-{1}.mlir", number, phase).str());
  std::error_code error;
  llvm::raw_fd_ostream os(path, error);
  if (error)
    return module.emitError("cannot write '") << path << "': " << error.message();
  printModule(module, os);
  return success();
}

namespace {
/// What a crash leaves behind: the module as it stood before the phase that crashed, and the command that goes on from
/// it. A failed phase is no crash and leaves nothing.
class CrashReport {
public:
  struct Scope {
    Scope(ModuleOp module, StringRef phase, StringRef path) { remember(module, phase, path); }
    ~Scope() { instance().text.clear(); }
  };

  static void remember(ModuleOp module, StringRef phase, StringRef path) {
    static bool installed = (llvm::sys::AddSignalHandler(write, nullptr), true);
    (void)installed;
    CrashReport &report = instance();
    report.phase = phase;
    report.path = path.str();
    report.text.clear();
    llvm::raw_string_ostream os(report.text);
    printModule(module, os);
  }

private:
  static CrashReport &instance() {
    static CrashReport report;
    return report;
  }

  static void write(void *) {
    CrashReport &report = instance();
    if (report.text.empty())
      return;
    std::error_code error;
    llvm::raw_fd_ostream os(report.path, error);
    os << report.text;
    llvm::errs() << "fourmix: crashed in phase '" << report.phase << "'; the module before it is in '" << report.path
                 << "'\n";
  }

  StringRef phase;
  std::string path, text;
};
} // namespace

static LogicalResult run(ModuleOp module, const AddedPasses &added) {
  PassManager passes(module.getContext());
  if (failed(parsePassPipeline(added.pipeline, passes)))
    return failure();
  passes.addPass(createVerifyPhase({allPhases()[static_cast<size_t>(added.after)].name.str(), added.pipeline}));
  return passes.run(module);
}

LogicalResult compile(ModuleOp module, const CompileOptions &options) {
  for (auto [number, info] : llvm::enumerate(allPhases())) {
    if (info.phase > options.to)
      break;
    if (info.phase < options.from)
      continue;
    auto start = std::chrono::steady_clock::now();
    CrashReport::Scope report(module, info.name, options.reproducer);
    bool isTrial = module->hasAttr("fourmix.note_expense");
    if (info.phase == Phase::Spectral && info.phase != options.from && !isTrial &&
        failed(chooseHostForms(module, options.pipeline)))
      return failure();
    PassManager passes(module.getContext());
    if (info.phase != options.from)
      buildPhasePipeline(passes, info.phase, options.pipeline);
    passes.addPass(createVerifyPhase({info.name.str(), ""}));
    if (failed(passes.run(module)))
      return failure();
    for (const AddedPasses &added : options.added)
      if (added.after == info.phase && failed(run(module, added)))
        return failure();
    if (options.verbose)
      llvm::errs() << llvm::formatv("{0,-10} {1,8:f3} s\n", info.name,
                                    std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    if (options.afterPhase && failed(options.afterPhase(info.phase, module)))
      return failure();
    if (!options.dumpFolder.empty() && failed(dump(module, options.dumpFolder, number, info.name)))
      return failure();
  }
  if (options.to == Phase::LLVM) // what comes now is LLVM's work on this module
    CrashReport::remember(module, "emission", options.reproducer);
  return success();
}

} // namespace fourmix
