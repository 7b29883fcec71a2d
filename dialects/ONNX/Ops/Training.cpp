// Optimisers.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/Ops/Inference.h"
#include "dialects/ONNX/Ops/Rows.h"

using namespace mlir;

namespace fourmix::onnx {
namespace {

/// Rate and step count, then X, gradients and `states` states of each tensor; the results are the new X and states.
template <unsigned states>
LogicalResult inferOptimiser(Inference &op) {
  unsigned kinds = 2 + states, tensors = (op.inputs() - 2) / kinds;
  if (op.inputs() != 2 + kinds * tensors || op.node.getNumResults() != tensors * (1 + states))
    return op.error() << "expected a rate, a step count and " << kinds << " inputs and " << 1 + states
                      << " outputs for each tensor, found " << op.inputs() << " and " << op.node.getNumResults();
  for (unsigned i = 0; i < 2; ++i)
    if (op.type(i).getNumElements() != 1)
      return op.error() << "expected a scalar for input " << i << ", found " << op.type(i);
  for (unsigned i = 0; i < tensors; ++i)
    for (unsigned kind = 0; kind < kinds; ++kind) {
      unsigned input = 2 + kind * tensors + i;
      if (!op.has(input) || op.type(input) != op.type(2 + i))
        return op.error() << "expected input " << input << " to be like input " << 2 + i << ", " << op.type(2 + i);
      if (kind <= states && failed(op.result(kind * tensors + i, op.shape(2 + i), op.element(2 + i))))
        return failure();
    }
  return success();
}

} // namespace

void addTrainingRows(OpTable &table) {
  const std::string domain = "ai.onnx.preview.training";
  table.add({"Adagrad", 1, 5, inferOptimiser<1>, nullptr, OpRow::None, domain});
  table.add({"Adam", 1, 6, inferOptimiser<2>, nullptr, OpRow::None, domain});
  table.add({"Momentum", 1, 5, inferOptimiser<1>, nullptr, OpRow::None, domain});
}

} // namespace fourmix::onnx
