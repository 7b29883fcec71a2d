// Conv and ConvTranspose, of any rank, and CausalConvWithState.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/ONNXToLinalg/Windows.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace fourmix::lowering {

namespace {

/// `result` plus the bias of input 2, one number for each channel, where there is one.
Value addBias(NodeLowering &n, Value result) {
  if (!n.input(2))
    return result;
  Shape out = n.resultShape();
  SmallVector<int64_t> bias(out.size() - 1, 1);
  bias[0] = out[1];
  return n.elementwise(out, n.resultType().getElementType(), {result, n.reshape(n.input(2), bias)},
                       [](Scalars &s, ValueRange x) { return s.add(x[0], x[1]); });
}

LogicalResult lowerConv(NodeLowering &n) {
  Shape in = Emit::shapeOf(n.input(0)), w = Emit::shapeOf(n.input(1)), out = n.resultShape();
  FailureOr<ConvolutionGeometry> g = readWindows(n, w.drop_front(2));
  if (failed(g))
    return failure();
  int64_t groups = n.node.getInt("group", 1);
  if (groups <= 0 || w[0] % groups != 0 || w[1] * groups != in[1])
    return n.node.emitNodeError() << "weights for " << w[1] << " channels in each of " << groups
                                  << " groups do not fit an input of " << in[1] << " channels";
  if (n.resultType().getNumElements() == 0)
    return n.set(n.empty(out, n.resultType().getElementType()));
  return n.set(addBias(n, convolution(n, n.input(0), n.input(1), *g, groups, out)));
}

/// [c, m / groups, k...] as the weights [m, c / groups, k...] of the convolution that undoes the steps: channels and
/// filters exchanged within each group, the kernel reversed.
Value transposedWeights(NodeLowering &n, Value weights, int64_t groups) {
  SmallVector<int64_t> shape(Emit::shapeOf(weights));
  int64_t rank = shape.size();
  SmallVector<int64_t> offsets(rank, 0), steps(rank, 1);
  for (int64_t i = 2; i < rank; ++i) {
    offsets[i] = shape[i] - 1;
    steps[i] = -1;
  }
  Value reversed = n.slice(weights, offsets, shape, steps);
  SmallVector<int64_t> split{groups, shape[0] / groups, shape[1]}, order{0, 2, 1},
      joined{groups * shape[1], shape[0] / groups};
  for (int64_t i = 2; i < rank; ++i) {
    split.push_back(shape[i]);
    order.push_back(i + 1);
    joined.push_back(shape[i]);
  }
  return n.reshape(n.transpose(n.reshape(reversed, split), order), joined);
}

/// out[o] = sum of x[i] * w[k] over i * stride + k * dilation - padBegin = o: the convolution of unit stride over x
/// with stride - 1 zeros between its elements, the kernel reversed.
LogicalResult lowerConvTranspose(NodeLowering &n) {
  Value x = n.input(0);
  Shape in = Emit::shapeOf(x), w = Emit::shapeOf(n.input(1)), out = n.resultShape();
  int64_t groups = n.node.getInt("group", 1), rank = static_cast<int64_t>(in.size()) - 2;
  if (groups <= 0 || w[0] != in[1] || w[0] % groups != 0)
    return n.node.emitNodeError() << "weights for " << w[0] << " channels in " << groups
                                  << " groups do not fit an input of " << in[1] << " channels";
  SmallVector<int64_t> ones(rank, 1), none(2 * rank, 0);
  SmallVector<int64_t> strides = n.node.getInts("strides").value_or(ones), pads = n.node.getInts("pads").value_or(none),
                       extra = n.node.getInts("output_padding").value_or(SmallVector<int64_t>(rank, 0));
  ConvolutionGeometry g;
  g.rank = rank;
  g.kernel.assign(w.begin() + 2, w.end());
  g.strides = ones;
  g.dilations = n.node.getInts("dilations").value_or(ones);
  g.padsBegin.assign(rank, 0);
  g.padsEnd.assign(rank, 0);
  StringRef autoPad = n.node.getString("auto_pad", "NOTSET");
  bool given = n.node.getInts("output_shape").has_value();
  // Where x[0] stands among the zeros, and which of its elements the result sees at all.
  SmallVector<int64_t> from(2, 0), count(in.take_front(2)), stuffed(in.take_front(2));
  SmallVector<OpFoldResult> at(2, n.builder.getIndexAttr(0)), step(2, n.builder.getIndexAttr(1));
  for (int64_t i = 0; i < rank; ++i) {
    int64_t reach = (g.kernel[i] - 1) * g.dilations[i], begin = autoPad == "VALID" ? 0 : pads[i];
    if (given || autoPad.starts_with("SAME")) {
      int64_t total = std::max<int64_t>(0, strides[i] * (in[2 + i] - 1) + extra[i] + reach + 1 - out[2 + i]);
      begin = autoPad == "SAME_UPPER" ? total / 2 : total - total / 2;
    }
    int64_t length = out[2 + i] + reach, first = reach - begin;
    int64_t skipped = first < 0 ? llvm::divideCeil(-first, strides[i]) : 0;
    int64_t start = first + skipped * strides[i];
    from.push_back(skipped);
    count.push_back(std::min(in[2 + i] - skipped, start < length ? (length - 1 - start) / strides[i] + 1 : 0));
    stuffed.push_back(length);
    at.push_back(n.builder.getIndexAttr(start));
    step.push_back(n.builder.getIndexAttr(strides[i]));
  }
  Type type = n.resultType().getElementType();
  if (product(out) == 0)
    return n.set(n.empty(out, type));
  Value spread = n.zeros(stuffed, type);
  if (llvm::all_of(count, [](int64_t c) { return c > 0; })) {
    Value seen = n.slice(x, from, count, SmallVector<int64_t>(in.size(), 1));
    SmallVector<OpFoldResult> sizes =
        llvm::map_to_vector(count, [&](int64_t c) { return OpFoldResult(n.builder.getIndexAttr(c)); });
    spread = tensor::InsertSliceOp::create(n.builder, n.loc, seen, spread, at, sizes, step);
  }
  return n.set(addBias(n, convolution(n, spread, transposedWeights(n, n.input(1), groups), g, groups, out)));
}

/// Every channel by a kernel of its own, over itself and what came before it: the past or zeros.
LogicalResult lowerCausalConv(NodeLowering &n) {
  Shape in = Emit::shapeOf(n.input(0)), w = Emit::shapeOf(n.input(1));
  int64_t channels = in[1], length = in[2], taps = w[2];
  Type type = n.resultType().getElementType();
  Value before = n.input(3) ? n.input(3) : n.zeros({in[0], channels, taps - 1}, type);
  Value line = taps == 1 ? n.input(0) : n.concat({before, n.input(0)}, 2);
  if (n.node.hasOutput(1))
    n.set(1, n.sliceAxis(line, 2, length, taps - 1));
  if (n.resultType().getNumElements() == 0)
    return n.set(n.empty(n.resultShape(), type));
  ConvolutionGeometry g{1, {taps}, {1}, {1}, {0}, {0}};
  Value result = addBias(n, convolution(n, line, n.input(1), g, channels, n.resultShape()));
  if (n.node.getString("activation", "none") != "none")
    result = n.elementwise(n.resultShape(), type, result, [](Scalars &s, ValueRange x) {
      return s.mul(x[0], activate(s, "Sigmoid", x[0], std::nullopt, std::nullopt));
    });
  return n.set(result);
}

} // namespace

void addConvolutionRows(LoweringTable &table) {
  table.add("Conv", 1, lowerConv, 2);
  table.add("ConvTranspose", 1, lowerConvTranspose, 2);
  table.add("CausalConvWithState", 27, lowerCausalConv, 2);
}

} // namespace fourmix::lowering
