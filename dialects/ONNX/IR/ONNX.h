// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_ONNX_IR_ONNX_H
#define DIALECTS_ONNX_IR_ONNX_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/ONNX/IR/ONNXDialect.h.inc"
#include "dialects/ONNX/IR/ONNXEnums.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/ONNX/IR/ONNXTypes.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/ONNX/IR/ONNXAttrs.h.inc"
#define GET_OP_CLASSES
#include "dialects/ONNX/IR/ONNXOps.h.inc"

namespace fourmix::onnx {
/// The type of TensorProto.DataType `dataType` (`!onnx.string` for 8), or null for undefined and unknown numbers.
mlir::Type elementType(mlir::MLIRContext *context, int64_t dataType);

/// Its inverse: the number of an element type, or 0 for a type that ONNX has not.
int64_t dataType(mlir::Type elementType);

/// The symbol of a model-local function: `domain::name`, or `domain::name::overload` where the overload is not empty.
std::string functionSymbol(llvm::StringRef domain, llvm::StringRef name, llvm::StringRef overload);
} // namespace fourmix::onnx

#endif // DIALECTS_ONNX_IR_ONNX_H
