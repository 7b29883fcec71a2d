// Random circular correlations without a Conv and without a transform: sums of rolls, products with a view of every
// place of the circle. And random graphs that are nearly that.
//
// FOURMIX_SEEDS=1000 makes as many of each.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "RandomNodes.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::test;

namespace {

enum class NearMiss { None, ZerosComeIn, WeightOfEachPlace, Reversed, Squared, Count };

class Generator : public RandomNodes {
public:
  Generator(MLIRContext &context, unsigned seed, NearMiss nearMiss)
      : RandomNodes(context, seed, {17, 18, 20, 21, 23}), nearMiss(nearMiss) {}

  RealTensor input, expected;
  bool hasBias = false;

  void build(unsigned seed) {
    rank = uniform(2, 4);
    axis = uniform(0, rank - 1);
    for (int64_t i = 0; i < rank; ++i)
      shape.push_back(i == axis ? uniform(4, 7) : uniform(1, 3));
    n = shape[axis];
    input = randomTensor({shape.begin(), shape.end()}, seed);
    // A few different places of the circle; a weight for each of them, or one per place and channel.
    for (int64_t place = 0; place < n; ++place)
      if (place < 2 || chance(50))
        places.push_back(place);
    std::shuffle(places.begin(), places.end(), random);
    channel = (axis + 1) % rank;
    perChannel = chance(40);
    for (size_t i = 0; i < places.size() * shape[channel]; ++i)
      weights.push_back(between(0.5, 1.5));
    expected = plain();
    begin();
    Value x = argument(shape, f32());
    bool isView = nearMiss == NearMiss::None && !perChannel && chance(40);
    Value result = isView ? weighedView(x) : weighedRolls(x);
    hasBias = chance(40);
    if (hasBias) { // A sum behind the sum, which is no part of it.
      result = nodes.create("Add", {result, constant({1}, 0.5)});
      for (double &value : expected.values)
        value += 0.5;
    }
    finish(result);
  }

private:
  double weightOf(size_t i, int64_t c) { return weights[i * shape[channel] + (perChannel ? c : 0)]; }

  /// y[p] = sum over the places of weight * x[(p + place) mod n]
  RealTensor plain() {
    RealTensor y = makeTensor(input.shape);
    forEachIndex(y.shape, [&](const std::vector<int64_t> &index, int64_t at) {
      for (size_t i = 0; i < places.size(); ++i) {
        std::vector<int64_t> from = index;
        from[axis] = (index[axis] + places[i]) % n;
        y.values[at] += weightOf(i, index[channel]) * input.at(from);
      }
    });
    return y;
  }

  Value disturb(Value x) {
    if (!chance(15))
      return x;
    Extents extents(cast<RankedTensorType>(x.getType()).getShape());
    if (chance(50))
      return nodes.create("Identity", x);
    return nodes.reshape(nodes.reshape(x, ShapedType::getNumElements(extents)), extents);
  }
  Value gather(Value x, ArrayRef<int64_t> indices) {
    return nodes.create("Gather", {x, nodes.ints(indices)}, nodes.attr("axis", axis));
  }

  /// x[(p + place) mod n]
  Value roll(Value x, int64_t place) {
    if (place == 0 && chance(50))
      return x;
    auto piece = [&](Value from, int64_t start, int64_t end) { return nodes.slice(from, axis, start, end); };
    switch (place == 0 ? 3 : uniform(0, 3)) {
    case 0:
    case 1:
      return nodes.create("Concat", {piece(x, place, n), piece(x, 0, place)}, nodes.attr("axis", axis));
    case 2: {
      Value twice = nodes.create("Concat", {x, x}, nodes.attr("axis", axis));
      return piece(twice, place, place + n);
    }
    default: {
      Extents indices;
      for (int64_t p = 0; p < n; ++p)
        indices.push_back((p + place) % n - (chance(20) ? n : 0));
      return gather(x, indices);
    }
    }
  }

  Value weigh(Value x, size_t i) {
    if (nearMiss == NearMiss::WeightOfEachPlace && i == 0) {
      Extents along(rank, 1);
      along[axis] = n;
      std::vector<double> numbers;
      for (int64_t p = 0; p < n; ++p)
        numbers.push_back(weightOf(i, 0) + 0.5 * static_cast<double>(p));
      return nodes.create("Mul", {x, constant(along, numbers)});
    }
    if (!perChannel)
      return nodes.create("Mul", chance(50) ? ValueRange{x, constant({}, weightOf(i, 0))}
                                            : ValueRange{constant({1}, weightOf(i, 0)), x});
    Extents along(rank, 1);
    along[channel] = shape[channel];
    std::vector<double> numbers;
    for (int64_t c = 0; c < shape[channel]; ++c)
      numbers.push_back(weightOf(i, c));
    return nodes.create("Mul", {x, constant(along, numbers)});
  }

