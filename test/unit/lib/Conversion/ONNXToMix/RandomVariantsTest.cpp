// Random graphs that are FNet's mixing, written in ways nobody listed, and random graphs that are nearly one.
//
// Each graph is evaluated before and after the pass by definition. Variants must become one mix.fourier and keep their
// value; near misses must stay as they are; and whatever is raised must be right.
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

enum class NearMiss {
  None,
  ImaginaryPart,
  InverseOnOneAxis,
  OneAxisOnly,
  ImaginaryInput,
  HalfImaginaryInput,
  WindowBetween,
  LongerTransform,
  PhaseBetween,
  WrongSign,
  CornerOfLongerMatrix,
  MirrorWithoutRows,
  Count
};

class Generator : public RandomGraph {
public:
  using RandomGraph::RandomGraph;

  Shape shape;
  int64_t sequence, hidden;

  /// A function that mixes its argument, or nearly.
  func::FuncOp build(NearMiss nearMiss) {
    int64_t batchAxes = uniform(0, 2);
    for (int64_t i = 0; i < batchAxes; ++i)
      shape.push_back(uniform(1, 3));
    sequence = batchAxes;
    hidden = batchAxes + 1;
    // At least 3: below, a sine is zero and some near misses are none.
    shape.push_back(uniform(3, 8));
    shape.push_back(uniform(3, 9));
    auto function = func::FuncOp::create(builder, loc, "main", builder.getFunctionType(type(shape), type(shape)));
    builder.setInsertionPointToStart(function.addEntryBlock());
    Value x = function.getArgument(0);
    Value y;
    if (nearMiss == NearMiss::WrongSign || nearMiss == NearMiss::CornerOfLongerMatrix)
      y = products(x, false, nearMiss);
    else if (nearMiss == NearMiss::MirrorWithoutRows)
      y = mirrored(x, nearMiss);
    else if (nearMiss != NearMiss::None)
      y = complexChain(x, nearMiss);
    else
      switch (uniform(0, 3)) {
      case 0:
        y = complexChain(x, nearMiss);
        break;
      case 1:
        y = products(x);
        break;
      case 2:
        y = einsums(x);
        break;
      default:
        y = mirrored(x);
      }
    func::ReturnOp::create(builder, loc, y);
    return function;
  }

private:
  /// The real tensor as a complex one; some first transforms take the real one itself.
  Value toComplex(Value x, NearMiss nearMiss) {
    Value re = unsqueezeLast(x);
    Shape single = shapeOf(re), twice = single;
    twice.back() = 2;
    bool special = nearMiss == NearMiss::ImaginaryInput || nearMiss == NearMiss::HalfImaginaryInput;
    if (!special && chance(30))
      return re;
    if (!special && chance(30)) {
      Shape pads(2 * twice.size(), 0);
      pads.back() = 1;
      return node("Pad", {re, ints(pads)}, twice);
    }
    SmallVector<Value> parts = {re, zeros(single)};
    if (nearMiss == NearMiss::ImaginaryInput)
      std::swap(parts[0], parts[1]);
    if (nearMiss == NearMiss::HalfImaginaryInput)
      parts[1] = node("Mul", {re, floats({}, {0.5})}, single);
    return node("Concat", parts, twice, integer("axis", anySign(rankOf(re) - 1, rankOf(re))));
  }

