// Random spellings of lambda layers, and graphs that are nearly one.
//
// Each graph is evaluated by definition before and after the pass and compared with the layer it was made from:
// variants are that layer and must become one mix.lambda; near misses are something else, by more than 1e-3, and must
// stay.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "RandomGraph.h"
#include "dialects/Mix/IR/Mix.h"
#include "dialects/ONNX/Ops/NodeBuilder.h"
#include "fourmix/Conversion/Passes.h"
#include "fourmix/Support/Constants.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "gtest/gtest.h"
#include <cmath>
#include <map>
#include <random>

using namespace mlir;
using namespace fourmix;
using namespace fourmix::test;

namespace {

enum class NearMiss {
  None,
  SoftmaxOverKeys,
  NoSoftmax,
  EvenKernel,
  ShiftedKernel,
  OtherValues,
  OtherQueries,
  DifferentFilters,
  Count
};

/// A value and a letter for each of its axes.
struct Named {
  Value value;
  std::string axes;
};

class Generator {
public:
  Generator(MLIRContext &context, unsigned seed)
      : random(seed), builder(&context), nodes(builder, builder.getUnknownLoc(), pick({13, 17, 18, 20, 23})) {
    context.loadDialect<func::FuncDialect, onnx::ONNXDialect, mix::MixDialect>();
    module = ModuleOp::create(builder, builder.getUnknownLoc());
    builder.setInsertionPointToEnd(module->getBody());
  }

  OwningOpRef<ModuleOp> module;
  RealTensor input, expected;
  bool hasGrid = false, isRelative = false;

  func::FuncOp build(NearMiss nearMiss) {
    this->nearMiss = nearMiss;
    bool needsConv = nearMiss == NearMiss::EvenKernel || nearMiss == NearMiss::ShiftedKernel ||
                     nearMiss == NearMiss::DifferentFilters;
    for (char letter : {'b', 'h', 'k', 'v'})
      extent[letter] = uniform(letter == 'b' ? 1 : 2, 4);
    extent['u'] = nearMiss == NearMiss::DifferentFilters ? 1 : uniform(1, 3);
    grid = {uniform(4, 6)};
    if (chance(50))
      grid.push_back(uniform(4, 5));
    int64_t n = extent['n'] = extent['m'] = grid.size() == 2 ? grid[0] * grid[1] : grid[0];
    // Everything that the layer reads is a slice of the one argument: q, k, v, and others for near misses.
    sizes = {extent['h'] * extent['k'], extent['u'] * extent['k'], extent['u'] * extent['v'], extent['u'] * extent['v'],
             extent['h'] * extent['k']};
    int64_t all = 0;
    for (int64_t size : sizes)
      all += size;
    input = randomTensor({extent['b'], all, n});
    auto type = RankedTensorType::get(input.shape, builder.getF32Type());
    auto function = func::FuncOp::create(builder, builder.getUnknownLoc(), "main", builder.getFunctionType(type, {}));
    builder.setInsertionPointToStart(function.addEntryBlock());
    argument = function.getArgument(0);
    Named q = shuffled(part(0, "hk", "bhkn")), logits = part(1, "uk", "bukm"), v = shuffled(part(2, "uv", "buvm"));
    RealTensor tq = tensorOf(0, "hk"), tk = tensorOf(1, "uk"), tv = tensorOf(2, "uv");
    LambdaOperands operands = {&tq, &tv, &tk};

    // The content lambda.
    logits = shuffled(logits);
    Named keys = logits;
    char over = nearMiss == NearMiss::SoftmaxOverKeys ? 'k' : 'm';
    if (nearMiss != NearMiss::NoSoftmax)
      keys.value = disturb(softmax(logits.value, static_cast<int64_t>(logits.axes.find(over))));
    Named content = product(keys, v, shuffledLetters("bkv"));

    // The position lambda.
    int position = needsConv ? 1 : static_cast<int>(uniform(0, 3));
    Named otherV = nearMiss == NearMiss::OtherValues ? shuffled(part(3, "uv", "buvm")) : v;
    if (nearMiss == NearMiss::OtherValues || nearMiss == NearMiss::OtherQueries)
      position = std::max(position, 1);
    Named lambda;
    if (position == 1)
      lambda = convolution(otherV);
    else if (position > 1)
      lambda = byTable(otherV, /*relative=*/position == 2);
    if (position == 1) {
      operands.kernel = &kernel;
      operands.grid = grid;
    }
    if (position > 1)
      operands.table = &table;
    if (!bias.values.empty())
      operands.bias = &bias;

    std::string result = shuffledLetters("bhvn");
    Named y;
    Named otherQ = nearMiss == NearMiss::OtherQueries ? shuffled(part(4, "hk", "bhkn")) : q;
    if (!lambda.value) {
      y = product(q, content, result);
    } else if (chance(50) && nearMiss != NearMiss::OtherQueries) {
      std::string order = shuffledLetters("bkvn");
      y = product(q, {add(aligned(content, order), permuted(lambda, order).value), order}, result);
    } else {
      Value c = product(q, content, result).value, p = product(otherQ, lambda, result).value;
      y = {chance(50) ? add(c, p) : add(p, c), result};
    }
    Value out = permuted(y, "bhvn").value;
    func::ReturnOp::create(builder, builder.getUnknownLoc(), out);
    function.setType(builder.getFunctionType(type, out.getType()));
    expected = lambdaLayer(operands);
    hasGrid = position == 1 || position == 2;
    return function;
  }

private:
  /// As one node or taken apart.
  Value softmax(Value x, int64_t axis) {
    if (chance(60))
      return nodes.create("Softmax", x, nodes.attr("axis", axis));
    if (chance(50)) {
      constexpr int64_t axesAreInputs = 18;
      Value most = nodes.opset() >= axesAreInputs ? nodes.create("ReduceMax", {x, nodes.ints(axis)})
                                                  : nodes.create("ReduceMax", x, nodes.attr("axes", ArrayRef(axis)));
      x = nodes.create("Sub", {x, most});
    }
    Value powers = nodes.create("Exp", x), sum = nodes.create("ReduceSum", {powers, nodes.ints(axis)});
    if (chance(50))
      return nodes.create("Div", {powers, sum});
    return nodes.create("Mul", {powers, nodes.create("Reciprocal", sum)});
  }

