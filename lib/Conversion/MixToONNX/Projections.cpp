// mix.projection: one MatMul, with the matrices of all heads side by side, unless it is a Conv.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Tables.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::mix_to_onnx;

static Table projectionTable(mix::ProjectionOp op, int64_t k) {
  ArrayRef<int64_t> kernel = op.getKernelShape();
  // Transposed: a row per element of the input.
  if (op.getKind() == mix::ProjectionKind::Dense)
    return Table(k, kernel[0], [&](int64_t from, int64_t to) { return to * k + from; });
  int64_t block = kernel[2], blocks = kernel[1];
  return Table(k, kernel[0] * block, [&](int64_t from, int64_t to) {
    int64_t tap = tapAt(to % block, from % block, block, block, 0, *op.getOrientation());
    return ((to / block) * blocks + from / block) * block + tap;
  });
}

static Results convertProjection(mix::ProjectionOp op, Emitter &nodes) {
  if (op.isCircular())
    return {convertCircularProjection(op, nodes)};
  auto type = cast<RankedTensorType>(op.getType());
  int64_t k = op.getInput().getType().getShape().back(), heads = op.getHeads(), d = type.getShape().back();
  Value matrices;
  if (op.getKind() == mix::ProjectionKind::Dense) {
    matrices = nodes.reshape(op.getWeight(), {heads * d, k});
    matrices = nodes.transpose(matrices, {1, 0});
  } else {
    int64_t taps = ShapedType::getNumElements(op.getKernelShape());
    matrices = asMatrices(nodes, nodes.reshape(op.getWeight(), {heads, taps}), projectionTable(op, k));
    matrices = nodes.reshape(nodes.transpose(matrices, {1, 0, 2}), {k, heads * d});
  }
  Value result = matrices ? nodes.create("MatMul", {op.getInput(), matrices}) : Value();
  return {op.hasHeads() ? nodes.reshape(result, type.getShape()) : result};
}

void fourmix::mix_to_onnx::addProjectionConversions(ConversionTable &table) {
  table.add<mix::ProjectionOp>(convertProjection);
}
