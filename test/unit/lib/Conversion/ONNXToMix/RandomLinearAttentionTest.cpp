// Random graphs that are kernelised attention, written in ways nobody listed, and random graphs that nearly are.
//
// Features come as arguments. State, pairs or cumulative sums; Einsum, MatMul or Mul with ReduceSum; masks by Trilu,
// Where or a constant; the quotient as one node, an inverse, an operand of the last product, or on the queries: each
// choice leaves the meaning alone. FOURMIX_SEEDS=1000 makes as many of each.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "RandomNodes.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::test;

namespace {

enum class NearMiss { None, OtherKeys, EpsilonInside, Clamped, MaskAboveOnly, NoDistance, SumOfQueries, Count };

class Generator : public RandomNodes {
public:
  Generator(MLIRContext &context, unsigned seed, NearMiss nearMiss)
      : RandomNodes(context, seed, {17, 18, 20, 21, 23}), nearMiss(nearMiss) {}

  std::vector<RealTensor> arguments;
  RealTensor expected;
  bool isNormalised = true;

  void build() {
    choose();
    begin();
    Value q = source(queryData, n, d), k = source(keyData, m, d, sharesKeys), v = source(valueData, m, e, sharesValues);
    if (scale != 1)
      q = nodes.create("Mul", {q, number(scale)});
    expected = plain();
    Value result = output(quotient(q, k, v));
    finish(result);
  }

private:
  void choose() {
    b = uniform(1, 3), h = uniform(1, 3), n = uniform(3, 5), d = uniform(2, 4), e = uniform(2, 5);
    causal = chance(50);
    decays = chance(30);
    if (nearMiss == NearMiss::MaskAboveOnly)
      causal = true, decays = false;
    if (nearMiss == NearMiss::NoDistance)
      decays = true;
    m = causal || decays ? n : uniform(2, 6);
    isNormalised =
        (nearMiss != NearMiss::None && nearMiss != NearMiss::NoDistance) || !(causal || decays) || chance(70);
    epsilon = isNormalised && chance(60) ? pick({0.125, 0.5}) : 0;
    scale = pick({1.0, 1.0, 0.5, 2.0});
    auto positive = [&](std::vector<double> &data, int64_t size) {
      for (int64_t i = 0; i < size; ++i)
        data.push_back(between(0.2, 1.5));
    };
    positive(queryData, b * h * n * d);
    positive(keyData, b * h * m * d);
    positive(valueData, b * h * m * e);
    // Heads may have keys, values or both in common.
    auto share = [&](std::vector<double> &data, int64_t size) {
      for (int64_t i = 0, end = data.size(); i < end; ++i)
        data[i] = data[i / (h * size) * (h * size) + i % size];
    };
    if ((sharesKeys = h > 1 && chance(20)))
      share(keyData, m * d);
    if ((sharesValues = h > 1 && chance(20)))
      share(valueData, m * e);
    perHead = h > 1 && chance(50);
    for (int64_t head = 0; head < h; ++head)
      for (int64_t distance = -m + 1; distance < m; ++distance)
        decay.push_back(static_cast<float>(std::pow(perHead ? 0.5 + 0.1 * head : 0.5, std::abs(distance)) +
                                           (distance > 0 ? 0.25 : 0)));
  }

  double weightOf(int64_t head, int64_t q, int64_t k) {
    return (causal && k > q ? 0 : 1) * (decays ? decay[head * (2 * m - 1) + k - q + m - 1] : 1);
  }

  RealTensor plain() {
    RealTensor out{{b, h, n, e}, {}};
    for (int64_t bh = 0; bh < b * h; ++bh)
      for (int64_t q = 0; q < n; ++q)
        for (int64_t j = 0; j < e; ++j) {
          double above = 0, below = epsilon;
          for (int64_t k = 0; k < m; ++k) {
            double weight = 0;
            for (int64_t i = 0; i < d; ++i)
              weight += scale * queryData[(bh * n + q) * d + i] * keyData[(bh * m + k) * d + i];
            weight *= weightOf(bh % h, q, k);
            above += weight * valueData[(bh * m + k) * e + j];
            below += weight;
          }
          out.values.push_back(isNormalised ? above / below : above);
        }
    return out;
  }

