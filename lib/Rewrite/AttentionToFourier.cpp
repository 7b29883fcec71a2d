// Attention becomes FNet's mixing, layer by layer.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "FourierForm.h"
#include "LayerList.h"
#include "Remarks.h"
#include "Work.h"
#include "dialects/ONNX/IR/ONNX.h"
#include "fourmix/Rewrite/Passes.h"
#include "llvm/Support/FormatVariadic.h"

namespace fourmix {
#define GEN_PASS_DEF_ATTENTIONTOFOURIER
#include "fourmix/Rewrite/Passes.h.inc"
} // namespace fourmix

using namespace mlir;
using namespace fourmix;
using namespace fourmix::rewrite;

namespace {

constexpr llvm::StringLiteral passName = "attention-to-fourier";

/// " of the values, and their projection stays", …
std::string describeKept(const FourierOptions &kept) {
  if (kept.keepValue && kept.keepOutput)
    return " of its values, value and output projections stay";
  if (kept.keepValue)
    return " of its values, the value projection stays";
  return kept.keepOutput ? ", the output projection stays" : "";
}

struct AttentionToFourier : fourmix::impl::AttentionToFourierBase<AttentionToFourier> {
  using AttentionToFourierBase::AttentionToFourierBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (!options.keep(keep))
      return reject("keep: expected none, output, value or value+output, but found '" + keep + "'");
    options.dropMask = dropMask;
    if (scale != "paper" && scale != "orthonormal" && scale != "calibrated")
      return reject("scale: expected paper, orthonormal or calibrated, but found '" + scale + "'");
    if ((scale == "calibrated") != !calibration.empty())
      return reject("scale calibrated and a calibration file belong together: give both or none");
    if (!calibration.empty()) {
      llvm::Expected<CalibrationFile> read = CalibrationFile::read(calibration);
      if (!read)
        return reject(llvm::toString(read.takeError()));
      figures = std::move(*read);
    }
    SmallVector<AttentionLayer> attentions = attentionLayers(function);
    llvm::Expected<std::set<int64_t>> asked = parseLayers(layers, countLayers(function));
    if (!asked)
      return reject("layers: " + llvm::toString(asked.takeError()));
    int64_t rewritten = 0;
    for (auto [number, attention] : attentions) {
      if (!asked->count(number))
        continue;
      FailureOr<bool> done = rewriteLayer(number, attention);
      if (failed(done))
        return signalPassFailure();
      rewritten += *done;
    }
    if (rewritten)
      warn(rewritten, attentions.size());
    else if (!asked->empty())
      remarkNote({passName, function, std::nullopt}, "no attention layer became Fourier mixing");
  }

private:
  void reject(const Twine &message) {
    getOperation().emitError() << "--" << passName << ": " << message;
    signalPassFailure();
  }

  /// True if the layer was rewritten; failure after an error.
  FailureOr<bool> rewriteLayer(int64_t number, mix::AttentionOp attention) {
    FourierAnalysis analysis = analyseFourier(attention, options);
    if (!analysis.form) {
      remarkSkipped({passName, layerProducer(getOperation(), number), number}, "mix.attention", analysis.reason);
      return false;
    }
    const FourierForm &form = *analysis.form;
    FourierFactors factors;
    if (scale == "orthonormal")
      factors = FourierFactors::orthonormal(form);
    if (scale == "calibrated") {
      llvm::Expected<FourierFactors> read = FourierFactors::read(figures, number, form);
      if (!read) {
        reject(llvm::toString(read.takeError()));
        return failure();
      }
      factors = std::move(*read);
    }
    Work before = WorkCounter(getOperation()).count(opsBetween(form.sublayer.input, form.sublayer.output));
    Operation *producer = applyFourier(form, factors);
    if (!producer)
      return failure();
    Work after = WorkCounter(getOperation()).count(opsBetween(form.sublayer.input, producer->getResult(0)));
    std::string words =
        llvm::formatv("attention over {0} tokens became Fourier mixing{1}: {2} parameters now, {3} before",
                      form.mixed.count(), describeKept(options), after.parameters, before.parameters);
    if (!form.visibility.mask.empty())
      words += "; " + form.visibility.mask + ", which is dropped: padding now mixes into every token";
    if (!form.visibility.bias.empty())
      words += "; " + form.visibility.bias + ", went with it";
    remarkRewritten({passName, producer, number}, "mix.attention", "mix.fourier", words, workFacts(before, after));
    return true;
  }

  /// What a reader must know before using the result.
  void warn(int64_t rewritten, int64_t attentions) {
    std::string words = llvm::formatv(
        "{0} of {1} attention layers became Fourier mixing, which carries nothing of what they computed: "
        "without retraining this equals deleting them. Measured on all-MiniLM-L6-v2, all 6 layers: the "
        "cosine of sentence embeddings to the original's is .573 with attention deleted, .62 with Fourier "
        "mixing fitted by least squares. Retrain, or see --attention-to-gated",
        rewritten, attentions);
    remarkNote(
        {passName, getOperation(), std::nullopt}, words,
        {{"rewritten", rewritten}, {"attentions", attentions}, {"cosineDeleted", 0.573}, {"cosineFourier", 0.623}});
  }

  FourierOptions options;
  CalibrationFile figures;
};
} // namespace
