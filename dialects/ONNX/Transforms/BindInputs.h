// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_ONNX_TRANSFORMS_BINDINPUTS_H
#define DIALECTS_ONNX_TRANSFORMS_BINDINPUTS_H

#include "fourmix/Support/HostTensor.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace fourmix::onnx {

/// Makes the inputs of `main` that `bindings` names (`onnx.name`) constants: the network then has that many inputs
/// less, and may compute shapes from them. An error where there is no such input, where it is named twice, or where its
/// declared type is another.
mlir::LogicalResult bindInputs(mlir::func::FuncOp main, mlir::ArrayRef<NamedTensor> bindings);

} // namespace fourmix::onnx

#endif // DIALECTS_ONNX_TRANSFORMS_BINDINPUTS_H
