// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Calibration/Fourier.h"
#include "GatedLayer.h"
#include "lib/Rewrite/FourierForm.h"
#include "lib/Rewrite/LayerList.h"
#include "lib/Rewrite/Remarks.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace mlir;
using namespace fourmix::rewrite;

namespace fourmix::calibration {

/// One value of a module, by sample.
static llvm::Expected<HostTensor> measure(ModuleOp module, Value value, const Samples &samples,
                                          ModelRunnerOptions running) {
  running.withOutputs = false;
  std::unique_ptr<ModelRunner> runner = ModelRunner::create(module, value, running);
  if (!runner)
    return diagnosed();
  llvm::Expected<std::vector<NamedTensor>> results = runner->run(samples);
  if (!results)
    return results.takeError();
  return std::move(results->front().tensor);
}

/// The number of token `at / width` and feature `at % width` in a tensor of tokens whose samples came one after
/// another.
static double tokenFeature(const HostTensor &tensor, const Tokens &tokens, int64_t at) {
  if (tokens.layout == Tokens::Stream)
    return tensor.real(at);
  int64_t heads = tokens.type.getDimSize(1), size = tokens.type.getDimSize(3), count = tokens.count();
  int64_t feature = at % (heads * size), token = at / (heads * size);
  int64_t sequence = token / count, head = feature / size;
  return tensor.real(((sequence * heads + head) * count + token % count) * size + feature % size);
}

namespace {
/// Sums over tokens of one feature.
struct Sums {
  double count = 0, x = 0, y = 0, xx = 0, xy = 0, yy = 0;

  void add(double mixed, double target) {
    count += 1;
    x += mixed;
    y += target;
    xx += mixed * mixed;
    xy += mixed * target;
    yy += target * target;
  }
  double variance() const { return xx - x * x / count; }
  double covariance() const { return xy - x * y / count; }
  double scale() const { return variance() > 1e-12 * xx ? covariance() / variance() : 0; }
  double bias() const { return (y - scale() * x) / count; }
  /// Squared distance that is left of `yy`, with and without the mixing.
  double rest() const { return restOfMean() - scale() * covariance(); }
  double restOfMean() const { return yy - y * y / count; }
};
} // namespace

static NamedTensor arrayOf(int64_t layer, StringRef what, ArrayRef<double> values) {
  HostTensor tensor = HostTensor::zeros(FOURMIX_FLOAT64, {static_cast<int64_t>(values.size())});
  for (auto [i, value] : llvm::enumerate(values))
    tensor.setReal(i, value);
  return {llvm::formatv("layer{0}.{1}", layer, what), std::move(tensor)};
}

llvm::Expected<std::vector<NamedTensor>> calibrateFourier(ModuleOp module, ModuleOp rewritten, const Samples &samples,
                                                          const FourierRewrite &rewrite,
                                                          const ModelRunnerOptions &running) {
  FourierOptions options;
  if (!mainOf(module))
    return llvm::createStringError("there is no function main to calibrate");
  if (!options.keep(rewrite.keep))
    return llvm::createStringError("keep: expected none, output, value or value+output, but found '" + rewrite.keep +
                                   "'");
  options.dropMask = rewrite.dropMask;
  OwningOpRef<ModuleOp> original = module.clone();
  (void)attentionLayers(mainOf(*original));
  (void)attentionLayers(mainOf(rewritten));
  llvm::Expected<std::set<int64_t>> asked = parseLayers(rewrite.layers, countLayers(mainOf(*original)));
  if (!asked)
    return llvm::createStringError("layers: " + llvm::toString(asked.takeError()));

  std::vector<NamedTensor> result;
  for (int64_t layer : *asked) {
    mix::AttentionOp attention = attentionOf(rewritten, layer);
    FourierAnalysis analysis = attention ? analyseFourier(attention, options) : FourierAnalysis();
    FourierAnalysis before = analyseFourier(attentionOf(*original, layer), options);
    if (!analysis.form || !before.form)
      continue;
    const FourierForm &form = *analysis.form;
    if (form.mixed.sequence == 0 && form.mixed.type.getRank() == 3 && form.mixed.type.getDimSize(1) > 1)
      return llvm::createStringError(llvm::formatv("layer {0}: calibration needs the axis of samples before that of "
                                                   "tokens; give the model a batch of 1",
                                                   layer));
    llvm::Expected<HostTensor> target = measure(*original, before.form->replaced, samples, running);
    if (!target)
      return target.takeError();
    // The mixing without factors, in a clone in which it has been put.
    OwningOpRef<ModuleOp> trial = rewritten.clone();
    FourierAnalysis plain = analyseFourier(attentionOf(*trial, layer), options);
    Value replaced = plain.form->replaced;
    SmallVector<OpOperand *> uses = llvm::map_to_vector(replaced.getUses(), [](OpOperand &use) { return &use; });
    if (!applyFourier(*plain.form, {}))
      return diagnosed();
    llvm::Expected<HostTensor> mixed = measure(*trial, uses.front()->get(), samples, running);
    if (!mixed)
      return mixed.takeError();

    int64_t width = form.mixed.width();
    std::vector<Sums> sums(width);
    for (int64_t at = 0, e = target->size(); at < e; ++at)
      sums[at % width].add(tokenFeature(*mixed, form.to, at), tokenFeature(*target, form.to, at));
    FourierFactors factors;
    double rest = 0, restOfMean = 0, norm = 0;
    for (const Sums &sum : sums) {
      factors.scale.push_back(sum.scale());
      factors.bias.push_back(sum.bias());
      rest += sum.rest();
      restOfMean += sum.restOfMean();
      norm += sum.yy;
    }
    if (!std::isfinite(rest))
      return llvm::createStringError(
          llvm::formatv("layer {0}: {1} is not finite on the samples", layer, describe(before.form->replaced)));
    double left = std::sqrt(std::max(0.0, rest) / norm), leftOfMean = std::sqrt(std::max(0.0, restOfMean) / norm);
    std::string words =
        llvm::formatv("Fourier mixing fitted on {0} tokens: {1:f4} of the output's norm is left, {2:f4} "
                      "with the mean output alone",
                      target->size() / width, left, leftOfMean);
    remarkNote({"attention-to-fourier", attention, layer}, words, {{"left", left}, {"leftWithMean", leftOfMean}});
    result.push_back(arrayOf(layer, "scale", factors.scale));
    result.push_back(arrayOf(layer, "bias", factors.bias));
    if (!applyFourier(form, factors))
      return diagnosed();
  }
  return result;
}

} // namespace fourmix::calibration
