// Tensors whose axes are products of named dimensions: how views and products are followed through a graph.
//
// Every tensor that takes part in an attention is indexed by a few dimensions: batch, heads, queries, keys, sizes. A
// reshape joins dimensions in one axis or splits an axis, a transpose permutes them, an expand adds one that the
// operand does not have. So a view is no node but a list of dimensions per axis, and two chains of views are compared
// by comparing lists. A dimension that a reshape splits is split for all tensors that have it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_ANALYSIS_NAMEDAXES_H
#define LIB_CONVERSION_ONNXTOMIX_ANALYSIS_NAMEDAXES_H

#include "LinearAnalysis.h"

namespace fourmix::onnx_to_mix {

using Dim = unsigned;
using DimList = llvm::SmallVector<Dim, 4>;
/// Per axis of a tensor its dimensions, outermost first; none for an axis of extent 1, or where a tensor that is
/// broadcast has no such dimension.
using Axes = llvm::SmallVector<DimList, 5>;

/// The dimensions of one analysis.
class DimTable {
public:
  Dim create(int64_t extent);
  /// A new dimension for each axis of extent above 1.
  Axes createAxes(llvm::ArrayRef<int64_t> shape);

  int64_t extent(Dim dim) const { return dims[dim].extent; }
  int64_t product(llvm::ArrayRef<Dim> list) const;

  /// The same with parts in the place of dimensions that have been split.
  DimList resolve(llvm::ArrayRef<Dim> list) const;
  Axes resolve(const Axes &axes) const;

  /// The dimensions in row-major order, divided over axes of these extents; splits what must be split. nullopt where
  /// extents do not divide one another.
  std::optional<Axes> regroup(llvm::ArrayRef<Dim> list, llvm::ArrayRef<int64_t> shape);

private:
  struct Entry {
    int64_t extent;
    std::optional<std::pair<Dim, Dim>> parts; // outer, inner
  };
  std::vector<Entry> dims;
};

/// All dimensions in row-major order.
DimList flatten(const Axes &axes);

/// The axes of an operand of shape `from` that is broadcast to a tensor with `axes` of shape `to`.
Axes alignBroadcast(const Axes &axes, llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to);

/// True for a node that gives its first operand's elements in another arrangement, some perhaps more than once.
bool isView(onnx::NodeOp node);

/// The axes of a view's operand, from those of its result; nullopt where the view is none that dimensions can say.
std::optional<Axes> viewOperandAxes(onnx::NodeOp node, const Axes &result, DimTable &dims);

/// The axes of a view's result, from those of its operand. For views that repeat nothing.
std::optional<Axes> viewResultAxes(onnx::NodeOp node, const Axes &operand, DimTable &dims);

/// A sum of products of two tensors: MatMul, Gemm, Einsum, or ReduceSum of Mul. Every axis of operands and result is a
/// letter, or `unit` where it has extent 1 or is broadcast; letters that the result does not have are summed over.
struct Product {
  static constexpr int unit = -1;
  onnx::NodeOp node;
  mlir::Value operands[2];
  llvm::SmallVector<int> letters[2], result;
  llvm::SmallVector<int64_t> extents; // by letter
  double scale = 1;

  bool isSummed(int letter) const { return !llvm::is_contained(result, letter); }
  /// Axes of one tensor by the dimensions of the letters.
  static Axes axesOf(llvm::ArrayRef<int> letters, llvm::ArrayRef<DimList> dims);
};

/// The product that `node` computes, every summed letter of both operands; nullopt for anything else.
std::optional<Product> matchProduct(onnx::NodeOp node, ConstantFacts &constants);

/// The one number that all elements of a constant are.
std::optional<double> readSplat(mlir::Value value);

/// If `node` multiplies one tensor by one number: which operand the tensor is, and the number.
struct ScaledOperand {
  mlir::Value tensor;
  double factor;
};
std::optional<ScaledOperand> matchScale(onnx::NodeOp node);

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_ANALYSIS_NAMEDAXES_H
