// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "AttentionMask.h"
#include "fourmix/Support/Constants.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"
#include <cmath>

using namespace mlir;
using fourmix::onnx::NodeOp;

namespace fourmix::onnx_to_mix {

namespace {

NodeOp producer(Value value) { return value ? value.getDefiningOp<NodeOp>() : NodeOp(); }

/// A number below this absorbs every score that is added to it: the sum is the number.
constexpr double absorbing = -1e30;
/// Summands up to this do not change an absorbing number.
constexpr double absorbed = 1e20;

/// True if nothing in the value can be as large as a fill: it is computed from integers, constants and products of
/// activations, which are as small as the scores themselves. An input of floats may hold a mask.
bool staysSmall(Value value) {
  constexpr size_t mostValues = 512;
  llvm::SetVector<Value> pending;
  pending.insert(value);
  for (size_t i = 0; i < pending.size(); ++i) {
    if (pending.size() > mostValues)
      return false;
    Value next = pending[i];
    if (!isa<FloatType>(getElementTypeOrSelf(next.getType())))
      continue;
    if (ElementsAttr constant = matchConstant(next)) {
      std::optional<std::vector<double>> values = readDoubles(constant);
      if (!values || llvm::any_of(*values, [](double v) { return !(std::abs(v) <= absorbed); }))
        return false;
      continue;
    }
    NodeOp node = producer(next);
    if (!node || !node.getDomain().empty())
      return false;
    static const StringRef small[] = {"MatMul",           "Gemm",    "Einsum", "Conv",   "LayerNormalization",
                                      "RMSNormalization", "Softmax", "Tanh",   "Sigmoid"};
    if (llvm::is_contained(small, node.getOpType()))
      continue;
    for (Value input : node.getInputs())
      if (isa<ShapedType>(input.getType()))
        pending.insert(input);
  }
  return true;
}

class MaskReader {
public:
  MaskReader(const AttentionForm &form, const Roles &roles, AttentionMiss &miss)
      : form(form), dims(form.dims), roles(roles), miss(miss) {}

  std::optional<MaskForm> run() {
    size_t outside = form.softcap ? form.termsOutsideCap : form.terms.size();
    for (size_t i = form.terms.size(); i-- > 0;) { // innermost first
      isInsideCap = i >= outside;
      if (!read(form.terms[i]))
        return std::nullopt;
    }
    if (!combine())
      return std::nullopt;
    roles = resolve(roles, dims);
    for (MaskTensor &tensor : result.seen)
      tensor.view.axes = dims.resolve(tensor.view.axes);
    for (Summand &summand : result.added)
      for (MaskTensor &tensor : summand.tensors)
        tensor.view.axes = dims.resolve(tensor.view.axes);
    readWindow();
    // A fill matters to rows that see nothing, and to keys whose score is lower still.
    bool rowsMayBeEmpty = !result.seen.empty() || (result.right && result.offset + *result.right < 0) ||
                          (result.left && isWindowPastTheEnd());
    if (result.fill && *result.fill <= absorbing && (!result.excludes() || !rowsMayBeEmpty))
      result.fill.reset();
    if (result.fill && !isFillStable(rowsMayBeEmpty))
      return fail(form.softmax, form.stabiliser == Stabiliser::None
                                    ? "exp without the maximum subtracted gives masked keys some weight"
                                    : "what it subtracts from rows without keys is not their maximum");
    result.dims = dims;
    return std::move(result);
  }

private:
  /// False if a row in which every score is the fill, or a score that is, comes out otherwise than after subtraction of
  /// the maximum. A fill whose exp is as good as -inf's becomes -inf where the scores are not shifted at all.
  bool isFillStable(bool rowsMayBeEmpty) {
    constexpr double leastPlain = -80; // exp of it is a number of 32 bits
    if (form.stabiliser == Stabiliser::Maximum || *result.fill >= leastPlain)
      return true;
    if (form.stabiliser == Stabiliser::Other)
      return !rowsMayBeEmpty;
    if (*result.fill > absorbing)
      return false;
    result.fill.reset(); // exp of it is 0
    return true;
  }

  std::nullopt_t fail(NodeOp node, std::string reason) {
    if (!miss.node) {
      miss.node = node;
      miss.reason = std::move(reason);
      miss.degree = 1;
    }
    return std::nullopt;
  }

