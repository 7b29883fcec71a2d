// Random graphs that are FNet's mixing, written in ways nobody listed, and random graphs that are nearly one.
//
// Each graph is evaluated before and after the pass by definition. Variants must become one mix.fourier and keep their
// value; near misses must stay as they are; and whatever is raised must be right.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Interpreter.h"
#include "dialects/Mix/IR/Mix.h"
#include "dialects/ONNX/IR/ONNX.h"
#include "fourmix/Conversion/Passes.h"
#include "fourmix/Support/Constants.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "gtest/gtest.h"
#include <cmath>
#include <numbers>
#include <numeric>
#include <random>

using namespace mlir;
using namespace fourmix;

namespace {

using Shape = std::vector<int64_t>;

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

class Generator {
public:
  Generator(MLIRContext &context, unsigned seed) : random(seed), builder(&context), loc(builder.getUnknownLoc()) {
    version = pick({17, 18, 19, 20, 21, 23});
    context.loadDialect<func::FuncDialect, onnx::ONNXDialect, mix::MixDialect>();
    module = ModuleOp::create(builder, loc);
    builder.setInsertionPointToEnd(module->getBody());
  }

  OwningOpRef<ModuleOp> module;
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
  int64_t uniform(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random); }
  bool chance(int percent) { return uniform(0, 99) < percent; }
  template <typename T>
  T pick(std::initializer_list<T> choices) {
    return *(choices.begin() + uniform(0, static_cast<int64_t>(choices.size()) - 1));
  }
  RankedTensorType type(const Shape &extents) { return RankedTensorType::get(extents, builder.getF32Type()); }
  static Shape shapeOf(Value value) { return Shape(cast<RankedTensorType>(value.getType()).getShape()); }
  static int64_t rankOf(Value value) { return cast<RankedTensorType>(value.getType()).getRank(); }
  int64_t anySign(int64_t axis, int64_t rank) { return chance(50) ? axis : axis - rank; }

  Value none() { return onnx::NoneOp::create(builder, loc, onnx::AbsentType::get(builder.getContext())); }
  Value ints(ArrayRef<int64_t> values) {
    return onnx::ConstantOp::create(builder, loc, makeInts(builder.getContext(), values), StringAttr());
  }
  Value scalar(int64_t value) {
    auto scalarType = RankedTensorType::get({}, builder.getI64Type());
    return onnx::ConstantOp::create(builder, loc, cast<ElementsAttr>(DenseElementsAttr::get(scalarType, value)),
                                    StringAttr());
  }
  Value floats(const Shape &extents, ArrayRef<double> values) {
    return onnx::ConstantOp::create(builder, loc, makeConstant(type(extents), values, "c"), StringAttr());
  }
  SmallVector<Value> nodes(StringRef op, ValueRange inputs, ArrayRef<Shape> results,
                           ArrayRef<std::pair<StringRef, Attribute>> attributes = {}) {
    OperationState state(loc, onnx::NodeOp::getOperationName());
    auto &properties = state.getOrAddProperties<onnx::NodeOp::Properties>();
    properties.op_type = builder.getStringAttr(op);
    properties.domain = builder.getStringAttr("");
    properties.version = builder.getI64IntegerAttr(version);
    SmallVector<NamedAttribute> named;
    for (auto [name, value] : attributes)
      named.push_back(builder.getNamedAttr(name, value));
    properties.node_attrs = builder.getDictionaryAttr(named);
    state.addOperands(inputs);
    for (const Shape &result : results)
      state.addTypes(type(result));
    return SmallVector<Value>(builder.create(state)->getResults());
  }
  Value node(StringRef op, ValueRange inputs, const Shape &result,
             ArrayRef<std::pair<StringRef, Attribute>> attributes = {}) {
    return disturb(nodes(op, inputs, result, attributes)[0]);
  }
  std::pair<StringRef, Attribute> integer(StringRef name, int64_t value) {
    return {name, builder.getI64IntegerAttr(value)};
  }

  /// Now and then something that changes nothing.
  Value disturb(Value value) {
    if (!chance(25))
      return value;
    Shape extents = shapeOf(value);
    switch (uniform(0, 5)) {
    case 0:
      return nodes("Identity", value, extents)[0];
    case 1: { // An axis of one element comes and goes.
      Shape wide = extents;
      int64_t axis = uniform(0, static_cast<int64_t>(extents.size()));
      wide.insert(wide.begin() + axis, 1);
      Value there = nodes("Unsqueeze", {value, ints(axis)}, wide)[0];
      return nodes("Squeeze", {there, ints(axis)}, extents)[0];
    }
    case 2: { // Flat and back.
      Shape flat = {std::accumulate(extents.begin(), extents.end(), int64_t(1), std::multiplies<>())};
      Value there = nodes("Reshape", {value, ints(flat)}, flat)[0];
      return nodes("Reshape", {there, ints(extents)}, extents)[0];
    }
    case 3: { // A permutation and its inverse.
      std::vector<int64_t> there(extents.size()), back(extents.size());
      std::iota(there.begin(), there.end(), 0);
      std::shuffle(there.begin(), there.end(), random);
      Shape permuted;
      for (size_t i = 0; i < there.size(); ++i) {
        permuted.push_back(extents[there[i]]);
        back[there[i]] = i;
      }
      auto perm = [&](ArrayRef<int64_t> p) {
        return std::pair<StringRef, Attribute>("perm", builder.getI64ArrayAttr(p));
      };
      Value turned = nodes("Transpose", value, permuted, perm(there))[0];
      return nodes("Transpose", turned, extents, perm(back))[0];
    }
    case 4:
      return nodes("Add", {value, floats({1}, {0.0})}, extents)[0];
    default:
      return nodes("Mul", {value, floats({}, {1.0})}, extents)[0];
    }
  }

