// mix.fourier, mix.mirror and mix.reflect to transforms and copies: the transform of a real tensor needs half of its
// coefficients.
//
// Z = F_n X F_d is computed as rdft along hidden (d/2+1 columns), then dft along sequence. The transform of a real
// matrix is conjugate even, Z[k, l] = conj Z[-k mod n, -l mod d], which gives the other columns: column l > d/2 comes
// from column d-l with its rows 1 .. n-1 reversed. Hartley's part is Re - Im there and Re + Im of the reflected
// coefficient here, the magnitude is even as the real part is. Of one axis there is the rdft alone. Where half is asked
// for, nothing is expanded.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Patterns.h"
#include "dialects/Mix/IR/Mix.h"
#include "dialects/Spectral/IR/Spectral.h"
#include "fourmix/Support/Tensors.h"
#include "lib/Emit/Emit.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace fourmix;

/// The tensor of which `known` holds coefficients 0 .. d/2 along `hidden`; the others are those of `mirror`, a tensor
/// like it, at the negative indices along `axes`, of which `hidden` is one.
static Value expandByReflection(OpBuilder &builder, Location loc, Value known, Value mirror, RankedTensorType type,
                                ArrayRef<int64_t> axes, int64_t hidden) {
  int64_t rank = type.getRank(), d = type.getDimSize(hidden), missing = d - (d / 2 + 1);
  Value full = tensor::EmptyOp::create(builder, loc, type.getShape(), type.getElementType());
  SmallVector<int64_t> from(rank, 0), to(rank, 0);
  full = insertAt(builder, loc, known, full, to);
  if (missing == 0)
    return full;

  // Columns d/2+1 .. d-1 are columns missing .. 1, of them row 0 as it is and the others reversed.
  from[hidden] = 1;
  to[hidden] = d / 2 + 1;
  SmallVector<int64_t> sizes = withExtent(type.getShape(), hidden, missing);
  for (int64_t sequence : axes) {
    int64_t n = type.getDimSize(sequence);
    if (sequence == hidden || n == 1)
      continue;
    SmallVector<int64_t> firstRow = withExtent(sizes, sequence, 1);
    full = insertReflected(builder, loc, {sliceBox(builder, loc, mirror, from, firstRow), {hidden}}, full, to);
    from[sequence] = to[sequence] = 1;
    return insertReflected(
        builder, loc, {sliceBox(builder, loc, mirror, from, withExtent(sizes, sequence, n - 1)), {sequence, hidden}},
        full, to);
  }
  return insertReflected(builder, loc, {sliceBox(builder, loc, mirror, from, sizes), {hidden}}, full, to);
}

namespace {

/// mix.fourier %x sequence s hidden h
///   => %a, %b = spectral.rdft %x along h ; %y, %z = spectral.dft forward %a, %b along s ; expanded by the symmetry
/// With `whole`: => %a, %b = spectral.dft forward %x along h ; %y, %_ = spectral.dft forward %a, %b along s
struct ConvertFourier : OpConversionPattern<mix::FourierOp> {
  ConvertFourier(MLIRContext *context, bool whole) : OpConversionPattern(context), whole(whole) {}