  bool isWindowPastTheEnd() {
    return result.offset + dims.product(roles.queries) - 1 - *result.left >= dims.product(roles.keys);
  }

  /// One step of the masks, innermost first. Booleans stand as what is seen.
  struct Item {
    MaskTerm::Kind kind;
    NodeOp node;
    bool insideCap;
    SmallVector<MaskTensor, 0> tensors = {}; // Added: one
    double fill = 0;
    double bound = HUGE_VAL; // of the absolute value where Added; 0 for as small as scores are
  };

  bool read(const MaskTerm &term) {
    if (term.kind == MaskTerm::Added)
      return readAdded(term.tensor, term.factor, term.node, mostSteps);
    Item item{term.kind, term.node, isInsideCap};
    item.fill = term.fill;
    readSeen(term.tensor, term.trueIsSeen, item.tensors, mostSteps);
    if (!item.tensors.empty())
      items.push_back(std::move(item));
    return true;
  }

  Axes operandAxes(NodeOp node, unsigned i, const Axes &axes) {
    return alignBroadcast(dims.resolve(axes), *staticShape(node.getInput(i)), *staticShape(node.getResult(0)));
  }
  static bool isStatic(NodeOp node) {
    return llvm::all_of(node.getInputs(), [](Value input) { return staticShape(input).has_value(); }) &&
           staticShape(node.getResult(0));
  }

  /// A summand: nothing, a boolean mask in disguise, or a tensor.
  bool readAdded(View at, double factor, NodeOp node, int steps) {
    if (ElementsAttr constant = matchConstant(at.value))
      return readAddedConstant(at, constant, factor, node);
    NodeOp from = producer(at.value);
    if (from && from.getDomain().empty() && steps > 0 && isStatic(from)) {
      if (isView(from))
        if (std::optional<Axes> axes = viewOperandAxes(from, dims.resolve(at.axes), dims))
          return readAdded({from.getInput(0), *axes}, factor, node, steps - 1);
      if (std::optional<ScaledOperand> scaled = matchScale(from))
        return readAdded({scaled->tensor, at.axes}, factor * scaled->factor, node, steps - 1);
      if (from.is("Where"))
        if (std::optional<Item> item = matchFill(from, at, factor)) {
          item->node = node;
          if (!item->tensors.empty())
            items.push_back(std::move(*item));
          return true;
        }
      // A sum of a constant and something else is two masks.
      if (from.is("Add") &&
          llvm::any_of(from.getInputs(), [](Value input) { return static_cast<bool>(matchConstant(input)); }))
        return readAdded({from.getInput(0), operandAxes(from, 0, at.axes)}, factor, node, steps - 1) &&
               readAdded({from.getInput(1), operandAxes(from, 1, at.axes)}, factor, node, steps - 1);
    }
    Item item{MaskTerm::Added, node, isInsideCap};
    if (staysSmall(at.value))
      item.bound = 0;
    item.tensors.push_back({at, {}, true, factor});
    items.push_back(std::move(item));
    return true;
  }

  /// Where(c, 0, fill) or Where(c, fill, 0).
  std::optional<Item> matchFill(NodeOp where, const View &at, double factor) {
    for (unsigned i : {1, 2}) {
      std::optional<double> fill = readSplat(where.getInput(3 - i));
      if (!fill || !(*fill * factor <= absorbing))
        continue;
      Value other = where.getInput(i);
      // Zero, or what is zero where the condition, x != 0, does not hold: Where(x != 0, fill, x).
      NodeOp condition = producer(where.getInput(0));
      bool isZero = readSplat(other) == 0.0;
      isZero |= i == 2 && condition && condition.is("Cast") && condition.getInput(0) == other;
      if (!isZero)
        continue;
      Item item{MaskTerm::AddedFill, where, isInsideCap};
      item.fill = *fill * factor;
      readSeen({where.getInput(0), operandAxes(where, 0, at.axes)}, i == 1, item.tensors, mostSteps);
      return item;
    }
    return std::nullopt;
  }

