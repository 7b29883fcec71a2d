// Evaluates the ONNX nodes that attention is written with, and mix.attention.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TEST_UNIT_LIB_CONVERSION_ONNXTOMIX_ATTENTIONINTERPRETER_H
#define TEST_UNIT_LIB_CONVERSION_ONNXTOMIX_ATTENTIONINTERPRETER_H

#include "Interpreter.h"
#include "dialects/Mix/IR/Mix.h"
#include "dialects/ONNX/IR/ONNX.h"

/// The result of a node; nullopt for an operator that is not known here. Booleans are 0 and 1.
std::optional<RealTensor> runElementary(fourmix::onnx::NodeOp node, llvm::ArrayRef<RealTensor> inputs);

/// softmax(scale q k^T, masked) v, by the sums that define it.
RealTensor runAttention(fourmix::mix::AttentionOp op, llvm::function_ref<const RealTensor &(mlir::Value)> value);

/// The quotient of sums that defines kernelised attention.
RealTensor runLinearAttention(fourmix::mix::LinearAttentionOp op,
                              llvm::function_ref<const RealTensor &(mlir::Value)> value);

#endif // TEST_UNIT_LIB_CONVERSION_ONNXTOMIX_ATTENTIONINTERPRETER_H
