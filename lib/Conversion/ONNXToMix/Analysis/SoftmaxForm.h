// A softmax in whatever form.
//
// Softmax, exp(LogSoftmax), exp(x - log sum exp x) with the logarithm as one node or in pieces, exp / sum of exp; with
// the maximum or anything else subtracted first that is constant along the axes of the softmax, since that cancels.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_ANALYSIS_SOFTMAXFORM_H
#define LIB_CONVERSION_ONNXTOMIX_ANALYSIS_SOFTMAXFORM_H

#include "NamedAxes.h"

namespace fourmix::onnx_to_mix {

/// What keeps exp from overflowing. It decides what becomes of a row of large negative numbers.
enum class Stabiliser { Maximum, None, Other };

struct SoftmaxForm {
  onnx::NodeOp node; // gives the weights
  mlir::Value scores;
  llvm::SmallVector<int64_t> axes;
  Stabiliser stabiliser = Stabiliser::Maximum;
};
std::optional<SoftmaxForm> matchSoftmax(onnx::NodeOp node);

/// The numerator of a softmax, an Exp that no node at hand divides by its sum over `axes`; the scores as above.
SoftmaxForm matchPowers(onnx::NodeOp exp, llvm::ArrayRef<int64_t> axes);
/// True if a softmax is made of this Exp: what divides it, or what is subtracted before, is its sum.
bool isNormalised(onnx::NodeOp exp);

/// The b in a / b or a * (1 / b), as it is broadcast to a, where `dividend` is a and has the shape of the result.
std::optional<View> matchDivisor(onnx::NodeOp node, const View &dividend, DimTable &dims);

/// The axes that a reducing node reduces, ascending.
std::optional<llvm::SmallVector<int64_t>> reducedAxes(onnx::NodeOp node);

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_ANALYSIS_SOFTMAXFORM_H
