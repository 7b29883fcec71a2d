// Cross-entropy losses: what a classifier is trained and evaluated with.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/ONNXToLinalg/Lowering.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace fourmix::lowering {

namespace {

/// loss[n, d...] = -weight[t] * logProbabilities[n, t, d...] with t = target[n, d...], nothing where t is ignore_index;
/// then the sum, or the mean weighted alike. The target counts from 0, as in PyTorch.
LogicalResult setLoss(NodeLowering &n, Value logProbabilities) {
  Value target = n.input(1), weight = n.input(2);
  Shape shape = Emit::shapeOf(logProbabilities), targets = Emit::shapeOf(target);
  Type type = Emit::elementOf(logProbabilities);
  StringRef reduction = n.node.getString("reduction", "mean");
  auto ignore = dyn_cast_or_null<IntegerAttr>(n.node.getNodeAttr("ignore_index"));
  AffineMap identity = n.builder.getMultiDimIdentityMap(targets.size());
  auto perTarget = [&](llvm::function_ref<Value(Scalars &, Value)> of) {
    return n.map(targets, type, target, identity, [&](Scalars &s, ValueRange x) {
      Value value = of(s, s.safeIndex(x[0], shape[1]));
      if (!ignore)
        return value;
      Value ignored = s.eq(x[0], s.constant(x[0].getType(), ignore.getInt()));
      return s.select(ignored, s.constant(type, 0), value);
    });
  };
  auto weightOf = [&](Scalars &s, Value at) {
    return weight ? s.make<tensor::ExtractOp>(weight, ValueRange{at}) : s.constant(type, 1);
  };
  Value loss = perTarget([&](Scalars &s, Value at) {
    SmallVector<Value> place{s.make<linalg::IndexOp>(0), at};
    for (int64_t i = 1; i < static_cast<int64_t>(targets.size()); ++i)
      place.push_back(s.make<linalg::IndexOp>(i));
    Value negative = s.neg(s.make<tensor::ExtractOp>(logProbabilities, place));
    return weight ? s.mul(weightOf(s, at), negative) : negative;
  });
  if (reduction == "none")
    return n.set(loss);
  SmallVector<int64_t> all = llvm::to_vector(llvm::seq<int64_t>(0, targets.size()));
  auto sum = [&](Value value) {
    return n.reduce(value, all, Scalars(n.builder, n.loc, false).constant(type, 0),
                    [](Scalars &s, ValueRange x) { return s.add(x[1], x[0]); });
  };
  Value total = sum(loss);
  if (reduction == "mean") {
    Value weights = weight || ignore ? sum(perTarget(weightOf)) : n.splat({}, type, product(targets));
    total = n.elementwise({}, type, {total, weights}, [](Scalars &s, ValueRange x) { return s.div(x[0], x[1]); });
  }
  return n.set(total);
}

LogicalResult lowerNegativeLogLikelihood(NodeLowering &n) { return setLoss(n, n.input(0)); }

LogicalResult lowerSoftmaxCrossEntropy(NodeLowering &n) {
  Value logProbabilities = softmax(n, n.input(0), 1, /*logarithm=*/true);
  if (n.node.hasOutput(1))
    n.set(1, logProbabilities);
  return setLoss(n, logProbabilities);
}

} // namespace

void addLossRows(LoweringTable &table) {
  table.add("NegativeLogLikelihoodLoss", 12, lowerNegativeLogLikelihood, 2);
  table.add("SoftmaxCrossEntropyLoss", 12, lowerSoftmaxCrossEntropy, 2);
}

} // namespace fourmix::lowering
