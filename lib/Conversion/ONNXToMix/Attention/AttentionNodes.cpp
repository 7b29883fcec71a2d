// ONNX's own Attention operator (versions 23 to 25) becomes mix.attention; it says the same.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "AttentionRaising.h"
#include "dialects/Mix/IR/Mix.h"
#include "dialects/ONNX/Ops/NodeBuilder.h"
#include "fourmix/Support/Constants.h"
#include "lib/Conversion/ONNXToMix/Raise.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace mlir;
using namespace fourmix;
using namespace fourmix::onnx_to_mix;
using onnx::NodeOp;

namespace {

class AttentionNode {
public:
  AttentionNode(NodeOp node, OpBuilder &builder) : node(node), nodes(builder, node.getLoc(), node.getVersion()) {}

  /// The operation that takes the node's place, or null if the node does not fit together.
  mix::AttentionOp raise() {
    for (unsigned i : {0, 1, 2})
      if (!isHeads(node.getInput(i)))
        return {};
    Value q = node.getInput(0), k = node.getInput(1), v = node.getInput(2);
    heads = typeOf(q).getRank() == 4 ? typeOf(q).getDimSize(1) : node.getInt("q_num_heads", 0);
    kvHeads = typeOf(k).getRank() == 4 ? typeOf(k).getDimSize(1) : node.getInt("kv_num_heads", 0);
    if (heads < 1 || kvHeads < 1)
      return {};
    Value pastKey = node.getInput(4), pastValue = node.getInput(5), lengths = node.getInput(6);
    past = pastKey ? typeOf(pastKey).getDimSize(2) : 0;
    keys = typeOf(k).getDimSize(typeOf(k).getRank() - 2) + past;
    int64_t size = typeOf(q).getShape().back() / (typeOf(q).getRank() == 3 ? heads : 1);
    Value mask = wholeMask(), bias;
    if (mask && !typeOf(mask).getElementType().isInteger(1))
      std::swap(mask, bias);

    // A window of no later keys is what causal means.
    std::optional<int64_t> left, right;
    if (int64_t bound = node.getInt("left_window_size", -1); bound >= 0)
      left = bound;
    if (int64_t bound = node.getInt("right_window_size", -1); bound >= 0)
      right = bound;
    if (node.getInt("is_causal", 0))
      right = 0;
    Builder &b = nodes.builder;
    auto integer = [&](std::optional<int64_t> value) { return value ? b.getI64IntegerAttr(*value) : IntegerAttr(); };
    bool endAligned = lengths && !pastKey && (left || right);
    double scale = node.getFloat("scale", 1 / std::sqrt(static_cast<double>(size))), cap = node.getFloat("softcap", 0);
    mix::ScoresStageAttr stage;
    SmallVector<Type> results{node.getResult(0).getType()};
    if (node.hasOutput(3)) {
      stage = mix::ScoresStageAttr::get(b.getContext(),
                                        static_cast<mix::ScoresStage>(node.getInt("qk_matmul_output_mode", 0)));
      results.push_back(node.getResult(3).getType());
    }
    auto attention = mix::AttentionOp::create(
        nodes.builder, node.getLoc(), results[0], results.size() > 1 ? results[1] : Type(), q, k, v, pastKey, pastValue,
        mask, bias, lengths, b.getI64IntegerAttr(heads), b.getI64IntegerAttr(kvHeads), b.getF64FloatAttr(scale),
        b.getI64IntegerAttr(past), integer(left), integer(right), endAligned ? b.getUnitAttr() : UnitAttr(),
        cap > 0 ? b.getF64FloatAttr(cap) : FloatAttr(), /*bias_before_cap=*/UnitAttr(), /*fill=*/FloatAttr(),
        mix::MaskedRowsAttr::get(b.getContext(), mix::MaskedRows::Zero), stage);
    if (failed(attention.verifyInvariants())) // It has said why.
      return {};
    replace(0, attention.getOutput());
    if (node.hasOutput(1))
      replace(1, present(pastKey, k));
    if (node.hasOutput(2))
      replace(2, present(pastValue, v));
    if (node.hasOutput(3))
      replace(3, attention.getScores());
    eraseDead(node);
    return attention;
  }

private:
  bool isHeads(Value value) {
    return staticShape(value) && llvm::is_contained({3, 4}, typeOf(value).getRank()) &&
           typeOf(value).getElementType() == typeOf(node.getResult(0)).getElementType();
  }
  static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

