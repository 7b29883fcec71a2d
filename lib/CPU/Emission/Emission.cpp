// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/CPU/Emission.h"
#include "ModelInterface.h"
#include "fourmix/Runtime/CompiledModel.h"
#include "fourmix/Runtime/weights.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/xxhash.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;
using namespace fourmix;

llvm::Expected<CPUTarget> fourmix::targetOrHost(const EmitOptions &options) {
  return options.target.triple.empty() ? resolveTarget() : llvm::Expected<CPUTarget>(options.target);
}

/// Optimises for the machine at the level of the options.
static void optimise(llvm::Module &module, llvm::TargetMachine &machine, int level) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager graphs;
  llvm::ModuleAnalysisManager modules;
  llvm::PipelineTuningOptions tuning;
  llvm::PassBuilder builder(&machine, tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(graphs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, graphs, modules);
  llvm::OptimizationLevel levels[] = {llvm::OptimizationLevel::O0, llvm::OptimizationLevel::O1,
                                      llvm::OptimizationLevel::O2, llvm::OptimizationLevel::O3};
  llvm::OptimizationLevel chosen = levels[std::clamp(level, 0, 3)];
  llvm::ModulePassManager pipeline = chosen == llvm::OptimizationLevel::O0
                                         ? builder.buildO0DefaultPipeline(chosen)
                                         : builder.buildPerModuleDefaultPipeline(chosen);
  pipeline.run(module, modules);
}

FailureOr<std::unique_ptr<llvm::Module>>
fourmix::buildLLVMModule(ModuleOp module, const ModelInterface &interface, const WeightsLocation &weights,
                         const EmitOptions &options, llvm::TargetMachine &machine, llvm::LLVMContext &context) {
  DialectRegistry registry;
  registerAllToLLVMIRTranslations(registry);
  module.getContext()->appendDialectRegistry(registry);
  std::unique_ptr<llvm::Module> result = translateModuleToLLVMIR(module, context, interface.tag);
  if (!result)
    return module.emitError("the module does not translate to LLVM IR");
  result->setSourceFileName(interface.tag);
  result->setTargetTriple(machine.getTargetTriple());
  result->setDataLayout(machine.createDataLayout());
  llvm::Expected<CPUTarget> target = targetOrHost(options);
  llvm::Error error = target ? linkEntry(*result, interface, weights, *target) : target.takeError();
  if (error)
    return module.emitError() << llvm::toString(std::move(error));
  for (llvm::Function &function : *result) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", target->cpu);
    if (!target->features.empty())
      function.addFnAttr("target-features", target->features);
    // Several AVX-512 CPUs are tuned to 256-bit vectors; the code is scheduled for the full width.
    if (target->has("avx512f"))
      function.addFnAttr("prefer-vector-width", "512");
    function.setDoesNotThrow();
  }
  optimise(*result, machine, options.optLevel);
  return result;
}

LogicalResult fourmix::emitMachineCode(llvm::Module &llvmModule, llvm::TargetMachine &machine,
                                       llvm::raw_pwrite_stream &os) {
  llvm::legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, os, nullptr, llvm::CodeGenFileType::ObjectFile))
    return failure();
  passes.run(llvmModule);
  return success();
}

namespace {
/// What every emission starts with.
struct Setup {
  ModelInterface interface;
  std::unique_ptr<llvm::TargetMachine> machine;
};
} // namespace

static FailureOr<Setup> setUp(ModuleOp module, const EmitOptions &options) {
  FailureOr<ModelInterface> interface = ModelInterface::read(module, options.modelName);
  if (failed(interface))
    return failure();
  llvm::Expected<CPUTarget> target = targetOrHost(options);
  if (!target)
    return module.emitError() << llvm::toString(target.takeError());
  auto machine = createTargetMachine(*target, options.optLevel);
  if (!machine)
    return module.emitError() << llvm::toString(machine.takeError());
  return Setup{std::move(*interface), std::move(*machine)};
}

LogicalResult fourmix::emitLLVMIR(ModuleOp module, const EmitOptions &options, llvm::raw_ostream &os) {
  FailureOr<Setup> setup = setUp(module, options);
  if (failed(setup))
    return failure();
  llvm::LLVMContext context;
  WeightsLocation weights;
  if (setup->interface.weightsBytes)
    weights.symbol = "fourmix_" + setup->interface.tag + "_weights";
  auto built = buildLLVMModule(module, setup->interface, weights, options, *setup->machine, context);
  if (failed(built))
    return failure();
  (*built)->print(os, nullptr);
  return success();
}

