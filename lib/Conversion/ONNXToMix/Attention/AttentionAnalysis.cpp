// From a softmax up to queries, keys and masks, and down to the values.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "AttentionLayout.h"
#include "fourmix/Support/Constants.h"
#include "lib/Conversion/ONNXToMix/Analysis/Cone.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using fourmix::onnx::NodeOp;

namespace fourmix::onnx_to_mix {

namespace {

NodeOp producer(Value value) { return value ? value.getDefiningOp<NodeOp>() : NodeOp(); }

Type elementOf(Value value) { return getElementTypeOrSelf(value.getType()); }

unsigned floatWidth(Value value) {
  auto type = dyn_cast<FloatType>(elementOf(value));
  return type ? type.getWidth() : 0;
}

/// A conversion to more bits of floating point loses nothing, so what follows may as well have been computed before.
bool isWidening(NodeOp node) {
  return node && node.is("Cast") && floatWidth(node.getInput(0)) && floatWidth(node.getResult(0)) &&
         floatWidth(node.getInput(0)) < floatWidth(node.getResult(0));
}
bool isNarrowing(NodeOp node) {
  return node && node.is("Cast") && floatWidth(node.getInput(0)) && floatWidth(node.getResult(0)) &&
         floatWidth(node.getInput(0)) > floatWidth(node.getResult(0));
}

class Analysis {
public:
  Analysis(const SoftmaxForm &softmax, ConstantFacts &constants, AttentionMiss &miss)
      : softmax(softmax), constants(constants), miss(miss) {}

  std::optional<AttentionForm> run() {
    form.softmax = softmax.node;
    form.stabiliser = softmax.stabiliser;
    Axes axes = form.dims.createAxes(*staticShape(softmax.scores));
    for (int64_t axis : softmax.axes)
      form.keyDims.append(axes[axis]);
    if (form.keyDims.empty())
      return std::nullopt; // Softmax of one number.
    bool above = ascend(softmax.scores, axes, 1), below = descend({softmax.node.getResult(0), axes});
    if (above && below)
      return form;
    miss.degree = above || below;
    return std::nullopt;
  }

  /// For an Exp: the product with the values says what a row is, the sum that divides it afterwards comes last.
  std::optional<AttentionForm> runFromPowers() {
    form.softmax = softmax.node;
    form.dividesLater = true;
    ArrayRef<int64_t> shape = *staticShape(softmax.node.getResult(0));
    Axes axes = form.dims.createAxes(shape);
    if (!descend({softmax.node.getResult(0), axes}) || form.keyDims.empty())
      return std::nullopt; // Some exponential.
    SmallVector<int64_t> reduced;
    DimList keys = form.dims.resolve(form.keyDims);
    for (auto [i, axis] : llvm::enumerate(form.dims.resolve(axes)))
      if (llvm::any_of(axis, [&](Dim dim) { return llvm::is_contained(keys, dim); }))
        reduced.push_back(i);
    SoftmaxForm powers = matchPowers(softmax.node, reduced);
    form.stabiliser = powers.stabiliser;
    if (!ascend(powers.scores, form.dims.resolve(axes), 1))
      return std::nullopt;
    miss.degree = 2;
    if (!takeDivision())
      return std::nullopt;
    return form;
  }

private:
  bool fail(NodeOp node, std::string reason) {
    if (!miss.node) {
      miss.node = node ? node : softmax.node;
      miss.reason = std::move(reason);
    }
    return false;
  }

  static constexpr int mostSteps = 64;

  //===--------------------------------------------------------------------===//
  // Above the softmax
  //===--------------------------------------------------------------------===//