  LogicalResult matchAndRewrite(mix::FourierOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    RankedTensorType type = op.getInput().getType();
    if (!type.hasStaticShape())
      return rewriter.notifyMatchFailure(op, "shape is dynamic");
    Location loc = op.getLoc();
    bool hasBoth = op.getSequence() && op.getHidden(), isReal = op.getPart() == mix::FourierPart::Real;
    int64_t hidden = op.getHidden() ? *op.getHidden() : *op.getSequence(), sequence = op.getSequence().value_or(hidden);
    auto forward = spectral::Direction::Forward;
    constexpr int64_t leastWhole = 8; // the shortest axes that convert-spectral-to-vector folds
    if (whole && isReal && hasBoth && !op.getHalf() && hidden == type.getRank() - 1 && sequence == type.getRank() - 2 &&
        std::min(type.getDimSize(sequence), type.getDimSize(hidden)) >= leastWhole) {
      auto columns = spectral::DftOp::create(rewriter, loc, forward, adaptor.getInput(), /*im=*/Value(), hidden,
                                             type.getDimSize(hidden), nullptr);
      auto rows = spectral::DftOp::create(rewriter, loc, forward, columns.getOutRe(), columns.getOutIm(), sequence,
                                          type.getDimSize(sequence), nullptr);
      rewriter.replaceOp(op, rows.getOutRe());
      return success();
    }
    auto columns =
        spectral::RdftOp::create(rewriter, loc, adaptor.getInput(), hidden, type.getDimSize(hidden), nullptr);
    Value re = columns.getOutRe(), im = columns.getOutIm();
    if (hasBoth) {
      auto rows = spectral::DftOp::create(rewriter, loc, forward, re, im, sequence, type.getDimSize(sequence), nullptr);
      re = rows.getOutRe();
      im = rows.getOutIm();
    }
    lowering::Emit e(rewriter, loc);
    auto combine = [&](llvm::function_ref<Value(lowering::Scalars &, ValueRange)> body) {
      return e.elementwise(lowering::Emit::shapeOf(re), type.getElementType(), {re, im}, body);
    };
    Value known = re, mirror = re;
    if (op.getPart() == mix::FourierPart::Hartley) {
      known = combine([](lowering::Scalars &s, ValueRange x) { return s.sub(x[0], x[1]); });
      mirror = combine([](lowering::Scalars &s, ValueRange x) { return s.add(x[0], x[1]); });
    } else if (op.getPart() == mix::FourierPart::Magnitude) {
      known = mirror = combine([](lowering::Scalars &s, ValueRange x) {
        return s.make<math::SqrtOp>(s.add(s.mul(x[0], x[0]), s.mul(x[1], x[1])));
      });
    }
    rewriter.replaceOp(
        op, op.getHalf() ? known : expandByReflection(rewriter, loc, known, mirror, type, op.getMixedAxes(), hidden));
    return success();
  }

  bool whole;
};

/// mix.mirror %x => its columns, and those that they are the mirror image of.
struct ConvertMirror : OpConversionPattern<mix::MirrorOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(mix::MirrorOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op.getType());
    if (!type.hasStaticShape())
      return rewriter.notifyMatchFailure(op, "shape is dynamic");
    int64_t hidden = op.getHidden(), sequence = op.getSequence().value_or(hidden);
    Value half = adaptor.getInput();
    rewriter.replaceOp(op, expandByReflection(rewriter, op.getLoc(), half, half, type, {sequence, hidden}, hidden));
    return success();
  }
};

/// mix.reflect %x axes [..] => index 0 stays and the rest is reversed, along each axis: 2^axes boxes.
struct ConvertReflect : OpConversionPattern<mix::ReflectOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(mix::ReflectOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op.getType());
    if (!type.hasStaticShape())
      return rewriter.notifyMatchFailure(op, "shape is dynamic");
    Location loc = op.getLoc();
    SmallVector<int64_t> axes; // An axis of two elements is its own reflection.
    llvm::copy_if(op.getAxes(), std::back_inserter(axes), [&](int64_t axis) { return type.getDimSize(axis) > 2; });
    Value full = adaptor.getInput();
    if (!axes.empty())
      full = tensor::EmptyOp::create(rewriter, loc, type.getShape(), type.getElementType());
    for (unsigned box = 0; !axes.empty() && box < 1u << axes.size(); ++box) {
      SmallVector<int64_t> from(type.getRank(), 0), sizes(type.getShape()), reversed;
      for (auto [i, axis] : llvm::enumerate(axes)) {
        bool rest = box >> i & 1;
        from[axis] = rest;
        sizes[axis] = rest ? type.getDimSize(axis) - 1 : 1;
        if (rest)
          reversed.push_back(axis);
      }
      Value part = sliceBox(rewriter, loc, adaptor.getInput(), from, sizes);
      full = reversed.empty() ? insertAt(rewriter, loc, part, full, from)
                              : insertReflected(rewriter, loc, {part, reversed}, full, from);
    }
    rewriter.replaceOp(op, full);
    return success();
  }
};
} // namespace

void fourmix::mix_to_spectral::populateFourierPatterns(RewritePatternSet &patterns, bool whole) {
  patterns.add<ConvertFourier>(patterns.getContext(), whole);
  patterns.add<ConvertMirror, ConvertReflect>(patterns.getContext());
}
