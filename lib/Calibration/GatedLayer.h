// One attention on data: what a gated form is fitted to, and the fit.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CALIBRATION_GATEDLAYER_H
#define LIB_CALIBRATION_GATEDLAYER_H

#include "Fit/GatedFit.h"
#include "fourmix/Calibration/ModelRunner.h"
#include "lib/Rewrite/GatedAttention.h"

namespace fourmix::calibration {

/// An error that a diagnostic has said already.
llvm::Error diagnosed();
mlir::func::FuncOp mainOf(mlir::ModuleOp module);
/// The attention of a numbered layer; null for none.
mix::AttentionOp attentionOf(mlir::ModuleOp module, int64_t layer);

/// A network, run from one layer to the next: what stands before the last layer is not computed again.
class Stretch {
public:
  Stretch(mlir::ModuleOp module, const Samples &samples, const ModelRunnerOptions &options);

  /// `input`, from which the sublayer starts, then `further` values, by sample. Layers are asked for in their order.
  llvm::Expected<std::vector<HostTensor>> run(mlir::Value input, llvm::ArrayRef<mlir::Value> further);

  /// True for the input of the last run if its values can be fed in its place: they have an axis of samples.
  bool knows(mlir::Value input) const { return known == input; }

private:
  mlir::ModuleOp module;
  const Samples &samples;
  ModelRunnerOptions options;
  mlir::Value known;
  HostTensor knownValues;
};

/// What an attention sees on samples.
struct LayerSamples {
  int64_t layer;
  rewrite::GatedForm form;
  std::vector<float> x, queries, keys; // [samples, tokens, features], [samples, tokens, heads, size]
  double scale;
  int64_t size;
  std::vector<float> maps = {}; // what it gives them, where that was asked for

  int64_t count() const { return static_cast<int64_t>(x.size()) / (form.tokens * form.features); }
};

/// The softmax of attentions of a network, [samples, heads, tokens, tokens].
class AttentionMaps {
public:
  /// Of those of `layers` that can be gated. `module` stays as it is.
  AttentionMaps(mlir::ModuleOp module, const std::set<int64_t> &layers, const Samples &samples,
                const ModelRunnerOptions &options);

  /// The layers that have maps.
  llvm::SmallVector<int64_t> layers() const;
  /// Layers are asked for in their order.
  llvm::Expected<std::vector<float>> measure(int64_t layer);
  /// The maps, and what the attention sees in this network.
  llvm::Expected<LayerSamples> measureWithInputs(int64_t layer);

private:
  mlir::OwningOpRef<mlir::ModuleOp> original;
  std::map<int64_t, mlir::Value> maps;
  Stretch stretch;
};

/// Layers are asked for in their order. Nothing where the layer is no attention any more. Errors: tokens before
/// samples, numbers that are not finite. `map`: its softmax in this module, to be looked at, too.
llvm::Expected<std::optional<LayerSamples>> measureLayer(Stretch &stretch, mlir::ModuleOp module, int64_t layer,
                                                         mlir::Value map = {});

/// `kernel` as GatedOptions has it. An error where no token is attended to.
llvm::Expected<GatedWeights> fitLayer(const LayerSamples &seen, const std::vector<float> &maps, llvm::StringRef kernel,
                                      const FitOptions &options);

/// True if the kernel of this layer wraps around.
bool isCircular(const rewrite::GatedForm &form, llvm::StringRef kernel);

/// What a calibration file holds of one layer.
std::vector<NamedTensor> arraysOf(int64_t layer, const GatedWeights &weights);

/// Gates the layer of a module with fitted weights.
llvm::Error applyWeights(mlir::ModuleOp module, int64_t layer, const GatedWeights &weights);

} // namespace fourmix::calibration

#endif // LIB_CALIBRATION_GATEDLAYER_H
