// Attention becomes FNet's mixing, layer by layer.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CalibrationFile.h"
#include "LayerList.h"
#include "Remarks.h"
#include "Sublayer.h"
#include "Visibility.h"
#include "Work.h"
#include "dialects/ONNX/Ops/NodeBuilder.h"
#include "dialects/ONNX/Ops/Opset.h"
#include "fourmix/Rewrite/Passes.h"
#include "fourmix/Support/Constants.h"
#include "fourmix/Support/EraseDead.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

namespace fourmix {
#define GEN_PASS_DEF_ATTENTIONTOFOURIER
#include "fourmix/Rewrite/Passes.h.inc"
} // namespace fourmix

using namespace mlir;
using namespace fourmix;
using namespace fourmix::rewrite;

namespace {

constexpr llvm::StringLiteral passName = "attention-to-fourier";

/// What of the sublayer's projections stays.
struct Keep {
  bool value = false, output = false;

  static std::optional<Keep> named(StringRef text) {
    if (text == "none")
      return Keep{};
    if (text == "output")
      return Keep{false, true};
    if (text == "value")
      return Keep{true, false};
    if (text == "value+output")
      return Keep{true, true};
    return std::nullopt;
  }
};

/// A tensor of tokens and which of its axes is what.
struct Tokens {
  enum Layout { Stream, Heads } layout; // as the residual stream has it, or [batch, heads, sequence, size]
  int64_t sequence;                     // the axis of tokens
  RankedTensorType type;

  static Tokens ofStream(const Sublayer &sublayer) { return {Stream, sublayer.sequence, sublayer.getType()}; }
  static Tokens ofAttention(Value tensor) {
    auto type = cast<RankedTensorType>(tensor.getType());
    return type.getRank() == 4 ? Tokens{Heads, 2, type} : Tokens{Stream, 1, type};
  }
  /// Features of one token.
  int64_t width() const { return layout == Heads ? type.getDimSize(1) * type.getDimSize(3) : type.getShape().back(); }
};

/// `value` from one layout to another; both hold the same tokens of the same width.
Value moveTokens(onnx::NodeBuilder &nodes, Value value, const Tokens &from, const Tokens &to) {
  if (from.layout == to.layout && from.type.getShape() == to.type.getShape() && from.sequence == to.sequence)
    return value;
  // By way of [batch, sequence, width].
  int64_t sequence = from.type.getDimSize(from.sequence), batch = from.type.getNumElements() / sequence / from.width();
  if (from.layout == Tokens::Heads)
    value = nodes.transpose(value, {0, 2, 1, 3});
  else if (from.sequence == 0 && from.type.getRank() == 3)
    value = nodes.transpose(value, {1, 0, 2});
  if (to.layout == Tokens::Heads) {
    value = nodes.reshape(value, {batch, sequence, to.type.getDimSize(1), to.type.getDimSize(3)});
    return nodes.transpose(value, {0, 2, 1, 3});
  }
  if (to.sequence == 0 && to.type.getRank() == 3) {
    value = nodes.reshape(value, {batch, sequence, to.width()});
    return nodes.transpose(value, {1, 0, 2});
  }
  return nodes.reshape(value, to.type.getShape());
}

/// " of the values, and their projection stays", …
std::string describeKept(const Keep &kept) {
  if (kept.value && kept.output)
    return " of its values, value and output projections stay";
  if (kept.value)
    return " of its values, the value projection stays";
  return kept.output ? ", the output projection stays" : "";
}

struct AttentionToFourier : fourmix::impl::AttentionToFourierBase<AttentionToFourier> {
  using AttentionToFourierBase::AttentionToFourierBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    std::optional<Keep> kept = Keep::named(keep);
    if (!kept)
      return reject("keep: expected none, output, value or value+output, but found '" + keep + "'");
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
      FailureOr<bool> done = rewriteLayer(number, attention, *kept);
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

  /// Why this attention cannot be a Fourier mixing; empty where it can.
  std::string obstacle(mix::AttentionOp attention, const SublayerAnalysis &analysis, const Visibility &visibility,
                       const Keep &kept) {
    if (attention.getScores() && !attention.getScores().use_empty())
      return "its weights are used elsewhere, and a Fourier mixing has none";
    if (attention.getPastKey())
      return "it reads keys and values of earlier tokens (a cache), and a Fourier mixing has none";
    if (visibility.causal)
      return "it is causal: a Fourier mixing would show every token the ones after it";
    if (visibility.windowed)
      return "it is windowed: a Fourier mixing has no window, every token sees all others";
    if (!analysis.sublayer)
      return analysis.reason;
    if (!dropMask && !visibility.mask.empty())
      return visibility.mask +
             ": a Fourier mixing has no mask, padding would mix into every token (--drop-mask accepts that)";
    const Sublayer &sublayer = *analysis.sublayer;
    int64_t from = source(sublayer, kept).width(), to = target(sublayer, kept).width();
    if (kept.value && attention.getKvHeads() != attention.getHeads())
      return llvm::formatv("its {0} heads share values of {1}, so that the value projection cannot be kept",
                           attention.getHeads(), attention.getKvHeads());
    if (from != to)
      return llvm::formatv("the mixing would have {0} features where {1} are expected: keep={2} does not fit the sizes "
                           "of its heads",
                           from, to, keep);
    return "";
  }

