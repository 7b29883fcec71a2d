// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "LayerForms.h"
#include "dialects/ONNX/IR/ONNX.h"
#include "lib/Rewrite/Remarks.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace fourmix::rewrite;

namespace fourmix::calibration {

std::string LayerForm::text() const {
  if (kind == Attention)
    return "attention";
  if (kind == Fourier)
    return "Fourier mixing";
  return components == 1 ? "gated with 1 component" : llvm::formatv("gated with {0} components", components).str();
}

std::string LayerForm::key() const {
  return kind == Attention ? "Attention" : kind == Fourier ? "Fourier" : "Gated" + std::to_string(components);
}

SmallVector<LayerForm> formsOf(ModuleOp module, int64_t layer, const FourierOptions *fourier) {
  SmallVector<LayerForm> forms{{LayerForm::Attention}};
  mix::AttentionOp attention = attentionOf(module, layer);
  if (fourier && attention && analyseFourier(attention, *fourier).form)
    forms.push_back({LayerForm::Fourier});
  if (attention && analyseGated(attention).form)
    for (int64_t components : {1, 2, 4})
      forms.push_back({LayerForm::Gated, components});
  return forms;
}

std::string structureOf(ModuleOp module, int64_t layer) {
  SublayerAnalysis analysis = analyseSublayer(attentionOf(module, layer));
  if (!analysis.sublayer)
    return "layer " + std::to_string(layer);
  std::string text;
  llvm::raw_string_ostream os(text);
  for (Operation *op : opsBetween(analysis.sublayer->input, analysis.sublayer->output)) {
    os << op->getName();
    if (auto node = dyn_cast<onnx::NodeOp>(op))
      os << node.getOpType();
    llvm::interleaveComma(op->getOperandTypes(), os << "(");
    llvm::interleaveComma(op->getResultTypes(), os << "->");
    os << ")";
  }
  return text;
}

void KnownInput::give(ModuleOp module, ModelRunnerOptions &options) const {
  if (values)
    options.given = {{analyseSublayer(attentionOf(module, layer)).sublayer->input, "fourmix.known"}};
}

Samples KnownInput::fed(const Samples &samples) const {
  Samples all = samples;
  if (values)
    all.push_back({"fourmix.known", *values});
  return all;
}

llvm::Expected<std::vector<double>> timeInTurns(ArrayRef<const ModelRunner *> runners, const Samples &samples) {
  constexpr int turns = 9, inARow = 3;
  std::vector<std::vector<double>> seconds(runners.size());
  for (int turn = 0; turn < turns; ++turn)
    for (auto [runner, own] : llvm::zip_equal(runners, seconds)) {
      llvm::Expected<double> time = runner->time(samples, inARow, /*threads=*/1);
      if (!time)
        return time.takeError();
      own.push_back(*time);
    }
  std::vector<double> medians;
  for (std::vector<double> &own : seconds) {
    std::nth_element(own.begin(), own.begin() + turns / 2, own.end());
    medians.push_back(own[turns / 2]);
  }
  return medians;
}

/// Gives the layer a form whose numbers are of no interest.
static LogicalResult putForm(ModuleOp module, int64_t layer, const LayerForm &form, const FourierOptions &fourier) {
  mix::AttentionOp attention = attentionOf(module, layer);
  if (form.kind == LayerForm::Fourier) {
    FourierForm made = *analyseFourier(attention, fourier).form;
    FourierFactors factors;
    factors.scale.assign(made.mixed.width(), 0.5);
    factors.bias.assign(made.mixed.width(), 0.5);
    return success(applyFourier(made, factors));
  }
  if (form.kind == LayerForm::Attention)
    return success();
  GatedForm made = *analyseGated(attention).form;
  GatedWeights weights;
  weights.components = form.components;
  weights.heads = made.heads;
  weights.features = made.features;
  weights.taps = made.isWindowed() ? 2 * made.tokens - 1 : made.tokens;
  size_t vectors = form.components * made.heads;
  weights.gate.assign(vectors * made.features, 0.0f);
  // What a window hides decides how the layer is lowered.
  for (size_t at = 0; at < vectors * weights.taps; ++at) {
    int64_t distance = static_cast<int64_t>(at) % weights.taps - (made.tokens - 1);
    bool isSeen = !made.isWindowed() || (distance >= -made.left && distance <= made.right);
    weights.kernel.push_back(isSeen ? -0.01f * static_cast<float>(at % 100) : -INFINITY);
  }
  weights.mix = weights.gate;
  weights.mixBias.assign(vectors, 0.0f);
  llvm::Error error = applyWeights(module, layer, weights);
  bool failed = static_cast<bool>(error);
  llvm::consumeError(std::move(error));
  return success(!failed);
}

llvm::Expected<std::vector<double>> timeForms(ModuleOp module, const KnownInput &input, ArrayRef<LayerForm> forms,
                                              const FourierOptions &fourier, const Samples &samples,
                                              const ModelRunnerOptions &running) {
  std::vector<std::unique_ptr<ModelRunner>> runners;
  std::vector<const ModelRunner *> all;
  for (const LayerForm &form : forms) {
    OwningOpRef<ModuleOp> clone = module.clone();
    ModelRunnerOptions options = running;
    options.withOutputs = false;
    input.give(*clone, options);
    if (failed(putForm(*clone, input.layer, form, fourier)))
      return diagnosed();
    Operation *producer = layerProducer(mainOf(*clone), input.layer);
    runners.push_back(ModelRunner::create(*clone, producer->getResult(0), options));
    if (!runners.back())
      return diagnosed();
    all.push_back(runners.back().get());
  }
  return timeInTurns(all, input.fed(samples));
}

} // namespace fourmix::calibration
