// Evaluates the ONNX nodes that occur in mixings, and the ops of mix, by their definitions, in double.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TEST_UNIT_LIB_CONVERSION_ONNXTOMIX_INTERPRETER_H
#define TEST_UNIT_LIB_CONVERSION_ONNXTOMIX_INTERPRETER_H

#include "../Definitions.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

/// The value that `function` returns for its arguments. Fails the running test on an op it does not know.
RealTensor evaluate(mlir::func::FuncOp function, llvm::ArrayRef<RealTensor> arguments);

#endif // TEST_UNIT_LIB_CONVERSION_ONNXTOMIX_INTERPRETER_H
