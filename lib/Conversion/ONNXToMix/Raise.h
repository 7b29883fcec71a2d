// The recognisers of this door, one per family of mixing, and what they share.
//
// A recogniser analyses beside the IR and changes the module only where it commits a match; for what nearly matched it
// leaves a remark that names the node and the condition that failed. A commit replaces the uses of the recognised value
// and erases what became dead through that, nothing else.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_RAISE_H
#define LIB_CONVERSION_ONNXTOMIX_RAISE_H

#include "lib/Conversion/ONNXToMix/Analysis/LinearAnalysis.h"

namespace fourmix::onnx_to_mix {

/// FNet's Re(F_n X F_d) to mix.fourier.
void raiseFourier(mlir::Operation *root, ConstantFacts &constants);
/// Why the transforms of the module that were not raised were not, as remarks of category "onnx-to-mix".
void remarkNearMisses(mlir::Operation *root, ConstantFacts &constants);

/// Attention in every form to mix.attention.
void raiseAttention(mlir::Operation *root, ConstantFacts &constants);
/// Kernelised attention to mix.linear_attention. After the convolutions: it sees products with Toeplitz matrices.
void raiseLinearAttention(mlir::Operation *root);
/// Convolutions around a circle to mix.projection and mix.circulant.
void raiseConvolutions(mlir::Operation *root);

/// Sums of rolls and products with a view of every place of a circle to mix.circulant.
void raiseRolls(mlir::Operation *root);

/// Products with circulant constants to mix.projection and mix.circulant.
void raiseProjections(mlir::Operation *root);

/// Products of spectra to mix.global_filter, mix.toeplitz and mix.circulant.
void raiseFilters(mlir::Operation *root);
void raiseGated(mlir::Operation *root); // After filters, whose quotient it is.
/// Lambda layers, global and local, to mix.lambda.
void raiseLambda(mlir::Operation *root);

/// Constant matrices along the sequence, and perhaps the hidden axis, to mix.linear. Last: any other mixing by
/// constants says more.
void raiseLinear(mlir::Operation *root);

/// Erases `root` if nothing uses it, and then what only it used.
void eraseDead(mlir::Operation *root);

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_RAISE_H
