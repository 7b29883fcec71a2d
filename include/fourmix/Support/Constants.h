// Constants, wherever their bytes lie.
//
// The parameter store of a module is the resource manager of its MLIRContext: a weight is a
// DenseResourceElementsAttr whose blob aliases the mapped external file or the parsed message, so text dumps
// show a key and no bytes. These helpers read and make constants without caring which kind they are.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_SUPPORT_CONSTANTS_H
#define FOURMIX_SUPPORT_CONSTANTS_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Value.h"
#include <optional>

namespace fourmix {

/// The constant that defines `value` (any ConstantLike op), or null.
mlir::ElementsAttr matchConstant(mlir::Value value);

/// True for a constant of floats of which every element is zero, of either sign.
bool isZeroConstant(mlir::Value value);

/// The elements in row-major order, splats expanded; nullopt if the bytes are not present (a text module without its
/// store) or the element type cannot be read as asked. Integers and booleans (as 0 and 1) for readInts; floats
/// (f16, bf16, f32, f64), integers and booleans for readDoubles.
std::optional<llvm::SmallVector<int64_t>> readInts(mlir::ElementsAttr constant);
std::optional<std::vector<double>> readDoubles(mlir::ElementsAttr constant);

/// The raw little-endian bytes, one byte per boolean, splats expanded. An empty optional if absent. The result
/// points into the store where it can and into `scratch` where it must.
std::optional<llvm::ArrayRef<char>> readBytes(mlir::ElementsAttr constant, std::vector<char> &scratch);

/// Bytes of one element as ONNX, the store and generated code lay it out (booleans are one byte).
int64_t elementBytes(mlir::Type elementType);

/// A constant of `type` from raw bytes: in the text for up to 16 elements, else a new entry of the store under a key
/// made from `hint`. Copies the bytes.
mlir::ElementsAttr makeConstant(mlir::RankedTensorType type, llvm::ArrayRef<char> bytes, llvm::StringRef hint);

/// The same from numbers, each rounded to the element type.
mlir::ElementsAttr makeConstant(mlir::RankedTensorType type, llvm::ArrayRef<double> values, llvm::StringRef hint);

/// A small int64 tensor: shape vectors, axes.
mlir::ElementsAttr makeInts(mlir::MLIRContext *context, llvm::ArrayRef<int64_t> values);

/// Gives the bytes of a store entry back once nothing will read them again (they are packed elsewhere).
void releaseConstant(mlir::ElementsAttr constant);

} // namespace fourmix

#endif // FOURMIX_SUPPORT_CONSTANTS_H
