// The transparent nodes above a value, and the values they all come from.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_ANALYSIS_CONE_H
#define LIB_CONVERSION_ONNXTOMIX_ANALYSIS_CONE_H

#include "LinearAnalysis.h"

namespace fourmix::onnx_to_mix {

/// The transparent nodes that a value is computed by, latest first, and its cuts: the values through which everything
/// passes. A cut is a candidate for the source of a mixing.
struct Cone {
  struct Cut {
    mlir::Value value;
    size_t interior; // nodes[0, interior) lie between the cut and the value
  };
  llvm::SmallVector<onnx::NodeOp> nodes;
  llvm::SmallVector<Cut> cuts; // nearest first

  Cone(mlir::Value value, ConstantFacts &constants);
  /// The same with another notion of transparent: the operands a node is looked through to, nullopt for a leaf.
  using OperandsOf = llvm::function_ref<std::optional<llvm::SmallVector<mlir::Value>>(onnx::NodeOp)>;
  Cone(mlir::Value value, OperandsOf operandsOf);
  /// The earliest transform of the cone, or null.
  onnx::NodeOp firstTransform() const;
};

/// The node as messages name it: node "fc1" (MatMul).
std::string describe(onnx::NodeOp node);

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_ANALYSIS_CONE_H
