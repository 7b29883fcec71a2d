// RNN, GRU and LSTM. Sequences have static lengths here, so their steps stand one after the other; the products with
// the inputs of all steps are one product.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/ONNXToLinalg/Lowering.h"

using namespace mlir;

namespace fourmix::lowering {

namespace {

/// One direction of a recurrent node.
class Direction {
public:
  Direction(NodeLowering &n, int64_t gates, int64_t index, bool backwards, ArrayRef<StringRef> functions)
      : n(n), gates(gates), index(index), backwards(backwards), functions(functions) {}

  /// `x` is [steps, batch, inputs]. After it the outputs hold the hidden state at every step, zero behind the end of a
  /// sequence, and the last states.
  LogicalResult run(Value x);

  SmallVector<Value> outputs; // [batch, hidden] for each step
  Value hidden, cell;

private:
  using Cell = llvm::function_ref<Value(Scalars &, ValueRange)>;

  /// Row `index` of parameter `i`, or null.
  Value parameter(unsigned i) {
    Value all = n.input(i);
    if (!all)
      return {};
    return n.reshape(n.sliceAxis(all, 0, index, 1), Emit::shapeOf(all).drop_front());
  }
  /// The state of input `i` at the start, zero where there is none.
  Value initial(unsigned i) {
    if (!n.input(i))
      return n.zeros({batch, size}, type);
    bool batchFirst = n.node.getInt("layout", 0);
    return n.reshape(n.sliceAxis(n.input(i), batchFirst ? 1 : 0, index, 1), {batch, size});
  }
  Value gate(Value all, int64_t g) { return n.sliceAxis(all, Emit::rankOf(all) - 1, g * size, size); }
  Value compute(ValueRange inputs, Cell body) { return n.elementwise({batch, size}, type, inputs, body); }
  /// Function `f` of the direction, its argument clipped as the node asks.
  Value apply(Scalars &s, int64_t f, Value x);
  std::optional<double> constantOf(StringRef name, int64_t f);

  void stepRNN(Value x, Value h);
  void stepGRU(Value x, Value h, Value recurrentBias, Value recurrent);
  void stepLSTM(Value x, Value h, Value peepholes);

