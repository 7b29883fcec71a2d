// Which linear map of one tensor a value is: ONNX nodes as operations on separable forms.
//
// The analysis stands beside the IR and changes nothing. A node is *transparent* if its result is linear in one set of
// operands, the others being constants it can read; every other value is a leaf.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_ANALYSIS_LINEARANALYSIS_H
#define LIB_CONVERSION_ONNXTOMIX_ANALYSIS_LINEARANALYSIS_H

#include "SeparableForm.h"
#include "dialects/ONNX/IR/ONNX.h"
#include "llvm/ADT/DenseMap.h"

namespace fourmix::onnx_to_mix {

/// The shape of a static ranked tensor that has elements; empty optional for anything else.
std::optional<llvm::ArrayRef<int64_t>> staticShape(mlir::Value value);

/// The integers of a constant; nullopt if the value is not one.
std::optional<llvm::SmallVector<int64_t>> readIntegers(mlir::Value value);

/// What a DFT node does, whatever its version.
struct TransformNode {
  int64_t axis, length;
  bool inverse, onesided;
};
/// Nullopt where its parameters are not constants or out of range.
std::optional<TransformNode> readTransform(onnx::NodeOp node);

/// True for a node that regroups its input's elements into other axes and leaves them in order: Reshape, Squeeze,
/// Unsqueeze, Flatten.
bool regroupsAxes(onnx::NodeOp node);

/// What is known about constants. Shared by all analyses of a module, because every fact is learnt by reading a whole
/// constant. Facts hold for the lifetime of the context: attributes are immutable.
class ConstantFacts {
public:
  /// The matrix that multiplies an axis from the left, as rows of cosines and sines: the rank-2 `constant` (after
  /// leading extents of 1) or its transpose; null if it is not made of those.
  std::shared_ptr<const AxisMap> matrix(mlir::ElementsAttr constant, bool transposed);
  /// True if all elements are floating-point zeros.
  bool isZero(mlir::ElementsAttr constant);

private:
  llvm::DenseMap<std::pair<const void *, unsigned>, std::shared_ptr<const AxisMap>> matrices;
  llvm::DenseMap<const void *, bool> zeros;
};

/// True if all elements of `value` are known to be zero.
bool isKnownZero(mlir::Value value, ConstantFacts &constants);

/// The operands a transparent node is linear in; nullopt if the node is a leaf. An operand that is known to be zero
/// is not among them.
std::optional<llvm::SmallVector<mlir::Value>> linearOperands(onnx::NodeOp node, ConstantFacts &constants);

/// True if the node applies cosines and sines: DFT, or a product with such a matrix. Presumes a transparent node.
bool isTransform(onnx::NodeOp node);

/// A transform that could not be applied, and why: what a remark about a near miss says.
struct Obstacle {
  onnx::NodeOp node;
  std::string reason;
};

class LinearAnalysis {
public:
  LinearAnalysis(mlir::Value source, ConstantFacts &constants) : source(source), constants(constants) {}

  /// The form of `value` in terms of the source, or null.
  const SeparableForm *get(mlir::Value value);
  const std::vector<Obstacle> &getObstacles() const { return obstacles; }

private:
  using MaybeForm = std::optional<SeparableForm>;
  MaybeForm compute(mlir::Value value);
  MaybeForm compute(onnx::NodeOp node, unsigned result);

  // One function per family of operators.
  MaybeForm reshape(mlir::Value value);
  MaybeForm addOrSubtract(onnx::NodeOp node, double sign);
  MaybeForm scale(onnx::NodeOp node);
  MaybeForm concat(onnx::NodeOp node);
  MaybeForm slice(onnx::NodeOp node);
  MaybeForm split(onnx::NodeOp node, unsigned result);
  MaybeForm gather(onnx::NodeOp node);
  MaybeForm pad(onnx::NodeOp node);
  MaybeForm expand(onnx::NodeOp node);
  MaybeForm transpose(onnx::NodeOp node);
  MaybeForm dft(onnx::NodeOp node);
  MaybeForm matMul(onnx::NodeOp node);
  MaybeForm gemm(onnx::NodeOp node);
  MaybeForm einsum(onnx::NodeOp node);

  /// A copy of the form of `value`, to be changed.
  MaybeForm copy(mlir::Value value);
  /// Multiplies `axis` of `form` by `matrix` from the left; records an obstacle where that is not separable.
  bool multiplyAxis(onnx::NodeOp node, SeparableForm &form, int64_t axis, const AxisMap &matrix);

  mlir::Value source;
  ConstantFacts &constants;
  llvm::DenseMap<mlir::Value, std::unique_ptr<SeparableForm>> forms;
  std::vector<Obstacle> obstacles;
};

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_ANALYSIS_LINEARANALYSIS_H
