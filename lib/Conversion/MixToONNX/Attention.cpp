// mix.attention: the operator Attention where the opset has it and it says the same, else products and a softmax; and
// mix.linear_attention.
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

ArrayRef<int64_t> shapeOf(Value value) { return cast<RankedTensorType>(value.getType()).getShape(); }

/// [batch, count, sequence, size] of either layout.
Value splitHeads(Emitter &nodes, Value tensor, int64_t count) {
  ArrayRef<int64_t> shape = shapeOf(tensor);
  if (shape.size() == 4)
    return tensor;
  return nodes.transpose(nodes.reshape(tensor, {shape[0], shape[1], count, shape[2] / count}), {0, 2, 1, 3});
}

/// [batch, heads, sequence, size] from fewer heads, each repeated for its group.
Value repeatHeads(Emitter &nodes, Value tensor, int64_t heads) {
  if (!tensor || shapeOf(tensor)[1] == heads)
    return tensor;
  SmallVector<int64_t> shape(shapeOf(tensor)), wide(shape);
  wide.insert(wide.begin() + 2, heads / shape[1]);
  shape[1] = heads;
  tensor = nodes.create("Expand", {nodes.unsqueeze(tensor, 2), nodes.ints(wide)});
  return nodes.reshape(tensor, shape);
}

/// [batch, heads, sequence, size] in the layout of `type`.
Value joinHeads(Emitter &nodes, Value tensor, RankedTensorType type) {
  if (!tensor || type.getRank() == 4)
    return tensor;
  return nodes.reshape(nodes.transpose(tensor, {0, 2, 1, 3}), type.getShape());
}

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
    bool rowsAgree = !mayBeEmpty() || (op.getMaskedRows() == mix::MaskedRows::Zero && !op.getFill());
    bool fillVanishes = !op.getFill() || (!op.getMask() && !op.getLengths() && !isWindowed());
    return nodes.opset() >= attentionSince && rowsAgree && fillVanishes && !op.getBiasBeforeCap() && !op.getScores() &&
           op.getScale().convertToDouble() > 0;
  }

  /// True if a query may see no key. A bias of finite numbers hides none.
  bool mayBeEmpty() {
    ElementsAttr bias = op.getBias() ? matchConstant(op.getBias()) : ElementsAttr();
    if (!op.mayExcludeAllKeys() || op.getMask() || op.getLengths() || isWindowed() || !bias)
      return op.mayExcludeAllKeys();
    std::optional<std::vector<double>> values = readDoubles(bias);
    return !values || !llvm::all_of(*values, [](double value) { return std::isfinite(value); });
  }

  /// Runtimes want all queries and keys in a mask.
  Value spelledOut(Value mask) {
    if (!mask)
      return mask;
    SmallVector<int64_t> shape(shapeOf(mask));
    while (shape.size() < 2)
      shape.insert(shape.begin(), 1);
    shape[shape.size() - 2] = sizes.queries;
    shape.back() = sizes.keys;
    return ArrayRef(shape) == shapeOf(mask) ? mask : nodes.create("Expand", {mask, nodes.ints(shape)});
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
      inputs.push_back(mask ? spelledOut(mask) : nodes.none());
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

  /// Keys or values with those of the past before them, a head for each head of the queries.
  Value forQueries(Value past, Value now) {
    now = byHeads(now, kvHeads);
    if (past)
      now = nodes.create("Concat", {past, now}, nodes.attr("axis", int64_t(2)));
    return repeatHeads(nodes, now, heads);
  }

  Value byHeads(Value tensor, int64_t count) { return splitHeads(nodes, tensor, count); }
  Value result(Value output) { return joinHeads(nodes, output, op.getOutput().getType()); }

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
    Value query = byHeads(op.getQuery(), heads), key = forQueries(op.getPastKey(), op.getKey()),
          value = forQueries(op.getPastValue(), op.getValue());
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

/// mix.linear_attention: by the state of all keys where nothing but features decides, else by all pairs.
Results convertLinearAttention(mix::LinearAttentionOp op, Emitter &nodes) {
  mix::AttentionSizes sizes = op.getSizes();
  Type element = op.getQuery().getType().getElementType();
  int64_t heads = op.getHeads(), n = sizes.keys;
  Value query = splitHeads(nodes, op.getQuery(), heads);
  Value key = repeatHeads(nodes, splitHeads(nodes, op.getKey(), op.getKvHeads()), heads);
  Value value = repeatHeads(nodes, splitHeads(nodes, op.getValue(), op.getKvHeads()), heads);
  Value turned = nodes.transpose(key, {0, 1, 3, 2}), output, sum;
  auto sumOf = [&](Value x, int64_t axis) { return x ? nodes.create("ReduceSum", {x, nodes.ints(axis)}) : Value(); };
  double scale = op.getScale().convertToDouble(), epsilon = op.getEpsilon().convertToDouble();
  if (scale != 1 && (!op.getNormalised() || epsilon != 0)) // Else it is in both sums.
    query = nodes.create("Mul", {query, nodes.number(scale, element)});
  if (!op.getKernel() && !op.getCausal()) {
    output = nodes.create("MatMul", {query, nodes.create("MatMul", {turned, value})});
    if (op.getNormalised())
      sum = nodes.create("MatMul", {query, sumOf(turned, 3)});
  } else {
    Value weights = nodes.create("MatMul", {query, turned});
    if (op.getKernel()) { // c[j - i + n - 1] for all pairs
      Value distances = nodes.sharedConstant(llvm::formatv("distances {0}", n).str(), [&] {
        std::vector<double> numbers;
        for (int64_t i = 0; i < n; ++i)
          for (int64_t j = 0; j < n; ++j)
            numbers.push_back(static_cast<double>(j - i + n - 1));
        return makeConstant(RankedTensorType::get({n, n}, nodes.builder.getI64Type()), numbers, "distances");
      });
      weights = nodes.create(
          "Mul", {weights, nodes.create("Gather", {op.getKernel(), distances}, nodes.attr("axis", int64_t(1)))});
    }
    if (op.getCausal()) {
      Value seen = nodes.sharedConstant(llvm::formatv("triangle {0} {1}", n, element).str(), [&] {
        std::vector<double> numbers;
        for (int64_t i = 0; i < n; ++i)
          for (int64_t j = 0; j < n; ++j)
            numbers.push_back(j <= i);
        return makeConstant(RankedTensorType::get({n, n}, element), numbers, "triangle");
      });
      weights = nodes.create("Mul", {weights, seen});
    }
    output = nodes.create("MatMul", {weights, value});
    if (op.getNormalised())
      sum = sumOf(weights, 3);
  }
  if (op.getNormalised() && epsilon != 0)
    sum = nodes.create("Add", {sum, nodes.number(epsilon, element)});
  if (op.getNormalised())
    output = nodes.create("Div", {output, sum});
  return {joinHeads(nodes, output, op.getOutput().getType())};
}

Results convertAttention(mix::AttentionOp op, Emitter &nodes) { return AttentionWriter(op, nodes).write(); }
} // namespace

void fourmix::mix_to_onnx::addAttentionConversions(ConversionTable &table) {
  table.add<mix::AttentionOp>(convertAttention);
  table.add<mix::LinearAttentionOp>(convertLinearAttention);
}
