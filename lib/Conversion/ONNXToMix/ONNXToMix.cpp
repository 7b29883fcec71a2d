// The pass: every recogniser in turn.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Raise.h"
#include "dialects/Mix/IR/Mix.h"
#include "dialects/ONNX/Ops/NodeBuilder.h"
#include "fourmix/Conversion/Passes.h"
#include "fourmix/Support/EraseDead.h"
#include "lib/Conversion/ONNXToMix/Analysis/Cone.h"
#include "mlir/IR/Remarks.h"

namespace fourmix {
#define GEN_PASS_DEF_CONVERTONNXTOMIX
#include "fourmix/Conversion/Passes.h.inc"
} // namespace fourmix

using namespace mlir;
using namespace fourmix;
using onnx::NodeOp;

namespace fourmix::onnx_to_mix {

void eraseDead(Operation *root) {
  fourmix::eraseDead(root, [](Operation *op) { return isa<NodeOp, onnx::ConstantOp, onnx::NoneOp>(op); });
}

} // namespace fourmix::onnx_to_mix

namespace {
/// What stands between mixings is written with Expand and Where.
constexpr int64_t oldestOpset = 9;

struct ConvertONNXToMix : fourmix::impl::ConvertONNXToMixBase<ConvertONNXToMix> {
  void runOnOperation() override {
    WalkResult walk = getOperation()->walk([](NodeOp node) {
      if (!node.getDomain().empty() || node.getVersion() >= oldestOpset)
        return WalkResult::advance();
      remark::missed(node.getLoc(), remark::RemarkOpts::name("opset").category("onnx-to-mix"))
          << "nothing is raised: expected opset " + std::to_string(oldestOpset) + " or newer, found " +
                 std::to_string(node.getVersion());
      return WalkResult::interrupt();
    });
    if (walk.wasInterrupted())
      return;
    onnx_to_mix::ConstantFacts constants;
    onnx_to_mix::raiseFourier(getOperation(), constants);
    onnx_to_mix::raiseLambda(getOperation()); // Before attention, which wonders about every softmax.
    onnx_to_mix::raiseAttention(getOperation(), constants);
    onnx_to_mix::raiseConvolutions(getOperation());
    onnx_to_mix::raiseFilters(getOperation());
    onnx_to_mix::raiseRolls(getOperation());
    onnx_to_mix::raiseGated(getOperation());
    // What is left of transforms; the products with their matrices are still there.
    onnx_to_mix::remarkNearMisses(getOperation(), constants);
    onnx_to_mix::raiseLinearAttention(getOperation());
    onnx_to_mix::raiseProjections(getOperation());
    onnx_to_mix::raiseLinear(getOperation());
  }
};
} // namespace
