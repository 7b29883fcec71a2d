// The loops of one linalg.generic on buffers.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CPU_GENERICEMITTER_H
#define LIB_CPU_GENERICEMITTER_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"
#include <optional>

namespace fourmix::cpu {

/// Emits the loops of one linalg.generic on buffers.
class GenericEmitter {
public:
  GenericEmitter(mlir::linalg::GenericOp op, int64_t vectorWidth)
      : op(op), loc(op.getLoc()), extents(op.getStaticLoopRanges()), iterators(op.getIteratorTypesArray()),
        maps(op.getIndexingMapsArray()), ivs(extents.size()) {
    chooseLanes(vectorWidth);
  }

  /// Emits tasks before the op, which the caller erases. Failure after an error: a dynamic extent, or tensors.
  mlir::LogicalResult emit(mlir::OpBuilder &builder);

private:
  void chooseLanes(int64_t vectorWidth);
  int64_t score(unsigned dim, int64_t vectorWidth);
  int64_t bodyCost();

  bool isParallel(unsigned dim) const { return iterators[dim] == mlir::utils::IteratorType::parallel; }
  bool hasReduction() const { return llvm::is_contained(iterators, mlir::utils::IteratorType::reduction); }
  bool lanesReduce() const { return lanes && !isParallel(*lanes); }

  void emitParallelDims(mlir::OpBuilder &b, llvm::ArrayRef<unsigned> dims);
  void emitLaneBlocks(mlir::OpBuilder &b);
  void emitBlock(mlir::OpBuilder &b, int64_t width);
  llvm::SmallVector<mlir::Value> emitReductionDims(mlir::OpBuilder &b, llvm::ArrayRef<unsigned> dims, int64_t width,
                                                   mlir::ValueRange accumulators);
  void emitLaneReduction(mlir::OpBuilder &b);

  llvm::SmallVector<mlir::Value> emitBody(mlir::OpBuilder &b, int64_t width, mlir::ValueRange accumulators);
  mlir::Value emitOp(mlir::OpBuilder &b, mlir::Operation &bodyOp, mlir::IRMapping &mapping, int64_t width);
  mlir::Value emitBodyLoad(mlir::OpBuilder &b, mlir::memref::LoadOp load, mlir::IRMapping &mapping, int64_t width);

  llvm::SmallVector<mlir::Value> indices(mlir::OpBuilder &b, mlir::AffineMap map, mlir::Value laneIndex);
  mlir::Value load(mlir::OpBuilder &b, unsigned operand, int64_t width);
  void store(mlir::OpBuilder &b, unsigned operand, mlir::Value value, int64_t width);
  mlir::Value widen(mlir::OpBuilder &b, mlir::Value value, int64_t width);

  /// The single op that combines result `i` with its accumulator, or null.
  mlir::Operation *combiner(unsigned i);
  mlir::Value combine(mlir::OpBuilder &b, mlir::Operation *combiner, mlir::Value a, mlir::Value c);

  mlir::linalg::GenericOp op;
  mlir::Location loc;
  llvm::SmallVector<int64_t> extents;
  llvm::SmallVector<mlir::utils::IteratorType> iterators;
  llvm::SmallVector<mlir::AffineMap> maps;
  llvm::SmallVector<mlir::Value> ivs; // the current index of every loop
  std::optional<unsigned> lanes;
  int64_t vectorWidth = 1;
};

} // namespace fourmix::cpu

#endif // LIB_CPU_GENERICEMITTER_H
