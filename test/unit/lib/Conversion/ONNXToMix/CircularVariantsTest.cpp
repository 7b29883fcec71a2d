// Random circular convolutions, wrapped in ways nobody listed, and random ones that are nearly circular.
//
// Each graph is evaluated by definition before and after the pass, and compared with the circular convolution that it
// is meant to be. Variants must become one op of mix and keep their value; near misses must stay as they are, and their
// value must really differ.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "../ConvolutionDefinitions.h"
#include "Interpreter.h"
#include "dialects/Mix/IR/Mix.h"
#include "dialects/ONNX/Ops/NodeBuilder.h"
#include "fourmix/Conversion/Passes.h"
#include "fourmix/Support/Constants.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "gtest/gtest.h"
#include <cmath>
#include <numeric>
#include <random>

using namespace mlir;
using namespace fourmix;

namespace {

using Shape = SmallVector<int64_t>;

enum class NearMiss { None, ShiftedTail, ShiftedHead, Zeros, Reflected, Strided, ZeroPads, SwappedTail, Count };

class Generator {
public:
  Generator(MLIRContext &context, unsigned seed) : random(seed), builder(&context) {
    context.loadDialect<func::FuncDialect, onnx::ONNXDialect, mix::MixDialect>();
    module = ModuleOp::create(builder, builder.getUnknownLoc());
    builder.setInsertionPointToEnd(module->getBody());
  }

  OwningOpRef<ModuleOp> module;
  RealTensor x, expected; // the argument, and the circular convolution of it

  func::FuncOp build(NearMiss nearMiss) {
    auto loc = builder.getUnknownLoc();
    bool isChannels = nearMiss == NearMiss::None ? uniform(0, 2) == 0 : false, isGrid = !isChannels && uniform(0, 1);
    size_t axes = isGrid ? 2 : 1;
    for (size_t a = 0; a < axes; ++a) {
      circle.push_back(uniform(isGrid ? 4 : 6, isGrid ? 6 : 12));
      int64_t most = nearMiss == NearMiss::None ? circle[a] : circle[a] - 2;
      taps.push_back(uniform(isGrid && a == 0 ? 1 : 2, std::min<int64_t>(most, isGrid ? 4 : most)));
      if (nearMiss != NearMiss::None)
        taps[a] = std::max<int64_t>(taps[a], 3);
      dilation.push_back(uniform(0, 3) == 0 && (taps[a] - 1) * 2 + 1 <= most ? 2 : 1);
      int64_t extent = (taps[a] - 1) * dilation[a] + 1;
      left.push_back(nearMiss == NearMiss::None ? uniform(0, extent - 1) : uniform(1, extent - 2));
      right.push_back(extent - 1 - left[a]);
    }
    int64_t batch = uniform(1, 2), tokens = uniform(1, 3), channels = uniform(2, 3);
    heads = uniform(1, 3);
    int64_t hidden = std::accumulate(circle.begin(), circle.end(), int64_t(1), std::multiplies<>());

    Shape shape = {batch, tokens, hidden};
    bool isTransposed = isChannels && uniform(0, 1);
    if (isChannels)
      shape = isTransposed ? Shape{batch, hidden, channels} : Shape{batch, channels, hidden};
    auto type = RankedTensorType::get(shape, builder.getF32Type());
    auto function = func::FuncOp::create(builder, loc, "main", builder.getFunctionType(type, {}));
    builder.setInsertionPointToStart(function.addEntryBlock());
    onnx::NodeBuilder made(builder, loc, 20);
    nodes = &made;
    Value value = function.getArgument(0);
    x = noise(shape);

    bool hasBias = uniform(0, 1), transposeLate = uniform(0, 1);
    int64_t filters = isChannels ? channels : heads, rows = isChannels ? batch : batch * tokens;
    Shape kernel = {filters, 1};
    kernel.append(taps);
    RealTensor w = noise(kernel), b = noise({filters});
    int64_t first = 2; // the axis where the circle starts
    if (isTransposed && !transposeLate)
      value = nodes->transpose(value, {0, 2, 1});
    else if (isTransposed)
      first = 1;
    else if (!isChannels) {
      Shape lines = {rows, 1};
      lines.append(circle);
      // A reshape in one step or two, or the pieces put back together before the Conv.
      if (uniform(0, 2) == 0)
        value = nodes->reshape(value, {rows, hidden});
      value = nodes->reshape(value, lines);
    }
    for (size_t a = 0; a < axes; ++a)
      value = wrap(value, first + static_cast<int64_t>(a), circle[a], left[a], right[a],
                   a + 1 == axes ? nearMiss : NearMiss::None);
    if (isTransposed && transposeLate)
      value = nodes->transpose(value, {0, 2, 1});
    SmallVector<NamedAttribute> attrs = {nodes->attr("dilations", ArrayRef<int64_t>(dilation))};
    if (isChannels)
      attrs.push_back(nodes->attr("group", channels));
    if (nearMiss == NearMiss::Strided)
      attrs.push_back(nodes->attr("strides", ArrayRef<int64_t>(Shape(axes, 2))));
    if (nearMiss == NearMiss::ZeroPads) {
      Shape pads(2 * axes, 0);
      pads[axes - 1] = pads[2 * axes - 1] = 1;
      attrs.push_back(nodes->attr("pads", ArrayRef<int64_t>(pads)));
    }
    SmallVector<Value> operands = {value, constant(w)};
    if (hasBias)
      operands.push_back(constant(b));
    value = nodes->create("Conv", operands, attrs);
    Shape result = isChannels ? Shape{batch, channels, hidden} : Shape{batch, tokens, heads, hidden};
    bool keepsSize = nearMiss != NearMiss::Strided && nearMiss != NearMiss::ZeroPads;
    if (!isChannels && keepsSize) {
      if (uniform(0, 2) == 0)
        value = nodes->reshape(value, {rows, heads, hidden});
      value = nodes->reshape(value, result);
    }
    func::ReturnOp::create(builder, loc, value);
    function.setType(builder.getFunctionType(type, value.getType()));
    define(w, hasBias ? &b : nullptr, isChannels, isTransposed);
    return function;
  }

private:
  int64_t uniform(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random); }

