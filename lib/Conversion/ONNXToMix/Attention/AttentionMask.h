// What masks say: which keys a query does not see, and what is added to the scores.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_ATTENTION_ATTENTIONMASK_H
#define LIB_CONVERSION_ONNXTOMIX_ATTENTION_ATTENTIONMASK_H

#include "AttentionLayout.h"

namespace fourmix::onnx_to_mix {

/// A tensor of the graph, or a constant that was computed here.
struct MaskTensor {
  View view; // value null for a constant
  mlir::ElementsAttr constant;
  bool trueIsSeen = true; // booleans
  double factor = 1;      // floats
};

/// Something added to the scores: a tensor of floats; or, where there is a fill, 0 where all boolean tensors say that
/// the key is seen, and the fill elsewhere.
struct Summand {
  llvm::SmallVector<MaskTensor, 0> tensors;
  std::optional<double> fill;
};

/// The masks of an attention in the order and meaning of mix.attention.
struct MaskForm {
  DimTable dims;                         // views of masks may split dimensions further
  llvm::SmallVector<MaskTensor, 0> seen; // a key is seen where all say so
  llvm::SmallVector<Summand, 0> added;   // the bias is their sum
  bool biasBeforeCap = false;
  int64_t offset = 0;
  std::optional<int64_t> left, right;
  std::optional<double> fill; // absent: -inf

  bool excludes() const { return !seen.empty() || left || right; }
};

/// Reads the terms of `form`, whose roles are known. On failure `reason` says why no mix.attention means the same.
std::optional<MaskForm> normaliseMask(const AttentionForm &form, const Roles &roles, AttentionMiss &miss);

/// One boolean tensor, or null where every key is seen as far as `seen` goes; one float tensor of type `element`.
struct MaskValues {
  mlir::Value mask, bias;
};
std::optional<MaskValues> emitMask(onnx::NodeBuilder &nodes, const Roles &roles, const MaskForm &mask,
                                   mlir::Type element);

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_ATTENTION_ATTENTIONMASK_H
