// However it is spelled, kernelised attention is one sum of products: features of queries and of keys and values,
// summed over keys and features, times what pairs of positions weigh (a triangle of ones, where a cumulative sum or a
// mask makes it causal; a number per distance), over the same sum without the values, perhaps with a small number added
// to it. Which tensor has which dimension says what it is.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "LinearAttentionForm.h"
#include "AttentionLayout.h"
#include "fourmix/Support/Constants.h"
#include "lib/Conversion/ONNXToMix/Analysis/Cone.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace mlir;
using namespace fourmix;
using fourmix::onnx::NodeOp;

namespace fourmix::onnx_to_mix {

namespace {

using Factors = SmallVector<ProductFactor, 3>;

/// The factors of one term by what they are.
struct Parts {
  SmallVector<size_t> tensors, pairs; // pairs: what is no feature and no value
  std::optional<size_t> reciprocal;
};

std::optional<Parts> sortFactors(const Factors &factors) {
  Parts parts;
  for (auto [i, factor] : llvm::enumerate(factors)) {
    if (factor.kind == ProductFactor::Reciprocal) {
      if (parts.reciprocal)
        return std::nullopt;
      parts.reciprocal = i;
    } else {
      (factor.kind == ProductFactor::Tensor && !factor.constant ? parts.tensors : parts.pairs).push_back(i);
    }
  }
  return parts;
}

bool has(ArrayRef<Dim> list, Dim dim) { return llvm::is_contained(list, dim); }

class Matcher {
public:
  Matcher(NodeOp root, AttentionMiss &miss) : root(root), miss(miss) {}

  std::optional<LinearAttentionForm> run() {
    // Which quotient divides by the sum of the weights is found by trying.
    ProductAnalysis plain(dims, Weighing{});
    ProductForm form = plain.get(root.getResult(0));
    constexpr size_t mostQuotients = 4;
    for (Operation *quotient : ArrayRef(plain.getQuotients().getArrayRef()).take_front(mostQuotients)) {
      ProductAnalysis analysis(dims, Weighing{quotient, {}});
      ProductForm whole = analysis.get(root.getResult(0));
      if (whole.terms.size() == 1)
        if (auto match = matchDivided(whole, cast<NodeOp>(quotient)))
          return finish(std::move(*match), analysis);
    }
    if (!plain.getNodes().empty() && form.terms.size() == 1)
      if (auto match = matchUndivided(form))
        return finish(std::move(*match), plain);
    return std::nullopt;
  }

private:
  std::nullopt_t fail(NodeOp node, std::string reason) {
    if (!miss.node) {
      miss.node = node;
      miss.reason = std::move(reason);
      miss.degree = 1;
    }
    return std::nullopt;
  }

  /// What each dimension is, once it is said which factor is which.
  struct Assignment {
    ProductFactor query, key, value;
    DimList size, keys, valueSize, outer; // outer: of the result, but for the values' own
    DimList free;                         // of queries and result alone: positions, or heads that share their keys
  };

  std::optional<Assignment> assign(const ProductFactor &query, const ProductFactor &key, const ProductFactor &value,
                                   ArrayRef<Dim> result) {
    Assignment a{query, key, value, {}, {}, {}, {}, {}};
    DimList q = flatten(query.axes), k = flatten(key.axes), v = flatten(value.axes), all = q;
    all.append(without(k, all));
    all.append(without(v, all));
    for (const DimList &list : {q, k, v}) // A dimension stands once.
      for (Dim dim : list)
        if (llvm::count(list, dim) > 1)
          return std::nullopt;
    enum : unsigned { InQuery = 1, InKey = 2, InValue = 4, InResult = 8 };
    for (Dim dim : all)
      switch ((has(q, dim) ? InQuery : 0) | (has(k, dim) ? InKey : 0) | (has(v, dim) ? InValue : 0) |
              (has(result, dim) ? InResult : 0)) {
      case InQuery | InKey:
        a.size.push_back(dim);
        break;
      case InKey | InValue:
        a.keys.push_back(dim);
        break;
      case InValue | InResult:
        a.valueSize.push_back(dim);
        break;
      case InQuery | InResult:
        a.free.push_back(dim);
        break;
      case InQuery | InKey | InValue | InResult:
      case InQuery | InKey | InResult: // heads that share their values, not their keys, or the other way round
      case InQuery | InValue | InResult:
        break;
      default:
        return std::nullopt;
      }
    a.outer = without(result, a.valueSize);
    bool isWhole = llvm::all_of(result, [&](Dim dim) { return has(all, dim); });
    if (a.size.empty() || a.keys.empty() || a.valueSize.empty() || !isWhole)
      return std::nullopt;
    return a;
  }

