// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "AttentionLayout.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <limits>
#include <numeric>

using namespace mlir;
using fourmix::onnx::NodeOp;

namespace fourmix::onnx_to_mix {

//===----------------------------------------------------------------------===//
// Rearrangement
//===----------------------------------------------------------------------===//

std::optional<Rearrangement> Rearrangement::plan(const DimTable &dims, ArrayRef<int64_t> shape, const Axes &from,
                                                 const Axes &to) {
  DimList source = flatten(from), target = flatten(to), present;
  if (!llvm::all_of(source, [&](Dim dim) { return llvm::is_contained(target, dim); }))
    return std::nullopt;
  llvm::copy_if(target, std::back_inserter(present), [&](Dim dim) { return llvm::is_contained(source, dim); });
  if (present.size() != source.size()) // A dimension stands twice.
    return std::nullopt;

  Rearrangement plan;
  SmallVector<int64_t> now(shape);
  auto reshape = [&](ArrayRef<int64_t> wanted) {
    if (ArrayRef(now) != wanted)
      plan.steps.push_back({Step::Reshape, SmallVector<int64_t>(wanted)});
    now.assign(wanted.begin(), wanted.end());
  };

  if (source != present) {
    // Runs of dimensions that stay together are moved as one, each within one axis.
    Axes blocks;
    bool splitsAxes = false;
    for (const DimList &axis : from) {
      size_t before = blocks.size();
      for (auto [i, dim] : llvm::enumerate(axis)) {
        bool follows = i > 0 && std::next(llvm::find(present, axis[i - 1])) == llvm::find(present, dim);
        if (follows)
          blocks.back().push_back(dim);
        else
          blocks.push_back({dim});
      }
      if (axis.empty())
        blocks.push_back({});
      splitsAxes |= blocks.size() > before + 1;
    }
    if (splitsAxes) {
      llvm::erase_if(blocks, [](const DimList &block) { return block.empty(); });
      reshape(extentsOf(dims, blocks));
    }
    SmallVector<int64_t> order(blocks.size()), moved;
    std::iota(order.begin(), order.end(), 0);
    auto place = [&](int64_t block) {
      return blocks[block].empty() ? -1 : std::distance(present.begin(), llvm::find(present, blocks[block].front()));
    };
    llvm::sort(order, [&](int64_t a, int64_t b) { return std::pair(place(a), a) < std::pair(place(b), b); });
    for (int64_t block : order)
      moved.push_back(now[block]);
    plan.steps.push_back({Step::Transpose, order});
    now = moved;
  }
  SmallVector<int64_t> shapeThen = extentsOf(dims, to);
  if (present.size() != target.size()) {
    auto isMissing = [&](Dim dim) { return !llvm::is_contained(source, dim); };
    bool byAxis = llvm::all_of(
        to, [&](const DimList &axis) { return llvm::all_of(axis, isMissing) || llvm::none_of(axis, isMissing); });
    Axes whole = to;
    if (!byAxis) {
      whole.clear();
      for (Dim dim : target)
        whole.push_back({dim});
    }
    SmallVector<int64_t> narrow;
    for (const DimList &axis : whole)
      narrow.push_back(llvm::any_of(axis, isMissing) ? 1 : dims.product(axis));
    reshape(narrow);
    now = extentsOf(dims, whole);
    plan.steps.push_back({Step::Expand, now});
  }
  reshape(shapeThen);
  return plan;
}

Value Rearrangement::emit(onnx::NodeBuilder &nodes, Value value) const {
  for (const Step &step : steps) {
    if (step.kind == Step::Reshape)
      value = nodes.reshape(value, step.numbers);
    else if (step.kind == Step::Transpose)
      value = nodes.transpose(value, step.numbers);
    else
      value = value ? nodes.create("Expand", {value, nodes.ints(step.numbers)}) : Value();
  }
  return value;
}

//===----------------------------------------------------------------------===//
// Roles
//===----------------------------------------------------------------------===//

Axes Roles::layout(const DimList &batch, const DimList &heads, const DimList &sequence, const DimList &size,
                   bool isFlat) {
  if (!isFlat)
    return {batch, heads, sequence, size};
  DimList hidden = heads;
  hidden.append(size);
  return {batch, sequence, hidden};
}

Roles resolve(const Roles &roles, const DimTable &dims) {
  return {dims.resolve(roles.batch),
          dims.resolve(roles.heads),
          dims.resolve(roles.queries),
          dims.resolve(roles.keys),
          dims.resolve(roles.size),
          dims.resolve(roles.valueSize),
          roles.groupDims};
}

static constexpr size_t mostViews = 64;

SmallVector<Source, 0> collectSources(DimTable &dims, Value value, const Axes &axes, bool scales) {
  SmallVector<Source, 0> chain{{{value, axes}, 1}};
  while (chain.size() < mostViews) {
    auto node = chain.back().value.getDefiningOp<NodeOp>();
    if (!node)
      break;
    Source next = chain.back();
    std::optional<ScaledOperand> scaled;
    if (isView(node)) {
      std::optional<Axes> operand = viewOperandAxes(node, dims.resolve(next.axes), dims);
      if (!operand)
        break;
      next.value = node.getInput(0);
      next.axes = *operand;
    } else if (scales && (scaled = matchScale(node)) && std::isfinite(scaled->factor)) {
      next.value = scaled->tensor;
      next.scale *= scaled->factor;
    } else {
      break;
    }
    chain.push_back(next);
  }
  return chain;
}

SmallVector<View, 0> collectResults(DimTable &dims, Value value, const Axes &axes) {
  SmallVector<View, 0> chain{{value, axes}};
  while (chain.size() < mostViews) {
    Value last = chain.back().value;
    auto node = last.hasOneUse() ? dyn_cast<NodeOp>(*last.getUsers().begin()) : NodeOp();
    if (!node || !isView(node) || node.getInput(0) != last)
      break;
    std::optional<Axes> next = viewResultAxes(node, dims.resolve(chain.back().axes), dims);
    if (!next)
      break;
    chain.push_back({node.getResult(0), *next});
  }
  return chain;
}

Axes maskAxes(const Roles &roles, const Axes &own) {
  DimList dims = flatten(own);
  Axes axes;
  for (const DimList *role : {&roles.batch, &roles.heads, &roles.queries, &roles.keys}) {
    bool isUsed = llvm::any_of(*role, [&](Dim dim) { return llvm::is_contained(dims, dim); });
    axes.push_back(isUsed ? *role : DimList());
  }
  return axes;
}

bool broadcastsAsMask(const Roles &roles, const Axes &own, ArrayRef<int64_t> shape) {
  if (shape.size() > 4)
    return false;
  return ArrayRef(maskAxes(roles, own)).take_back(own.size()) == ArrayRef(own) &&
         llvm::all_of(ArrayRef(maskAxes(roles, own)).drop_back(own.size()),
                      [](const DimList &axis) { return axis.empty(); });
}

namespace {

DimList restricted(const DimList &list, const DimList &to) {
  DimList kept;
  llvm::copy_if(list, std::back_inserter(kept), [&](Dim dim) { return llvm::is_contained(to, dim); });
  return kept;
}

class LayoutSearch {
public:
  explicit LayoutSearch(AttentionForm &form) : form(form) {
    for (auto *chain : {&form.query, &form.key, &form.value})
      for (Source &source : *chain)
        source.axes = form.dims.resolve(source.axes);
    for (auto *chain : {&form.weights, &form.results})
      for (View &view : *chain)
        view.axes = form.dims.resolve(view.axes);
    for (MaskTerm &term : form.terms)
      term.tensor.axes = form.dims.resolve(term.tensor.axes);
    form.keyDims = form.dims.resolve(form.keyDims);
  }

