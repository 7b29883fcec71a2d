// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Calibration/Gated.h"
#include "Fit/GatedFit.h"
#include "lib/Rewrite/GatedAttention.h"
#include "lib/Rewrite/LayerList.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Threading.h"
#include <chrono>
#include <cmath>

using namespace mlir;
using namespace fourmix::rewrite;

namespace fourmix::calibration {

/// The diagnostics have said why.
static llvm::Error diagnosed() { return llvm::createStringError(""); }

llvm::Expected<GatedOptions> parseGatedOptions(StringRef text) {
  GatedOptions options;
  SmallVector<StringRef> parts, layers;
  text.split(parts, ',');
  for (StringRef part : parts) {
    StringRef value = part;
    if (value.consume_front("components=")) {
      if (value.getAsInteger(10, options.components) || options.components < 1 || options.components > 64)
        return llvm::createStringError("components: expected 1 to 64, but found '" + value + "'");
    } else if (value.consume_front("kernel=")) {
      if (value != "circular" && value != "toeplitz")
        return llvm::createStringError("kernel: expected circular or toeplitz, but found '" + value + "'");
      options.kernel = value.str();
    } else {
      layers.push_back(part);
    }
  }
  options.layers = llvm::join(layers, ",");
  return options;
}

//===----------------------------------------------------------------------===//
// What is measured
//===----------------------------------------------------------------------===//

namespace {

func::FuncOp mainOf(ModuleOp module) { return module.lookupSymbol<func::FuncOp>("main"); }

mix::AttentionOp attentionOf(ModuleOp module, int64_t layer) {
  for (auto [number, attention] : attentionLayers(mainOf(module)))
    if (number == layer)
      return attention;
  return {};
}

/// Lets an attention give its softmax, too: its second result.
Value giveMaps(mix::AttentionOp attention) {
  mix::AttentionSizes sizes = attention.getSizes();
  OpBuilder builder(attention);
  auto type = RankedTensorType::get(
      {sizes.batch, static_cast<int64_t>(attention.getHeads()), sizes.queries, sizes.past + sizes.keys},
      attention.getOutput().getType().getElementType());
  OperationState state(attention.getLoc(), attention->getName());
  state.addOperands(attention->getOperands());
  state.addAttributes(attention->getAttrs());
  state.addTypes({attention.getOutput().getType(), type});
  auto stage = mix::ScoresStageAttr::get(builder.getContext(), mix::ScoresStage::Weights);
  state.addAttribute(attention.getScoresStageAttrName(), stage);
  Operation *made = builder.create(state);
  attention.getOutput().replaceAllUsesWith(made->getResult(0));
  attention.erase();
  return made->getResult(1);
}

/// One of the two networks, run from one layer to the next: what stands before the last layer is not computed again.
class Stretch {
public:
  Stretch(ModuleOp module, const Samples &samples, const ModelRunnerOptions &options)
      : module(module), samples(samples), options(options) {
    this->options.withOutputs = false;
  }

