// One attention as a Fourier mixing: whether it can be one, and making it one.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_REWRITE_FOURIERFORM_H
#define LIB_REWRITE_FOURIERFORM_H

#include "CalibrationFile.h"
#include "Sublayer.h"
#include "Visibility.h"

namespace fourmix::rewrite {

struct FourierOptions {
  bool keepValue = false, keepOutput = false; // which projections stay
  bool dropMask = false;

  /// Takes "none", "output", "value" or "value+output"; false for anything else.
  bool keep(llvm::StringRef text);
};

/// A tensor of tokens and which of its axes is what.
struct Tokens {
  enum Layout { Stream, Heads } layout; // as the residual stream has it, or [batch, heads, sequence, size]
  int64_t sequence;                     // the axis of tokens
  mlir::RankedTensorType type;

  int64_t count() const { return type.getDimSize(sequence); }
  /// Features of one token.
  int64_t width() const { return layout == Heads ? type.getDimSize(1) * type.getDimSize(3) : type.getShape().back(); }
};

struct FourierForm {
  Sublayer sublayer;
  Visibility visibility;
  mlir::Value tokens, replaced; // what is mixed, and what the mixing takes the place of
  Tokens from, mixed, to;       // of `tokens`, of the mixing, of `replaced`
};

/// The form, or why there is none: "it is causal: …".
struct FourierAnalysis {
  std::optional<FourierForm> form;
  std::string reason;
};

FourierAnalysis analyseFourier(mix::AttentionOp attention, const FourierOptions &options);

/// What the mixing is multiplied with, and what is added to it: nothing, one number or one per feature.
struct FourierFactors {
  std::vector<double> scale, bias;

  /// 1 / sqrt(n d), which keeps the magnitude of tokens.
  static FourierFactors orthonormal(const FourierForm &form);
  /// `layer<N>.scale`, and `layer<N>.bias` if there is one.
  static llvm::Expected<FourierFactors> read(const CalibrationFile &file, int64_t layer, const FourierForm &form);
};

/// Puts the mixing in the place of the attention; what is dead then goes. The layer keeps its number. Returns what
/// computes the layer's output now; null after an error.
mlir::Operation *applyFourier(const FourierForm &form, const FourierFactors &factors);

} // namespace fourmix::rewrite

#endif // LIB_REWRITE_FOURIERFORM_H
