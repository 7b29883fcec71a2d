// The nodes that attention is written with, and mix.attention, by their definitions.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "AttentionInterpreter.h"
#include "mlir/IR/TypeUtilities.h"
#include "gtest/gtest.h"
#include <cmath>
#include <numeric>

using namespace mlir;
using namespace fourmix;

namespace {

using Index = std::vector<int64_t>;

int64_t sizeOf(const Index &shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t(1), std::multiplies<>());
}

Index indexOf(int64_t offset, const Index &shape) {
  Index index(shape.size());
  for (size_t axis = shape.size(); axis-- > 0; offset /= shape[axis])
    index[axis] = offset % shape[axis];
  return index;
}

/// The element that NumPy's broadcasting puts at `index`.
double at(const RealTensor &x, const Index &index) {
  int64_t offset = 0;
  size_t shift = index.size() - x.shape.size();
  for (size_t axis = 0; axis < x.shape.size(); ++axis)
    offset = offset * x.shape[axis] + (x.shape[axis] == 1 ? 0 : index[axis + shift]);
  return x.values[offset];
}

template <typename Function>
RealTensor elementwise(const Index &shape, Function function) {
  RealTensor out{shape, std::vector<double>(sizeOf(shape))};
  for (int64_t i = 0, e = out.values.size(); i < e; ++i)
    out.values[i] = function(indexOf(i, shape));
  return out;
}

/// Folds `axes` of x, which stay with extent 1.
template <typename Function>
RealTensor fold(const RealTensor &x, const Index &axes, double start, Function function) {
  Index shape = x.shape;
  for (int64_t axis : axes)
    shape[axis] = 1;
  RealTensor out{shape, std::vector<double>(sizeOf(shape), start)};
  for (int64_t i = 0, e = x.values.size(); i < e; ++i) {
    Index index = indexOf(i, x.shape);
    int64_t offset = 0;
    for (size_t axis = 0; axis < shape.size(); ++axis)
      offset = offset * shape[axis] + (shape[axis] == 1 ? 0 : index[axis]);
    out.values[offset] = function(out.values[offset], x.values[i]);
  }
  return out;
}

double add(double a, double b) { return a + b; }
double larger(double a, double b) { return std::isnan(a) || a > b ? a : b; }

RealTensor softmax(const RealTensor &x, int64_t axis) {
  RealTensor most = fold(x, {axis}, -HUGE_VAL, larger);
  RealTensor powers = elementwise(x.shape, [&](const Index &i) { return std::exp(at(x, i) - at(most, i)); });
  RealTensor sum = fold(powers, {axis}, 0, add);
  return elementwise(x.shape, [&](const Index &i) { return at(powers, i) / at(sum, i); });
}

} // namespace

