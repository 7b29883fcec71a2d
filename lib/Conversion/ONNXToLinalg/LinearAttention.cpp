// LinearAttention: a state per head that every token decays, corrects and adds to, and that its queries read.
//
// Token by token, as the standard defines it, for all four update rules; in f32 whatever the types are.
// Source: ONNX, LinearAttention-27; Yang et al., Gated Linear Attention, arXiv 2312.06635 (decay); Yang et al., Gated
// Delta Networks, arXiv 2412.06464 (correction).
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/ONNXToLinalg/Lowering.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <cmath>

using namespace mlir;

namespace fourmix::lowering {

namespace {

/// One place in the loops.
class Step {
public:
  Step(OpBuilder &builder, Location loc) : s(builder, loc, /*isUnsigned=*/false) {}

  Scalars s;
  Value get(Value tensor, ValueRange at) { return s.make<tensor::ExtractOp>(tensor, at); }
  Value set(Value tensor, ValueRange at, Value number) { return s.make<tensor::InsertOp>(number, tensor, at); }
  /// `tensor` after `count` rounds, each of which changes it.
  Value loop(int64_t count, Value tensor, llvm::function_ref<Value(Step &, Value i, Value tensor)> round) {
    auto index = [&](int64_t value) { return s.make<arith::ConstantIndexOp>(value); };
    return s.make<scf::ForOp>(index(0), index(count), index(1), tensor,
                              [&](OpBuilder &builder, Location loc, Value i, ValueRange carried) {
                                Step inner(builder, loc);
                                scf::YieldOp::create(builder, loc, round(inner, i, carried[0]));
                              });
  }
};

class Recurrence {
public:
  explicit Recurrence(NodeLowering &n) : n(n), type(n.builder.getF32Type()) {
    StringRef rule = n.node.getString("update_rule", "gated_delta");
    decays = rule.starts_with("gated");
    corrects = rule.ends_with("delta");
    Shape keys = Emit::shapeOf(n.input(1)), values = Emit::shapeOf(n.input(2));
    heads = n.node.getInt("kv_num_heads", 1);
    queriesPerHead = n.node.getInt("q_num_heads", 1) / heads;
    batch = keys[0], tokens = keys[1], keySize = keys[2] / heads, valueSize = values[2] / heads;
  }

  void lower() {
    double scale = n.node.getFloat("scale", 0);
    scale = scale == 0 ? 1 / std::sqrt(static_cast<double>(keySize)) : scale;
    queries = byHeads(0, heads * queriesPerHead);
    queries = n.elementwise(Emit::shapeOf(queries), type, queries,
                            [&](Scalars &s, ValueRange x) { return s.mul(x[0], s.constant(type, scale)); });
    keys = byHeads(1, heads);
    values = byHeads(2, heads);
    if (decays) {
      decay = byHeads(4, heads);
      decay = n.elementwise(Emit::shapeOf(decay), type, decay,
                            [](Scalars &s, ValueRange x) { return s.make<math::ExpOp>(x[0]); });
    }
    if (corrects)
      rate = n.broadcast(n.cast(n.input(5), type), {batch, tokens, heads});
    SmallVector<int64_t> results{batch, tokens, heads * queriesPerHead, valueSize};
    Value past = n.input(3) ? n.cast(n.input(3), type) : n.zeros({batch, heads, keySize, valueSize}, type);
    auto [state, output] = run(past, n.zeros(results, type));
    n.set(0, n.cast(n.reshape(output, n.resultShape(0)), n.resultType(0).getElementType()));
    if (n.node.hasOutput(1))
      n.set(1, n.cast(state, n.resultType(1).getElementType()));
  }

private:
  /// [batch, tokens, heads, size] of input `i`.
  Value byHeads(unsigned i, int64_t count) {
    return n.reshape(n.cast(n.input(i), type), {batch, tokens, count, Emit::shapeOf(n.input(i))[2] / count});
  }

