// Operators with subgraphs. The walk of onnx-infer-shapes has been through the subgraphs before a row is asked.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/Ops/Inference.h"
#include "dialects/ONNX/Ops/Rows.h"

using namespace mlir;

namespace fourmix::onnx {
namespace {

/// Both branches must give the same static types.
LogicalResult inferIf(Inference &op) {
  SmallVector<Operation *> yields;
  for (Region &region : op.node.getGraphs())
    if (!region.empty() && region.front().mightHaveTerminator())
      yields.push_back(region.front().getTerminator());
  if (yields.size() != 2)
    return op.error() << "expected a then_branch and an else_branch, found " << yields.size() << " subgraphs";
  for (Operation *yield : yields)
    if (yield->getBlock()->getNumArguments() != 0)
      return op.error() << "expected branches without inputs, found " << yield->getBlock()->getNumArguments();
  for (Operation *yield : yields)
    if (yield->getNumOperands() != op.node.getNumResults())
      return op.error() << "expected " << op.node.getNumResults() << " outputs of each branch, found "
                        << yield->getNumOperands();
  for (unsigned i = 0; i < op.node.getNumResults(); ++i) {
    Type first = yields[0]->getOperand(i).getType(), second = yields[1]->getOperand(i).getType();
    if (isa<UnknownType>(first) || isa<UnknownType>(second))
      continue;
    if (first != second)
      return op.error() << "expected one type for output " << i << " of both branches, found " << first << " and "
                        << second;
    auto type = dyn_cast<RankedTensorType>(first);
    if (type && failed(op.result(i, type.getShape(), type.getElementType())))
      return failure();
  }
  return success();
}

} // namespace

void addControlFlowRows(OpTable &table) { table.add({"If", 1, 1, inferIf}); }

} // namespace fourmix::onnx
