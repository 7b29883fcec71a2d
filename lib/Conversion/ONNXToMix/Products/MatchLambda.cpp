// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "MatchLambda.h"
#include "ProductNodes.h"
#include "fourmix/Support/Constants.h"
#include "lib/Conversion/ONNXToMix/Analysis/Cone.h"
#include "lib/Conversion/ONNXToMix/Analysis/SoftmaxForm.h"
#include "llvm/Support/FormatVariadic.h"
#include <numeric>

using namespace mlir;
using fourmix::onnx::NodeOp;

namespace fourmix::onnx_to_mix {

std::optional<std::vector<double>> findRelativeTable(ArrayRef<double> table, ArrayRef<int64_t> grid,
                                                     int64_t numbersPerPair) {
  int64_t n = 1, distances = 1;
  for (int64_t extent : grid) {
    n *= extent;
    distances *= 2 * extent - 1;
  }
  // Rows of the relative table as the distances come, [t, k u]; a row that is not known yet is negative.
  std::vector<int64_t> seen(distances, -1);
  for (int64_t q = 0; q < n; ++q)
    for (int64_t c = 0; c < n; ++c) {
      int64_t distance = 0, stride = 1, from = q, to = c;
      for (int64_t extent : llvm::reverse(grid)) {
        distance += stride * (to % extent - from % extent + extent - 1);
        stride *= 2 * extent - 1;
        from /= extent;
        to /= extent;
      }
      int64_t here = (q * n + c) * numbersPerPair;
      if (seen[distance] < 0)
        seen[distance] = here;
      else if (table.slice(here, numbersPerPair) != table.slice(seen[distance], numbersPerPair))
        return std::nullopt;
    }
  std::vector<double> relative(numbersPerPair * distances);
  for (int64_t i = 0; i < numbersPerPair; ++i)
    for (int64_t t = 0; t < distances; ++t)
      relative[i * distances + t] = table[seen[t] + i];
  return relative;
}

namespace {

/// Which of several sets have an dim.
using Membership = unsigned;
enum : Membership { InQueries = 1, InKeys = 2, InTable = 2, InValues = 4, InResult = 8 };

/// DimTable by what they are to a term.
struct Roles {
  DimList batch, key, contextOrDepth, value, headOrPosition, position;
};

bool sameDims(ArrayRef<Dim> a, ArrayRef<Dim> b) {
  return a.size() == b.size() && llvm::all_of(a, [&](Dim dim) { return llvm::is_contained(b, dim); });
}

class Matcher {
public:
  Matcher(ProductAnalysis analysis, ProductForm form) : analysis(std::move(analysis)), form(std::move(form)) {}

  LambdaMatch run(int expansions) {
    LambdaMatch match = matchStrictly();
    if (match.degree == LambdaMatch::Layer || expansions == 0)
      return match;
    // A factor may hide a product with a constant: the position lambda.
    for (auto [i, term] : llvm::enumerate(form.terms))
      for (auto [j, factor] : llvm::enumerate(term.factors)) {
        if (term.factors.size() != 2 || factor.constant || !isExpandable(factor.value))
          continue;
        Matcher inner(analysis, form);
        if (inner.analysis.expand(inner.form, i, j, 1)) {
          LambdaMatch found = inner.run(expansions - 1);
          if (found.degree > match.degree)
            match = std::move(found);
          if (match.degree == LambdaMatch::Layer)
            return match;
        }
        for (const Obstacle &obstacle : inner.analysis.getObstacles())
          if (content && match.degree == LambdaMatch::Unrelated)
            match = near(obstacle.node, obstacle.reason);
      }
    return match;
  }

private:
  struct Term {
    size_t index, queries, other, values; // other: keys, table
  };

  static bool isExpandable(Value value) {
    if (classify(value) == Multiplication::Constant)
      return true;
    auto node = value.getDefiningOp<NodeOp>();
    return node && node.is("Add") &&
           llvm::any_of(node.getInputs(), [](Value input) { return classify(input) == Multiplication::Constant; }) &&
           llvm::any_of(node.getInputs(), isConstantView);
  }

  LambdaMatch near(NodeOp node, std::string reason) {
    LambdaMatch match;
    match.degree = LambdaMatch::Near;
    match.node = node;
    match.reason = std::move(reason);
    match.nodes = analysis.getNodes();
    return match;
  }

