// Random graphs that are a variant of Fourier mixing: cosine transforms by matrices, by transforms of reordered and of
// mirrored samples, magnitudes, half spectra, along either axis; and random graphs that are nearly one.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "RandomGraph.h"
#include "fourmix/Conversion/Passes.h"
#include "mlir/Pass/PassManager.h"
#include <cmath>
#include <numbers>

using namespace mlir;
using namespace fourmix;
using namespace fourmix::test;

namespace {

enum class Slip { None, WrongWeight, WrongAngle, WrongOrder, OtherPartTwice, Count };

class Generator : public RandomGraph {
public:
  using RandomGraph::RandomGraph;

  Shape shape;
  bool isCosine = false;

  func::FuncOp build(Slip slip) {
    for (int64_t i = uniform(0, 2); i > 0; --i)
      shape.push_back(uniform(1, 3));
    first = static_cast<int64_t>(shape.size());
    shape.push_back(uniform(3, 9));
    shape.push_back(uniform(3, 9));
    auto function = func::FuncOp::create(builder, loc, "main", builder.getFunctionType(type(shape), type(shape)));
    builder.setInsertionPointToStart(function.addEntryBlock());
    Value x = function.getArgument(0);
    bool isSpectrum = slip == Slip::OtherPartTwice || (slip == Slip::None && chance(30));
    isCosine = !isSpectrum;
    Value y = isSpectrum ? spectrum(x, slip) : cosines(x, slip);
    function.setType(builder.getFunctionType(type(shape), y.getType()));
    func::ReturnOp::create(builder, loc, y);
    return function;
  }

private:
  int64_t first = 0;

  //===------------------------------------------------------------------------------------------------------------===//
  // Cosine transforms
  //===------------------------------------------------------------------------------------------------------------===//

  struct Cosine {
    bool inverse, ortho;
    double scale;
    Slip slip;
  };

  Value cosines(Value x, Slip slip) {
    Cosine cosine = {slip == Slip::WrongOrder ? false : chance(40), chance(50), pick({1.0, 2.0, 0.5}), slip};
    Value y = x;
    bool hasSlipped = false;
    int64_t axes = uniform(1, 3); // a set of the last two
    for (int64_t i : {0, 1}) {
      if ((axes >> i & 1) == 0)
        continue;
      Cosine each = cosine;
      each.slip = hasSlipped ? Slip::None : slip;
      hasSlipped = true;
      bool byMatrix = slip == Slip::WrongOrder ? false : chance(50);
      y = byMatrix ? byMatmul(y, first + i, each) : byTransform(y, first + i, each);
    }
    return y;
  }

  double weight(int64_t k, int64_t n, const Cosine &c) {
    double w = c.ortho ? std::sqrt((k == 0 ? 1.0 : 2.0) / n) : c.inverse ? (k == 0 ? 1.0 : 2.0) / n : 1.0;
    return c.scale * w * (c.slip == Slip::WrongWeight && k == 1 ? 1.3 : 1);
  }
  /// Transform of sample j to coefficient k.
  double entry(int64_t k, int64_t j, int64_t n, const Cosine &c) {
    double angle = std::numbers::pi * static_cast<double>(k * (2 * j + 1)) / (2.0 * n);
    return weight(k, n, c) * std::cos(c.slip == Slip::WrongAngle ? angle + 0.1 : angle);
  }

  Value exchanged(Value x, int64_t a, int64_t b) {
    Shape extents = shapeOf(x);
    std::vector<int64_t> perm(extents.size());
    std::iota(perm.begin(), perm.end(), 0);
    std::swap(perm[a], perm[b]);
    std::swap(extents[a], extents[b]);
    return node("Transpose", x, extents, {{"perm", builder.getI64ArrayAttr(perm)}});
  }

  Value byMatmul(Value x, int64_t axis, const Cosine &c) {
    int64_t n = shapeOf(x)[axis], rank = rankOf(x), last = rank - 1;
    std::vector<double> left(n * n), right(n * n); // rows are results; and that transposed
    for (int64_t k = 0; k < n; ++k)
      for (int64_t j = 0; j < n; ++j)
        left[c.inverse ? j * n + k : k * n + j] = right[c.inverse ? k * n + j : j * n + k] = entry(k, j, n, c);
    Shape square = {n, n};
    if (chance(25)) {
      std::string in = std::string("abcd").substr(0, rank), out = in;
      out[axis] = 'z';
      bool turned = chance(50);
      std::string text =
          in + "," + (turned ? std::string("z") + in[axis] : std::string(1, in[axis]) + "z") + "->" + out;
      return node("Einsum", {x, floats(square, turned ? left : right)}, shapeOf(x),
                  {{"equation", builder.getStringAttr(text)}});
    }
    if (axis == last - 1 && chance(60))
      return node("MatMul", {floats(square, left), x}, shapeOf(x));
    Value y = axis == last ? x : exchanged(x, axis, last);
    if (rank == 2 && chance(50)) {
      bool turned = chance(50);
      y = node("Gemm", {y, floats(square, turned ? left : right)}, shapeOf(y), integer("transB", turned));
    } else {
      y = node("MatMul", {y, floats(square, right)}, shapeOf(y));
    }
    return axis == last ? y : exchanged(y, axis, last);
  }

