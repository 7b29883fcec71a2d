// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Emit/Convolution.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace fourmix::lowering {

static Value pad(Emit &e, Value x, const ConvolutionGeometry &g) {
  if (g.isUnpadded())
    return x;
  SmallVector<int64_t> shape(Emit::shapeOf(x));
  SmallVector<OpFoldResult> offsets(2, e.builder.getIndexAttr(0)), sizes, strides;
  for (int64_t dim : shape) {
    sizes.push_back(e.builder.getIndexAttr(dim));
    strides.push_back(e.builder.getIndexAttr(1));
  }
  for (int64_t i = 0; i < g.rank; ++i) {
    shape[2 + i] += g.padsBegin[i] + g.padsEnd[i];
    offsets.push_back(e.builder.getIndexAttr(g.padsBegin[i]));
  }
  Value padded = e.zeros(shape, Emit::elementOf(x));
  return tensor::InsertSliceOp::create(e.builder, e.loc, x, padded, offsets, sizes, strides);
}

/// The input elements that each output position sees, then one matrix product:
/// [b, o..., c, k...] -> [b*o, c*k] x [c*k, m] -> [b, m, o...].
static Value byMatmul(Emit &e, Value x, Value weights, const ConvolutionGeometry &g, Shape out) {
  Shape in = Emit::shapeOf(x), w = Emit::shapeOf(weights);
  int64_t batch = in[0], channels = in[1], positions = product(out.drop_front(2)), depth = product(w.drop_front());
  SmallVector<int64_t> windows{batch};
  windows.append(out.begin() + 2, out.end());
  windows.push_back(channels);
  windows.append(g.kernel.begin(), g.kernel.end());
  SmallVector<AffineExpr> exprs{e.builder.getAffineDimExpr(0), e.builder.getAffineDimExpr(1 + g.rank)};
  for (int64_t i = 0; i < g.rank; ++i)
    exprs.push_back(e.builder.getAffineDimExpr(1 + i) * g.strides[i] +
                    e.builder.getAffineDimExpr(2 + g.rank + i) * g.dilations[i]);
  AffineMap walk = AffineMap::get(windows.size(), 0, exprs, e.builder.getContext());
  Value seen = e.map(windows, Emit::elementOf(x), x, walk, [](Scalars &, ValueRange v) { return v[0]; });
  Value right = e.transpose(e.reshape(weights, {w[0], depth}), {1, 0});
  Value sums = e.matmul(e.reshape(seen, {batch * positions, depth}), right);
  return e.reshape(e.transpose(e.reshape(sums, {batch, positions, w[0]}), {0, 2, 1}), out);
}

/// Kernel of size 1: [m, c] x [c, positions] for each batch element.
static Value pointwise(Emit &e, Value x, Value weights, Shape out) {
  Shape in = Emit::shapeOf(x), w = Emit::shapeOf(weights);
  Value left = e.reshape(weights, {w[0], w[1]});
  return e.reshape(matmulND(e, left, e.reshape(x, {in[0], in[1], product(in.drop_front(2))})), out);
}

/// result[b, g, m, o...] = sum over c, k... of x[b, g, c, o*stride + k*dilation...] * w[g, m, c, k...]
static Value direct(Emit &e, Value x, Value weights, const ConvolutionGeometry &g, int64_t groups, Shape out) {
  Shape in = Emit::shapeOf(x), w = Emit::shapeOf(weights);
  SmallVector<int64_t> xShape{in[0], groups, w[1]}, wShape{groups, w[0] / groups},
      outShape{in[0], groups, w[0] / groups};
  xShape.append(in.begin() + 2, in.end());
  wShape.append(w.begin() + 1, w.end());
  outShape.append(out.begin() + 2, out.end());
  int64_t loops = 4 + 2 * g.rank, channel = 3 + g.rank;
  auto d = [&](int64_t i) { return e.builder.getAffineDimExpr(i); };
  SmallVector<AffineExpr> xExprs{d(0), d(1), d(channel)}, wExprs{d(1), d(2), d(channel)}, outExprs{d(0), d(1), d(2)};
  for (int64_t i = 0; i < g.rank; ++i) {
    xExprs.push_back(d(3 + i) * g.strides[i] + d(channel + 1 + i) * g.dilations[i]);
    wExprs.push_back(d(channel + 1 + i));
    outExprs.push_back(d(3 + i));
  }
  MLIRContext *context = e.builder.getContext();
  SmallVector<AffineMap> maps{AffineMap::get(loops, 0, xExprs, context), AffineMap::get(loops, 0, wExprs, context),
                              AffineMap::get(loops, 0, outExprs, context)};
  return e.reshape(e.contract(e.reshape(x, xShape), e.reshape(weights, wShape), maps, outShape), out);
}

Value convolution(Emit &e, Value x, Value weights, const ConvolutionGeometry &g, int64_t groups, Shape out) {
  Shape in = Emit::shapeOf(x), w = Emit::shapeOf(weights);
  bool isPointwise = groups == 1 && product(g.kernel) == 1 && g.isUnpadded() &&
                     llvm::all_of(g.strides, [](int64_t s) { return s == 1; });
  if (isPointwise)
    return pointwise(e, x, weights, out);
  // The windows are copied where that buys a matrix product of some size and does not take much memory.
  int64_t depth = product(w.drop_front());
  constexpr int64_t mostElements = 1 << 24;
  bool pays = groups == 1 && w[0] >= 8 && depth >= 8 && in[0] * product(out.drop_front(2)) * depth <= mostElements;
  Value padded = pad(e, x, g);
  return pays ? byMatmul(e, padded, weights, g, out) : direct(e, padded, weights, g, groups, out);
}

} // namespace fourmix::lowering
