// mix.fourier to transforms: the 2-D transform of a real matrix needs half of its columns.
//
// Y = Re(F_n X F_d) is computed as rdft along hidden (d/2+1 columns), dft along sequence, real part. The real part of
// the transform of a real matrix is even, Y[k, l] = Y[-k mod n, -l mod d], which gives the other columns: column l >
// d/2 is column d-l with its rows 1 .. n-1 reversed.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Patterns.h"
#include "dialects/Mix/IR/Mix.h"
#include "dialects/Spectral/IR/Spectral.h"
#include "fourmix/Support/Tensors.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace fourmix;

/// The even matrices of which `half` holds columns 0 .. d/2: rows along `sequence`, columns along `hidden`.
static Value expandByPointSymmetry(OpBuilder &builder, Location loc, Value half, RankedTensorType type,
                                   int64_t sequence, int64_t hidden) {
  int64_t rank = type.getRank(), n = type.getDimSize(sequence), d = type.getDimSize(hidden);
  int64_t known = d / 2 + 1, missing = d - known;
  Value full = tensor::EmptyOp::create(builder, loc, type.getShape(), type.getElementType());
  SmallVector<int64_t> from(rank, 0), to(rank, 0);
  full = insertAt(builder, loc, half, full, to);
  if (missing == 0)
    return full;

  // Columns known .. d-1 are columns missing .. 1.
  from[hidden] = 1;
  to[hidden] = known;
  SmallVector<int64_t> firstRow = withExtent(withExtent(type.getShape(), hidden, missing), sequence, 1);
  full = insertReflected(builder, loc, {sliceBox(builder, loc, half, from, firstRow), {hidden}}, full, to);
  if (n == 1)
    return full;
  from[sequence] = to[sequence] = 1;
  SmallVector<int64_t> otherRows = withExtent(firstRow, sequence, n - 1);
  return insertReflected(builder, loc, {sliceBox(builder, loc, half, from, otherRows), {sequence, hidden}}, full, to);
}

namespace {

/// mix.fourier %x sequence s hidden h
///   => %a, %b = spectral.rdft %x along h ; %y, %_ = spectral.dft forward %a, %b along s ; %y expanded by its symmetry
/// With `whole`: => %a, %b = spectral.dft forward %x along h ; %y, %_ = spectral.dft forward %a, %b along s
struct ConvertFourier : OpConversionPattern<mix::FourierOp> {
  ConvertFourier(MLIRContext *context, bool whole) : OpConversionPattern(context), whole(whole) {}

  LogicalResult matchAndRewrite(mix::FourierOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op.getType());
    if (!type.hasStaticShape())
      return rewriter.notifyMatchFailure(op, "shape is dynamic");
    Location loc = op.getLoc();
    int64_t sequence = op.getSequence(), hidden = op.getHidden();
    auto forward = spectral::Direction::Forward;
    constexpr int64_t leastWhole = 8; // the shortest axes that convert-spectral-to-vector folds
    if (whole && hidden == type.getRank() - 1 && sequence == type.getRank() - 2 &&
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
    auto rows = spectral::DftOp::create(rewriter, loc, forward, columns.getOutRe(), columns.getOutIm(), sequence,
                                        type.getDimSize(sequence), nullptr);
    rewriter.replaceOp(op, expandByPointSymmetry(rewriter, loc, rows.getOutRe(), type, sequence, hidden));
    return success();
  }

  bool whole;
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
  patterns.add<ConvertReflect>(patterns.getContext());
}
