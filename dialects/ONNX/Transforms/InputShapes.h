// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_ONNX_TRANSFORMS_INPUTSHAPES_H
#define DIALECTS_ONNX_TRANSFORMS_INPUTSHAPES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace fourmix::onnx {

/// Gives arguments of `main` the shapes that the user states: texts `NAME=1x512` (`NAME=scalar` for rank 0) under the
/// arguments' `onnx.name`. Dims that the file gives the same name (array attribute `onnx.dims`, "" for none) get
/// the same size. One error for each text that does not fit.
mlir::LogicalResult applyInputShapes(mlir::func::FuncOp main, mlir::ArrayRef<std::string> shapes);

/// One error for each argument of `main` that is no tensor of known rank or has a dim left open.
mlir::LogicalResult requireStaticInputs(mlir::func::FuncOp main);

} // namespace fourmix::onnx

#endif // DIALECTS_ONNX_TRANSFORMS_INPUTSHAPES_H