  Value table(Value like, int64_t axis, ArrayRef<double> values) {
    Shape extents(rankOf(like) - axis, 1);
    extents[0] = static_cast<int64_t>(values.size());
    return floats(extents, values);
  }
  Value gathered(Value x, int64_t axis, const std::vector<int64_t> &indices) {
    Shape extents = shapeOf(x);
    extents[axis] = static_cast<int64_t>(indices.size());
    return node("Gather", {x, ints(indices)}, extents, integer("axis", anySign(axis, rankOf(x))));
  }

  /// Evens, then odds backwards: by a Gather, or by Slices and Concat.
  Value reordered(Value x, int64_t axis, const std::vector<int64_t> &order, bool mustGather) {
    if (mustGather || chance(50))
      return gathered(x, axis, order);
    int64_t n = shapeOf(x)[axis];
    Shape evens = shapeOf(x), odds = shapeOf(x);
    evens[axis] = (n + 1) / 2;
    odds[axis] = n / 2;
    constexpr int64_t lowest = std::numeric_limits<int64_t>::min();
    Value even = node("Slice", {x, ints(0), ints(n), ints(axis), ints(2)}, evens);
    Value odd = node("Slice", {x, ints(1), ints(n), ints(axis), ints(2)}, odds);
    odd = node("Slice", {odd, ints(-1), ints(lowest), ints(axis), ints(-1)}, odds);
    return node("Concat", {even, odd}, shapeOf(x), integer("axis", axis));
  }

  Value byTransform(Value x, int64_t axis, const Cosine &c) {
    int64_t n = shapeOf(x)[axis];
    std::vector<int64_t> order, back(n), negated = {0}, mirror;
    for (int64_t j = 0; j < n; j += 2)
      order.push_back(j);
    for (int64_t j = (n - 2) | 1; j > 0; j -= 2)
      order.push_back(j);
    if (c.slip == Slip::WrongOrder)
      std::swap(order[0], order[1]);
    for (int64_t j = 0; j < n; ++j)
      back[order[j]] = j;
    for (int64_t k = 1; k < n; ++k)
      negated.push_back(n - k);
    for (int64_t j = 0; j < 2 * n; ++j)
      mirror.push_back(j < n ? j : 2 * n - 1 - j);
    std::vector<double> cosine(n), sine(n), masked;
    auto mul = [&](Value a, ArrayRef<double> values) { return node("Mul", {a, table(x, axis, values)}, shapeOf(a)); };
    auto turn = [&](auto weightOf) {
      for (int64_t k = 0; k < n; ++k) {
        double angle = std::numbers::pi * k / (2.0 * n) + (c.slip == Slip::WrongAngle ? 0.1 : 0);
        cosine[k] = weightOf(k) * std::cos(angle);
        sine[k] = weightOf(k) * std::sin(angle);
      }
      masked = cosine;
      masked[0] = 0;
    };
    if (!c.inverse) {
      turn([&](int64_t k) { return weight(k, n, c); });
      Value z;
      // The samples and their mirror image: twice the sum. (Another angle there is another scale, and no slip.)
      if (c.slip == Slip::None && chance(40)) {
        turn([&](int64_t k) { return weight(k, n, c) / 2; });
        z = dft(unsqueezeLast(gathered(x, axis, mirror)), axis, false, chance(50));
        Shape kept = shapeOf(z);
        kept[axis] = n;
        z = node("Slice", {z, ints(0), ints(n), ints(axis)}, kept);
      } else {
        z = dft(unsqueezeLast(reordered(x, axis, order, c.slip == Slip::WrongOrder)), axis);
      }
      return node("Add", {mul(part(z, 0), cosine), mul(part(z, 1), sine)}, shapeOf(x));
    }
    turn([&](int64_t k) { return weight(k, n, c) * n / (k == 0 ? 1 : 2); });
    Value turned = gathered(x, axis, negated);
    Value re = node("Add", {mul(x, cosine), mul(turned, sine)}, shapeOf(x));
    Value im = node("Sub", {mul(x, sine), mul(turned, masked)}, shapeOf(x));
    Shape complex = shapeOf(x);
    complex.push_back(2);
    Value z = node("Concat", {unsqueezeLast(re), unsqueezeLast(im)}, complex, integer("axis", -1));
    return gathered(part(dft(z, axis, true), 0), axis, back);
  }

