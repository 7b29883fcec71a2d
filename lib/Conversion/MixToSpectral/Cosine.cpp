// mix.cosine to a real transform of the same length, axis by axis (Kernels/Cosine.h has the algorithm).
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Kernels/Cosine.h"
#include "Patterns.h"
#include "Spectra.h"
#include "dialects/Mix/IR/Mix.h"
#include "dialects/Spectral/IR/Spectral.h"
#include "fourmix/Support/Constants.h"
#include "fourmix/Support/Tensors.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::mix_to_spectral;

namespace {

/// A table with one number for each of the first coefficients of `axis`.
Value table(Emit &e, Value like, int64_t axis, ArrayRef<double> values, StringRef hint) {
  SmallVector<int64_t> shape(Emit::rankOf(like), 1);
  shape[axis] = static_cast<int64_t>(values.size());
  return e.constant(makeConstant(RankedTensorType::get(shape, Emit::elementOf(like)), values, hint));
}

/// a c + b s, or a s - b c, elements of two tensors and two tables.
Value turn(Emit &e, Value a, Value b, Value c, Value s, bool isSum) {
  return e.elementwise(Emit::shapeOf(a), Emit::elementOf(a), {a, b, c, s},
                       [&](lowering::Scalars &scalars, ValueRange v) {
                         if (isSum)
                           return scalars.add(scalars.mul(v[0], v[2]), scalars.mul(v[1], v[3]));
                         return scalars.sub(scalars.mul(v[0], v[3]), scalars.mul(v[1], v[2]));
                       });
}

/// Elements offset, offset + step, .. of one axis.
Value strided(Emit &e, Value x, int64_t axis, int64_t offset, int64_t size, int64_t step) {
  SmallVector<int64_t> offsets(Emit::rankOf(x), 0), steps(Emit::rankOf(x), 1);
  offsets[axis] = offset;
  steps[axis] = step;
  return e.slice(x, offsets, withExtent(Emit::shapeOf(x), axis, size), steps);
}

/// The axis read backwards, by one loop: slices have no negative steps.
Value backwards(Emit &e, Value x, int64_t axis) {
  Value into = e.empty(Emit::shapeOf(x), Emit::elementOf(x));
  return insertReflected(e.builder, e.loc, {x, {axis}}, into, SmallVector<int64_t>(Emit::rankOf(x), 0));
}

Value transformForward(Emit &e, Value x, int64_t axis, bool ortho) {
  int64_t length = Emit::shapeOf(x)[axis], half = length / 2 + 1;
  if (length == 1)
    return x;
  // kernels::cosineOrder: the even samples, and the odd ones backwards.
  Value even = strided(e, x, axis, 0, length - length / 2, 2), odd = strided(e, x, axis, 1, length / 2, 2);
  Value reordered = e.concat({even, backwards(e, odd, axis)}, axis);
  Spectrum v = transform(e, reordered, axis, length);
  kernels::CosineTurns turns = kernels::cosineTurns(length, half, /*inverse=*/false, ortho);
  Value cosine = table(e, x, axis, turns.cosine, "turn_cos"), sine = table(e, x, axis, turns.sine, "turn_sin");
  Value low = turn(e, v.re, v.im, cosine, sine, /*isSum=*/true);
  if (half == length)
    return low;
  // Coefficient length - k, k from length - half down to 1.
  Value high = turn(e, v.re, v.im, cosine, sine, /*isSum=*/false);
  return e.concat({low, backwards(e, e.sliceAxis(high, axis, 1, length - half), axis)}, axis);
}

/// a[0], b[0], a[1], b[1], .. along `axis`; b is as long as a or one shorter.
Value interleave(Emit &e, Value a, Value b, int64_t axis) {
  int64_t length = Emit::shapeOf(a)[axis] + Emit::shapeOf(b)[axis];
  if (length % 2 == 1) // One more, to be cut off again.
    b = e.concat({b, e.sliceAxis(a, axis, 0, 1)}, axis);
  Value pairs = e.concat({e.unsqueeze(a, axis + 1), e.unsqueeze(b, axis + 1)}, axis + 1);
  Value joined = e.reshape(pairs, withExtent(Emit::shapeOf(a), axis, length + length % 2));
  return e.sliceAxis(joined, axis, 0, length);
}

Value transformInverse(Emit &e, Value x, int64_t axis, bool ortho) {
  int64_t length = Emit::shapeOf(x)[axis], half = length / 2 + 1;
  if (length == 1)
    return x;
  Value low = e.sliceAxis(x, axis, 0, half);
  // X[-k]; for k = 0 any number will do: it meets a sine that is zero, and an imaginary part that is not read.
  Value last = backwards(e, e.sliceAxis(x, axis, length - half + 1, half - 1), axis);
  Value high = e.concat({e.sliceAxis(x, axis, 0, 1), last}, axis);
  kernels::CosineTurns turns = kernels::cosineTurns(length, half, /*inverse=*/true, ortho);
  Value cosine = table(e, x, axis, turns.cosine, "turn_cos"), sine = table(e, x, axis, turns.sine, "turn_sin");
  Spectrum v = {turn(e, low, high, cosine, sine, /*isSum=*/true), turn(e, low, high, cosine, sine, /*isSum=*/false)};
  Value reordered = transformBack(e, v, axis, length, length);
  // 0, 2, 4, .. and 1, 3, 5, .., which stand backwards at the end.
  Value odd = backwards(e, e.sliceAxis(reordered, axis, length - length / 2, length / 2), axis);
  return interleave(e, e.sliceAxis(reordered, axis, 0, length - length / 2), odd, axis);
}

/// mix.cosine %x sequence s => the samples reordered, spectral.rdft, the coefficients turned; for each axis.
struct ConvertCosine : OpConversionPattern<mix::CosineOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(mix::CosineOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (!op.getType().hasStaticShape())
      return rewriter.notifyMatchFailure(op, "shape is dynamic");
    Emit e(rewriter, op.getLoc());
    Value value = adaptor.getInput();
    for (int64_t axis : op.getMixedAxes())
      value = op.getInverse() ? transformInverse(e, value, axis, op.getOrtho())
                              : transformForward(e, value, axis, op.getOrtho());
    rewriter.replaceOp(op, value);
    return success();
  }
};
} // namespace

void fourmix::mix_to_spectral::populateCosinePatterns(RewritePatternSet &patterns) {
  patterns.add<ConvertCosine>(patterns.getContext());
}