  int64_t uniform(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random); }
  bool chance(int percent) { return uniform(0, 99) < percent; }
  template <typename T>
  T pick(std::initializer_list<T> choices) {
    return *(choices.begin() + uniform(0, static_cast<int64_t>(choices.size()) - 1));
  }
  static std::vector<int64_t> shapeOf(Value value) {
    return std::vector<int64_t>(cast<RankedTensorType>(value.getType()).getShape());
  }
  RealTensor randomTensor(std::vector<int64_t> shape) {
    RealTensor tensor = makeTensor(std::move(shape));
    std::normal_distribution<float> normal;
    for (double &value : tensor.values)
      value = normal(random);
    return tensor;
  }
  Value constant(const RealTensor &tensor) {
    return nodes.constant(
        makeConstant(RankedTensorType::get(tensor.shape, builder.getF32Type()), tensor.values, "weights"));
  }
  std::vector<int64_t> extents(StringRef letters) {
    std::vector<int64_t> shape;
    for (char letter : letters)
      shape.push_back(extent[letter]);
    return shape;
  }
  std::string shuffledLetters(std::string letters) {
    if (chance(60))
      std::shuffle(letters.begin(), letters.end(), random);
    return letters;
  }
  Value add(Value a, Value b) { return disturb(nodes.create("Add", {a, b})); }

  /// Now and then something that changes nothing.
  Value disturb(Value value) {
    std::vector<int64_t> shape = shapeOf(value);
    switch (uniform(0, 11)) {
    case 0:
      return nodes.create("Identity", value);
    case 1:
      return nodes.reshape(nodes.reshape(value, {-1}), shape);
    case 2: {
      int64_t axis = uniform(0, static_cast<int64_t>(shape.size()));
      return nodes.squeeze(nodes.unsqueeze(value, axis), axis);
    }
    default:
      return value;
    }
  }

