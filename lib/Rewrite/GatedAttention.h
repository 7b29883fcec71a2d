// Gated attention in the place of softmax attention: when it can stand there, and how it is written down.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_REWRITE_GATEDATTENTION_H
#define LIB_REWRITE_GATEDATTENTION_H

#include "CalibrationFile.h"
#include "Sublayer.h"

namespace fourmix::rewrite {

/// An attention that can become gated: what stays of it.
struct GatedForm {
  Sublayer sublayer;
  int64_t batch, tokens, heads, features; // features: of a token of the sublayer's input
  /// A query sees the keys at most so many places before and after it; tokens - 1 where it sees all.
  int64_t left, right;
  /// True where masks and biases are of some distances only: a kernel that wraps around cannot say that.
  bool isWindowed() const { return left < tokens - 1 || right < tokens - 1; }
  /// What hides keys from all queries alike, [batch or 1, heads or 1, 1, tokens]; null for nothing.
  mlir::Value mask, bias;
};

/// The form, or why there is none: a clause.
struct GatedAnalysis {
  std::optional<GatedForm> form;
  std::string reason;
};

/// Refused: no sublayer, a cache, a soft cap, scores that are used elsewhere, masks and biases that differ from query
/// to query (but for a window, and a constant bias by distance, which the kernel takes over).
GatedAnalysis analyseGated(mix::AttentionOp attention);

/// The names of a layer's arrays in a calibration file: layer<N>.gate, .kernel, .mix, .mix_bias.
std::string gatedKey(int64_t layer, llvm::StringRef what);

/// Gates and kernels of one layer, R components:
///
///     gate     [R, heads, features]   g_r(j) = exp(gate_r . x_j)
///     kernel   [R, heads, tokens] by (j - i) mod tokens, or [R, heads, 2 tokens - 1] by j - i + tokens - 1:
///     logarithms,
///              -inf for a weight of zero
///     mix      [R, heads, features]   of query i component r has the share softmax over r of (mix_r . x_i +
///     mix_bias_r) mixBias  [R, heads]
struct GatedParameters {
  int64_t components;
  const HostTensor *gate, *kernel, *mix = nullptr, *mixBias = nullptr; // the last two: of R > 1

  /// Those of a file. Errors name the array, what was expected and what was found.
  static llvm::Expected<GatedParameters> read(const CalibrationFile &file, int64_t layer, const GatedForm &form);
};

/// Puts the gated form in the place of the attention, which goes with what only it needed; the layer keeps its number.
/// Failure after a diagnostic.
mlir::LogicalResult applyGated(const GatedForm &form, const GatedParameters &parameters);

} // namespace fourmix::rewrite

#endif // LIB_REWRITE_GATEDATTENTION_H