  Value scaled(Value value) {
    if (!chance(30))
      return value;
    double factor = pick({0.5, -1.0, 3.0, 0.125});
    if (chance(20))
      return node("Neg", value, shapeOf(value));
    return node(pick({"Mul", "Div"}), {value, chance(50) ? floats({}, factor) : floats({1}, factor)}, shapeOf(value));
  }

  Value unsqueezeLast(Value x) {
    Shape extents = shapeOf(x);
    extents.push_back(1);
    if (chance(50))
      return node("Unsqueeze", {x, ints(chance(50) ? -1 : rankOf(x))}, extents);
    return node("Reshape", {x, ints(extents)}, extents);
  }

  Value zeros(const Shape &extents) {
    int64_t size = std::accumulate(extents.begin(), extents.end(), int64_t(1), std::multiplies<>());
    if (chance(50))
      return floats(extents, std::vector<double>(size, 0.0));
    return nodes("Expand", {floats({}, {0.0}), ints(extents)}, extents)[0];
  }

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

  Value dft(Value x, int64_t axis, bool inverse = false, bool onesided = false, int64_t longer = 0) {
    Shape extents = shapeOf(x);
    int64_t length = extents[axis] + longer;
    extents[axis] = onesided ? length / 2 + 1 : length;
    extents.back() = 2;
    Value given = longer != 0 || chance(40) ? scalar(length) : none();
    SmallVector<std::pair<StringRef, Attribute>> attributes;
    if (inverse || chance(50))
      attributes.push_back(integer("inverse", inverse));
    if (onesided || chance(50))
      attributes.push_back(integer("onesided", onesided));
    SmallVector<Value> inputs = {x, given};
    int64_t spelled = anySign(axis, rankOf(x));
    if (version >= 20)
      inputs.push_back(scalar(spelled));
    else
      attributes.push_back(integer("axis", spelled));
    return node("DFT", inputs, extents, attributes);
  }

  Value part(Value z, int64_t index) {
    Shape extents = shapeOf(z), single = extents;
    int64_t last = rankOf(z) - 1;
    extents.pop_back();
    single.back() = 1;
    auto squeeze = [&](Value value) {
      if (chance(50))
        return node("Squeeze", {value, ints(anySign(last, rankOf(z)))}, extents);
      return node("Reshape", {value, ints(extents)}, extents);
    };
    switch (uniform(0, 3)) {
    case 0:
      return node("Gather", {z, scalar(chance(50) ? index : index - 2)}, extents,
                  integer("axis", anySign(last, rankOf(z))));
    case 1:
      return squeeze(node("Gather", {z, ints(index)}, single, integer("axis", last)));
    case 2:
      return squeeze(node("Slice", {z, ints(index), ints(index + 1), ints(anySign(last, rankOf(z)))}, single));
    default:
      return squeeze(nodes("Split", z, {single, single}, integer("axis", last))[index]);
    }
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
  Shape withLast(Value z, int64_t extent) {
    Shape extents = shapeOf(z);
    extents.back() = extent;
    return extents;
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

  std::mt19937 random;
  OpBuilder builder;
  Location loc;
  int64_t version;
};

std::string print(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream);
  return text;
}

double distance(const RealTensor &a, const RealTensor &b) {
  EXPECT_EQ(a.shape, b.shape);
  double largest = 0, error = 0;
  for (auto [x, y] : llvm::zip(a.values, b.values)) {
    largest = std::max(largest, std::abs(y));
    error = std::max(error, std::abs(x - y));
  }
  return error / largest;
}

struct Outcome {
  std::string before, after;
  int mixings = 0, transforms = 0;
  double moved = 0; // how far the value is from what it was
};

Outcome raise(Generator &generator, NearMiss nearMiss, unsigned seed) {
  Outcome outcome;
  func::FuncOp function = generator.build(nearMiss);
  EXPECT_TRUE(succeeded(verify(*generator.module)));
  outcome.before = print(*generator.module);
  std::mt19937 random(seed + 1);
  std::normal_distribution<double> normal;
  int64_t size = std::accumulate(generator.shape.begin(), generator.shape.end(), int64_t(1), std::multiplies<>());
  RealTensor x = {generator.shape, std::vector<double>(size)};
  for (double &value : x.values)
    value = normal(random);
  RealTensor before = evaluate(function, x);
  PassManager passes(generator.module->getContext());
  passes.addPass(createConvertONNXToMix());
  EXPECT_TRUE(succeeded(passes.run(*generator.module)));
  outcome.after = print(*generator.module);
  outcome.moved = distance(evaluate(function, x), before);
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
    // One axis is a mixing of its own.
    bool isOneAxis = nearMiss == NearMiss::OneAxisOnly;
    ASSERT_EQ(outcome.mixings, isOneAxis ? 1 : 0) << "seed " << seed << " near miss " << static_cast<int>(nearMiss);
    // Products with two matrices are mix.linear, whatever the matrices are.
    if (isOneAxis || outcome.after.find("mix.linear") != std::string::npos)
      ASSERT_LE(outcome.moved, 1e-6) << "seed " << seed << " near miss " << static_cast<int>(nearMiss);
    else
      ASSERT_EQ(outcome.after, outcome.before) << "seed " << seed << " near miss " << static_cast<int>(nearMiss);
  }
}