  std::pair<Value, Value> run(Value state, Value output) {
    SmallVector<Value> zeros, counts, steps(3, n.index(1));
    for (int64_t count : {batch, heads, tokens}) {
      zeros.push_back(n.index(0));
      counts.push_back(n.index(count));
    }
    // What a token writes into the state, [value size].
    Value written = n.empty({valueSize}, type);
    scf::LoopNest nest = scf::buildLoopNest(
        n.builder, n.loc, zeros, counts, steps, ValueRange{state, output, written},
        [&](OpBuilder &builder, Location loc, ValueRange at, ValueRange carried) -> scf::ValueVector {
          Step step(builder, loc);
          Value written = write(step, at[0], at[1], at[2], carried[0], carried[2]);
          Value state = update(step, at[0], at[1], at[2], carried[0], written);
          return {state, read(step, at[0], at[1], at[2], state, carried[1]), written};
        });
    return {nest.results[0], nest.results[1]};
  }

  /// exp(g) for one feature of the key, or for all of them.
  Value decayAt(Step &step, Value b, Value h, Value t, Value d) {
    bool perFeature = Emit::shapeOf(decay)[3] == keySize && keySize > 1;
    return step.get(decay, {b, t, h, perFeature ? d : step.s.make<arith::ConstantIndexOp>(0)});
  }

  /// v, or rate * (v - S^T k) with the decayed state.
  Value write(Step &step, Value b, Value h, Value t, Value state, Value written) {
    written = step.loop(valueSize, written, [&](Step &at, Value m, Value written) {
      return at.set(written, m, at.get(values, {b, t, h, m}));
    });
    if (!corrects)
      return written;
    written = step.loop(keySize, written, [&](Step &row, Value d, Value written) {
      Value weight = row.get(keys, {b, t, h, d});
      if (decays)
        weight = row.s.mul(weight, decayAt(row, b, h, t, d));
      return row.loop(valueSize, written, [&](Step &at, Value m, Value written) {
        Value known = at.s.mul(weight, at.get(state, {b, h, d, m}));
        return at.set(written, m, at.s.sub(at.get(written, m), known));
      });
    });
    Value factor = step.get(rate, {b, t, h});
    return step.loop(valueSize, written, [&](Step &at, Value m, Value written) {
      return at.set(written, m, at.s.mul(factor, at.get(written, m)));
    });
  }

  /// The decayed state and k (x) written.
  Value update(Step &step, Value b, Value h, Value t, Value state, Value written) {
    return step.loop(keySize, state, [&](Step &row, Value d, Value state) {
      Value key = row.get(keys, {b, t, h, d}), kept = decays ? decayAt(row, b, h, t, d) : Value();
      return row.loop(valueSize, state, [&](Step &at, Value m, Value state) {
        Value before = at.get(state, {b, h, d, m}), added = at.s.mul(key, at.get(written, m));
        return at.set(state, {b, h, d, m}, at.s.add(kept ? at.s.mul(kept, before) : before, added));
      });
    });
  }

  /// q^T S for each query head that shares the state.
  Value read(Step &step, Value b, Value h, Value t, Value state, Value output) {
    return step.loop(queriesPerHead, output, [&](Step &group, Value g, Value output) {
      Value first = group.s.make<arith::MulIOp>(h, group.s.make<arith::ConstantIndexOp>(queriesPerHead));
      Value head = group.s.make<arith::AddIOp>(first, g);
      return group.loop(keySize, output, [&](Step &row, Value d, Value output) {
        Value query = row.get(queries, {b, t, head, d});
        return row.loop(valueSize, output, [&](Step &at, Value m, Value output) {
          Value part = at.s.mul(query, at.get(state, {b, h, d, m}));
          return at.set(output, {b, t, head, m}, at.s.add(at.get(output, {b, t, head, m}), part));
        });
      });
    });
  }

  NodeLowering &n;
  Type type;
  bool decays, corrects;
  int64_t batch, tokens, heads, queriesPerHead, keySize, valueSize;
  Value queries, keys, values, decay, rate;
};

LogicalResult lowerLinearAttention(NodeLowering &n) {
  Recurrence(n).lower();
  return success();
}

} // namespace

void addLinearAttentionRows(LoweringTable &table) { table.add("LinearAttention", 27, lowerLinearAttention, 3); }

} // namespace fourmix::lowering
