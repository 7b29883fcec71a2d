// The variants that a separable form does not show: a cosine transform written as a DFT, the magnitude of a spectrum.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_FOURIER_VARIANTS_H
#define LIB_CONVERSION_ONNXTOMIX_FOURIER_VARIANTS_H

#include "MatchFourier.h"
#include "lib/Conversion/ONNXToMix/Analysis/LinearAnalysis.h"

namespace fourmix::onnx_to_mix {

/// The cosine transform of one axis, or its inverse, that `value` is of `source`, which has its shape, found by running
/// the nodes between them. `value` is linear in `source`. Forms do not say: a DFT of reordered samples has rows that no
/// axis matrix of a few terms has, and whoever writes one orders, mirrors and pads as they like.
std::optional<FourierVariant> tryCosine(mlir::Value value, mlir::Value source);

/// True if the node may end a magnitude: a square root, a norm of order 2, or a reshape of one.
bool endsMagnitude(onnx::NodeOp node);
/// The operands through which a magnitude depends on its source: those of linear nodes, squares, sums and roots.
std::optional<llvm::SmallVector<mlir::Value>> magnitudeOperands(onnx::NodeOp node, ConstantFacts &constants);
/// The magnitude that the result of `node`, in whatever shape, is of `source`: the root of the squares of two linear
/// values, which are the real and the imaginary part of one spectrum.
std::optional<FourierVariant> matchMagnitude(onnx::NodeOp node, mlir::Value source, ConstantFacts &constants);

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_FOURIER_VARIANTS_H
