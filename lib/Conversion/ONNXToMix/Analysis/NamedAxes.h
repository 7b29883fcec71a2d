// What nodes do to named dimensions: views that rearrange them, products that sum over them.
//
// A view is no node but a list of dimensions per axis, and two chains of views are compared by comparing lists.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_ANALYSIS_NAMEDAXES_H
#define LIB_CONVERSION_ONNXTOMIX_ANALYSIS_NAMEDAXES_H

#include "Axes.h"
#include "LinearAnalysis.h"

namespace fourmix::onnx_to_mix {

/// A value and what its axes are.
struct View {
  mlir::Value value;
  Axes axes;
};

/// The axes of an operand of shape `from` that is broadcast to a tensor with `axes` of shape `to`.
Axes alignBroadcast(const Axes &axes, llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to);

/// True for a node that gives its first operand's elements in another arrangement, some perhaps more than once.
bool isView(onnx::NodeOp node);

/// The axes of a view's operand, from those of its result; nullopt where the view is none that dimensions can say.
std::optional<Axes> viewOperandAxes(onnx::NodeOp node, const Axes &result, DimTable &dims);

/// The axes of a view's result, from those of its operand. For views that repeat nothing.
std::optional<Axes> viewResultAxes(onnx::NodeOp node, const Axes &operand, DimTable &dims);

/// Through views to what computes a value.
View traceViews(View at, DimTable &dims);

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
