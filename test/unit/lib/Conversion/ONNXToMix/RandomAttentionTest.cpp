// Random graphs that are attention, written in ways nobody listed, and random graphs that nearly are.
//
// A graph is put together from independent choices that do not change what it means: where scales stand, how heads are
// split and folded, how products, masks and softmax are written. Each is evaluated by definition and compared with the
// plain sum before and after the pass. Near misses must mean something else, and stay.
//
// FOURMIX_SEEDS=1000 makes as many of each, from seeds that are printed; the default is a fixed few.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "AttentionInterpreter.h"
#include "dialects/ONNX/Ops/NodeBuilder.h"
#include "fourmix/Conversion/Passes.h"
#include "fourmix/Support/Constants.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "gtest/gtest.h"
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <random>

using namespace mlir;
using namespace fourmix;

namespace {

using Shape = SmallVector<int64_t>;

enum class NearMiss {
  None,
  SoftmaxOverQueries,
  ScaleOfEachKey,
  ActivationOnWeights,
  MaskAfterSoftmax,
  NotNormalised,
  NormalisedWithOne,
  NormalisedOverQueries,
  SoftmaxTwice,
  SquaredScores,
  WeakMask,
  DividedByOtherSum,
  DividedByShiftedSum,
  MaskedOnBothSidesOfTheCap,
  OtherLogarithm,
  Count
};

/// What the graph is to mean. Masks: keys[b, k] and constant[q, k] say what is seen, bias[h, q, k] is added.
struct Meaning {
  int64_t batch, kvHeads, groups, queries, keys, size, valueSize;
  double scale = 1;
  std::optional<double> cap;
  std::optional<int64_t> causal; // offset
  bool hasKeyMask = false, hasConstantMask = false, hasBias = false, guarded = false;
  bool capsMasked = false; // the cap comes after bias and masks
  double fill = -HUGE_VAL;
  int64_t heads() const { return kvHeads * groups; }
};

class Generator {
public:
  Generator(MLIRContext &context, unsigned seed, NearMiss nearMiss)
      : random(seed), nearMiss(nearMiss), builder(&context), nodes(builder, builder.getUnknownLoc(), 0) {
    context.loadDialect<func::FuncDialect, onnx::ONNXDialect, mix::MixDialect>();
    int64_t opset = pick({17, 18, 20, 21, 23, 25});
    nodes.~NodeBuilder();
    new (&nodes) onnx::NodeBuilder(builder, builder.getUnknownLoc(), opset);
    module = ModuleOp::create(builder, builder.getUnknownLoc());
    builder.setInsertionPointToEnd(module->getBody());
  }

  OwningOpRef<ModuleOp> module;
  func::FuncOp function;
  std::vector<RealTensor> arguments;
  RealTensor expected;

  void build() {
    choose();
    builder.setInsertionPointToEnd(module->getBody());
    function = func::FuncOp::create(builder, builder.getUnknownLoc(), "main", builder.getFunctionType({}, {}));
    function.addEntryBlock();
    builder.setInsertionPointToStart(&function.front());
    makeSources();
    expected = plain();
    Value result = output(divided(weigh(weights(scores()))));
    func::ReturnOp::create(builder, builder.getUnknownLoc(), result);
    function.setType(builder.getFunctionType(function.front().getArgumentTypes(), result.getType()));
  }

private:
  //===--------------------------------------------------------------------===//
  // Chance
  //===--------------------------------------------------------------------===//

  int64_t uniform(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random); }
  bool chance(int percent) { return uniform(0, 99) < percent; }
  template <typename T>
  T pick(std::initializer_list<T> choices) {
    return *(choices.begin() + uniform(0, static_cast<int64_t>(choices.size()) - 1));
  }

