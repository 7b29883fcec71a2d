// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Mix/IR/Mix.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace fourmix::mix;

static bool hasExtentOne(ShapedType type, int64_t axis) { return type.getDimSize(axis) == 1; }

/// A constant of `type` with all elements `value`, rounded to the element type.
static DenseElementsAttr getSplat(ShapedType type, double value) {
  return DenseElementsAttr::get(type, cast<Attribute>(FloatAttr::get(type.getElementType(), value)));
}

//===----------------------------------------------------------------------===//
// mix.fourier
//===----------------------------------------------------------------------===//

void FourierOp::build(OpBuilder &builder, OperationState &state, Value input, int64_t sequence,
                      std::optional<int64_t> hidden, FourierPart part) {
  build(builder, state, input.getType(), input, builder.getI64IntegerAttr(sequence),
        hidden ? builder.getI64IntegerAttr(*hidden) : IntegerAttr(), FourierPartAttr::get(builder.getContext(), part));
}

LogicalResult FourierOp::verify() {
  int64_t rank = getInput().getType().getRank();
  for (auto [name, attr] : {std::pair("sequence", getSequenceAttr()), std::pair("hidden", getHiddenAttr())})
    if (attr && (attr.getInt() < 0 || attr.getInt() >= rank)) // fourier_c2
      return emitOpError() << "axis '" << name << "' is " << attr.getInt() << ", but the input has rank " << rank;
  if (getSequence() == getHidden()) // fourier_c3
    return emitOpError() << "axes 'sequence' and 'hidden' must differ, but both are " << getSequence();
  return success();
}

Value FourierOp::getMixed() { return getInput(); }

SmallVector<int64_t> FourierOp::getMixedAxes() {
  SmallVector<int64_t> axes = {static_cast<int64_t>(getSequence())};
  if (getHidden())
    axes.push_back(*getHidden());
  llvm::sort(axes);
  return axes;
}

bool FourierOp::isLinear() { return true; }
bool FourierOp::isConvolution() { return false; }
SmallVector<Value> FourierOp::getParameters() { return {}; }

double FourierOp::getNumPoints() {
  double points = 1;
  for (int64_t axis : getMixedAxes())
    points *= static_cast<double>(getInput().getType().getDimSize(axis));
  return points;
}

double FourierOp::getFlops() {
  RankedTensorType type = getInput().getType();
  double flops = 0;
  for (int64_t axis : getMixedAxes()) { // A real input: half of the transform.
    int64_t extent = type.getDimSize(axis);
    flops += fourierFlops(extent) / 2 * static_cast<double>(type.getNumElements() / std::max<int64_t>(1, extent));
  }
  return flops;
}

OpFoldResult FourierOp::fold(FoldAdaptor adaptor) {
  ShapedType type = getInput().getType();
  // The transform of one point is the point.
  if (llvm::all_of(getMixedAxes(), [&](int64_t axis) { return hasExtentOne(type, axis); }))
    return getInput();
  // Linear: zero to zero.
  if (matchPattern(adaptor.getInput(), m_AnyZeroFloat()))
    return adaptor.getInput();
  return {};
}

namespace {

/// The tensor that arith.mulf multiplies by one constant number, and the number.
struct Scaled {
  Value tensor, constant;
};
std::optional<Scaled> matchScaled(Value value) {
  auto product = value.getDefiningOp<arith::MulFOp>();
  DenseElementsAttr constant;
  if (!product)
    return std::nullopt;
  for (auto [tensor, factor] : {std::pair(product.getLhs(), product.getRhs()), {product.getRhs(), product.getLhs()}})
    if (matchPattern(factor, m_Constant(&constant)) && constant.isSplat())
      return Scaled{tensor, factor};
  return std::nullopt;
}

/// mix.fourier (reflect x) over its axes => mix.fourier x: the real part is even, and so is the sum over a period.
struct FourierOfReflection : OpRewritePattern<FourierOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(FourierOp op, PatternRewriter &rewriter) const override {
    auto reflect = op.getInput().getDefiningOp<ReflectOp>();
    if (!reflect || op.getPart() != FourierPart::Real)
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
    if (!inner)
      return rewriter.notifyMatchFailure(op, "the input is not a mixing");
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

/// mix.fourier (x * c) => (mix.fourier x) * c for one constant number c: a scale meets what follows the mixing, where
/// it merges with other scales.
struct ScaleAfterFourier : OpRewritePattern<FourierOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(FourierOp op, PatternRewriter &rewriter) const override {
    if (op.getInput().getType().getElementTypeBitWidth() < 32)
      return rewriter.notifyMatchFailure(op, "sums over n d elements may overflow unscaled");
    std::optional<Scaled> scaled = matchScaled(op.getInput());
    if (!scaled)
      return rewriter.notifyMatchFailure(op, "the input is not scaled by one constant");
    Value mixed =
        FourierOp::create(rewriter, op.getLoc(), scaled->tensor, op.getSequence(), op.getHidden(), op.getPart());
    rewriter.replaceOpWithNewOp<arith::MulFOp>(op, mixed, scaled->constant);
    return success();
  }
};
} // namespace

void FourierOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<FourierOfReflection, FourierOfFourier, ScaleAfterFourier>(context);
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
  if (mixing && mixing.getPart() == FourierPart::Real && getAxes() == ArrayRef<int64_t>(mixing.getMixedAxes()))
    return getInput();
  return {};
}
