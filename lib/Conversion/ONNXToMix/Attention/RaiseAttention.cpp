// What exporters make of attention becomes mix.attention.
//
// No pattern of nodes is matched. From each softmax the graph is followed to both sides (AttentionAnalysis.cpp), views
// composed, scales gathered and masks read, until it is clear what the whole means; then the operands are read where
// the fewest nodes remain between them and the rest of the network (AttentionLayout.cpp).
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "AttentionRaising.h"
#include "dialects/ONNX/Ops/Opset.h"
#include "lib/Conversion/ONNXToMix/Analysis/Cone.h"
#include "lib/Conversion/ONNXToMix/Raise.h"
#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::onnx_to_mix;
using onnx::NodeOp;

namespace {

class Raising {
public:
  Raising(AttentionForm &form, const AttentionLayout &layout, const MaskForm &mask)
      : form(form), layout(layout), roles(layout.roles), mask(mask), result(form.results[layout.result.index]),
        last(result.value.getDefiningOp<NodeOp>()), builder(last), nodes(builder, last.getLoc(), last.getVersion()) {}

  /// True if all operands have one type of elements.
  bool hasOneElementType() const {
    auto element = [](Value value) { return getElementTypeOrSelf(value.getType()); };
    return element(source(form.query, layout.query).value) == element(result.value) &&
           element(source(form.key, layout.key).value) == element(result.value) &&
           element(source(form.value, layout.value).value) == element(result.value);
  }

  /// Uses of the weights outside of the attention, and whether an attention can give them.
  bool givesWeights() {
    if (form.dividesLater)
      return true; // Nobody can use weights that are in no tensor; powers stay where others use them.
    for (auto [i, view] : llvm::enumerate(form.weights)) {
      Value next = i + 1 < form.weights.size() ? form.weights[i + 1].value : Value();
      for (Operation *user : view.value.getUsers())
        if (!isInside(user, next)) {
          // Before the guard, rows of no key are NaN; after it they are zero.
          if (form.excludedRowsAreZero && i == 0)
            return false;
          needed.push_back(i);
          break;
        }
    }
    return true;
  }

  /// The operation, or null where a node could not be made.
  mix::AttentionOp commit() {
    Type element = getElementTypeOrSelf(result.value.getType());
    Value query = readQuery(), key = read(form.key, layout.key), value = read(form.value, layout.value);
    std::optional<MaskValues> masks = emitMask(nodes, roles, mask, element);
    if (!query || !key || !value || !masks)
      return {};
    Axes outAxes = Roles::layout(roles.batch, roles.heads, roles.queries, roles.valueSize, layout.result.isFlat);
    auto type = RankedTensorType::get(extentsOf(form.dims, outAxes), element);
    Axes scoreAxes = {roles.batch, roles.heads, roles.queries, roles.keys};
    auto scoresType = RankedTensorType::get(extentsOf(form.dims, scoreAxes), element);
    double scale = form.scale * source(form.query, layout.query).scale * source(form.key, layout.key).scale;
    MLIRContext *context = builder.getContext();
    auto integer = [&](std::optional<int64_t> number) {
      return number ? builder.getI64IntegerAttr(*number) : IntegerAttr();
    };
    auto real = [&](std::optional<double> number) { return number ? builder.getF64FloatAttr(*number) : FloatAttr(); };
    auto rows = form.excludedRowsAreZero && !mask.fill && (mask.excludes() || masks->bias) ? mix::MaskedRows::Zero
                                                                                           : mix::MaskedRows::NaN;
    bool givesScores = !needed.empty();
    auto op = mix::AttentionOp::create(
        builder, last.getLoc(), type, givesScores ? Type(scoresType) : Type(), query, key, value,
        /*past_key=*/Value(), /*past_value=*/Value(), masks->mask, masks->bias, /*lengths=*/Value(),
        builder.getI64IntegerAttr(form.dims.product(roles.heads)),
        builder.getI64IntegerAttr(form.dims.product(roles.kvHeads())), builder.getF64FloatAttr(scale),
        builder.getI64IntegerAttr(mask.offset), integer(mask.left), integer(mask.right), /*end_aligned=*/UnitAttr(),
        real(form.softcap), mask.biasBeforeCap ? builder.getUnitAttr() : UnitAttr(), real(mask.fill),
        mix::MaskedRowsAttr::get(context, rows),
        givesScores ? mix::ScoresStageAttr::get(context, mix::ScoresStage::Weights) : mix::ScoresStageAttr());
    Value output = layout.result.by.emit(nodes, op.getOutput());
    if (!output)
      return {};
    if (givesScores)
      replaceWeights(op.getScores(), scoreAxes);
    Value old = result.value;
    onnx::passNameOn(old, output);
    old.replaceAllUsesWith(output);
    eraseDead(last);
    return op;
  }

private:
  static const Source &source(ArrayRef<Source> chain, const Place &place) { return chain[place.index]; }

