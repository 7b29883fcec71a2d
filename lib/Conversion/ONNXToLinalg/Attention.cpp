// Attention-23 and later, taken apart: scaled scores, mask, softmax, weighted values.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/ONNXToLinalg/Lowering.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <cmath>

using namespace mlir;

namespace fourmix::lowering {

namespace {

class Attention {
public:
  explicit Attention(NodeLowering &n) : n(n) {}

  LogicalResult lower() {
    for (unsigned i : {0, 1, 2})
      if (int64_t rank = Emit::rankOf(n.input(i)); rank != Emit::rankOf(n.input(0)) || (rank != 3 && rank != 4))
        return n.node.emitNodeError() << "Q, K and V must all have 3 or all 4 dimensions, found "
                                      << Emit::typeOf(n.input(i));
    bool flat = Emit::rankOf(n.input(0)) == 3;
    q = n.input(0), k = n.input(1), v = n.input(2);
    if (flat) {
      int64_t queryHeads = n.node.getInt("q_num_heads", 0), keyHeads = n.node.getInt("kv_num_heads", 0);
      auto divides = [&](unsigned i, int64_t count) { return count > 0 && Emit::shapeOf(n.input(i))[2] % count == 0; };
      if (!divides(0, queryHeads) || !divides(1, keyHeads) || !divides(2, keyHeads))
        return n.node.emitNodeError() << "3-D inputs need q_num_heads and kv_num_heads that divide their last "
                                         "dimension, found "
                                      << queryHeads << " and " << keyHeads;
      q = splitHeads(q, queryHeads), k = splitHeads(k, keyHeads), v = splitHeads(v, keyHeads);
    }
    if (n.input(4) && n.input(5)) {
      past = Emit::shapeOf(n.input(4))[2];
      k = n.concat({n.input(4), k}, 2);
      v = n.concat({n.input(5), v}, 2);
    }
    if (n.node.hasOutput(1))
      n.set(1, k);
    if (n.node.hasOutput(2))
      n.set(2, v);
    batch = Emit::shapeOf(q)[0], heads = Emit::shapeOf(q)[1], queries = Emit::shapeOf(q)[2];
    keyHeads = Emit::shapeOf(k)[1], keys = Emit::shapeOf(k)[2];
    if (keyHeads == 0 || heads % keyHeads != 0)
      return n.node.emitNodeError() << heads << " query heads cannot share " << keyHeads << " key heads";
    type = Emit::elementOf(q);

    Value scores = computeScores();
    emitDebug(0, scores);
    double cap = n.node.getFloat("softcap", 0);
    if (cap > 0)
      scores = n.elementwise(Emit::shapeOf(scores), type, scores, [&](Scalars &s, ValueRange x) {
        Value limit = s.constant(type, cap);
        return s.mul(limit, s.make<math::TanhOp>(s.div(x[0], limit)));
      });
    emitDebug(1, scores);
    scores = applyMask(scores);
    emitDebug(2, scores);
    Value weights = guardedSoftmax(scores);
    emitDebug(3, weights);
    Value result = byGroups(weights, v, {batch, heads, queries, Emit::shapeOf(v)[3]});
    return finish(result, flat);
  }

private:
  /// [b, l, h*d] -> [b, h, l, d]
  Value splitHeads(Value x, int64_t count) {
    Shape shape = Emit::shapeOf(x);
    return n.transpose(n.reshape(x, {shape[0], shape[1], count, shape[2] / count}), {0, 2, 1, 3});
  }

  LogicalResult finish(Value result, bool flat) {
    if (flat)
      result = n.transpose(result, {0, 2, 1, 3});
    n.set(0, n.reshape(result, n.resultShape()));
    return success();
  }

  void emitDebug(int64_t mode, Value value) {
    if (n.node.hasOutput(3) && n.node.getInt("qk_matmul_output_mode", 0) == mode)
      n.set(3, value);
  }

  /// lhs [b, h, rows, i] times rhs [b, g, i, columns] where h/g heads in a row share one of rhs: they are more rows.
  Value byGroups(Value lhs, Value rhs, Shape result) {
    Shape a = Emit::shapeOf(lhs), b = Emit::shapeOf(rhs);
    Value left = n.reshape(lhs, {a[0] * keyHeads, a[1] / keyHeads * a[2], a[3]});
    return n.reshape(matmulND(n, left, n.reshape(rhs, {b[0] * b[1], b[2], b[3]})), result);
  }

  /// scale * q k^T, the scale on the queries, which are fewer than the scores.
  Value computeScores() {
    double scale = n.node.getFloat("scale", 1 / std::sqrt(static_cast<double>(Emit::shapeOf(q)[3])));
    Value scaled = n.elementwise(Emit::shapeOf(q), type, q,
                                 [&](Scalars &s, ValueRange x) { return s.mul(x[0], s.constant(type, scale)); });
    return byGroups(scaled, n.transpose(k, {0, 1, 3, 2}), {batch, heads, queries, keys});
  }

