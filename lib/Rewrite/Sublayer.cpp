// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Sublayer.h"
#include "LinearStep.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::rewrite;
using onnx::NodeOp;

std::string rewrite::describe(Operation *op) {
  auto node = dyn_cast<NodeOp>(op);
  std::string name;
  if (node && node.getName())
    name = node.getName()->str();
  else if (auto loc = op->getLoc()->findInstanceOf<NameLoc>())
    name = loc.getName().str();
  std::string what = node ? node.getOpType().str() : op->getName().getStringRef().str();
  return name.empty() ? what : llvm::formatv("node \"{0}\" ({1})", name, what).str();
}

std::string rewrite::describe(Value value) {
  if (Operation *op = value.getDefiningOp())
    return describe(op);
  auto argument = cast<BlockArgument>(value);
  auto function = dyn_cast_or_null<func::FuncOp>(argument.getOwner()->getParentOp());
  auto name = function ? function.getArgAttrOfType<StringAttr>(argument.getArgNumber(), "onnx.name") : StringAttr();
  return name ? ("input \"" + name.getValue() + "\"").str() : "an input";
}

static std::string typeText(Value value) {
  std::string text;
  llvm::raw_string_ostream(text) << value.getType();
  return text;
}

namespace {

enum Reach : unsigned { Query = 1, Key = 2, Values = 4, All = 7 };

/// What lies above queries, keys and values.
class Ancestors {
public:
  Ancestors(mix::AttentionOp attention, const Dependence &dependence) : attention(attention), dependence(dependence) {}

  /// The nearest value through which all queries, keys and values pass; null, and `reason`, where there is none. What
  /// depends on other arguments than that value may join on the way to queries and keys: tables of positions.
  Value nearestCut() {
    start();
    if (reached != All) {
      const char *constant = !(reached & Query) ? "queries" : !(reached & Key) ? "keys" : "values";
      reason = std::string("its ") + constant + " do not depend on the network's inputs";
      return {};
    }
    while (!frontier.empty()) {
      Value last = latest();
      unsigned mask = frontier.lookup(last);
      if (mask == All && othersAreApart(last))
        return last;
      Operation *op = last.getDefiningOp();
      // What is mixed already is where the sublayer below ends.
      if (!op || op->getBlock() != attention->getBlock() || mixesTokens(op)) {
        reason = explain(mask);
        return {};
      }
      expand(last, mask);
    }
    return {};
  }

  /// The operations between `source` and queries, keys, values, with what each of them reaches; latest first.
  SmallVector<std::pair<Operation *, unsigned>> between(Value source) {
    start();
    llvm::MapVector<Operation *, unsigned> ops;
    while (!frontier.empty()) {
      Value last = latest();
      unsigned mask = frontier.lookup(last);
      Operation *op = last.getDefiningOp();
      if (last == source || !op || op->getBlock() != attention->getBlock() || dependence.apart(last, source)) {
        frontier.erase(last);
        continue;
      }
      ops[op] |= mask;
      expand(last, mask);
    }
    return llvm::to_vector(ops.takeVector());
  }

  std::string reason;

private:
  static bool mixesTokens(Operation *op) { return isa<mix::MixingOpInterface>(op) && !isa<mix::ProjectionOp>(op); }

  void start() {
    frontier.clear();
    reached = 0;
    add(attention.getQuery(), Query);
    add(attention.getKey(), Key);
    add(attention.getValue(), Values);
  }

  void add(Value value, unsigned mask) {
    if (!dependence.onArguments(value))
      return;
    frontier[value] |= mask;
    reached |= mask;
  }

  void expand(Value value, unsigned mask) {
    frontier.erase(value);
    for (Value operand : value.getDefiningOp()->getOperands())
      add(operand, mask);
  }

  /// The value that is computed last; arguments come before all others.
  Value latest() const {
    auto isLater = [&](Value a, Value b) {
      Operation *first = a.getDefiningOp(), *second = b.getDefiningOp();
      if (!first || !second || first->getBlock() != second->getBlock())
        return first && first->getBlock() == attention->getBlock() &&
               !(second && second->getBlock() == first->getBlock());
      return second->isBeforeInBlock(first);
    };
    Value best = frontier.front().first;
    for (auto [value, mask] : frontier)
      if (isLater(value, best))
        best = value;
    return best;
  }

  bool othersAreApart(Value cut) const {
    return llvm::all_of(frontier, [&](const auto &entry) {
      return entry.first == cut || (!(entry.second & Values) && dependence.apart(entry.first, cut));
    });
  }

