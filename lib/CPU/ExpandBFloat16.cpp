// Conversions from and to bf16 as integer arithmetic. LLVM 22 has nothing between the instructions of the newest CPUs
// and a call of a runtime library, which a compiled model does not have.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/CPU/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace fourmix {
#define GEN_PASS_DEF_CPUEXPANDBFLOAT16
#include "fourmix/CPU/Passes.h.inc"
} // namespace fourmix

using namespace mlir;

namespace {

/// A conversion between bf16 and f64 in two steps: MLIR's patterns know those of f32.
template <typename CastOp>
struct ThroughSingle : OpRewritePattern<CastOp> {
  using OpRewritePattern<CastOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(CastOp op, PatternRewriter &rewriter) const override {
    Type from = getElementTypeOrSelf(op.getIn().getType()), to = getElementTypeOrSelf(op.getType());
    if (!(from.isBF16() && to.isF64()) && !(from.isF64() && to.isBF16()))
      return rewriter.notifyMatchFailure(op, "not between bf16 and f64");
    Type single = rewriter.getF32Type();
    if (auto vector = dyn_cast<VectorType>(op.getType()))
      single = vector.clone(single);
    Value middle = CastOp::create(rewriter, op.getLoc(), single, op.getIn());
    rewriter.replaceOpWithNewOp<CastOp>(op, op.getType(), middle);
    return success();
  }
};

struct ExpandBFloat16 : fourmix::impl::CPUExpandBFloat16Base<ExpandBFloat16> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    arith::populateExpandBFloat16Patterns(patterns);
    patterns.add<ThroughSingle<arith::ExtFOp>, ThroughSingle<arith::TruncFOp>>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
