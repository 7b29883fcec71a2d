// Attention becomes gated attention, layer by layer, with gates and kernels from a calibration file.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "GatedAttention.h"
#include "LayerList.h"
#include "Remarks.h"
#include "Work.h"
#include "dialects/ONNX/IR/ONNX.h"
#include "fourmix/Rewrite/Passes.h"
#include "llvm/Support/FormatVariadic.h"

namespace fourmix {
#define GEN_PASS_DEF_ATTENTIONTOGATED
#include "fourmix/Rewrite/Passes.h.inc"
} // namespace fourmix

using namespace mlir;
using namespace fourmix;
using namespace fourmix::rewrite;

namespace {

constexpr llvm::StringLiteral passName = "attention-to-gated";

struct AttentionToGated : fourmix::impl::AttentionToGatedBase<AttentionToGated> {
  using AttentionToGatedBase::AttentionToGatedBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    llvm::Expected<CalibrationFile> file = CalibrationFile::read(calibration);
    if (!file)
      return reject(llvm::toString(file.takeError()));
    SmallVector<AttentionLayer> attentions = attentionLayers(function);
    llvm::Expected<std::set<int64_t>> asked = parseLayers(layers, countLayers(function));
    if (!asked)
      return reject("layers: " + llvm::toString(asked.takeError()));
    for (auto [number, attention] : attentions)
      if (asked->count(number) && failed(rewriteLayer(number, attention, *file)))
        return signalPassFailure();
  }

private:
  void reject(const Twine &message) {
    getOperation().emitError() << "--" << passName << ": " << message;
    signalPassFailure();
  }

  LogicalResult rewriteLayer(int64_t number, mix::AttentionOp attention, const CalibrationFile &file) {
    GatedAnalysis analysis = analyseGated(attention);
    if (!analysis.form) {
      remarkSkipped({passName, attention, number}, "mix.attention", analysis.reason);
      return success();
    }
    const GatedForm &form = *analysis.form;
    llvm::Expected<GatedParameters> parameters = GatedParameters::read(file, number, form);
    if (!parameters) {
      reject(llvm::toString(parameters.takeError()));
      return failure();
    }
    Value input = form.sublayer.input;
    Work before = WorkCounter(getOperation()).count(opsBetween(input, form.sublayer.output));
    if (failed(applyGated(form, *parameters)))
      return failure();
    Operation *producer = layerProducer(getOperation(), number);
    Work after = WorkCounter(getOperation()).count(opsBetween(input, producer->getResult(0)));
    bool wraps = parameters->kernel->shape[2] == form.tokens;
    SmallVector<Fact> facts = workFacts(before, after);
    facts.push_back({"components", parameters->components});
    facts.push_back({"kernel", wraps ? "circular" : "toeplitz"});
    remarkRewritten({passName, producer, number}, "mix.attention", "mix.gated",
                    llvm::formatv("attention over {0} tokens became gated {1} attention of {2} {3} per head: {4} "
                                  "parameters now, {5} before",
                                  form.tokens, wraps ? "circular" : "Toeplitz", parameters->components,
                                  parameters->components == 1 ? "component" : "components", after.parameters,
                                  before.parameters)
                        .str(),
                    facts);
    return success();
  }
};
} // namespace