  //===------------------------------------------------------------------------------------------------------------===//
  // Magnitudes and half spectra
  //===------------------------------------------------------------------------------------------------------------===//

  Value spectrum(Value x, Slip slip) {
    bool half = chance(50);
    int64_t hidden = first + (chance(50) ? 0 : 1), other = 2 * first + 1 - hidden;
    Value z = dft(unsqueezeLast(x), hidden, false, half);
    if (chance(60))
      z = dft(z, other);
    if (slip == Slip::None && chance(40) && half)
      return part(z, 0);
    Shape extents = shapeOf(z), single = extents;
    extents.pop_back();
    single.back() = 1;
    // Squares and sums stand side by side, as exporters write them.
    auto raw = [&](StringRef name, ValueRange inputs, const Shape &result,
                   ArrayRef<std::pair<StringRef, Attribute>> attrs = {}) {
      return nodes(name, inputs, result, attrs)[0];
    };
    auto square = [&](Value v) {
      return chance(50) ? raw("Mul", {v, v}, shapeOf(v)) : raw("Pow", {v, floats({}, {2.0})}, shapeOf(v));
    };
    Value sum;
    if (slip == Slip::None && chance(40)) {
      bool keeps = chance(50);
      auto axes = [&](SmallVector<Value> inputs, int64_t since, std::vector<std::pair<StringRef, Attribute>> &attrs) {
        if (version >= since)
          inputs.push_back(ints(-1));
        else
          attrs.emplace_back("axes", builder.getI64ArrayAttr({-1}));
        return inputs;
      };
      std::vector<std::pair<StringRef, Attribute>> attrs = {integer("keepdims", keeps)};
      bool isNorm = chance(50);
      Value reduced = isNorm ? raw("ReduceL2", axes({z}, 18, attrs), keeps ? single : extents, attrs)
                             : raw("ReduceSum", axes({square(z)}, 13, attrs), keeps ? single : extents, attrs);
      sum = keeps ? raw("Squeeze", {reduced, ints(-1)}, extents) : reduced;
      return isNorm ? sum : raw("Sqrt", sum, extents);
    }
    Value re = part(z, 0), im = part(z, slip == Slip::OtherPartTwice ? 0 : 1);
    sum = raw("Add", {square(re), square(im)}, extents);
    return chance(50) ? raw("Sqrt", sum, extents) : raw("Pow", {sum, floats({}, {0.5})}, extents);
  }
};

struct Outcome : Raised {
  int mixings = 0, cosines = 0, transforms = 0;
};

Outcome raise(Generator &generator, Slip slip, unsigned seed) {
  func::FuncOp function = generator.build(slip);
  Outcome outcome{raiseAndCompare(*generator.module, function, randomTensor(generator.shape, seed + 1))};
  function.walk([&](Operation *op) {
    outcome.mixings += isa<mix::FourierOp>(op);
    outcome.cosines += isa<mix::CosineOp>(op);
    auto node = dyn_cast<onnx::NodeOp>(op);
    outcome.transforms +=
        node && (node.is("DFT") || node.is("MatMul") || node.is("Gemm") || node.is("Einsum") || node.is("Sqrt"));
  });
  return outcome;
}
} // namespace

TEST(RandomFourierForms, EveryWayToWriteAVariantIsRaisedAndKeepsItsValue) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  for (unsigned seed = 0; seed < 600; ++seed) {
    Generator generator(context, seed);
    Outcome outcome = raise(generator, Slip::None, seed);
    ASSERT_LE(outcome.moved, 1e-6) << "seed " << seed << "\n" << outcome.before << outcome.after;
    ASSERT_EQ(outcome.transforms, 0) << "seed " << seed << "\n" << outcome.before << outcome.after;
    ASSERT_EQ(outcome.mixings, generator.isCosine ? 0 : 1) << "seed " << seed << "\n" << outcome.after;
    ASSERT_TRUE(!generator.isCosine || outcome.cosines >= 1) << "seed " << seed << "\n" << outcome.after;
  }
}

TEST(RandomFourierForms, SlipsAreNotRaised) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  for (unsigned seed = 0; seed < 600; ++seed) {
    auto slip = static_cast<Slip>(1 + seed % (static_cast<unsigned>(Slip::Count) - 1));
    Generator generator(context, seed);
    Outcome outcome = raise(generator, slip, seed);
    // Of two axes the one without a slip is what it is.
    ASSERT_LE(outcome.moved, 1e-6) << "seed " << seed << "\n" << outcome.before << outcome.after;
    ASSERT_GT(outcome.transforms + (outcome.after.find("mix.linear") != std::string::npos), 0)
        << "seed " << seed << " slip " << static_cast<int>(slip) << "\n"
        << outcome.before << outcome.after;
  }
}
