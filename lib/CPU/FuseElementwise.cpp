// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/CPU/Passes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace fourmix {
#define GEN_PASS_DEF_CPUFUSEELEMENTWISE
#include "fourmix/CPU/Passes.h.inc"
} // namespace fourmix

using namespace mlir;

namespace {

/// Fusing is worth it where the consumer needs every element once: its map is a permutation of all loops. A product
/// of two moving operands is left alone.
bool computesEachElementOnce(OpOperand *fused) {
  auto consumer = dyn_cast<linalg::GenericOp>(fused->getOwner());
  Operation *producer = fused->get().getDefiningOp();
  if (!consumer || !producer || !producer->hasOneUse())
    return false;
  if (consumer.getNumReductionLoops() && consumer.getNumDpsInputs() > 1)
    return false;
  return consumer.getMatchingIndexingMap(fused).isPermutation();
}

struct FuseElementwise : fourmix::impl::CPUFuseElementwiseBase<FuseElementwise> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    linalg::populateElementwiseOpsFusionPatterns(patterns, computesEachElementOnce);
    linalg::populateEraseUnusedOperandsAndResultsPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
