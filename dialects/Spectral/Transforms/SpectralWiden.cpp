// Transforms of half precision are computed in single precision: a spectrum's first coefficient is the sum of the
// signal, which f16 cannot hold for long signals, and the roots of unity have more digits than either type.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Spectral/Transforms/Passes.h"
#include "fourmix/Support/Constants.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

namespace fourmix::spectral {
#define GEN_PASS_DEF_SPECTRALWIDEN
#include "dialects/Spectral/Transforms/Passes.h.inc"
} // namespace fourmix::spectral

using namespace mlir;
using namespace fourmix;
using namespace fourmix::spectral;

namespace {

RankedTensorType withElement(Value value, Type element) {
  return cast<RankedTensorType>(value.getType()).clone(element);
}

/// `value` with other floats as elements. CastOp: arith.extf or arith.truncf.
template <typename CastOp>
Value castElements(OpBuilder &b, Location loc, Value value, Type element) {
  RankedTensorType type = withElement(value, element);
  AffineMap identity = b.getMultiDimIdentityMap(type.getRank());
  SmallVector<utils::IteratorType> parallel(type.getRank(), utils::IteratorType::parallel);
  Value empty = tensor::EmptyOp::create(b, loc, tensor::getMixedSizes(b, loc, value), element);
  return linalg::GenericOp::create(b, loc, type, value, empty, {identity, identity}, parallel,
                                   [&](OpBuilder &body, Location at, ValueRange elements) {
                                     Value cast = CastOp::create(body, at, element, elements[0]);
                                     linalg::YieldOp::create(body, at, cast);
                                   })
      .getResult(0);
}

/// `value` in f32. A constant becomes another constant: a filter is placed on a device by its values.
Value extend(OpBuilder &b, Location loc, Value value) {
  if (ElementsAttr constant = matchConstant(value))
    if (std::optional<std::vector<double>> numbers = readDoubles(constant))
      return arith::ConstantOp::create(b, loc, makeConstant(withElement(value, b.getF32Type()), *numbers, "wide"));
  return castElements<arith::ExtFOp>(b, loc, value, b.getF32Type());
}

struct SpectralWiden : fourmix::spectral::impl::SpectralWidenBase<SpectralWiden> {
  void runOnOperation() override {
    SmallVector<Operation *> narrow;
    getOperation()->walk([&](PlannableOpInterface op) {
      Type element = cast<RankedTensorType>(op->getResult(0).getType()).getElementType();
      if (element.getIntOrFloatBitWidth() < 32)
        narrow.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    DenseMap<Value, Value> wide; // a narrow result and what it was rounded from
    for (Operation *op : narrow)
      widen(rewriter, op, wide);
  }

  static void widen(IRRewriter &rewriter, Operation *op, DenseMap<Value, Value> &wide) {
    rewriter.setInsertionPoint(op);
    Type element = cast<RankedTensorType>(op->getResult(0).getType()).getElementType(), f32 = rewriter.getF32Type();
    IRMapping operands;
    for (Value operand : op->getOperands()) {
      Value whole = wide.lookup(operand);
      operands.map(operand, whole ? whole : extend(rewriter, op->getLoc(), operand));
    }
    Operation *widened = rewriter.clone(*op, operands);
    for (auto [result, whole] : llvm::zip_equal(op->getResults(), widened->getResults())) {
      whole.setType(withElement(whole, f32));
      if (result.use_empty())
        continue;
      Value rounded = castElements<arith::TruncFOp>(rewriter, op->getLoc(), whole, element);
      rewriter.replaceAllUsesWith(result, rounded);
      wide[rounded] = whole;
    }
    rewriter.eraseOp(op);
  }
};

} // namespace