  //===--------------------------------------------------------------------===//
  // Nodes
  //===--------------------------------------------------------------------===//

  Value number(double value) { return constant(pick<Extents>({{}, {1}}), value); }

  Value disturb(Value x) {
    Extents shape = shapeOf(x);
    switch (uniform(0, 15)) {
    case 0:
      return nodes.create("Identity", x);
    case 1: {
      auto axis = uniform(0, static_cast<int64_t>(shape.size()));
      return nodes.squeeze(nodes.unsqueeze(x, axis), axis);
    }
    case 2:
      return nodes.reshape(nodes.reshape(x, ShapedType::getNumElements(shape)), shape);
    default:
      return x;
    }
  }

  /// data[b][h][s][i] as an argument in some layout, brought to [batch, heads, sequence, size].
  Value source(const std::vector<double> &data, int64_t sequence, int64_t size, bool isShared = false) {
    if (isShared) {
      RealTensor tensor{{b, 1, sequence, size}, {}};
      for (int64_t batch = 0, all = sequence * size; batch < b; ++batch)
        tensor.values.insert(tensor.values.end(), &data[batch * h * all], &data[batch * h * all] + all);
      Value x = argument(tensor.shape, f32());
      arguments.push_back(std::move(tensor));
      return disturb(nodes.create("Expand", {x, nodes.ints({b, h, sequence, size})}));
    }
    bool isFlat = chance(60);
    RealTensor tensor{{b, h, sequence, size}, data};
    if (isFlat) {
      tensor = {{b, sequence, h * size}, std::vector<double>(data.size())};
      for (int64_t i = 0, end = data.size(); i < end; ++i) {
        int64_t j = i % size, s = i / size % sequence, head = i / size / sequence % h, batch = i / size / sequence / h;
        tensor.values[((batch * sequence + s) * h + head) * size + j] = data[i];
      }
    }
    Value x = argument(tensor.shape, f32());
    arguments.push_back(std::move(tensor));
    if (isFlat)
      x = nodes.transpose(nodes.reshape(x, {b, sequence, h, size}), {0, 2, 1, 3});
    return disturb(x);
  }

  /// A product of [b, h, ...] tensors by an equation of the letters behind b and h, in some spelling.
  Value product(Value x, Value y, StringRef equation) {
    auto [inputs, out] = equation.split("->");
    auto [first, second] = inputs.split(",");
    if (chance(50)) {
      auto spell = [](StringRef letters) { return ("zh" + letters).str(); };
      bool swaps = chance(30);
      std::string text = swaps ? spell(second) + "," + spell(first) : spell(first) + "," + spell(second);
      return disturb(nodes.create("Einsum", swaps ? ValueRange{y, x} : ValueRange{x, y},
                                  nodes.attr("equation", StringRef(text + "->" + spell(out)))));
    }
    // All letters side by side, multiplied and summed.
    std::string all = out.str();
    for (char letter : (first + second).str())
      if (!StringRef(all).contains(letter))
        all += letter;
    auto spread = [&](Value x, StringRef letters) {
      std::string order;
      for (char letter : all)
        if (letters.contains(letter))
          order += letter;
      Extents permutation{0, 1};
      for (char letter : order)
        permutation.push_back(2 + static_cast<int64_t>(letters.find(letter)));
      if (order != letters)
        x = nodes.transpose(x, permutation);
      for (auto [i, letter] : llvm::enumerate(all))
        if (!letters.contains(letter))
          x = nodes.unsqueeze(x, 2 + static_cast<int64_t>(i));
      return x;
    };
    Value terms = nodes.create("Mul", {spread(x, first), spread(y, second)});
    for (size_t i = all.size(); i-- > out.size();)
      terms = sum(terms, 2 + static_cast<int64_t>(i), /*keeps=*/false);
    return disturb(terms);
  }

