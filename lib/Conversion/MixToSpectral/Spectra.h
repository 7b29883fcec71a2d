// Filters: spectra of kernels, and what they are multiplied with.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_MIXTOSPECTRAL_SPECTRA_H
#define LIB_CONVERSION_MIXTOSPECTRAL_SPECTRA_H

#include "dialects/Mix/IR/Mix.h"
#include "lib/Emit/Spectra.h"
#include "lib/Kernels/Circulant.h"

namespace fourmix::mix_to_spectral {

using lowering::Emit;
using lowering::Shape;
using lowering::Spectrum;

/// The half spectrum of a kernel that walks around circles of `lengths` elements along `axes`, its origin moved to
/// element 0; the other axes are batch. That of a correlation is the conjugate of a convolution's. Computed here and
/// now, in double, where the kernel is a constant.
Spectrum kernelSpectrum(Emit &e, mlir::Value kernel, llvm::ArrayRef<int64_t> axes, llvm::ArrayRef<int64_t> lengths,
                        llvm::ArrayRef<int64_t> origin, mix::Orientation orientation);

/// Circular correlation or convolution of `x` with such a kernel; `shape` is that of the result.
mlir::Value filter(Emit &e, mlir::Value x, mlir::Value kernel, llvm::ArrayRef<int64_t> axes,
                   llvm::ArrayRef<int64_t> lengths, llvm::ArrayRef<int64_t> origin, mix::Orientation orientation,
                   Shape shape);
/// The same with the spectrum known.
mlir::Value filter(Emit &e, mlir::Value x, Spectrum spectrum, llvm::ArrayRef<int64_t> axes,
                   llvm::ArrayRef<int64_t> lengths, Shape shape);

/// y[i] = sum over j of t[j - i + n - 1] x[j] along `axis` with a kernel t of 2n - 1 taps: the circular correlation on
/// 2n points of x, padded; the first n results. `shape` is that of the result.
mlir::Value toeplitz(Emit &e, mlir::Value x, mlir::Value kernel, int64_t axis, Shape shape);

/// Operations of a real transform over `circle`, there or back.
double costOfTransform(llvm::ArrayRef<int64_t> circle);

} // namespace fourmix::mix_to_spectral

#endif // LIB_CONVERSION_MIXTOSPECTRAL_SPECTRA_H
