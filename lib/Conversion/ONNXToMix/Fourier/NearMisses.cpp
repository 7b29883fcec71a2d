// What nearly was a mixing, and which condition failed.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "MatchFourier.h"
#include "lib/Conversion/ONNXToMix/Analysis/Cone.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;
using fourmix::onnx::NodeOp;

namespace fourmix::onnx_to_mix {

namespace {
struct NearMiss {
  FourierMatch::Degree degree = FourierMatch::Unrelated;
  NodeOp node; // where the condition fails
  std::string reason;
  SmallVector<NodeOp> transforms;
};
} // namespace

/// The best explanation that the cuts of a cone give.
static NearMiss explain(Value value, const Cone &cone, ConstantFacts &constants) {
  NearMiss best;
  for (NodeOp node : cone.nodes)
    if (isTransform(node))
      best.transforms.push_back(node);
  for (Cone::Cut cut : cone.cuts) {
    LinearAnalysis analysis(cut.value, constants);
    const SeparableForm *form = analysis.get(value);
    if (form) {
      FourierMatch fourier = matchFourier(*form, *staticShape(cut.value));
      if (fourier.degree == FourierMatch::Mixing && fourier.variant.axes.size() == 1) {
        fourier.degree = FourierMatch::OneAxis;
        fourier.reason = "only axis " + std::to_string(fourier.variant.axes[0]) + " is transformed";
      } else if (fourier.degree == FourierMatch::Mixing) {
        fourier.degree = FourierMatch::TwoAxes;
        fourier.reason = "its transforms are also used by other nodes";
      }
      if (fourier.degree > best.degree) {
        best.degree = fourier.degree;
        best.node = value.getDefiningOp<NodeOp>();
        best.reason = fourier.reason;
      }
    } else if (!analysis.getObstacles().empty() && best.degree < FourierMatch::TwoAxes) {
      // An obstacle explains more than the axis that was reached before it.
      const Obstacle &obstacle = analysis.getObstacles().front();
      best.degree = FourierMatch::TwoAxes;
      best.node = obstacle.node;
      best.reason = obstacle.reason;
    }
  }
  return best;
}

void remarkNearMisses(Operation *root, ConstantFacts &constants) {
  if (!root->getContext()->getRemarkEngine())
    return;
  // One remark for each group of transforms: the value that comes nearest speaks, the last among equals.
  llvm::MapVector<Operation *, NearMiss> groups;
  root->walk([&](NodeOp node) {
    if (!linearOperands(node, constants))
      return;
    Cone cone(node->getResult(0), constants);
    NodeOp first = cone.firstTransform();
    if (!first)
      return;
    NearMiss miss = explain(node->getResult(0), cone, constants);
    NearMiss &best = groups[first];
    if (!best.node || miss.degree >= best.degree)
      best = std::move(miss);
  });
  llvm::SmallPtrSet<Operation *, 16> spoken;
  for (auto &[first, miss] : groups) {
    if (!miss.node || miss.degree == FourierMatch::Unrelated || !spoken.insert(first).second)
      continue;
    spoken.insert(miss.transforms.begin(), miss.transforms.end());
    remark::missed(miss.node.getLoc(), remark::RemarkOpts::name("fourier-mixing").category("onnx-to-mix"))
        << (describe(miss.node) + " is not raised to mix.fourier: " + miss.reason);
  }
}

} // namespace fourmix::onnx_to_mix
