// The pass: mixing to transforms and tensor code.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Patterns.h"
#include "dialects/Mix/IR/Mix.h"
#include "dialects/Spectral/IR/Lowerings.h"
#include "fourmix/Conversion/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace fourmix {
#define GEN_PASS_DEF_CONVERTMIXTOSPECTRAL
#include "fourmix/Conversion/Passes.h.inc"
} // namespace fourmix

using namespace mlir;
using namespace fourmix;

namespace {
/// What an op becomes that is left to the host is transforms for the host.
struct PlanForHost : RewriterBase::Listener {
  void notifyPatternBegin(const Pattern &, Operation *op) override {
    isLeft.push_back(op->hasAttr(mix_to_spectral::hostForm));
  }
  void notifyPatternEnd(const Pattern &, LogicalResult) override { isLeft.pop_back(); }
  void notifyOperationInserted(Operation *op, OpBuilder::InsertPoint) override {
    if (!llvm::is_contained(isLeft, true))
      return;
    if (auto plannable = dyn_cast<spectral::PlannableOpInterface>(op))
      plannable.setPlan(spectral::fftLowering);
  }
  SmallVector<bool> isLeft; // of the patterns at work
};

/// After it `mix` is gone; everything else is as it was.
struct ConvertMixToSpectral : fourmix::impl::ConvertMixToSpectralBase<ConvertMixToSpectral> {
  using ConvertMixToSpectralBase::ConvertMixToSpectralBase;

  void runOnOperation() override {
    ConversionTarget target(getContext());
    target.addIllegalDialect<mix::MixDialect>();
    target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
    RewritePatternSet patterns(&getContext());
    mix_to_spectral::populateAttentionPatterns(patterns);
    mix_to_spectral::populateCosinePatterns(patterns);
    mix_to_spectral::populateFilterPatterns(patterns, spectra);
    mix_to_spectral::populateGatedPatterns(patterns, spectra);
    mix_to_spectral::populateFourierPatterns(patterns, whole);
    mix_to_spectral::populateLambdaPatterns(patterns, spectra);
    mix_to_spectral::populateLinearPatterns(patterns);
    mix_to_spectral::populateProjectionPatterns(patterns, spectra);
    ConversionConfig config;
    config.allowPatternRollback = false;
    PlanForHost planner;
    config.listener = &planner;
    if (failed(applyPartialConversion(getOperation(), target, std::move(patterns), config)))
      signalPassFailure();
  }
};
} // namespace