  /// Slice i of the argument, [b, letters..., n].
  Named part(size_t i, StringRef letters, StringRef axes) {
    int64_t start = 0;
    for (size_t j = 0; j < i; ++j)
      start += sizes[j];
    Value slice = nodes.slice(argument, 1, start, start + sizes[i]);
    std::vector<int64_t> shape = {extent['b'], extent[letters[0]], extent[letters[1]], extent['n']};
    return {nodes.reshape(slice, shape), axes.str()};
  }
  RealTensor tensorOf(size_t i, StringRef letters) {
    RealTensor tensor = makeTensor({extent['b'], extent[letters[0]], extent[letters[1]], extent['n']});
    int64_t start = 0, all = input.shape[1], n = extent['n'];
    for (size_t j = 0; j < i; ++j)
      start += sizes[j];
    for (int64_t b = 0; b < extent['b']; ++b)
      for (int64_t j = 0; j < sizes[i] * n; ++j)
        tensor.values[b * sizes[i] * n + j] = input.values[(b * all + start) * n + j];
    return tensor;
  }

  Named permuted(Named from, const std::string &axes) {
    if (from.axes == axes)
      return from;
    SmallVector<int64_t> permutation;
    for (char letter : axes)
      permutation.push_back(static_cast<int64_t>(from.axes.find(letter)));
    return {disturb(nodes.transpose(from.value, permutation)), axes};
  }
  Named shuffled(Named from) { return permuted(from, shuffledLetters(from.axes)); }
  /// With axes of extent 1 for those of `order` that it lacks.
  Value aligned(Named from, const std::string &order) {
    std::string present;
    std::vector<int64_t> shape;
    for (char letter : order) {
      bool has = from.axes.find(letter) != std::string::npos;
      if (has)
        present += letter;
      shape.push_back(has ? extent[letter] : 1);
    }
    return nodes.reshape(permuted(from, present).value, shape);
  }

  /// Sum of products, in one of three spellings.
  Named product(Named a, Named b, const std::string &result) {
    if (chance(50))
      std::swap(a, b);
    switch (uniform(0, 2)) {
    case 0: {
      std::string equation = a.axes + "," + b.axes + "->" + result;
      return {disturb(nodes.create("Einsum", {a.value, b.value}, nodes.attr("equation", StringRef(equation)))), result};
    }
    case 1: {
      std::string batch, rows, columns, summed;
      for (char letter : a.axes + b.axes) {
        bool inA = a.axes.find(letter) != std::string::npos, inB = b.axes.find(letter) != std::string::npos;
        bool inResult = result.find(letter) != std::string::npos;
        std::string &group = !inB ? rows : !inA ? columns : inResult ? batch : summed;
        if (group.find(letter) == std::string::npos)
          group += letter;
      }
      auto flat = [&](const std::string &letters) {
        int64_t count = 1;
        for (char letter : letters)
          count *= extent[letter];
        return count;
      };
      auto matrix = [&](Named from, const std::string &first, const std::string &second) {
        std::vector<int64_t> shape = extents(batch);
        shape.push_back(flat(first));
        shape.push_back(flat(second));
        return nodes.reshape(permuted(from, batch + first + second).value, shape);
      };
      Value y = nodes.create("MatMul", {matrix(a, rows, summed), matrix(b, summed, columns)});
      return permuted({disturb(nodes.reshape(y, extents(batch + rows + columns))), batch + rows + columns}, result);
    }
    default: {
      std::string all = result;
      SmallVector<int64_t> summed;
      for (char letter : a.axes)
        if (result.find(letter) == std::string::npos) {
          summed.push_back(static_cast<int64_t>(all.size()));
          all += letter;
        }
      Value y = nodes.create("Mul", {aligned(a, all), aligned(b, all)});
      bool keeps = chance(30);
      y = nodes.create("ReduceSum", {y, nodes.ints(summed)}, nodes.attr("keepdims", keeps));
      return {disturb(keeps ? nodes.squeeze(y, summed) : y), result};
    }
    }
  }