  std::optional<PairWeights> readPairs(const Factors &factors, ArrayRef<size_t> pairs, const Assignment &a) {
    SmallVector<const ProductFactor *> list;
    for (size_t i : pairs)
      list.push_back(&factors[i]);
    std::string problem;
    std::optional<PairWeights> weights = readPairWeights(list, {a.keys, a.free, a.outer}, dims, problem);
    if (!problem.empty())
      fail(root, problem);
    return weights;
  }

  //===--------------------------------------------------------------------===//
  // The two forms
  //===--------------------------------------------------------------------===//

  /// Without a quotient it is attention only where positions weigh each other: else any product of three is.
  std::optional<LinearAttentionForm> matchUndivided(const ProductForm &form) {
    const Factors &factors = form.terms[0].factors;
    std::optional<Parts> parts = sortFactors(factors);
    if (!parts || parts->reciprocal || parts->tensors.size() != 3 || parts->pairs.empty() ||
        !form.terms[0].windows.empty())
      return std::nullopt;
    SmallVector<size_t> order = parts->tensors;
    do {
      std::optional<Assignment> a =
          assign(factors[order[0]], factors[order[1]], factors[order[2]], flatten(form.layout));
      std::optional<PairWeights> pairs = a ? readPairs(factors, parts->pairs, *a) : std::nullopt;
      if (!pairs)
        continue;
      LinearAttentionForm match;
      match.pairs = *pairs;
      match.scale = form.terms[0].scale;
      describe(*a, form.layout, match);
      return match;
    } while (std::next_permutation(order.begin(), order.end()));
    return std::nullopt;
  }

  std::optional<LinearAttentionForm> matchDivided(const ProductForm &above, NodeOp quotient) {
    std::optional<Parts> parts = sortFactors(above.terms[0].factors);
    if (!parts || !parts->reciprocal || parts->tensors.size() != 3 || !above.terms[0].windows.empty())
      return std::nullopt;
    Value divisor = above.terms[0].factors[*parts->reciprocal].value;
    NodeOp clamp = divisor.getDefiningOp<NodeOp>();
    bool isClamped =
        clamp && (clamp.is("Max") || clamp.is("Clip")) && staticShape(clamp.getInput(0)) == staticShape(divisor);
    if (isClamped)
      divisor = clamp.getInput(0);
    Weighing weighing;
    weighing.sumsNumbers = true;
    for (size_t i : parts->tensors)
      if (Operation *op = above.terms[0].factors[i].value.getDefiningOp())
        weighing.leaves.insert(op);
    ProductAnalysis analysis(dims, weighing);
    ProductForm below = analysis.get(divisor);
    std::optional<double> epsilon = isClamped ? std::nullopt : takeNumber(below);
    SmallVector<size_t> order = parts->tensors;
    bool isNear = false;
    do {
      Attempt attempt{above, below};
      std::optional<LinearAttentionForm> match = tryDivided(analysis, attempt, *parts, order, isNear);
      if (!match || !epsilon)
        continue;
      match->isNormalised = true;
      match->epsilon = *epsilon;
      return finish(std::move(*match), analysis);
    } while (std::next_permutation(order.begin(), order.end()));
    if (isNear && hasFeatures(below, above, *parts))
      fail(quotient, isClamped ? "the sum of its weights is clamped before it divides"
                               : "what it divides by is not the sum of its weights");
    return std::nullopt;
  }

  struct Attempt {
    ProductForm above, below;
  };

  /// True if a tensor above the line is a factor below it, too.
  static bool hasFeatures(const ProductForm &below, const ProductForm &above, const Parts &parts) {
    return llvm::any_of(below.terms, [&](const ProductTerm &term) {
      return llvm::any_of(term.factors, [&](const ProductFactor &factor) {
        return llvm::any_of(parts.tensors, [&](size_t i) {
          return factor.kind == ProductFactor::Tensor && above.terms[0].factors[i].value == factor.value;
        });
      });
    });
  }

  /// The sum of the terms that are one number, which are taken away; nullopt if another term is left than one.
  static std::optional<double> takeNumber(ProductForm &form) {
    double number = 0;
    auto isNumber = [&](const ProductTerm &term) {
      double product = term.scale;
      for (const ProductFactor &factor : term.factors) {
        std::optional<double> splat =
            factor.kind == ProductFactor::Tensor ? readSplat(factor.value) : std::optional<double>();
        if (!splat)
          return false;
        product *= *splat;
      }
      number += product;
      return true;
    };
    llvm::erase_if(form.terms, isNumber);
    return form.terms.size() == 1 && number >= 0 && std::isfinite(number) ? std::optional(number) : std::nullopt;
  }

