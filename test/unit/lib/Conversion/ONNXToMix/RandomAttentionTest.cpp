// Random graphs that are attention, written in ways nobody listed, and random graphs that nearly are.
//
// A graph is put together from independent choices that do not change what it means: where scales stand, how heads are
// split and folded, how products, masks and softmax are written. Each is evaluated by definition and compared with the
// plain sum before and after the pass. Near misses must mean something else, and stay.
//
// FOURMIX_SEEDS=1000 makes as many of each, from seeds that are printed; the default is a fixed few.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "RandomAttentionScores.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::test;

namespace {

using NearMiss = AttentionNearMiss;

/// Softmax and product, behind the scores.
class Generator : public AttentionScores {
public:
  using AttentionScores::AttentionScores;

  void build() {
    choose();
    begin();
    makeSources();
    expected = plain();
    finish(output(divided(weigh(weights(scores())))));
  }

private:
  int64_t keyAxis() { return frame == Plain ? 3 : frame == Folded ? 2 : frame == Turned ? 2 : 4; }
  int64_t queryAxis() { return frame == Turned ? 3 : keyAxis() - 1; }

  Value along(StringRef op, Value x, int64_t axis) {
    bool asInput = nodes.opset() >= (op == "ReduceSum" ? 13 : 18);
    if (asInput)
      return nodes.create(op, {x, nodes.ints(axis)});
    return nodes.create(op, x, nodes.attr("axes", ArrayRef(axis)));
  }

  /// What may be added to all scores of a row: a level of theirs. `stable`: nothing but the maximum.
  Value level(Value s, int64_t axis, bool stable) {
    Extents all = llvm::to_vector(llvm::seq<int64_t>(0, shapeOf(s).size()));
    Value most = stable || chance(70)  ? along("ReduceMax", s, axis)
                 : nodes.opset() >= 18 ? nodes.create("ReduceMax", {s, nodes.ints(all)})
                                       : nodes.create("ReduceMax", s, nodes.attr("axes", ArrayRef(all)));
    if (getElementTypeOrSelf(s).isF32() && chance(25)) // PyTorch's: a row of -inf passes.
      most = nodes.create("Where", {nodes.create("IsInf", most), constant({}, 0.0), most});
    return most;
  }

  /// x - log sum exp x, in some way.
  Value logarithm(Value s, int64_t axis, bool stable) {
    int64_t way = stable ? 1 : uniform(0, 3);
    if (way == 1 || way == 2) {
      Value most = level(s, axis, stable), shifted = nodes.create("Sub", {s, most});
      Value sum = nodes.create("Log", along("ReduceSum", nodes.create("Exp", shifted), axis));
      if (way == 1)
        return nodes.create("Sub", {shifted, sum});
      return nodes.create("Sub", {s, disturb(binary("Add", disturb(sum), disturb(most)))});
    }
    if (chance(50))
      return nodes.create("Sub", {s, disturb(along("ReduceLogSumExp", s, axis))});
    return nodes.create("Sub", {s, nodes.create("Log", along("ReduceSum", nodes.create("Exp", s), axis))});
  }