  Named byTable(Named v, bool relative) {
    table = randomTensor(extents("nmku"));
    if (relative) { // Gathered from a relative table.
      int64_t distances = 1;
      for (int64_t side : grid)
        distances *= 2 * side - 1;
      RealTensor rows = randomTensor({distances, extent['k'] * extent['u']});
      int64_t n = extent['n'], size = rows.shape[1];
      for (int64_t q = 0; q < n; ++q)
        for (int64_t c = 0; c < n; ++c) {
          int64_t d = grid.size() == 1 ? c - q + n - 1
                                       : (c / grid[1] - q / grid[1] + grid[0] - 1) * (2 * grid[1] - 1) + c % grid[1] -
                                             q % grid[1] + grid[1] - 1;
          std::copy_n(rows.values.begin() + d * size, size, table.values.begin() + (q * n + c) * size);
        }
    }
    isRelative = relative;
    std::string axes = shuffledLetters("nmku");
    RealTensor stored = makeTensor(extents(axes));
    std::vector<int64_t> index(4);
    for (size_t i = 0; i < stored.values.size(); ++i) {
      size_t rest = i;
      for (size_t axis = 4; axis-- > 0; rest /= stored.shape[axis])
        index[std::string("nmku").find(axes[axis])] = static_cast<int64_t>(rest % stored.shape[axis]);
      stored.values[i] = table.at(index);
    }
    return product({constant(stored), axes}, v, shuffledLetters("bkvn"));
  }

  Named convolution(Named v) {
    bool even = nearMiss == NearMiss::EvenKernel, shifted = nearMiss == NearMiss::ShiftedKernel;
    std::vector<int64_t> kernelShape = {extent['k'], extent['u']}, sides, before, after;
    for (size_t i = 0; i < grid.size(); ++i) {
      int64_t side = pick({3, 5}), middle = side / 2;
      kernelShape.push_back(side);
      sides.push_back(side - (even && i == 0));
      before.push_back(middle - (shifted && i == 0));
      after.push_back(side - 1 - middle - (even && i == 0) + (shifted && i == 0));
    }
    kernel = randomTensor(kernelShape);
    if (chance(40))
      bias = randomTensor({extent['k']});
    std::vector<int64_t> images, filterShape = kernelShape, pads, result;
    for (size_t i = 0; i < grid.size(); ++i)
      filterShape[2 + i] = sides[i];
    RealTensor filters = makeTensor(filterShape); // of an even kernel, the last taps are cut off
    std::vector<int64_t> index(filterShape.size());
    for (size_t i = 0; i < filters.values.size(); ++i) {
      size_t rest = i;
      for (size_t axis = filterShape.size(); axis-- > 0; rest /= filterShape[axis])
        index[axis] = static_cast<int64_t>(rest % filterShape[axis]);
      filters.values[i] = kernel.at(index);
    }
    auto withGrid = [&](std::vector<int64_t> shape) {
      shape.insert(shape.end(), grid.begin(), grid.end());
      return shape;
    };
    SmallVector<Value> inputs;
    int form = nearMiss == NearMiss::DifferentFilters ? 2 : static_cast<int>(uniform(0, extent['u'] == 1 ? 2 : 1));
    std::string axes;
    int64_t groups = 1;
    if (form == 0) { // An axis of values that the kernel leaves alone.
      images = withGrid({extent['b'], extent['u'], extent['v']});
      inputs = {permuted(v, "buvm").value};
      filters.shape.insert(filters.shape.begin() + 2, 1);
      before.insert(before.begin(), 0);
      after.insert(after.begin(), 0);
      axes = "bkvn";
    } else if (form == 1) { // Images in the batch.
      images = withGrid({extent['b'] * extent['v'], extent['u']});
      inputs = {permuted(v, "bvum").value};
      axes = "bvkn";
    } else { // One group per image, all with the same filters.
      groups = extent['v'];
      images = withGrid({extent['b'], extent['v']});
      inputs = {permuted(v, "bvum").value};
      std::vector<double> one = filters.values;
      for (int64_t i = 1; i < groups; ++i)
        filters.values.insert(filters.values.end(), one.begin(), one.end());
      filters.shape[0] *= groups;
      if (nearMiss == NearMiss::DifferentFilters)
        filters.values.back() += 1;
      axes = "bvkn";
    }
    inputs[0] = nodes.reshape(inputs[0], images);
    inputs.push_back(constant(filters));
    bool biasInside = groups == 1 && chance(50);
    if (!bias.values.empty() && biasInside)
      inputs.push_back(constant(bias));
    bool padsOutside = chance(30);
    if (padsOutside) {
      std::vector<int64_t> around(2 * images.size(), 0);
      std::copy(before.begin(), before.end(), around.begin() + 2);
      std::copy(after.begin(), after.end(), around.begin() + 2 + images.size());
      inputs[0] = nodes.create("Pad", {inputs[0], nodes.ints(around)});
    } else {
      pads = before;
      pads.insert(pads.end(), after.begin(), after.end());
    }
    SmallVector<NamedAttribute> attrs = {nodes.attr("group", groups)};
    if (!pads.empty())
      attrs.push_back(nodes.attr("pads", ArrayRef<int64_t>(pads)));
    Value y = nodes.create("Conv", inputs, attrs);
    Named lambda = {nodes.reshape(y, extents(axes)), axes};
    if (!bias.values.empty() && !biasInside) {
      std::vector<int64_t> shape;
      for (char letter : axes)
        shape.push_back(letter == 'k' ? extent['k'] : 1);
      RealTensor spread = {shape, bias.values};
      lambda.value = add(lambda.value, constant(spread));
    }
    return shuffled(lambda);
  }

