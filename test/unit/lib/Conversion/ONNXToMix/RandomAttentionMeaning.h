// What a random attention is to mean, and the sum that defines it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TEST_UNIT_LIB_CONVERSION_ONNXTOMIX_RANDOMATTENTIONMEANING_H
#define TEST_UNIT_LIB_CONVERSION_ONNXTOMIX_RANDOMATTENTIONMEANING_H

#include "RandomNodes.h"

namespace fourmix::test {

enum class AttentionNearMiss {
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
struct AttentionMeaning {
  int64_t batch, kvHeads, groups, queries, keys, size, valueSize;
  double scale = 1;
  std::optional<double> cap;
  std::optional<int64_t> causal; // offset
  bool hasKeyMask = false, hasConstantMask = false, hasBias = false, guarded = false;
  bool capsMasked = false; // the cap comes after bias and masks
  double fill = -HUGE_VAL;
  int64_t heads() const { return kvHeads * groups; }
};

class MeantAttention : public RandomNodes {
public:
  using NearMiss = AttentionNearMiss;
  MeantAttention(MLIRContext &context, unsigned seed, NearMiss nearMiss)
      : RandomNodes(context, seed, {17, 18, 20, 21, 23, 25}), nearMiss(nearMiss) {}

  std::vector<RealTensor> arguments;
  RealTensor expected;

protected:
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

  RealTensor values(const Extents &shape, double deviation = 1) {
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

  NearMiss nearMiss;
  AttentionMeaning m;
  std::vector<double> queryData, keyData, valueData, biasData;
  std::vector<char> keySeen, constantSeen;
};

} // namespace fourmix::test

#endif // TEST_UNIT_LIB_CONVERSION_ONNXTOMIX_RANDOMATTENTIONMEANING_H
