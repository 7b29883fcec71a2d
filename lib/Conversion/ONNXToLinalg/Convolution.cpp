// Conv, of any rank.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/ONNXToLinalg/Lowering.h"
#include "lib/Emit/Convolution.h"

using namespace mlir;

namespace fourmix::lowering {

namespace {

LogicalResult readGeometry(NodeLowering &n, ConvolutionGeometry &g) {
  Shape in = Emit::shapeOf(n.input(0)).drop_front(2), weights = Emit::shapeOf(n.input(1));
  Shape out = n.resultShape().drop_front(2);
  g.rank = in.size();
  g.kernel.assign(weights.begin() + 2, weights.end());
  SmallVector<int64_t> ones(g.rank, 1);
  g.strides = n.node.getInts("strides").value_or(ones);
  g.dilations = n.node.getInts("dilations").value_or(ones);
  SmallVector<int64_t> pads = n.node.getInts("pads").value_or(SmallVector<int64_t>(2 * g.rank, 0));
  size_t rank = g.rank;
  if (g.kernel.size() != rank || g.strides.size() != rank || g.dilations.size() != rank || pads.size() != 2 * rank)
    return n.node.emitNodeError() << "kernel, strides, dilations and pads must fit " << rank << " spatial dimensions";
  StringRef autoPad = n.node.getString("auto_pad", "NOTSET");
  for (size_t i = 0; i < rank; ++i) {
    int64_t needed = (out[i] - 1) * g.strides[i] + (g.kernel[i] - 1) * g.dilations[i] + 1;
    int64_t begin = pads[i], end = pads[rank + i];
    if (autoPad == "VALID") {
      begin = end = 0;
    } else if (autoPad != "NOTSET") {
      int64_t total = std::max<int64_t>(0, needed - in[i]);
      begin = autoPad == "SAME_UPPER" ? total / 2 : (total + 1) / 2;
      end = total - begin;
    }
    if (in[i] + begin + end < needed)
      return n.node.emitNodeError() << "output size " << out[i] << " does not fit the input size " << in[i];
    g.padsBegin.push_back(begin);
    g.padsEnd.push_back(end);
  }
  return success();
}

LogicalResult lowerConv(NodeLowering &n) {
  ConvolutionGeometry g;
  if (failed(readGeometry(n, g)))
    return failure();
  Shape in = Emit::shapeOf(n.input(0)), w = Emit::shapeOf(n.input(1)), out = n.resultShape();
  int64_t groups = n.node.getInt("group", 1);
  if (groups <= 0 || w[0] % groups != 0 || w[1] * groups != in[1])
    return n.node.emitNodeError() << "weights for " << w[1] << " channels in each of " << groups
                                  << " groups do not fit an input of " << in[1] << " channels";
  if (n.resultType().getNumElements() == 0)
    return n.set(n.empty(out, n.resultType().getElementType()));
  Value result = convolution(n, n.input(0), n.input(1), g, groups, out);
  if (!n.input(2))
    return n.set(result);
  SmallVector<int64_t> bias(out.size() - 1, 1);
  bias[0] = w[0];
  return n.set(n.elementwise(out, n.resultType().getElementType(), {result, n.reshape(n.input(2), bias)},
                             [](Scalars &s, ValueRange x) { return s.add(x[0], x[1]); }));
}

} // namespace

void addConvolutionRows(LoweringTable &table) { table.add("Conv", 1, lowerConv, 2); }

} // namespace fourmix::lowering
