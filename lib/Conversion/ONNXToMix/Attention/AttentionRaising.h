// The steps of raising attention.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_ATTENTION_ATTENTIONRAISING_H
#define LIB_CONVERSION_ONNXTOMIX_ATTENTION_ATTENTIONRAISING_H

#include "AttentionMask.h"
#include "dialects/Mix/IR/Mix.h"

namespace fourmix::onnx_to_mix {

/// The mix.attention that takes the place of an Attention node of ONNX, or null if the node does not fit together.
mix::AttentionOp raiseAttentionNode(onnx::NodeOp node);
/// The same for Attention and MultiHeadAttention of domain com.microsoft; new nodes are those of `opset`.
mix::AttentionOp raiseMicrosoftNode(onnx::NodeOp node, int64_t opset);
/// ONNX's LinearAttention to mix.linear_attention; false if it says something else.
bool raiseLinearAttentionNode(onnx::NodeOp node);

/// Reads the operands of a raised attention where the fewest nodes remain, takes views behind its result into it, and
/// reads its masks. Returns the attention that takes its place, which may be itself.
mix::AttentionOp settleAttention(mix::AttentionOp op, int64_t opset);

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_ATTENTION_ATTENTIONRAISING_H
