// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Start.h"
#include <algorithm>
#include <cmath>
#include <random>

namespace fourmix::calibration {

namespace {

/// The queries or keys of one head, a row per valid token.
std::vector<double> rowsOf(const AttentionData &data, const Tokens &tokens, const float *values, int64_t head) {
  std::vector<double> rows;
  for (int64_t sample = 0; sample < data.samples; ++sample)
    for (int64_t token = tokens.first[sample]; token < tokens.first[sample + 1]; ++token) {
      const float *row = values + ((sample * data.n + tokens.position[token]) * data.heads + head) * data.size;
      rows.insert(rows.end(), row, row + data.size);
    }
  return rows;
}

double product(const double *a, const double *b, int64_t size) {
  double sum = 0;
  for (int64_t i = 0; i < size; ++i)
    sum += a[i] * b[i];
  return sum;
}

/// Lloyd's k-means from starting points far apart (k-means++, with a fixed seed).
struct Clusters {
  std::vector<double> centres; // [components, size]
  std::vector<int64_t> of;     // per row
  double spread = 0;           // the mean squared distance to the centre

  Clusters(const std::vector<double> &rows, int64_t size, int64_t components) {
    int64_t count = rows.size() / size;
    of.assign(count, 0);
    std::vector<double> nearest(count, INFINITY);
    auto distance = [&](int64_t row, int64_t centre) {
      double sum = 0;
      for (int64_t f = 0; f < size; ++f) {
        double difference = rows[row * size + f] - centres[centre * size + f];
        sum += difference * difference;
      }
      return sum;
    };
    std::mt19937_64 random(1);
    for (int64_t c = 0; c < components; ++c) {
      double total = 0, at = double(random() >> 11) * 0x1p-53;
      for (double d : nearest)
        total += d;
      int64_t chosen = int64_t(at * double(count));
      for (int64_t row = 0; std::isfinite(total) && row < count; ++row)
        if ((at -= nearest[row] / total) <= 0) {
          chosen = row;
          break;
        }
      chosen = std::min(chosen, count - 1);
      centres.insert(centres.end(), rows.begin() + chosen * size, rows.begin() + (chosen + 1) * size);
      for (int64_t row = 0; row < count; ++row)
        nearest[row] = std::min(nearest[row], distance(row, c));
    }
    for (int round = 0; round < 15; ++round) {
      spread = 0;
      for (int64_t row = 0; row < count; ++row) {
        double best = INFINITY;
        for (int64_t c = 0; c < components; ++c)
          if (double d = distance(row, c); d < best) {
            best = d;
            of[row] = c;
          }
        spread += best / double(count);
      }
      std::vector<double> sums(components * size), sizes(components);
      for (int64_t row = 0; row < count; ++row) {
        sizes[of[row]] += 1;
        for (int64_t f = 0; f < size; ++f)
          sums[of[row] * size + f] += rows[row * size + f];
      }
      for (int64_t c = 0; c < components; ++c)
        for (int64_t f = 0; f < size && sizes[c] > 0; ++f)
          centres[c * size + f] = sums[c * size + f] / sizes[c];
    }
  }
};

/// Iterative proportional scaling of the kernel over the rows of one cluster.
void scaleKernel(const AttentionData &data, const Tokens &tokens, int64_t head, const std::vector<double> &scores,
                 const std::vector<int64_t> &clusters, int64_t cluster, double *t, int64_t taps) {
  auto tapOf = [&](int64_t distance) {
    return !data.circular ? distance + data.n - 1 : distance < 0 ? distance + data.n : distance;
  };
  std::vector<double> kernel(taps, 1.0), wanted(taps), found(taps), weights(data.n);
  for (int round = 0; round < 10; ++round) {
    std::fill(wanted.begin(), wanted.end(), 0.0);
    std::fill(found.begin(), found.end(), 0.0);
    for (int64_t sample = 0; sample < data.samples; ++sample) {
      const int64_t first = tokens.first[sample], last = tokens.first[sample + 1];
      double largest = -INFINITY;
      for (int64_t token = first; token < last; ++token)
        largest = std::max(largest, scores[token]);
      for (int64_t token = first; token < last; ++token)
        weights[token - first] = std::exp(scores[token] - largest);
      for (int64_t query = first; query < last; ++query) {
        if (clusters[query] != cluster)
          continue;
        const int64_t i = tokens.position[query];
        const float *map = data.maps + ((sample * data.heads + head) * data.n + i) * data.n;
        auto overKeys = [&](auto body) {
          for (int64_t key = first; key < last; ++key)
            if (int64_t j = tokens.position[key]; j >= i - data.left && j <= i + data.right)
              body(j, tapOf(j - i), weights[key - first]);
        };
        double total = 0;
        overKeys([&](int64_t, int64_t tap, double gate) { total += kernel[tap] * gate; });
        if (total <= 0)
          continue;
        overKeys([&](int64_t j, int64_t tap, double gate) {
          wanted[tap] += map[j];
          found[tap] += kernel[tap] * gate / total;
        });
      }
    }
    // A distance that was hardly ever seen keeps a weight beside the others'.
    for (int64_t tap = 0; tap < taps; ++tap)
      kernel[tap] *= (wanted[tap] + 0.1) / (found[tap] + 0.1);
  }
  for (int64_t tap = 0; tap < taps; ++tap)
    t[tap] = std::log(kernel[tap]);
}

} // namespace

std::vector<double> closedFormStart(const AttentionData &data, const Tokens &tokens, int64_t components, int64_t head) {
  HeadLayout layout(data, components);
  std::vector<double> point(layout.size());
  const int64_t count = tokens.size(), size = data.size;
  std::vector<int64_t> clusterOf(count, 0);
  std::vector<std::vector<double>> scores(components, std::vector<double>(count));
  if (size && count) {
    std::vector<double> queries = rowsOf(data, tokens, data.queries, head),
                        keys = rowsOf(data, tokens, data.keys, head);
    Clusters clusters(queries, size, components);
    clusterOf = clusters.of;
    for (int64_t r = 0; r < components; ++r) {
      const double *centre = &clusters.centres[r * size];
      std::vector<double> logits(count);
      for (int64_t token = 0; token < count; ++token) {
        scores[r][token] = data.scale * product(centre, &keys[token * size], size);
        // Of a Gaussian around every centre, alike in all directions, and wider than the cluster: shares that are all
        // but 0 or 1 have no gradient, and a descent stays with the clusters.
        constexpr double width = 10;
        logits[token] = (product(centre, &queries[token * size], size) - product(centre, centre, size) / 2) *
                        double(size) / std::max({width * clusters.spread, 1e-6 * product(centre, centre, size), 1e-30});
      }
      std::vector<double> gate = tokens.regress(scores[r]);
      std::copy(gate.begin(), gate.end(), point.begin() + layout.gate(r));
      if (components > 1) {
        std::vector<double> mix = tokens.regress(logits);
        std::copy(mix.begin(), mix.end(), point.begin() + layout.mix(r));
        double share = double(std::count(clusterOf.begin(), clusterOf.end(), r)) / double(count), mean = 0;
        for (double logit : logits)
          mean += logit / double(count);
        point[layout.shift(r)] = mean + std::log(std::max(share, 1e-3));
      }
    }
  }
  for (int64_t r = 0; r < components; ++r)
    scaleKernel(data, tokens, head, scores[r], clusterOf, r, &point[layout.kernel(r)], layout.taps);
  return point;
}

} // namespace fourmix::calibration
