// One test: compile, run, compare.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Suite.h"
#include "dialects/ONNX/IR/ONNX.h"
#include "dialects/ONNX/Transforms/BindInputs.h"
#include "fourmix/CPU/Emission.h"
#include "fourmix/Import/TensorProto.h"
#include "fourmix/Pipelines/Compiler.h"
#include "fourmix/Runner/Runner.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace fourmix::suite {
namespace {

/// The tensors KIND_0.pb, KIND_1.pb, … of a data set; an error where one is none.
Expected<std::vector<HostTensor>> readTensors(const std::string &folder, StringRef kind) {
  std::vector<HostTensor> tensors;
  for (unsigned i = 0;; ++i) {
    std::string path = (folder + "/" + kind + "_" + Twine(i) + ".pb").str();
    auto file = MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
    if (!file)
      return tensors;
    Expected<NamedTensor> tensor = parseTensorProto((*file)->getBuffer());
    if (!tensor)
      return createStringError(kind + Twine(i) + ": " + toString(tensor.takeError()));
    tensors.push_back(std::move(tensor->tensor));
  }
}

void collectOperators(mlir::ModuleOp module, std::vector<std::string> &operators) {
  StringSet<> seen;
  module.walk([&](onnx::NodeOp node) {
    std::string name =
        node.getDomain().empty() ? node.getOpType().str() : (node.getDomain() + "." + node.getOpType()).str();
    if (seen.insert(name).second)
      operators.push_back(name);
  });
}

/// The inputs that an error asks to bind: what stands behind each "--bind ".
std::vector<std::string> bindHints(StringRef error) {
  std::vector<std::string> names;
  while (true) {
    error = error.split("--bind ").second;
    if (error.empty())
      return names;
    names.push_back(error.take_until([](char c) { return c == '='; }).str());
  }
}

Outcome classify(StringRef error) {
  if (error.contains("not supported:") || error.contains("no lowering to linalg"))
    return Outcome::NoOperator;
  if (error.contains("!onnx.") || error.contains("expected tensor elements") || error.contains("tensor of numbers"))
    return Outcome::NoType;
  if (error.contains("depends on the data"))
    return Outcome::DataShape;
  return Outcome::Refused;
}

/// One compilation of the model for the inputs of one data set.
class Attempt {
public:
  Attempt(const std::string &path, MutableArrayRef<HostTensor> inputs, ArrayRef<std::string> bind)
      : path(path), inputs(inputs), bind(bind), context(createContext()),
        handler(context.get(), [this](mlir::Diagnostic &diagnostic) {
          if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error)
            errors += (errors.empty() ? "" : "; ") + diagnostic.str();
          return mlir::success();
        }) {}

  /// Null after an error, which is in `errors`.
  std::unique_ptr<CompiledModel> compile(std::vector<std::string> &operators) {
    context->disableMultithreading();
    CompileOptions options;
    Expected<CPUTarget> target = resolveTarget("", "native");
    if (!target) {
      errors = toString(target.takeError());
      return nullptr;
    }
    options.pipeline.vectorWidth = target->vectorBytes / 4;
    options.pipeline.vectorRegisters = target->vectorRegisters;
    mlir::OwningOpRef<mlir::ModuleOp> module = loadModel(path, context.get(), options);
    auto main = module ? module->lookupSymbol<mlir::func::FuncOp>("main") : mlir::func::FuncOp();
    if (!main)
      return nullptr;
    if (operators.empty())
      collectOperators(*module, operators);
    if (main.getNumArguments() != inputs.size()) {
      errors = ("the data set has " + Twine(inputs.size()) + " inputs for " + Twine(main.getNumArguments())).str();
      return nullptr;
    }
    std::vector<NamedTensor> bindings;
    for (auto [i, tensor] : enumerate(inputs)) {
      // The data sets hold bfloat16 as the integers with its bits.
      auto elements = dyn_cast<mlir::TensorType>(main.getArgumentTypes()[i]);
      if (elements && elements.getElementType().isBF16() && tensor.dtype == FOURMIX_UINT16)
        tensor.dtype = FOURMIX_BFLOAT16;
      auto name = main.getArgAttrOfType<mlir::StringAttr>(i, "onnx.name");
      if (name && is_contained(bind, name.str()))
        bindings.push_back({name.str(), tensor});
      else
        given.push_back(tensor);
      auto type = dyn_cast<mlir::RankedTensorType>(main.getArgumentTypes()[i]);
      if (name && !is_contained(bind, name.str()) && (!type || !type.hasStaticShape())) {
        std::string dims = join(map_range(tensor.shape, [](int64_t dim) { return std::to_string(dim); }), "x");
        options.pipeline.shapes.push_back(name.str() + "=" + (dims.empty() ? "scalar" : dims));
      }
    }
    if (failed(onnx::bindInputs(main, bindings)) || failed(fourmix::compile(*module, options)))
      return nullptr;
    EmitOptions emission;
    emission.target = *target;
    emission.optLevel = 1;
    return compileInProcess(*module, emission);
  }

