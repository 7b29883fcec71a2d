// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Mix/IR/Mix.h"
#include <cmath>

using namespace mlir;
using namespace fourmix::mix;

namespace {

/// Extents of a query, key or value: [batch, heads, sequence, size], whatever its layout.
struct Heads {
  int64_t batch, heads, sequence, size;
};

std::optional<Heads> splitHeads(RankedTensorType type, int64_t heads) {
  ArrayRef<int64_t> shape = type.getShape();
  if (shape.size() == 4 && shape[1] == heads)
    return Heads{shape[0], shape[1], shape[2], shape[3]};
  if (shape.size() == 3 && shape[2] % heads == 0)
    return Heads{shape[0], heads, shape[1], shape[2] / heads};
  return std::nullopt;
}

bool broadcasts(ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
  return from.size() <= to.size() && llvm::all_of(llvm::zip(from, to.take_back(from.size())), [](auto extents) {
           return std::get<0>(extents) == 1 || std::get<0>(extents) == std::get<1>(extents);
         });
}

std::string shapeText(ArrayRef<int64_t> shape) {
  std::string text = "[";
  for (auto [i, extent] : llvm::enumerate(shape))
    text += (i ? ", " : "") + std::to_string(extent);
  return text + "]";
}

} // namespace

//===----------------------------------------------------------------------===//
// mix.attention
//===----------------------------------------------------------------------===//

AttentionOp::Sizes AttentionOp::getSizes() {
  Heads query = *splitHeads(getQuery().getType(), getHeads()), key = *splitHeads(getKey().getType(), getKvHeads()),
        value = *splitHeads(getValue().getType(), getKvHeads());
  int64_t past = getPastKey() ? getPastKey().getType().getDimSize(2) : 0;
  return {query.batch, query.sequence, key.sequence + past, past, query.size, value.size};
}

