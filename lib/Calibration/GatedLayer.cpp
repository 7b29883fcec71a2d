// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "GatedLayer.h"
#include "mlir/IR/Builders.h"
#include <cmath>

using namespace mlir;
using namespace fourmix::rewrite;

namespace fourmix::calibration {

llvm::Error diagnosed() { return llvm::createStringError(""); }

func::FuncOp mainOf(ModuleOp module) { return module.lookupSymbol<func::FuncOp>("main"); }

mix::AttentionOp attentionOf(ModuleOp module, int64_t layer) {
  for (auto [number, attention] : attentionLayers(mainOf(module)))
    if (number == layer)
      return attention;
  return {};
}

//===----------------------------------------------------------------------===//
// What is measured
//===----------------------------------------------------------------------===//

Stretch::Stretch(ModuleOp module, const Samples &samples, const ModelRunnerOptions &options)
    : module(module), samples(samples), options(options) {
  this->options.withOutputs = false;
}

llvm::Expected<std::vector<HostTensor>> Stretch::run(Value input, ArrayRef<Value> further) {
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

namespace {

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

} // namespace

AttentionMaps::AttentionMaps(ModuleOp module, const std::set<int64_t> &layers, const Samples &samples,
                             const ModelRunnerOptions &options)
    : original(module.clone()), stretch(*original, samples, options) {
  for (int64_t layer : layers)
    if (mix::AttentionOp attention = attentionOf(*original, layer); attention && analyseGated(attention).form)
      maps[layer] = Value();
  for (auto &[layer, value] : maps)
    value = giveMaps(attentionOf(*original, layer));
}

SmallVector<int64_t> AttentionMaps::layers() const {
  return llvm::map_to_vector(maps, [](const auto &entry) { return entry.first; });
}

llvm::Expected<std::vector<float>> AttentionMaps::measure(int64_t layer) {
  Value map = maps.at(layer);
  SublayerAnalysis analysis = analyseSublayer(map.getDefiningOp<mix::AttentionOp>());
  llvm::Expected<std::vector<HostTensor>> values = stretch.run(analysis.sublayer->input, {map});
  if (!values)
    return values.takeError();
  return floats((*values)[1]);
}

llvm::Expected<LayerSamples> AttentionMaps::measureWithInputs(int64_t layer) {
  llvm::Expected<std::optional<LayerSamples>> seen = measureLayer(stretch, *original, layer, maps.at(layer));
  if (!seen)
    return seen.takeError();
  return std::move(**seen);
}

llvm::Expected<std::optional<LayerSamples>> measureLayer(Stretch &stretch, ModuleOp module, int64_t layer, Value map) {
  mix::AttentionOp attention = attentionOf(module, layer);
  GatedAnalysis analysis = attention ? analyseGated(attention) : GatedAnalysis();
  if (!analysis.form) // another rewrite has taken it
    return std::nullopt;
  const GatedForm &form = *analysis.form;
  if (form.sublayer.sequence == 0 && form.batch > 1 && form.sublayer.getType().getRank() == 3)
    return llvm::createStringError("layer " + Twine(layer) + ": calibration needs the axis of samples before that of " +
                                   "tokens, but the sublayer starts from " + describe(form.sublayer.input) +
                                   " with tokens first; give the model a batch of 1");
  SmallVector<Value> wanted{attention.getQuery(), attention.getKey()};
  if (map)
    wanted.push_back(map);
  llvm::Expected<std::vector<HostTensor>> found = stretch.run(form.sublayer.input, wanted);
  if (!found)
    return found.takeError();
  int64_t n = form.tokens, size = attention.getSizes().size;
  LayerSamples seen{layer, form, floats((*found)[0]), {}, {}, attention.getScale().convertToDouble(), size};
  seen.queries = byHead((*found)[1], attention.getQuery().getType().getRank() == 4, n, form.heads, form.heads, size);
  seen.keys =
      byHead((*found)[2], attention.getKey().getType().getRank() == 4, n, form.heads, attention.getKvHeads(), size);
  if (map)
    seen.maps = floats((*found)[3]);
  for (float number : seen.x)
    if (!std::isfinite(number))
      return llvm::createStringError("layer " + Twine(layer) + ": the input of the sublayer, " +
                                     describe(form.sublayer.input) + ", is not finite on the samples");
  return seen;
}

//===----------------------------------------------------------------------===//
// The fit
//===----------------------------------------------------------------------===//

bool isCircular(const GatedForm &form, StringRef kernel) { return kernel == "circular" && !form.isWindowed(); }

llvm::Expected<GatedWeights> fitLayer(const LayerSamples &seen, const std::vector<float> &maps, StringRef kernel,
                                      const FitOptions &options) {
  const GatedForm &form = seen.form;
  AttentionData data;
  data.samples = seen.count();
  data.n = form.tokens;
  data.features = form.features;
  data.heads = form.heads;
  data.size = seen.size;
  data.x = seen.x.data();
  data.maps = maps.data();
  data.queries = seen.queries.data();
  data.keys = seen.keys.data();
  data.scale = seen.scale;
  data.valid = validTokens(maps, data.samples, form.heads, form.tokens);
  data.left = form.left;
  data.right = form.right;
  data.circular = isCircular(form, kernel);
  if (llvm::none_of(data.valid, [](uint8_t valid) { return valid; }))
    return llvm::createStringError("layer " + Twine(seen.layer) + ": no token of any sample is attended to");
  return fitGated(data, options);
}

static NamedTensor named(std::string name, ArrayRef<int64_t> shape, const std::vector<float> &values) {
  HostTensor tensor = HostTensor::zeros(FOURMIX_FLOAT32, shape);
  std::memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
  return {std::move(name), std::move(tensor)};
}

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

llvm::Error applyWeights(ModuleOp module, int64_t layer, const GatedWeights &weights) {
  GatedForm form = *analyseGated(attentionOf(module, layer)).form;
  CalibrationFile file("the fit", arraysOf(layer, weights));
  llvm::Expected<GatedParameters> parameters = GatedParameters::read(file, layer, form);
  if (!parameters)
    return parameters.takeError();
  return failed(applyGated(form, *parameters)) ? diagnosed() : llvm::Error::success();
}

} // namespace fourmix::calibration
