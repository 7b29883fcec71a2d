// example-window-attention: every self-attention sees a window of its neighbours. A pass from outside, in one file.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Mix/IR/Mix.h"
#include "fourmix/Plugin.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Pass/Pass.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using fourmix::mix::AttentionOp;

namespace example {
void registerSplitTransform(); // SplitTransform.cpp

struct WindowAttention : PassWrapper<WindowAttention, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(WindowAttention)
  WindowAttention() = default;
  WindowAttention(const WindowAttention &other) : PassWrapper(other) {}

  StringRef getArgument() const override { return "example-window-attention"; }
  StringRef getDescription() const override { return "Let every self-attention see `window` keys on either side."; }
  Option<int64_t> window{*this, "window", llvm::cl::desc("keys on either side"), llvm::cl::init(64)};

  void runOnOperation() override {
    if (window < 0) {
      getOperation().emitError("expected a window of 0 or more keys, but found ") << window;
      return signalPassFailure();
    }
    int64_t attentions = 0, matched = 0;
    getOperation().walk([&](AttentionOp op) {
      ++attentions;
      if (StringRef reason = whyNot(op); !reason.empty()) {
        remark::missed(op.getLoc(), remark::RemarkOpts::name("kept").category("window")) << ("kept: " + reason).str();
        return;
      }
      ++matched;
      uint64_t left = narrower(op.getLeft()), right = narrower(op.getRight());
      op.setLeft(left);
      op.setRight(right);
      if (op.getMask() || op.getLengths()) // a window of padding alone gives zero, not 0 / 0
        op.setMaskedRows(fourmix::mix::MaskedRows::Zero);
      remark::passed(op.getLoc(), remark::RemarkOpts::name("windowed").category("window"))
          << llvm::formatv("sees {0} keys before and {1} after", left, right).str();
    });
    remark::analysis(getOperation().getLoc(), remark::RemarkOpts::name("count").category("window"))
        << llvm::formatv("{0} of {1} attentions got a window of {2}", matched, attentions, window.getValue()).str();
  }

  uint64_t narrower(std::optional<uint64_t> has) { return std::min<uint64_t>(has.value_or(window), window); }

  StringRef whyNot(AttentionOp op) {
    if (op.getPastKey() || op.getSizes().queries != op.getSizes().keys)
      return "queries and keys are not the same positions";
    if (op.getLeft() == narrower(op.getLeft()) && op.getRight() == narrower(op.getRight()))
      return "its window is no wider";
    return {};
  }
};
} // namespace example

FOURMIX_PASS_PLUGIN("example-plugin", "1.0", [] {
  PassRegistration<example::WindowAttention>();
  example::registerSplitTransform();
})
