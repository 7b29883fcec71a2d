// mix.fourier, mix.mirror and mix.reflect; what they share with mix.cosine stands in FourierChecks.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "FourierChecks.h"
#include "dialects/Mix/IR/Mix.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace fourmix::mix;

/// `type` with `extent` elements along `axis`; unchanged where there is no such axis, which a verifier says.
static RankedTensorType withExtent(RankedTensorType type, int64_t axis, int64_t extent) {
  if (axis < 0 || axis >= type.getRank())
    return type;
  SmallVector<int64_t> shape(type.getShape());
  shape[axis] = extent;
  return type.clone(shape);
}

//===----------------------------------------------------------------------===//
// mix.fourier
//===----------------------------------------------------------------------===//

void FourierOp::build(OpBuilder &builder, OperationState &state, Value input, std::optional<int64_t> sequence,
                      std::optional<int64_t> hidden, FourierPart part, bool half) {
  auto axis = [&](std::optional<int64_t> axis) { return axis ? builder.getI64IntegerAttr(*axis) : IntegerAttr(); };
  build(builder, state, input, axis(sequence), axis(hidden), FourierPartAttr::get(builder.getContext(), part),
        half ? builder.getUnitAttr() : UnitAttr());
}

LogicalResult FourierOp::inferReturnTypes(MLIRContext *, std::optional<Location>, FourierOp::Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  auto type = dyn_cast<RankedTensorType>(adaptor.getInput().getType());
  if (!type)
    return failure();
  std::optional<int64_t> hidden = adaptor.getHidden();
  if (adaptor.getHalf() && hidden && *hidden >= 0 && *hidden < type.getRank() && !type.isDynamicDim(*hidden))
    type = withExtent(type, *hidden, type.getDimSize(*hidden) / 2 + 1);
  types.push_back(type);
  return success();
}

LogicalResult FourierOp::verify() {
  if (failed(verifyMixedAxes(*this, getSequenceAttr(), getHiddenAttr()))) // fourier_c2, fourier_c3
    return failure();
  if (getHalf() && !getHidden()) // fourier_c4
    return emitOpError("expected an axis 'hidden', of which half is kept, found none");
  if (getHalf() && getPart() == FourierPart::Hartley)
    return emitOpError("expected part real or magnitude where half is kept, found hartley, which is not even");
  return success();
}

Value FourierOp::getMixed() { return getInput(); }
SmallVector<int64_t> FourierOp::getMixedAxes() { return listMixedAxes(getSequence(), getHidden()); }
bool FourierOp::isLinear() { return getPart() != FourierPart::Magnitude; }
bool FourierOp::isConvolution() { return false; }
SmallVector<Value> FourierOp::getParameters() { return {}; }
double FourierOp::getFlops() { return countTransformFlops(getInput().getType(), getMixedAxes()); }

double FourierOp::getNumPoints() {
  double points = 1;
  for (int64_t axis : getMixedAxes())
    points *= static_cast<double>(getInput().getType().getDimSize(axis));
  return points;
}

OpFoldResult FourierOp::fold(FoldAdaptor adaptor) {
  if (getType() != getInput().getType())
    return {};
  // The transform of one point is the point.
  if (isLinear() && haveExtentOne(getInput().getType(), getMixedAxes()))
    return getInput();
  // Zero to zero.
  if (matchPattern(adaptor.getInput(), m_AnyZeroFloat()))
    return adaptor.getInput();
  return {};
}

namespace {
/// mix.fourier (reflect x) over its axes => mix.fourier x: the real part and the magnitude are even, and so is the sum
/// over a period.
struct FourierOfReflection : OpRewritePattern<FourierOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(FourierOp op, PatternRewriter &rewriter) const override {
    auto reflect = op.getInput().getDefiningOp<ReflectOp>();
    if (!reflect || op.getPart() == FourierPart::Hartley)
      return rewriter.notifyMatchFailure(op, "the input is not reflected, or the result is not even");
    if (reflect.getAxes() != ArrayRef<int64_t>(op.getMixedAxes()))
      return rewriter.notifyMatchFailure(op, "the reflected axes are not the mixed ones");
    rewriter.modifyOpInPlace(op, [&] { op.getInputMutable().assign(reflect.getInput()); });
    return success();
  }
};

/// mix.fourier (mix.fourier x) over the same axes and with the same part => N / 2 (x + reflect x) for the real part, N
/// x for Hartley's, of N points.
struct FourierOfFourier : OpRewritePattern<FourierOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(FourierOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getInput().getDefiningOp<FourierOp>();
    if (!inner || inner.getHalf() || op.getHalf() || !op.isLinear())
      return rewriter.notifyMatchFailure(op, "the input is not a mixing, or something is lost on the way");
    SmallVector<int64_t> axes = op.getMixedAxes();
    if (inner.getMixedAxes() != axes || inner.getPart() != op.getPart())
      return rewriter.notifyMatchFailure(op, "the two mixings have different axes or parts");
    auto type = inner.getInput().getType();
    if (!type.hasStaticShape())
      return rewriter.notifyMatchFailure(op, "the extents are dynamic");
    if (!inner->hasOneUse())
      return rewriter.notifyMatchFailure(op, "the first mixing is needed anyhow");
    Location loc = op.getLoc();
    double factor = op.getNumPoints();
    Value sum = inner.getInput();
    if (op.getPart() == FourierPart::Real) {
      factor /= 2;
      sum = arith::AddFOp::create(rewriter, loc, sum, ReflectOp::create(rewriter, loc, sum, axes));
    }
    Value constant = arith::ConstantOp::create(rewriter, loc, getSplat(type, factor));
    rewriter.replaceOpWithNewOp<arith::MulFOp>(op, sum, constant);
    return success();
  }
};