/// A section of its own for the packed bytes, past the header of their file.
static std::string weightsAssembly(StringRef symbol, StringRef file) {
  std::string result = (".section .rodata." + symbol + ",\"a\",@progbits\n.p2align 6\n" + symbol + ":\n").str();
  result += ".incbin \"";
  for (char c : file)
    result += (c == '"' || c == '\\') ? std::string{'\\', c} : std::string{c};
  return result + "\"," + std::to_string(FOURMIX_WEIGHTS_OFFSET) + "\n.size " + symbol.str() + ", .-" + symbol.str() +
         "\n.previous\n";
}

LogicalResult fourmix::emitObjectFile(ModuleOp module, const EmitOptions &options, StringRef path, StringRef sidePath,
                                      WeightsFile &weightsFile) {
  FailureOr<Setup> setup = setUp(module, options);
  if (failed(setup))
    return failure();
  ModelInterface &interface = setup->interface;
  if (failed(weightsFile.write(module, interface, sidePath)))
    return failure();
  WeightsLocation weights;
  weights.hash = weightsFile.hash();
  if (!weightsFile.empty()) {
    if (options.sideWeights || uint64_t(interface.weightsBytes) > options.sideWeightsAbove)
      weights.file = llvm::sys::path::filename(sidePath).str();
    else
      weights.symbol = "fourmix_" + interface.tag + "_weights";
  }

  llvm::LLVMContext context;
  auto built = buildLLVMModule(module, interface, weights, options, *setup->machine, context);
  if (failed(built))
    return failure();
  if (!weights.symbol.empty())
    (*built)->appendModuleInlineAsm(weightsAssembly(weights.symbol, weightsFile.path()));

  auto object =
      llvm::sys::fs::TempFile::create(path + ".%%%%%%%%.tmp", llvm::sys::fs::all_read | llvm::sys::fs::owner_write);
  if (!object)
    return module.emitError() << "cannot write '" << path << "': " << llvm::toString(object.takeError());
  std::string problem;
  {
    llvm::raw_fd_ostream os(object->FD, /*shouldClose=*/false);
    if (failed(emitMachineCode(**built, *setup->machine, os)))
      problem = "the target has no object format";
    os.flush();
    if (os.has_error())
      problem = os.error().message();
    os.clear_error();
  }
  if (weights.file.empty())
    weightsFile.discard();
  llvm::Error error =
      problem.empty() ? object->keep(path) : llvm::joinErrors(llvm::createStringError(problem), object->discard());
  if (error)
    return module.emitError() << "cannot write '" << path << "': " << llvm::toString(std::move(error));
  return success();
}

LogicalResult fourmix::emitObject(ModuleOp module, const EmitOptions &options, StringRef path) {
  std::string sidePath = (path + ".weights").str();
  WeightsFile weights;
  if (failed(emitObjectFile(module, options, path, sidePath, weights)))
    return failure();
  if (llvm::Error error = weights.keep(sidePath))
    return module.emitError() << "cannot write '" << sidePath << "': " << llvm::toString(std::move(error));
  return success();
}

std::unique_ptr<CompiledModel> fourmix::compileInProcess(ModuleOp module, const EmitOptions &options) {
  FailureOr<Setup> setup = setUp(module, options);
  if (failed(setup))
    return nullptr;
  // Weights go by pointer with every run: the object would only be one more copy of them.
  AlignedBytes weights(setup->interface.weightsBytes);
  if (failed(packWeights(module, {weights.data(), weights.size()})))
    return nullptr;
  WeightsLocation location;
  location.hash = llvm::xxh3_64bits(StringRef(weights.data(), weights.size()));
  SmallVector<char, 0> object;
  {
    llvm::LLVMContext context;
    auto built = buildLLVMModule(module, setup->interface, location, options, *setup->machine, context);
    if (failed(built))
      return nullptr;
    llvm::raw_svector_ostream os(object);
    if (failed(emitMachineCode(**built, *setup->machine, os))) {
      module.emitError("the target has no object format");
      return nullptr;
    }
  }
  auto buffer = std::make_unique<llvm::SmallVectorMemoryBuffer>(std::move(object), setup->interface.tag,
                                                                /*RequiresNullTerminator=*/false);
  auto model = CompiledModel::loadObject(std::move(buffer), std::move(weights));
  if (!model) {
    module.emitError() << llvm::toString(model.takeError());
    return nullptr;
  }
  return std::move(*model);
}