  void choose() {
    m.batch = uniform(1, 3);
    m.kvHeads = pick({1, 2, 2, 3});
    m.groups = pick({1, 1, 1, 2, 3});
    m.queries = uniform(2, 5);
    m.keys = chance(40) ? m.queries : uniform(2, 6);
    m.size = uniform(2, 4);
    m.valueSize = chance(50) ? m.size : uniform(2, 5);
    m.scale = pick({1.0, 1 / std::sqrt(static_cast<double>(m.size)), 0.3, 2.0});
    if (chance(20))
      m.cap = pick({0.5, 1.5});
    m.capsMasked = m.cap && chance(40);
    m.guarded = chance(30);
    if (chance(35))
      m.causal = chance(50) ? 0 : m.keys - 1 - uniform(0, m.keys - 1);
    m.hasKeyMask = chance(35);
    m.hasConstantMask = chance(15);
    m.hasBias = chance(25);
    m.fill = pick({-HUGE_VAL, -3.4028234663852886e38});
    if (nearMiss != NearMiss::None) { // Masks may hide the difference, but where they make it.
      m.causal.reset();
      m.hasConstantMask = false;
      m.hasKeyMask = nearMiss == NearMiss::MaskAfterSoftmax || nearMiss == NearMiss::WeakMask;
      m.keys = uniform(3, 6);
      m.capsMasked = false;
      m.guarded &= nearMiss != NearMiss::DividedByOtherSum && nearMiss != NearMiss::DividedByShiftedSum;
      if (nearMiss == NearMiss::MaskedOnBothSidesOfTheCap) {
        m.cap = 0.5;
        m.hasKeyMask = m.capsMasked = true;
        m.causal = 0;
      }
    }
    // Several finite masks that are added up overflow; their order would have to be kept.
    if (m.causal.has_value() + m.hasKeyMask + m.hasConstantMask > 1)
      m.fill = -HUGE_VAL;
  }

  //===--------------------------------------------------------------------===//
  // The plain definition
  //===--------------------------------------------------------------------===//

  RealTensor values(const Shape &shape, double deviation = 1) {
    std::normal_distribution<double> normal(0, deviation);
    RealTensor tensor{{shape.begin(), shape.end()}, {}};
    tensor.values.resize(ShapedType::getNumElements(shape));
    for (double &value : tensor.values)
      value = static_cast<float>(normal(random));
    return tensor;
  }

  bool isSeen(int64_t b, int64_t q, int64_t k) {
    return (!m.causal || k <= q + *m.causal) && (!m.hasKeyMask || keySeen[b * m.keys + k]) &&
           (!m.hasConstantMask || constantSeen[q * m.keys + k]);
  }

  RealTensor plain() {
    int64_t heads = m.heads();
    RealTensor out{{m.batch, heads, m.queries, m.valueSize}, {}};
    for (int64_t b = 0; b < m.batch; ++b)
      for (int64_t h = 0; h < heads; ++h)
        for (int64_t q = 0; q < m.queries; ++q) {
          std::vector<double> weights(m.keys);
          double most = -HUGE_VAL, sum = 0;
          for (int64_t k = 0; k < m.keys; ++k) {
            double s = 0;
            for (int64_t i = 0; i < m.size; ++i)
              s += queryData[((b * heads + h) * m.queries + q) * m.size + i] *
                   keyData[((b * m.kvHeads + h / m.groups) * m.keys + k) * m.size + i];
            s *= m.scale;
            double added = m.hasBias ? biasData[(h * m.queries + q) * m.keys + k] : 0;
            if (m.cap)
              s = *m.cap * std::tanh((m.capsMasked ? s + added : s) / *m.cap);
            if (!m.capsMasked || !m.cap)
              s += added;
            weights[k] = isSeen(b, q, k) ? s : m.capsMasked ? -*m.cap : m.fill;
            most = std::max(most, weights[k]);
          }
          for (double &weight : weights)
            sum += weight = std::exp(weight - most);
          for (int64_t j = 0; j < m.valueSize; ++j) {
            double result = 0;
            for (int64_t k = 0; k < m.keys; ++k)
              result += weights[k] / sum * valueData[((b * m.kvHeads + h / m.groups) * m.keys + k) * m.valueSize + j];
            out.values.push_back(std::isnan(result) && m.guarded ? 0 : result);
          }
        }
    return out;
  }

  //===--------------------------------------------------------------------===//
  // Nodes
  //===--------------------------------------------------------------------===//

