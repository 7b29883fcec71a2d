// Kernelised attention, phi(q) (sum of phi(k)^T v) / (phi(q) sum of phi(k)), becomes mix.linear_attention; so does the
// form with a weight per distance, where the sums are products with a Toeplitz matrix.
//
// The anchor is the quotient: what stands above and below the line must be the same sums, with and without the values.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "AttentionLayout.h"
#include "dialects/Mix/IR/Mix.h"
#include "fourmix/Support/Constants.h"
#include "lib/Conversion/ONNXToMix/Analysis/Cone.h"
#include "lib/Conversion/ONNXToMix/Raise.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"
#include <cmath>

using namespace mlir;
using namespace fourmix;
using namespace fourmix::onnx_to_mix;
using onnx::NodeOp;

namespace {

NodeOp producer(Value value) { return value ? value.getDefiningOp<NodeOp>() : NodeOp(); }

class LinearForm {
public:
  LinearForm(NodeOp quotient, ConstantFacts &constants) : quotient(quotient), constants(&constants) {}

  bool match() {
    Value above = quotient.getInput(0), below = quotient.getInput(1);
    if (!staticShape(above) || !staticShape(below) || above.getType() != quotient.getResult(0).getType())
      return false;
    Axes axes = form.dims.createAxes(*staticShape(above));
    form.results = collectResults(form.dims, quotient.getResult(0), axes);
    return matchAbove({above, axes}) &&
           matchBelow({below, alignBroadcast(form.dims.resolve(axes), *staticShape(below), *staticShape(above))}) &&
           describe();
  }

  /// The operation in place of the quotient; null if a node could not be made.
  mix::LinearAttentionOp commit() {
    std::optional<AttentionLayout> layout = chooseLayout(form);
    if (!layout)
      return {};
    const Roles &roles = layout->roles;
    const View &result = form.results[layout->result.index];
    auto last = result.value.getDefiningOp<NodeOp>();
    OpBuilder builder(last);
    onnx::NodeBuilder nodes(builder, last.getLoc(), last.getVersion());
    auto read = [&](ArrayRef<Source> chain, const Place &place) {
      return place.by.emit(nodes, chain[place.index].value);
    };
    Value query = read(form.query, layout->query), key = read(form.key, layout->key),
          value = read(form.value, layout->value), kernel;
    Type element = getElementTypeOrSelf(result.value.getType());
    int64_t heads = form.dims.product(roles.heads), keys = form.dims.product(roles.keys);
    if (toeplitz) {
      int64_t kernels = toeplitz.getKernel().getType().getNumElements() / (2 * keys - 1);
      if (kernels != 1 && form.dims.resolve(kernelHeads) != roles.heads)
        return {};
      kernel = nodes.reshape(toeplitz.getKernel(), {kernels, 2 * keys - 1});
    }
    if (!query || !key || !value || (toeplitz && !kernel) || getElementTypeOrSelf(query) != element ||
        getElementTypeOrSelf(key) != element || getElementTypeOrSelf(value) != element)
      return {};
    Axes axes = Roles::layout(roles.batch, roles.heads, roles.queries, roles.valueSize, layout->result.isFlat);
    auto op = mix::LinearAttentionOp::create(
        builder, last.getLoc(), RankedTensorType::get(extentsOf(form.dims, axes), element), query, key, value, kernel,
        builder.getI64IntegerAttr(heads), builder.getI64IntegerAttr(form.dims.product(roles.kvHeads())),
        builder.getF64FloatAttr(1), /*causal=*/UnitAttr(), /*normalised=*/builder.getUnitAttr());
    Value output = layout->result.by.emit(nodes, op.getOutput()), old = result.value;
    if (!output)
      return {};
    onnx::passNameOn(old, output);
    old.replaceAllUsesWith(output);
    eraseDead(last);
    for (mix::ToeplitzOp dead : {toeplitz, toeplitzBelow})
      if (dead && dead->use_empty()) {
        SmallVector<Value> operands(dead->getOperands());
        dead.erase();
        for (Value operand : operands)
          if (Operation *from = operand.getDefiningOp())
            eraseDead(from);
      }
    return op;
  }

  bool hasKernel() const { return static_cast<bool>(toeplitz); }

private:
  /// Through views to what computes a value.
  View trace(View at) {
    while (NodeOp node = producer(at.value)) {
      std::optional<Axes> operand;
      if (!isView(node) || !(operand = viewOperandAxes(node, form.dims.resolve(at.axes), form.dims)))
        break;
      at = {node.getInput(0), *operand};
    }
    return at;
  }

