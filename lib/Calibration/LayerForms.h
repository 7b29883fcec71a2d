// What a layer of attention may become, and how long each form takes.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CALIBRATION_LAYERFORMS_H
#define LIB_CALIBRATION_LAYERFORMS_H

#include "GatedLayer.h"
#include "lib/Rewrite/FourierForm.h"

namespace fourmix::calibration {

struct LayerForm {
  enum Kind { Attention, Fourier, Gated } kind = Attention;
  int64_t components = 0; // of Gated

  bool operator<(const LayerForm &other) const {
    return std::pair(kind, components) < std::pair(other.kind, other.components);
  }
  bool operator==(const LayerForm &) const = default;
  /// "gated with 4 components"
  std::string text() const;
  /// "Gated4", for the names of figures.
  std::string key() const;
};

/// The forms that this layer of `module` can have, Attention first, of the others those with the least work.
llvm::SmallVector<LayerForm> formsOf(mlir::ModuleOp module, int64_t layer, const rewrite::FourierOptions *fourier);

/// Two layers with one text take the same time in each form.
std::string structureOf(mlir::ModuleOp module, int64_t layer);

/// A value of a network and what it is on samples, which can be fed in its place; nothing is fed where `values` is
/// absent.
struct KnownInput {
  int64_t layer; // whose sublayer starts from it
  std::optional<HostTensor> values;

  /// Lets a runner of `module`, in which the layer is still an attention, take the values.
  void give(mlir::ModuleOp module, ModelRunnerOptions &options) const;
  Samples fed(const Samples &samples) const;
};

/// Seconds of one run on one thread, on which what else the machine does counts least: the median of runs in turns.
llvm::Expected<std::vector<double>> timeInTurns(llvm::ArrayRef<const ModelRunner *> runners, const Samples &samples);

/// Seconds of the layer alone in each of the forms, of which Attention is the first.
llvm::Expected<std::vector<double>> timeForms(mlir::ModuleOp module, const KnownInput &input,
                                              llvm::ArrayRef<LayerForm> forms, const rewrite::FourierOptions &fourier,
                                              const Samples &samples, const ModelRunnerOptions &running);

} // namespace fourmix::calibration

#endif // LIB_CALIBRATION_LAYERFORMS_H