  static Shape shapeOf(Value value) { return Shape(cast<RankedTensorType>(value.getType()).getShape()); }
  Type f32() { return builder.getF32Type(); }

  Value constant(const Shape &shape, ArrayRef<double> numbers) {
    return nodes.constant(makeConstant(RankedTensorType::get(shape, f32()), numbers, "c"));
  }
  Value booleans(const Shape &shape, ArrayRef<char> bytes) {
    return nodes.constant(makeConstant(RankedTensorType::get(shape, builder.getI1Type()), bytes, "m"));
  }
  /// A constant number in one of the shapes that exporters give it.
  Value number(double value) { return constant(pick<Shape>({{}, {1}, {1, 1}}), value); }

  Value reshape(Value x, const Shape &shape) { return shapeOf(x) == shape ? x : disturb(nodes.reshape(x, shape)); }
  Value transpose(Value x, ArrayRef<int64_t> permutation) { return disturb(nodes.transpose(x, permutation)); }
  Value binary(StringRef op, Value a, Value b, bool commutes = true) {
    if (commutes && chance(40))
      std::swap(a, b);
    return nodes.create(op, {a, b});
  }
  Value times(Value x, double factor) {
    if (factor == 1 && !chance(20))
      return x;
    return disturb(chance(50) ? binary("Mul", x, number(factor)) : binary("Div", x, number(1 / factor), false));
  }

  /// Now and then something that changes nothing.
  Value disturb(Value x) {
    if (!chance(15))
      return x;
    Shape shape = shapeOf(x);
    int64_t rank = shape.size();
    switch (uniform(0, 4)) {
    case 0:
      return nodes.create("Identity", x);
    case 1: {
      int64_t axis = uniform(0, rank);
      return nodes.squeeze(nodes.unsqueeze(x, axis), axis);
    }
    case 2:
      return nodes.reshape(nodes.reshape(x, ShapedType::getNumElements(shape)), shape);
    case 3: {
      Shape there = llvm::to_vector(llvm::seq<int64_t>(0, rank)), back(rank);
      std::shuffle(there.begin(), there.end(), random);
      for (auto [i, axis] : llvm::enumerate(there))
        back[axis] = i;
      return nodes.transpose(nodes.transpose(x, there), back);
    }
    default:
      return isa<FloatType>(getElementTypeOrSelf(x)) ? nodes.create("Dropout", x) : x;
    }
  }

  Value argument(RealTensor data, Type element) {
    auto type = RankedTensorType::get(ArrayRef(data.shape), element);
    arguments.push_back(std::move(data));
    return function.front().addArgument(type, builder.getUnknownLoc());
  }

  //===--------------------------------------------------------------------===//
  // Queries, keys, values: [batch, heads, sequence, size], however they come
  //===--------------------------------------------------------------------===//

  /// data[b][h][s][i] as an argument in some layout, brought to [batch, heads, sequence, size].
  Value source(const std::vector<double> &data, int64_t heads, int64_t sequence, int64_t size) {
    auto put = [&](const Shape &shape, auto offsetOf) {
      RealTensor tensor{{shape.begin(), shape.end()}, std::vector<double>(data.size())};
      size_t i = 0;
      for (int64_t b = 0; b < m.batch; ++b)
        for (int64_t h = 0; h < heads; ++h)
          for (int64_t s = 0; s < sequence; ++s)
            for (int64_t j = 0; j < size; ++j)
              tensor.values[offsetOf(b, h, s, j)] = data[i++];
      return argument(std::move(tensor), f32());
    };
    auto hidden = [&](int64_t h, int64_t j) { return h * size + j; };
    int64_t width = heads * size;
    switch (uniform(0, 4)) {
    case 0: { // as it is
      Value x = put({m.batch, heads, sequence, size}, [&](int64_t b, int64_t h, int64_t s, int64_t j) {
        return ((b * heads + h) * sequence + s) * size + j;
      });
      return disturb(x);
    }
    case 1: { // sequence first
      Value x = put({sequence, m.batch, width}, [&](int64_t b, int64_t h, int64_t s, int64_t j) {
        return (s * m.batch + b) * width + hidden(h, j);
      });
      if (chance(50)) // as nn.MultiheadAttention folds heads
        return reshape(transpose(reshape(x, {sequence, m.batch * heads, size}), {1, 0, 2}),
                       {m.batch, heads, sequence, size});
      return transpose(reshape(x, {sequence, m.batch, heads, size}), {1, 2, 0, 3});
    }
    case 2: { // all rows of the batch in one matrix
      Value x = put({m.batch * sequence, width}, [&](int64_t b, int64_t h, int64_t s, int64_t j) {
        return (b * sequence + s) * width + hidden(h, j);
      });
      return transpose(reshape(x, {m.batch, sequence, heads, size}), {0, 2, 1, 3});
    }
    default: {
      Value x = put({m.batch, sequence, width}, [&](int64_t b, int64_t h, int64_t s, int64_t j) {
        return (b * sequence + s) * width + hidden(h, j);
      });
      return transpose(reshape(disturb(x), {m.batch, sequence, heads, size}), {0, 2, 1, 3});
    }
    }
  }