  Value weighedRolls(Value x) {
    SmallVector<Value> terms;
    for (size_t i = 0; i < places.size(); ++i) {
      bool isOdd = i == 1;
      Value rolled;
      if (isOdd && nearMiss == NearMiss::ZerosComeIn) {
        int64_t step = places[i] == 0 ? 1 : places[i];
        Extents pads(2 * rank, 0);
        pads[axis + rank] = step;
        rolled = nodes.create("Pad", {nodes.slice(x, axis, step, n), nodes.ints(pads)});
      } else if (isOdd && nearMiss == NearMiss::Reversed) {
        Extents indices;
        for (int64_t p = 0; p < n; ++p)
          indices.push_back((2 * n - p - places[i]) % n);
        rolled = gather(x, indices);
      } else {
        rolled = roll(x, places[i]);
      }
      if (isOdd && nearMiss == NearMiss::Squared)
        rolled = nodes.create("Mul", {rolled, rolled});
      terms.push_back(disturb(weigh(disturb(rolled), i)));
    }
    // Added in some order, now and then as a difference from what is negative.
    while (terms.size() > 1) {
      std::shuffle(terms.begin(), terms.end(), random);
      Value a = terms.pop_back_val(), b = terms.pop_back_val();
      terms.push_back(chance(20) ? nodes.create("Sub", {a, nodes.create("Neg", b)}) : nodes.create("Add", {a, b}));
    }
    return terms[0];
  }

  /// All places side by side, as one more axis, and a product with the weights.
  Value weighedView(Value x) {
    auto count = static_cast<int64_t>(places.size());
    Extents indices, wide = shape, along(rank + 1, 1);
    for (int64_t p = 0; p < n; ++p)
      for (int64_t place : places)
        indices.push_back((p + place) % n);
    wide.insert(wide.begin() + axis + 1, count);
    along[axis + 1] = count;
    std::vector<double> numbers;
    for (size_t i = 0; i < places.size(); ++i)
      numbers.push_back(weightOf(i, 0));
    Value view = disturb(nodes.reshape(gather(x, indices), wide));
    if (chance(40)) {
      Value terms = nodes.create("Mul", {view, constant(along, numbers)});
      return nodes.create("ReduceSum", {terms, nodes.ints(axis + 1)}, nodes.attr("keepdims", int64_t(0)));
    }
    std::string letters = StringRef("abcdefgh").take_front(rank + 1).str(), left = letters;
    left.erase(axis + 1, 1);
    std::string equation = letters + "," + letters[axis + 1] + "->" + left;
    return nodes.create("Einsum", {view, constant({count}, numbers)}, nodes.attr("equation", StringRef(equation)));
  }

  NearMiss nearMiss;
  int64_t rank, axis, channel, n;
  Extents shape, places;
  std::vector<double> weights;
  bool perChannel = false;
};
} // namespace

TEST(RandomRolls, AreRaisedAndKeepTheirValue) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  for (unsigned seed : seeds(200)) {
    Generator generator(context, seed, NearMiss::None);
    generator.build(seed);
    ASSERT_TRUE(succeeded(verify(*generator.module))) << "seed " << seed;
    std::string before = print(*generator.module);
    ASSERT_LE(distance(evaluate(generator.function, generator.input), generator.expected), 1e-6)
        << "the generator is wrong, seed " << seed << "\n"
        << before;
    raise(*generator.module);
    int circulants = 0, rest = 0;
    generator.function.walk([&](Operation *op) {
      circulants += isa<mix::CirculantOp>(op);
      auto node = dyn_cast<onnx::NodeOp>(op);
      rest += node && llvm::is_contained({"Concat", "Gather", "Add", "ReduceSum", "Einsum"}, node.getOpType());
    });
    std::string after = print(*generator.module);
    ASSERT_EQ(circulants, 1) << "seed " << seed << "\n" << before << after;
    ASSERT_EQ(rest, generator.hasBias) << "seed " << seed << "\n" << before << after;
    ASSERT_LE(distance(evaluate(generator.function, generator.input), generator.expected), 1e-6)
        << "seed " << seed << "\n"
        << before << after;
  }
}

TEST(RandomRolls, NearMissesMeanSomethingElseAndStay) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  for (unsigned seed : seeds(200)) {
    auto nearMiss = static_cast<NearMiss>(1 + seed % (static_cast<unsigned>(NearMiss::Count) - 1));
    Generator generator(context, seed, nearMiss);
    generator.build(seed);
    std::string before = print(*generator.module);
    ASSERT_GE(distance(evaluate(generator.function, generator.input), generator.expected), 1e-3)
        << "no near miss, seed " << seed << " kind " << static_cast<int>(nearMiss) << "\n"
        << before;
    RealTensor value = evaluate(generator.function, generator.input);
    raise(*generator.module);
    // A part of the sum may be circular; the whole is not.
    ASSERT_LE(distance(evaluate(generator.function, generator.input), value), 1e-6) << "seed " << seed;
    Operation *last = generator.function.front().getTerminator()->getOperand(0).getDefiningOp();
    if (generator.hasBias)
      last = last->getOperand(0).getDefiningOp();
    ASSERT_FALSE(isa<mix::CirculantOp>(last)) << "seed " << seed << " kind " << static_cast<int>(nearMiss) << "\n"
                                              << before;
  }
}
