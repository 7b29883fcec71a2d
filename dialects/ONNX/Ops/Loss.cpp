// Cross-entropy losses.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/Ops/Inference.h"
#include "dialects/ONNX/Ops/Rows.h"

using namespace mlir;

namespace fourmix::onnx {
namespace {

/// x [N, C, d...], target [N, d...], weight [C]: the target's shape, or a scalar where losses are reduced.
LogicalResult inferLoss(Inference &op) {
  if (failed(op.expectMinRank(0, 2)))
    return failure();
  Shape targets(op.shape(0));
  int64_t classes = targets[1];
  targets.erase(targets.begin() + 1);
  if (op.shape(1) != ArrayRef<int64_t>(targets) || !isa<IntegerType>(op.element(1)))
    return op.error() << "expected integer targets of shape " << formatShape(targets) << ", found " << op.type(1);
  if (op.has(2) && op.shape(2) != ArrayRef<int64_t>(classes))
    return op.error() << "expected weights of shape " << classes << ", found " << op.type(2);
  StringRef reduction = op.node.getString("reduction", "mean");
  if (reduction != "none" && reduction != "sum" && reduction != "mean")
    return op.error() << "expected reduction none, sum or mean, found \"" << reduction << '"';
  if (classes == 0 && *elementCount(targets) != 0)
    return op.error() << "expected classes, found " << op.type(0);
  if (op.node.hasOutput(1) && failed(op.result(1, op.shape(0), op.element(0))))
    return failure();
  return op.result(reduction == "none" ? targets : Shape(), op.element(0));
}

} // namespace

void addLossRows(OpTable &table) {
  table.add({"NegativeLogLikelihoodLoss", 12, 2, inferLoss});
  table.add({"SoftmaxCrossEntropyLoss", 12, 2, inferLoss});
}

} // namespace fourmix::onnx