  /// The input of the sublayer of `layer`, then `further` values, by sample.
  llvm::Expected<std::vector<HostTensor>> run(int64_t layer, Value input, ArrayRef<Value> further) {
    options.given.clear();
    Samples fed = samples;
    // The value of an earlier call, if it is still computed and has an axis of samples.
    if (known && known != input) {
      options.given.push_back({known, "fourmix.known"});
      fed.push_back({"fourmix.known", knownValues});
    }
    SmallVector<Value> wanted{input};
    wanted.append(further.begin(), further.end());
    std::unique_ptr<ModelRunner> runner = ModelRunner::create(module, wanted, options);
    if (!runner)
      return diagnosed();
    llvm::Expected<std::vector<NamedTensor>> results = runner->run(fed);
    if (!results)
      return results.takeError();
    std::vector<HostTensor> values;
    for (NamedTensor &result : *results)
      values.push_back(std::move(result.tensor));
    auto type = cast<RankedTensorType>(input.getType());
    bool isBySample = type.getRank() == 3 && values[0].shape.size() == 3 && type.getDimSize(1) == values[0].shape[1];
    known = isBySample ? input : Value();
    if (known)
      knownValues = values[0];
    return values;
  }

private:
  ModuleOp module;
  const Samples &samples;
  ModelRunnerOptions options;
  Value known;
  HostTensor knownValues;
};

//===----------------------------------------------------------------------===//
// The data of a fit
//===----------------------------------------------------------------------===//

/// Elements as f32.
std::vector<float> floats(const HostTensor &tensor) {
  std::vector<float> values(tensor.size());
  if (tensor.dtype == FOURMIX_FLOAT32) {
    std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
    return values;
  }
  for (int64_t i = 0; i < tensor.size(); ++i)
    values[i] = float(tensor.real(i));
  return values;
}

/// Queries or keys as [samples, tokens, heads, size], from [.., tokens, own * size] or [.., own, tokens, size]; heads
/// in a row share one of `own`.
std::vector<float> byHead(const HostTensor &tensor, bool byHeads, int64_t tokens, int64_t heads, int64_t own,
                          int64_t size) {
  std::vector<float> given = floats(tensor);
  int64_t samples = int64_t(given.size()) / (tokens * own * size);
  std::vector<float> result(samples * tokens * heads * size);
  for (int64_t sample = 0; sample < samples; ++sample)
    for (int64_t token = 0; token < tokens; ++token)
      for (int64_t head = 0; head < heads; ++head) {
        int64_t source = head * own / heads;
        int64_t at = byHeads ? ((sample * own + source) * tokens + token) : ((sample * tokens + token) * own + source);
        std::copy_n(&given[at * size], size, &result[((sample * tokens + token) * heads + head) * size]);
      }
  return result;
}

/// A token counts if any query of any head sees it: no mask needs to be read, whatever its form. Our exp of a masked
/// score is not quite zero.
std::vector<uint8_t> validTokens(const std::vector<float> &maps, int64_t samples, int64_t heads, int64_t tokens) {
  std::vector<uint8_t> valid(samples * tokens);
  for (int64_t row = 0; row < samples * heads * tokens; ++row)
    for (int64_t key = 0; key < tokens; ++key)
      valid[row / (heads * tokens) * tokens + key] |= maps[row * tokens + key] > 1e-30f;
  return valid;
}

NamedTensor named(std::string name, ArrayRef<int64_t> shape, const std::vector<float> &values) {
  HostTensor tensor = HostTensor::zeros(FOURMIX_FLOAT32, shape);
  std::memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
  return {std::move(name), std::move(tensor)};
}

/// What a calibration file holds of one layer.
std::vector<NamedTensor> arraysOf(int64_t layer, const GatedWeights &weights) {
  int64_t r = weights.components, heads = weights.heads;
  std::vector<NamedTensor> arrays;
  arrays.push_back(named(gatedKey(layer, "gate"), {r, heads, weights.features}, weights.gate));
  arrays.push_back(named(gatedKey(layer, "kernel"), {r, heads, weights.taps}, weights.kernel));
  if (r > 1) {
    arrays.push_back(named(gatedKey(layer, "mix"), {r, heads, weights.features}, weights.mix));
    arrays.push_back(named(gatedKey(layer, "mix_bias"), {r, heads}, weights.mixBias));
  }
  return arrays;
}

double secondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

} // namespace

//===----------------------------------------------------------------------===//
// calibrateGated
//===----------------------------------------------------------------------===//

llvm::Expected<std::vector<NamedTensor>> calibrateGated(ModuleOp module, ModuleOp rewritten, const Samples &samples,
                                                        const GatedOptions &options, const ModelRunnerOptions &running,
                                                        llvm::raw_ostream &log) {
  func::FuncOp main = mainOf(module);
  if (!main)
    return llvm::createStringError("there is no function main to calibrate");
  SmallVector<AttentionLayer> layers = attentionLayers(main);
  llvm::Expected<std::set<int64_t>> asked = parseLayers(options.layers, countLayers(main));
  if (!asked)
    return llvm::createStringError("layers: " + llvm::toString(asked.takeError()));
  (void)attentionLayers(mainOf(rewritten));

  // The original, in which every attention also gives its maps.
  OwningOpRef<ModuleOp> original = module.clone();
  std::map<int64_t, Value> maps;
  for (int64_t layer : *asked)
    if (mix::AttentionOp attention = attentionOf(*original, layer); attention && analyseGated(attention).form)
      maps[layer] = Value();
  for (auto &[layer, value] : maps)
    value = giveMaps(attentionOf(*original, layer));

  Stretch before(*original, samples, running), after(rewritten, samples, running);
  std::vector<NamedTensor> result;
  for (auto [layer, map] : maps) {
    auto start = std::chrono::steady_clock::now();
    mix::AttentionOp attention = attentionOf(rewritten, layer);
    GatedAnalysis analysis = attention ? analyseGated(attention) : GatedAnalysis();
    if (!analysis.form) // another rewrite has taken it
      continue;
    const GatedForm form = *analysis.form;
    if (form.sublayer.sequence == 0 && form.batch > 1 && form.sublayer.getType().getRank() == 3)
      return llvm::createStringError("layer " + Twine(layer) +
                                     ": calibration needs the axis of samples before that of " +
                                     "tokens, but the sublayer starts from " + describe(form.sublayer.input) +
                                     " with tokens first; give the model a batch of 1");
    SublayerAnalysis originally = analyseSublayer(map.getDefiningOp<mix::AttentionOp>());
    llvm::Expected<std::vector<HostTensor>> targets = before.run(layer, originally.sublayer->input, {map});
    if (!targets)
      return targets.takeError();
    llvm::Expected<std::vector<HostTensor>> found =
        after.run(layer, form.sublayer.input, {attention.getQuery(), attention.getKey()});
    if (!found)
      return found.takeError();
    double measured = secondsSince(start);

    std::vector<float> x = floats((*found)[0]), target = floats((*targets)[1]);
    int64_t n = form.tokens, size = attention.getSizes().size, own = attention.getKvHeads();
    std::vector<float> queries =
        byHead((*found)[1], attention.getQuery().getType().getRank() == 4, n, form.heads, form.heads, size);
    std::vector<float> keys =
        byHead((*found)[2], attention.getKey().getType().getRank() == 4, n, form.heads, own, size);
    AttentionData data;
    data.samples = int64_t(x.size()) / (n * form.features);
    data.n = n;
    data.features = form.features;
    data.heads = form.heads;
    data.size = size;
    data.x = x.data();
    data.maps = target.data();
    data.queries = queries.data();
    data.keys = keys.data();
    data.scale = attention.getScale().convertToDouble();
    data.valid = validTokens(target, data.samples, form.heads, n);
    data.left = form.left;
    data.right = form.right;
    data.circular = options.kernel == "circular" && !form.isWindowed();
    if (llvm::none_of(data.valid, [](uint8_t valid) { return valid; }))
      return llvm::createStringError("layer " + Twine(layer) + ": no token of any sample is attended to");
    for (float number : x)
      if (!std::isfinite(number))
        return llvm::createStringError("layer " + Twine(layer) + ": the input of the sublayer, " +
                                       describe(form.sublayer.input) + ", is not finite on the samples");
    FitOptions fit;
    fit.components = int(options.components);
    fit.evaluations = options.evaluations;
    fit.ridge = options.ridge;
    fit.threads = running.threads ? running.threads : int(llvm::hardware_concurrency().compute_thread_count());
    GatedWeights weights = fitGated(data, fit);
    std::vector<NamedTensor> arrays = arraysOf(layer, weights);
    llvm::append_range(result, arrays);
    log << llvm::formatv("layer {0}: gated {1} attention, {2} of {3} heads fitted on {4} samples: divergence {5:f4} at "
                         "the start, {6:f4} after {7} evaluations; {8:f1} s, {9:f1} s of them to run the network\n",
                         layer, data.circular ? "circular" : "Toeplitz",
                         weights.components == 1 ? "one component" : std::to_string(weights.components) + " components",
                         form.heads, data.samples, weights.startDivergence, weights.divergence, weights.evaluations,
                         secondsSince(start), measured);

    CalibrationFile file("the fit", std::move(arrays));
    llvm::Expected<GatedParameters> parameters = GatedParameters::read(file, layer, form);
    if (!parameters)
      return parameters.takeError();
    if (failed(applyGated(form, *parameters)))
      return diagnosed();
  }
  return result;
}

} // namespace fourmix::calibration
