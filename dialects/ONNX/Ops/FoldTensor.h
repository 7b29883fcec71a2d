// A tensor on the host with numpy's rules: what folding computes with.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_ONNX_OPS_FOLDTENSOR_H
#define DIALECTS_ONNX_OPS_FOLDTENSOR_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include <optional>
#include <vector>

namespace fourmix::onnx {

using Shape = mlir::SmallVector<int64_t>;

/// The number of elements of `shape`; nullopt for negative dims or where int64 overflows.
std::optional<int64_t> elementCount(mlir::ArrayRef<int64_t> shape);

/// The common shape of two operands, numpy's rule; nullopt where there is none.
std::optional<Shape> broadcastShapes(mlir::ArrayRef<int64_t> a, mlir::ArrayRef<int64_t> b);

/// Row-major strides in elements.
Shape rowMajorStrides(mlir::ArrayRef<int64_t> shape);

/// `2x3x4`, or `scalar` for rank 0.
std::string formatShape(mlir::ArrayRef<int64_t> shape);

/// For each element of a row-major tensor of `shape`, in order, the position offset + Σ index[i] * strides[i]: what
/// transposition, slices with any step, broadcasting (stride 0) and windows have in common.
std::vector<int64_t> stridedPositions(mlir::ArrayRef<int64_t> shape, mlir::ArrayRef<int64_t> strides,
                                      int64_t offset = 0);

/// The positions in a tensor of shape `from` when it is broadcast to shape `to`.
std::vector<int64_t> broadcastPositions(mlir::ArrayRef<int64_t> from, mlir::ArrayRef<int64_t> to);

/// Row-major values: float elements of any width as `reals`, integers and booleans (0 and 1) as `ints`; the other
/// vector is empty. Unsigned 64-bit values above 2^63 - 1 have no place here: read() refuses them.
struct FoldTensor {
  Shape shape;
  mlir::Type element;
  std::vector<double> reals;
  std::vector<int64_t> ints;

  FoldTensor() = default;
  /// All zero.
  FoldTensor(mlir::ArrayRef<int64_t> shape, mlir::Type element);

  /// Nullopt where the bytes are absent or the element type is neither float, integer nor bool.
  static std::optional<FoldTensor> read(mlir::ElementsAttr constant);
  /// Rounded once to the element type (integers wrap); a splat where all elements are equal bit for bit.
  mlir::ElementsAttr toAttr(mlir::StringRef hint) const;

  bool isReal() const { return mlir::isa<mlir::FloatType>(element); }
  int64_t size() const { return isReal() ? reals.size() : ints.size(); }
  double real(int64_t i) const { return isReal() ? reals[i] : static_cast<double>(ints[i]); }

  /// A tensor of `shape` whose element i is this one's element positions[i]; a negative position takes `fill`'s only
  /// element, or zero without it.
  FoldTensor select(mlir::ArrayRef<int64_t> shape, mlir::ArrayRef<int64_t> positions,
                    const FoldTensor *fill = nullptr) const;
  /// Numpy's broadcast_to; the shapes must fit.
  FoldTensor broadcast(mlir::ArrayRef<int64_t> to) const;
};

} // namespace fourmix::onnx

#endif // DIALECTS_ONNX_OPS_FOLDTENSOR_H