std::optional<RealTensor> runElementary(onnx::NodeOp node, ArrayRef<RealTensor> inputs) {
  Index shape(cast<RankedTensorType>(node.getResult(0).getType()).getShape());
  auto x = [&](unsigned i, const Index &index) { return at(inputs[i], index); };
  auto map = [&](auto function) { return elementwise(shape, function); };
  if (node.is("Exp"))
    return map([&](const Index &i) { return std::exp(x(0, i)); });
  if (node.is("Log"))
    return map([&](const Index &i) { return std::log(x(0, i)); });
  if (node.is("Tanh"))
    return map([&](const Index &i) { return std::tanh(x(0, i)); });
  if (node.is("Relu"))
    return map([&](const Index &i) { return std::max(x(0, i), 0.0); });
  if (node.is("Abs"))
    return map([&](const Index &i) { return std::abs(x(0, i)); });
  if (node.is("Sqrt"))
    return map([&](const Index &i) { return std::sqrt(x(0, i)); });
  if (node.is("Pow"))
    return map([&](const Index &i) { return std::pow(x(0, i), x(1, i)); });
  if (node.is("Reciprocal"))
    return map([&](const Index &i) { return 1 / x(0, i); });
  if (node.is("Max"))
    return map([&](const Index &i) { return larger(x(0, i), x(1, i)); });
  if (node.is("IsInf"))
    return map([&](const Index &i) { return std::isinf(x(0, i)) ? 1.0 : 0.0; });
  if (node.is("IsNaN"))
    return map([&](const Index &i) { return std::isnan(x(0, i)) ? 1.0 : 0.0; });
  if (node.is("Not"))
    return map([&](const Index &i) { return x(0, i) == 0 ? 1.0 : 0.0; });
  if (node.is("And"))
    return map([&](const Index &i) { return x(0, i) != 0 && x(1, i) != 0 ? 1.0 : 0.0; });
  if (node.is("Or"))
    return map([&](const Index &i) { return x(0, i) != 0 || x(1, i) != 0 ? 1.0 : 0.0; });
  if (node.is("Where"))
    return map([&](const Index &i) { return x(0, i) != 0 ? x(1, i) : x(2, i); });
  if (node.is("Dropout"))
    return inputs[0];
  if (node.is("Cast")) // Between floats, and from booleans: numbers stay. To booleans: whether they are zero.
    return map([&](const Index &i) {
      return getElementTypeOrSelf(node.getResult(0).getType()).isInteger(1) ? (x(0, i) != 0 ? 1.0 : 0.0) : x(0, i);
    });
  if (node.is("Tile"))
    return map([&](Index i) {
      for (auto [position, extent] : llvm::zip(i, inputs[0].shape))
        position %= extent;
      return at(inputs[0], i);
    });
  int64_t rank = inputs.empty() ? 0 : inputs[0].shape.size();
  auto wrap = [&](int64_t axis) { return axis < 0 ? axis + rank : axis; };
  if (node.is("Softmax"))
    return softmax(inputs[0], wrap(node.getInt("axis", -1)));
  if (node.is("LogSoftmax")) {
    RealTensor out = softmax(inputs[0], wrap(node.getInt("axis", -1)));
    for (double &value : out.values)
      value = std::log(value);
    return out;
  }
  if (node.is("CumSum") || node.is("Trilu")) {
    RealTensor out = inputs[0];
    int64_t axis = node.is("CumSum") ? wrap(std::llround(inputs[1].values[0])) : rank - 1, stride = 1;
    for (int64_t i = axis + 1; i < rank; ++i)
      stride *= shape[i];
    for (int64_t i = 0, e = out.values.size(); i < e; ++i) {
      Index index = indexOf(i, shape);
      if (node.is("CumSum"))
        out.values[i] += index[axis] > 0 ? out.values[i - stride] : 0;
      else if (node.getInt("upper", 1) ? index[axis] < index[axis - 1] : index[axis] > index[axis - 1])
        out.values[i] = 0;
    }
    return out;
  }
  if (node.is("ReduceSum") || node.is("ReduceMax") || node.is("ReduceL2") || node.is("ReduceLogSumExp")) {
    Index axes;
    if (auto given = node.getInts("axes"))
      axes.assign(given->begin(), given->end());
    else
      for (double axis : inputs[1].values)
        axes.push_back(std::llround(axis));
    for (int64_t &axis : axes)
      axis = wrap(axis);
    RealTensor in = inputs[0];
    for (double &value : in.values)
      value = node.is("ReduceL2") ? value * value : node.is("ReduceLogSumExp") ? std::exp(value) : value;
    RealTensor out = node.is("ReduceMax") ? fold(in, axes, -HUGE_VAL, larger) : fold(in, axes, 0, add);
    for (double &value : out.values)
      value = node.is("ReduceL2") ? std::sqrt(value) : node.is("ReduceLogSumExp") ? std::log(value) : value;
    out.shape = shape;
    return out;
  }
  if (node.is("Gemm")) {
    bool turnedA = node.getInt("transA", 0), turnedB = node.getInt("transB", 0);
    int64_t inner = inputs[0].shape[turnedA ? 0 : 1];
    return map([&](const Index &i) {
      double sum = 0;
      for (int64_t k = 0; k < inner; ++k)
        sum += at(inputs[0], turnedA ? Index{k, i[0]} : Index{i[0], k}) *
               at(inputs[1], turnedB ? Index{i[1], k} : Index{k, i[1]});
      return node.getFloat("alpha", 1) * sum;
    });
  }
  return std::nullopt;
}