  static Tokens source(Sublayer sublayer, const Keep &kept) {
    return kept.value ? Tokens::ofAttention(sublayer.attention.getValue()) : Tokens::ofStream(sublayer);
  }
  static Tokens target(Sublayer sublayer, const Keep &kept) {
    return kept.output ? Tokens::ofAttention(sublayer.attention.getOutput()) : Tokens::ofStream(sublayer);
  }

  /// True if the layer was rewritten; failure after an error.
  FailureOr<bool> rewriteLayer(int64_t number, mix::AttentionOp attention, const Keep &kept) {
    SublayerAnalysis analysis = analyseSublayer(attention);
    Visibility visibility = describeVisibility(attention, analysis.sublayer ? analysis.sublayer->input : Value());
    Operation *producer = analysis.sublayer ? analysis.sublayer->output.getDefiningOp() : attention.getOperation();
    if (std::string reason = obstacle(attention, analysis, visibility, kept); !reason.empty()) {
      remarkSkipped({passName, producer, number}, "mix.attention", reason);
      return false;
    }
    const Sublayer &sublayer = *analysis.sublayer;
    Value old = kept.output ? Value(attention.getOutput()) : sublayer.output;
    Tokens from = source(sublayer, kept), to = target(sublayer, kept);
    OpBuilder builder(old.getDefiningOp());
    onnx::NodeBuilder nodes(builder, attention.getLoc(), onnx::opsetOf(getOperation()->getParentOfType<ModuleOp>()));
    Value tokens = kept.value ? Value(attention.getValue()) : sublayer.input;
    // Heads side by side are the hidden axis.
    Tokens mixed = from;
    if (from.layout == Tokens::Heads) {
      mixed = {Tokens::Stream, 1,
               RankedTensorType::get({from.type.getDimSize(0), from.type.getDimSize(2), from.width()},
                                     from.type.getElementType())};
      tokens = moveTokens(nodes, tokens, from, mixed);
    }
    Value result = tokens ? Value(mix::FourierOp::create(builder, attention.getLoc(), tokens, mixed.sequence,
                                                         std::optional<int64_t>(mixed.type.getRank() - 1)))
                          : Value();
    FailureOr<Value> scaled = applyScale(nodes, result, mixed, number);
    if (failed(scaled))
      return failure();
    result = moveTokens(nodes, *scaled, mixed, to);
    if (!result)
      return failure();

    Work before = WorkCounter(getOperation()).count(opsBetween(sublayer.input, sublayer.output));
    onnx::passNameOn(old, result);
    Operation *last = old.getDefiningOp();
    if (last == producer) {
      passLayerOn(producer, result.getDefiningOp());
      producer = result.getDefiningOp();
    }
    old.replaceAllUsesWith(result);
    eraseDead(last, [](Operation *op) { return isa<onnx::ONNXDialect, mix::MixDialect>(op->getDialect()); });
    Work after = WorkCounter(getOperation()).count(opsBetween(sublayer.input, producer->getResult(0)));
    std::string words =
        llvm::formatv("attention over {0} tokens became Fourier mixing{1}: {2} parameters now, {3} before",
                      mixed.type.getDimSize(mixed.sequence), describeKept(kept), after.parameters, before.parameters);
    if (!visibility.mask.empty())
      words += "; " + visibility.mask + ", which is dropped: padding now mixes into every token";
    if (!visibility.bias.empty())
      words += "; " + visibility.bias + ", went with it";
    remarkRewritten({passName, producer, number}, "mix.attention", "mix.fourier", words, workFacts(before, after));
    return true;
  }

  /// `result` times the scale, which stands before a kept output projection; failure after an error.
  FailureOr<Value> applyScale(onnx::NodeBuilder &nodes, Value result, const Tokens &tokens, int64_t number) {
    Type element = tokens.type.getElementType();
    double points = static_cast<double>(tokens.type.getDimSize(tokens.sequence)) * tokens.width();
    if (!result || scale == "paper")
      return result;
    if (scale == "orthonormal")
      return nodes.create("Mul", {result, nodes.number(1 / std::sqrt(points), element)});
    for (auto [what, op] : {std::pair("scale", "Mul"), std::pair("bias", "Add")}) {
      std::string key = llvm::formatv("layer{0}.{1}", number, what);
      if (op == StringRef("Add") && !figures.find(key)) // A bias is a plus.
        continue;
      llvm::Expected<std::vector<double>> values = figures.numbers(key, tokens.width());
      if (!values) {
        reject(llvm::toString(values.takeError()));
        return failure();
      }
      auto type = RankedTensorType::get({static_cast<int64_t>(values->size())}, element);
      result = nodes.create(op, {result, nodes.constant(makeConstant(type, *values, key))});
    }
    return result;
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

  CalibrationFile figures;
};
} // namespace
