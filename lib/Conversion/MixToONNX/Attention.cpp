// mix.attention: the operator Attention where the opset has it and it says the same, else products and a softmax.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "MixToONNX.h"
#include "dialects/Mix/IR/Mix.h"
#include "fourmix/Support/Constants.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace mlir;
using namespace fourmix;
using namespace fourmix::mix_to_onnx;

namespace {

class AttentionWriter {
public:
  AttentionWriter(mix::AttentionOp op, Emitter &nodes)
      : op(op), nodes(nodes), sizes(op.getSizes()), heads(op.getHeads()), kvHeads(op.getKvHeads()),
        element(op.getQuery().getType().getElementType()) {}

  Results write() { return isOperator() ? asOperator() : inPieces(); }

private:
  static int64_t rankOf(Value value) { return cast<RankedTensorType>(value.getType()).getRank(); }

  //===--------------------------------------------------------------------===//
  // Masks
  //===--------------------------------------------------------------------===//

  bool isWindowed() { return op.getLeft() || op.getRight(); }

  /// Attention's own `is_causal`, in the one case in which all versions and runtimes agree on it.
  bool isPlainCausal() {
    return op.getRight() == 0 && !op.getLeft() && op.getOffset() == 0 && !op.getEndAligned() && !op.getPastKey() &&
           sizes.queries == sizes.keys;
  }

  /// A constant over [1, 1, queries, keys] of `number(q, k)`.
  template <typename Number>
  Value square(Type type, StringRef name, Number number) {
    std::string key = llvm::formatv("{0} {1} {2} {3} {4} {5} {6}", name, sizes.queries, sizes.keys, op.getOffset(),
                                    op.getLeft().value_or(-1), op.getRight().value_or(-1), type)
                          .str();
    return nodes.sharedConstant(key, [&] {
      auto tensor = RankedTensorType::get({1, 1, sizes.queries, sizes.keys}, type);
      std::vector<char> bytes;
      for (int64_t q = 0; q < sizes.queries; ++q)
        for (int64_t k = 0; k < sizes.keys; ++k) {
          int64_t value = number(q, k);
          const char *raw = reinterpret_cast<const char *>(&value);
          bytes.insert(bytes.end(), raw, raw + (type.isInteger(1) ? 1 : sizeof(value)));
        }
      return makeConstant(tensor, bytes, name);
    });
  }

  Value both(Value a, Value b) { return a && b ? nodes.create("And", {a, b}) : a ? a : b; }

  /// Which keys a query sees, as one boolean tensor; null where it sees all.
  Value seen(bool withWindow) {
    Value all = op.getMask();
    if (isWindowed() && withWindow && !op.getEndAligned())
      all = both(all, square(nodes.builder.getI1Type(), "window", [&](int64_t q, int64_t k) -> int64_t {
                   int64_t place = q + static_cast<int64_t>(op.getOffset());
                   return (!op.getLeft() || k >= place - static_cast<int64_t>(*op.getLeft())) &&
                          (!op.getRight() || k <= place + static_cast<int64_t>(*op.getRight()));
                 }));
    if (!op.getLengths())
      return all;
    Type i64 = nodes.builder.getI64Type();
    Value lengths = op.getLengths();
    if (!cast<RankedTensorType>(lengths.getType()).getElementType().isInteger(64)) {
      auto type = RankedTensorType::get({sizes.batch}, i64);
      lengths = nodes.createTyped("Cast", lengths, TypeRange(Type(type)), nodes.attr("to", int64_t(7))).getResult(0);
    }
    lengths = nodes.reshape(lengths, {sizes.batch, 1, 1, 1});
    Value position = square(i64, "positions", [](int64_t, int64_t k) { return k; });
    all = both(all, nodes.create("Less", {position, lengths}));
    if (!isWindowed() || !op.getEndAligned())
      return all;
    // k <= q + length - queries + offset + right, with the length on the other side.
    auto bound = [&](StringRef name, int64_t shift) {
      return square(i64, name, [&](int64_t q, int64_t k) {
        return k - q + sizes.queries - static_cast<int64_t>(op.getOffset()) + shift;
      });
    };
    if (op.getRight())
      all = both(all, nodes.create("LessOrEqual", {bound("right", -static_cast<int64_t>(*op.getRight())), lengths}));
    if (op.getLeft())
      all = both(all, nodes.create("GreaterOrEqual", {bound("left", static_cast<int64_t>(*op.getLeft())), lengths}));
    return all;
  }