  std::string errors;
  std::vector<HostTensor> given; // what is not bound

private:
  std::string path;
  MutableArrayRef<HostTensor> inputs;
  ArrayRef<std::string> bind;
  std::unique_ptr<mlir::MLIRContext> context;
  mlir::ScopedDiagnosticHandler handler;
};

/// Runs `model` and says what differs from `expected`; empty where nothing does.
std::string runAndCompare(CompiledModel &model, std::vector<HostTensor> &inputs, MutableArrayRef<HostTensor> expected,
                          const Tolerance &tolerance) {
  std::vector<fourmix_tensor> inputViews, outputViews;
  std::vector<HostTensor> outputs;
  for (HostTensor &input : inputs)
    inputViews.push_back(input.view());
  for (const fourmix_tensor_info &info : model.outputs())
    outputs.push_back(HostTensor::zeros(info.dtype, ArrayRef<int64_t>(info.dims, info.rank)));
  for (HostTensor &output : outputs)
    outputViews.push_back(output.view());
  if (Error error = model.run(inputViews, outputViews))
    return toString(std::move(error));
  if (outputs.size() < expected.size())
    return ("expected " + Twine(expected.size()) + " outputs, found " + Twine(outputs.size())).str();
  for (auto [i, reference] : enumerate(expected)) {
    if (outputs[i].dtype == FOURMIX_BFLOAT16 && reference.dtype == FOURMIX_UINT16)
      reference.dtype = FOURMIX_BFLOAT16;
    if (outputs[i].typeText() != reference.typeText())
      return ("output " + Twine(i) + ": expected " + reference.typeText() + ", found " + outputs[i].typeText()).str();
    Comparison found = compare(outputs[i], reference, tolerance);
    if (found.mismatches)
      return ("output " + Twine(i) + ": " + Twine(found.mismatches) + " of " + Twine(reference.size()) +
              " elements differ, the first " + std::to_string(outputs[i].real(found.first)) + " for " +
              std::to_string(reference.real(found.first)))
          .str();
  }
  return {};
}

} // namespace

Result runTest(StringRef folder, double rtol, double atol) {
  Result result;
  result.name = sys::path::filename(folder).str();
  result.family = sys::path::filename(sys::path::parent_path(folder)).str();
  auto finish = [&](Outcome outcome, std::string reason) {
    result.outcome = outcome;
    result.reason = std::move(reason);
    return result;
  };
  unsigned sets = 0;
  for (;; ++sets) {
    std::string data = (folder + "/test_data_set_" + Twine(sets)).str();
    if (!sys::fs::is_directory(data))
      break;
    Expected<std::vector<HostTensor>> inputs = readTensors(data, "input"), outputs = readTensors(data, "output");
    std::string problem;
    for (auto *read : {&inputs, &outputs})
      if (!*read)
        problem = toString(read->takeError());
    if (!problem.empty())
      return finish(Outcome::NoType, problem);
    // As it stands; then with the inputs bound that errors ask for, until there are no more.
    while (true) {
      Attempt attempt(folder.str() + "/model.onnx", *inputs, result.bound);
      std::unique_ptr<CompiledModel> model = attempt.compile(result.operators);
      if (model) {
        result.noInputLeft = !inputs->empty() && attempt.given.empty();
        std::string difference = runAndCompare(*model, attempt.given, *outputs, {std::nullopt, rtol, atol});
        if (!difference.empty())
          return finish(Outcome::Wrong, difference);
        break;
      }
      size_t before = result.bound.size();
      for (std::string &name : bindHints(attempt.errors))
        if (!is_contained(result.bound, name))
          result.bound.push_back(name);
      if (result.bound.size() == before)
        return finish(classify(attempt.errors), attempt.errors);
    }
  }
  if (sets == 0)
    return finish(Outcome::NoType, "no data set");
  return finish(result.bound.empty() ? Outcome::Pass : Outcome::PassBound, "");
}

} // namespace fourmix::suite
