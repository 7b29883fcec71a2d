// What a constant matrix has to do with cosine transforms that no row of it says.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_FOURIER_COSINEMATRIX_H
#define LIB_CONVERSION_ONNXTOMIX_FOURIER_COSINEMATRIX_H

#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <optional>
#include <string>

namespace fourmix::onnx_to_mix {

/// A sequence in another resolution (Fourier Transformer, arXiv 2305.15099, section 3.2): the orthogonal cosine
/// transform of n samples, of which the first `kept` coefficients are left, and the inverse of m samples, times
/// `scale`.
struct CosineResampling {
  int64_t kept;
  double scale;
};

/// The row-major matrix [m, n] as a resampling that is not the identity.
std::optional<CosineResampling> matchCosineResampling(llvm::ArrayRef<double> matrix, int64_t m, int64_t n);

/// Says what is missing where the matrix [m, n] is nearly a cosine transform or its inverse, or one of another type.
std::optional<std::string> explainNearCosine(llvm::ArrayRef<double> matrix, int64_t m, int64_t n);

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_FOURIER_COSINEMATRIX_H
