// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/CPU/Passes.h"
#include "lib/CPU/GenericEmitter.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"

namespace fourmix {
#define GEN_PASS_DEF_CPULOWERGENERIC
#include "fourmix/CPU/Passes.h.inc"
} // namespace fourmix

using namespace mlir;
using namespace fourmix::cpu;

namespace {

/// memref.copy as the generic that says the same.
linalg::GenericOp copyAsGeneric(OpBuilder &builder, memref::CopyOp copy) {
  auto type = cast<MemRefType>(copy.getTarget().getType());
  AffineMap identity = builder.getMultiDimIdentityMap(type.getRank());
  SmallVector<utils::IteratorType> parallel(type.getRank(), utils::IteratorType::parallel);
  return linalg::GenericOp::create(
      builder, copy.getLoc(), ValueRange{copy.getSource()}, ValueRange{copy.getTarget()},
      ArrayRef<AffineMap>{identity, identity}, parallel,
      [](OpBuilder &b, Location loc, ValueRange args) { linalg::YieldOp::create(b, loc, args[0]); });
}

/// Where all operands walk the same contiguous memory, the shape does not matter: one long row.
linalg::GenericOp flatten(OpBuilder &builder, linalg::GenericOp op) {
  unsigned rank = op.getNumLoops();
  if (rank < 2 || op.getNumReductionLoops() || op.hasIndexSemantics())
    return op;
  for (auto [operand, map] : llvm::zip(op->getOperands(), op.getIndexingMapsArray())) {
    auto type = dyn_cast<MemRefType>(operand.getType());
    if (type ? !map.isIdentity() || !type.getLayout().isIdentity() : map.getNumResults() != 0)
      return op;
  }
  auto row = [&](Value value) -> Value {
    if (!isa<MemRefType>(value.getType()))
      return value;
    return memref::CollapseShapeOp::create(builder, op.getLoc(), value,
                                           ReassociationIndices(llvm::to_vector(llvm::seq<int64_t>(0, rank))));
  };
  SmallVector<Value> inputs = llvm::map_to_vector(op.getInputs(), row);
  SmallVector<Value> outputs = llvm::map_to_vector(op.getOutputs(), row);
  SmallVector<AffineMap> maps;
  for (AffineMap map : op.getIndexingMapsArray())
    maps.push_back(map.getNumResults() ? builder.getMultiDimIdentityMap(1)
                                       : AffineMap::get(1, 0, builder.getContext()));
  auto flat = linalg::GenericOp::create(builder, op.getLoc(), TypeRange(), inputs, outputs, maps,
                                        SmallVector<utils::IteratorType>{utils::IteratorType::parallel});
  flat.getRegion().takeBody(op.getRegion());
  op.erase();
  return flat;
}

struct LowerGeneric : fourmix::impl::CPULowerGenericBase<LowerGeneric> {
  using CPULowerGenericBase::CPULowerGenericBase;

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    SmallVector<Operation *> work;
    getOperation().walk([&](Operation *op) {
      if (isa<linalg::LinalgOp, memref::CopyOp>(op))
        work.push_back(op);
    });
    for (Operation *op : work) {
      rewriter.setInsertionPoint(op);
      linalg::GenericOp generic = dyn_cast<linalg::GenericOp>(op);
      if (auto copy = dyn_cast<memref::CopyOp>(op)) {
        generic = copyAsGeneric(rewriter, copy);
        copy.erase();
      } else if (!generic) {
        FailureOr<linalg::GenericOp> named = linalg::generalizeNamedOp(rewriter, cast<linalg::LinalgOp>(op));
        if (failed(named)) {
          op->emitOpError("has no loop form");
          return signalPassFailure();
        }
        generic = *named;
      }
      rewriter.setInsertionPoint(generic);
      generic = flatten(rewriter, generic);
      rewriter.setInsertionPoint(generic);
      if (failed(GenericEmitter(generic, vectorWidth).emit(rewriter)))
        return signalPassFailure();
      generic.erase();
    }
  }
};

} // namespace
