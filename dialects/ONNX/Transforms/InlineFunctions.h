// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_ONNX_TRANSFORMS_INLINEFUNCTIONS_H
#define DIALECTS_ONNX_TRANSFORMS_INLINEFUNCTIONS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

namespace fourmix::onnx {

/// Replaces every node of `main` (subgraphs included) that calls a model-local function by the function's body, then
/// erases the functions. Attributes that refer to the call's get its values, or the function's defaults, or go.
/// Names of nodes and values inside become `call/name`. One error for a call that does not fit its function or for
/// functions that call themselves.
mlir::LogicalResult inlineFunctions(mlir::ModuleOp module, mlir::func::FuncOp main);

} // namespace fourmix::onnx

#endif // DIALECTS_ONNX_TRANSFORMS_INLINEFUNCTIONS_H