  Value sum(Value x, int64_t axis, bool keeps) {
    return nodes.create("ReduceSum", {x, nodes.ints(axis)}, nodes.attr("keepdims", int64_t(keeps)));
  }

  Value cumulative(Value x) { return nodes.create("CumSum", {x, nodes.integer(2)}); }

  /// The weights of pairs [b, h, n, m], masked.
  Value pairs(Value q, Value k, bool isBelow) {
    Value w = chance(40) ? nodes.create("MatMul", {q, nodes.transpose(k, {0, 1, 3, 2})}) : product(q, k, "im,jm->ij");
    bool masks = causal && !(isBelow && nearMiss == NearMiss::MaskAboveOnly);
    if (!decays && !masks)
      return w;
    std::vector<double> numbers;
    for (int64_t head = 0; head < (perHead ? h : 1); ++head)
      for (int64_t i = 0; i < n; ++i)
        for (int64_t j = 0; j < m; ++j)
          numbers.push_back(weightOf(head, i, j) *
                            (nearMiss == NearMiss::NoDistance && i == n - 1 && j == 1 ? 3.0 : 1.0));
    Extents shape = perHead ? Extents{h, n, m} : Extents{n, m};
    if (decays)
      return disturb(nodes.create("Mul", {w, constant(shape, numbers)}));
    std::vector<char> seen;
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j < m; ++j)
        seen.push_back(j <= i);
    Value zero = constant({}, 0.0);
    switch (uniform(0, 3)) {
    case 0:
      return nodes.create("Trilu", w, nodes.attr("upper", int64_t(0)));
    case 1:
      return nodes.create("Where", {booleans({n, m}, seen), w, zero});
    case 2:
      for (char &isSeen : seen)
        isSeen = !isSeen;
      return nodes.create("Where", {booleans({n, m}, seen), zero, w});
    default:
      return nodes.create("Mul", {constant({n, m}, std::vector<double>(numbers.begin(), numbers.begin() + n * m)), w});
    }
  }

  /// The sum of weights [b, h, n].
  Value total(Value q, Value k) {
    if (nearMiss == NearMiss::OtherKeys)
      k = nodes.create("Mul", {k, k});
    if (nearMiss == NearMiss::SumOfQueries)
      return sum(q, 3, /*keeps=*/false);
    bool masks = causal && nearMiss != NearMiss::MaskAboveOnly;
    bool byPairs = decays || chance(40);
    if (byPairs && nearMiss != NearMiss::EpsilonInside)
      return sum(pairs(q, k, /*isBelow=*/true), 3, /*keeps=*/false);
    if (masks && !decays) {
      Value keys = cumulative(k);
      if (nearMiss == NearMiss::EpsilonInside)
        keys = nodes.create("Add", {keys, number(0.5)});
      return product(q, keys, "im,im->i");
    }
    Value keys = sum(k, 2, /*keeps=*/false);
    if (nearMiss == NearMiss::EpsilonInside)
      keys = nodes.create("Add", {keys, number(0.5)});
    return product(q, disturb(keys), "im,m->i");
  }

  Value above(Value q, Value k, Value v) {
    if (decays || chance(35)) {
      Value w = pairs(q, k, /*isBelow=*/false);
      return chance(50) ? nodes.create("MatMul", {w, v}) : product(w, v, "ij,jv->iv");
    }
    if (causal)
      return product(q, cumulative(product(k, v, "jm,jv->jmv")), "im,imv->iv");
    Value state =
        chance(50) ? nodes.create("MatMul", {nodes.transpose(k, {0, 1, 3, 2}), v}) : product(k, v, "jm,jv->mv");
    return product(q, state, "im,mv->iv");
  }

