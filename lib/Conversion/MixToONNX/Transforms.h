// Transform, multiply, inverse: what all filters have in common, in nodes of ONNX.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_MIXTOONNX_TRANSFORMS_H
#define LIB_CONVERSION_MIXTOONNX_TRANSFORMS_H

#include "MixToONNX.h"
#include <complex>

namespace fourmix::mix_to_onnx {

/// re + i im, two real tensors; real where `im` is null.
struct Complex {
  mlir::Value re, im;
};

/// Which coefficients of a real tensor over `axes` are kept: of the last axis the frequencies 0 .. count - 1, of
/// another one those that a transform of as many points has.
struct Modes {
  llvm::SmallVector<int64_t> axes, counts;

  /// All that transforms of `lengths` points have.
  static Modes all(llvm::ArrayRef<int64_t> axes, llvm::ArrayRef<int64_t> lengths);
  bool isLast(size_t i) const { return i + 1 == axes.size(); }
  /// The frequency of coefficient `r` of axis number `i`.
  int64_t frequency(size_t i, int64_t r) const { return isLast(i) || r < (counts[i] + 1) / 2 ? r : r - counts[i]; }
};

/// Writes transforms of real tensors of one rank, and their inverses: DFT nodes, or products with matrices of cosines
/// and sines, which have columns for the kept modes alone.
///
/// The inverse of half a spectrum is no one-sided DFT, which ONNX defined late and runtimes lack, nor needs it the
/// other half: with the modes that stand for their mirror images, too, multiplied by 2, and zeros behind them, irdft(Y)
/// is Re(idft(Y)). `factor` puts the 2 where it costs least. Lengths, sizes and origins have an entry per axis of
/// `modes`.
class Transforms {
public:
  Transforms(Emitter &nodes, int64_t rank, Modes modes) : nodes(nodes), rank(rank), modes(std::move(modes)) {}

  /// The transform of a real tensor, cut or padded to `lengths`; its element `origins`, if given, is number 0 of a
  /// circle of `lengths` elements.
  Complex forward(mlir::Value x, llvm::ArrayRef<int64_t> lengths, llvm::ArrayRef<int64_t> origins = {});
  /// What to multiply a transform by, so that `backward` filters by `spectrum`, or by its conjugate. It may have axes
  /// in front of those of the tensors.
  Complex factor(Complex spectrum, llvm::ArrayRef<int64_t> lengths, bool conjugate = false);
  /// The first `sizes` elements of the inverse of `lengths` points of a product with a factor.
  mlir::Value backward(Complex product, llvm::ArrayRef<int64_t> lengths, llvm::ArrayRef<int64_t> sizes);

  /// The product, broadcast.
  Complex multiply(Complex x, Complex y);
  /// Y[o] = sum over c of S[o, c] X[c] along axis `channel` of x, mode by mode; o is the first axis of S.
  Complex multiplyMatrices(Complex x, Complex s, int64_t channel);

  /// Flops of `forward`; of `backward` to a tensor of `shape`.
  double forwardCost(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> lengths) const;
  double backwardCost(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> lengths) const;

private:
  Complex forwardByDft(mlir::Value x, llvm::ArrayRef<int64_t> lengths, llvm::ArrayRef<int64_t> origins);
  mlir::Value backwardByDft(Complex y, llvm::ArrayRef<int64_t> lengths, llvm::ArrayRef<int64_t> sizes);
  mlir::Value backwardByMatmul(Complex y, llvm::ArrayRef<int64_t> lengths, llvm::ArrayRef<int64_t> sizes);
  /// (a + bi)(c + di); `times` makes products, null ones of what is null.
  Complex product(Complex x, Complex y, llvm::function_ref<mlir::Value(mlir::Value, mlir::Value)> times);
  mlir::Value combine(llvm::StringRef op, mlir::Value a, mlir::Value b);
  /// Real and imaginary part of a matrix [rows, columns] for axis number `i`.
  Complex matrix(llvm::StringRef name, size_t i, int64_t rows, int64_t columns, int64_t length, mlir::Type element,
                 llvm::function_ref<std::complex<double>(int64_t, int64_t)> number);
  Complex multiplyAxis(Complex value, int64_t axis, Complex matrix);
  mlir::Value multiplyAxis(mlir::Value value, int64_t axis, mlir::Value matrix);

  Emitter &nodes;
  int64_t rank;
  Modes modes;
};

} // namespace fourmix::mix_to_onnx

#endif // LIB_CONVERSION_MIXTOONNX_TRANSFORMS_H