  NodeLowering &n;
  int64_t gates, index, batch = 0, size = 0;
  bool backwards;
  ArrayRef<StringRef> functions;
  Type type;
};

/// The i-th of the numbers that attribute `name` gives to the functions which take one.
std::optional<double> Direction::constantOf(StringRef name, int64_t f) {
  auto all = dyn_cast_or_null<ArrayAttr>(n.node.getNodeAttr(name));
  int64_t at = index * static_cast<int64_t>(functions.size()) + f;
  if (!all || at >= static_cast<int64_t>(all.size()) || !isa<FloatAttr>(all[at]))
    return std::nullopt;
  return cast<FloatAttr>(all[at]).getValueAsDouble();
}

Value Direction::apply(Scalars &s, int64_t f, Value x) {
  if (double clip = n.node.getFloat("clip", 0); clip > 0) {
    Value low = s.constant(x.getType(), -clip), high = s.constant(x.getType(), clip);
    x = s.select(s.lt(x, low), low, x);
    x = s.select(s.gt(x, high), high, x);
  }
  return activate(s, functions[f], x, constantOf("activation_alpha", f), constantOf("activation_beta", f));
}

/// h = f(x + R h)
void Direction::stepRNN(Value x, Value h) {
  hidden = compute({x, h}, [&](Scalars &s, ValueRange v) { return apply(s, 0, s.add(v[0], v[1])); });
}

/// Gates z, r, h: the new state is (1 - z) candidate + z h, the candidate sees r h.
void Direction::stepGRU(Value x, Value h, Value recurrentBias, Value recurrent) {
  auto sigmoidOf = [&](Scalars &s, ValueRange v) { return apply(s, 0, s.add(v[0], v[1])); };
  Value reset = compute({gate(x, 1), gate(h, 1)}, sigmoidOf);
  Value biased; // what of the state goes into the candidate
  if (n.node.getInt("linear_before_reset", 0)) {
    SmallVector<Value> inputs{reset, gate(h, 2)};
    if (recurrentBias)
      inputs.push_back(gate(recurrentBias, 2));
    biased =
        compute(inputs, [](Scalars &s, ValueRange v) { return s.mul(v[0], v.size() > 2 ? s.add(v[1], v[2]) : v[1]); });
  } else {
    Value seen = compute({reset, hidden}, [](Scalars &s, ValueRange v) { return s.mul(v[0], v[1]); });
    biased = n.matmul(seen, gate(recurrent, 2));
    if (recurrentBias)
      biased = compute({biased, gate(recurrentBias, 2)}, [](Scalars &s, ValueRange v) { return s.add(v[0], v[1]); });
  }
  hidden = compute({gate(x, 0), gate(h, 0), gate(x, 2), biased, hidden}, [&](Scalars &s, ValueRange v) {
    Value update = apply(s, 0, s.add(v[0], v[1])), candidate = apply(s, 1, s.add(v[2], v[3]));
    Value rest = s.sub(s.constant(type, 1), update);
    return s.add(s.mul(rest, candidate), s.mul(update, v[4]));
  });
}

/// Gates i, o, f, c; peepholes i, o, f.
void Direction::stepLSTM(Value x, Value h, Value peepholes) {
  bool coupled = n.node.getInt("input_forget", 0);
  auto withPeephole = [&](Scalars &s, Value sum, Value weight, Value state) {
    return weight ? s.add(sum, s.mul(weight, state)) : sum;
  };
  SmallVector<Value> inputs{gate(x, 0), gate(h, 0), gate(x, 2), gate(h, 2), gate(x, 3), gate(h, 3), cell};
  if (peepholes)
    inputs.append({gate(peepholes, 0), gate(peepholes, 2)});
  Value next = compute(inputs, [&](Scalars &s, ValueRange v) {
    Value input = apply(s, 0, withPeephole(s, s.add(v[0], v[1]), peepholes ? v[7] : Value(), v[6]));
    Value forget = coupled ? s.sub(s.constant(type, 1), input)
                           : apply(s, 0, withPeephole(s, s.add(v[2], v[3]), peepholes ? v[8] : Value(), v[6]));
    return s.add(s.mul(forget, v[6]), s.mul(input, apply(s, 1, s.add(v[4], v[5]))));
  });
  inputs = {gate(x, 1), gate(h, 1), next};
  if (peepholes)
    inputs.push_back(gate(peepholes, 1));
  hidden = compute(inputs, [&](Scalars &s, ValueRange v) {
    Value output = apply(s, 0, withPeephole(s, s.add(v[0], v[1]), peepholes ? v[3] : Value(), v[2]));
    return s.mul(output, apply(s, 2, v[2]));
  });
  cell = next;
}

LogicalResult Direction::run(Value x) {
  Shape shape = Emit::shapeOf(x);
  int64_t steps = shape[0], width = shape[2];
  batch = shape[1];
  type = Emit::elementOf(x);
  Value weights = parameter(1), recurrent = parameter(2), bias = parameter(3);
  size = Emit::shapeOf(recurrent)[1];
  weights = n.transpose(weights, {1, 0});
  recurrent = n.transpose(recurrent, {1, 0});
  Value projected = n.reshape(n.matmul(n.reshape(x, {steps * batch, width}), weights), {steps, batch, gates * size});
  Value recurrentBias;
  if (bias) {
    Value inputBias = n.sliceAxis(bias, 0, 0, gates * size);
    recurrentBias = n.sliceAxis(bias, 0, gates * size, gates * size);
    SmallVector<Value> terms{projected, inputBias};
    SmallVector<int64_t> all{steps, batch, gates * size};
    // All recurrent biases are just added, but for that of a GRU's candidate.
    if (gates != 3)
      terms.push_back(recurrentBias);
    projected = n.elementwise(all, type, terms, [](Scalars &s, ValueRange v) {
      Value sum = s.add(v[0], v[1]);
      return v.size() > 2 ? s.add(sum, v[2]) : sum;
    });
    if (gates == 3) {
      Value both = n.concat({n.sliceAxis(recurrentBias, 0, 0, 2 * size), n.zeros({size}, type)}, 0);
      projected =
          n.elementwise(all, type, {projected, both}, [](Scalars &s, ValueRange v) { return s.add(v[0], v[1]); });
    }
  }
  hidden = initial(5);
  if (gates == 4)
    cell = initial(6);
  Value peepholes = gates == 4 ? parameter(7) : Value(), lengths = n.input(4);
  outputs.assign(steps, Value());
  for (int64_t i = 0; i < steps; ++i) {
    int64_t step = backwards ? steps - 1 - i : i;
    Value before = hidden, cellBefore = cell;
    Value now = n.reshape(n.sliceAxis(projected, 0, step, 1), {batch, gates * size});
    Value h = n.matmul(hidden, recurrent);
    if (gates == 1)
      stepRNN(now, h);
    else if (gates == 3)
      stepGRU(now, h, recurrentBias, recurrent);
    else
      stepLSTM(now, h, peepholes);
    outputs[step] = hidden;
    if (!lengths)
      continue;
    // A sequence that has ended keeps its state and gives zero.
    Value lengthOf = n.reshape(lengths, {batch, 1});
    auto keep = [&](Value next, Value old) {
      return compute({next, old, lengthOf}, [&](Scalars &s, ValueRange v) {
        return s.select(s.gt(v[2], s.constant(v[2].getType(), step)), v[0], v[1]);
      });
    };
    outputs[step] = keep(hidden, n.splat({}, type, 0));
    hidden = keep(hidden, before);
    if (cell)
      cell = keep(cell, cellBefore);
  }
  return success();
}

/// The steps are written out: more of them than this are a loop that nobody would want to compile.
constexpr int64_t maxSteps = 4096;

template <int64_t gates>
LogicalResult lowerRecurrent(NodeLowering &n) {
  bool batchFirst = n.node.getInt("layout", 0);
  Value x = batchFirst ? n.transpose(n.input(0), {1, 0, 2}) : n.input(0);
  Shape shape = Emit::shapeOf(x);
  int64_t steps = shape[0], batch = shape[1], directions = Emit::shapeOf(n.input(1))[0],
          size = Emit::shapeOf(n.input(2))[2];
  if (steps > maxSteps)
    return n.node.emitNodeError() << "expected at most " << maxSteps << " steps, found " << steps;
  SmallVector<StringRef> all;
  if (auto given = dyn_cast_or_null<ArrayAttr>(n.node.getNodeAttr("activations")))
    for (Attribute name : given)
      all.push_back(isa<StringAttr>(name) ? cast<StringAttr>(name).getValue() : StringRef());
  SmallVector<StringRef> usual = gates == 1   ? SmallVector<StringRef>{"Tanh"}
                                 : gates == 3 ? SmallVector<StringRef>{"Sigmoid", "Tanh"}
                                              : SmallVector<StringRef>{"Sigmoid", "Tanh", "Tanh"};
  if (all.empty())
    for (int64_t d = 0; d < directions; ++d)
      all.append(usual);
  if (all.size() != usual.size() * directions)
    return n.node.emitNodeError() << "expected " << usual.size() * directions << " activations, found " << all.size();
  for (StringRef name : all) {
    OpBuilder::InsertionGuard guard(n.builder);
    Scalars s(n.builder, n.loc, false);
    if (!activate(s, name, s.constant(n.builder.getF32Type(), 0), std::nullopt, std::nullopt))
      return n.node.emitNodeError() << "expected a known activation, found \"" << name << '"';
  }
  StringRef direction = n.node.getString("direction", "forward");
  Type type = Emit::elementOf(x);
  if (product({steps, batch, size}) == 0) {
    for (unsigned i = 0; i < n.node.getNumResults(); ++i)
      if (n.node.hasOutput(i)) // no step changes a state
        n.set(i, i > 0 && n.input(4 + i) ? n.input(4 + i) : n.zeros(n.resultShape(i), type));
    return success();
  }
  SmallVector<Value> everything, hidden, cells;
  for (int64_t d = 0; d < directions; ++d) {
    Direction one(n, gates, d, direction == "reverse" || d == 1, ArrayRef(all).slice(d * usual.size(), usual.size()));
    if (failed(one.run(x)))
      return failure();
    SmallVector<Value> rows;
    for (Value output : one.outputs)
      rows.push_back(n.reshape(output, {1, 1, batch, size}));
    everything.push_back(n.concat(rows, 0));
    hidden.push_back(n.reshape(one.hidden, {1, batch, size}));
    if (one.cell)
      cells.push_back(n.reshape(one.cell, {1, batch, size}));
  }
  auto states = [&](ArrayRef<Value> each) {
    Value joined = n.concat(each, 0);
    return batchFirst ? n.transpose(joined, {1, 0, 2}) : joined;
  };
  if (n.node.hasOutput(0)) {
    Value joined = n.concat(everything, 1);
    n.set(0, batchFirst ? n.transpose(joined, {2, 0, 1, 3}) : joined);
  }
  if (n.node.hasOutput(1))
    n.set(1, states(hidden));
  if (n.node.hasOutput(2))
    n.set(2, states(cells));
  return success();
}

} // namespace

void addRecurrentRows(LoweringTable &table) {
  table.add("RNN", 7, lowerRecurrent<1>, 3);
  table.add("GRU", 7, lowerRecurrent<3>, 3);
  table.add("LSTM", 7, lowerRecurrent<4>, 3);
}

} // namespace fourmix::lowering
