// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "FourierForm.h"
#include "dialects/ONNX/Ops/NodeBuilder.h"
#include "dialects/ONNX/Ops/Opset.h"
#include "fourmix/Support/Constants.h"
#include "fourmix/Support/EraseDead.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace mlir;
using namespace fourmix;
using namespace fourmix::rewrite;

bool FourierOptions::keep(StringRef text) {
  keepValue = text.starts_with("value");
  keepOutput = text.ends_with("output");
  return llvm::is_contained({"none", "output", "value", "value+output"}, text);
}

static Tokens tokensOf(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  return type.getRank() == 4 ? Tokens{Tokens::Heads, 2, type} : Tokens{Tokens::Stream, 1, type};
}

/// Heads side by side are the hidden axis of a mixing.
static Tokens mixedTokens(const Tokens &from) {
  if (from.layout == Tokens::Stream)
    return from;
  auto type = RankedTensorType::get({from.type.getDimSize(0), from.count(), from.width()}, from.type.getElementType());
  return {Tokens::Stream, 1, type};
}

//===-- Analysis ----------------------------------------------------------===//

FourierAnalysis rewrite::analyseFourier(mix::AttentionOp attention, const FourierOptions &options) {
  auto refuse = [](const Twine &reason) { return FourierAnalysis{std::nullopt, reason.str()}; };
  SublayerAnalysis analysis = analyseSublayer(attention);
  Visibility visibility = describeVisibility(attention, analysis.sublayer ? analysis.sublayer->input : Value());
  if (attention.getScores() && !attention.getScores().use_empty())
    return refuse("its weights are used elsewhere, and a Fourier mixing has none");
  if (attention.getPastKey())
    return refuse("it reads keys and values of earlier tokens (a cache), and a Fourier mixing has none");
  if (visibility.causal)
    return refuse("it is causal: a Fourier mixing would show every token the ones after it");
  if (visibility.windowed)
    return refuse("it is windowed: a Fourier mixing has no window, every token sees all others");
  if (!analysis.sublayer)
    return refuse(analysis.reason);
  if (!options.dropMask && !visibility.mask.empty())
    return refuse(visibility.mask +
                  ": a Fourier mixing has no mask, padding would mix into every token (--drop-mask accepts that)");
  if (options.keepValue && attention.getKvHeads() != attention.getHeads())
    return refuse(llvm::formatv("its {0} heads share values of {1}, so that the value projection cannot be kept",
                                attention.getHeads(), attention.getKvHeads())
                      .str());
  Sublayer &sublayer = *analysis.sublayer;
  Tokens stream{Tokens::Stream, sublayer.sequence, sublayer.getType()};
  Tokens from = options.keepValue ? tokensOf(attention.getValue()) : stream;
  Tokens to = options.keepOutput ? tokensOf(attention.getOutput()) : stream;
  if (from.width() != to.width())
    return refuse(llvm::formatv("the mixing would have {0} features where {1} are expected, as the sizes of heads are: "
                                "other projections must be kept",
                                from.width(), to.width())
                      .str());
  Value tokens = options.keepValue ? Value(attention.getValue()) : sublayer.input;
  Value replaced = options.keepOutput ? Value(attention.getOutput()) : sublayer.output;
  return {FourierForm{std::move(sublayer), std::move(visibility), tokens, replaced, from, mixedTokens(from), to}, ""};
}

//===-- Factors -----------------------------------------------------------===//

FourierFactors FourierFactors::orthonormal(const FourierForm &form) {
  return {{1 / std::sqrt(static_cast<double>(form.mixed.count()) * static_cast<double>(form.mixed.width()))}, {}};
}

llvm::Expected<FourierFactors> FourierFactors::read(const CalibrationFile &file, int64_t layer,
                                                    const FourierForm &form) {
  FourierFactors factors;
  std::string prefix = "layer" + std::to_string(layer) + ".";
  llvm::Expected<std::vector<double>> scale = file.numbers(prefix + "scale", form.mixed.width());
  if (!scale)
    return scale.takeError();
  factors.scale = std::move(*scale);
  if (!file.find(prefix + "bias"))
    return factors;
  llvm::Expected<std::vector<double>> bias = file.numbers(prefix + "bias", form.mixed.width());
  if (!bias)
    return bias.takeError();
  factors.bias = std::move(*bias);
  return factors;
}

//===-- The rewrite -------------------------------------------------------===//

/// `value` from one layout to another; both hold the same tokens of the same width.
static Value moveTokens(onnx::NodeBuilder &nodes, Value value, const Tokens &from, const Tokens &to) {
  if (from.layout == to.layout && from.type.getShape() == to.type.getShape() && from.sequence == to.sequence)
    return value;
  // By way of [batch, sequence, width].
  int64_t batch = from.type.getNumElements() / from.count() / from.width();
  if (from.layout == Tokens::Heads)
    value = nodes.transpose(value, {0, 2, 1, 3});
  else if (from.sequence == 0 && from.type.getRank() == 3)
    value = nodes.transpose(value, {1, 0, 2});
  if (to.layout == Tokens::Heads) {
    value = nodes.reshape(value, {batch, from.count(), to.type.getDimSize(1), to.type.getDimSize(3)});
    return nodes.transpose(value, {0, 2, 1, 3});
  }
  if (to.sequence == 0 && to.type.getRank() == 3) {
    value = nodes.reshape(value, {batch, from.count(), to.width()});
    return nodes.transpose(value, {1, 0, 2});
  }
  return nodes.reshape(value, to.type.getShape());
}

/// `value` and a constant of one number or one per feature.
static Value combine(onnx::NodeBuilder &nodes, StringRef op, Value value, ArrayRef<double> numbers) {
  if (!value || numbers.empty())
    return value;
  SmallVector<int64_t> shape;
  if (numbers.size() > 1)
    shape.push_back(static_cast<int64_t>(numbers.size()));
  auto type = RankedTensorType::get(shape, getElementTypeOrSelf(value.getType()));
  return nodes.create(op, {value, nodes.constant(makeConstant(type, numbers, "fourier_factor"))});
}

Operation *rewrite::applyFourier(const FourierForm &form, const FourierFactors &factors) {
  mix::AttentionOp attention = form.sublayer.attention;
  Operation *last = form.replaced.getDefiningOp(), *producer = form.sublayer.output.getDefiningOp();
  OpBuilder builder(last);
  onnx::NodeBuilder nodes(builder, attention.getLoc(), onnx::opsetOf(attention->getParentOfType<ModuleOp>()));
  Value value = moveTokens(nodes, form.tokens, form.from, form.mixed);
  if (!value)
    return nullptr;
  value = mix::FourierOp::create(builder, nodes.loc, value, form.mixed.sequence,
                                 std::optional<int64_t>(form.mixed.type.getRank() - 1));
  value = combine(nodes, "Mul", value, factors.scale);
  value = combine(nodes, "Add", value, factors.bias);
  value = moveTokens(nodes, value, form.mixed, form.to);
  if (!value)
    return nullptr;
  onnx::passNameOn(form.replaced, value);
  if (last == producer) {
    passLayerOn(producer, value.getDefiningOp());
    producer = value.getDefiningOp();
  }
  Value replaced = form.replaced;
  replaced.replaceAllUsesWith(value);
  eraseDead(last, [](Operation *op) { return isa<onnx::ONNXDialect, mix::MixDialect>(op->getDialect()); });
  return producer;
}