  Value complexChain(Value x, NearMiss nearMiss) {
    Value z = scaled(toComplex(scaled(x), nearMiss));
    int64_t first = sequence, second = hidden;
    if (chance(50))
      std::swap(first, second);
    z = scaled(dft(z, first, nearMiss == NearMiss::InverseOnOneAxis, false, nearMiss == NearMiss::LongerTransform));
    if (nearMiss == NearMiss::WindowBetween) {
      int64_t extent = shapeOf(z)[second];
      std::vector<double> window(extent);
      for (int64_t i = 0; i < extent; ++i)
        window[i] = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * i / extent);
      Shape aligned(rankOf(z) - second, 1);
      aligned[0] = extent;
      z = node("Mul", {z, floats(aligned, window)}, shapeOf(z));
    }
    if (nearMiss == NearMiss::PhaseBetween) // Multiplies by i.
      z = node(
          "Concat",
          {node("Neg", nodes("Split", z, {withLast(z, 1), withLast(z, 1)}, integer("axis", -1))[1], withLast(z, 1)),
           node("Slice", {z, ints(0), ints(1), ints(-1)}, withLast(z, 1))},
          shapeOf(z), integer("axis", -1));
    if (nearMiss != NearMiss::OneAxisOnly)
      z = scaled(dft(z, second));
    Value y = scaled(part(z, nearMiss == NearMiss::ImaginaryPart ? 1 : 0));
    if (nearMiss == NearMiss::LongerTransform) { // Back to the shape of the function's result.
      Shape extents = shapeOf(y);
      extents[first] -= 1;
      y = node("Slice", {y, ints(0), ints(extents[first]), ints(first)}, extents);
    }
    return y;
  }
  /// The matrix sign * cos or sin (2 pi j k / n) with its first `columns` columns, rounded to f32, or its transpose.
  /// With `longer`, n is that much larger in the angles: a corner of a longer matrix.
  Value matrix(int64_t n, bool sine, int64_t columns, double sign = 1, bool transposed = false, int64_t longer = 0) {
    std::vector<double> values(n * columns);
    for (int64_t r = 0; r < n; ++r)
      for (int64_t c = 0; c < columns; ++c) {
        double angle = 2 * std::numbers::pi * static_cast<double>(r * c) / static_cast<double>(n + longer);
        values[transposed ? c * n + r : r * columns + c] = sign * (sine ? std::sin(angle) : std::cos(angle));
      }
    return floats(transposed ? Shape{columns, n} : Shape{n, columns}, values);
  }

  Value difference(Value cosines, Value sines, bool sinesNegated) {
    Shape extents = shapeOf(cosines);
    if (sinesNegated)
      return chance(50) ? node("Add", {cosines, sines}, extents) : node("Add", {sines, cosines}, extents);
    if (chance(30))
      return node("Neg", node("Sub", {sines, cosines}, extents), extents);
    return node("Sub", {cosines, sines}, extents);
  }

  Value products(Value x, bool half = false, NearMiss nearMiss = NearMiss::None) {
    int64_t longer = nearMiss == NearMiss::CornerOfLongerMatrix ? 3 : 0;
    int64_t n = shape[sequence], d = shape[hidden], columns = half ? d / 2 + 1 : d;
    Shape result = shape;
    result[hidden] = columns;
    auto term = [&](bool sine, double sign) {
      Value right = matrix(d, sine, columns, sign), left = matrix(n, sine, n, 1, false, longer);
      if (chance(50))
        return scaledAlike(node("MatMul", {left, node("MatMul", {x, right}, result)}, result));
      return scaledAlike(node("MatMul", {node("MatMul", {left, x}, shape), right}, result));
    };
    common = chance(30) ? 0.25 : 1;
    bool negated = chance(50);
    Value cosines = term(false, 1);
    return difference(cosines, term(true, negated ? -1 : 1), negated != (nearMiss == NearMiss::WrongSign));
  }
  double common = 1;
  Value scaledAlike(Value value) {
    return common == 1 ? value : node("Mul", {value, floats({}, {common})}, shapeOf(value));
  }

  Value einsums(Value x) {
    int64_t n = shape[sequence], d = shape[hidden];
    auto term = [&](bool sine, double sign) {
      bool turnedRight = chance(50), turnedLeft = chance(50);
      Value right = matrix(d, sine, d, sign, turnedRight), left = matrix(n, sine, n, 1, turnedLeft);
      std::string batch = chance(30) ? "..." : std::string("ab").substr(0, shape.size() - 2);
      std::vector<std::pair<std::string, Value>> operands = {
          {batch + "ij", x}, {turnedRight ? "kj" : "jk", right}, {turnedLeft ? "in" : "ni", left}};
      std::shuffle(operands.begin(), operands.end(), random);
      std::string equation;
      SmallVector<Value> values;
      for (auto &[text, value] : operands) {
        equation += (equation.empty() ? "" : ",") + text;
        values.push_back(value);
      }
      equation += "->" + batch + "nk";
      return node("Einsum", values, shape, {{"equation", builder.getStringAttr(equation)}});
    };
    bool negated = chance(50);
    Value cosines = term(false, 1);
    return difference(cosines, term(true, negated ? -1 : 1), negated);
  }

  /// Only columns 0 .. d/2; the others by the symmetry Y[k, l] = Y[-k mod n, d - l].
  Value mirrored(Value x, NearMiss nearMiss = NearMiss::None) {
    int64_t n = shape[sequence], d = shape[hidden], rank = static_cast<int64_t>(shape.size());
    Value half = chance(50) ? products(x, true) : part(dft(dft(unsqueezeLast(x), hidden, false, true), sequence), 0);
    int64_t missing = d - (d / 2 + 1);
    Shape tail = shape;
    tail[hidden] = missing;
    Value mirror;
    if (nearMiss != NearMiss::None || chance(50)) {
      std::vector<int64_t> rows, columns;
      for (int64_t k = 0; k < n; ++k)
        rows.push_back(nearMiss == NearMiss::MirrorWithoutRows ? k : (n - k) % n);
      for (int64_t l = d / 2 + 1; l < d; ++l)
        columns.push_back(d - l);
      mirror = node("Gather", {half, ints(columns)}, tail, integer("axis", anySign(hidden, rank)));
      mirror = node("Gather", {mirror, ints(rows)}, tail, integer("axis", anySign(sequence, rank)));
    } else {
      constexpr int64_t lowest = std::numeric_limits<int64_t>::min();
      mirror = node("Slice", {half, ints(1), ints(1 + missing), ints(hidden)}, tail);
      mirror = node("Slice", {mirror, ints({-1, -1}), ints({lowest, lowest}), ints({sequence, hidden}), ints({-1, -1})},
                    tail);
      Shape one = tail, others = tail;
      one[sequence] = 1;
      others[sequence] = n - 1;
      Value last = node("Slice", {mirror, ints(n - 1), ints(n), ints(sequence)}, one);
      Value rest = node("Slice", {mirror, ints(0), ints(n - 1), ints(sequence)}, others);
      mirror = node("Concat", {last, rest}, tail, integer("axis", sequence));
    }
    return node("Concat", {half, mirror}, shape, integer("axis", anySign(hidden, rank)));
  }
};