RealTensor runAttention(mix::AttentionOp op, llvm::function_ref<const RealTensor &(Value)> value) {
  mix::AttentionSizes sizes = op.getSizes();
  int64_t heads = op.getHeads(), kvHeads = op.getKvHeads();
  // The number at [b, h, position, j] of a tensor in either layout.
  auto element = [&](Value tensor, int64_t count, const Index &i) {
    const RealTensor &x = value(tensor);
    if (x.shape.size() == 4)
      return at(x, i);
    return at(x, {i[0], i[2], i[1] * (x.shape[2] / count) + i[3]});
  };
  auto keyed = [&](Value past, Value now, Index i) {
    if (i[2] < sizes.past)
      return element(past, kvHeads, i);
    i[2] -= sizes.past;
    return element(now, kvHeads, i);
  };
  Index shape(op.getOutput().getType().getShape());
  RealTensor out{shape, std::vector<double>(sizeOf(shape))};
  for (int64_t b = 0; b < sizes.batch; ++b)
    for (int64_t h = 0; h < heads; ++h)
      for (int64_t q = 0; q < sizes.queries; ++q) {
        int64_t kv = h * kvHeads / heads;
        std::vector<double> scores;
        for (int64_t k = 0; k < sizes.keys; ++k) {
          double score = 0;
          for (int64_t i = 0; i < sizes.size; ++i)
            score += element(op.getQuery(), heads, {b, h, q, i}) * keyed(op.getPastKey(), op.getKey(), {b, kv, k, i});
          score *= op.getScale().convertToDouble();
          double bias = op.getBias() ? at(value(op.getBias()), {b, h, q, k}) : 0;
          if (op.getBiasBeforeCap())
            score += bias;
          if (op.getSoftcap()) {
            double cap = op.getSoftcap()->convertToDouble();
            score = cap * std::tanh(score / cap);
          }
          if (!op.getBiasBeforeCap())
            score += bias;
          int64_t place = q + static_cast<int64_t>(op.getOffset());
          bool seen = !op.getMask() || at(value(op.getMask()), {b, h, q, k}) != 0;
          seen &= !op.getLeft() || k >= place - static_cast<int64_t>(*op.getLeft());
          seen &= !op.getRight() || k <= place + static_cast<int64_t>(*op.getRight());
          EXPECT_FALSE(op.getLengths() || op.getScores()) << "not interpreted";
          scores.push_back(seen ? score : op.getFill() ? op.getFill()->convertToDouble() : -HUGE_VAL);
        }
        double most = *std::max_element(scores.begin(), scores.end()), sum = 0;
        for (double &score : scores)
          sum += score = std::exp(score - most);
        for (int64_t j = 0; j < sizes.valueSize; ++j) {
          double result = 0;
          for (int64_t k = 0; k < sizes.keys; ++k)
            result += scores[k] / sum * keyed(op.getPastValue(), op.getValue(), {b, kv, k, j});
          if (std::isnan(sum) && op.getMaskedRows() == mix::MaskedRows::Zero)
            result = 0;
          int64_t offset = shape.size() == 4 ? ((b * heads + h) * sizes.queries + q) * sizes.valueSize + j
                                             : ((b * sizes.queries + q) * heads + h) * sizes.valueSize + j;
          out.values[offset] = result;
        }
      }
  return out;
}

RealTensor runLinearAttention(mix::LinearAttentionOp op, llvm::function_ref<const RealTensor &(Value)> value) {
  mix::AttentionSizes sizes = op.getSizes();
  int64_t heads = op.getHeads(), kvHeads = op.getKvHeads(), n = sizes.keys;
  auto element = [&](Value tensor, int64_t count, const Index &i) {
    const RealTensor &x = value(tensor);
    return x.shape.size() == 4 ? at(x, i) : at(x, {i[0], i[2], i[1] * (x.shape[2] / count) + i[3]});
  };
  Index shape(op.getOutput().getType().getShape());
  return elementwise(shape, [&](const Index &place) {
    bool isFlat = shape.size() == 3;
    int64_t b = place[0], h = isFlat ? place[2] / sizes.valueSize : place[1], q = place[isFlat ? 1 : 2],
            j = place.back() % sizes.valueSize, kv = h * kvHeads / heads;
    double above = 0, below = op.getEpsilon().convertToDouble();
    for (int64_t k = 0; k < (op.getCausal() ? q + 1 : n); ++k) {
      double weight = 0;
      for (int64_t i = 0; i < sizes.size; ++i)
        weight += element(op.getQuery(), heads, {b, h, q, i}) * element(op.getKey(), kvHeads, {b, kv, k, i});
      weight *= op.getScale().convertToDouble();
      if (op.getKernel())
        weight *= at(value(op.getKernel()), {h, k - q + n - 1});
      above += weight * element(op.getValue(), kvHeads, {b, kv, k, j});
      below += weight;
    }
    return op.getNormalised() ? above / below : above;
  });
}