  const ProductFactor &factor(const Term &term, size_t i) const { return form.terms[term.index].factors[i]; }

  /// The terms by what they can be; false if there is another one.
  bool sortTerms() {
    for (auto [i, term] : llvm::enumerate(form.terms)) {
      auto constants = llvm::count_if(term.factors, [](const ProductFactor &each) { return bool(each.constant); });
      size_t count = term.factors.size();
      if (count == 2 && constants == 0) { // Queries and a position lambda that is still one tensor.
        isComplete = false;
        continue;
      }
      std::optional<size_t> &kind = constants == 0 ? contentTerm : count == 2 ? biasTerm : positionTerm;
      if ((count != 2 && count != 3) || constants > 1 || kind)
        return false;
      kind = i;
    }
    return true;
  }

  std::optional<Roles> sortDims(const Term &term) {
    const ProductTerm &product = form.terms[term.index];
    DimList all;
    for (size_t i : {term.queries, term.other, term.values})
      for (Dim dim : flatten(product.factors[i].axes))
        if (!llvm::is_contained(all, dim))
          all.push_back(dim);
    Roles roles;
    for (Dim dim : all) {
      Membership in = (factor(term, term.queries).has(dim) ? InQueries : 0) |
                      (factor(term, term.other).has(dim) ? InKeys : 0) |
                      (factor(term, term.values).has(dim) ? InValues : 0) | (form.has(dim) ? InResult : 0);
      auto window =
          llvm::find_if(product.windows, [&](Window w) { return w.in == dim || w.out == dim || w.tap == dim; });
      if (window != product.windows.end()) {
        if (in != (dim == window->in ? InValues : dim == window->tap ? InTable : InQueries | InResult))
          return std::nullopt;
        continue;
      }
      bool hasTable = factor(term, term.other).constant != ElementsAttr();
      DimList *role = nullptr;
      if (in == (InQueries | InValues | InResult | (hasTable ? 0 : InKeys)))
        role = &roles.batch;
      else if (in == (InQueries | InKeys))
        role = &roles.key;
      else if (in == (InKeys | InValues))
        role = &roles.contextOrDepth;
      else if (in == (InValues | InResult))
        role = &roles.value;
      else if (in == (InQueries | InResult))
        role = &roles.headOrPosition;
      else if (hasTable && in == (InQueries | InTable | InResult))
        role = &roles.position;
      if (!role)
        return std::nullopt;
      role->push_back(dim);
    }
    return roles;
  }

  /// Gives equal factors of two terms the same dimensions; false if they are used in different ways.
  bool align(const Term &a, size_t factorA, const Term &b, size_t factorB) {
    if (factor(a, factorA).value != factor(b, factorB).value)
      return false;
    ProductForm *forms[] = {&form};
    for (size_t axis = 0; axis < factor(a, factorA).axes.size(); ++axis)
      if (!analysis.unify(forms, DimList(factor(a, factorA).axes[axis]), DimList(factor(b, factorB).axes[axis])))
        return false;
    DimList result = flatten(form.layout);
    llvm::sort(result);
    return std::adjacent_find(result.begin(), result.end()) == result.end();
  }

  /// The dimensions over which a softmax runs; empty for any other value.
  DimList softmaxDims(const ProductFactor &keys) {
    auto node = keys.value.getDefiningOp<NodeOp>();
    std::optional<SoftmaxForm> softmax = node ? matchSoftmax(node) : std::nullopt;
    DimList all;
    for (int64_t axis : softmax ? softmax->axes : SmallVector<int64_t>())
      all.append(keys.axes[axis]);
    return all;
  }

  /// What is multiplied last, where the nodes have an order: the other operand is a product of two tensors.
  Value multipliedLast() {
    for (Operation *op : analysis.getNodes()) {
      auto node = cast<NodeOp>(op);
      if ((!node.is("Mul") && !node.is("MatMul") && !node.is("Gemm") && !node.is("Einsum")) || matchScale(node) ||
          node.getInputs().size() != 2)
        continue;
      for (unsigned i : {0u, 1u})
        if (classify(node.getInput(i)) == Multiplication::Tensors)
          return behindViews(node.getInput(1 - i), /*scales=*/true);
    }
    return {};
  }