  /// `value`, times `scale`, is what softmax sees beneath the terms that have been collected. True if it is made from a
  /// product of queries and keys.
  bool ascend(Value value, Axes axes, double scale) {
    for (int step = 0; step < mostSteps; ++step) {
      NodeOp node = producer(value);
      if (!node || !node.getDomain().empty() || !staticShape(node.getResult(0)))
        return fail(node, "its scores are no product of queries and keys");
      if (std::optional<Product> product = matchProduct(node, constants))
        return takeScores(*product, axes, scale);
      if (isView(node)) {
        std::optional<Axes> operand = viewOperandAxes(node, axes, form.dims);
        if (!operand)
          return fail(node, "it rearranges the scores in a way that no axes can say");
        axes = *operand;
        value = node.getInput(0);
      } else if (isWidening(node)) {
        value = node.getInput(0);
      } else if (std::optional<ScaledOperand> scaled = matchScale(node)) {
        value = scaled->tensor;
        scale *= scaled->factor;
      } else if (!form.factors.empty() && !node.is("Mul") && !node.is("Div")) {
        return fail(node, "it changes the scores before they are scaled by a tensor");
      } else if (node.is("Tanh") && !form.softcap && scale > 0) {
        form.softcap = scale; // scale * tanh(x) = c tanh(c x / c)
        form.termsOutsideCap = form.terms.size();
        value = node.getInput(0);
      } else if (node.is("Add") || node.is("Sub")) {
        return ascendSum(node, axes, scale);
      } else if (node.is("Where")) {
        return ascendWhere(node, axes, scale);
      } else if ((node.is("Mul") || node.is("Div")) && leadsToProduct(value, mostSteps)) {
        std::optional<unsigned> scores = takeFactor(node, axes);
        if (!scores)
          return fail(node, "it scales the scores by a tensor that differs from key to key");
        axes = operandAxes(node, *scores, axes);
        value = node.getInput(*scores);
      } else {
        return fail(node, "between product and softmax, it does to the scores what no attention does");
      }
    }
    return fail(softmax.node, "too many nodes lie between product and softmax");
  }

  /// Cheap to ask: could the scores come from here?
  bool leadsToProduct(Value value, int steps) {
    NodeOp node = producer(value);
    if (!node || steps == 0 || !staticShape(node.getResult(0)))
      return false;
    if (matchProduct(node, constants))
      return true;
    auto leads = [&](unsigned i) { return leadsToProduct(node.getInput(i), steps - 1); };
    if (isView(node) || isWidening(node) || node.is("Tanh"))
      return leads(0);
    if (node.is("Where"))
      return leads(1) || leads(2);
    if (node.is("Add") || node.is("Sub") || node.is("Mul") || node.is("Div"))
      return leads(0) || leads(1);
    return false;
  }

  Axes operandAxes(NodeOp node, unsigned i, const Axes &axes) {
    return alignBroadcast(form.dims.resolve(axes), *staticShape(node.getInput(i)), *staticShape(node.getResult(0)));
  }

  /// Scores times or over something that all keys of a query share: which operand the scores are.
  std::optional<unsigned> takeFactor(NodeOp node, const Axes &axes) {
    for (unsigned i : {0, 1}) {
      Value other = node.getInput(1 - i);
      if (!staticShape(node.getInput(i)) || !staticShape(other) || (i == 1 && node.is("Div")) ||
          !leadsToProduct(node.getInput(i), mostSteps))
        continue;
      Axes own = form.dims.resolve(operandAxes(node, 1 - i, axes));
      DimList keys = form.dims.resolve(form.keyDims);
      if (llvm::any_of(flatten(own), [&](Dim dim) { return llvm::is_contained(keys, dim); }))
        continue;
      form.factors.push_back({{other, own}, node.is("Div")});
      return i;
    }
    return std::nullopt;
  }

  /// Scores plus something: either side may be the scores, if both lead to products.
  bool ascendSum(NodeOp node, const Axes &axes, double scale) {
    AttentionForm before = form;
    for (unsigned i : {0, 1}) {
      if (!staticShape(node.getInput(0)) || !staticShape(node.getInput(1)) ||
          !leadsToProduct(node.getInput(i), mostSteps))
        continue;
      double sign = node.is("Sub") ? -1 : 1;
      form = before;
      form.terms.push_back(
          {MaskTerm::Added, {node.getInput(1 - i), operandAxes(node, 1 - i, axes)}, node, scale * (i == 0 ? sign : 1)});
      if (ascend(node.getInput(i), operandAxes(node, i, axes), scale * (i == 1 ? sign : 1)))
        return true;
    }
    form = before;
    return fail(node, "neither of its operands is a product of queries and keys");
  }

  /// Scores of which some are replaced by one number.
  bool ascendWhere(NodeOp node, const Axes &axes, double scale) {
    if (!staticShape(node.getInput(0)) || !staticShape(node.getInput(1)) || !staticShape(node.getInput(2)))
      return fail(node, "its operands have no static shapes");
    for (unsigned i : {1, 2}) {
      std::optional<double> fill = readSplat(node.getInput(3 - i));
      if (!fill)
        continue;
      constexpr double leastMask = -1e3; // Above it lies what a score may be.
      if (!(*fill * scale <= leastMask))
        return fail(node, "it replaces scores by " + std::to_string(*fill * scale) + ", which masks nothing");
      MaskTerm term{MaskTerm::Replacing, {node.getInput(0), operandAxes(node, 0, axes)}, node};
      term.fill = *fill * scale;
      term.trueIsSeen = i == 1;
      form.terms.push_back(term);
      return ascend(node.getInput(i), operandAxes(node, i, axes), scale);
    }
    return fail(node, "it replaces scores by other than one number");
  }

