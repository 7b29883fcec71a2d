// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "LoadModel.h"
#include "fourmix/CPU/Emission.h"
#include "fourmix/InitAll.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/BinaryFormat/Magic.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace fourmix;

static std::vector<InputDecl> inputsOf(const CompiledModel &model) {
  std::vector<InputDecl> result;
  for (const fourmix_tensor_info &info : model.inputs())
    result.push_back({info.name, info.dtype, SmallVector<int64_t>(info.dims, info.dims + info.rank)});
  return result;
}

namespace {
/// Compiled already; shapes are what they are.
class Ready final : public ModelSource {
public:
  explicit Ready(std::unique_ptr<CompiledModel> model) : model(std::move(model)) {}
  std::vector<InputDecl> inputs() override { return inputsOf(*model); }
  Expected<std::unique_ptr<CompiledModel>> compile(ArrayRef<HostTensor>) override { return std::move(model); }

private:
  std::unique_ptr<CompiledModel> model;
};

/// What must live as long as a module.
struct ModuleInContext {
  ModuleInContext() : context(registry()) {}
  static mlir::DialectRegistry registry() {
    mlir::DialectRegistry registry;
    registerAllDialects(registry);
    return registry;
  }
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};
} // namespace

static Expected<EmitOptions> emitOptions(const RunnerOptions &options) {
  EmitOptions result;
  result.modelName = sys::path::stem(options.model).str();
  Expected<CPUTarget> target = resolveTarget("", options.cpu);
  if (!target)
    return target.takeError();
  result.target = std::move(*target);
  return result;
}

/// The diagnostics have said why.
static Error diagnosed(const RunnerOptions &options, const char *what) {
  return createStringError("cannot " + std::string(what) + " '" + options.model + "'");
}

static Expected<std::unique_ptr<ModelSource>> openMLIR(const RunnerOptions &options) {
  Expected<EmitOptions> emit = emitOptions(options);
  if (!emit)
    return emit.takeError();
  ModuleInContext parsed;
  parsed.module = mlir::parseSourceFile<mlir::ModuleOp>(options.model, &parsed.context);
  if (!parsed.module)
    return diagnosed(options, "parse");
  std::unique_ptr<CompiledModel> model = compileInProcess(*parsed.module, *emit);
  if (!model)
    return diagnosed(options, "compile");
  return std::make_unique<Ready>(std::move(model));
}

Expected<std::unique_ptr<ModelSource>> ModelSource::open(const RunnerOptions &options) {
  file_magic magic;
  if (std::error_code error = identify_magic(options.model, magic))
    return createStringError("cannot read '" + options.model + "': " + error.message());
  if (magic == file_magic::elf_relocatable || magic == file_magic::elf_shared_object) {
    Expected<std::unique_ptr<CompiledModel>> model = CompiledModel::load(options.model);
    if (!model)
      return model.takeError();
    return std::make_unique<Ready>(std::move(*model));
  }
  if (StringRef(options.model).ends_with(".mlir"))
    return openMLIR(options);
  return createStringError("'" + options.model + "' is no model: expected .onnx, .so, .o or .mlir");
}
