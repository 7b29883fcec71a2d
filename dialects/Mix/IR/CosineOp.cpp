// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "FourierChecks.h"
#include "dialects/Mix/IR/Mix.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace fourmix::mix;

void CosineOp::build(OpBuilder &builder, OperationState &state, Value input, std::optional<int64_t> sequence,
                     std::optional<int64_t> hidden, bool inverse, bool ortho) {
  auto axis = [&](std::optional<int64_t> axis) { return axis ? builder.getI64IntegerAttr(*axis) : IntegerAttr(); };
  auto unit = [&](bool is) { return is ? builder.getUnitAttr() : UnitAttr(); };
  build(builder, state, input.getType(), input, axis(sequence), axis(hidden), unit(inverse), unit(ortho));
}

LogicalResult CosineOp::verify() { // cosine_c2, cosine_c3
  return verifyMixedAxes(*this, getSequenceAttr(), getHiddenAttr());
}

Value CosineOp::getMixed() { return getInput(); }
SmallVector<int64_t> CosineOp::getMixedAxes() { return listMixedAxes(getSequence(), getHidden()); }
bool CosineOp::isLinear() { return true; }
bool CosineOp::isConvolution() { return false; }
SmallVector<Value> CosineOp::getParameters() { return {}; }
double CosineOp::getFlops() { return countTransformFlops(getInput().getType(), getMixedAxes()); }

std::optional<std::pair<int64_t, int64_t>> CosineOp::joinAxes(CosineOp inner) {
  SmallVector<int64_t> first = inner.getMixedAxes(), second = getMixedAxes();
  if (inner.getInverse() != getInverse() || inner.getOrtho() != getOrtho() || first.size() != 1 || second.size() != 1 ||
      first == second)
    return std::nullopt;
  // The names that they have stay, where they differ; otherwise the sequence comes first.
  if (inner.getSequence().has_value() == getSequence().has_value())
    return std::pair(std::min(first[0], second[0]), std::max(first[0], second[0]));
  return inner.getSequence() ? std::pair(first[0], second[0]) : std::pair(second[0], first[0]);
}

OpFoldResult CosineOp::fold(FoldAdaptor adaptor) {
  if (haveExtentOne(getInput().getType(), getMixedAxes())) // All weights of one point are 1.
    return getInput();
  if (matchPattern(adaptor.getInput(), m_AnyZeroFloat()))
    return adaptor.getInput();
  // One undoes the other.
  auto inner = getInput().getDefiningOp<CosineOp>();
  if (inner && inner.getInverse() != getInverse() && inner.getOrtho() == getOrtho() &&
      inner.getMixedAxes() == getMixedAxes())
    return inner.getInput();
  return {};
}

namespace {
/// A cosine mixing of one axis after that of another => one of both.
struct CosineOfCosine : OpRewritePattern<CosineOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(CosineOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getInput().getDefiningOp<CosineOp>();
    auto axes = inner && inner->hasOneUse() ? op.joinAxes(inner) : std::nullopt;
    if (!axes)
      return rewriter.notifyMatchFailure(op, "the input is not the same transform of another axis, or needed anyhow");
    rewriter.replaceOpWithNewOp<CosineOp>(op, inner.getInput(), axes->first, axes->second, op.getInverse(),
                                          op.getOrtho());
    return success();
  }
};

/// mix.cosine (x * c) => (mix.cosine x) * c for one constant number c.
struct ScaleAfterCosine : OpRewritePattern<CosineOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(CosineOp op, PatternRewriter &rewriter) const override {
    std::optional<Scaled> scaled = matchScaled(op.getInput());
    if (!scaled)
      return rewriter.notifyMatchFailure(op, "the input is not scaled by one constant, or by too few bits");
    Value mixed = CosineOp::create(rewriter, op.getLoc(), scaled->tensor, op.getSequence(), op.getHidden(),
                                   op.getInverse(), op.getOrtho());
    Value constant = arith::ConstantOp::create(rewriter, op.getLoc(), getSplat(op.getType(), scaled->factor));
    rewriter.replaceOpWithNewOp<arith::MulFOp>(op, mixed, constant);
    return success();
  }
};
} // namespace

void CosineOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<CosineOfCosine, ScaleAfterCosine>(context);
}
