// The patterns of this door, a function and a file per family of mixing.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_MIXTOSPECTRAL_PATTERNS_H
#define LIB_CONVERSION_MIXTOSPECTRAL_PATTERNS_H

#include "mlir/Transforms/DialectConversion.h"

namespace fourmix::mix_to_spectral {

void populateAttentionPatterns(mlir::RewritePatternSet &patterns);
void populateCosinePatterns(mlir::RewritePatternSet &patterns);
/// `whole`: leave the symmetry of mix.fourier to the lowering of the transforms.
void populateFourierPatterns(mlir::RewritePatternSet &patterns, bool whole);
void populateLinearPatterns(mlir::RewritePatternSet &patterns);

// `spectra`: transforms are to be had for nothing, so whatever can be a product of spectra is one; but for ops that are
// left to the host.
constexpr const char *hostForm = "fourmix.host_form";
inline bool wantsSpectra(mlir::Operation *op, bool spectra) { return spectra && !op->hasAttr(hostForm); }
void populateLambdaPatterns(mlir::RewritePatternSet &patterns, bool spectra);
/// mix.circulant, mix.toeplitz and mix.global_filter.
void populateFilterPatterns(mlir::RewritePatternSet &patterns, bool spectra);
void populateGatedPatterns(mlir::RewritePatternSet &patterns, bool spectra);
void populateProjectionPatterns(mlir::RewritePatternSet &patterns, bool spectra);

} // namespace fourmix::mix_to_spectral

#endif // LIB_CONVERSION_MIXTOSPECTRAL_PATTERNS_H
