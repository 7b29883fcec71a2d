// The normal form of attention: what softmax(f(q k^T)) v means, beside the IR.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_ATTENTION_ATTENTIONFORM_H
#define LIB_CONVERSION_ONNXTOMIX_ATTENTION_ATTENTIONFORM_H

#include "lib/Conversion/ONNXToMix/Analysis/SoftmaxForm.h"

namespace fourmix::onnx_to_mix {

/// A value that queries, keys or values can be read from; they are `scale` times it.
struct Source : View {
  double scale = 1;
};

/// What happens to the scores between product and softmax.
struct MaskTerm {
  enum Kind {
    Added,     // scores + factor * tensor
    Replacing, // where the tensor says so, the score is `fill`
    AddedFill, // scores + (0 or `fill`), as the boolean tensor says
  } kind;
  View tensor;
  onnx::NodeOp node;
  double factor = 1;
  double fill = 0;
  bool trueIsSeen = true; // of a boolean tensor: whether true leaves the score alone
};

/// A tensor that scales the scores of a head or of a query, all its keys alike: the queries may be scaled instead.
struct ScoreFactor {
  View tensor;
  bool divides;
};

/// The dimensions that tensors share have one name; values, scales and masks stand as the graph has them.
struct AttentionForm {
  DimTable dims;
  onnx::NodeOp softmax;
  llvm::SmallVector<Source, 0> query, key, value; // from the operand of the product to the earliest that can be read
  DimList keyDims;                                // what softmax sums over
  double scale = 1;                               // beside those of the sources
  llvm::SmallVector<ScoreFactor, 0> factors;      // that the scores have before anything else happens to them
  std::optional<double> softcap;
  llvm::SmallVector<MaskTerm, 0> terms; // outermost first
  size_t termsOutsideCap = 0;           // the first so many of them, if there is a softcap
  bool excludedRowsAreZero = false;
  Stabiliser stabiliser = Stabiliser::Maximum;
  bool dividesLater = false;          // the weights are powers; the sum of them divides the product
  llvm::SmallVector<View, 0> weights; // from the softmax to the operand of the product
  llvm::SmallVector<View, 0> results; // from the product (the quotient) to the last view that only it feeds
};

/// Why something that looked like attention is none, at which node.
struct AttentionMiss {
  onnx::NodeOp node;
  std::string reason;
  /// How much of it there is: a product on one side of the softmax, or on both.
  int degree = 0;
};

/// Follows the graph from a softmax to both sides; `dividesLater`: from the Exp of one that `softmax` is the upper half
/// of, its axes those of the product.
std::optional<AttentionForm> analyseAttention(const SoftmaxForm &softmax, bool dividesLater, ConstantFacts &constants,
                                              AttentionMiss &miss);

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_ATTENTION_ATTENTIONFORM_H