  bool readAddedConstant(const View &at, ElementsAttr constant, double factor, NodeOp node) {
    std::optional<std::vector<double>> values = readDoubles(constant);
    if (!values || values->empty() || !isa<FloatType>(constant.getElementType())) {
      fail(node, "the values of its mask cannot be read");
      return false;
    }
    double fill = 0, bound = 0;
    bool isFill = true;
    for (double &value : *values) {
      value *= factor;
      bound = std::max(bound, std::abs(value));
      if (value == 0)
        continue;
      isFill &= value <= absorbing && (fill == 0 || fill == value);
      fill = value;
    }
    if (fill == 0)
      return true; // Adds nothing.
    constexpr double mostShift = 1e4;
    if (values->size() == 1 && std::abs(fill) <= mostShift && !isInsideCap)
      return true; // Softmax does not see what is added to all scores.
    Item item{isFill ? MaskTerm::AddedFill : MaskTerm::Added, node, isInsideCap};
    item.fill = fill;
    item.bound = bound;
    View view{Value(), dims.resolve(at.axes)};
    auto type = cast<RankedTensorType>(constant.getShapedType());
    if (isFill) {
      std::vector<char> seen;
      for (double value : *values)
        seen.push_back(value == 0);
      item.tensors.push_back({view, makeConstant(type.clone(IntegerType::get(type.getContext(), 1)), seen, "mask")});
    } else {
      item.tensors.push_back({view, makeConstant(type, *values, "bias")});
    }
    items.push_back(std::move(item));
    return true;
  }

  /// Conjunctions are taken apart, so that what is constant and what is not stand by themselves.
  void readSeen(View at, bool trueIsSeen, SmallVectorImpl<MaskTensor> &seen, int steps) {
    if (ElementsAttr constant = matchConstant(at.value))
      if (std::optional<SmallVector<int64_t>> values = readInts(constant)) {
        if (llvm::all_of(*values, [&](int64_t value) { return (value != 0) == trueIsSeen; }))
          return;
        std::vector<char> bytes;
        for (int64_t value : *values)
          bytes.push_back((value != 0) == trueIsSeen);
        auto type = cast<RankedTensorType>(constant.getShapedType());
        seen.push_back({{Value(), dims.resolve(at.axes)}, makeConstant(type, bytes, "mask")});
        return;
      }
    NodeOp from = producer(at.value);
    if (from && from.getDomain().empty() && steps > 0 && isStatic(from)) {
      if (from.is("Not"))
        return readSeen({from.getInput(0), at.axes}, !trueIsSeen, seen, steps - 1);
      if (from.is(trueIsSeen ? "And" : "Or")) {
        for (unsigned i : {0, 1})
          readSeen({from.getInput(i), operandAxes(from, i, at.axes)}, trueIsSeen, seen, steps - 1);
        return;
      }
      if (isView(from))
        if (std::optional<Axes> axes = viewOperandAxes(from, dims.resolve(at.axes), dims))
          return readSeen({from.getInput(0), *axes}, trueIsSeen, seen, steps - 1);
    }
    seen.push_back({at, {}, trueIsSeen});
  }

  /// Brings the items into the one order: cap, bias, exclusion.
  bool combine() {
    auto isFill = [](const Item &item) { return item.kind != MaskTerm::Added; };
    bool anyInside = false, anyOutside = false, anyInfinite = false, anyFinite = false;
    if (llvm::any_of(items, [&](const Item &item) { return isFill(item) && item.insideCap; }))
      return combineCapped();
    for (const Item &item : items) {
      if (!isFill(item))
        (item.insideCap ? anyInside : anyOutside) = true;
      else
        (std::isinf(item.fill) ? anyInfinite : anyFinite) = true;
    }
    if (!anyFinite) {
      for (Item &item : items)
        append(item, isFill(item));
    } else if (!anyInfinite && isOneFill()) {
      result.fill = llvm::find_if(items, isFill)->fill;
      for (Item &item : items)
        append(item, isFill(item));
    } else {
      // Masks by a large finite number that meet other masks are summands, which is what the graph computes.
      for (Item &item : items) {
        bool isSummand = isFill(item) && !std::isinf(item.fill);
        bool replacesAfterInfinite = item.kind == MaskTerm::Replacing && (anyInfinite || item.fill > absorbing);
        if (isSummand && (replacesAfterInfinite || form.stabiliser != Stabiliser::Maximum)) {
          fail(item.node, "its masks replace scores by different numbers");
          return false;
        }
        anyOutside |= isSummand;
        append(item, isFill(item) && !isSummand);
      }
    }
    if (anyInside && anyOutside) {
      fail(form.softmax, "something is added to the scores both before and after they are capped");
      return false;
    }
    result.biasBeforeCap = anyInside;
    return true;
  }

