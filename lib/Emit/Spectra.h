// Spectra of real tensors: there, the product, and back.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_EMIT_SPECTRA_H
#define LIB_EMIT_SPECTRA_H

#include "dialects/Spectral/IR/Spectral.h"
#include "lib/Emit/Emit.h"

namespace fourmix::lowering {

/// re + i im; real where `im` is null.
struct Spectrum {
  mlir::Value re, im;
};

/// The half spectrum of a real tensor over `axes`; the last of them keeps length/2 + 1 coefficients.
Spectrum transform(Emit &e, mlir::Value x, llvm::ArrayRef<int64_t> axes, llvm::ArrayRef<int64_t> lengths);
/// The real tensor of a half spectrum; of every axis the first `kept` elements.
mlir::Value transformBack(Emit &e, Spectrum x, llvm::ArrayRef<int64_t> axes, llvm::ArrayRef<int64_t> lengths,
                          llvm::ArrayRef<int64_t> kept);

/// The product, broadcast to `shape`; with `conjugate` that of a and conj(b).
Spectrum multiply(Emit &e, Spectrum a, Spectrum b, Shape shape, bool conjugate);

/// Replaces a filter by transforms, of plan `plan`, and a product; returns the result.
mlir::Value expandFilter(mlir::RewriterBase &rewriter, spectral::FilterOp op, std::optional<llvm::StringRef> plan);

} // namespace fourmix::lowering

#endif // LIB_EMIT_SPECTRA_H
