// exp, tanh and erf of f32 as straight arithmetic on scalars or vectors: no call, no branch, no table.
//
// exp and tanh after Moshier's Cephes (expf, tanhf), erf after N. Juffa's two-piece approximation. Measured over all
// of f32: test/CPU/expand-math-accuracy.mlir.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/CPU/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace fourmix {
#define GEN_PASS_DEF_CPUEXPANDMATH
#include "fourmix/CPU/Passes.h.inc"
} // namespace fourmix

using namespace mlir;

namespace {

/// Arithmetic on values of one f32 type (scalar or vector), written as formulas.
class Formula {
public:
  Formula(OpBuilder &builder, Location loc, Type type) : b(builder), loc(loc), type(type) {}

  Value constant(float value) { return splat(type, b.getF32FloatAttr(value)); }
  Value add(Value x, Value y) { return arith::AddFOp::create(b, loc, x, y, contract); }
  Value sub(Value x, Value y) { return arith::SubFOp::create(b, loc, x, y, contract); }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, loc, x, y, contract); }
  Value div(Value x, Value y) { return arith::DivFOp::create(b, loc, x, y); }
  /// x * y + z, one rounding where the target has a fused multiply-add.
  Value mulAdd(Value x, Value y, Value z) { return add(mul(x, y), z); }
  Value abs(Value x) { return math::AbsFOp::create(b, loc, x); }
  Value greater(Value x, float y) { return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, x, constant(y)); }
  Value select(Value condition, Value x, Value y) { return arith::SelectOp::create(b, loc, condition, x, y); }

  /// c[0] x^n + c[1] x^(n-1) + … + c[n], by Horner's rule.
  Value polynomial(Value x, ArrayRef<float> c) {
    Value result = constant(c[0]);
    for (float coefficient : c.drop_front())
      result = mulAdd(result, x, constant(coefficient));
    return result;
  }

  Value copySign(Value magnitude, Value sign) { return math::CopySignOp::create(b, loc, magnitude, sign); }

  Value exp(Value x);
  Value tanh(Value x);
  Value erf(Value x);

private:
  Value splat(Type of, TypedAttr value) {
    if (auto vector = dyn_cast<VectorType>(of))
      return arith::ConstantOp::create(b, loc, vector, DenseElementsAttr::get(vector, Attribute(value)));
    return arith::ConstantOp::create(b, loc, value);
  }
  /// 2^n for an integer n in [-126, 127] held as i32, by its bits.
  Value powerOfTwo(Value n) {
    Type integer = n.getType();
    Value biased = arith::AddIOp::create(b, loc, n, splat(integer, b.getI32IntegerAttr(127)));
    Value bits = arith::ShLIOp::create(b, loc, biased, splat(integer, b.getI32IntegerAttr(23)));
    return arith::BitcastOp::create(b, loc, type, bits);
  }

  OpBuilder &b;
  Location loc;
  Type type;
  static constexpr arith::FastMathFlags contract = arith::FastMathFlags::contract;
};

Value Formula::exp(Value x) {
  // Beyond these bounds the result is 0 or infinity either way; inside them n fits two powers of two.
  Value clamped =
      arith::MinNumFOp::create(b, loc, arith::MaxNumFOp::create(b, loc, x, constant(-104.0f)), constant(89.0f));
  // n = round(x / ln 2): adding 1.5 * 2^23 rounds to an integer (plain adds, no contraction).
  Value scaled = arith::MulFOp::create(b, loc, clamped, constant(1.44269504088896341f));
  Value magic = constant(12582912.0f);
  Value n = arith::SubFOp::create(b, loc, arith::AddFOp::create(b, loc, scaled, magic), magic);
  Value r = sub(clamped, mul(n, constant(0.693359375f)));
  r = sub(r, mul(n, constant(-2.12194440e-4f)));
  Value p = polynomial(
      r, {1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f});
  Value y = add(mulAdd(mul(r, r), p, r), constant(1.0f));
  // 2^n in two halves, so that results below the normal range round once and those above it overflow.
  Type integer = b.getI32Type();
  if (auto vector = dyn_cast<VectorType>(type))
    integer = vector.clone(integer);
  Value k = arith::FPToSIOp::create(b, loc, integer, n);
  Value half = arith::ShRSIOp::create(b, loc, k, splat(integer, b.getI32IntegerAttr(1)));
  Value rest = arith::SubIOp::create(b, loc, k, half);
  y = arith::MulFOp::create(b, loc, arith::MulFOp::create(b, loc, y, powerOfTwo(half)), powerOfTwo(rest));
  Value isNaN = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNO, x, x);
  return select(isNaN, x, y);
}

Value Formula::tanh(Value x) {
  Value magnitude = abs(x), z = mul(x, x);
  Value p =
      polynomial(z, {-5.70498872745e-3f, 2.06390887954e-2f, -5.37397155531e-2f, 1.33314422036e-1f, -3.33332819422e-1f});
  Value small = mulAdd(mul(p, z), x, x);
  Value e = exp(add(magnitude, magnitude));
  Value large = sub(constant(1.0f), div(constant(2.0f), add(e, constant(1.0f))));
  return select(greater(magnitude, 0.625f), copySign(large, x), small);
}

Value Formula::erf(Value x) {
  Value t = abs(x), s = mul(x, x);
  Value high = mulAdd(constant(-1.72853470e-5f), t, constant(3.83197126e-4f));
  Value low = mulAdd(constant(-3.88396438e-3f), t, constant(2.42546219e-2f));
  Value r = mulAdd(high, s, low);
  for (float c : {-1.06777877e-1f, -6.34846687e-1f, -1.28717512e-1f})
    r = mulAdd(r, t, constant(c));
  r = sub(mul(r, t), t);
  Value large = copySign(sub(constant(1.0f), exp(r)), x);
  Value p = polynomial(
      s, {-5.96761703e-4f, 4.99119423e-3f, -2.67681349e-2f, 1.12819925e-1f, -3.76125336e-1f, 1.28379166e-1f});
  return select(greater(t, 0.927734375f), large, mulAdd(p, x, x));
}

template <typename Op>
struct Expand : OpRewritePattern<Op> {
  using Function = Value (Formula::*)(Value);
  Expand(MLIRContext *context, Function function) : OpRewritePattern<Op>(context), function(function) {}

  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32())
      return rewriter.notifyMatchFailure(op, "element type is not f32");
    Formula formula(rewriter, op.getLoc(), op.getType());
    rewriter.replaceOp(op, (formula.*function)(op.getOperand()));
    return success();
  }
  Function function;
};

struct ExpandMath : fourmix::impl::CPUExpandMathBase<ExpandMath> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<Expand<math::ExpOp>>(&getContext(), &Formula::exp);
    patterns.add<Expand<math::TanhOp>>(&getContext(), &Formula::tanh);
    patterns.add<Expand<math::ErfOp>>(&getContext(), &Formula::erf);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