  /// Finds which factor of the content term is which. Queries and values play the same part in the formula, up to the
  /// axis of the softmax; a lambda layer multiplies keys and values first.
  bool findContent(LambdaMatch &match) {
    SmallVector<size_t, 3> order = {0, 1, 2};
    do {
      Term term = {*contentTerm, order[0], order[1], order[2]};
      DimList softmax = softmaxDims(factor(term, term.other));
      std::optional<Roles> roles = sortDims(term);
      if (softmax.empty() || !roles)
        continue;
      if (!without(softmax, roles->contextOrDepth).empty())
        continue;
      if (multipliedLast() != factor(term, term.values).value) {
        content = term;
        return true;
      }
      match = near(factor(term, term.other).value.getDefiningOp<NodeOp>(),
                   "the softmax of its keys runs over the key dimension, not over the context");
    } while (std::next_permutation(order.begin(), order.end()));
    return false;
  }

  bool findPosition() {
    SmallVector<ProductFactor, 3> &factors = form.terms[*positionTerm].factors;
    size_t table =
        llvm::find_if(factors, [](const ProductFactor &each) { return bool(each.constant); }) - factors.begin();
    for (bool swapped : {false, true}) {
      size_t queries = table == 0 ? 1 : 0, values = 3 - table - queries;
      if (swapped)
        std::swap(queries, values);
      Term term = {*positionTerm, queries, table, values};
      if (content && (factor(*content, content->queries).value != factor(term, queries).value ||
                      factor(*content, content->values).value != factor(term, values).value))
        continue;
      if (content &&
          (!align(*content, content->queries, term, queries) || !align(*content, content->values, term, values)))
        return false;
      if (!sortDims(term))
        continue;
      position = term;
      return true;
    }
    return false;
  }

  LambdaMatch matchStrictly() {
    LambdaMatch match;
    if (form.terms.empty() || form.terms.size() > 3 || !sortTerms() || (!contentTerm && !positionTerm))
      return match;
    if ((contentTerm && !findContent(match)) || !isComplete)
      return match;
    if (positionTerm && !findPosition())
      return content ? near(rootNode(), "content and position lambda are of different queries or values") : match;
    Term first = content ? *content : *position;
    if (biasTerm) {
      size_t constant = form.terms[*biasTerm].factors[0].constant ? 0 : 1;
      Term bias = {*biasTerm, 1 - constant, constant, constant};
      if (!align(first, first.queries, bias, 1 - constant))
        return match;
      match.bias = factor(bias, constant);
    }
    if (!collect(match, first))
      return match;
    match.degree = LambdaMatch::Layer;
    match.nodes = analysis.getNodes();
    match.layout = form.layout;
    return match;
  }

  NodeOp rootNode() { return cast<NodeOp>(analysis.getNodes().front()); }

  /// Puts the parts together; false if they do not belong to one layer.
  bool collect(LambdaMatch &match, const Term &first) {
    std::optional<Roles> inContent = content ? sortDims(*content) : std::nullopt;
    std::optional<Roles> inPosition = position ? sortDims(*position) : std::nullopt;
    if (bool(content) != bool(inContent) || bool(position) != bool(inPosition))
      return false;
    const Roles &roles = inContent ? *inContent : *inPosition;
    match.queries = factor(first, first.queries);
    match.values = factor(first, first.values);
    auto inOrderOf = [](ArrayRef<Dim> order, ArrayRef<Dim> dims) {
      DimList sorted;
      llvm::copy_if(order, std::back_inserter(sorted), [&](Dim dim) { return llvm::is_contained(dims, dim); });
      return sorted;
    };
    DimList result = flatten(form.layout), queries = flatten(match.queries.axes), values = flatten(match.values.axes);
    match.batch = inOrderOf(result, roles.batch);
    match.value = inOrderOf(values, roles.value);
    match.key = inOrderOf(queries, roles.key);
    if (content) {
      match.keys = factor(*content, content->other);
      match.contextPositions = inOrderOf(values, softmaxDims(*match.keys));
      match.keys->value = matchSoftmax(match.keys->value.getDefiningOp<NodeOp>())->scores;
    }
    DimList free = inOrderOf(queries, roles.headOrPosition);
    if (position) {
      const ProductTerm &term = form.terms[position->index];
      match.position = factor(*position, position->other);
      DimList out, context;
      for (Dim dim : queries)
        for (Window window : term.windows)
          if (window.out == dim) {
            out.push_back(dim);
            context.push_back(window.in);
            match.taps.push_back(window.tap);
            match.grid.push_back(analysis.dims.extent(dim));
          }
      bool isKernel = !out.empty();
      if (isKernel && !inPosition->position.empty()) // Another filter at every position of a third axis.
        return false;
      match.queryPositions = isKernel ? out : inOrderOf(queries, inPosition->position);
      if (isKernel && content && !sameDims(match.contextPositions, context))
        return false;
      if (isKernel)
        match.contextPositions = context;
      if (content && (!sameDims(inContent->batch, inPosition->batch) || !sameDims(inContent->key, inPosition->key) ||
                      !sameDims(inContent->value, inPosition->value)))
        return false;
      if (!content && !isKernel && !guessContext(match, inOrderOf(values, roles.contextOrDepth)))
        return false;
      if (!isKernel && !match.queryPositions.empty())
        findGrid(match, inOrderOf(values, without(roles.contextOrDepth, match.contextPositions)));
      if (!content && (match.grid.empty() || match.key.empty()))
        return false; // Any product of three tensors is a position lambda with a table.
    } else if (!free.empty()) {
      match.queryPositions = {free.back()}; // Without positions nothing tells them from heads.
    }
    match.heads = inOrderOf(result, without(free, match.queryPositions));
    match.depth = inOrderOf(values, without(roles.contextOrDepth, match.contextPositions));
    if (match.bias && !sameDims(flatten(match.bias->axes), match.key))
      return false;
    match.scale = form.terms[first.index].scale;
    if (position)
      match.positionScale = form.terms[position->index].scale / match.scale;
    if (biasTerm)
      match.biasScale = form.terms[*biasTerm].scale / match.scale;
    return true;
  }