  RealTensor noise(ArrayRef<int64_t> shape) {
    RealTensor tensor = makeTensor({shape.begin(), shape.end()});
    std::uniform_real_distribution<float> real(-1, 1);
    for (double &value : tensor.values)
      value = real(random);
    return tensor;
  }
  Value constant(const RealTensor &tensor) {
    return nodes->constant(
        makeConstant(RankedTensorType::get(tensor.shape, builder.getF32Type()), tensor.values, "weight"));
  }
  int64_t extent(Value value, int64_t axis) { return cast<RankedTensorType>(value.getType()).getDimSize(axis); }
  Value slice(Value value, int64_t axis, int64_t start, int64_t end) {
    // Bounds as exporters write them: from the front, from the back, or beyond.
    int64_t n = extent(value, axis);
    if (start > 0 && uniform(0, 1))
      start -= n;
    if (end == n)
      end = uniform(0, 1) ? n : std::numeric_limits<int64_t>::max();
    else if (uniform(0, 1))
      end -= n;
    return nodes->create("Slice", {value, nodes->ints(start), nodes->ints(end), nodes->ints(axis), nodes->ints(1)});
  }
  Value concat(ArrayRef<Value> values, int64_t axis) {
    return nodes->create("Concat", values, nodes->attr("axis", axis));
  }
  Value pad(Value value, int64_t axis, int64_t before, int64_t after, StringRef mode) {
    int64_t rank = cast<RankedTensorType>(value.getType()).getRank();
    Shape pads(2 * rank, 0);
    pads[axis] = before;
    pads[axis + rank] = after;
    return nodes->create("Pad", {value, nodes->ints(pads)}, nodes->attr("mode", mode));
  }

  /// `value` with `before` elements from its end before it and `after` from its start behind it, along an axis.
  Value wrap(Value value, int64_t axis, int64_t n, int64_t before, int64_t after, NearMiss nearMiss) {
    switch (nearMiss) {
    case NearMiss::Zeros:
      return pad(wrap(value, axis, n, before, after - 1, NearMiss::None), axis, 0, 1, "constant");
    case NearMiss::Reflected:
      return pad(value, axis, before, after, "reflect");
    case NearMiss::ShiftedTail:
      return concat({slice(value, axis, n - before - 1, n - 1), value, slice(value, axis, 0, after)}, axis);
    case NearMiss::ShiftedHead:
      return concat({slice(value, axis, n - before, n), value, slice(value, axis, 1, after + 1)}, axis);
    case NearMiss::SwappedTail: // the head before it, the tail behind it
      return concat({slice(value, axis, 0, before), value, slice(value, axis, n - after, n)}, axis);
    default:
      break;
    }
    if (before == 0 && after == 0)
      return value;
    switch (uniform(0, 4)) {
    case 0:
      return pad(value, axis, before, after, "wrap");
    case 1: {
      SmallVector<Value> parts;
      if (before > 0)
        parts.push_back(slice(value, axis, n - before, n));
      parts.push_back(value);
      if (after > 0)
        parts.push_back(slice(value, axis, 0, after));
      return concat(parts, axis);
    }
    case 2: { // One side at a time; the second piece is taken from the widened tensor.
      if (before > 0)
        value = concat({slice(value, axis, n - before, n), value}, axis);
      if (after > 0)
        value = concat({value, slice(value, axis, before, before + after)}, axis);
      return value;
    }
    case 3: {
      Shape indices;
      for (int64_t i = -before; i < n + after; ++i)
        indices.push_back(uniform(0, 3) == 0 ? ((i % n) + n) % n - n : ((i % n) + n) % n);
      return nodes->create("Gather", {value, nodes->ints(indices)}, nodes->attr("axis", axis));
    }
    default: { // Three times around, then the part that is wanted.
      int64_t rank = cast<RankedTensorType>(value.getType()).getRank();
      Shape repeats(rank, 1);
      repeats[axis] = 3;
      return slice(nodes->create("Tile", {value, nodes->ints(repeats)}), axis, n - before, 2 * n + after);
    }
    }
  }

