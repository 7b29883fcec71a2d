// Spectra of real tensors: there, the product, and back.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_EMIT_SPECTRA_H
#define LIB_EMIT_SPECTRA_H

#include "dialects/Spectral/IR/Spectral.h"
#include "lib/Emit/Emit.h"
#include "lib/Kernels/Grid.h"

namespace fourmix::lowering {

/// re + i im; real where `im` is null.
struct Spectrum {
  mlir::Value re, im;
};

/// The numbers of a spectrum that is a constant.
std::optional<kernels::ComplexGrid> numbersOf(Spectrum spectrum);
/// Such a spectrum, of elements of type `element`.
Spectrum constantSpectrum(Emit &e, const kernels::ComplexGrid &numbers, mlir::Type element, llvm::StringRef name);

/// The half spectrum of a real tensor over `axes`; the last of them keeps length/2 + 1 coefficients.
Spectrum transform(Emit &e, mlir::Value x, llvm::ArrayRef<int64_t> axes, llvm::ArrayRef<int64_t> lengths);
/// The real tensor of a half spectrum; of every axis the first `kept` elements.
mlir::Value transformBack(Emit &e, Spectrum x, llvm::ArrayRef<int64_t> axes, llvm::ArrayRef<int64_t> lengths,
                          llvm::ArrayRef<int64_t> kept);

/// The product, broadcast to `shape`; with `conjugate` that of a and conj(b).
Spectrum multiply(Emit &e, Spectrum a, Spectrum b, Shape shape, bool conjugate);

/// The sum over dimension `axis` of products, broadcast to `shape` but for that dimension, of which one element is
/// left.
Spectrum multiplySum(Emit &e, Spectrum a, Spectrum b, int64_t axis, Shape shape);

/// y = sum over i of filter S_i of x_i, i along dimension `summed`, of which the result has one element, as a filter
/// that goes around that dimension as well: y[0] = sum of h[-i] x[i]. Null where the numbers of S are not known.
mlir::Value filterSum(Emit &e, mlir::Value x, Spectrum spectrum, int64_t summed, llvm::ArrayRef<int64_t> axes,
                      llvm::ArrayRef<int64_t> lengths, Shape shape);

/// Replaces a filter by transforms, of plan `plan`, and a product; where it is a sum over a dimension (filterSum), by
/// those along the other axes and a sum of products. Returns the result.
mlir::Value expandFilter(mlir::RewriterBase &rewriter, spectral::FilterOp op, std::optional<llvm::StringRef> plan);

} // namespace fourmix::lowering

#endif // LIB_EMIT_SPECTRA_H