  Value quotient(Value q, Value k, Value v) {
    if (!isNormalised)
      return above(q, k, v);
    Value divisor = total(q, k);
    if (nearMiss == NearMiss::Clamped)
      divisor = nodes.create("Max", {divisor, constant({}, 100.0)});
    if (epsilon != 0)
      divisor = chance(50) ? nodes.create("Add", {divisor, number(epsilon)})
                           : nodes.create("Add", {constant({}, epsilon), divisor});
    divisor = nodes.unsqueeze(disturb(divisor), 3);
    auto inverse = [&] {
      return disturb(chance(50) ? nodes.create("Reciprocal", divisor)
                                : nodes.create("Div", {constant({}, 1.0), divisor}));
    };
    switch (uniform(0, 3)) {
    case 0: // on the queries
      return above(chance(50) ? nodes.create("Div", {q, divisor}) : nodes.create("Mul", {q, inverse()}), k, v);
    case 1:
      return disturb(nodes.create("Mul", {above(q, k, v), inverse()}));
    case 2:
      if (!causal && !decays) { // an operand of the last product
        Value z = nodes.squeeze(inverse(), 3), state = product(k, v, "jm,jv->mv");
        return nodes.create("Einsum", {q, state, z}, nodes.attr("equation", StringRef("zhim,zhmv,zhi->zhiv")));
      }
      [[fallthrough]];
    default:
      return disturb(nodes.create("Div", {above(q, k, v), divisor}));
    }
  }

  /// The result in some layout; `expected` follows.
  Value output(Value o) {
    if (chance(40))
      return o;
    RealTensor turned{{b, n, h * e}, {}};
    for (int64_t batch = 0; batch < b; ++batch)
      for (int64_t q = 0; q < n; ++q)
        for (int64_t head = 0; head < h; ++head)
          for (int64_t j = 0; j < e; ++j)
            turned.values.push_back(expected.values[((batch * h + head) * n + q) * e + j]);
    expected = turned;
    return nodes.reshape(nodes.transpose(o, {0, 2, 1, 3}), {b, n, h * e});
  }

  NearMiss nearMiss;
  int64_t b, h, n, m, d, e;
  bool causal = false, decays = false, perHead = false, sharesKeys = false, sharesValues = false;
  double epsilon = 0, scale = 1;
  std::vector<double> queryData, keyData, valueData, decay;
};
} // namespace

TEST(RandomLinearAttention, EveryWayToWriteItIsRaisedAndKeepsItsValue) {
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
      auto attention = dyn_cast<mix::LinearAttentionOp>(op);
      attentions += attention && attention.getNormalised() == generator.isNormalised;
      auto node = dyn_cast<onnx::NodeOp>(op);
      rest += node && llvm::is_contained({"MatMul", "Einsum", "ReduceSum", "CumSum", "Div", "Reciprocal", "Trilu"},
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

// What stands above the line may still be attention that nothing divides.
TEST(RandomLinearAttention, NearMissesMeanSomethingElseAndAreNotDivided) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  for (unsigned seed : seeds(400)) {
    auto nearMiss = static_cast<NearMiss>(1 + seed % (static_cast<unsigned>(NearMiss::Count) - 1));
    Generator generator(context, seed, nearMiss);
    generator.build();
    std::string before = print(*generator.module);
    RealTensor value = evaluate(generator.function, generator.arguments);
    ASSERT_GE(distance(value, generator.expected), 1e-3)
        << "no near miss, seed " << seed << " kind " << static_cast<int>(nearMiss) << "\n"
        << before;
    raise(*generator.module);
    generator.function.walk([&](mix::LinearAttentionOp op) {
      EXPECT_FALSE(op.getNormalised() || nearMiss == NearMiss::NoDistance)
          << "seed " << seed << " kind " << static_cast<int>(nearMiss) << "\n"
          << before;
    });
    ASSERT_LE(distance(evaluate(generator.function, generator.arguments), value), 1e-6) << "seed " << seed;
  }
}
