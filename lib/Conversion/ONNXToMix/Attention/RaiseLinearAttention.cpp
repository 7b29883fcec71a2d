// Kernelised attention, phi(q) (sum of phi(k)^T v) / (phi(q) sum of phi(k)), becomes mix.linear_attention; so do the
// forms that are causal, add an epsilon to what divides, or weigh distances, where the sums are products with a
// Toeplitz matrix.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "AttentionLayout.h"
#include "LinearAttentionForm.h"
#include "fourmix/Support/Constants.h"
#include "lib/Conversion/ONNXToMix/Analysis/Cone.h"
#include "lib/Conversion/ONNXToMix/Raise.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::onnx_to_mix;
using onnx::NodeOp;

namespace {

/// The operation in place of what `match` describes; null if it does not fit or a node could not be made.
mix::LinearAttentionOp commit(const LinearAttentionForm &match, const AttentionLayout &layout) {
  const AttentionForm &form = match.form;
  const Roles &roles = layout.roles;
  const View &result = form.results[layout.result.index];
  auto last = result.value.getDefiningOp<NodeOp>();
  OpBuilder builder(last);
  onnx::NodeBuilder nodes(builder, last.getLoc(), last.getVersion());
  Type element = getElementTypeOrSelf(result.value.getType());
  int64_t heads = form.dims.product(roles.heads), distances = 2 * form.dims.product(roles.keys) - 1;
  if (!match.pairs.heads.empty() && form.dims.resolve(match.pairs.heads) != roles.heads)
    return {};
  int64_t kernels = match.pairs.heads.empty() ? 1 : heads;
  Value kernel;
  if (match.pairs.toeplitz)
    kernel = nodes.reshape(match.pairs.getKernel(), {kernels, distances});
  else if (!match.pairs.kernel.empty())
    kernel =
        nodes.constant(makeConstant(RankedTensorType::get({kernels, distances}, element), match.pairs.kernel, "decay"));
  auto read = [&](ArrayRef<Source> chain, const Place &place) {
    return place.by.emit(nodes, chain[place.index].value);
  };
  Value query = read(form.query, layout.query), key = read(form.key, layout.key),
        value = read(form.value, layout.value);
  auto fits = [&](Value operand) { return operand && getElementTypeOrSelf(operand) == element; };
  if (!fits(query) || !fits(key) || !fits(value) || (match.pairs.toeplitz && !kernel))
    return {};
  Axes axes = Roles::layout(roles.batch, roles.heads, roles.queries, roles.valueSize, layout.result.isFlat);
  auto unit = [&](bool isSet) { return isSet ? builder.getUnitAttr() : UnitAttr(); };
  // Where nothing is added to the sum, the scale cancels.
  double scale = match.isNormalised && match.epsilon == 0 ? 1 : match.scale;
  auto op = mix::LinearAttentionOp::create(
      builder, last.getLoc(), RankedTensorType::get(extentsOf(form.dims, axes), element), query, key, value, kernel,
      builder.getI64IntegerAttr(heads), builder.getI64IntegerAttr(form.dims.product(roles.kvHeads())),
      builder.getF64FloatAttr(scale), unit(match.pairs.isCausal), unit(match.isNormalised),
      builder.getF64FloatAttr(match.epsilon));
  Value output = op.getOutput(), old = result.value;
  if (match.factor != 1)
    output = nodes.create("Mul", {output, nodes.number(match.factor, element)});
  output = output ? layout.result.by.emit(nodes, output) : Value();
  if (!output)
    return {};
  onnx::passNameOn(old, output);
  old.replaceAllUsesWith(output);
  return op;
}

/// Erases what `root` leaves without use, products with Toeplitz matrices too.
void eraseAll(NodeOp root, ArrayRef<Operation *> nodes) {
  SmallVector<mix::ToeplitzOp> products;
  for (Operation *op : nodes)
    if (auto product = dyn_cast<mix::ToeplitzOp>(op))
      products.push_back(product);
  eraseDead(root);
  for (mix::ToeplitzOp product : products) {
    if (!product->use_empty())
      continue;
    SmallVector<Value> operands(product->getOperands());
    product.erase();
    for (Value operand : operands)
      if (Operation *from = operand.getDefiningOp())
        eraseDead(from);
  }
}

bool mayBeLast(NodeOp node) {
  return node.getDomain().empty() && node->getNumResults() == 1 && staticShape(node.getResult(0)) &&
         llvm::is_contained({"Div", "Mul", "MatMul", "Gemm", "Einsum", "ReduceSum"}, node.getOpType());
}

std::string summary(mix::LinearAttentionOp op) {
  std::string text = std::to_string(op.getHeads()) + " heads";
  if (op.getCausal())
    text += ", causal";
  if (op.getKernel())
    text += ", a weight per distance";
  if (!op.getNormalised())
    text += ", not divided";
  return text;
}

/// What a match was committed as, and null, or why there was none.
mix::LinearAttentionOp raise(NodeOp root, llvm::SmallPtrSetImpl<Operation *> &spoken) {
  AttentionMiss miss;
  std::optional<LinearAttentionForm> match = matchLinearAttention(root, miss);
  if (!match) {
    if (miss.node && spoken.insert(miss.node).second)
      remark::missed(miss.node.getLoc(), remark::RemarkOpts::name("attention").category("onnx-to-mix"))
          << (describe(miss.node) + " is not raised to mix.linear_attention: " + miss.reason);
    return {};
  }
  std::optional<AttentionLayout> layout = chooseLayout(match->form);
  mix::LinearAttentionOp op = layout ? commit(*match, *layout) : mix::LinearAttentionOp();
  if (!op)
    return {};
  remark::passed(root.getLoc(), remark::RemarkOpts::name("attention").category("onnx-to-mix"))
      << describe(root) + " and what feeds it raised to mix.linear_attention, " + summary(op);
  eraseAll(match->form.results[layout->result.index].value.getDefiningOp<NodeOp>(), match->nodes);
  return op;
}
} // namespace

void onnx_to_mix::raiseLinearAttention(Operation *root) {
  SmallVector<Block *> blocks;
  root->walk([&](Block *block) { blocks.push_back(block); });
  llvm::SmallPtrSet<Operation *, 16> spoken;
  for (Block *block : blocks)
    // Latest first: the quotient, not what stands above its line.
    for (Operation *op = block->empty() ? nullptr : &block->back(); op;) {
      auto node = dyn_cast<NodeOp>(op);
      mix::LinearAttentionOp raised = node && mayBeLast(node) ? raise(node, spoken) : mix::LinearAttentionOp();
      op = raised ? raised->getPrevNode() : op->getPrevNode();
    }
}
