// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Calibration/ModelRunner.h"
#include "fourmix/Pipelines/Compiler.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include <chrono>
#include <cmath>
#include <cstring>

using namespace mlir;

namespace fourmix::calibration {

//===----------------------------------------------------------------------===//
// The instrumented module
//===----------------------------------------------------------------------===//

/// True for what main computes or takes at its top level.
static bool isInBody(Value value, func::FuncOp main) {
  return value && value.getParentRegion() == &main.getBody() && isa<RankedTensorType>(value.getType());
}

/// Makes a value of main an argument.
static void giveValue(func::FuncOp main, Value value, StringRef name) {
  Builder builder(main.getContext());
  unsigned index = main.getNumArguments();
  DictionaryAttr attrs = builder.getDictionaryAttr(builder.getNamedAttr("onnx.name", builder.getStringAttr(name)));
  (void)main.insertArgument(index, value.getType(), attrs, value.getLoc());
  value.replaceAllUsesWith(main.getArgument(index));
}

/// Adds results to main, or puts them in the place of its own.
static void returnValues(func::FuncOp main, ArrayRef<Value> values, bool withOutputs) {
  Builder builder(main.getContext());
  auto returnOp = cast<func::ReturnOp>(main.getBody().front().getTerminator());
  SmallVector<Value> results;
  SmallVector<DictionaryAttr> attrs;
  if (withOutputs) {
    results.assign(returnOp.operand_begin(), returnOp.operand_end());
    main.getAllResultAttrs(attrs);
    attrs.resize(results.size(), builder.getDictionaryAttr({}));
  }
  for (auto [i, value] : llvm::enumerate(values)) {
    results.push_back(value);
    attrs.push_back(
        builder.getDictionaryAttr(builder.getNamedAttr("onnx.name", builder.getStringAttr("value" + Twine(i)))));
  }
  returnOp->setOperands(results);
  main.setType(builder.getFunctionType(main.getArgumentTypes(), TypeRange(ValueRange(results))));
  main.setAllResultAttrs(attrs);
}

/// Erases nodes and arguments that nothing needs, so that nobody has to feed them.
static void dropUnused(func::FuncOp main) {
  Block &body = main.getBody().front();
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
    if (!op.hasTrait<OpTrait::IsTerminator>() && op.use_empty() && isMemoryEffectFree(&op))
      op.erase();
  for (unsigned i = main.getNumArguments(); i-- > 0;)
    if (main.getArgument(i).use_empty())
      (void)main.eraseArgument(i);
}

/// A clone of `module` with further results and arguments. Null after a diagnostic.
static OwningOpRef<ModuleOp> instrument(ModuleOp module, ValueRange values, const ModelRunnerOptions &options) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main || main.isExternal()) {
    module.emitError("expected a function main to run, but found none");
    return nullptr;
  }
  for (Value value : values)
    if (!isInBody(value, main)) {
      main.emitError("only tensors in the body of main can be looked at, but this is ") << value;
      return nullptr;
    }
  IRMapping mapping;
  OwningOpRef<ModuleOp> clone = cast<ModuleOp>(module->clone(mapping));
  auto copy = clone->lookupSymbol<func::FuncOp>("main");
  SmallVector<Value> wanted = llvm::map_to_vector(values, [&](Value value) { return mapping.lookup(value); });
  returnValues(copy, wanted, options.withOutputs);
  for (const GivenValue &given : options.given)
    giveValue(copy, mapping.lookup(given.value), given.name);
  dropUnused(copy);
  return clone;
}

//===----------------------------------------------------------------------===//
// ModelRunner
//===----------------------------------------------------------------------===//

ModelRunner::~ModelRunner() = default;

std::unique_ptr<ModelRunner> ModelRunner::create(ModuleOp module, ValueRange values,
                                                 const ModelRunnerOptions &options) {
  OwningOpRef<ModuleOp> clone = instrument(module, values, options);
  if (!clone)
    return nullptr;
  CompileOptions compileOptions;
  compileOptions.from = options.from;
  compileOptions.pipeline = options.pipeline;
  compileOptions.pipeline.keepWeights = true; // `module` is compiled again
  if (failed(compile(*clone, compileOptions)))
    return nullptr;
  std::unique_ptr<ModelRunner> runner(new ModelRunner());
  runner->model = compileInProcess(*clone, options.emit);
  if (!runner->model)
    return nullptr;
  runner->threads = options.threads;
  for (const fourmix_tensor_info &info : runner->model->inputs())
    runner->decls.push_back({info.name, info.dtype, SmallVector<int64_t>(info.dims, info.dims + info.rank)});
  return runner;
}