  Value read(ArrayRef<Source> chain, const Place &place) { return place.by.emit(nodes, source(chain, place).value); }

  /// The queries, which take over what scales their scores.
  Value readQuery() {
    if (form.factors.empty())
      return read(form.query, layout.query);
    const Source &from = source(form.query, layout.query);
    auto emitAs = [&](const View &view, const Axes &axes) -> Value {
      std::optional<Rearrangement> by =
          Rearrangement::plan(form.dims, *staticShape(view.value), form.dims.resolve(view.axes), axes);
      return by ? by->emit(nodes, view.value) : Value();
    };
    Value query = emitAs(from, Roles::layout(roles.batch, roles.heads, roles.queries, roles.size, /*isFlat=*/false));
    for (const ScoreFactor &factor : form.factors) {
      Value tensor = query ? emitAs(factor.tensor, maskAxes(roles, form.dims.resolve(factor.tensor.axes))) : Value();
      if (!tensor || getElementTypeOrSelf(tensor) != getElementTypeOrSelf(query))
        return {};
      query = nodes.create(factor.divides ? "Div" : "Mul", {query, tensor});
    }
    return query;
  }

  /// True if `user` of a weights tensor leads only to `next`, the tensor after it, or to the product.
  bool isInside(Operation *user, Value next) {
    if (user == form.results[0].value.getDefiningOp())
      return true;
    if (next && user == next.getDefiningOp())
      return true;
    auto node = dyn_cast<NodeOp>(user);
    if (!node || !llvm::is_contained({"IsNaN", "Mul"}, node.getOpType()))
      return false;
    // The test of the guard, or the product that a sum follows.
    return llvm::all_of(node.getResult(0).getUsers(), [&](Operation *after) {
      return (next && after == next.getDefiningOp()) || after == form.results[0].value.getDefiningOp();
    });
  }

  void replaceWeights(Value scores, const Axes &scoreAxes) {
    for (size_t i : needed) {
      const View &view = form.weights[i];
      std::optional<Rearrangement> by =
          Rearrangement::plan(form.dims, cast<RankedTensorType>(scores.getType()).getShape(), scoreAxes, view.axes);
      Value moved = by ? by->emit(nodes, scores) : Value();
      if (!moved)
        continue;
      Value next = i + 1 < form.weights.size() ? form.weights[i + 1].value : Value();
      Value old = view.value;
      old.replaceUsesWithIf(moved, [&](OpOperand &use) { return !isInside(use.getOwner(), next); });
    }
    sortTopologically(last->getBlock()); // What uses the weights may stand before the product.
  }