  /// Queries, keys and values from one projection: [batch, sequence, 3 * hidden].
  void packedSources() {
    int64_t heads = m.heads(), width = heads * m.size;
    RealTensor packed{{m.batch, m.queries, 3 * width}, {}};
    const std::vector<double> *parts[] = {&queryData, &keyData, &valueData};
    for (int64_t b = 0; b < m.batch; ++b)
      for (int64_t s = 0; s < m.queries; ++s)
        for (const std::vector<double> *part : parts)
          for (int64_t h = 0; h < heads; ++h)
            for (int64_t i = 0; i < m.size; ++i)
              packed.values.push_back((*part)[((b * heads + h) * m.queries + s) * m.size + i]);
    Value x = argument(std::move(packed), f32());
    Value three[3];
    if (chance(40)) { // [3, batch, heads, sequence, size], then an element each
      Value all = nodes.transpose(nodes.reshape(x, {m.batch, m.queries, 3, heads, m.size}), {2, 0, 3, 1, 4});
      for (int64_t i : {0, 1, 2})
        three[i] = nodes.create("Gather", {all, nodes.integer(i)}, nodes.attr("axis", int64_t(0)));
    } else {
      SmallVector<Value> split = nodes.split(x, 2, {width, width, width});
      for (int64_t i : {0, 1, 2})
        three[i] = transpose(reshape(chance(30) ? nodes.slice(x, 2, i * width, (i + 1) * width) : split[i],
                                     {m.batch, m.queries, heads, m.size}),
                             {0, 2, 1, 3});
    }
    std::tie(query, key, value) = std::tuple(three[0], three[1], three[2]);
  }

  void makeSources() {
    queryData = values({m.batch, m.heads(), m.queries, m.size}).values;
    keyData = values({m.batch, m.kvHeads, m.keys, m.size}).values;
    valueData = values({m.batch, m.kvHeads, m.keys, m.valueSize}).values;
    if (m.groups == 1 && m.queries == m.keys && m.size == m.valueSize && chance(40)) {
      packedSources();
    } else {
      query = source(queryData, m.heads(), m.queries, m.size);
      key = source(keyData, m.kvHeads, m.keys, m.size);
      value = source(valueData, m.kvHeads, m.keys, m.valueSize);
    }
    // A row that sees nothing: only where one mask decides, and the result is a number.
    bool mayBeEmpty = nearMiss == NearMiss::None && !m.causal && !m.hasConstantMask &&
                      (m.guarded || std::isfinite(m.fill)) && chance(30);
    keySeen.assign(m.batch * m.keys, 1);
    if (m.hasKeyMask) {
      for (int64_t b = 0; b < m.batch; ++b)
        for (int64_t k = 1; k < m.keys; ++k)
          keySeen[b * m.keys + k] = k == 1 ? 0 : chance(60);
      if (mayBeEmpty)
        std::fill(keySeen.begin(), keySeen.begin() + m.keys, 0);
      keyMask = argument({{m.batch, m.keys}, {keySeen.begin(), keySeen.end()}}, builder.getI1Type());
    }
    constantSeen.assign(m.queries * m.keys, 1);
    for (int64_t q = 0; q < m.queries; ++q)
      for (int64_t k = 1; k < m.keys; ++k)
        constantSeen[q * m.keys + k] = chance(60);
    biasData = values({m.heads(), m.queries, m.keys}).values;
    if (m.hasBias)
      bias = chance(50) ? constant({m.heads(), m.queries, m.keys}, biasData)
                        : argument({{m.heads(), m.queries, m.keys}, biasData}, f32());
  }

