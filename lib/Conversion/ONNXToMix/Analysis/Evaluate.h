// Runs nodes of a graph on numbers, in double: what a subgraph means is what it does.
//
// A recogniser that asks "is this subgraph that linear map?" answers by evaluation. A map that only moves elements is
// traced exactly by giving every element its own number. Two linear maps that agree on a random tensor are equal with
// probability one (R. Freivalds, Fast probabilistic algorithms, 1979), and where they differ in one number, the result
// differs by about that number.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_ANALYSIS_EVALUATE_H
#define LIB_CONVERSION_ONNXTOMIX_ANALYSIS_EVALUATE_H

#include "LinearAnalysis.h"
#include <map>

namespace fourmix::onnx_to_mix {

/// A dense row-major tensor of doubles.
struct Numbers {
  llvm::SmallVector<int64_t> shape;
  std::vector<double> values;

  static Numbers zeros(llvm::ArrayRef<int64_t> shape) {
    return {llvm::SmallVector<int64_t>(shape), std::vector<double>(mlir::ShapedType::getNumElements(shape), 0.0)};
  }
  int64_t size() const { return static_cast<int64_t>(values.size()); }
};

/// True if each element of each result is an element of the node's first input (of any input, for Concat) or zero,
/// whatever the input holds: Pad, Slice, Concat, Gather, Tile, Expand, Transpose, reshapes. The operands that say where
/// to are constants.
bool movesElements(onnx::NodeOp node);

/// The operands whose elements a node moves.
llvm::SmallVector<mlir::Value> movedOperands(onnx::NodeOp node);

/// Evaluates values in terms of some that are given.
class Evaluation {
public:
  void set(mlir::Value value, Numbers numbers) { known[value] = std::move(numbers); }
  /// Null where the value depends on something that is not given, or on a node that is not evaluated.
  const Numbers *get(mlir::Value value);

private:
  std::optional<Numbers> compute(mlir::Value value);
  std::optional<Numbers> compute(onnx::NodeOp node, unsigned result);

  std::optional<Numbers> move(onnx::NodeOp node, unsigned result);
  std::optional<Numbers> elementwise(onnx::NodeOp node);
  std::optional<Numbers> reduceSum(onnx::NodeOp node);
  std::optional<Numbers> concat(onnx::NodeOp node);
  std::optional<Numbers> scatter(onnx::NodeOp node);
  std::optional<Numbers> dft(onnx::NodeOp node);
  std::optional<Numbers> matMul(onnx::NodeOp node);
  std::optional<Numbers> einsum(onnx::NodeOp node);

  std::map<mlir::Value, std::optional<Numbers>,
           decltype([](mlir::Value a, mlir::Value b) { return a.getAsOpaquePointer() < b.getAsOpaquePointer(); })>
      known;
};

/// The elements of `from` (row-major of a shape) as a node moves them: for each element of the result the one it is, -1
/// for a zero. Nullopt if the node's operands do not say.
std::optional<std::vector<int64_t>> traceMove(onnx::NodeOp node, unsigned result);

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_ANALYSIS_EVALUATE_H