  /// Why there is no cut where a value that reaches `mask` is computed by nothing that could be looked through.
  std::string explain(unsigned mask) const {
    if (mask == All)
      return "queries, keys and values are made of " + std::to_string(frontier.size()) + " tensors, not of one";
    if (llvm::none_of(frontier, [](const auto &entry) { return (entry.second & Query) && (entry.second & ~Query); }))
      return "it is cross attention: queries are made of another tensor than keys and values";
    return "there is no one tensor that queries, keys and values are made of";
  }

  mix::AttentionOp attention;
  const Dependence &dependence;
  llvm::MapVector<Value, unsigned> frontier;
  unsigned reached = 0;
};

/// True if no result but the first one is used.
static bool isSingle(Operation *op) {
  return op->getNumResults() > 0 &&
         llvm::all_of(op->getResults().drop_front(), [](Value other) { return other.use_empty(); });
}

/// What follows the attention up to the end of its sublayer: each value the only user's result of the one before.
class Tail {
public:
  SmallVector<Value> values;
  SmallVector<std::pair<Operation *, Value>> projections; // with their weights

  Tail(mix::AttentionOp attention, const Dependence &dependence) {
    Value value = attention.getOutput();
    values.push_back(value);
    size_t secondProjection = 0; // how many values stand before it
    Operation *user = nullptr;
    for (; value.hasOneUse(); values.push_back(value)) {
      user = *value.getUsers().begin();
      std::optional<LinearStep> step =
          user->getBlock() == attention->getBlock() ? linearStep(user, dependence) : std::optional<LinearStep>();
      if (!step || step->data != value || step->kind == LinearStep::Pick || !isSingle(user))
        break;
      if (step->kind == LinearStep::Dense) {
        projections.emplace_back(user, step->weight);
        if (projections.size() == 2)
          secondProjection = values.size();
      }
      value = user->getResult(0);
    }
    auto node = dyn_cast_or_null<NodeOp>(value.hasOneUse() ? *value.getUsers().begin() : nullptr);
    bool isAdded =
        node && llvm::is_contained({"Add", "Sum", "SkipLayerNormalization", "SkipSimplifiedLayerNormalization"},
                                   node.getOpType());
    // Without a residual stream nothing says where the sublayer ends; it has one projection.
    if (!isAdded && secondProjection) {
      values.truncate(secondProjection);
      projections.truncate(1);
    }
  }
};

class Analysis {
public:
  Analysis(mix::AttentionOp attention, const Dependence &dependence)
      : attention(attention), dependence(dependence), ancestors(attention, dependence) {}

  SublayerAnalysis run() {
    for (Type type : llvm::concat<const Type>(attention->getOperandTypes(), attention->getResultTypes()))
      if (!cast<ShapedType>(type).hasStaticShape())
        return {std::nullopt, "its shapes are not static"};
    mix::AttentionSizes sizes = attention.getSizes();
    Value cut = ancestors.nearestCut();
    if (!cut)
      return {std::nullopt, ancestors.reason};
    if (sizes.queries + sizes.past != sizes.keys)
      return {std::nullopt, llvm::formatv("its {0} queries attend to {1} keys, which are not the same tokens",
                                          sizes.queries, sizes.keys)};
    Tail tail(attention, dependence);
    Value output = tail.values.back();
    std::optional<Value> input = chooseInput(cut, output);
    if (!input)
      return {std::nullopt, describeMismatch(cut, output)};
    std::optional<int64_t> sequence = sequenceAxis(*input, output);
    if (!sequence)
      return {std::nullopt, reason};
    Sublayer sublayer{attention, *input, output, *sequence, {}};
    collectProjections(*input, tail, sublayer.projections);
    return {std::move(sublayer), ""};
  }

private:
  static ArrayRef<int64_t> shapeOf(Value value) { return cast<RankedTensorType>(value.getType()).getShape(); }

  /// From `cut` upwards as long as there is one way to go, which is linear and keeps tokens apart: a tensor in which
  /// queries, keys and values are packed is made of the one that we want.
  std::optional<Value> chooseInput(Value cut, Value output) {
    std::optional<Value> unprojected;
    for (Value value = cut;;) {
      if (value.getType() == output.getType()) {
        unsigned dense = 0;
        for (auto [op, reach] : ancestors.between(value))
          if (std::optional<LinearStep> step = linearStep(op, dependence); step && step->kind == LinearStep::Dense)
            dense |= reach;
        if (dense == All)
          return value;
        if (!unprojected)
          unprojected = value;
      }
      Operation *op = value.getDefiningOp();
      std::optional<LinearStep> step =
          op && op->getBlock() == attention->getBlock() ? linearStep(op, dependence) : std::optional<LinearStep>();
      if (!step)
        return unprojected;
      value = step->data;
    }
  }

