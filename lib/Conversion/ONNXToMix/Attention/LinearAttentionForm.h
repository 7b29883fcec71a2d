// The normal form of kernelised attention: which tensors are its features and values, how positions weigh each other,
// and what divides.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_ATTENTION_LINEARATTENTIONFORM_H
#define LIB_CONVERSION_ONNXTOMIX_ATTENTION_LINEARATTENTIONFORM_H

#include "AttentionForm.h"
#include "PairWeights.h"

namespace fourmix::onnx_to_mix {

/// value = factor * mix.linear_attention
struct LinearAttentionForm {
  AttentionForm form; // dimensions, features, values, results
  PairWeights pairs;
  bool isNormalised = false;
  double scale = 1, epsilon = 0, factor = 1;
  llvm::SmallVector<mlir::Operation *> nodes; // that were looked through
};

/// What `root` computes, if that is kernelised attention; `miss` where it nearly is.
std::optional<LinearAttentionForm> matchLinearAttention(onnx::NodeOp root, AttentionMiss &miss);

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_ATTENTION_LINEARATTENTIONFORM_H