/// mix.fourier (x * c) => (mix.fourier x) * c for one constant number c, |c| for the magnitude: a scale meets what
/// follows the mixing, where it merges with other scales.
struct ScaleAfterFourier : OpRewritePattern<FourierOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(FourierOp op, PatternRewriter &rewriter) const override {
    std::optional<Scaled> scaled = matchScaled(op.getInput());
    if (!scaled)
      return rewriter.notifyMatchFailure(op, "the input is not scaled by one constant, or by too few bits");
    Value mixed = FourierOp::create(rewriter, op.getLoc(), scaled->tensor, op.getSequence(), op.getHidden(),
                                    op.getPart(), op.getHalf());
    double factor = op.isLinear() ? scaled->factor : std::abs(scaled->factor);
    Value constant = arith::ConstantOp::create(rewriter, op.getLoc(), getSplat(op.getType(), factor));
    rewriter.replaceOpWithNewOp<arith::MulFOp>(op, mixed, constant);
    return success();
  }
};
} // namespace

void FourierOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<FourierOfReflection, FourierOfFourier, ScaleAfterFourier>(context);
}

//===----------------------------------------------------------------------===//
// mix.mirror
//===----------------------------------------------------------------------===//

LogicalResult MirrorOp::inferReturnTypes(MLIRContext *, std::optional<Location>, MirrorOp::Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  auto type = dyn_cast<RankedTensorType>(adaptor.getInput().getType());
  if (!type || static_cast<int64_t>(adaptor.getLength()) < 0)
    return failure();
  types.push_back(withExtent(type, adaptor.getHidden(), adaptor.getLength()));
  return success();
}

LogicalResult MirrorOp::verify() {
  if (failed(verifyMixedAxes(*this, getSequenceAttr(), getHiddenAttr()))) // mirror_c2
    return failure();
  int64_t half = static_cast<int64_t>(getLength()) / 2 + 1, extent = getInput().getType().getDimSize(getHidden());
  if (getLength() < 1 || (!ShapedType::isDynamic(extent) && extent != half)) // mirror_c3
    return emitOpError() << "expected length / 2 + 1 = " << half << " elements along axis " << getHidden() << ", found "
                         << extent;
  return success();
}

namespace {
/// mirror (mix.fourier half x) => mix.fourier x: the whole costs no more, its other half is copied there, too.
struct MirrorOfHalf : OpRewritePattern<MirrorOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(MirrorOp op, PatternRewriter &rewriter) const override {
    auto mixing = op.getInput().getDefiningOp<FourierOp>();
    if (!mixing || !mixing.getHalf() || !mixing->hasOneUse())
      return rewriter.notifyMatchFailure(op, "the input is not half of a mixing, or is needed anyhow");
    if (mixing.getSequence() != op.getSequence() || mixing.getHidden() != op.getHidden() ||
        mixing.getInput().getType() != op.getType())
      return rewriter.notifyMatchFailure(op, "the mixing has other axes or another length");
    rewriter.replaceOpWithNewOp<FourierOp>(op, mixing.getInput(), mixing.getSequence(), mixing.getHidden(),
                                           mixing.getPart());
    return success();
  }
};
} // namespace

void MirrorOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<MirrorOfHalf>(context);
}

//===----------------------------------------------------------------------===//
// mix.reflect
//===----------------------------------------------------------------------===//

LogicalResult ReflectOp::verify() {
  int64_t rank = getInput().getType().getRank(), previous = -1;
  for (int64_t axis : getAxes()) { // reflect_c2
    if (axis < 0 || axis >= rank)
      return emitOpError() << "axis " << axis << " is out of range, the input has rank " << rank;
    if (axis <= previous)
      return emitOpError() << "axes must be in ascending order and distinct, but " << axis << " follows " << previous;
    previous = axis;
  }
  return success();
}

OpFoldResult ReflectOp::fold(FoldAdaptor adaptor) {
  ShapedType type = getInput().getType();
  // Indices 0 and 1 are their own negatives modulo 1 and 2.
  if (llvm::all_of(getAxes(), [&](int64_t axis) {
        int64_t extent = type.getDimSize(axis);
        return extent == 1 || extent == 2;
      }))
    return getInput();
  if (isa_and_nonnull<SplatElementsAttr>(adaptor.getInput()))
    return adaptor.getInput();
  if (auto inner = getInput().getDefiningOp<ReflectOp>(); inner && inner.getAxes() == getAxes())
    return inner.getInput();
  auto mixing = getInput().getDefiningOp<FourierOp>();
  if (mixing && mixing.getPart() != FourierPart::Hartley && !mixing.getHalf() &&
      getAxes() == ArrayRef<int64_t>(mixing.getMixedAxes()))
    return getInput();
  return {};
}
