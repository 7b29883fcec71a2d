// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_ONNX_TRANSFORMS_PASSES_H
#define DIALECTS_ONNX_TRANSFORMS_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace fourmix::onnx {
#define GEN_PASS_DECL
#include "dialects/ONNX/Transforms/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "dialects/ONNX/Transforms/Passes.h.inc"

/// What pass `onnx-infer-shapes` does: types and folds `@main` of `module`. `shapes` holds texts `NAME=1x512`, one for
/// each input with open dims. Fails after one error per mistake.
mlir::LogicalResult inferShapes(mlir::ModuleOp module, mlir::ArrayRef<std::string> shapes);

} // namespace fourmix::onnx

#endif // DIALECTS_ONNX_TRANSFORMS_PASSES_H