  /// What the graph is meant to compute.
  void define(const RealTensor &w, const RealTensor *b, bool isChannels, bool isTransposed) {
    // Dilated kernels with their zeros.
    int64_t filters = w.shape[0];
    std::vector<int64_t> spread = {filters};
    for (size_t a = 0; a < taps.size(); ++a)
      spread.push_back((taps[a] - 1) * dilation[a] + 1);
    RealTensor kernel = makeTensor(spread);
    for (size_t at = 0; at < w.values.size(); ++at) {
      int64_t rest = static_cast<int64_t>(at), to = 0, scale = 1;
      for (size_t a = taps.size(); a-- > 0; rest /= taps[a], scale *= spread[a + 1])
        to += rest % taps[a] * dilation[a] * scale;
      kernel.values[rest * scale + to] = w.values[at];
    }
    std::vector<int64_t> grid(circle.begin(), circle.end()), origin(left.begin(), left.end());
    if (!isChannels) {
      expected = circularProjection(x, kernel, true, grid, origin, false);
    } else {
      RealTensor rows = x;
      if (isTransposed) {
        rows = makeTensor({x.shape[0], x.shape[2], x.shape[1]});
        for (int64_t i = 0; i < x.shape[0]; ++i)
          for (int64_t j = 0; j < x.shape[1]; ++j)
            for (int64_t k = 0; k < x.shape[2]; ++k)
              rows.values[(i * x.shape[2] + k) * x.shape[1] + j] = x.at({i, j, k});
      }
      kernel.shape = {1, filters, spread[1]};
      expected = circulantMixing(rows, kernel, {2}, origin, false);
    }
    int64_t hidden = expected.shape.back();
    for (size_t i = 0; b && i < expected.values.size(); ++i)
      expected.values[i] += b->values[static_cast<int64_t>(i) / hidden % filters];
  }

  std::mt19937 random;
  OpBuilder builder;
  onnx::NodeBuilder *nodes = nullptr;
  Shape circle, taps, dilation, left, right;
  int64_t heads = 1;
};

double distance(const RealTensor &a, const RealTensor &b) {
  double worst = a.values.size() == b.values.size() ? 0 : 1e9;
  for (size_t i = 0; worst == 0 && i < a.values.size(); ++i)
    worst = std::max(worst, 0.0);
  for (size_t i = 0; i < std::min(a.values.size(), b.values.size()); ++i)
    worst = std::max(worst, std::abs(a.values[i] - b.values[i]));
  return worst;
}

int countMixings(ModuleOp module) {
  int number = 0;
  module.walk([&](Operation *op) { number += isa<mix::ProjectionOp, mix::CirculantOp>(op); });
  return number;
}

void raise(MLIRContext &context, ModuleOp module) {
  PassManager passes(&context);
  passes.addPass(createConvertONNXToMix());
  ASSERT_TRUE(succeeded(passes.run(module)));
  ASSERT_TRUE(succeeded(verify(module)));
}

} // namespace

TEST(CircularVariants, AreRaisedAndKeepTheirValue) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    MLIRContext context(MLIRContext::Threading::DISABLED);
    Generator generator(context, seed);
    func::FuncOp function = generator.build(NearMiss::None);
    ASSERT_TRUE(succeeded(verify(*generator.module))) << "seed " << seed;
    RealTensor before = evaluate(function, generator.x);
    ASSERT_LE(distance(before, generator.expected), 1e-9) << "seed " << seed;
    raise(context, *generator.module);
    EXPECT_EQ(countMixings(*generator.module), 1) << "seed " << seed;
    EXPECT_LE(distance(evaluate(function, generator.x), before), 1e-6) << "seed " << seed;
  }
}

TEST(CircularVariants, NearMissesStayAsTheyAre) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    MLIRContext context(MLIRContext::Threading::DISABLED);
    Generator generator(context, seed);
    int kinds = static_cast<int>(NearMiss::Count) - 1;
    func::FuncOp function = generator.build(static_cast<NearMiss>(1 + seed % kinds));
    ASSERT_TRUE(succeeded(verify(*generator.module))) << "seed " << seed;
    RealTensor before = evaluate(function, generator.x);
    EXPECT_GT(distance(before, generator.expected), 1e-3) << "seed " << seed;
    raise(context, *generator.module);
    EXPECT_EQ(countMixings(*generator.module), 0) << "seed " << seed;
    EXPECT_EQ(evaluate(function, generator.x).values, before.values) << "seed " << seed;
  }
}