  //===--------------------------------------------------------------------===//
  // Scores. Their axes, and those of weights and result, stand in a frame.
  //===--------------------------------------------------------------------===//

  enum Frame { Plain, Folded, Turned, Grouped };

  /// [batch, kvHeads, ...] with every head `groups` times.
  Value repeatHeads(Value x) {
    if (m.groups == 1)
      return x;
    Shape shape = shapeOf(x), wide = shape;
    wide[1] *= m.groups;
    Shape grouped = shape;
    grouped.insert(grouped.begin() + 2, m.groups);
    Value narrow = nodes.unsqueeze(x, 2);
    switch (uniform(0, 3)) {
    case 0:
      return reshape(nodes.create("Expand", {narrow, nodes.ints(grouped)}), wide);
    case 1:
      return reshape(nodes.create("Tile", {narrow, nodes.ints({1, 1, m.groups, 1, 1})}), wide);
    case 2:
      return reshape(nodes.create("Concat", SmallVector<Value>(m.groups, narrow), nodes.attr("axis", int64_t(2))),
                     wide);
    default: {
      Shape indices;
      for (int64_t i = 0; i < wide[1]; ++i)
        indices.push_back(i / m.groups);
      return nodes.create("Gather", {x, nodes.ints(indices)}, nodes.attr("axis", int64_t(1)));
    }
    }
  }

  Shape folded(Value x) {
    Shape shape = shapeOf(x);
    return {shape[0] * shape[1], shape[2], shape[3]};
  }

  Value lastTwoTurned(Value x) {
    Shape shape = shapeOf(x), permutation = llvm::to_vector(llvm::seq<int64_t>(0, shape.size()));
    int64_t rank = shape.size();
    std::swap(permutation[rank - 1], permutation[rank - 2]);
    if (rank == 4 && chance(30)) { // PyTorch's way
      Value flat = nodes.transpose(nodes.reshape(x, {-1, shape[2], shape[3]}), {0, 2, 1});
      return nodes.reshape(flat, {shape[0], shape[1], shape[3], shape[2]});
    }
    return transpose(x, permutation);
  }

  Value scores() {
    // Where the scale stands: on queries, keys, scores, or in parts.
    double onQuery = 1, onKey = 1, onScores = 1;
    switch (uniform(0, 4)) {
    case 0:
      onQuery = m.scale;
      break;
    case 1:
      onKey = m.scale;
      break;
    case 2:
      onScores = m.scale;
      break;
    case 3:
      onQuery = onKey = std::sqrt(m.scale);
      break;
    default:
      onQuery = 0.5, onScores = 4, onKey = m.scale / 2;
    }
    Value q = times(query, onQuery), k = key;
    bool isGrouped = m.groups > 1 && chance(25);
    if (!isGrouped)
      k = repeatHeads(k);
    k = times(k, onKey);
    Value s;
    if (isGrouped) {
      frame = Grouped;
      q = reshape(q, {m.batch, m.kvHeads, m.groups, m.queries, m.size});
      if (chance(50))
        s = nodes.create("Einsum", {q, k}, nodes.attr("equation", StringRef("bhgqd,bhkd->bhgqk")));
      else
        s = nodes.create("MatMul", {q, lastTwoTurned(nodes.unsqueeze(k, 2))});
    } else {
      switch (uniform(0, 5)) {
      case 0:
        frame = Plain;
        s = chance(50) ? nodes.create("Einsum", {q, k}, nodes.attr("equation", StringRef("bhqd,bhkd->bhqk")))
                       : nodes.create("Einsum", {k, q}, nodes.attr("equation", StringRef("...kd,...qd->...qk")));
        break;
      case 1:
        frame = Turned;
        s = nodes.create("MatMul", {k, lastTwoTurned(q)});
        break;
      case 2:
        frame = Folded;
        s = nodes.create("MatMul", {reshape(q, folded(q)), lastTwoTurned(reshape(k, folded(k)))});
        break;
      case 3: {
        frame = Plain;
        Value all = binary("Mul", nodes.unsqueeze(q, 3), nodes.unsqueeze(k, 2));
        s = nodes.create("ReduceSum", {all, nodes.ints(-1)}, nodes.attr("keepdims", int64_t(0)));
        break;
      }
      default:
        frame = Plain;
        s = nodes.create("MatMul", {q, lastTwoTurned(k)});
      }
    }
    s = disturb(s);
    if (nearMiss == NearMiss::SquaredScores)
      s = nodes.create("Mul", {s, s});
    if (nearMiss == NearMiss::ScaleOfEachKey)
      s = nodes.create("Mul", {s, inFrame(constant({1, 1, 1, m.keys}, values({m.keys}).values))});
    s = reframed(times(s, onScores));
    if (m.capsMasked)
      s = capped(masked(s));
    else
      s = masked(capped(s));
    if (nearMiss == NearMiss::MaskedOnBothSidesOfTheCap) {
      std::vector<char> firstIsHidden(m.keys, 1);
      firstIsHidden[0] = 0;
      s = exclude(s, booleans({1, 1, 1, m.keys}, firstIsHidden));
    }
    return s;
  }

