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
      // A query that sees nothing else, padding perhaps, is to have weights that are not 0/0.
      constexpr double least = -20;
      weights.kernel[at * layout.taps + tap] = isSeen ? float(std::max(t[tap] - largest, least)) : -INFINITY;
    }
    if (layout.components == 1)
      continue;
    std::vector<double> mix = tokens.onFeatures(&point[layout.mix(r)], shift);
    std::copy(mix.begin(), mix.end(), weights.mix.begin() + at * data.features);
    weights.mixBias[at] = float(point[layout.shift(r)] + shift);
  }
}

/// The other way round: the parameters of a head of given weights. A kernel is known but for a constant: it gets the
/// one of `start`.
static std::vector<double> read(const AttentionData &data, const Tokens &tokens, const HeadLayout &layout,
                                const GatedWeights &weights, int64_t head, const std::vector<double> &start) {
  std::vector<double> point = start;
  for (int64_t r = 0; r < layout.components; ++r) {
    const int64_t at = r * data.heads + head;
    double shift;
    std::vector<double> gate = tokens.ofFeatures(&weights.gate[at * data.features], shift);
    std::copy(gate.begin(), gate.end(), point.begin() + layout.gate(r));
    double offset = 0, known = 0;
    const float *kernel = &weights.kernel[at * layout.taps];
    for (int64_t tap = 0; tap < layout.taps; ++tap)
      if (std::isfinite(kernel[tap])) {
        offset += start[layout.kernel(r) + tap] - kernel[tap];
        known += 1;
      }
    for (int64_t tap = 0; tap < layout.taps; ++tap)
      if (std::isfinite(kernel[tap]))
        point[layout.kernel(r) + tap] = kernel[tap] + offset / known;
    if (layout.components == 1)
      continue;
    std::vector<double> mix = tokens.ofFeatures(&weights.mix[at * data.features], shift);
    std::copy(mix.begin(), mix.end(), point.begin() + layout.mix(r));
    point[layout.shift(r)] = weights.mixBias[at] + shift;
  }
  return point;
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
  auto evaluate = [&](const std::vector<std::vector<double>> &points) {
    std::vector<Objective::Head> heads;
    for (int64_t head = 0; head < data.heads; ++head)
      heads.push_back({head, &points[head], &starts[head]});
    objective.evaluate(heads);
    return heads;
  };
  std::vector<std::vector<double>> points = starts;
  std::vector<double> divergence(data.heads); // at the best points, without the ridge
  std::vector<Objective::Head> first = evaluate(starts);
  for (Objective::Head &head : first)
    weights.startDivergence += (head.value - head.penalty) / double(data.heads);
  weights.evaluations = 1;
  if (options.from) {
    for (int64_t head = 0; head < data.heads; ++head)
      points[head] = read(data, tokens, layout, *options.from, head, starts[head]);
    std::vector<Objective::Head> second = evaluate(points);
    weights.evaluations = 2;
    for (int64_t head = 0; head < data.heads; ++head)
      if (second[head].value < first[head].value)
        first[head] = std::move(second[head]);
      else
        points[head] = starts[head];
  }
  std::vector<Lbfgs> searches;
  for (int64_t head = 0; head < data.heads; ++head) {
    searches.emplace_back(std::move(points[head]));
    searches[head].tell(first[head].value, first[head].gradient);
    divergence[head] = first[head].value - first[head].penalty;
  }
  while (weights.evaluations < options.evaluations) {
    std::vector<Objective::Head> heads;
    for (int64_t head = 0; head < data.heads; ++head)
      if (!searches[head].done())
        heads.push_back({head, &searches[head].point(), &starts[head]});
    if (heads.empty())
      break;
    objective.evaluate(heads);
    ++weights.evaluations;
    for (Objective::Head &head : heads) {
      searches[head.index].tell(head.value, head.gradient);
      if (searches[head.index].value() == head.value)
        divergence[head.index] = head.value - head.penalty;
    }
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
