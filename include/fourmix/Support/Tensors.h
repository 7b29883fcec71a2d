// Small steps on tensors that several doors take: slices along one axis, padding, reflection.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_SUPPORT_TENSORS_H
#define FOURMIX_SUPPORT_TENSORS_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace fourmix {

/// All tensors are static. `shape` with `extent` along `axis`.
llvm::SmallVector<int64_t> withExtent(llvm::ArrayRef<int64_t> shape, int64_t axis, int64_t extent);

/// A constant tensor of zeros.
mlir::Value createZeros(mlir::OpBuilder &builder, mlir::Location loc, mlir::RankedTensorType type);

/// Elements [offset, offset + size) of one axis.
mlir::Value sliceAxis(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value, int64_t axis, int64_t offset,
                      int64_t size);

/// `axis` cut off at `extent`, or padded with zeros at its end.
mlir::Value fitAxis(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value, int64_t axis, int64_t extent);

/// `dest` with `value`, which fits, put at `offsets`.
mlir::Value insertAt(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value, mlir::Value dest,
                     llvm::ArrayRef<int64_t> offsets);

/// The box of `sizes` elements that starts at `from`.
mlir::Value sliceBox(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value, llvm::ArrayRef<int64_t> from,
                     llvm::ArrayRef<int64_t> sizes);

/// A tensor read backwards along some axes.
struct Reflected {
  mlir::Value value;
  llvm::SmallVector<int64_t> axes;
};

/// `dest` with `body(elements of the operands)` put at `to`; all operands have one shape. Bufferizes
/// to one loop nest that writes into `dest`.
mlir::Value
insertElementwise(mlir::OpBuilder &builder, mlir::Location loc, llvm::ArrayRef<Reflected> operands, mlir::Value dest,
                  llvm::ArrayRef<int64_t> to,
                  llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::Location, mlir::ValueRange)> body);

/// `dest` with a reflected tensor put at `to`.
mlir::Value insertReflected(mlir::OpBuilder &builder, mlir::Location loc, Reflected value, mlir::Value dest,
                            llvm::ArrayRef<int64_t> to);

/// The same elements in row-major order under another shape (tensor.collapse_shape, tensor.expand_shape).
mlir::Value reshape(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value, llvm::ArrayRef<int64_t> shape);

} // namespace fourmix

#endif // FOURMIX_SUPPORT_TENSORS_H
