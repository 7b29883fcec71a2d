// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Mix/Transforms/Passes.h"
#include "fourmix/Support/Units.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/STLExtras.h"

namespace fourmix::mix {
#define GEN_PASS_DEF_MIXREPORT
#include "dialects/Mix/Transforms/Passes.h.inc"
} // namespace fourmix::mix

using namespace mlir;
using namespace fourmix;
using namespace fourmix::mix;

static std::string describe(MixingOpInterface op) {
  std::string text = op->getName().getStringRef().str() + " mixes axes ";
  llvm::raw_string_ostream stream(text);
  llvm::interleaveComma(op.getMixedAxes(), stream);
  stream << (op.isLinear() ? ": linear" : ": not linear") << (op.isConvolution() ? ", a convolution" : "");
  auto isStatic = [](Type type) { return !isa<ShapedType>(type) || cast<ShapedType>(type).hasStaticShape(); };
  if (!llvm::all_of(op->getOperandTypes(), isStatic) || !llvm::all_of(op->getResultTypes(), isStatic)) {
    stream << "; its shapes are not known yet";
    return text;
  }
  stream << "; " << op.getNumParameters() << " parameters, " << withPrefix(op.getFlops()) << "FLOP, "
         << withPrefix(static_cast<double>(op.getBytes())) << "B";
  return text;
}

namespace {
struct MixReport : fourmix::mix::impl::MixReportBase<MixReport> {
  void runOnOperation() override {
    getOperation()->walk([](MixingOpInterface op) {
      remark::analysis(op.getLoc(), remark::RemarkOpts::name("mixing").category("mix")) << describe(op);
    });
    markAllAnalysesPreserved();
  }
};
} // namespace