  Value fill() { return nodes.number(op.getFill() ? op.getFill()->convertToDouble() : -HUGE_VAL, element); }

  //===--------------------------------------------------------------------===//
  // One node
  //===--------------------------------------------------------------------===//

  /// True if Attention says the same: rows without keys are zero there, and its scores stand at other stages.
  bool isOperator() {
    constexpr int64_t attentionSince = 23;
    bool rowsAgree = !op.mayExcludeAllKeys() || (op.getMaskedRows() == mix::MaskedRows::Zero && !op.getFill());
    bool fillVanishes = !op.getFill() || (!op.getMask() && !op.getLengths() && !isWindowed());
    return nodes.opset() >= attentionSince && rowsAgree && fillVanishes && !op.getBiasBeforeCap() && !op.getScores() &&
           op.getScale().convertToDouble() > 0;
  }

  Results asOperator() {
    bool isFlat = true;
    for (Value tensor : {Value(op.getQuery()), Value(op.getKey()), Value(op.getValue()), Value(op.getOutput())})
      isFlat &= rankOf(tensor) == 3;
    auto operand = [&](Value tensor, int64_t count) { return isFlat ? tensor : byHeads(tensor, count); };
    Value mask = seen(!isPlainCausal()), bias = op.getBias();
    if (mask && bias)
      mask = nodes.create("Where", {mask, bias, nodes.number(-HUGE_VAL, element)});
    else if (bias)
      mask = bias;
    SmallVector<Value> inputs{operand(op.getQuery(), heads), operand(op.getKey(), kvHeads),
                              operand(op.getValue(), kvHeads)};
    if (mask || op.getPastKey())
      inputs.push_back(mask ? mask : nodes.none());
    if (op.getPastKey())
      inputs.append({op.getPastKey(), op.getPastValue()});
    SmallVector<NamedAttribute> attrs{nodes.attr("is_causal", int64_t(isPlainCausal()))};
    if (isFlat)
      attrs.push_back(nodes.attr("kv_num_heads", kvHeads));
    if (isFlat)
      attrs.push_back(nodes.attr("q_num_heads", heads));
    attrs.push_back(nodes.realAttr("scale", op.getScale().convertToDouble()));
    if (op.getSoftcap())
      attrs.push_back(nodes.realAttr("softcap", op.getSoftcap()->convertToDouble()));
    if (llvm::any_of(inputs, [](Value input) { return !input; }))
      return {Value()};
    Value output = nodes.create("Attention", inputs, attrs);
    return {isFlat ? output : result(output)};
  }

  //===--------------------------------------------------------------------===//
  // Pieces
  //===--------------------------------------------------------------------===//

  /// [batch, count, sequence, size]
  Value byHeads(Value tensor, int64_t count) {
    if (rankOf(tensor) == 4)
      return tensor;
    ArrayRef<int64_t> shape = cast<RankedTensorType>(tensor.getType()).getShape();
    return nodes.transpose(nodes.reshape(tensor, {shape[0], shape[1], count, shape[2] / count}), {0, 2, 1, 3});
  }