  /// The mask with as many dimensions as the scores; where it has fewer keys than there are, those left over are out.
  Value fullMask() {
    Value mask = n.input(3);
    if (!mask)
      return {};
    Shape shape = Emit::shapeOf(mask);
    SmallVector<int64_t> full(std::max<int64_t>(0, 4 - static_cast<int64_t>(shape.size())), 1);
    full.append(shape.begin(), shape.end());
    mask = n.reshape(mask, full);
    int64_t missing = keys - full.back();
    if (full.back() == 1 || missing <= 0)
      return mask;
    full.back() = missing;
    bool isBool = Emit::elementOf(mask).isInteger(1);
    return n.concat({mask, n.splat(full, Emit::elementOf(mask), isBool ? 0 : -HUGE_VAL)}, 3);
  }

  /// Adds the mask; -inf where a key is not attended.
  Value applyMask(Value scores) {
    Value mask = fullMask(), lengths = n.input(6);
    bool causal = n.node.getInt("is_causal", 0);
    int64_t left = n.node.getInt("left_window_size", -1), right = n.node.getInt("right_window_size", -1);
    if (!mask && !lengths && !causal && left < 0 && right < 0)
      return scores;
    SmallVector<Value> inputs{scores};
    if (mask)
      inputs.push_back(mask);
    if (lengths)
      inputs.push_back(n.reshape(lengths, {Emit::shapeOf(lengths)[0], 1, 1, 1}));
    return n.elementwise(Emit::shapeOf(scores), type, inputs, [&](Scalars &s, ValueRange x) {
      Value score = x[0], attended;
      auto require = [&](Value condition) {
        attended = attended ? s.make<arith::AndIOp>(attended, condition) : condition;
      };
      if (mask && Emit::elementOf(mask).isInteger(1))
        require(x[1]);
      else if (mask)
        score = s.add(score, x[1]);
      Type integer = s.builder.getI64Type();
      auto position = [&](int64_t dim) { return s.make<arith::IndexCastOp>(integer, s.make<linalg::IndexOp>(dim)); };
      // The place of the query among the keys.
      Value offset = s.constant(integer, past);
      if (lengths) {
        Value length = s.cast(x.back(), integer);
        require(s.lt(position(3), length));
        if (!n.input(4))
          offset = s.sub(length, s.constant(integer, queries));
      }
      auto place = [&](int64_t shift) { return s.add(s.add(position(2), offset), s.constant(integer, shift)); };
      if (causal)
        require(s.le(position(3), place(0)));
      if (left >= 0)
        require(s.ge(position(3), place(-left)));
      if (right >= 0)
        require(s.le(position(3), place(right)));
      return attended ? s.select(attended, score, s.limit(type, /*negative=*/true)) : score;
    });
  }

  /// Softmax over the keys; a row without any attended key (all -inf) gives zeros.
  Value guardedSoftmax(Value scores) {
    Type computed = type.getIntOrFloatBitWidth() < 32 ? Float32Type::get(type.getContext()) : type;
    Shape shape = Emit::shapeOf(scores);
    SmallVector<int64_t> rows(shape);
    rows[3] = 1;
    Value x = n.cast(scores, computed);
    Scalars s(n.builder, n.loc, false);
    Value most = n.reduce(x, 3, s.limit(computed, true), [](Scalars &s, ValueRange x) { return s.max(x[1], x[0]); });
    most = n.elementwise(Emit::shapeOf(most), computed, most, [&](Scalars &s, ValueRange x) {
      return s.select(s.eq(x[0], s.limit(computed, true)), s.constant(computed, 0), x[0]);
    });
    Value powers = n.elementwise(shape, computed, {x, n.reshape(most, rows)},
                                 [](Scalars &s, ValueRange x) { return s.make<math::ExpOp>(s.sub(x[0], x[1])); });
    Value sum =
        n.reduce(powers, 3, s.constant(computed, 0), [](Scalars &s, ValueRange x) { return s.add(x[1], x[0]); });
    sum = n.elementwise(Emit::shapeOf(sum), computed, sum, [&](Scalars &s, ValueRange x) {
      return s.select(s.eq(x[0], s.constant(computed, 0)), s.constant(computed, 1), x[0]);
    });
    return n.elementwise(shape, type, {powers, n.reshape(sum, rows)},
                         [&](Scalars &s, ValueRange x) { return s.cast(s.div(x[0], x[1]), type); });
  }

  NodeLowering &n;
  Value q, k, v;
  Type type;
  int64_t past = 0, batch = 0, heads = 0, keyHeads = 0, queries = 0, keys = 0;
};

} // namespace

void addAttentionRows(LoweringTable &table) {
  table.add("Attention", 23, [](NodeLowering &n) { return Attention(n).lower(); }, 3);
}

} // namespace fourmix::lowering