  Value softmax(Value s, int64_t axis) {
    int64_t spelled = chance(50) ? axis : axis - static_cast<int64_t>(shapeOf(s).size());
    int64_t way = uniform(0, nearMiss == NearMiss::None ? 7 : 5);
    if (nearMiss == NearMiss::NotNormalised || nearMiss == NearMiss::NormalisedWithOne ||
        nearMiss == NearMiss::NormalisedOverQueries)
      way = 0;
    if (nearMiss == NearMiss::DividedByOtherSum || nearMiss == NearMiss::DividedByShiftedSum)
      way = 6;
    if (nearMiss == NearMiss::OtherLogarithm) {
      Value most = along("ReduceMax", s, axis), twice = times(s, 2);
      return nodes.create(
          "Exp", nodes.create("Sub", {s, chance(50) ? nodes.create("Add", {along("ReduceLogSumExp", s, axis), most})
                                                    : along("ReduceLogSumExp", twice, axis)}));
    }
    // A row of finite fills depends on what is subtracted.
    bool stable = std::isfinite(m.fill) && (m.hasKeyMask || m.hasConstantMask || m.causal) && !m.capsMasked;
    if (way == 5)
      return nodes.create("Exp", logarithm(s, axis, stable));
    if (way == 0 || way == 1 || way >= 6) {
      if (stable || chance(60))
        s = nodes.create("Sub", {s, level(s, axis, stable)});
      Value power = nodes.create("Exp", s);
      if (nearMiss == NearMiss::NotNormalised)
        return power;
      Value sum = along("ReduceSum", power, nearMiss == NearMiss::NormalisedOverQueries ? queryAxis() : axis);
      if (nearMiss == NearMiss::NormalisedWithOne)
        sum = nodes.create("Add", {sum, constant({}, 1.0)});
      if (way >= 6 && !m.guarded) { // The product with the values comes first.
        divisor = disturb(sum);
        if (nearMiss == NearMiss::DividedByOtherSum)
          divisor = along("ReduceSum", nodes.create("Exp", times(s, 0.5)), axis);
        if (nearMiss == NearMiss::DividedByShiftedSum)
          divisor = nodes.create("Add", {divisor, constant({}, 1.0)});
        return power;
      }
      if (chance(40))
        return binary("Mul", power, inverse(sum));
      return nodes.create("Div", {power, sum});
    }
    if (way == 2)
      return nodes.create("Exp", nodes.create("LogSoftmax", s, nodes.attr("axis", spelled)));
    return nodes.create("Softmax", s, nodes.attr("axis", spelled));
  }

  Value weights(Value s) {
    bool widens = nearMiss == NearMiss::None && chance(15);
    if (widens)
      s = cast(s, builder.getF64Type());
    Value w = softmax(s, nearMiss == NearMiss::SoftmaxOverQueries ? queryAxis() : keyAxis());
    if (nearMiss == NearMiss::SoftmaxTwice)
      w = nodes.create("Softmax", w, nodes.attr("axis", keyAxis()));
    if (widens)
      w = cast(w, f32());
    if (widens && divisor)
      divisor = cast(divisor, f32());
    if (m.guarded)
      w = nodes.create("Where", {nodes.create("IsNaN", w), constant({}, 0.0), w});
    if (nearMiss == NearMiss::ActivationOnWeights)
      w = nodes.create("Relu", nodes.create("Sub", {w, constant({}, 0.25)}));
    if (nearMiss == NearMiss::MaskAfterSoftmax)
      w = nodes.create("Where", {inFrame(nodes.reshape(keyMask, {m.batch, 1, 1, m.keys})), w, constant({}, 0.0)});
    return disturb(w);
  }

  Value cast(Value x, Type element) {
    auto type = ::cast<RankedTensorType>(x.getType()).clone(element);
    return nodes.createTyped("Cast", x, TypeRange(Type(type)), nodes.attr("to", int64_t(element.isF64() ? 11 : 1)))
        .getResult(0);
  }

  Value inverse(Value x) {
    Value one = getElementTypeOrSelf(x).isF32() && chance(50) ? nodes.create("Div", {constant({}, 1.0), x})
                                                              : nodes.create("Reciprocal", x);
    return disturb(one);
  }

  /// The weighted values over the sum of their weights, where that has not been divided before.
  Value divided(Value o) {
    if (!divisor)
      return o;
    // The sum as [batch, heads, queries, 1], then as the product has it.
    Value sum = frame == Turned ? lastTwoTurned(divisor) : divisor;
    sum = reshape(sum, {m.batch, m.heads(), m.queries, 1});
    if (queriesFirst)
      sum = transpose(sum, {0, 2, 1, 3});
    if (chance(40))
      return binary("Mul", o, inverse(sum));
    return nodes.create("Div", {o, sum});
  }

