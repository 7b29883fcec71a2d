// mix.linear to matrix products.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Patterns.h"
#include "dialects/Mix/IR/Mix.h"
#include "lib/Emit/Einsum.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::lowering;

namespace {
/// mix.linear %x sequence s by %a hidden h by %b => the product with both, the cheaper one first.
struct ConvertLinear : OpConversionPattern<mix::LinearOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(mix::LinearOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op.getType());
    if (!type.hasStaticShape() || type.getNumElements() == 0)
      return rewriter.notifyMatchFailure(op, "shape is dynamic or empty");
    Emit e(rewriter, op.getLoc());
    Labels input, output;
    for (int64_t axis = 0; axis < type.getRank(); ++axis)
      input.push_back(static_cast<Label>(axis));
    output = input;
    Label rows = type.getRank(), columns = rows + 1;
    output[op.getSequence()] = rows;
    SmallVector<Value> operands = {adaptor.getInput(), adaptor.getSequenceMatrix()};
    SmallVector<Labels> labels = {input, {rows, input[op.getSequence()]}};
    if (op.getHidden()) {
      output[*op.getHidden()] = columns;
      operands.push_back(adaptor.getHiddenMatrix());
      labels.push_back({input[*op.getHidden()], columns});
    }
    rewriter.replaceOp(op, einsum(e, operands, labels, output, type.getShape()));
    return success();
  }
};
} // namespace

void fourmix::mix_to_spectral::populateLinearPatterns(RewritePatternSet &patterns) {
  patterns.add<ConvertLinear>(patterns.getContext());
}
