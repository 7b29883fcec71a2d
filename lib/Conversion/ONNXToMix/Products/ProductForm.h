// The normal form of a value that is a sum of products of tensors.
//
// However it is spelled - Einsum of any equation, MatMul, Gemm, Mul and ReduceSum, with reshapes and transposes between
// them, products before sums or after - a value is a sum of terms, each the product of a few tensors, summed over the
// dimensions that the value does not have. A convolution with constant weights is a product, too: one whose input index is
// the sum of two others, which a window says.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_PRODUCTS_PRODUCTFORM_H
#define LIB_CONVERSION_ONNXTOMIX_PRODUCTS_PRODUCTFORM_H

#include "dialects/ONNX/Ops/NodeBuilder.h"
#include "lib/Conversion/ONNXToMix/Analysis/Axes.h"
#include "lib/Conversion/ONNXToMix/Analysis/LinearAnalysis.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace fourmix::onnx_to_mix {

/// A tensor that is multiplied. `constant` has its elements where they are known; that may be a part of `value`.
struct ProductFactor {
  enum Kind {
    Tensor,
    Reciprocal, // of the tensor
    Triangle,   // no value: axes i and j, 1 where j <= i, else 0
    Distances,  // the result of a mix.toeplitz; the axes of its kernel, i and j in the place of their difference
  };
  mlir::Value value;
  mlir::ElementsAttr constant;
  Axes axes;
  Kind kind = Tensor;
  bool has(Dim dim) const;
};

/// in = out + tap - (extent of tap - 1) / 2; where that is not an index of `in`, the product is zero.
struct Window {
  Dim out, in, tap;
};

/// scale * product of the factors, summed over all dimensions that are not in the layout of the form.
struct ProductTerm {
  double scale = 1;
  llvm::SmallVector<ProductFactor, 3> factors;
  llvm::SmallVector<Window, 2> windows;
};

struct ProductForm {
  Axes layout;
  std::vector<ProductTerm> terms;
  bool has(Dim dim) const;
};

/// What else is looked through where the weights of a mean are sought: masks, cumulative sums and products with
/// Toeplitz matrices, sums of single tensors.
struct Weighing {
  mlir::Operation *quotient = nullptr;            // this one, too
  llvm::SmallPtrSet<mlir::Operation *, 4> leaves; // what computes tensors that are known to be factors
  bool sumsNumbers = false;                       // sums of something and one number, too
};

/// Forms of values and the nodes they look through. A value that is not looked through is a tensor of its own.
class ProductAnalysis {
public:
  explicit ProductAnalysis(DimTable &dims) : dims(dims) {}
  ProductAnalysis(DimTable &dims, Weighing weighing) : dims(dims), weighing(std::move(weighing)) {}

  /// Labels of the axes of each operand and of the result, as in Einsum; equal labels broadcast, and a label that no
  /// operand has is an axis of extent 1.
  struct Equation {
    std::vector<llvm::SmallVector<int>> operands;
    llvm::SmallVector<int> result;
  };

  /// The form of `value`. Products of two tensors that are not constants are looked through, sums where one summand is
  /// such a product; products with constants, and sums of those with constants, for `constants` of them in a row.
  ProductForm get(mlir::Value value, int constants = 0);

  /// Puts what the analysis finds for a factor in its place, with `constants` as above. False if that does not fit.
  bool expand(ProductForm &form, size_t term, size_t factor, int constants);

  /// Makes the two axes the same throughout `forms`, by splitting and renaming dimensions. False if that is impossible.
  bool unify(llvm::MutableArrayRef<ProductForm *> forms, llvm::ArrayRef<Dim> a, llvm::ArrayRef<Dim> b);

  /// The nodes looked through.
  const llvm::SmallSetVector<mlir::Operation *, 16> &getNodes() const { return nodes; }
  const std::vector<Obstacle> &getObstacles() const { return obstacles; }
  /// Quotients that were not looked through.
  const llvm::SmallSetVector<mlir::Operation *, 4> &getQuotients() const { return quotients; }
  DimTable &dims;

private:
  using MaybeForm = std::optional<ProductForm>;
  /// `summed`: the value is summed over some axes, so that Mul is a product of tensors. Null for a value that is no
  /// static tensor.
  MaybeForm find(mlir::Value value, int constants, bool summed);
  /// Null for a node that is not looked through.
  MaybeForm compute(onnx::NodeOp node, int constants, bool summed);
  MaybeForm view(onnx::NodeOp node, int constants, bool summed);
  MaybeForm transpose(onnx::NodeOp node, int constants, bool summed);
  MaybeForm broadcast(onnx::NodeOp node, int constants, bool summed);
  MaybeForm add(onnx::NodeOp node, int constants);
  MaybeForm reduceSum(onnx::NodeOp node, int constants);
  MaybeForm product(onnx::NodeOp node, int constants, bool summed);
  MaybeForm convolution(onnx::NodeOp node, int constants);
  static std::optional<Equation> equationOf(onnx::NodeOp node);
  static std::optional<Equation> broadcastEquation(onnx::NodeOp node);
  MaybeForm contract(std::vector<ProductForm> forms, const Equation &equation);
  bool reshape(ProductForm &form, llvm::ArrayRef<int64_t> shape);
  // Where weights are sought (WeighingNodes.cpp).
  MaybeForm weigh(onnx::NodeOp node, int constants, bool summed);
  MaybeForm quotient(onnx::NodeOp node, int constants, bool summed);
  MaybeForm masked(mlir::Value value, mlir::Value mask, bool trueIsSeen, int constants);
  MaybeForm withPairs(ProductForm form, size_t axis, ProductFactor pairs);
  MaybeForm distances(mlir::Operation *toeplitz);
  bool meetsQuotient(mlir::Value value);
  bool split(llvm::MutableArrayRef<ProductForm *> forms, Dim dim, int64_t outer, DimList &parts);

  llvm::SmallSetVector<mlir::Operation *, 16> nodes;
  std::vector<Obstacle> obstacles;
  std::optional<Weighing> weighing;
  llvm::SmallSetVector<mlir::Operation *, 4> quotients;
};

/// The elements of a factor's constant with its dimensions in the order of `order` (a permutation of them); nullopt if they
/// are not known.
std::optional<std::vector<double>> readArranged(const ProductFactor &factor, llvm::ArrayRef<Dim> order,
                                                const DimTable &dims);

/// `value`, whose axes are `axes`, with one axis for each of `groups`, which have all of its dimensions: by Reshape and
/// Transpose nodes, none where it is so.
mlir::Value arrange(onnx::NodeBuilder &nodes, mlir::Value value, const Axes &axes, llvm::ArrayRef<DimList> groups,
                    const DimTable &dims);

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_PRODUCTS_PRODUCTFORM_H
