// Attention and what belongs to it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/Ops/Inference.h"
#include "dialects/ONNX/Ops/Rows.h"

using namespace mlir;

namespace fourmix::onnx {
namespace {

/// [batch, heads, sequence, head size] of Q, K or V, which may be [batch, sequence, hidden] with a count of heads.
FailureOr<Shape> headShape(Inference &op, unsigned input, StringRef headsAttr) {
  ArrayRef<int64_t> shape = op.shape(input);
  if (shape.size() == 4)
    return Shape(shape);
  int64_t heads = op.node.getInt(headsAttr, 0);
  if (shape.size() != 3 || heads < 1 || shape[2] % heads != 0) {
    op.error() << "expected [batch, heads, sequence, size], or [batch, sequence, hidden] and " << headsAttr
               << " that divides hidden, for input " << input << ", found " << op.type(input) << " and " << heads;
    return failure();
  }
  return Shape{shape[0], heads, shape[1], shape[2] / heads};
}

/// Q, K, V, mask, past key, past value -> Y, present key, present value, scores.
LogicalResult inferAttention(Inference &op) {
  FailureOr<Shape> q = headShape(op, 0, "q_num_heads"), k = headShape(op, 1, "kv_num_heads"),
                   v = headShape(op, 2, "kv_num_heads");
  if (failed(q) || failed(k) || failed(v))
    return failure();
  if (op.has(4) != op.has(5))
    return op.error() << "expected both past_key and past_value or none";
  for (unsigned i = 4; i < 6; ++i) {
    if (!op.has(i))
      continue;
    Shape &now = i == 4 ? *k : *v;
    ArrayRef<int64_t> past = op.shape(i);
    if (past.size() != 4 || past[0] != now[0] || past[1] != now[1] || past[3] != now[3])
      return op.error() << "expected [" << now[0] << ", " << now[1] << ", past, " << now[3] << "] for input " << i
                        << ", found " << op.type(i);
    now[2] += past[2];
  }
  if ((*q)[0] != (*k)[0] || (*k)[0] != (*v)[0] || (*k)[1] != (*v)[1] || (*k)[2] != (*v)[2] || (*q)[3] != (*k)[3] ||
      (*k)[1] == 0 || (*q)[1] % (*k)[1] != 0)
    return op.error() << "queries " << formatShape(*q) << ", keys " << formatShape(*k) << " and values "
                      << formatShape(*v) << " ([batch, heads, sequence, size]) do not fit";
  Shape scores{(*q)[0], (*q)[1], (*q)[2], (*k)[2]};
  // From opset 24 on a mask may be shorter than the keys and is then padded.
  if (op.has(3)) {
    Shape mask(op.shape(3));
    if (!mask.empty() && op.node.getVersion() >= 24 && mask.back() < scores.back())
      mask.back() = scores.back();
    if (broadcastShapes(mask, scores) != scores)
      return op.error() << "mask of shape " << formatShape(op.shape(3)) << " does not broadcast to "
                        << formatShape(scores);
  }
  Shape result{(*q)[0], (*q)[1], (*q)[2], (*v)[3]};
  if (op.rank(0) == 3)
    result = {(*q)[0], (*q)[2], (*q)[1] * (*v)[3]};
  if (failed(op.result(0, result, op.element(0))) || failed(op.result(1, *k, op.element(1))) ||
      failed(op.result(2, *v, op.element(2))) || failed(op.result(3, scores, op.element(0))))
    return failure();
  return success();
}

/// query, key, value [batch, sequence, heads * size], past state, decay, rate -> result, state [batch, heads, key size,
/// value size].
LogicalResult inferLinearAttention(Inference &op) {
  int64_t heads = op.node.getInt("q_num_heads", 0), stateHeads = op.node.getInt("kv_num_heads", 0);
  for (unsigned i = 0; i < 3; ++i)
    if (failed(op.expectRank(i, 3)))
      return failure();
  ArrayRef<int64_t> q = op.shape(0), k = op.shape(1), v = op.shape(2);
  if (heads < 1 || stateHeads < 1 || heads % stateHeads != 0 || q[2] % heads != 0 || k[2] % stateHeads != 0 ||
      v[2] % stateHeads != 0 || q[2] / heads != k[2] / stateHeads || q.take_front(2) != k.take_front(2) ||
      k.take_front(2) != v.take_front(2))
    return op.error() << "queries " << op.type(0) << " in " << heads << " heads do not fit keys " << op.type(1)
                      << " and values " << op.type(2) << " in " << stateHeads << " heads";
  int64_t size = v[2] / stateHeads;
  Shape state{k[0], stateHeads, k[2] / stateHeads, size};
  if (op.has(3) && op.shape(3) != ArrayRef<int64_t>(state))
    return op.error() << "expected a state of shape " << formatShape(state) << ", found " << op.type(3);
  StringRef rule = op.node.getString("update_rule", "gated_delta");
  bool decays = rule == "gated" || rule == "gated_delta", corrects = rule == "delta" || rule == "gated_delta";
  if (!decays && !corrects && rule != "linear")
    return op.error() << "expected linear, gated, delta or gated_delta as update_rule, found '" << rule << "'";
  // Input, whether the rule reads it, and the two extents that its last dimension may have.
  for (auto [i, isRead, name, narrow, wide] :
       {std::tuple(4u, decays, "decay", stateHeads, k[2]), std::tuple(5u, corrects, "beta", int64_t(1), stateHeads)}) {
    if (op.has(i) != isRead)
      return op.error() << "update_rule '" << rule << "' " << (isRead ? "needs" : "forbids") << " input " << i << ", "
                        << name;
    if (isRead && (op.rank(i) != 3 || op.shape(i).take_front(2) != k.take_front(2) ||
                   (op.shape(i)[2] != narrow && op.shape(i)[2] != wide)))
      return op.error() << "expected [" << k[0] << ", " << k[1] << ", " << narrow << " or " << wide << "] for input "
                        << i << ", " << name << ", found " << op.type(i);
  }
  if (failed(op.result(1, state, op.has(3) ? op.element(3) : op.element(0))))
    return failure();
  return op.result(0, {q[0], q[1], heads * size}, op.element(0));
}

/// com.microsoft's MultiHeadAttention. query, key, value [batch, sequence, heads * size], biases, padding mask,
/// attention bias, past key, past value -> Y, present key, present value.
LogicalResult inferMultiHeadAttention(Inference &op) {
  int64_t heads = op.node.getInt("num_heads", 0);
  for (unsigned i = 0; i < 3; ++i)
    if (!op.has(i) || op.rank(i) != 3 || heads < 1 || op.shape(i)[2] % heads != 0)
      return op.error() << "expected query, key and value [batch, sequence, hidden] and num_heads that divides hidden";
  ArrayRef<int64_t> q = op.shape(0), k = op.shape(1), v = op.shape(2);
  if (q[0] != k[0] || k.take_front(2) != v.take_front(2) || q[2] != k[2])
    return op.error() << "queries " << op.type(0) << ", keys " << op.type(1) << " and values " << op.type(2)
                      << " do not fit";
  if (op.has(6) != op.has(7) || (op.has(6) && (op.rank(6) != 4 || op.rank(7) != 4)))
    return op.error() << "expected both past_key and past_value, of rank 4, or none";
  int64_t keys = k[1] + (op.has(6) ? op.shape(6)[2] : 0);
  if (failed(op.result(0, {q[0], q[1], v[2]}, op.element(0))) ||
      failed(op.result(1, {q[0], heads, keys, k[2] / heads}, op.element(0))))
    return failure();
  return op.result(2, {q[0], heads, keys, v[2] / heads}, op.element(0));
}

/// com.microsoft's Attention. input [batch, sequence, width], weights [width, hidden of q, k and v], bias, mask -> Y.
LogicalResult inferPackedAttention(Inference &op) {
  int64_t heads = op.node.getInt("num_heads", 0);
  if (failed(op.expectRank(0, 3)) || failed(op.expectRank(1, 2)))
    return failure();
  ArrayRef<int64_t> x = op.shape(0), w = op.shape(1);
  SmallVector<int64_t> sizes(3, w[1] / 3);
  if (auto given = op.node.getInts("qkv_hidden_sizes"))
    sizes.assign(given->begin(), given->end());
  if (x[2] != w[0] || sizes.size() != 3 || sizes[0] + sizes[1] + sizes[2] != w[1] || sizes[0] != sizes[1] ||
      heads < 1 || sizes[0] % heads != 0 || sizes[2] % heads != 0)
    return op.error() << "input " << op.type(0) << ", weights " << op.type(1) << " and num_heads " << heads
                      << " do not fit";
  if (op.has(4))
    return op.error() << "expected no past, which is not supported here";
  return op.result(0, {x[0], x[1], sizes[2]}, op.element(0));
}

/// input [batch, channels, length], weight [channels, 1, k], bias, the k - 1 positions before -> result, the last k - 1
/// positions.
LogicalResult inferCausalConv(Inference &op) {
  if (failed(op.expectRank(0, 3)) || failed(op.expectRank(1, 3)))
    return failure();
  ArrayRef<int64_t> x = op.shape(0), w = op.shape(1);
  if (w[0] != x[1] || w[1] != 1 || w[2] < 1)
    return op.error() << "expected weights [" << x[1] << ", 1, k], found " << op.type(1);
  if (op.has(2) && op.shape(2) != ArrayRef<int64_t>{x[1]})
    return op.error() << "expected a bias for each of " << x[1] << " channels, found " << op.type(2);
  if (op.has(3) && op.shape(3) != ArrayRef<int64_t>{x[0], x[1], w[2] - 1})
    return op.error() << "expected " << w[2] - 1 << " past positions of " << x[0] << "x" << x[1] << " channels, found "
                      << op.type(3);
  StringRef activation = op.node.getString("activation", "none");
  if (activation != "none" && activation != "silu" && activation != "swish")
    return op.error() << "expected none, silu or swish as activation, found '" << activation << "'";
  if (failed(op.result(1, {x[0], x[1], w[2] - 1}, op.element(0))))
    return failure();
  return op.result(0, x, op.element(0));
}

LogicalResult inferRotary(Inference &op) {
  if (op.rank(0) != 3 && op.rank(0) != 4)
    return op.error() << "expected rank 3 or 4 for input 0, found " << op.type(0);
  bool byPosition = op.has(3);
  if (failed(op.expectRank(1, byPosition ? 2 : 3)) || (byPosition && failed(op.expectRank(3, 2))))
    return failure();
  int64_t heads = op.node.getInt("num_heads", 0), size = op.shape(0).back();
  if (op.rank(0) == 3) {
    if (heads < 1 || size % heads != 0)
      return op.error() << "expected num_heads that divides " << size << " features, found " << heads;
    size /= heads;
  }
  int64_t rotated = op.node.getInt("rotary_embedding_dim", 0);
  rotated = rotated ? rotated : size;
  Shape angles(op.shape(1));
  angles.back() = rotated / 2;
  if (rotated < 2 || rotated > size || rotated % 2 != 0 || op.shape(1) != ArrayRef<int64_t>(angles) ||
      op.type(2) != op.type(1))
    return op.error() << "expected sines and cosines for " << rotated << " of " << size << " features, found "
                      << op.type(1) << " and " << op.type(2);
  return op.result(op.shape(0), op.element(0));
}

} // namespace

void addAttentionRows(OpTable &table) {
  table.add({"Attention", 23, 3, inferAttention});
  table.add({"MultiHeadAttention", 1, 1, inferMultiHeadAttention, nullptr, OpRow::None, "com.microsoft"});
  table.add({"Attention", 1, 2, inferPackedAttention, nullptr, OpRow::None, "com.microsoft"});
  table.add({"LinearAttention", 27, 3, inferLinearAttention});
  table.add({"CausalConvWithState", 27, 2, inferCausalConv});
  table.add({"RotaryEmbedding", 23, 3, inferRotary});
}

} // namespace fourmix::onnx
