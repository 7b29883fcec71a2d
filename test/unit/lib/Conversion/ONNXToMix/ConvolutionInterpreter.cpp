// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ConvolutionInterpreter.h"
#include "../ConvolutionDefinitions.h"
#include "dialects/Mix/IR/Mix.h"
#include <cmath>

using namespace mlir;
using namespace fourmix;

using Index = std::vector<int64_t>;

static RealTensor convolution(onnx::NodeOp node, ArrayRef<RealTensor> inputs, Index shape) {
  const RealTensor &x = inputs[0], &w = inputs[1];
  RealTensor y = makeTensor(std::move(shape));
  size_t axes = x.shape.size() - 2;
  SmallVector<int64_t> strides = node.getInts("strides").value_or(SmallVector<int64_t>(axes, 1));
  SmallVector<int64_t> dilations = node.getInts("dilations").value_or(SmallVector<int64_t>(axes, 1));
  SmallVector<int64_t> pads = node.getInts("pads").value_or(SmallVector<int64_t>(2 * axes, 0));
  int64_t perGroup = y.shape[1] / node.getInt("group", 1);
  forEachIndex(y.shape, [&](const Index &out, int64_t at) {
    if (inputs.size() > 2)
      y.values[at] = inputs[2].values[out[1]];
    Index window(w.shape.begin() + 1, w.shape.end());
    forEachIndex(window, [&](const Index &tap, int64_t) {
      Index from = out, weight = {out[1]};
      weight.insert(weight.end(), tap.begin(), tap.end());
      from[1] = out[1] / perGroup * w.shape[1] + tap[0];
      for (size_t a = 0; a < axes; ++a) {
        from[a + 2] = out[a + 2] * strides[a] + tap[a + 1] * dilations[a] - pads[a];
        if (from[a + 2] < 0 || from[a + 2] >= x.shape[a + 2])
          return;
      }
      y.values[at] += x.at(from) * w.at(weight);
    });
  });
  return y;
}

std::optional<RealTensor> runConvolutionNode(onnx::NodeOp node, ArrayRef<RealTensor> inputs) {
  Index shape(cast<RankedTensorType>(node.getResult(0).getType()).getShape());
  if (node.is("Conv"))
    return convolution(node, inputs, shape);
  StringRef mode = node.getString("mode", "constant");
  if (!node.is("Tile") && !(node.is("Pad") && mode != "constant"))
    return std::nullopt;
  RealTensor y = makeTensor(shape);
  forEachIndex(shape, [&](Index index, int64_t at) {
    for (size_t axis = 0; axis < index.size(); ++axis) {
      int64_t n = inputs[0].shape[axis];
      if (node.is("Pad"))
        index[axis] -= std::llround(inputs[1].values[axis]);
      if (mode == "reflect")
        index[axis] = index[axis] < 0 ? -index[axis] : index[axis] >= n ? 2 * n - 2 - index[axis] : index[axis];
      index[axis] = ((index[axis] % n) + n) % n;
    }
    y.values[at] = inputs[0].at(index);
  });
  return y;
}

std::optional<RealTensor> runConvolutionOp(Operation *op, ArrayRef<RealTensor> inputs) {
  auto list = [](ArrayRef<int64_t> values) { return Index(values.begin(), values.end()); };
  if (auto circulant = dyn_cast<mix::CirculantOp>(op))
    return circulantMixing(inputs[0], inputs[1], list(circulant.getAxes()), list(circulant.getOrigins()),
                           circulant.getOrientation() == mix::Orientation::Convolution);
  auto projection = dyn_cast<mix::ProjectionOp>(op);
  if (!projection)
    return std::nullopt;
  bool isConvolution = projection.getOrientation() == mix::Orientation::Convolution;
  if (projection.isCircular())
    return circularProjection(inputs[0], inputs[1], projection.hasHeads(), list(projection.getCircle()),
                              list(projection.getOrigins()), isConvolution);
  if (projection.getKind() == mix::ProjectionKind::BlockCirculant)
    return blockProjection(inputs[0], inputs[1], projection.hasHeads(), isConvolution);
  return denseProjection(inputs[0], inputs[1], projection.hasHeads());
}