  std::optional<LinearAttentionForm> tryDivided(ProductAnalysis &analysis, Attempt &attempt, const Parts &parts,
                                                ArrayRef<size_t> order, bool &isNear) {
    Factors &factors = attempt.above.terms[0].factors;
    ProductForm *forms[] = {&attempt.above, &attempt.below};
    auto unify = [&](auto first, auto second) {
      if (first().size() != second().size())
        return false;
      for (size_t axis = 0; axis < first().size(); ++axis)
        if (!first()[axis].empty() || !second()[axis].empty())
          if (!analysis.unify(forms, DimList(first()[axis]), DimList(second()[axis])))
            return false;
      return true;
    };
    auto axesAbove = [&](size_t i) { return [&factors, i]() -> Axes & { return factors[i].axes; }; };
    if (!unify(axesAbove(*parts.reciprocal), [&]() -> Axes & { return attempt.below.layout; }))
      return std::nullopt;
    // Above the line it may be attention, whatever divides it.
    std::optional<Assignment> a =
        assign(factors[order[0]], factors[order[1]], factors[order[2]], flatten(attempt.above.layout));
    if (!a || !llvm::all_of(flatten(factors[*parts.reciprocal].axes), [&](Dim dim) { return has(a->outer, dim); }))
      return std::nullopt;
    isNear = true;
    if (attempt.below.terms.size() != 1 || !attempt.below.terms[0].windows.empty())
      return std::nullopt;
    Factors &others = attempt.below.terms[0].factors;
    std::optional<Parts> partsBelow = sortFactors(others);
    if (!partsBelow || partsBelow->reciprocal || partsBelow->tensors.size() != 2)
      return std::nullopt;
    SmallVector<size_t> tensors = partsBelow->tensors;
    if (others[tensors[0]].value != factors[order[0]].value)
      std::swap(tensors[0], tensors[1]);
    auto axesBelow = [&](size_t i) { return [&others, i]() -> Axes & { return others[i].axes; }; };
    for (unsigned i : {0, 1})
      if (others[tensors[i]].value != factors[order[i]].value || !unify(axesAbove(order[i]), axesBelow(tensors[i])))
        return std::nullopt;
    a = assign(factors[order[0]], factors[order[1]], factors[order[2]], flatten(attempt.above.layout));
    std::optional<PairWeights> pairs = a ? readPairs(factors, parts.pairs, *a) : std::nullopt,
                               pairsBelow = pairs ? readPairs(others, partsBelow->pairs, *a) : std::nullopt;
    if (!pairsBelow || !(*pairs == *pairsBelow))
      return std::nullopt;
    // The same sums: over keys and sizes, of nothing else.
    DimList below = flatten(attempt.below.layout), summed = a->keys;
    summed.append(a->size);
    DimList kept = without(flatten(factors[order[0]].axes), summed);
    kept.append(without(without(flatten(factors[order[1]].axes), summed), kept));
    if (!without(kept, below).empty() || !without(below, kept).empty() ||
        llvm::any_of(below, [&](Dim dim) { return has(summed, dim); }))
      return std::nullopt;
    double scaleAbove = attempt.above.terms[0].scale, scaleBelow = attempt.below.terms[0].scale;
    if (scaleBelow == 0)
      return std::nullopt;
    LinearAttentionForm match;
    match.pairs = *pairs;
    match.scale = scaleBelow;
    match.factor = scaleAbove / scaleBelow;
    describe(*a, attempt.above.layout, match);
    return match;
  }

  /// The form as far as a layout needs it.
  void describe(const Assignment &a, const Axes &layout, LinearAttentionForm &match) {
    AttentionForm &form = match.form;
    form.dims = dims;
    auto source = [&](const ProductFactor &factor) {
      return collectSources(form.dims, factor.value, factor.axes, /*scales=*/false);
    };
    form.query = source(a.query);
    form.key = source(a.key);
    form.value = source(a.value);
    form.results = collectResults(form.dims, root.getResult(0), layout);
    Axes weights;
    for (Dim dim : a.outer)
      weights.push_back({dim});
    weights.push_back(a.keys);
    form.weights.push_back({Value(), weights});
    form.keyDims = a.keys;
  }

  static std::optional<LinearAttentionForm> finish(LinearAttentionForm match, const ProductAnalysis &analysis) {
    match.nodes.append(analysis.getNodes().begin(), analysis.getNodes().end());
    return match;
  }

  NodeOp root;
  AttentionMiss &miss;
  DimTable dims;
};
} // namespace

std::optional<LinearAttentionForm> matchLinearAttention(NodeOp root, AttentionMiss &miss) {
  return Matcher(root, miss).run();
}

} // namespace fourmix::onnx_to_mix
