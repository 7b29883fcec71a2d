// Attention and MultiHeadAttention of domain com.microsoft, as ONNX Runtime's optimiser writes them.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "AttentionRaising.h"
#include "dialects/ONNX/Ops/NodeBuilder.h"
#include "fourmix/Support/Constants.h"
#include "lib/Conversion/ONNXToMix/Raise.h"
#include <cmath>
#include <numeric>

using namespace mlir;
using namespace fourmix;
using namespace fourmix::onnx_to_mix;
using onnx::NodeOp;

namespace {

class MicrosoftNode {
public:
  MicrosoftNode(NodeOp node, OpBuilder &builder, int64_t opset) : node(node), nodes(builder, node.getLoc(), opset) {}

  mix::AttentionOp raise() {
    bool isPacked = node.getOpType() == "Attention";
    heads = node.getInt("num_heads", 0);
    // What is not covered stays a node, and is reported with the nodes that nobody lowers.
    bool isCovered = isPacked ? !node.getInput(4) && !node.getInput(6) && !node.getInt("do_rotary", 0)
                              : !node.getInput(8) && !node.getInput(9);
    for (auto [i, rank] : isPacked ? SmallVector<std::pair<unsigned, size_t>>{{0, 3}, {1, 2}}
                                   : SmallVector<std::pair<unsigned, size_t>>{{0, 3}, {1, 3}, {2, 3}})
      isCovered &= staticShape(node.getInput(i)).value_or(ArrayRef<int64_t>()).size() == rank;
    if (!staticShape(node.getResult(0)) || !isCovered || heads < 1)
      return {};
    if (isPacked)
      project();
    else
      readSeparate();
    Value past = isPacked ? Value() : node.getInput(6), pastValue = isPacked ? Value() : node.getInput(7);
    if (!query || !key || !value)
      return {};
    queries = shapeOf(query)[1];
    pastKeys = past ? shapeOf(past)[2] : 0;
    keys = shapeOf(key)[1] + pastKeys;
    Value bias = paddingBias(node.getInput(isPacked ? 3 : 4));
    if (failedMask)
      return {};
    if (Value more = node.getInput(5))
      bias = bias ? nodes.create("Add", {bias, more}) : more;
    double size = static_cast<double>(shapeOf(query)[2] / heads), scale = node.getFloat("scale", 0);
    Builder &b = nodes.builder;
    bool isCausal = node.getInt("unidirectional", 0);
    auto op = mix::AttentionOp::create(
        nodes.builder, node.getLoc(), node.getResult(0).getType(), Type(), query, key, value, past, pastValue,
        /*mask=*/Value(), bias, /*lengths=*/Value(), b.getI64IntegerAttr(heads), b.getI64IntegerAttr(heads),
        b.getF64FloatAttr(scale == 0 ? 1 / std::sqrt(size) : scale), b.getI64IntegerAttr(isCausal ? pastKeys : 0),
        /*left=*/IntegerAttr(), isCausal ? b.getI64IntegerAttr(0) : IntegerAttr(), /*end_aligned=*/UnitAttr(),
        /*softcap=*/FloatAttr(), /*bias_before_cap=*/UnitAttr(), /*fill=*/FloatAttr(),
        mix::MaskedRowsAttr::get(b.getContext(), mix::MaskedRows::NaN), mix::ScoresStageAttr());
    if (failed(op.verifyInvariants())) // It has said why.
      return {};
    replace(0, op.getOutput());
    for (auto [i, now, before] : {std::tuple(1u, key, past), {2u, value, pastValue}})
      if (node.hasOutput(i) && !isPacked)
        replace(i, present(now, before));
    eraseDead(node);
    return op;
  }

private:
  static ArrayRef<int64_t> shapeOf(Value value) { return cast<RankedTensorType>(value.getType()).getShape(); }
  Type element() { return getElementTypeOrSelf(node.getResult(0).getType()); }

  void replace(unsigned i, Value by) {
    onnx::passNameOn(node.getResult(i), by);
    node.getResult(i).replaceAllUsesWith(by);
  }

  /// One projection for all three.
  void project() {
    Value all = nodes.create("MatMul", {node.getInput(0), node.getInput(1)});
    if (node.getInput(2))
      all = nodes.create("Add", {all, node.getInput(2)});
    SmallVector<int64_t> sizes(3, shapeOf(node.getInput(1))[1] / 3);
    if (auto given = node.getInts("qkv_hidden_sizes"))
      sizes = *given;
    SmallVector<Value> parts = nodes.split(all, 2, sizes);
    std::tie(query, key, value) = std::tuple(parts[0], parts[1], parts[2]);
  }

  /// Three tensors, to which one bias adds a part each.
  void readSeparate() {
    Value *tensors[] = {&query, &key, &value};
    int64_t offset = 0;
    for (unsigned i : {0, 1, 2}) {
      *tensors[i] = node.getInput(i);
      int64_t width = shapeOf(node.getInput(i))[2];
      if (node.getInput(3))
        *tensors[i] = nodes.create("Add", {*tensors[i], nodes.slice(node.getInput(3), 0, offset, offset + width)});
      offset += width;
    }
  }

  /// What a padding mask adds: 0 where it is positive, `mask_filter_value` elsewhere. Of shape [batch, keys],
  /// [batch, queries, keys] or [batch] with the number of keys.
  Value paddingBias(Value mask) {
    if (!mask)
      return {};
    SmallVector<int64_t> shape(shapeOf(mask));
    int64_t batch = shapeOf(query)[0];
    Value filter = nodes.number(node.getFloat("mask_filter_value", -10000), element()),
          zero = nodes.number(0, element());
    Type integer = getElementTypeOrSelf(mask.getType());
    Value seen;
    auto numbers = [&](ArrayRef<int64_t> extents, ArrayRef<double> values) {
      return nodes.constant(makeConstant(RankedTensorType::get(extents, integer), values, "positions"));
    };
    if (shape == ArrayRef<int64_t>{batch} && batch != 0) {
      std::vector<double> positions(keys);
      std::iota(positions.begin(), positions.end(), 0);
      seen = nodes.create("Less", {numbers({1, 1, 1, keys}, positions), nodes.reshape(mask, {batch, 1, 1, 1})});
    } else if (shape == ArrayRef<int64_t>{batch, keys} || shape == ArrayRef<int64_t>{batch, queries, keys}) {
      Value wide = nodes.reshape(mask, {batch, 1, shape.size() == 2 ? 1 : queries, keys});
      seen = nodes.create("Greater", {wide, numbers({}, 0.0)});
    } else {
      failedMask = true;
      return {};
    }
    return nodes.create("Where", {seen, zero, filter});
  }

  /// [batch, heads, past + now, size]
  Value present(Value now, Value before) {
    ArrayRef<int64_t> shape = shapeOf(now);
    now = nodes.transpose(nodes.reshape(now, {shape[0], shape[1], heads, shape[2] / heads}), {0, 2, 1, 3});
    return before ? nodes.create("Concat", {before, now}, nodes.attr("axis", int64_t(2))) : now;
  }

  NodeOp node;
  onnx::NodeBuilder nodes;
  Value query, key, value;
  int64_t heads = 0, queries = 0, keys = 0, pastKeys = 0;
  bool failedMask = false;
};
} // namespace

mix::AttentionOp onnx_to_mix::raiseMicrosoftNode(NodeOp node, int64_t opset) {
  OpBuilder builder(node);
  return MicrosoftNode(node, builder, opset).raise();
}