  bool takeScores(const Product &product, const Axes &axes, double scale) {
    form.scale = scale * product.scale;
    SmallVector<DimList> dims(product.extents.size());
    for (auto [letter, axis] : llvm::zip(product.result, form.dims.resolve(axes)))
      if (letter != Product::unit)
        dims[letter] = axis;
    for (int letter = 0, e = dims.size(); letter < e; ++letter)
      if (product.isSummed(letter) && product.extents[letter] > 1)
        dims[letter] = {form.dims.create(product.extents[letter])};
    DimList keys = form.dims.resolve(form.keyDims);
    int counts[2];
    Axes operands[2];
    for (int i : {0, 1}) {
      operands[i] = Product::axesOf(product.letters[i], dims);
      DimList all = form.dims.resolve(flatten(operands[i]));
      counts[i] = llvm::count_if(keys, [&](Dim dim) { return llvm::is_contained(all, dim); });
    }
    int all = keys.size();
    if (counts[0] == all && counts[1] == all)
      return fail(softmax.node, "softmax runs over an axis that queries and keys share");
    if (!(counts[0] == all && counts[1] == 0) && !(counts[1] == all && counts[0] == 0))
      return fail(softmax.node, "softmax runs over more or less than the keys");
    int key = counts[0] == all ? 0 : 1;
    form.key = collectSources(form.dims, product.operands[key], operands[key], /*scales=*/true);
    form.query = collectSources(form.dims, product.operands[1 - key], operands[1 - key], /*scales=*/true);
    return true;
  }

  //===--------------------------------------------------------------------===//
  // Below the softmax
  //===--------------------------------------------------------------------===//

  /// From the weights to the product with the values.
  bool descend(View at) {
    for (int step = 0; step < mostSteps; ++step) {
      form.weights.push_back(at);
      if (std::optional<Value> guarded = matchGuard(at.value)) {
        at.value = *guarded;
        form.excludedRowsAreZero = true;
        continue;
      }
      // A product is taken at once; a view only if nothing else uses the weights.
      NodeOp view, other;
      for (Operation *user : at.value.getUsers()) {
        auto node = dyn_cast<NodeOp>(user);
        if (!node)
          continue;
        NodeOp consumer = consumerOf(node, at.value);
        if (std::optional<Product> product = consumer ? matchProduct(consumer, constants) : std::nullopt)
          return takeValues(*product, at);
        bool follows = isNarrowing(node) || (isView(node) && node.getInput(0) == at.value);
        (follows ? view : other) = node;
      }
      if (!view)
        return fail(other ? other : producer(at.value), "its weights are not multiplied with values at once");
      if (!isNarrowing(view)) {
        std::optional<Axes> axes = viewResultAxes(view, form.dims.resolve(at.axes), form.dims);
        if (!axes)
          return fail(view, "it rearranges the weights in a way that no axes can say");
        at.axes = *axes;
      }
      at.value = view.getResult(0);
    }
    return fail(softmax.node, "too many nodes lie between softmax and product");
  }

  /// The node that computes a product of `value`, which `user` uses: itself, or the sum behind a Mul.
  NodeOp consumerOf(NodeOp user, Value value) {
    if (!user.is("Mul"))
      return user;
    if (!user.getResult(0).hasOneUse())
      return {};
    auto sum = dyn_cast<NodeOp>(*user.getResult(0).getUsers().begin());
    return sum && sum.is("ReduceSum") ? sum : NodeOp();
  }

  /// Where(IsNaN(w), 0, w).
  std::optional<Value> matchGuard(Value weights) {
    for (Operation *user : weights.getUsers()) {
      auto node = dyn_cast<NodeOp>(user);
      if (!node || !node.is("Where") || node.getInput(2) != weights || readSplat(node.getInput(1)) != 0.0)
        continue;
      NodeOp test = producer(node.getInput(0));
      if (test && test.is("IsNaN") && test.getInput(0) == weights && node.getResult(0).getType() == weights.getType())
        return node.getResult(0);
    }
    return std::nullopt;
  }