  std::string describeMismatch(Value cut, Value output) const {
    return llvm::formatv("it starts from {0} of {1} and ends with {2} of {3}, but the tokens of a sublayer keep their "
                         "places (windows and pooling do not)",
                         typeText(cut), describe(cut), typeText(output), describe(output));
  }

  /// The axis of the input, and of the output, along which the tokens of one sequence lie; nullopt and `reason` where
  /// it is none.
  std::optional<int64_t> sequenceAxis(Value input, Value output) {
    mix::AttentionSizes sizes = attention.getSizes();
    int64_t rank = shapeOf(input).size();
    if (sizes.queries == 1) {
      reason = "a sequence of one token has nothing to mix";
      return std::nullopt;
    }
    auto fail = [&](StringRef why) -> std::optional<int64_t> {
      reason = llvm::formatv("it starts from {0} of {1}, expected [batch, sequence, hidden]: {2}", typeText(input),
                             describe(input), why);
      return std::nullopt;
    };
    if (rank != 2 && rank != 3)
      return fail("it has " + std::to_string(rank) + " axes, as windows of an image have");
    auto sequenceOf = [&](Value tensor) { return placeOfAxis(shapeOf(tensor), shapeOf(tensor).size() == 3 ? 1 : 2); };
    std::optional<AxisPlace> tokens =
        traceAxis(attention.getValue(), sequenceOf(attention.getValue()), input, dependence);
    if (!tokens)
      return fail("its values are not made of it token by token, or its tokens are regrouped (windows)");
    std::optional<int64_t> axis = axisAt(shapeOf(input), *tokens);
    if (!axis)
      return fail("its tokens are not an axis of their own");
    if (*axis == rank - 1)
      return fail("its tokens are the last axis");
    std::optional<AxisPlace> after = traceAxis(output, *tokens, attention.getOutput(), dependence);
    if (after != sequenceOf(attention.getOutput()))
      return fail("its tokens stand elsewhere in what it ends with");
    if (sizes.batch == 1)
      return axis;
    std::optional<AxisPlace> batch =
        traceAxis(attention.getValue(), placeOfAxis(shapeOf(attention.getValue()), 0), input, dependence);
    if (!batch || rank != 3 || axisAt(shapeOf(input), *batch) != 1 - *axis ||
        traceAxis(output, *batch, attention.getOutput(), dependence) != placeOfAxis(shapeOf(attention.getOutput()), 0))
      return fail("its " + std::to_string(sizes.batch) + " sequences are not an axis of their own");
    return axis;
  }

  void collectProjections(Value input, const Tail &tail, SmallVectorImpl<DenseProjection> &projections) {
    SmallVector<std::pair<Operation *, unsigned>> before = ancestors.between(input);
    for (auto [op, reach] : llvm::reverse(before))
      if (std::optional<LinearStep> step = linearStep(op, dependence); step && step->kind == LinearStep::Dense)
        projections.push_back({op, step->weight, (reach & Query) != 0, (reach & Key) != 0, (reach & Values) != 0});
    for (auto [op, weight] : tail.projections)
      projections.push_back({op, weight, false, false, false, true});
  }

  mix::AttentionOp attention;
  const Dependence &dependence;
  Ancestors ancestors;
  std::string reason;
};

} // namespace

SmallVector<Operation *> rewrite::opsBetween(Value input, Value output) {
  // Backwards what the output is made of, forwards what of it is made of the input.
  llvm::SmallPtrSet<Operation *, 32> above;
  SmallVector<Value> pending{output};
  while (!pending.empty()) {
    Value value = pending.pop_back_val();
    Operation *op = value.getDefiningOp();
    if (value != input && op && above.insert(op).second)
      llvm::append_range(pending, op->getOperands());
  }
  SmallVector<Operation *> ordered(above.begin(), above.end()), between;
  llvm::sort(ordered,
             [](Operation *a, Operation *b) { return a->getBlock() == b->getBlock() && a->isBeforeInBlock(b); });
  llvm::SmallPtrSet<Operation *, 32> below;
  for (Operation *op : ordered)
    if (llvm::any_of(op->getOperands(), [&](Value operand) {
          return operand == input || (operand.getDefiningOp() && below.contains(operand.getDefiningOp()));
        })) {
      below.insert(op);
      between.push_back(op);
    }
  return between;
}

SublayerAnalysis rewrite::analyseSublayer(mix::AttentionOp attention, const Dependence *known) {
  if (known)
    return Analysis(attention, *known).run();
  Dependence dependence(*attention->getBlock());
  return Analysis(attention, dependence).run();
}
