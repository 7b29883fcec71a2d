// The algebra of transforms: inverse pairs cancel, zeros vanish, constants are transformed at compile time.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Spectral/IR/Spectral.h"
#include "fourmix/Support/Constants.h"
#include "lib/Kernels/Evaluate.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::spectral;

//===-- Helpers ------------------------------------------------------------------------------------------------===//

static Attribute zeroAttr(RankedTensorType type) { return Builder(type.getContext()).getZeroAttr(type); }

static Value createZero(OpBuilder &builder, Location loc, RankedTensorType type) {
  return arith::ConstantOp::create(builder, loc, type, cast<TypedAttr>(zeroAttr(type)));
}

/// Whether both transform along the same axis with the same length. Opposite directions then cancel, if `first` neither
/// pads nor truncates.
static bool isSameLine(FourierOpInterface first, FourierOpInterface second) {
  return first.getAxis() == second.getAxis() && first.getLength() == second.getLength();
}

//===-- Transforms of constants --------------------------------------------------------------------------------===//

namespace {
using Pair = std::pair<std::vector<double>, std::vector<double>>;
} // namespace

/// The transform of constant operands, in double; nullopt where the bytes are not there or the tensors are large.
static std::optional<Pair> evaluate(FourierOpInterface op, Attribute reAttr, Attribute imAttr) {
  constexpr int64_t maxElements = 1 << 16;
  RankedTensorType input = op.getInputType(), output = op.getOutputType();
  if (!reAttr || (op.getIm() && !imAttr) || !input.hasStaticShape() || input.getNumElements() > maxElements ||
      output.getNumElements() > maxElements || op.getLength() > maxElements)
    return std::nullopt;
  auto reElements = dyn_cast<ElementsAttr>(reAttr);
  auto imElements = dyn_cast_or_null<ElementsAttr>(imAttr);
  std::optional<std::vector<double>> re = reElements ? readDoubles(reElements) : std::nullopt;
  std::optional<std::vector<double>> im = std::vector<double>(input.getNumElements());
  if (op.getIm())
    im = imElements ? readDoubles(imElements) : std::nullopt;
  if (!re || !im)
    return std::nullopt;

  kernels::RdftPlan plan = kernels::planRdft(op.getLength());
  kernels::DftPlan complexPlan = kernels::planDft(op.getLength());
  int64_t extent = op.getInputExtent(), outExtent = op.getOutputExtent();
  int64_t read = std::min(extent, op.getLength());
  bool inverse = op.getDirection() == Direction::Inverse;
  ArrayRef<int64_t> shape = input.getShape();
  int64_t inner = ShapedType::getNumElements(shape.drop_front(op.getAxis() + 1));
  int64_t outer = ShapedType::getNumElements(shape.take_front(op.getAxis()));
  Pair result{std::vector<double>(output.getNumElements()), std::vector<double>(output.getNumElements())};
  std::vector<double> lineRe(op.getLength()), lineIm(op.getLength()), outRe(outExtent), outIm(outExtent);
  for (int64_t line = 0; line < outer * inner; ++line) {
    int64_t i = line / inner, j = line % inner;
    for (int64_t n = 0; n < read; ++n) {
      lineRe[n] = (*re)[(i * extent + n) * inner + j];
      lineIm[n] = (*im)[(i * extent + n) * inner + j];
    }
    if (isa<RdftOp>(op))
      kernels::evaluateRdft(plan, lineRe.data(), outRe.data(), outIm.data());
    else if (isa<IrdftOp>(op))
      kernels::evaluateIrdft(plan, lineRe.data(), lineIm.data(), outRe.data());
    else
      kernels::evaluateDft(complexPlan, lineRe.data(), lineIm.data(), outRe.data(), outIm.data(), inverse);
    for (int64_t k = 0; k < outExtent; ++k) {
      result.first[(i * outExtent + k) * inner + j] = outRe[k];
      result.second[(i * outExtent + k) * inner + j] = outIm[k];
    }
  }
  return result;
}

/// Folds what all transforms share: constants, and length 1, which changes nothing.
static bool foldFourier(FourierOpInterface op, Attribute re, Attribute im, SmallVectorImpl<OpFoldResult> &results) {
  RankedTensorType type = op.getOutputType();
  bool hasOutIm = op.getOutIm() != nullptr;
  if (op.getLength() == 1 && op.getInputExtent() == 1 && type.hasStaticShape()) {
    results.push_back(op.getRe());
    if (hasOutIm)
      results.push_back(op.getIm() ? OpFoldResult(op.getIm()) : OpFoldResult(zeroAttr(type)));
    return true;
  }
  std::optional<Pair> values = evaluate(op, re, im);
  if (!values)
    return false;
  results.push_back(makeConstant(type, values->first, "spectrum_re"));
  if (hasOutIm)
    results.push_back(makeConstant(type, values->second, "spectrum_im"));
  return true;
}

//===-- Folds --------------------------------------------------------------------------------------------------===//