  bool takeValues(Product product, const View &weights) {
    int own = product.operands[0] == weights.value ? 0 : 1;
    if (product.operands[own] != weights.value || product.operands[1 - own] == weights.value)
      return fail(product.node, "it multiplies the weights with themselves");
    if (product.scale != 1)
      return fail(product.node, "it scales the weighted values");
    SmallVector<DimList> dims(product.extents.size());
    DimList summed;
    Axes axes = form.dims.resolve(weights.axes);
    for (auto [letter, axis] : llvm::zip(product.letters[own], axes)) {
      if (letter == Product::unit)
        continue;
      dims[letter] = axis;
      if (product.isSummed(letter))
        summed.append(axis);
    }
    if (form.dividesLater)
      form.keyDims = summed;
    DimList keys = form.dims.resolve(form.keyDims);
    llvm::sort(summed);
    llvm::sort(keys);
    if (summed != keys)
      return fail(product.node, "it sums over another axis than the softmax");
    for (int letter = 0, e = dims.size(); letter < e; ++letter)
      if (dims[letter].empty() && product.extents[letter] > 1)
        dims[letter] = {form.dims.create(product.extents[letter])};
    form.value = collectSources(form.dims, product.operands[1 - own], Product::axesOf(product.letters[1 - own], dims),
                                /*scales=*/false);
    form.results = collectResults(form.dims, product.node.getResult(0), Product::axesOf(product.result, dims));
    return true;
  }

  /// The quotient of the weighted values and the sum of their weights becomes the first of the results.
  bool takeDivision() {
    View at = form.results.back();
    auto user = at.value.hasOneUse() ? dyn_cast<NodeOp>(*at.value.getUsers().begin()) : NodeOp();
    std::optional<View> sum = user ? matchDivisor(user, at, form.dims) : std::nullopt;
    if (!sum)
      return fail(user ? user : producer(at.value),
                  "exp of scores weighs the values, which the sum of the weights does not divide");
    std::optional<View> summed = matchSum(trace(*sum));
    View weights = summed ? trace(*summed) : View();
    if (!summed || weights.value != form.weights[0].value ||
        form.dims.resolve(weights.axes) != form.dims.resolve(form.weights[0].axes))
      return fail(user, "what it divides the weighted values by is not the sum of their weights");
    form.results = collectResults(form.dims, user.getResult(0), form.dims.resolve(at.axes));
    return true;
  }

  /// Through views and conversions to what computes a value.
  View trace(View at) {
    for (at = traceViews(at, form.dims); isNarrowing(producer(at.value)) || isWidening(producer(at.value));)
      at = traceViews({producer(at.value).getInput(0), at.axes}, form.dims);
    return at;
  }

  /// What `at` is the sum of over the keys: by ReduceSum, or by a product with ones.
  std::optional<View> matchSum(const View &at) {
    NodeOp node = producer(at.value);
    DimList keys = form.dims.resolve(form.keyDims);
    if (std::optional<Product> product = node ? matchProduct(node, constants) : std::nullopt) {
      SmallVector<DimList> dims(product->extents.size());
      for (auto [letter, axis] : llvm::zip(product->result, form.dims.resolve(at.axes)))
        if (letter != Product::unit)
          dims[letter] = axis;
      for (int letter = 0, e = dims.size(); letter < e; ++letter)
        if (product->isSummed(letter) && product->extents[letter] > 1) {
          if (form.dims.product(keys) != product->extents[letter])
            return std::nullopt;
          dims[letter] = keys;
        }
      for (int i : {0, 1})
        if (readSplat(product->operands[i]) == 1.0 && product->scale == 1)
          return View{product->operands[1 - i], Product::axesOf(product->letters[1 - i], dims)};
      return std::nullopt;
    }
    std::optional<SmallVector<int64_t>> reduced =
        node && node.is("ReduceSum") && staticShape(node.getInput(0)) ? reducedAxes(node) : std::nullopt;
    if (!reduced)
      return std::nullopt;
    ArrayRef<int64_t> shape = *staticShape(node.getInput(0));
    SmallVector<int64_t> extents;
    for (int64_t axis : *reduced)
      extents.push_back(shape[axis]);
    std::optional<Axes> parts = form.dims.regroup(keys, extents);
    if (!parts)
      return std::nullopt;
    Axes own = form.dims.resolve(at.axes);
    for (auto [i, axis] : llvm::enumerate(*reduced)) {
      if (node.getInt("keepdims", 1))
        own[axis] = (*parts)[i];
      else
        own.insert(own.begin() + axis, (*parts)[i]);
    }
    return View{node.getInput(0), own};
  }

  SoftmaxForm softmax;
  ConstantFacts &constants;
  AttentionMiss &miss;
  AttentionForm form;
};
} // namespace

std::optional<AttentionForm> analyseAttention(const SoftmaxForm &softmax, bool dividesLater, ConstantFacts &constants,
                                              AttentionMiss &miss) {
  Analysis analysis(softmax, constants, miss);
  return dividesLater ? analysis.runFromPowers() : analysis.run();
}

} // namespace fourmix::onnx_to_mix