  /// Without keys, the context is what has the extents of the queries' positions.
  bool guessContext(LambdaMatch &match, ArrayRef<Dim> candidates) {
    DimList &queries = match.queryPositions;
    for (size_t start = 0; start + queries.size() <= candidates.size() && !queries.empty(); ++start) {
      ArrayRef<Dim> context = candidates.slice(start, queries.size());
      if (llvm::all_of(llvm::zip(queries, context), [&](auto pair) {
            return analysis.dims.extent(std::get<0>(pair)) == analysis.dims.extent(std::get<1>(pair));
          })) {
        match.contextPositions = DimList(context);
        return true;
      }
    }
    return false;
  }

  /// Looks for a grid on which the table depends on differences alone: the axes the positions came as, then one axis,
  /// then all two-dimensional ones.
  void findGrid(LambdaMatch &match, ArrayRef<Dim> depth) {
    const DimTable &dims = analysis.dims;
    int64_t n = dims.product(match.queryPositions), perPair = dims.product(match.key) * dims.product(depth);
    if (n != dims.product(match.contextPositions) || n < 2)
      return;
    DimList order = match.queryPositions;
    for (ArrayRef<Dim> more : {ArrayRef<Dim>(match.contextPositions), ArrayRef<Dim>(match.key), depth})
      order.append(more.begin(), more.end());
    if (!sameDims(order, flatten(match.position->axes)))
      return;
    std::optional<std::vector<double>> numbers = readArranged(*match.position, order, dims);
    if (!numbers)
      return;
    auto attempt = [&](ArrayRef<int64_t> grid) {
      std::optional<std::vector<double>> relative = findRelativeTable(*numbers, grid, perPair);
      if (relative) {
        match.kernel = std::move(*relative);
        match.grid.assign(grid.begin(), grid.end());
      }
      return relative.has_value();
    };
    SmallVector<int64_t> given;
    for (Dim dim : match.queryPositions)
      given.push_back(dims.extent(dim));
    if (attempt(given) || attempt(n))
      return;
    for (int64_t rows = 2; rows < n; ++rows)
      if (n % rows == 0 && attempt({rows, n / rows}))
        return;
  }

  ProductAnalysis analysis;
  ProductForm form;
  std::optional<size_t> contentTerm, positionTerm, biasTerm;
  bool isComplete = true;
  std::optional<Term> content, position;
};
} // namespace

LambdaMatch matchLambda(Value value, DimTable &dims) {
  ProductAnalysis analysis(dims);
  ProductForm form = analysis.get(value);
  if (analysis.getNodes().empty())
    return {};
  return Matcher(std::move(analysis), std::move(form)).run(/*expansions=*/1);
}

} // namespace fourmix::onnx_to_mix
