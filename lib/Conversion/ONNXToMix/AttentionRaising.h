// The steps of raising attention.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_ATTENTIONRAISING_H
#define LIB_CONVERSION_ONNXTOMIX_ATTENTIONRAISING_H

#include "AttentionMask.h"
#include "dialects/Mix/IR/Mix.h"

namespace fourmix::onnx_to_mix {

/// The mix.attention that takes the place of an Attention node of ONNX, or null if the node does not fit together.
mix::AttentionOp raiseAttentionNode(onnx::NodeOp node);

/// Reads the operands of a raised attention where the fewest nodes remain, takes views behind its result into it, and
/// reads its masks. Returns the attention that takes its place, which may be itself.
mix::AttentionOp settleAttention(mix::AttentionOp op, int64_t opset);

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_ATTENTIONRAISING_H
