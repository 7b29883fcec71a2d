// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/ONNXToLinalg/Windows.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace fourmix::lowering {

FailureOr<ConvolutionGeometry> readWindows(NodeLowering &n, ArrayRef<int64_t> kernel) {
  Shape in = Emit::shapeOf(n.input(0)).drop_front(2), out = n.resultShape().drop_front(2);
  ConvolutionGeometry g;
  g.rank = in.size();
  g.kernel.assign(kernel.begin(), kernel.end());
  SmallVector<int64_t> ones(g.rank, 1);
  g.strides = n.node.getInts("strides").value_or(ones);
  g.dilations = n.node.getInts("dilations").value_or(ones);
  SmallVector<int64_t> pads = n.node.getInts("pads").value_or(SmallVector<int64_t>(2 * g.rank, 0));
  size_t rank = g.rank;
  if (g.kernel.size() != rank || g.strides.size() != rank || g.dilations.size() != rank || pads.size() != 2 * rank)
    return n.node.emitNodeError() << "kernel, strides, dilations and pads must fit " << rank << " spatial dimensions";
  StringRef autoPad = n.node.getString("auto_pad", "NOTSET");
  bool roundsUp = n.node.getInt("ceil_mode", 0);
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
    if (in[i] + begin + end < needed && !roundsUp)
      return n.node.emitNodeError() << "output size " << out[i] << " does not fit the input size " << in[i];
    g.padsBegin.push_back(begin);
    g.padsEnd.push_back(end);
  }
  return g;
}

Value padWindows(NodeLowering &n, Value x, const ConvolutionGeometry &g, Value fill) {
  SmallVector<int64_t> shape(Emit::shapeOf(x));
  SmallVector<OpFoldResult> offsets(2, n.builder.getIndexAttr(0)), sizes, ones(shape.size(), n.builder.getIndexAttr(1));
  for (int64_t dim : shape)
    sizes.push_back(n.builder.getIndexAttr(dim));
  for (int64_t i = 0; i < g.rank; ++i) {
    int64_t last = (n.resultShape()[2 + i] - 1) * g.strides[i] + (g.kernel[i] - 1) * g.dilations[i] + 1;
    shape[2 + i] = std::max(shape[2 + i] + g.padsBegin[i] + g.padsEnd[i], last);
    offsets.push_back(n.builder.getIndexAttr(g.padsBegin[i]));
  }
  if (Emit::shapeOf(x) == ArrayRef<int64_t>(shape))
    return x;
  return tensor::InsertSliceOp::create(n.builder, n.loc, x, n.fill(shape, fill), offsets, sizes, ones);
}

} // namespace fourmix::lowering