  std::optional<AttentionLayout> run() {
    DimList weights = flatten(form.weights.back().axes), query = flatten(form.query[0].axes),
            key = flatten(form.key[0].axes), value = flatten(form.value[0].axes),
            result = flatten(form.results[0].axes);
    Roles roles;
    roles.keys = restricted(weights, form.keyDims);
    DimList outer = without(weights, roles.keys);
    roles.size = without(flatten(form.query.back().axes), weights);
    roles.valueSize = without(flatten(form.value.back().axes), weights);
    // What the product sums over is in both operands, and all the rest of the result comes from the values.
    DimList keySize = without(key, weights), valueSize = without(result, weights);
    if (!isSame(roles.size, keySize) || !isSame(roles.valueSize, valueSize) ||
        !isSame(without(result, valueSize), outer))
      return std::nullopt;
    readHeads(roles, outer);
    // Orders that occur; the first is that of the scores.
    std::vector<DimList> orders;
    auto propose = [&](const Axes &axes) {
      DimList order = restricted(flatten(axes), outer);
      order.append(without(outer, order));
      if (!llvm::is_contained(orders, order))
        orders.push_back(order);
    };
    propose(form.weights.back().axes);
    for (auto *chain : {&form.query, &form.key, &form.value})
      for (const Source &source : *chain)
        propose(source.axes);
    for (const View &view : form.results)
      propose(view.axes);
    // Sequence first and others: the sequence stands last among the roles.
    for (size_t i = 0, e = orders.size(); i < e; ++i) {
      DimList own, shared;
      for (Dim dim : orders[i])
        (llvm::is_contained(key, dim) || llvm::is_contained(value, dim) ? shared : own).push_back(dim);
      shared.append(own);
      if (!llvm::is_contained(orders, shared))
        orders.push_back(shared);
      // Groups of heads before the queries, the way grouped einsums are written.
      if (own.size() > 1) {
        std::swap(shared[shared.size() - own.size()], shared.back());
        orders.push_back(shared);
      }
    }
    DimList isShared = key;
    isShared.append(value);
    for (const DimList &order : orders)
      for (size_t heads = 0; heads <= order.size(); ++heads)
        for (size_t queries = heads; queries <= order.size(); ++queries) {
          roles.batch.assign(order.begin(), order.begin() + heads);
          roles.heads.assign(order.begin() + heads, order.begin() + queries);
          roles.queries.assign(order.begin() + queries, order.end());
          if (llvm::any_of(roles.queries, [&](Dim dim) { return llvm::is_contained(isShared, dim); }))
            continue;
          for (roles.groupDims = 0; roles.groupDims <= roles.heads.size(); ++roles.groupDims)
            consider(roles);
        }
    return best;
  }