  void replace(unsigned result, Value value) {
    if (value != node.getInput(1) && value != node.getInput(2))
      onnx::passNameOn(node.getResult(result), value);
    node.getResult(result).replaceAllUsesWith(value);
  }

  /// Where the mask has fewer keys than there are, those left over are out.
  Value wholeMask() {
    Value mask = node.getInput(3);
    if (!mask || typeOf(mask).getRank() == 0 || typeOf(mask).getShape().back() == 1)
      return mask;
    SmallVector<int64_t> shape(typeOf(mask).getShape());
    int64_t missing = keys - shape.back();
    if (missing <= 0)
      return mask;
    shape.back() = missing;
    auto type = RankedTensorType::get(shape, typeOf(mask).getElementType());
    std::vector<double> values(type.getNumElements(), type.getElementType().isInteger(1) ? 0.0 : -HUGE_VAL);
    Value rest = nodes.constant(makeConstant(type, values, "mask"));
    return nodes.create("Concat", {mask, rest}, nodes.attr("axis", typeOf(mask).getRank() - 1));
  }

  /// The keys or values as a cache wants them: [batch, heads, past + now, size].
  Value present(Value pastState, Value now) {
    if (typeOf(now).getRank() == 3) {
      ArrayRef<int64_t> shape = typeOf(now).getShape();
      now = nodes.transpose(nodes.reshape(now, {shape[0], shape[1], kvHeads, shape[2] / kvHeads}), {0, 2, 1, 3});
    }
    if (pastState)
      return nodes.create("Concat", {pastState, now}, nodes.attr("axis", int64_t(2)));
    return now;
  }

  NodeOp node;
  onnx::NodeBuilder nodes;
  int64_t heads = 0, kvHeads = 0, past = 0, keys = 0;
};
} // namespace

/// LinearAttention with update rule "linear" and no past: what a causal kernelised attention says.
bool onnx_to_mix::raiseLinearAttentionNode(NodeOp node) {
  Value q = node.getInput(0), k = node.getInput(1), v = node.getInput(2);
  if (node.getString("update_rule", "gated_delta") != "linear" || node.getInput(3) || !staticShape(q) ||
      !staticShape(k) || !staticShape(v))
    return false;
  OpBuilder builder(node);
  onnx::NodeBuilder nodes(builder, node.getLoc(), node.getVersion());
  int64_t heads = node.getInt("q_num_heads", 0), kvHeads = node.getInt("kv_num_heads", 0);
  ArrayRef<int64_t> keys = *staticShape(k), values = *staticShape(v);
  if (heads < 1 || kvHeads < 1 || keys.size() != 3 || values.size() != 3)
    return false;
  double scale = node.getFloat("scale", 0);
  if (scale == 0)
    scale = 1 / std::sqrt(static_cast<double>(keys[2] / kvHeads));
  Value output = mix::LinearAttentionOp::create(builder, node.getLoc(), node.getResult(0).getType(), q, k, v,
                                                /*kernel=*/Value(), builder.getI64IntegerAttr(heads),
                                                builder.getI64IntegerAttr(kvHeads), builder.getF64FloatAttr(scale),
                                                /*causal=*/builder.getUnitAttr(), /*normalised=*/UnitAttr(),
                                                builder.getF64FloatAttr(0));
  if (node.hasOutput(1) && !node.getResult(1).use_empty()) { // The state after the last token: k^T v.
    Value left = nodes.transpose(nodes.reshape(k, {keys[0], keys[1], kvHeads, keys[2] / kvHeads}), {0, 2, 3, 1});
    Value right = nodes.transpose(nodes.reshape(v, {keys[0], keys[1], kvHeads, values[2] / kvHeads}), {0, 2, 1, 3});
    Value state = nodes.create("MatMul", {left, right});
    onnx::passNameOn(node.getResult(1), state);
    node.getResult(1).replaceAllUsesWith(state);
  }
  onnx::passNameOn(node.getResult(0), output);
  node.getResult(0).replaceAllUsesWith(output);
  eraseDead(node);
  return true;
}

mix::AttentionOp onnx_to_mix::raiseAttentionNode(NodeOp node) {
  OpBuilder builder(node);
  return AttentionNode(node, builder).raise();
}
