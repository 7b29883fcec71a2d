// Normalisations and the softmax family.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/Ops/Inference.h"
#include "dialects/ONNX/Ops/Rows.h"

using namespace mlir;

namespace fourmix::onnx {
namespace {

LogicalResult inferSame(Inference &op) { return op.result(op.shape(0), op.element(0)); }

/// A parameter with one number per channel.
LogicalResult expectChannels(Inference &op, unsigned input, int64_t channels, StringRef what) {
  if (op.shape(input) == ArrayRef<int64_t>(channels))
    return success();
  return op.error() << "expected shape " << channels << " for input " << input << " (" << what << "), found "
                    << op.type(input);
}

/// LayerNormalization and RMSNormalization: scale (and bias) broadcast to the input's shape.
LogicalResult inferLayerNorm(Inference &op) {
  FailureOr<int64_t> axis = op.axis(op.node.getInt("axis", -1), op.rank(0));
  if (failed(axis))
    return failure();
  Shape shape(op.shape(0));
  for (unsigned i = 1; i < 3; ++i)
    if (op.has(i) && broadcastShapes(op.shape(i), shape) != shape)
      return op.error() << (i == 1 ? "scale" : "bias") << " of shape " << formatShape(op.shape(i))
                        << " does not broadcast to the input's shape " << formatShape(shape);
  Shape statistics = shape;
  std::fill(statistics.begin() + *axis, statistics.end(), 1);
  // Mean and inverse standard deviation are computed in the type of stash_type, f32 by default.
  Type stash = elementTypeOf(op.node.getContext(), op.node.getInt("stash_type", 1));
  for (unsigned i = 1; i < 3; ++i)
    if (op.node.hasOutput(i) && (!stash || failed(op.result(i, statistics, stash))))
      return failure();
  return op.result(shape, op.element(0));
}

/// Inference, or with training_mode (14) also the running mean and variance.
LogicalResult inferBatchNorm(Inference &op) {
  if (failed(op.expectMinRank(0, 2)))
    return failure();
  bool training = op.node.getInt("training_mode", 0);
  if (!op.node.getInt("spatial", 1))
    return op.error() << "expected spatial 1, found 0: statistics are per channel";
  constexpr const char *names[] = {"", "scale", "bias", "mean", "variance"};
  for (unsigned i = 1; i < 5; ++i)
    if (failed(expectChannels(op, i, op.shape(0)[1], names[i])))
      return failure();
  for (unsigned i = 1; i < op.node.getNumResults(); ++i) {
    if (!op.node.hasOutput(i))
      continue;
    if (!training || i > 2)
      return op.error() << "expected one result without training_mode, found running statistics";
    if (failed(op.result(i, op.shape(3), op.element(3))))
      return failure();
  }
  return inferSame(op);
}

LogicalResult inferInstanceNorm(Inference &op) {
  if (failed(op.expectMinRank(0, 3)) || failed(expectChannels(op, 1, op.shape(0)[1], "scale")) ||
      failed(expectChannels(op, 2, op.shape(0)[1], "bias")))
    return failure();
  return inferSame(op);
}

LogicalResult inferGroupNorm(Inference &op) {
  int64_t groups = op.node.getInt("num_groups", 0);
  if (failed(op.expectMinRank(0, 2)))
    return failure();
  int64_t channels = op.shape(0)[1];
  if (groups < 1 || channels % groups != 0)
    return op.error() << "expected num_groups that divides " << channels << " channels, found " << groups;
  // Scale and bias were per group before opset 21.
  int64_t parameters = op.node.getVersion() >= 21 ? channels : groups;
  if (failed(expectChannels(op, 1, parameters, "scale")) || failed(expectChannels(op, 2, parameters, "bias")))
    return failure();
  return inferSame(op);
}

/// Softmax, LogSoftmax, Hardmax; before opset 13 the axis divides the dims into rows and columns, 1 by default.
template <int64_t defaultAxis>
LogicalResult inferSoftmax(Inference &op) {
  int64_t axis = op.node.getInt("axis", defaultAxis), rank = op.rank(0);
  // Softmax-1 of a vector has no axis 1 to default to but flattens to one row all the same.
  bool flattens = defaultAxis == 1 && axis == rank;
  if (!flattens && failed(op.axis(axis, rank)))
    return failure();
  return inferSame(op);
}

template <int64_t defaultAxis>
LogicalResult inferAlongAxis(Inference &op) {
  if (failed(op.axis(op.node.getInt("axis", defaultAxis), op.rank(0))))
    return failure();
  return inferSame(op);
}

} // namespace

void addNormalizeRows(OpTable &table) {
  // ONNX has it since 17; ONNX Runtime's optimiser writes it into files of any opset, and the other one, too.
  table.add({"LayerNormalization", 1, 2, inferLayerNorm});
  table.add({"SimplifiedLayerNormalization", 1, 2, inferLayerNorm});
  table.add({"RMSNormalization", 23, 2, inferLayerNorm});
  table.add({"BatchNormalization", 1, 5, inferBatchNorm});
  table.add({"InstanceNormalization", 6, 3, inferInstanceNorm});
  table.add({"GroupNormalization", 18, 3, inferGroupNorm});
  for (const char *op : {"Softmax", "LogSoftmax", "Hardmax"}) {
    table.add({op, 1, 1, inferSoftmax<1>});
    table.add({op, 13, 1, inferSoftmax<-1>});
  }
  table.add({"LpNormalization", 1, 1, inferAlongAxis<-1>});
  table.add({"MeanVarianceNormalization", 9, 1, inferSame});
  table.add({"LRN", 1, 1, inferSame});
}

} // namespace fourmix::onnx