  /// Keys or values with those of the past before them, a head for each head of the queries.
  Value forQueries(Value past, Value now, int64_t size) {
    now = byHeads(now, kvHeads);
    if (past)
      now = nodes.create("Concat", {past, now}, nodes.attr("axis", int64_t(2)));
    if (heads == kvHeads || !now)
      return now;
    SmallVector<int64_t> wide{sizes.batch, kvHeads, heads / kvHeads, sizes.keys, size};
    now = nodes.create("Expand", {nodes.unsqueeze(now, 2), nodes.ints(wide)});
    return nodes.reshape(now, {sizes.batch, heads, sizes.keys, size});
  }

  /// The output from [batch, heads, queries, size].
  Value result(Value output) {
    if (op.getOutput().getType().getRank() == 4)
      return output;
    return nodes.reshape(nodes.transpose(output, {0, 2, 1, 3}), op.getOutput().getType().getShape());
  }

  Value castTo(Value value, Type type) {
    if (!value || getElementTypeOrSelf(value.getType()) == type)
      return value;
    int64_t code = type.isF64() ? 11 : type.isF32() ? 1 : type.isF16() ? 10 : 16;
    return nodes
        .createTyped("Cast", value, TypeRange(Type(cast<RankedTensorType>(value.getType()).clone(type))),
                     nodes.attr("to", code))
        .getResult(0);
  }

  Results inPieces() {
    Value query = byHeads(op.getQuery(), heads), key = forQueries(op.getPastKey(), op.getKey(), sizes.size),
          value = forQueries(op.getPastValue(), op.getValue(), sizes.valueSize);
    Value scores = key ? nodes.create("MatMul", {query, nodes.transpose(key, {0, 1, 3, 2})}) : Value(), stage;
    auto number = [&](double value) { return nodes.number(value, element); };
    auto keep = [&](mix::ScoresStage reached) {
      if (op.getScoresStage() == reached)
        stage = scores;
    };
    if (double scale = op.getScale().convertToDouble(); scale != 1)
      scores = nodes.create("Mul", {scores, number(scale)});
    keep(mix::ScoresStage::Raw);
    if (op.getBias() && op.getBiasBeforeCap())
      scores = nodes.create("Add", {scores, op.getBias()});
    if (op.getSoftcap()) {
      Value cap = number(op.getSoftcap()->convertToDouble());
      scores = nodes.create("Div", {scores, cap});
      scores = scores ? nodes.create("Tanh", scores) : Value();
      scores = nodes.create("Mul", {scores, cap});
    }
    keep(mix::ScoresStage::Capped);
    if (op.getBias() && !op.getBiasBeforeCap())
      scores = nodes.create("Add", {scores, op.getBias()});
    if (Value all = seen(/*withWindow=*/true))
      scores = nodes.create("Where", {all, scores, fill()});
    keep(mix::ScoresStage::Masked);
    Type computed = element.getIntOrFloatBitWidth() < 32 ? nodes.builder.getF32Type() : element;
    Value weights = nodes.create("Softmax", castTo(scores, computed), nodes.attr("axis", int64_t(-1)));
    weights = castTo(weights, element);
    bool isGuarded = op.getMaskedRows() == mix::MaskedRows::Zero && !op.getFill() && op.mayExcludeAllKeys();
    if (isGuarded && weights)
      weights = nodes.create("Where", {nodes.create("IsNaN", weights), number(0), weights});
    if (op.getScoresStage() == mix::ScoresStage::Weights)
      stage = weights;
    Value output = result(value ? nodes.create("MatMul", {weights, value}) : Value());
    if (op.getScores())
      return {output, stage};
    return {output};
  }

  mix::AttentionOp op;
  Emitter &nodes;
  mix::AttentionSizes sizes;
  int64_t heads, kvHeads;
  Type element;
};

Results convertAttention(mix::AttentionOp op, Emitter &nodes) { return AttentionWriter(op, nodes).write(); }
} // namespace

void fourmix::mix_to_onnx::addAttentionConversions(ConversionTable &table) {
  table.add<mix::AttentionOp>(convertAttention);
}