  std::optional<AttentionLayout> run(Roles roles, bool mayGroup) {
    roles = resolve(roles, form.dims);
    size_t most = mayGroup ? roles.heads.size() : roles.groupDims;
    for (; roles.groupDims <= most; ++roles.groupDims)
      consider(roles);
    return best;
  }

private:
  /// Dimensions that share an axis with the sizes, wherever a tensor is read or written, are heads: batch and sequence
  /// never do.
  void readHeads(const Roles &roles, const DimList &outer) {
    auto read = [&](const Axes &axes, const DimList &size) {
      for (const DimList &axis : axes)
        if (llvm::any_of(axis, [&](Dim dim) { return llvm::is_contained(size, dim); }))
          for (Dim dim : axis)
            if (llvm::is_contained(outer, dim) && !llvm::is_contained(knownHeads, dim))
              knownHeads.push_back(dim);
    };
    read(form.query.back().axes, roles.size);
    read(form.key.back().axes, roles.size);
    read(form.value.back().axes, roles.valueSize);
    read(form.results.back().axes, roles.valueSize);
  }

  static bool isSame(DimList a, DimList b) {
    llvm::sort(a);
    llvm::sort(b);
    return a == b;
  }

  static constexpr unsigned impossible = 1000;
  struct Option {
    unsigned cost = impossible;
    std::optional<Place> place;
  };

  template <typename Chain>
  Option cheapest(const Chain &chain, const DimList &batch, const DimList &heads, const DimList &sequence,
                  const DimList &size, bool isResult) {
    Option option;
    for (auto [i, at] : llvm::enumerate(chain))
      for (bool isFlat : {false, true}) {
        Axes layout = Roles::layout(batch, heads, sequence, size, isFlat);
        ArrayRef<int64_t> shape = *staticShape(at.value);
        std::optional<Rearrangement> by =
            isResult ? Rearrangement::plan(form.dims, extentsOf(form.dims, layout), layout, at.axes)
                     : Rearrangement::plan(form.dims, shape, at.axes, layout);
        if (!by)
          continue;
        // What stands between this value and the far end of its chain stays.
        unsigned cost = by->cost() + static_cast<unsigned>(chain.size() - 1 - i);
        if (cost <= option.cost)
          option = {cost, Place{i, isFlat, *by}};
      }
    return option;
  }

  void consider(const Roles &roles) {
    DimList kvHeads = roles.kvHeads();
    Option query = cheapest(form.query, roles.batch, roles.heads, roles.queries, roles.size, false);
    Option key = cheapest(form.key, roles.batch, kvHeads, roles.keys, roles.size, false);
    Option value = cheapest(form.value, roles.batch, kvHeads, roles.keys, roles.valueSize, false);
    Option result = cheapest(form.results, roles.batch, roles.heads, roles.queries, roles.valueSize, true);
    unsigned cost = query.cost + key.cost + value.cost + result.cost;
    if (cost >= impossible)
      return;
    for (const MaskTerm &term : form.terms)
      cost += !broadcastsAsMask(roles, term.tensor.axes, *staticShape(term.tensor.value));
    // What heads are goes before what they cost.
    if (!knownHeads.empty() && !isSame(roles.heads, knownHeads))
      cost += 100;
    // Among equals: one dimension of heads, no groups.
    cost = cost * 16 + (roles.heads.size() == 1 ? 0 : 1) + (roles.groupDims ? 1 : 0);
    if (cost >= leastCost)
      return;
    leastCost = cost;
    best = AttentionLayout{roles, *query.place, *key.place, *value.place, *result.place};
  }

  AttentionForm &form;
  DimList knownHeads;
  unsigned leastCost = std::numeric_limits<unsigned>::max();
  std::optional<AttentionLayout> best;
};
} // namespace

std::optional<AttentionLayout> chooseLayout(AttentionForm &form) { return LayoutSearch(form).run(); }

std::optional<AttentionLayout> chooseLayout(AttentionForm &form, const Roles &fixed, bool mayGroup) {
  return LayoutSearch(form).run(fixed, mayGroup);
}

} // namespace fourmix::onnx_to_mix
