// Evaluates the nodes and ops of circular convolutions by their definitions.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TEST_UNIT_LIB_CONVERSION_ONNXTOMIX_CONVOLUTIONINTERPRETER_H
#define TEST_UNIT_LIB_CONVERSION_ONNXTOMIX_CONVOLUTIONINTERPRETER_H

#include "../Definitions.h"
#include "dialects/ONNX/IR/ONNX.h"
#include <optional>

/// Conv, Tile, and Pad in its modes wrap and reflect; nullopt for other nodes.
std::optional<RealTensor> runConvolutionNode(fourmix::onnx::NodeOp node, llvm::ArrayRef<RealTensor> inputs);

/// mix.projection and mix.circulant; nullopt for other ops.
std::optional<RealTensor> runConvolutionOp(mlir::Operation *op, llvm::ArrayRef<RealTensor> inputs);

#endif // TEST_UNIT_LIB_CONVERSION_ONNXTOMIX_CONVOLUTIONINTERPRETER_H