  Value capped(Value s) {
    if (!m.cap)
      return s;
    return times(nodes.create("Tanh", times(s, 1 / *m.cap)), *m.cap);
  }

  /// Now and then the scores are viewed as another frame.
  Value reframed(Value s) {
    if (frame == Folded && chance(50)) {
      frame = Plain;
      return reshape(s, {m.batch, m.heads(), m.queries, m.keys});
    }
    if (frame == Turned && chance(50)) {
      frame = Plain;
      return lastTwoTurned(s);
    }
    if (frame == Plain && chance(15)) {
      frame = Folded;
      return reshape(s, folded(s));
    }
    return s;
  }

  /// [batch | 1, heads | 1, queries | 1, keys] in the frame of the scores, broadcastable.
  Value inFrame(Value x) {
    Shape shape = shapeOf(x);
    switch (frame) {
    case Plain: {
      if (!chance(30))
        return disturb(x);
      Shape trimmed = shape;
      while (trimmed.size() > 1 && trimmed.front() == 1)
        trimmed.erase(trimmed.begin());
      return reshape(x, trimmed);
    }
    case Turned:
      return transpose(x, {0, 1, 3, 2});
    case Folded: {
      if (shape[0] != 1 || shape[1] != 1) {
        Shape whole{m.batch, m.heads(), shape[2], shape[3]};
        x = nodes.create("Expand", {x, nodes.ints(whole)});
      }
      return reshape(x, folded(x));
    }
    case Grouped:
      if (shape[1] == 1)
        return nodes.unsqueeze(x, 2);
      return reshape(x, {shape[0], m.kvHeads, m.groups, shape[2], shape[3]});
    }
    return {};
  }

  /// Scores where `seen` ([b|1, 1, q|1, k]) is false become the fill, in one of the ways to write it.
  Value exclude(Value s, Value seen) {
    Value fill = constant({}, m.fill), zero = constant({}, 0.0);
    switch (uniform(0, 4)) {
    case 0:
      return nodes.create("Where", {inFrame(seen), s, fill});
    case 1:
      return nodes.create("Where", {inFrame(nodes.create("Not", seen)), fill, s});
    case 2:
      return binary("Add", s, nodes.create("Where", {inFrame(nodes.create("Not", seen)), fill, zero}));
    default: // The frame after or before.
      if (chance(50))
        return binary("Add", s, nodes.create("Where", {inFrame(seen), zero, fill}));
      return binary("Add", s, inFrame(nodes.create("Where", {seen, zero, fill})));
    }
  }

