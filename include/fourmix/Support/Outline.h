// Ops as functions of their own.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_SUPPORT_OUTLINE_H
#define FOURMIX_SUPPORT_OUTLINE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace fourmix {

/// Appends the function `name` to `module`, with copies of `ops`, which are in order, and of what computes their
/// operands from constants alone. Its arguments are their other operands, onnx.name "x0", …; its results what others
/// read of theirs, "y0", …. `copies`, if there is one, gets the copies of `ops`.
mlir::func::FuncOp copyToFunction(mlir::ModuleOp module, llvm::ArrayRef<mlir::Operation *> ops, llvm::StringRef name,
                                  llvm::SmallVectorImpl<mlir::Operation *> *copies = nullptr);

} // namespace fourmix

#endif // FOURMIX_SUPPORT_OUTLINE_H