  /// The operands of the product that computes `at`; its summed letters are `summed`, or new ones where that is empty.
  std::optional<std::array<View, 2>> factors(const View &at, DimList &summed) {
    NodeOp node = producer(at.value);
    std::optional<Product> product = node ? matchProduct(node, *constants) : std::nullopt;
    if (!product || product->scale != 1)
      return std::nullopt;
    SmallVector<DimList> dims(product->extents.size());
    for (auto [letter, axis] : llvm::zip(product->result, form.dims.resolve(at.axes)))
      if (letter != Product::unit)
        dims[letter] = axis;
    unsigned sums = 0;
    for (int letter = 0, e = dims.size(); letter < e; ++letter) {
      if (!product->isSummed(letter) || product->extents[letter] == 1)
        continue;
      if (++sums > 1)
        return std::nullopt;
      if (summed.empty())
        summed = {form.dims.create(product->extents[letter])};
      if (form.dims.product(form.dims.resolve(summed)) != product->extents[letter])
        return std::nullopt;
      dims[letter] = form.dims.resolve(summed);
    }
    if (sums != 1)
      return std::nullopt;
    return std::array<View, 2>{View{product->operands[0], Product::axesOf(product->letters[0], dims)},
                               View{product->operands[1], Product::axesOf(product->letters[1], dims)}};
  }

  bool has(const View &view, const DimList &dims) {
    DimList all = form.dims.resolve(flatten(view.axes));
    return llvm::all_of(form.dims.resolve(dims), [&](Dim dim) { return llvm::is_contained(all, dim); });
  }

  /// phi(q) times the sums of phi(k)^T v.
  bool matchAbove(View at) {
    at = trace(at);
    std::optional<std::array<View, 2>> parts = factors(at, size);
    if (!parts)
      return false;
    // The queries have no dimension of the values: what the state has and the queries have not.
    for (int i : {0, 1}) {
      View state = trace((*parts)[1 - i]);
      LinearForm before = *this;
      query = (*parts)[i];
      if (matchState(state, at))
        return true;
      *this = before;
    }
    return false;
  }

  DimList without(const DimList &list, const DimList &other) {
    DimList kept, removed = form.dims.resolve(other);
    for (Dim dim : form.dims.resolve(list))
      if (!llvm::is_contained(removed, dim))
        kept.push_back(dim);
    return kept;
  }

  bool matchState(const View &state, const View &whole) {
    valueSize = without(flatten(whole.axes), flatten(query.axes));
    if (valueSize.empty())
      return false;
    std::optional<std::array<View, 2>> parts;
    if (auto op = state.value.getDefiningOp<mix::ToeplitzOp>()) {
      toeplitz = op;
      queries = form.dims.resolve(state.axes[op.getAxis()]);
      if (!readKernelHeads(op, state, kernelHeads))
        return false;
      View terms = trace({op.getInput(), state.axes});
      NodeOp product = producer(terms.value);
      if (!product || !product.is("Mul") || !staticShape(product.getInput(0)) || !staticShape(product.getInput(1)))
        return false;
      Axes axes = form.dims.resolve(terms.axes);
      auto operand = [&](unsigned i) {
        return View{product.getInput(i),
                    alignBroadcast(axes, *staticShape(product.getInput(i)), *staticShape(product.getResult(0)))};
      };
      parts = std::array<View, 2>{operand(0), operand(1)};
      keyDims = queries; // Renamed in the end: positions on both sides of the matrix.
    } else {
      parts = factors(state, keyDims);
    }
    if (!parts || keyDims.empty())
      return false;
    for (int i : {0, 1})
      if (has((*parts)[i], size) && !has((*parts)[i], valueSize) && has((*parts)[1 - i], valueSize) &&
          !has((*parts)[1 - i], size)) {
        key = (*parts)[i];
        value = (*parts)[1 - i];
        return true;
      }
    return false;
  }

  /// The dimensions along which the kernel differs beside its own axis: at most one axis, before it.
  bool readKernelHeads(mix::ToeplitzOp op, const View &state, DimList &heads) {
    for (auto [axis, extent] : llvm::enumerate(op.getKernel().getType().getShape())) {
      if (extent == 1 || axis == op.getAxis())
        continue;
      if (!heads.empty() || axis > op.getAxis())
        return false;
      heads = form.dims.resolve(state.axes[axis]);
    }
    return true;
  }

  /// phi(q) times the same sums of phi(k) alone.
  bool matchBelow(View at) {
    std::optional<std::array<View, 2>> parts = factors(trace(at), size);
    if (!parts)
      return false;
    for (int i : {0, 1})
      if (isSame((*parts)[i], query) && matchSum(trace((*parts)[1 - i])))
        return true;
    return false;
  }

  /// True if both are views of one tensor, with the same dimensions.
  bool isSame(const View &a, const View &b) {
    View one = trace(a), other = trace(b);
    return one.value == other.value && form.dims.resolve(one.axes) == form.dims.resolve(other.axes);
  }

