// What a single node is to the analysis of products.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_ONNXTOMIX_PRODUCTS_PRODUCTNODES_H
#define LIB_CONVERSION_ONNXTOMIX_PRODUCTS_PRODUCTNODES_H

#include "lib/Conversion/ONNXToMix/Analysis/NamedAxes.h"

namespace fourmix::onnx_to_mix {

/// True for a node whose result has the elements of its first input, in row-major order. (A Cast may change the type.)
bool keepsElements(onnx::NodeOp node);

/// True for a constant, also behind nodes that move its elements.
bool isConstantView(mlir::Value value);

/// The value behind nodes that move elements and, if `scales`, those that scale them.
mlir::Value behindViews(mlir::Value value, bool scales);

/// What is multiplied by what, behind nodes that move and scale elements.
enum class Multiplication { None, Constant, Tensors };
Multiplication classify(mlir::Value value);

} // namespace fourmix::onnx_to_mix

#endif // LIB_CONVERSION_ONNXTOMIX_PRODUCTS_PRODUCTNODES_H
