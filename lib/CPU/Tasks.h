// Parallel regions: how a loop over independent items is cut into tasks.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CPU_TASKS_H
#define LIB_CPU_TASKS_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/Value.h"

namespace fourmix::cpu {

/// Emits `body(builder, begin, end)` over the items [0, items) as a 1-D scf.parallel over at most 64 tasks of at
/// least 2^15 operations. The cut depends on nothing but the arguments, so results do not depend on the number of
/// threads.
void emitTasks(mlir::OpBuilder &builder, mlir::Location loc, int64_t items, int64_t operationsPerItem,
               llvm::function_ref<void(mlir::OpBuilder &, mlir::Value begin, mlir::Value end)> body);

/// A loop over [begin, end) in steps of `step` that carries nothing.
void emitFor(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value begin, mlir::Value end, int64_t step,
             llvm::function_ref<void(mlir::OpBuilder &, mlir::Value)> body);

/// A loop over the constants [begin, end) that carries `values`; `body` returns their successors. Nothing is emitted
/// around a single iteration.
llvm::SmallVector<mlir::Value> emitCarryingFor(
    mlir::OpBuilder &builder, mlir::Location loc, int64_t begin, int64_t end, int64_t step, mlir::ValueRange values,
    llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::OpBuilder &, mlir::Value, mlir::ValueRange)> body);

} // namespace fourmix::cpu

#endif // LIB_CPU_TASKS_H