  Value masked(Value s) {
    std::vector<char> seen(m.queries * m.keys, 1), causal = seen;
    for (int64_t q = 0; q < m.queries; ++q)
      for (int64_t k = 0; k < m.keys; ++k) {
        causal[q * m.keys + k] = !m.causal || k <= q + *m.causal;
        seen[q * m.keys + k] = constantSeen[q * m.keys + k];
      }
    Shape square{1, 1, m.queries, m.keys};
    SmallVector<Value> masks;
    if (m.causal)
      masks.push_back(booleans(square, causal));
    if (m.hasConstantMask)
      masks.push_back(booleans(square, seen));
    if (m.hasKeyMask && nearMiss != NearMiss::MaskAfterSoftmax)
      masks.push_back(nodes.reshape(keyMask, {m.batch, 1, 1, m.keys}));
    std::shuffle(masks.begin(), masks.end(), random);
    while (masks.size() > 1 && chance(50)) { // Several as one.
      Value a = masks.pop_back_val(), b = masks.pop_back_val();
      masks.push_back(chance(50)
                          ? nodes.create("And", {a, b})
                          : nodes.create("Not", nodes.create("Or", {nodes.create("Not", a), nodes.create("Not", b)})));
    }
    if (chance(20)) // A mask that masks nothing.
      s = binary("Add", s, inFrame(constant(square, std::vector<double>(m.queries * m.keys, 0.0))));
    // A large finite number absorbs what is added before it.
    if (m.hasBias)
      s = binary("Add", s, inFrame(nodes.unsqueeze(bias, 0)));
    for (Value mask : masks) {
      if (nearMiss == NearMiss::WeakMask) {
        s = nodes.create("Where", {inFrame(mask), s, constant({}, 0.0)});
        continue;
      }
      // As a constant of numbers.
      ElementsAttr known = matchConstant(mask);
      if (known && chance(40)) {
        std::vector<double> numbers;
        std::optional<SmallVector<int64_t>> marks = readInts(known);
        for (int64_t isSeen : *marks)
          numbers.push_back(isSeen ? 0 : m.fill);
        s = binary("Add", s, inFrame(constant(square, numbers)));
        continue;
      }
      s = exclude(s, mask);
    }
    return s;
  }

  //===--------------------------------------------------------------------===//
  // Softmax and product
  //===--------------------------------------------------------------------===//

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
    Shape all = llvm::to_vector(llvm::seq<int64_t>(0, shapeOf(s).size()));
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
    return reshape(o, Shape(expected.shape.begin(), expected.shape.end()));
  }

  std::mt19937 random;
  NearMiss nearMiss;
  OpBuilder builder;
  onnx::NodeBuilder nodes;
  Meaning m;
  std::vector<double> queryData, keyData, valueData, biasData;
  std::vector<char> keySeen, constantSeen;
  Value query, key, value, keyMask, bias;
  Frame frame = Plain;
  bool queriesFirst = false;
  Value divisor; // the sum of the weights, which is still to divide
};

std::string print(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream);
  return text;
}

double distance(const RealTensor &a, const RealTensor &b) {
  EXPECT_EQ(a.values.size(), b.values.size());
  double largest = 1e-30, error = 0;
  for (auto [x, y] : llvm::zip(a.values, b.values)) {
    largest = std::max(largest, std::abs(y));
    error = std::max(error, std::isnan(x) != std::isnan(y) ? HUGE_VAL : std::isnan(x) ? 0 : std::abs(x - y));
  }
  return error / largest;
}

void raise(ModuleOp module) {
  PassManager passes(module.getContext());
  passes.addPass(createConvertONNXToMix());
  EXPECT_TRUE(succeeded(passes.run(module)));
}

/// The seeds of this run: a fixed few, or as many fresh ones as the environment asks for.
std::vector<unsigned> seeds(unsigned few) {
  const char *asked = std::getenv("FOURMIX_SEEDS");
  std::vector<unsigned> list(asked ? std::strtoul(asked, nullptr, 10) : few);
  unsigned first = asked ? std::random_device()() : 1;
  if (asked)
    std::printf("seeds %u .. %u\n", first, first + static_cast<unsigned>(list.size()) - 1);
  std::iota(list.begin(), list.end(), first);
  return list;
}
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