LogicalResult DftOp::fold(FoldAdaptor adaptor, SmallVectorImpl<OpFoldResult> &results) {
  // dft inverse (dft forward x) => x, and the other way round.
  auto first = getRe().getDefiningOp<DftOp>();
  RankedTensorType type = getOutRe().getType();
  if (first && getRe() == first.getOutRe() && getIm() == first.getOutIm() && first.getDirection() != getDirection() &&
      isSameLine(first, *this) && first.getRe().getType() == type && (first.getIm() || type.hasStaticShape())) {
    results.push_back(first.getRe());
    results.push_back(first.getIm() ? OpFoldResult(first.getIm()) : OpFoldResult(zeroAttr(type)));
    return success();
  }
  return success(foldFourier(*this, adaptor.getRe(), adaptor.getIm(), results));
}

LogicalResult RdftOp::fold(FoldAdaptor adaptor, SmallVectorImpl<OpFoldResult> &results) {
  return success(foldFourier(*this, adaptor.getRe(), {}, results));
}

OpFoldResult IrdftOp::fold(FoldAdaptor adaptor) {
  // irdft (rdft x) => x.
  auto first = getRe().getDefiningOp<RdftOp>();
  if (first && getRe() == first.getOutRe() && getIm() == first.getOutIm() && isSameLine(first, *this) &&
      first.getRe().getType() == getType())
    return first.getRe();
  SmallVector<OpFoldResult, 1> results;
  return foldFourier(*this, adaptor.getRe(), adaptor.getIm(), results) ? results.front() : OpFoldResult();
}

//===-- Canonical forms ----------------------------------------------------------------------------------------===//

namespace {

/// op %re, %zero => op %re
template <typename Op>
struct DropZeroImaginary : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    if (!op.getIm() || !isZeroConstant(op.getIm()))
      return rewriter.notifyMatchFailure(op, "imaginary part is not a constant zero");
    rewriter.modifyOpInPlace(op, [&] { op.getImMutable().clear(); });
    return success();
  }
};

/// rdft (irdft %a, %b) => %a, and the imaginary part where it is absent. A present %b may carry what irdft ignores
/// (the imaginary parts of X[0] and X[N/2]), so it stays.
struct RdftOfIrdft : OpRewritePattern<RdftOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(RdftOp op, PatternRewriter &rewriter) const override {
    auto first = op.getRe().getDefiningOp<IrdftOp>();
    if (!first || !isSameLine(first, op))
      return rewriter.notifyMatchFailure(op, "not the inverse of its input's transform");
    RankedTensorType type = op.getOutRe().getType();
    bool knowsIm = !first.getIm() && type.hasStaticShape();
    if (op.getOutRe().use_empty() && (op.getOutIm().use_empty() || !knowsIm))
      return rewriter.notifyMatchFailure(op, "nothing to replace");
    rewriter.replaceAllUsesWith(op.getOutRe(), first.getRe());
    if (knowsIm)
      rewriter.replaceAllUsesWith(op.getOutIm(), createZero(rewriter, op.getLoc(), type));
    return success();
  }
};

/// A forward dft of a real tensor of which only coefficients 0 .. N/2 are read is an rdft:
///   %a, %b = dft forward %x ; extract_slice %a[.. 0 ..][.. N/2+1 ..]  =>  %a, %b = rdft %x ; extract_slice %a ..
struct HalfUsedDft : OpRewritePattern<DftOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DftOp op, PatternRewriter &rewriter) const override {
    int64_t axis = op.getAxis(), length = op.getLength(), half = length / 2 + 1;
    if (op.getIm() || op.getDirection() != Direction::Forward || half == length)
      return rewriter.notifyMatchFailure(op, "not a forward transform of a real tensor");
    for (Operation *user : op->getUsers()) {
      auto slice = dyn_cast<tensor::ExtractSliceOp>(user);
      if (!slice || slice.isDynamicOffset(axis) || slice.isDynamicSize(axis) || slice.isDynamicStride(axis))
        return rewriter.notifyMatchFailure(op, "a user may read the upper half");
      int64_t last = slice.getStaticOffset(axis) + (slice.getStaticSize(axis) - 1) * slice.getStaticStride(axis);
      if (last >= half)
        return rewriter.notifyMatchFailure(op, "a user reads the upper half");
    }
    if (op->use_empty())
      return rewriter.notifyMatchFailure(op, "dead");
    auto rdft = RdftOp::create(rewriter, op.getLoc(), op.getRe(), axis, length, op.getPlanAttr());
    for (auto [from, to] : llvm::zip(op.getResults(), rdft.getResults()))
      for (Operation *user : llvm::make_early_inc_range(from.getUsers())) {
        auto slice = cast<tensor::ExtractSliceOp>(user);
        OpBuilder::InsertionGuard guard(rewriter);
        rewriter.setInsertionPoint(slice);
        rewriter.replaceOpWithNewOp<tensor::ExtractSliceOp>(slice, slice.getType(), to, slice.getMixedOffsets(),
                                                            slice.getMixedSizes(), slice.getMixedStrides());
      }
    rewriter.eraseOp(op);
    return success();
  }
};

} // namespace

void DftOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<DropZeroImaginary<DftOp>, HalfUsedDft>(context);
}

void RdftOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<RdftOfIrdft>(context);
}

void IrdftOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<DropZeroImaginary<IrdftOp>>(context);
}