  /// Scores that are masked before the cap end up at -cap: tanh of a large negative number is -1.
  bool combineCapped() {
    for (Item &item : items) {
      bool isFill = item.kind != MaskTerm::Added;
      if (!item.insideCap) {
        fail(item.node, "it changes scores after the cap, which others were masked before");
        return false;
      }
      bool saturates = item.fill <= absorbing || (item.kind == MaskTerm::Replacing && items.size() == 1 &&
                                                  std::tanh(item.fill / *form.softcap) == -1);
      // What is added may hold masks of its own: they saturate the cap, too.
      if (isFill && !saturates) {
        fail(item.node, "it masks scores before they are capped by a number that does not saturate the cap");
        return false;
      }
      result.biasBeforeCap |= !isFill;
      append(item, isFill);
    }
    result.fill = -*form.softcap;
    return true;
  }

  /// True if all finite masks together leave one number, their fill, in the scores they mask.
  bool isOneFill() {
    const Item *first = nullptr;
    size_t fills = 0;
    bool areReplacing = true, areLast = true, othersAreSmall = true;
    for (const Item &item : items) {
      if (item.kind == MaskTerm::Added) {
        areLast &= !first;
        othersAreSmall &= item.bound <= absorbed;
        continue;
      }
      if (first && item.fill != first->fill)
        return false;
      first = &item;
      ++fills;
      areReplacing &= item.kind == MaskTerm::Replacing;
    }
    if (areReplacing && areLast)
      return true;
    return fills == 1 && first->fill <= absorbing && (othersAreSmall || (areLast && areReplacing));
  }

  void append(Item &item, bool isExclusion) {
    for (MaskTensor &tensor : item.tensors)
      if (isExclusion)
        result.seen.push_back(tensor);
    if (isExclusion)
      return;
    result.added.push_back(
        {std::move(item.tensors), item.kind == MaskTerm::Added ? std::nullopt : std::optional(item.fill)});
  }

  /// A constant mask that is a band around the diagonal becomes the window.
  void readWindow() {
    for (auto [i, tensor] : llvm::enumerate(result.seen)) {
      Axes axes = maskAxes(roles, tensor.view.axes);
      if (!tensor.constant || axes[2].empty() || axes[3].empty() ||
          dims.product(flatten(axes)) != dims.product(flatten(tensor.view.axes)))
        continue;
      std::optional<SmallVector<int64_t>> given = readInts(tensor.constant);
      std::vector<int64_t> seen = rearrange<int64_t>(dims, *given, tensor.view.axes, axes);
      int64_t queries = dims.product(axes[2]), keys = dims.product(axes[3]);
      // The bounds of k - q, from what is seen and what is not.
      int64_t first = keys, last = -queries;
      for (auto [place, isSeen] : llvm::enumerate(seen))
        if (isSeen) {
          int64_t k = place % keys, q = place / keys % queries;
          first = std::min(first, k - q);
          last = std::max(last, k - q);
        }
      bool isBand = first <= last;
      for (auto [place, isSeen] : llvm::enumerate(seen)) {
        int64_t k = place % keys, q = place / keys % queries;
        isBand &= static_cast<bool>(isSeen) == (k - q >= first && k - q <= last);
      }
      if (!isBand)
        continue;
      // A bound that no pair is beyond is none.
      bool hasFirst = first > 1 - queries, hasLast = last < keys - 1;
      if (hasLast) {
        result.offset = last;
        result.right = 0;
        if (hasFirst)
          result.left = last - first;
      } else {
        result.offset = std::max<int64_t>(first, 0);
        result.left = result.offset - first;
      }
      result.seen.erase(result.seen.begin() + i);
      return;
    }
  }

  static constexpr int mostSteps = 32;
  const AttentionForm &form;
  DimTable dims; // views of masks may split dimensions: theirs alone
  Roles roles;
  AttentionMiss &miss;
  bool isInsideCap = false;
  std::vector<Item> items;
  MaskForm result;
};
} // namespace

std::optional<MaskForm> normaliseMask(const AttentionForm &form, const Roles &roles, AttentionMiss &miss) {
  return MaskReader(form, roles, miss).run();
}

} // namespace fourmix::onnx_to_mix
