// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "LoadModel.h"
#include "Arguments.h"
#include "dialects/ONNX/Transforms/InputShapes.h"
#include "fourmix/CPU/Emission.h"
#include "fourmix/Pipelines/Compiler.h"
#include "fourmix/Support/Diagnostics.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
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

/// An ONNX model: compiled once its inputs, and with them its open dimensions, are known.
class ONNXModel final : public ModelSource {
public:
  ONNXModel(const RunnerOptions &options, EmitOptions emit)
      : options(options), emit(std::move(emit)), context(createContext()), diagnostics(context.get(), errs()) {}
  Error import();
  std::vector<InputDecl> inputs() override { return decls; }
  Expected<std::unique_ptr<CompiledModel>> compile(ArrayRef<HostTensor> inputs) override;

private:
  RunnerOptions options;
  EmitOptions emit;
  CompileOptions compileOptions;
  std::unique_ptr<mlir::MLIRContext> context;
  DiagnosticPrinter diagnostics;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<InputDecl> decls;
};
} // namespace

/// The diagnostics have said why: nothing to add.
static Error diagnosed() { return createStringError(""); }

Error ONNXModel::import() {
  compileOptions.pipeline.shapes = options.shapes;
  compileOptions.pipeline.fourier = options.fourier;
  compileOptions.pipeline.vectorWidth = emit.target.vectorBytes / 4;
  compileOptions.pipeline.vectorRegisters = emit.target.vectorRegisters;
  Expected<std::vector<NamedTensor>> bindings = readBindings(options.bindings);
  if (!bindings)
    return bindings.takeError();
  compileOptions.bindings = std::move(*bindings);
  module = loadModel(options.model, context.get(), compileOptions);
  if (!module)
    return diagnosed();
  auto main = module->lookupSymbol<mlir::func::FuncOp>("main");
  if (!main)
    return createStringError("'" + options.model + "' has no main graph");
  if (failed(onnx::applyInputShapes(main, options.shapes)))
    return diagnosed();
  for (auto [i, type] : enumerate(main.getArgumentTypes())) {
    auto name = main.getArgAttrOfType<mlir::StringAttr>(i, "onnx.name");
    auto tensor = dyn_cast<mlir::RankedTensorType>(type);
    fourmix_dtype dtype = tensor ? dtypeOf(tensor.getElementType()) : 0;
    InputDecl decl{name ? name.str() : "input" + std::to_string(i), dtype, {}};
    if (!dtype) {
      std::string text;
      raw_string_ostream(text) << type;
      return createStringError("input '" + decl.name + "': expected a tensor of numbers with known rank, found " +
                               text);
    }
    for (int64_t dim : tensor.getShape())
      decl.dims.push_back(mlir::ShapedType::isDynamic(dim) ? -1 : dim);
    decls.push_back(std::move(decl));
  }
  return Error::success();
}

Expected<std::unique_ptr<CompiledModel>> ONNXModel::compile(ArrayRef<HostTensor> inputs) {
  for (auto [decl, tensor] : zip_equal(decls, inputs)) {
    if (!is_contained(decl.dims, -1))
      continue;
    std::string text;
    for (int64_t dim : tensor.shape)
      text += (text.empty() ? "" : "x") + std::to_string(dim);
    compileOptions.pipeline.shapes.push_back(decl.name + "=" + text);
  }
  if (failed(fourmix::compile(*module, compileOptions)))
    return diagnosed();
  std::unique_ptr<CompiledModel> model = compileInProcess(*module, emit);
  if (!model)
    return diagnosed();
  module = {}; // and with it the weights that were not packed
  return model;
}

static Expected<EmitOptions> emitOptions(const RunnerOptions &options) {
  EmitOptions result;
  result.modelName = sys::path::stem(options.model).str();
  Expected<CPUTarget> target = resolveTarget("", options.cpu);
  if (!target)
    return target.takeError();
  result.target = std::move(*target);
  return result;
}

static Expected<std::unique_ptr<ModelSource>> openMLIR(const RunnerOptions &options) {
  Expected<EmitOptions> emit = emitOptions(options);
  if (!emit)
    return emit.takeError();
  CompileOptions compileOptions;
  compileOptions.from = Phase::LLVM;
  std::unique_ptr<mlir::MLIRContext> context = createContext();
  DiagnosticPrinter diagnostics(context.get(), errs());
  mlir::OwningOpRef<mlir::ModuleOp> module = loadModel(options.model, context.get(), compileOptions);
  std::unique_ptr<CompiledModel> model = module ? compileInProcess(*module, *emit) : nullptr;
  if (!model)
    return diagnosed();
  return std::make_unique<Ready>(std::move(model));
}

static Expected<std::unique_ptr<ModelSource>> openONNX(const RunnerOptions &options) {
  Expected<EmitOptions> emit = emitOptions(options);
  if (!emit)
    return emit.takeError();
  auto model = std::make_unique<ONNXModel>(options, std::move(*emit));
  if (Error error = model->import())
    return error;
  return model;
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
  if (StringRef(options.model).ends_with(".onnx"))
    return openONNX(options);
  return createStringError("'" + options.model + "' is no model: expected .onnx, .so, .o or .mlir");
}
