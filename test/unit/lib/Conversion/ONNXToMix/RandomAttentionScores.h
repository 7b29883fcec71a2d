// The scores of a random attention: products, scales, cap and masks. Their axes, and those of weights and result, stand
// in a frame.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TEST_UNIT_LIB_CONVERSION_ONNXTOMIX_RANDOMATTENTIONSCORES_H
#define TEST_UNIT_LIB_CONVERSION_ONNXTOMIX_RANDOMATTENTIONSCORES_H

#include "RandomAttentionSources.h"

namespace fourmix::test {

class AttentionScores : public AttentionSources {
public:
  using AttentionSources::AttentionSources;

protected:
  enum Frame { Plain, Folded, Turned, Grouped };

  /// [batch, kvHeads, ...] with every head `groups` times.
  Value repeatHeads(Value x) {
    if (m.groups == 1)
      return x;
    Extents shape = shapeOf(x), wide = shape;
    wide[1] *= m.groups;
    Extents grouped = shape;
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
      Extents indices;
      for (int64_t i = 0; i < wide[1]; ++i)
        indices.push_back(i / m.groups);
      return nodes.create("Gather", {x, nodes.ints(indices)}, nodes.attr("axis", int64_t(1)));
    }
    }
  }

  Extents folded(Value x) {
    Extents shape = shapeOf(x);
    return {shape[0] * shape[1], shape[2], shape[3]};
  }

  Value lastTwoTurned(Value x) {
    Extents shape = shapeOf(x), permutation = llvm::to_vector(llvm::seq<int64_t>(0, shape.size()));
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
    Extents shape = shapeOf(x);
    switch (frame) {
    case Plain: {
      if (!chance(30))
        return disturb(x);
      Extents trimmed = shape;
      while (trimmed.size() > 1 && trimmed.front() == 1)
        trimmed.erase(trimmed.begin());
      return reshape(x, trimmed);
    }
    case Turned:
      return transpose(x, {0, 1, 3, 2});
    case Folded: {
      if (shape[0] != 1 || shape[1] != 1) {
        Extents whole{m.batch, m.heads(), shape[2], shape[3]};
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
    Extents square{1, 1, m.queries, m.keys};
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

  Frame frame = Plain;
};

} // namespace fourmix::test

#endif // TEST_UNIT_LIB_CONVERSION_ONNXTOMIX_RANDOMATTENTIONSCORES_H
