// Queries, keys and values of a random attention, [batch, heads, sequence, size], however they come.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TEST_UNIT_LIB_CONVERSION_ONNXTOMIX_RANDOMATTENTIONSOURCES_H
#define TEST_UNIT_LIB_CONVERSION_ONNXTOMIX_RANDOMATTENTIONSOURCES_H

#include "RandomAttentionMeaning.h"

namespace fourmix::test {

class AttentionSources : public MeantAttention {
public:
  using MeantAttention::MeantAttention;

protected:
  /// A constant number in one of the shapes that exporters give it.
  Value number(double value) { return constant(pick<Extents>({{}, {1}, {1, 1}}), value); }

  Value reshape(Value x, const Extents &shape) { return shapeOf(x) == shape ? x : disturb(nodes.reshape(x, shape)); }
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
    Extents shape = shapeOf(x);
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
      Extents there = llvm::to_vector(llvm::seq<int64_t>(0, rank)), back(rank);
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
    arguments.push_back(std::move(data));
    return RandomNodes::argument(arguments.back().shape, element);
  }

  /// data[b][h][s][i] as an argument in some layout, brought to [batch, heads, sequence, size].
  Value source(const std::vector<double> &data, int64_t heads, int64_t sequence, int64_t size) {
    auto put = [&](const Extents &shape, auto offsetOf) {
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

  Value query, key, value, keyMask, bias;
};

} // namespace fourmix::test

#endif // TEST_UNIT_LIB_CONVERSION_ONNXTOMIX_RANDOMATTENTIONSOURCES_H