  AttentionForm &form;
  const AttentionLayout &layout;
  const Roles &roles;
  const MaskForm &mask;
  const View &result;
  NodeOp last;
  OpBuilder builder;
  onnx::NodeBuilder nodes;
  SmallVector<size_t> needed; // tensors of weights that others use
};

std::string describeMask(mix::AttentionOp op) {
  std::string text;
  if (op.isCausal())
    text += ", causal";
  else if (op.getLeft() || op.getRight())
    text += ", windowed";
  if (op.getMask())
    text += ", masked";
  if (op.getBias())
    text += ", biased";
  return text;
}

void remarkRaised(mix::AttentionOp op, const std::string &what) {
  remark::passed(op.getLoc(), remark::RemarkOpts::name("attention").category("onnx-to-mix"))
      << llvm::formatv("{0} raised to mix.attention, {1} heads{2}", what, op.getHeads(), describeMask(op)).str();
}

/// An Exp that is not part of a softmax as it stands.
bool isLonePower(NodeOp node) {
  return node.getDomain().empty() && node.is("Exp") && staticShape(node.getResult(0)) &&
         isa<FloatType>(getElementTypeOrSelf(node.getResult(0))) && !isNormalised(node);
}

/// Raises the attention around one softmax, or says why there is none.
void raise(const SoftmaxForm &softmax, bool dividesLater, ConstantFacts &constants) {
  AttentionMiss miss;
  auto miss1 = [&](std::string reason) {
    if (!miss.node) {
      miss.node = softmax.node;
      miss.reason = std::move(reason);
    }
    miss.degree = 2;
  };
  if (std::optional<AttentionForm> form = analyseAttention(softmax, dividesLater, constants, miss)) {
    std::optional<AttentionLayout> layout = chooseLayout(*form);
    std::optional<MaskForm> mask = layout ? normaliseMask(*form, layout->roles, miss) : std::nullopt;
    if (!layout) {
      miss1("its axes do not fall into batch, heads, queries and keys");
    } else if (mask) {
      Raising raising(*form, *layout, *mask);
      std::string name = describe(form->results[layout->result.index].value.getDefiningOp<NodeOp>());
      if (!raising.hasOneElementType())
        miss1("queries, keys, values and result differ in the type of their elements");
      else if (!raising.givesWeights())
        miss1("its weights are used elsewhere, before rows without keys are set to zero");
      else if (mix::AttentionOp op = raising.commit()) {
        remarkRaised(op, name + " and what feeds it");
        return;
      }
    }
  }
  if (miss.node && miss.degree > 0)
    remark::missed(miss.node.getLoc(), remark::RemarkOpts::name("attention").category("onnx-to-mix"))
        << (describe(miss.node) + " is not raised to mix.attention: " + miss.reason);
}

} // namespace

void onnx_to_mix::raiseAttention(Operation *root, ConstantFacts &constants) {
  // Nodes that say attention by name.
  SmallVector<NodeOp> named;
  root->walk([&](NodeOp node) {
    if (llvm::is_contained({"Attention", "MultiHeadAttention", "LinearAttention"}, node.getOpType()))
      named.push_back(node);
  });
  int64_t opset = onnx::opsetOf(cast<ModuleOp>(root));
  for (NodeOp node : named) {
    std::string name = describe(node);
    if (node.is("LinearAttention")) {
      Location loc = node.getLoc();
      if (raiseLinearAttentionNode(node))
        remark::passed(loc, remark::RemarkOpts::name("attention").category("onnx-to-mix"))
            << name + " raised to mix.linear_attention";
      continue;
    }
    mix::AttentionOp op;
    if (node.is("Attention") && node.getVersion() >= 23)
      op = raiseAttentionNode(node);
    else if (node.getDomain() == "com.microsoft")
      op = raiseMicrosoftNode(node, opset);
    if (op)
      remarkRaised(settleAttention(op, opset), name);
  }
  // A commit may erase any node before it: the next softmax is looked up anew.
  llvm::SmallPtrSet<Operation *, 16> seen;
  std::optional<SoftmaxForm> next;
  do {
    next.reset();
    bool dividesLater = false;
    root->walk([&](NodeOp node) {
      if (seen.contains(node))
        return WalkResult::advance();
      next = matchSoftmax(node);
      dividesLater = !next && isLonePower(node);
      if (dividesLater)
        next = SoftmaxForm{node, node.getInput(0), {}};
      if (!next)
        return WalkResult::advance();
      seen.insert(node);
      return WalkResult::interrupt();
    });
    if (next)
      raise(*next, dividesLater, constants);
  } while (next);
}
