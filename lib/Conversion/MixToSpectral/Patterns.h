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
void populateLambdaPatterns(mlir::RewritePatternSet &patterns);
void populateLinearPatterns(mlir::RewritePatternSet &patterns);
/// mix.circulant, mix.toeplitz and mix.global_filter.
void populateFilterPatterns(mlir::RewritePatternSet &patterns);
void populateGatedPatterns(mlir::RewritePatternSet &patterns);
void populateProjectionPatterns(mlir::RewritePatternSet &patterns);

} // namespace fourmix::mix_to_spectral

#endif // LIB_CONVERSION_MIXTOSPECTRAL_PATTERNS_H