static std::vector<HostTensor> tensorsFor(ArrayRef<fourmix_tensor_info> infos) {
  std::vector<HostTensor> tensors;
  for (const fourmix_tensor_info &info : infos)
    tensors.push_back(HostTensor::zeros(info.dtype, ArrayRef<int64_t>(info.dims, info.rank)));
  return tensors;
}

static std::vector<fourmix_tensor> viewsOf(std::vector<HostTensor> &tensors) {
  std::vector<fourmix_tensor> views;
  for (HostTensor &tensor : tensors)
    views.push_back(tensor.view());
  return views;
}

/// An error where a result has no axis of samples.
static llvm::Error checkResults(ArrayRef<fourmix_tensor_info> infos, const SampleFeed &feed) {
  for (const fourmix_tensor_info &info : infos) {
    ArrayRef<int64_t> shape(info.dims, info.rank);
    if (!feed.isWholeRuns() && (shape.empty() || shape[0] == 0 || shape[0] % feed.batch() != 0))
      return llvm::createStringError("output '" + Twine(info.name) + "' (" + typeText(info.dtype, shape) +
                                     ") has no axis 0 of the " + Twine(feed.batch()) + " samples of a run");
  }
  return llvm::Error::success();
}

llvm::Error ModelRunner::each(const Samples &samples,
                              llvm::function_ref<void(ArrayRef<HostTensor>, int64_t valid, int64_t batch)> look) const {
  llvm::Expected<SampleFeed> feed = SampleFeed::create(decls, samples);
  if (!feed)
    return feed.takeError();
  if (llvm::Error error = checkResults(model->outputs(), *feed))
    return error;
  std::vector<HostTensor> inputs = tensorsFor(model->inputs()), outputs = tensorsFor(model->outputs());
  std::vector<fourmix_tensor> in = viewsOf(inputs), out = viewsOf(outputs);
  RunOptions options;
  options.threads = threads;
  for (int64_t index = 0; index < feed->runs(); ++index) {
    feed->fill(index, inputs);
    if (llvm::Error error = model->run(in, out, options))
      return error;
    look(outputs, std::min(feed->batch(), feed->samples() - index * feed->batch()), feed->batch());
  }
  return llvm::Error::success();
}

llvm::Expected<std::vector<NamedTensor>> ModelRunner::run(const Samples &samples) const {
  llvm::Expected<SampleFeed> feed = SampleFeed::create(decls, samples);
  if (!feed)
    return feed.takeError();
  if (llvm::Error error = checkResults(model->outputs(), *feed))
    return std::move(error);
  int64_t count = feed->samples();
  std::vector<NamedTensor> results;
  for (const fourmix_tensor_info &info : model->outputs()) {
    SmallVector<int64_t> shape(info.dims, info.dims + info.rank);
    if (feed->isWholeRuns())
      shape.insert(shape.begin(), count);
    else
      shape[0] = shape[0] / feed->batch() * count;
    results.push_back({info.name, HostTensor::zeros(info.dtype, shape)});
  }
  int64_t at = 0; // samples before this run
  llvm::Error error = each(samples, [&](ArrayRef<HostTensor> outputs, int64_t valid, int64_t batch) {
    for (auto [result, output] : llvm::zip_equal(results, outputs)) {
      int64_t bytes = output.bytes.size() / batch;
      std::memcpy(result.tensor.bytes.data() + at * bytes, output.bytes.data(), valid * bytes);
    }
    at += valid;
  });
  if (error)
    return std::move(error);
  return results;
}

llvm::Expected<double> ModelRunner::time(const Samples &samples, int count, std::optional<int> onThreads) const {
  llvm::Expected<SampleFeed> feed = SampleFeed::create(decls, samples);
  if (!feed)
    return feed.takeError();
  std::vector<HostTensor> inputs = tensorsFor(model->inputs()), outputs = tensorsFor(model->outputs());
  std::vector<fourmix_tensor> in = viewsOf(inputs), out = viewsOf(outputs);
  feed->fill(0, inputs);
  RunOptions options;
  options.threads = onThreads.value_or(threads);
  double best = INFINITY;
  for (int i = 0; i < count; ++i) {
    auto start = std::chrono::steady_clock::now();
    if (llvm::Error error = model->run(in, out, options))
      return error;
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

} // namespace fourmix::calibration
