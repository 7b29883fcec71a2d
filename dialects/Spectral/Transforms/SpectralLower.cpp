// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Spectral/IR/Lowerings.h"
#include "dialects/Spectral/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace fourmix::spectral {
#define GEN_PASS_DEF_SPECTRALLOWER
#include "dialects/Spectral/Transforms/Passes.h.inc"
} // namespace fourmix::spectral

using namespace mlir;
using namespace fourmix::spectral;

namespace {

/// Sees whether a lowering did what it must: get rid of its op.
struct Erasure : RewriterBase::Listener {
  explicit Erasure(Operation *op) : op(op) {}
  void notifyOperationErased(Operation *gone) override { seen |= gone == op; }
  Operation *op;
  bool seen = false;
};

struct SpectralLower : fourmix::spectral::impl::SpectralLowerBase<SpectralLower> {
  void runOnOperation() override {
    // A lowering may write ops that are planned for another one: a round takes those of the round before.
    constexpr int maxRounds = 64;
    for (int round = 0;; ++round) {
      SmallVector<std::pair<PlannableOpInterface, const Lowering *>> planned;
      getOperation()->walk([&](PlannableOpInterface op) {
        const Lowering *lowering = op.getPlan() ? findLowering(*op.getPlan()) : nullptr;
        if (lowering && lowering->lower)
          planned.emplace_back(op, lowering);
      });
      if (planned.empty())
        return;
      if (round == maxRounds) {
        planned.front().first->emitOpError("is still there after ")
            << maxRounds << " rounds of the lowering '" << planned.front().second->name << "'";
        return signalPassFailure();
      }
      for (auto [op, lowering] : planned)
        if (failed(lower(op, *lowering)))
          return signalPassFailure();
    }
  }

  static LogicalResult lower(PlannableOpInterface op, const Lowering &lowering) {
    if (!lowering.cost(op)) // a plan in the text, where spectral-plan did not ask
      return op->emitOpError("is planned ") << lowering.name << ", which cannot compute it";
    Erasure erasure(op);
    IRRewriter rewriter(op->getContext(), &erasure);
    rewriter.setInsertionPoint(op);
    if (failed(lowering.lower(rewriter, op)))
      return failure();
    if (!erasure.seen)
      return op->emitOpError("was left by the lowering '") << lowering.name << "', which must replace it";
    return success();
  }
};

} // namespace
