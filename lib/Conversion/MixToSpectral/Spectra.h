// Filtering by transforms: half spectra of tensors and kernels, and their products.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_MIXTOSPECTRAL_SPECTRA_H
#define LIB_CONVERSION_MIXTOSPECTRAL_SPECTRA_H

#include "dialects/Mix/IR/Mix.h"
#include "lib/Emit/Emit.h"
#include "lib/Kernels/Circulant.h"

namespace fourmix::mix_to_spectral {

using lowering::Emit;
using lowering::Shape;

/// re + i im; real where `im` is null.
struct Spectrum {
  mlir::Value re, im;
};

/// The half spectrum of a real tensor over `axes`; the last of them keeps length/2 + 1 coefficients.
Spectrum transform(Emit &e, mlir::Value x, llvm::ArrayRef<int64_t> axes, llvm::ArrayRef<int64_t> lengths);
/// The real tensor of a half spectrum.
mlir::Value transformBack(Emit &e, Spectrum x, llvm::ArrayRef<int64_t> axes, llvm::ArrayRef<int64_t> lengths);

/// The product, broadcast to `shape`; with `conjugate` that of a and conj(b).
Spectrum multiply(Emit &e, Spectrum a, Spectrum b, Shape shape, bool conjugate);

/// The half spectrum of a kernel that walks around circles of `lengths` elements along `axes`, its origin moved to
/// element 0; the other axes are batch. A convolution multiplies by it, a correlation by its conjugate. Computed here
/// and now, in double, where the kernel is a constant.
Spectrum kernelSpectrum(Emit &e, mlir::Value kernel, llvm::ArrayRef<int64_t> axes, llvm::ArrayRef<int64_t> lengths,
                        llvm::ArrayRef<int64_t> origin);

/// Circular correlation or convolution of `x` with such a kernel; `shape` is that of the result.
mlir::Value filter(Emit &e, mlir::Value x, mlir::Value kernel, llvm::ArrayRef<int64_t> axes,
                   llvm::ArrayRef<int64_t> lengths, llvm::ArrayRef<int64_t> origin, mix::Orientation orientation,
                   Shape shape);

/// y[i] = sum over j of t[j - i + n - 1] x[j] along `axis` with a kernel t of 2n - 1 taps: the circular correlation on
/// 2n points of x, padded; the first n results. `shape` is that of the result.
mlir::Value toeplitz(Emit &e, mlir::Value x, mlir::Value kernel, int64_t axis, Shape shape);

/// Operations of a real transform over `circle`, there or back.
double costOfTransform(llvm::ArrayRef<int64_t> circle);

} // namespace fourmix::mix_to_spectral

#endif // LIB_CONVERSION_MIXTOSPECTRAL_SPECTRA_H