  /// Weights times values: [batch, heads, queries, size], or with queries before heads, as `heads` says.
  Value weigh(Value w) {
    queriesFirst = false;
    if (frame == Grouped) {
      Value o = chance(50) ? nodes.create("Einsum", {w, value}, nodes.attr("equation", StringRef("bhgqk,bhkd->bhgqd")))
                           : nodes.create("MatMul", {w, nodes.unsqueeze(value, 2)});
      return reshape(o, {m.batch, m.heads(), m.queries, m.valueSize});
    }
    Value v = repeatHeads(value);
    if (frame == Folded) {
      Value o = nodes.create("MatMul", {w, reshape(v, folded(v))});
      return reshape(disturb(o), {m.batch, m.heads(), m.queries, m.valueSize});
    }
    if (frame == Turned) {
      if (chance(50)) // v^T w^T, then turned
        return lastTwoTurned(nodes.create("MatMul", {lastTwoTurned(v), w}));
      w = lastTwoTurned(w);
    }
    switch (uniform(0, 4)) {
    case 0:
      queriesFirst = true;
      return nodes.create("Einsum", {w, v}, nodes.attr("equation", StringRef("bhqk,bhkd->bqhd")));
    case 1:
      return nodes.create("Einsum", {v, w}, nodes.attr("equation", StringRef("bhkd,bhqk->bhqd")));
    case 2: {
      Value all = binary("Mul", nodes.unsqueeze(w, 4), nodes.unsqueeze(v, 2));
      return nodes.create("ReduceSum", {all, nodes.ints(3)}, nodes.attr("keepdims", int64_t(0)));
    }
    default:
      return nodes.create("MatMul", {w, v});
    }
  }

  /// The result in some layout; `expected` follows.
  Value output(Value o) {
    int64_t way = uniform(0, 3);
    if (way == 0 && !queriesFirst)
      return disturb(o);
    if (!queriesFirst)
      o = transpose(o, {0, 2, 1, 3});
    RealTensor turned{{m.batch, m.queries, m.heads() * m.valueSize}, {}};
    for (int64_t b = 0; b < m.batch; ++b)
      for (int64_t q = 0; q < m.queries; ++q)
        for (int64_t h = 0; h < m.heads(); ++h)
          for (int64_t j = 0; j < m.valueSize; ++j)
            turned.values.push_back(expected.values[((b * m.heads() + h) * m.queries + q) * m.valueSize + j]);
    expected = turned;
    if (way == 1)
      expected.shape = {m.batch * m.queries, m.heads() * m.valueSize};
    return reshape(o, Extents(expected.shape.begin(), expected.shape.end()));
  }

  bool queriesFirst = false;
  Value divisor; // the sum of the weights, which is still to divide
};
} // namespace

TEST(RandomAttention, EveryWayToWriteItIsRaisedAndKeepsItsValue) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  for (unsigned seed : seeds(400)) {
    Generator generator(context, seed, NearMiss::None);
    generator.build();
    ASSERT_TRUE(succeeded(verify(*generator.module))) << "seed " << seed;
    std::string before = print(*generator.module);
    ASSERT_LE(distance(evaluate(generator.function, generator.arguments), generator.expected), 1e-6)
        << "the generator is wrong, seed " << seed << "\n"
        << before;
    raise(*generator.module);
    int attentions = 0, rest = 0;
    generator.function.walk([&](Operation *op) {
      attentions += isa<mix::AttentionOp>(op);
      auto node = dyn_cast<onnx::NodeOp>(op);
      rest += node && llvm::is_contained({"MatMul", "Einsum", "Softmax", "LogSoftmax", "Exp", "ReduceSum", "Tanh",
                                          "Log", "ReduceLogSumExp", "ReduceMax"},
                                         node.getOpType());
    });
    std::string after = print(*generator.module);
    ASSERT_EQ(attentions, 1) << "seed " << seed << "\n" << before << after;
    ASSERT_EQ(rest, 0) << "seed " << seed << "\n" << before << after;
    ASSERT_LE(distance(evaluate(generator.function, generator.arguments), generator.expected), 1e-6)
        << "seed " << seed << "\n"
        << before << after;
  }
}

TEST(RandomAttention, NearMissesMeanSomethingElseAndStay) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  for (unsigned seed : seeds(400)) {
    auto nearMiss = static_cast<NearMiss>(1 + seed % (static_cast<unsigned>(NearMiss::Count) - 1));
    Generator generator(context, seed, nearMiss);
    generator.build();
    std::string before = print(*generator.module);
    ASSERT_GE(distance(evaluate(generator.function, generator.arguments), generator.expected), 1e-3)
        << "no near miss, seed " << seed << " kind " << static_cast<int>(nearMiss) << "\n"
        << before;
    raise(*generator.module);
    ASSERT_EQ(print(*generator.module), before) << "seed " << seed << " kind " << static_cast<int>(nearMiss);
  }
}
