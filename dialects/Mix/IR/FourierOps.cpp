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

LogicalResult FourierOp::verify() {
  int64_t rank = getInput().getType().getRank();
  for (auto [name, axis] : {std::pair("sequence", getSequence()), std::pair("hidden", getHidden())})
    if (static_cast<int64_t>(axis) < 0 || static_cast<int64_t>(axis) >= rank) // fourier_c2
      return emitOpError() << "axis '" << name << "' is " << static_cast<int64_t>(axis) << ", but the input has rank "
                           << rank;
  if (getSequence() == getHidden()) // fourier_c3
    return emitOpError() << "axes 'sequence' and 'hidden' must differ, but both are " << getSequence();
  return success();
}

Value FourierOp::getMixed() { return getInput(); }

SmallVector<int64_t> FourierOp::getMixedAxes() {
  return {static_cast<int64_t>(std::min(getSequence(), getHidden())),
          static_cast<int64_t>(std::max(getSequence(), getHidden()))};
}

bool FourierOp::isLinear() { return true; }
bool FourierOp::isConvolution() { return false; }
SmallVector<Value> FourierOp::getParameters() { return {}; }

double FourierOp::getFlops() {
  ShapedType type = getInput().getType();
  int64_t n = type.getDimSize(getSequence()), d = type.getDimSize(getHidden());
  // A real matrix: half of the two-dimensional transform.
  double matrix = (static_cast<double>(n) * fourierFlops(d) + static_cast<double>(d) * fourierFlops(n)) / 2;
  return matrix * static_cast<double>(type.getNumElements() / std::max<int64_t>(1, n * d));
}

OpFoldResult FourierOp::fold(FoldAdaptor adaptor) {
  ShapedType type = getInput().getType();
  // The transform of one point is the point.
  if (hasExtentOne(type, getSequence()) && hasExtentOne(type, getHidden()))
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

/// mix.fourier (reflect x) over both axes => mix.fourier x: the result is even, and so is the sum over a period.
struct FourierOfReflection : OpRewritePattern<FourierOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(FourierOp op, PatternRewriter &rewriter) const override {
    auto reflect = op.getInput().getDefiningOp<ReflectOp>();
    if (!reflect)
      return rewriter.notifyMatchFailure(op, "the input is not reflected");
    int64_t low = std::min(op.getSequence(), op.getHidden()), high = std::max(op.getSequence(), op.getHidden());
    if (reflect.getAxes() != ArrayRef<int64_t>{low, high})
      return rewriter.notifyMatchFailure(op, "the reflected axes are not the mixed ones");
    rewriter.modifyOpInPlace(op, [&] { op.getInputMutable().assign(reflect.getInput()); });
    return success();
  }
};

/// mix.fourier (mix.fourier x) over the same axes => n d / 2 (x + reflect x).
struct FourierOfFourier : OpRewritePattern<FourierOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(FourierOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getInput().getDefiningOp<FourierOp>();
    if (!inner)
      return rewriter.notifyMatchFailure(op, "the input is not a mixing");
    int64_t low = std::min(op.getSequence(), op.getHidden()), high = std::max(op.getSequence(), op.getHidden());
    if (std::min(inner.getSequence(), inner.getHidden()) != static_cast<uint64_t>(low) ||
        std::max(inner.getSequence(), inner.getHidden()) != static_cast<uint64_t>(high))
      return rewriter.notifyMatchFailure(op, "the two mixings have different axes");
    auto type = inner.getInput().getType();
    if (!type.hasStaticShape())
      return rewriter.notifyMatchFailure(op, "the extents are dynamic");
    if (!inner->hasOneUse())
      return rewriter.notifyMatchFailure(op, "the first mixing is needed anyhow");
    Location loc = op.getLoc();
    double factor = 0.5 * static_cast<double>(type.getDimSize(low)) * static_cast<double>(type.getDimSize(high));
    Value reflected = ReflectOp::create(rewriter, loc, inner.getInput(), ArrayRef<int64_t>{low, high});
    Value sum = arith::AddFOp::create(rewriter, loc, inner.getInput(), reflected);
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
    Value mixed = FourierOp::create(rewriter, op.getLoc(), scaled->tensor, op.getSequence(), op.getHidden());
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
  if (auto mixing = getInput().getDefiningOp<FourierOp>()) {
    int64_t low = std::min(mixing.getSequence(), mixing.getHidden());
    int64_t high = std::max(mixing.getSequence(), mixing.getHidden());
    if (getAxes() == ArrayRef<int64_t>{low, high})
      return getInput();
  }
  return {};
}
