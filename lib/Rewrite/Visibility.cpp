// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Visibility.h"
#include "Dependence.h"
#include "Sublayer.h"
#include "dialects/ONNX/IR/ONNX.h"
#include "fourmix/Support/Constants.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::rewrite;
using onnx::NodeOp;

namespace {

/// What a constant of [.., queries, keys] hides, read as a mask.
struct Pattern {
  bool hides = false;  // some key from some query
  bool causal = false; // every later key
};

/// Numbers so low that a score plus one of them is never chosen.
constexpr double lowest = -1e4;

/// `hidden(value)` says which numbers hide a key.
Pattern readPattern(ArrayRef<double> values, int64_t queries, int64_t keys, llvm::function_ref<bool(double)> hidden) {
  Pattern pattern{false, true};
  int64_t matrix = queries * keys, later = 0;
  for (int64_t at = 0, e = static_cast<int64_t>(values.size()); at < e; ++at) {
    int64_t query = at % matrix / keys, key = at % keys;
    bool isHidden = hidden(values[at]), isLater = key > query + keys - queries;
    pattern.hides |= isHidden;
    later += isLater;
    pattern.causal &= isHidden || !isLater;
  }
  pattern.causal &= later > 0 && pattern.hides;
  return pattern;
}

class Reading {
public:
  Reading(mix::AttentionOp attention, Value input)
      : attention(attention), input(input), sizes(attention.getSizes()), dependence(*attention->getBlock()) {}

  Visibility run() {
    visibility.causal = attention.isCausal();
    visibility.windowed = !visibility.causal && (attention.getLeft() || attention.getRight());
    if (attention.getLengths())
      visibility.mask = "it has a padding mask (lengths)";
    if (Value mask = attention.getMask())
      readMask(mask);
    if (Value bias = attention.getBias())
      readBias(bias);
    return visibility;
  }

private:
  void readMask(Value mask) {
    visibility.causal |= hasCausalPart(mask);
    visibility.mask = dependence.onArguments(mask) ? "it has a mask that is computed from inputs (padding)"
                                                   : "it has a constant mask";
  }

  void readBias(Value bias) {
    visibility.causal |= hasCausalPart(bias);
    if (!dependence.onArguments(bias)) {
      std::optional<Pattern> pattern = patternOf(bias);
      if (pattern && pattern->hides)
        visibility.mask = "it has a constant mask";
      else
        visibility.bias = "its bias on the scores, the same for every input";
      return;
    }
    if (input && !opsBetween(input, bias).empty())
      visibility.bias = "its bias on the scores, which was computed from the tokens";
    else
      visibility.mask = "its scores get a bias that is computed from inputs (a padding mask)";
  }

  /// A constant as a mask; nullopt for what is none of [.., queries, keys], or cannot be read.
  std::optional<Pattern> patternOf(Value value) const {
    ElementsAttr constant = matchConstant(value);
    auto type = dyn_cast<RankedTensorType>(value.getType());
    bool isTruth = type && type.getElementType().isInteger(1), isReal = type && isa<FloatType>(type.getElementType());
    if (!constant || !(isTruth || isReal) || type.getRank() < 2 || sizes.queries < 2 ||
        type.getShape().back() != sizes.keys || type.getDimSize(type.getRank() - 2) != sizes.queries)
      return std::nullopt;
    std::optional<std::vector<double>> values = readDoubles(constant);
    if (!values)
      return std::nullopt;
    auto read = [&](llvm::function_ref<bool(double)> hidden) {
      return readPattern(*values, sizes.queries, sizes.keys, hidden);
    };
    if (isReal)
      return read([](double value) { return value <= lowest; });
    // Of truth values nobody knows which way round they are.
    Pattern falseHides = read([](double value) { return value == 0; });
    Pattern trueHides = read([](double value) { return value != 0; });
    return falseHides.causal ? falseHides : trueHides.causal ? trueHides : falseHides;
  }

  /// True if a constant from which the mask is computed hides all later keys.
  bool hasCausalPart(Value mask) const {
    llvm::SmallPtrSet<Operation *, 16> seen;
    SmallVector<Value> pending{mask};
    while (!pending.empty()) {
      Value value = pending.pop_back_val();
      if (value == input)
        continue;
      if (std::optional<Pattern> pattern = patternOf(value); pattern && pattern->causal)
        return true;
      // Beyond products and mixings are activations.
      auto node = value.getDefiningOp<NodeOp>();
      if (node && !node.is("MatMul") && !node.is("Gemm") && !node.is("Softmax") && seen.insert(node).second)
        llvm::append_range(pending, node.getInputs());
    }
    return false;
  }

  mix::AttentionOp attention;
  Value input;
  mix::AttentionSizes sizes;
  Dependence dependence;
  Visibility visibility;
};
} // namespace

Visibility rewrite::describeVisibility(mix::AttentionOp attention, Value input) {
  return Reading(attention, input).run();
}
