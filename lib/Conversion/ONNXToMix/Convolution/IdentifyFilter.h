// Which convolution a linear map is, or a bilinear one, told from its responses.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_CONVOLUTION_IDENTIFYFILTER_H
#define LIB_CONVERSION_ONNXTOMIX_CONVOLUTION_IDENTIFYFILTER_H

#include "dialects/Mix/IR/Mix.h"
#include "lib/Conversion/ONNXToMix/Analysis/LinearMap.h"
#include "lib/Kernels/Grid.h"

namespace fourmix::onnx_to_mix {

/// What a linear map was found to be.
struct Filter {
  enum Kind { Spectrum, Circulant, Toeplitz } kind = Spectrum;
  llvm::SmallVector<int64_t> axes, lengths;
  int64_t channel = -1; // the axis that is summed over, mode by mode
  std::optional<llvm::SmallVector<int64_t>> sizes;
  kernels::ComplexGrid spectrum;      // Spectrum
  Numbers kernel;                     // Circulant (a correlation), Toeplitz
  llvm::SmallVector<int64_t> origins; // Circulant: zeros where empty
};

/// The filter that `map` is, from tensors of shape `from` to tensors of shape `to`; nullopt if it is none. `transform`
/// is a length that a convolution without wrap should be computed with, if it is long enough. With `asKernel` what a
/// kernel says as well as a spectrum is told by its kernel.
std::optional<Filter> identifyFilter(const Map &map, llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to,
                                     int64_t transform, bool asKernel);

/// The same circulant with the shortest kernel: zeros that stand together around the circle are left out.
void shortenKernel(Filter &filter);

/// A filter over two tensors: the kernel of one of them is the other.
struct Bilinear {
  mlir::Value x, kernel;
  llvm::SmallVector<int64_t> axes, origins;
  mix::Orientation orientation = mix::Orientation::Correlation;
  bool isToeplitz = false;
  size_t nodes = 0;
};

/// The circulant or Toeplitz mixing of x by `kernel` that `value` is; nullopt if it is none.
std::optional<Bilinear> identifyBilinear(mlir::Value value, mlir::Value x, mlir::Value kernel);

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_CONVOLUTION_IDENTIFYFILTER_H
