// A mixing by a kernel over some axes of a tensor, in the form that computes least.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_MIXTOONNX_KERNELMIXING_H
#define LIB_CONVERSION_MIXTOONNX_KERNELMIXING_H

#include "Tables.h"
#include "Transforms.h"

namespace fourmix::mix_to_onnx {

/// A circular correlation or convolution over `axes`, each walked on a circle of `circles` elements of which the tensor
/// has some and the result keeps the first `sizes`. So one description fits a circulant, whose circle is the axis, and
/// what has no wrap: a Toeplitz matrix, or a filter with longer transforms, on a circle that is long enough.
struct Kernel {
  mlir::Value weights; // of the tensor's rank; [.., taps.., ..], with extent 1 or the tensor's along the other axes
  llvm::SmallVector<int64_t> axes, circles, origins, sizes;
  mix::Orientation orientation = mix::Orientation::Correlation;
  bool isToeplitz = false; // one axis, weights[j - i + n - 1]
};

/// Writes one mixing of as many tensors as one likes.
class KernelMixing {
public:
  KernelMixing(Emitter &nodes, Kernel kernel) : nodes(nodes), kernel(std::move(kernel)) {}

  /// The mixed tensor. Forms, by the flops that they take:
  /// * transforms of tensor and kernel, a product, the inverse transform: DFT nodes if they are wanted, else products
  ///   with matrices;
  /// * the dense matrix, gathered from the kernel, if DFT nodes are not wanted;
  /// * a depthwise Conv behind a wrapping Pad, if the kernel is shorter than the axis. Zeros at its ends do not count.
  mlir::Value apply(mlir::Value x);

  /// The same by the dense matrix.
  mlir::Value applyDense(mlir::Value x);

private:
  /// Lags start, start + 1, .. along an axis, and the taps that stand for them.
  struct Support {
    int64_t start;
    llvm::SmallVector<int64_t> taps;
  };
  llvm::SmallVector<Support> findSupport() const;
  double denseCost(mlir::Value x) const;
  bool isShort(llvm::ArrayRef<Support> support, mlir::Value x) const;
  bool isMixed(int64_t axis) const { return llvm::is_contained(kernel.axes, axis); }

  mlir::Value applyConv(mlir::Value x, llvm::ArrayRef<Support> support);
  mlir::Value applyTransforms(mlir::Value x, Transforms &transforms);

  Emitter &nodes;
  Kernel kernel;
  Complex factor; // what spectra are multiplied by, once there is one
};

} // namespace fourmix::mix_to_onnx

#endif // LIB_CONVERSION_MIXTOONNX_KERNELMIXING_H
