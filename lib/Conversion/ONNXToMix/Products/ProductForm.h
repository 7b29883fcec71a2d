// The normal form of a value that is a sum of products of tensors.
//
// However it is spelled - Einsum of any equation, MatMul, Gemm, Mul and ReduceSum, with reshapes and transposes between
// them, products before sums or after - a value is a sum of terms, each the product of a few tensors, summed over the
// atoms that the value does not have. A convolution with constant weights is a product, too: one whose input index is
// the sum of two others, which a window says.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_PRODUCTS_PRODUCTFORM_H
#define LIB_CONVERSION_ONNXTOMIX_PRODUCTS_PRODUCTFORM_H

#include "dialects/ONNX/Ops/NodeBuilder.h"
#include "lib/Conversion/ONNXToMix/Analysis/Axes.h"
#include "lib/Conversion/ONNXToMix/Analysis/LinearAnalysis.h"
#include "llvm/ADT/SetVector.h"

namespace fourmix::onnx_to_mix {

/// A tensor that is multiplied. `constant` has its elements where they are known; that may be a part of `value`.
struct ProductFactor {
  mlir::Value value;
  mlir::ElementsAttr constant;
  Layout axes;
  bool has(Atom atom) const;
};

/// in = out + tap - (extent of tap - 1) / 2; where that is not an index of `in`, the product is zero.
struct Window {
  Atom out, in, tap;
};

/// scale * product of the factors, summed over all atoms that are not in the layout of the form.
struct ProductTerm {
  double scale = 1;
  llvm::SmallVector<ProductFactor, 3> factors;
  llvm::SmallVector<Window, 2> windows;
};

struct ProductForm {
  Layout layout;
  std::vector<ProductTerm> terms;
  bool has(Atom atom) const;
};

/// Forms of values and the nodes they look through. A value that is not looked through is a tensor of its own.
class ProductAnalysis {
public:
  explicit ProductAnalysis(Atoms &atoms) : atoms(atoms) {}

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

  /// Makes the two axes the same throughout `forms`, by splitting and renaming atoms. False if that is impossible.
  bool unify(llvm::MutableArrayRef<ProductForm *> forms, llvm::ArrayRef<Atom> a, llvm::ArrayRef<Atom> b);

  /// The nodes looked through.
  const llvm::SmallSetVector<mlir::Operation *, 16> &getNodes() const { return nodes; }
  const std::vector<Obstacle> &getObstacles() const { return obstacles; }
  Atoms &atoms;

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
  MaybeForm contract(std::vector<ProductForm> forms, const Equation &equation);
  bool reshape(ProductForm &form, llvm::ArrayRef<int64_t> shape);
  bool split(llvm::MutableArrayRef<ProductForm *> forms, Atom atom, int64_t outer, Axis &parts);

  llvm::SmallSetVector<mlir::Operation *, 16> nodes;
  std::vector<Obstacle> obstacles;
};

/// The elements of a factor's constant with its atoms in the order of `order` (a permutation of them); nullopt if they
/// are not known.
std::optional<std::vector<double>> readArranged(const ProductFactor &factor, llvm::ArrayRef<Atom> order,
                                                const Atoms &atoms);

/// `value`, whose axes are `axes`, with one axis for each of `groups`, which have all of its atoms: by Reshape and
/// Transpose nodes, none where it is so.
mlir::Value arrange(onnx::NodeBuilder &nodes, mlir::Value value, const Layout &axes, llvm::ArrayRef<Axis> groups,
                    const Atoms &atoms);

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_PRODUCTS_PRODUCTFORM_H