  std::mt19937 random;
  OpBuilder builder;
  onnx::NodeBuilder nodes;
  NearMiss nearMiss = NearMiss::None;
  std::map<char, int64_t> extent;
  std::vector<int64_t> grid, sizes;
  Value argument;
  RealTensor kernel, table, bias;
};

struct Outcome : Raised {
  std::vector<mix::LambdaOp> layers = {};
  double fromLayer = 0; // of the graph before, from the layer it was made from
};

Outcome raise(Generator &generator, NearMiss nearMiss) {
  func::FuncOp function = generator.build(nearMiss);
  Outcome outcome{raiseAndCompare(*generator.module, function, generator.input)};
  outcome.fromLayer = distance(outcome.value, generator.expected);
  function.walk([&](mix::LambdaOp op) { outcome.layers.push_back(op); });
  return outcome;
}
} // namespace

TEST(RandomLambda, EveryWayToWriteALambdaLayerIsRaisedAndKeepsItsValue) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  for (unsigned seed = 0; seed < 400; ++seed) {
    Generator generator(context, seed);
    Outcome outcome = raise(generator, NearMiss::None);
    auto texts = [&] { return "seed " + std::to_string(seed) + "\n" + outcome.before + outcome.after; };
    ASSERT_LE(outcome.fromLayer, 1e-9) << texts();
    ASSERT_EQ(outcome.layers.size(), 1u) << texts();
    ASSERT_TRUE(outcome.layers[0].getKeys()) << texts();
    ASSERT_EQ(static_cast<bool>(outcome.layers[0].getKernel()), generator.hasGrid) << texts();
    ASSERT_LE(outcome.moved, 1e-6) << texts();
  }
}

TEST(RandomLambda, NearMissesAreNoLambdaLayers) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  for (unsigned seed = 0; seed < 280; ++seed) {
    auto nearMiss = static_cast<NearMiss>(1 + seed % (static_cast<unsigned>(NearMiss::Count) - 1));
    Generator generator(context, seed);
    Outcome outcome = raise(generator, nearMiss);
    ASSERT_GE(outcome.fromLayer, 1e-3) << "seed " << seed << " near miss " << static_cast<int>(nearMiss);
    // Without a softmax, the position lambda is still one.
    bool isPart = nearMiss == NearMiss::NoSoftmax;
    for (mix::LambdaOp layer : outcome.layers)
      ASSERT_TRUE(isPart && !layer.getKeys()) << "seed " << seed << " near miss " << static_cast<int>(nearMiss) << "\n"
                                              << outcome.before << outcome.after;
    ASSERT_LE(outcome.moved, isPart ? 1e-6 : 0) << "seed " << seed << " near miss " << static_cast<int>(nearMiss);
  }
}