LogicalResult AttentionOp::verify() {
  int64_t heads = getHeads(), kvHeads = getKvHeads();
  if (heads < 1 || kvHeads < 1 || heads % kvHeads != 0) // attention_c1
    return emitOpError() << "kv_heads must divide heads, found " << kvHeads << " and " << heads;
  for (Type type : llvm::concat<const Type>(getOperandTypes(), getResultTypes()))
    if (!cast<RankedTensorType>(type).hasStaticShape())
      return emitOpError() << "expected static shapes, found " << type;
  std::optional<Heads> parts[4];
  std::pair<const char *, RankedTensorType> tensors[] = {{"query", getQuery().getType()},
                                                         {"key", getKey().getType()},
                                                         {"value", getValue().getType()},
                                                         {"output", getOutput().getType()}};
  for (auto [i, tensor] : llvm::enumerate(tensors)) { // attention_c2
    int64_t count = i == 1 || i == 2 ? kvHeads : heads;
    parts[i] = splitHeads(tensor.second, count);
    if (!parts[i])
      return emitOpError() << tensor.first << " must be [batch, sequence, " << count << " * size] or [batch, " << count
                           << ", sequence, size], found " << tensor.second;
    if (tensor.second.getElementType() != tensors[0].second.getElementType()) // attention_c3
      return emitOpError() << tensor.first << " must have the element type of query, "
                           << tensors[0].second.getElementType() << ", found " << tensor.second;
  }
  auto [query, key, value, output] = std::tuple(*parts[0], *parts[1], *parts[2], *parts[3]);
  auto text = [](const Heads &x) { return shapeText({x.batch, x.heads, x.sequence, x.size}); };
  if (key.batch != query.batch || value.batch != query.batch || key.sequence != value.sequence ||
      key.size != query.size || output.batch != query.batch || output.sequence != query.sequence ||
      output.size != value.size) // attention_c3
    return emitOpError() << "query " << text(query) << ", key " << text(key) << ", value " << text(value)
                         << " and output " << text(output) << " ([batch, heads, sequence, size]) do not fit";
  int64_t past = 0;
  if (static_cast<bool>(getPastKey()) != static_cast<bool>(getPastValue())) // attention_c4
    return emitOpError() << "past_key and past_value must stand together";
  if (getPastKey()) { // attention_c4
    ArrayRef<int64_t> pastKey = getPastKey().getType().getShape(), pastValue = getPastValue().getType().getShape();
    if (pastKey.size() == 4)
      past = pastKey[2];
    if (pastKey != ArrayRef<int64_t>{key.batch, kvHeads, past, key.size} ||
        pastValue != ArrayRef<int64_t>{key.batch, kvHeads, past, value.size})
      return emitOpError() << "past " << shapeText(pastKey) << ", " << shapeText(pastValue) << " does not fit key "
                           << text(key) << " and value " << text(value) << " ([batch, heads, sequence, size])";
  }
  SmallVector<int64_t> scores = {query.batch, heads, query.sequence, key.sequence + past};
  for (auto [name, operand] : {std::pair("mask", Value(getMask())), {"bias", Value(getBias())}})
    if (operand && !broadcasts(cast<RankedTensorType>(operand.getType()).getShape(), scores)) // attention_c5
      return emitOpError() << name << " must broadcast to " << shapeText(scores) << ", found " << operand.getType();
  Type element = getQuery().getType().getElementType();
  for (Value operand : {Value(getBias()), Value(getPastKey()), Value(getPastValue())})
    if (operand && cast<RankedTensorType>(operand.getType()).getElementType() != element) // attention_c4, c5
      return emitOpError() << "expected elements of " << element << ", found " << operand.getType();
  if (getLengths() && getLengths().getType().getShape() != ArrayRef<int64_t>{query.batch}) // attention_c6
    return emitOpError() << "lengths must have shape " << shapeText(query.batch) << ", found "
                         << getLengths().getType();
  if (getEndAligned() && !getLengths()) // attention_c6
    return emitOpError() << "end_aligned needs lengths";
  for (auto [name, bound] : {std::pair("left", getLeft()), {"right", getRight()}})
    if (bound && static_cast<int64_t>(*bound) < 0) // attention_c7
      return emitOpError() << name << " must not be negative, found " << static_cast<int64_t>(*bound);
  if (getSoftcap() && !(getSoftcap()->convertToDouble() > 0)) // attention_c7
    return emitOpError() << "softcap must be positive, found " << getSoftcap()->convertToDouble();
  if (getBiasBeforeCap() && !getSoftcap()) // attention_c7
    return emitOpError() << "bias_before_cap needs a softcap";
  if (getScale().isNaN() || (getFill() && getFill()->isNaN())) // attention_c7
    return emitOpError() << "scale and fill must be numbers";
  if (static_cast<bool>(getScores()) != getScoresStage().has_value()) // attention_c8
    return emitOpError() << "the second result and its stage must stand together";
  if (getScores() && getScores().getType() != RankedTensorType::get(scores, element)) // attention_c8
    return emitOpError() << "scores must be " << RankedTensorType::get(scores, element) << ", found "
                         << getScores().getType();
  return success();
}

bool AttentionOp::mayExcludeAllKeys() {
  if (getMask() || getLengths())
    return true;
  Sizes sizes = getSizes();
  int64_t first = static_cast<int64_t>(getOffset()), last = first + sizes.queries - 1;
  // The first query's last key and the last query's first.
  bool beforeAll = getRight() && first + static_cast<int64_t>(*getRight()) < 0;
  bool afterAll = getLeft() && last - static_cast<int64_t>(*getLeft()) >= sizes.keys;
  return beforeAll || afterAll || getBias();
}

Value AttentionOp::getMixed() { return getValue(); }
SmallVector<int64_t> AttentionOp::getMixedAxes() { return {getValue().getType().getRank() - 2}; }
bool AttentionOp::isLinear() { return true; }
bool AttentionOp::isConvolution() { return false; }
SmallVector<Value> AttentionOp::getParameters() { return {}; }

double AttentionOp::getFlops() {
  Sizes sizes = getSizes();
  double scores = static_cast<double>(sizes.batch * static_cast<int64_t>(getHeads())) *
                  static_cast<double>(sizes.queries) * static_cast<double>(sizes.keys);
  constexpr double softmax = 5; // scale, maximum, exp, sum, quotient
  return scores * (2.0 * static_cast<double>(sizes.size + sizes.valueSize) + softmax);
}