struct Outcome : Raised {
  int mixings = 0, transforms = 0;
};

Outcome raise(Generator &generator, NearMiss nearMiss, unsigned seed) {
  func::FuncOp function = generator.build(nearMiss);
  Outcome outcome{raiseAndCompare(*generator.module, function, randomTensor(generator.shape, seed + 1))};
  function.walk([&](Operation *op) {
    outcome.mixings += isa<mix::FourierOp>(op);
    auto node = dyn_cast<onnx::NodeOp>(op);
    outcome.transforms += node && (node.is("DFT") || node.is("MatMul") || node.is("Einsum"));
  });
  return outcome;
}
} // namespace

TEST(RandomVariants, EveryWayToWriteAMixingIsRaisedAndKeepsItsValue) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  for (unsigned seed = 0; seed < 600; ++seed) {
    Generator generator(context, seed);
    Outcome outcome = raise(generator, NearMiss::None, seed);
    ASSERT_EQ(outcome.mixings, 1) << "seed " << seed << "\n" << outcome.before << outcome.after;
    ASSERT_EQ(outcome.transforms, 0) << "seed " << seed << "\n" << outcome.before << outcome.after;
    ASSERT_LE(outcome.moved, 1e-6) << "seed " << seed << "\n" << outcome.before << outcome.after;
  }
}

TEST(RandomVariants, NearMissesStayAsTheyAre) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  for (unsigned seed = 0; seed < 600; ++seed) {
    auto nearMiss = static_cast<NearMiss>(1 + seed % (static_cast<unsigned>(NearMiss::Count) - 1));
    Generator generator(context, seed);
    Outcome outcome = raise(generator, nearMiss, seed);
    // One axis is a mixing of its own, and so is half a spectrum, whatever is made of it.
    bool isOneAxis = nearMiss == NearMiss::OneAxisOnly || nearMiss == NearMiss::MirrorWithoutRows;
    ASSERT_EQ(outcome.mixings, isOneAxis ? 1 : 0) << "seed " << seed << " near miss " << static_cast<int>(nearMiss);
    // Products with two matrices are mix.linear, whatever the matrices are.
    if (isOneAxis || outcome.after.find("mix.linear") != std::string::npos)
      ASSERT_LE(outcome.moved, 1e-6) << "seed " << seed << " near miss " << static_cast<int>(nearMiss);
    else
      ASSERT_EQ(outcome.after, outcome.before) << "seed " << seed << " near miss " << static_cast<int>(nearMiss);
  }
}