  bool matchSum(const View &state) {
    if (auto op = state.value.getDefiningOp<mix::ToeplitzOp>()) {
      toeplitzBelow = op;
      DimList heads;
      return readKernelHeads(op, state, heads) && heads == form.dims.resolve(kernelHeads) && toeplitz &&
             form.dims.resolve(state.axes[op.getAxis()]) == form.dims.resolve(queries) &&
             isSame({op.getInput(), state.axes}, key) && hasSameKernel();
    }
    NodeOp node = producer(state.value);
    if (toeplitz || !node || !node.is("ReduceSum") || !staticShape(node.getInput(0)))
      return false;
    std::optional<SmallVector<int64_t>> axes = node.getInts("axes");
    if (!axes)
      axes = readIntegers(node.getInput(1));
    if (!axes || axes->size() != 1)
      return false;
    int64_t rank = staticShape(node.getInput(0))->size(),
            axis = axes->front() < 0 ? axes->front() + rank : axes->front();
    Axes own = form.dims.resolve(state.axes);
    if (axis < 0 || axis >= rank)
      return false;
    if (node.getInt("keepdims", 1))
      own[axis] = form.dims.resolve(keyDims);
    else
      own.insert(own.begin() + axis, form.dims.resolve(keyDims));
    return isSame({node.getInput(0), own}, key);
  }

  bool hasSameKernel() {
    Value a = toeplitz.getKernel(), b = toeplitzBelow.getKernel();
    if (a == b)
      return true;
    ElementsAttr one = matchConstant(a), other = matchConstant(b);
    std::optional<std::vector<double>> x = one ? readDoubles(one) : std::nullopt,
                                       y = other ? readDoubles(other) : std::nullopt;
    if (!x || !y || x->size() != y->size())
      return false;
    double largest = 0;
    for (double number : *x)
      largest = std::max(largest, std::abs(number));
    return llvm::all_of(llvm::zip(*x, *y), [&](auto pair) {
      return std::abs(std::get<0>(pair) - std::get<1>(pair)) <= tolerance * largest;
    });
  }

  /// The form as far as a layout needs it.
  bool describe() {
    DimTable &dims = form.dims;
    DimList outer = dims.resolve(flatten(form.results[0].axes));
    outer = without(outer, valueSize);
    if (toeplitz) { // Keys and values stand at positions of their own.
      queries = dims.resolve(queries);
      llvm::DenseMap<Dim, Dim> renamed;
      for (Dim dim : queries)
        renamed[dim] = dims.create(dims.extent(dim));
      auto rename = [&](View &view) {
        view.axes = dims.resolve(view.axes);
        for (DimList &axis : view.axes)
          for (Dim &dim : axis)
            if (auto other = renamed.find(dim); other != renamed.end())
              dim = other->second;
      };
      rename(key);
      rename(value);
      keyDims.clear();
      for (Dim dim : queries)
        keyDims.push_back(renamed.lookup(dim));
    }
    form.query = collectSources(dims, query.value, query.axes, /*scales=*/false);
    form.key = collectSources(dims, key.value, key.axes, /*scales=*/false);
    form.value = collectSources(dims, value.value, value.axes, /*scales=*/false);
    Axes weights;
    for (Dim dim : outer)
      weights.push_back({dim});
    weights.push_back(keyDims);
    form.weights.push_back({Value(), weights});
    form.keyDims = keyDims;
    return true;
  }

  NodeOp quotient;
  ConstantFacts *constants;
  AttentionForm form;
  View query, key, value;
  DimList size, valueSize, queries, keyDims, kernelHeads;
  mix::ToeplitzOp toeplitz, toeplitzBelow;
};
} // namespace

void onnx_to_mix::raiseLinearAttention(Operation *root, ConstantFacts &constants) {
  // A commit may erase other quotients: the next one is looked up anew.
  llvm::SmallPtrSet<Operation *, 16> seen;
  NodeOp next;
  do {
    next = {};
    root->walk([&](NodeOp node) {
      if (!node.is("Div") || !seen.insert(node).second)
        return WalkResult::advance();
      next = node;
      return WalkResult::interrupt();
    });
    if (!next)
      return;
    LinearForm form(next, constants);
    if (!form.match())
      continue;
    std::string name = describe(next);
    Location loc = next.getLoc();
    if (mix::LinearAttentionOp op = form.commit())
      remark::passed(loc, remark::RemarkOpts::name("attention").category("onnx-to-mix"))
          << name + " and what feeds it raised to mix.linear_attention, " + std::to_string(op.getHeads()) + " heads" +
                 (form.hasKernel() ? ", a weight per distance" : "");
  } while (next);
}
