// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "GatedFit.h"
#include "Lbfgs.h"
#include "Objective.h"
#include "Parallel.h"
#include "Start.h"
#include <algorithm>
#include <cmath>

namespace fourmix::calibration {

/// From decorrelated features back to those of the network.
static void write(const AttentionData &data, const Tokens &tokens, const HeadLayout &layout,
                  const std::vector<double> &point, int64_t head, GatedWeights &weights) {
  for (int64_t r = 0; r < layout.components; ++r) {
    const int64_t at = r * data.heads + head;
    double shift;
    std::vector<double> gate = tokens.onFeatures(&point[layout.gate(r)], shift); // a constant cancels in the quotient
    std::copy(gate.begin(), gate.end(), weights.gate.begin() + at * data.features);
    const double *t = &point[layout.kernel(r)];
    double largest = -INFINITY;
    for (int64_t tap = 0; tap < layout.taps; ++tap)
      largest = std::max(largest, t[tap]);
    for (int64_t tap = 0; tap < layout.taps; ++tap) {
      int64_t distance = tap - (data.n - 1);
      bool isSeen = data.circular || (distance >= -data.left && distance <= data.right);
      weights.kernel[at * layout.taps + tap] = isSeen ? float(t[tap] - largest) : -INFINITY;
    }
    if (layout.components == 1)
      continue;
    std::vector<double> mix = tokens.onFeatures(&point[layout.mix(r)], shift);
    std::copy(mix.begin(), mix.end(), weights.mix.begin() + at * data.features);
    weights.mixBias[at] = float(point[layout.shift(r)] + shift);
  }
}

GatedWeights fitGated(const AttentionData &data, const FitOptions &options) {
  Tokens tokens(data, options.threads);
  HeadLayout layout(data, options.components);
  Objective objective(data, tokens, options.components, options.ridge, options.threads);
  GatedWeights weights;
  weights.components = options.components;
  weights.heads = data.heads;
  weights.features = data.features;
  weights.taps = layout.taps;
  const int64_t vectors = options.components * data.heads;
  weights.gate.resize(vectors * data.features);
  weights.kernel.resize(vectors * layout.taps);
  if (options.components > 1) {
    weights.mix.resize(vectors * data.features);
    weights.mixBias.resize(vectors);
  }

  std::vector<std::vector<double>> starts(data.heads);
  parallelParts(options.threads, data.heads, [&](int, int64_t from, int64_t to) {
    for (int64_t head = from; head < to; ++head)
      starts[head] = closedFormStart(data, tokens, options.components, head);
  });
  std::vector<Lbfgs> searches;
  std::vector<double> divergence(data.heads); // at the best points, without the ridge
  for (std::vector<double> &start : starts)
    searches.emplace_back(std::move(start));
  for (int evaluation = 0; evaluation < options.evaluations; ++evaluation) {
    std::vector<Objective::Head> heads;
    for (int64_t head = 0; head < data.heads; ++head)
      if (!searches[head].done())
        heads.push_back({head, &searches[head].point()});
    if (heads.empty())
      break;
    objective.evaluate(heads);
    for (Objective::Head &head : heads) {
      searches[head.index].tell(head.value, head.gradient);
      if (searches[head.index].value() == head.value)
        divergence[head.index] = head.value - head.penalty;
      if (evaluation == 0)
        weights.startDivergence += divergence[head.index] / double(data.heads);
    }
    weights.evaluations = evaluation + 1;
  }
  for (int64_t head = 0; head < data.heads; ++head) {
    write(data, tokens, layout, searches[head].best(), head, weights);
    double entropy = objective.entropy(head) / double(data.heads);
    weights.startDivergence -= entropy;
    weights.divergence += divergence[head] / double(data.heads) - entropy;
  }
  return weights;
}

} // namespace fourmix::calibration
