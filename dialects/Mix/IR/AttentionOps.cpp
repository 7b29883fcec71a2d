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

/// What every attention demands of its tensors; the queries, keys, values and output by heads.
std::optional<std::array<Heads, 4>> verifyHeads(Operation *op, int64_t heads, int64_t kvHeads) {
  if (heads < 1 || kvHeads < 1 || heads % kvHeads != 0) { // attention_c1
    op->emitOpError() << "kv_heads must divide heads, found " << kvHeads << " and " << heads;
    return std::nullopt;
  }
  for (Type type : llvm::concat<const Type>(op->getOperandTypes(), op->getResultTypes()))
    if (!cast<RankedTensorType>(type).hasStaticShape()) {
      op->emitOpError() << "expected static shapes, found " << type;
      return std::nullopt;
    }
  std::array<Heads, 4> parts;
  std::pair<const char *, Value> tensors[] = {{"query", op->getOperand(0)},
                                              {"key", op->getOperand(1)},
                                              {"value", op->getOperand(2)},
                                              {"output", op->getResult(0)}};
  auto typeOf = [](Value value) { return cast<RankedTensorType>(value.getType()); };
  Type element = typeOf(op->getOperand(0)).getElementType();
  for (auto [i, tensor] : llvm::enumerate(tensors)) { // attention_c2
    int64_t count = i == 1 || i == 2 ? kvHeads : heads;
    std::optional<Heads> split = splitHeads(typeOf(tensor.second), count);
    if (!split) {
      op->emitOpError() << tensor.first << " must be [batch, sequence, " << count << " * size] or [batch, " << count
                        << ", sequence, size], found " << tensor.second.getType();
      return std::nullopt;
    }
    if (typeOf(tensor.second).getElementType() != element) { // attention_c3
      op->emitOpError() << tensor.first << " must have the element type of query, " << element << ", found "
                        << tensor.second.getType();
      return std::nullopt;
    }
    parts[i] = *split;
  }
  auto [query, key, value, output] = parts;
  auto text = [](const Heads &x) { return shapeText({x.batch, x.heads, x.sequence, x.size}); };
  if (key.batch != query.batch || value.batch != query.batch || key.sequence != value.sequence ||
      key.size != query.size || output.batch != query.batch || output.sequence != query.sequence ||
      output.size != value.size) { // attention_c3
    op->emitOpError() << "query " << text(query) << ", key " << text(key) << ", value " << text(value) << " and output "
                      << text(output) << " ([batch, heads, sequence, size]) do not fit";
    return std::nullopt;
  }
  return parts;
}

} // namespace

//===----------------------------------------------------------------------===//
// mix.attention
//===----------------------------------------------------------------------===//

AttentionSizes AttentionOp::getSizes() {
  Heads query = *splitHeads(getQuery().getType(), getHeads()), key = *splitHeads(getKey().getType(), getKvHeads()),
        value = *splitHeads(getValue().getType(), getKvHeads());
  int64_t past = getPastKey() ? getPastKey().getType().getDimSize(2) : 0;
  return {query.batch, query.sequence, key.sequence + past, past, query.size, value.size};
}

LogicalResult AttentionOp::verify() {
  int64_t heads = getHeads(), kvHeads = getKvHeads();
  std::optional<std::array<Heads, 4>> parts = verifyHeads(*this, heads, kvHeads);
  if (!parts)
    return failure();
  auto [query, key, value, output] = *parts;
  auto text = [](const Heads &x) { return shapeText({x.batch, x.heads, x.sequence, x.size}); };
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

bool AttentionOp::isCausal() {
  AttentionSizes sizes = getSizes();
  // The place of a query among the keys, where both end together; with `end_aligned` the offset counts from there.
  int64_t own = getEndAligned() ? 0 : std::max<int64_t>(sizes.keys - sizes.queries, 0);
  return getRight() && static_cast<int64_t>(*getRight() + getOffset()) <= own;
}

bool AttentionOp::mayExcludeAllKeys() {
  if (getMask() || getLengths())
    return true;
  AttentionSizes sizes = getSizes();
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
  AttentionSizes sizes = getSizes();
  double scores = static_cast<double>(sizes.batch * static_cast<int64_t>(getHeads())) *
                  static_cast<double>(sizes.queries) * static_cast<double>(sizes.keys);
  constexpr double softmax = 5; // scale, maximum, exp, sum, quotient
  return scores * (2.0 * static_cast<double>(sizes.size + sizes.valueSize) + softmax);
}

//===----------------------------------------------------------------------===//
// mix.linear_attention
//===----------------------------------------------------------------------===//

AttentionSizes LinearAttentionOp::getSizes() {
  Heads query = *splitHeads(getQuery().getType(), getHeads()), key = *splitHeads(getKey().getType(), getKvHeads()),
        value = *splitHeads(getValue().getType(), getKvHeads());
  return {query.batch, query.sequence, key.sequence, 0, query.size, value.size};
}

LogicalResult LinearAttentionOp::verify() {
  std::optional<std::array<Heads, 4>> parts = verifyHeads(*this, getHeads(), getKvHeads());
  if (!parts)
    return failure();
  int64_t queries = (*parts)[0].sequence, keys = (*parts)[1].sequence;
  if (getKernel()) { // linear_attention_c4
    RankedTensorType type = getKernel().getType();
    int64_t heads = type.getRank() == 2 ? type.getDimSize(0) : 0;
    if ((heads != 1 && heads != static_cast<int64_t>(getHeads())) || type.getDimSize(1) != 2 * keys - 1 ||
        type.getElementType() != getQuery().getType().getElementType())
      return emitOpError() << "the kernel must be [1 or " << getHeads() << ", " << 2 * keys - 1 << "] of "
                           << getQuery().getType().getElementType() << ", found " << type;
  }
  if ((getKernel() || getCausal()) && queries != keys) // linear_attention_c5
    return emitOpError() << "expected as many queries as keys, found " << queries << " and " << keys;
  if (getScale().isNaN()) // linear_attention_c6
    return emitOpError() << "scale must be a number";
  double epsilon = getEpsilon().convertToDouble();
  if (!std::isfinite(epsilon) || epsilon < 0)
    return emitOpError() << "epsilon must be finite and not negative, found " << epsilon;
  if (epsilon != 0 && !getNormalised())
    return emitOpError() << "an epsilon needs `normalised`: it is added to the sum that divides";
  return success();
}

Value LinearAttentionOp::getMixed() { return getValue(); }
SmallVector<int64_t> LinearAttentionOp::getMixedAxes() { return {getValue().getType().getRank() - 2}; }
bool LinearAttentionOp::isLinear() { return true; }
bool LinearAttentionOp::isConvolution() { return false; }
SmallVector<Value> LinearAttentionOp::getParameters() {
  return getKernel() ? SmallVector<Value>{getKernel()} : SmallVector<Value>{};
}

double LinearAttentionOp::getFlops() {
  AttentionSizes sizes = getSizes();
  double rows = static_cast<double>(sizes.batch * static_cast<int64_t>(getHeads()));
  double state = static_cast<double>(sizes.size) * static_cast<double>(sizes.valueSize + (getNormalised() ? 1 : 0));
  if (!getKernel()) // The state takes every key in once, and is read by every query.
    return rows * 2 * state * static_cast<double>(sizes.queries + sizes.keys);
  // A Toeplitz product of each feature with each value, by transforms of twice the length, there and back.
  return rows * state * (fourierFlops(2 * sizes.keys) + 2 * static_cast<double>(sizes.queries));
}
