// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Reducer/ReductionPatterns.h"
#include "dialects/Mix/IR/Mix.h"
#include "dialects/ONNX/IR/ONNX.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Reducer/ReductionPatternInterface.h"
#include "mlir/Reducer/Tester.h"

using namespace mlir;
using namespace fourmix;

namespace {

/// op(.., x, ..) : type of x => x; zeros for a result of static type where no operand has that type. Only where the
/// module stays interesting, which is tried on a copy: reduction-tree itself would apply a pattern to all operations at
/// once, and cannot go on from a module that is interesting no more.
template <typename DialectT>
struct Bypass : RewritePattern {
  Bypass(MLIRContext *context, Tester &tester) : RewritePattern(MatchAnyOpTypeTag(), 1, context), tester(tester) {}

  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    if (!isa_and_present<DialectT>(op->getDialect()) || op->getNumResults() == 0 || op->getNumOperands() == 0)
      return rewriter.notifyMatchFailure(op, "not of this dialect, or a constant");
    IRMapping mapping;
    OwningOpRef<ModuleOp> copy = cast<ModuleOp>(op->getParentOfType<ModuleOp>()->clone(mapping));
    IRRewriter trial(mapping.lookup(op));
    if (failed(bypass(mapping.lookup(op), trial)) || tester.isInteresting(*copy).first != Tester::Interestingness::True)
      return rewriter.notifyMatchFailure(op, "is needed");
    return bypass(op, rewriter);
  }

  static LogicalResult bypass(Operation *op, RewriterBase &rewriter) {
    SmallVector<Value> values;
    for (Type type : op->getResultTypes()) {
      Value value = valueLike(op, type, rewriter);
      if (!value)
        return failure();
      values.push_back(value);
    }
    rewriter.replaceOp(op, values);
    return success();
  }

  static Value valueLike(Operation *op, Type type, RewriterBase &rewriter) {
    for (Value operand : op->getOperands())
      if (operand.getType() == type)
        return operand;
    auto tensor = dyn_cast<RankedTensorType>(type);
    auto zeros = tensor && tensor.hasStaticShape() ? dyn_cast_or_null<ElementsAttr>(rewriter.getZeroAttr(tensor))
                                                   : ElementsAttr();
    return zeros ? onnx::ConstantOp::create(rewriter, op->getLoc(), type, zeros, StringAttr()).getResult() : Value();
  }

  Tester &tester;
};

template <typename DialectT>
struct ReductionPatterns : DialectReductionPatternInterface {
  explicit ReductionPatterns(Dialect *dialect) : DialectReductionPatternInterface(dialect) {}
  void populateReductionPatterns(RewritePatternSet &) const override {}
  void populateReductionPatternsWithTester(RewritePatternSet &patterns, Tester &tester) const override {
    patterns.add<Bypass<DialectT>>(patterns.getContext(), tester);
  }
};

} // namespace

void fourmix::registerReductionPatterns(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, onnx::ONNXDialect *dialect) {
    dialect->addInterface<ReductionPatterns<onnx::ONNXDialect>>();
  });
  registry.addExtension(+[](MLIRContext *context, mix::MixDialect *dialect) {
    context->getOrLoadDialect<onnx::ONNXDialect>(); // of the zeros
    dialect->addInterface<ReductionPatterns<mix::MixDialect>>();
  });
}
