// What the lowerings of one transform and of pairs of transforms share: plans with tables, scratch, tasks.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_SPECTRALTOVECTOR_SCHEDULE_H
#define LIB_CONVERSION_SPECTRALTOVECTOR_SCHEDULE_H

#include "dialects/Spectral/IR/Spectral.h"
#include "lib/Conversion/SpectralToVector/VectorEmitter.h"
#include "lib/Kernels/Cost.h"
#include "lib/Kernels/Dft.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <map>
#include <memory>
#include <tuple>

namespace fourmix {

using Planes = kernels::ComplexPlane<VectorEmitter>;
using Work = kernels::Work<VectorEmitter>;

/// A plan and the memref with its numbers, shared by all transforms of a function that use it.
struct PlanWithTable {
  kernels::RdftPlan plan;
  mlir::Value numbers;
};

/// Makes each plan of a function once, with its table at the function's start.
class PlanCache {
public:
  PlanCache(mlir::func::FuncOp function, int64_t vectorBytes)
      : function(function), options{vectorBytes >= 64 ? 8 : 4} {}

  /// The plan of a complex transform in `.complex`, or, with `real`, that of a real one.
  const PlanWithTable &get(int64_t length, bool real, mlir::FloatType element);

private:
  mlir::func::FuncOp function;
  kernels::PlanOptions options;
  std::map<std::tuple<int64_t, bool, unsigned>, std::unique_ptr<PlanWithTable>> entries;
};

/// Rows of `lanes` elements of scratch, one set per task, handed out one region after the other.
class Scratch {
public:
  Scratch(mlir::FloatType element, int64_t lanes) : element(element), lanes(lanes) {}

  /// The offset, in elements, of `rows` more rows of every task.
  int64_t take(int64_t rows) {
    int64_t offset = size;
    size += rows * lanes;
    return offset;
  }
  /// Allocates all that was taken, for so many tasks.
  void allocate(mlir::OpBuilder &builder, mlir::Location loc, int64_t tasks);

  /// Rows of `task` at an offset: real ones, or complex ones with re and im side by side.
  VectorEmitter::Plane real(const AffineIndex &task, int64_t offset) const;
  Planes complex(const AffineIndex &task, int64_t offset) const;

private:
  mlir::FloatType element;
  int64_t lanes, size = 0;
  mlir::Value memref;
};

/// The rows that a plan works in.
struct WorkOffsets {
  WorkOffsets(Scratch &scratch, const kernels::DftPlan &plan)
      : a(scratch.take(2 * plan.workRows())), b(scratch.take(2 * plan.workRows())),
        fold(scratch.take(2 * plan.foldRows())) {}
  Work get(const Scratch &scratch, const AffineIndex &task) const {
    return {scratch.complex(task, a), scratch.complex(task, b), scratch.complex(task, fold)};
  }
  int64_t a, b, fold;
};

/// How many tasks `blocks` blocks of the given cost are worth: each has at least about 20 microseconds of work. One
/// where `op` is not directly in a function.
int64_t countTasks(mlir::Operation *op, const kernels::Cost &cost, int64_t blocks, int64_t maxTasks);

/// Loops over all blocks, dealt out to `tasks` tasks.
void forEachBlock(mlir::OpBuilder &builder, mlir::Location loc, mlir::VectorType type, mlir::Value numbers,
                  int64_t blocks, int64_t tasks,
                  llvm::function_ref<void(VectorEmitter &, AffineIndex task, AffineIndex block)> body);

/// Views of rank 1: of a tensor to read, and of a buffer.
mlir::Value readFlat(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value tensor);
mlir::Value flatten(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value memref);
/// An uninitialised buffer for a tensor of this type.
mlir::Value allocate(mlir::OpBuilder &builder, mlir::Location loc, mlir::RankedTensorType type);
/// The tensor that a filled buffer holds.
mlir::Value wrap(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value buffer);

/// Lowers one transform; unused results are not computed. Erases it.
void lowerTransform(spectral::FourierOpInterface op, PlanCache &plans, int64_t lanes, int64_t maxTasks);

/// If `columns` is the second transform of Re(F_n x F_d), an rdft or dft of the real x along the last axis and then
/// this one along the axis before, lowers both by the folded algorithm, erases them, and returns true.
bool lowerFoldedPair(spectral::DftOp columns, PlanCache &plans, int64_t lanes, int64_t maxTasks);

} // namespace fourmix

#endif // LIB_CONVERSION_SPECTRALTOVECTOR_SCHEDULE_H
