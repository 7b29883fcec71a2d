// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Objective.h"
#include "Loops.h"
#include "Parallel.h"
#include <algorithm>
#include <cmath>

namespace fourmix::calibration {

/// What one thread adds up.
struct Objective::Thread {
  std::vector<float> directions; // [features, columns]
  struct Head {
    double value = 0;
    std::vector<float> kernel; // [components, 2n - 1], by distance
    std::vector<double> shift; // [components]
  };
  std::vector<Head> heads;
};

Objective::Objective(const AttentionData &data, const Tokens &tokens, int64_t components, double ridge, int threads)
    : data(data), tokens(tokens), layout(data, components), ridge(ridge), threads(threads) {}

/// Tap of the distance j - i, or the same around the circle.
static int64_t tapOf(const AttentionData &data, int64_t distance) {
  if (!data.circular)
    return distance + data.n - 1;
  return distance < 0 ? distance + data.n : distance;
}

void Objective::evaluate(std::vector<Head> &heads) const {
  const int64_t R = layout.components, d = layout.features, n = data.n;
  const int64_t perHead = R > 1 ? 2 * R : R;
  const int64_t columns = (int64_t(heads.size()) * perHead + 15) / 16 * 16;
  // All vectors that are multiplied by tokens, side by side: gates, then mixtures, head by head.
  std::vector<float> directions(d * columns);
  auto column = [&](size_t head, int64_t r, bool mix) { return int64_t(head) * perHead + (mix ? R : 0) + r; };
  for (size_t h = 0; h < heads.size(); ++h)
    for (int64_t r = 0; r < R; ++r)
      for (int64_t f = 0; f < d; ++f) {
        directions[f * columns + column(h, r, false)] = float((*heads[h].point)[layout.gate(r) + f]);
        if (R > 1)
          directions[f * columns + column(h, r, true)] = float((*heads[h].point)[layout.mix(r) + f]);
      }
  std::vector<Thread> parts(threads);
  parallelParts(threads, data.samples, [&](int thread, int64_t from, int64_t to) {
    run(heads, directions, columns, parts[thread], from, to);
  });

  const double rows = double(std::max<int64_t>(tokens.size(), 1));
  for (size_t h = 0; h < heads.size(); ++h) {
    Head &head = heads[h];
    head.value = 0;
    head.gradient.assign(layout.size(), 0.0);
    for (const Thread &part : parts) {
      const Thread::Head &sums = part.heads[h];
      head.value += sums.value / rows;
      for (int64_t r = 0; r < R; ++r) {
        for (int64_t distance = 1 - n; distance < n; ++distance)
          head.gradient[layout.kernel(r) + tapOf(data, distance)] +=
              sums.kernel[r * (2 * n - 1) + distance + n - 1] / rows;
        for (int64_t f = 0; f < d; ++f) {
          head.gradient[layout.gate(r) + f] += part.directions[f * columns + column(h, r, false)] / rows;
          if (R > 1)
            head.gradient[layout.mix(r) + f] += part.directions[f * columns + column(h, r, true)] / rows;
        }
        if (R > 1)
          head.gradient[layout.shift(r)] += sums.shift[r] / rows;
      }
    }
    head.penalty = 0;
    auto penalise = [&](int64_t from, int64_t count, double factor) {
      for (int64_t i = from; i < from + count; ++i) {
        double distance = (*head.point)[i] - (*head.centre)[i];
        head.penalty += 0.5 * factor * distance * distance;
        head.gradient[i] += factor * distance;
      }
    };
    // A kernel may grow by a constant, which cancels: it only needs a unique optimum.
    penalise(layout.gate(0), R * d, ridge);
    penalise(layout.kernel(0), R * layout.taps, 1e-2 * ridge);
    if (R > 1) {
      penalise(layout.mix(0), R * d, ridge);
      penalise(layout.shift(0), R, 1e-2 * ridge);
    }
    head.value += head.penalty;
  }
}

void Objective::run(std::vector<Head> &heads, const std::vector<float> &directions, int64_t columns, Thread &sums,
                    int64_t from, int64_t to) const {
  const int64_t R = layout.components, d = layout.features, n = data.n, distances = 2 * n - 1;
  const int64_t perHead = R > 1 ? 2 * R : R;
  sums.directions.assign(d * columns, 0.0f);
  sums.heads.resize(heads.size());

  // Kernels by distance, their largest number 1.
  std::vector<float> kernels(int64_t(heads.size()) * R * distances);
  for (size_t h = 0; h < heads.size(); ++h) {
    sums.heads[h].kernel.assign(R * distances, 0.0f);
    sums.heads[h].shift.assign(R, 0.0);
    for (int64_t r = 0; r < R; ++r) {
      const double *t = heads[h].point->data() + layout.kernel(r);
      double largest = *std::max_element(t, t + layout.taps);
      for (int64_t distance = -std::min(data.left, n - 1); distance <= std::min(data.right, n - 1); ++distance)
        kernels[(int64_t(h) * R + r) * distances + distance + n - 1] =
            float(std::exp(t[tapOf(data, distance)] - largest));
    }
  }

  std::vector<float> scores, derivatives, gates(R * n), gateGradient(R * n), scratch((R + 2) * n), share(R), taken(R);
  for (int64_t sample = from; sample < to; ++sample) {
    const int64_t start = tokens.first[sample], count = tokens.first[sample + 1] - start;
    if (count == 0)
      continue;
    const int64_t *position = tokens.position.data() + start;
    const int64_t begin = position[0], end = position[count - 1] + 1;
    scores.assign(count * columns, 0.0f);
    derivatives.assign(count * columns, 0.0f);
    multiplyAdd(count, columns, d, tokens.row(start), d, 1, directions.data(), columns, scores.data(), columns);
    for (size_t h = 0; h < heads.size(); ++h) {
      Thread::Head &head = sums.heads[h];
      std::fill(gates.begin(), gates.end(), 0.0f);
      std::fill(gateGradient.begin(), gateGradient.end(), 0.0f);
      for (int64_t r = 0; r < R; ++r) {
        const float *score = scores.data() + int64_t(h) * perHead + r;
        float largest = score[0];
        for (int64_t i = 1; i < count; ++i)
          largest = std::max(largest, score[i * columns]);
        for (int64_t i = 0; i < count; ++i)
          gates[r * n + position[i]] = std::exp(score[i * columns] - largest);
      }
      for (int64_t token = 0; token < count; ++token) {
        const int64_t i = position[token];
        const int64_t low = std::max(begin, i - data.left), high = std::min(end, i + data.right + 1);
        share[0] = 1;
        if (R > 1) {
          const float *logits = scores.data() + token * columns + int64_t(h) * perHead + R;
          const double *shift = heads[h].point->data() + layout.shift(0);
          double largest = -INFINITY, total = 0;
          for (int64_t r = 0; r < R; ++r)
            largest = std::max(largest, logits[r] + shift[r]);
          for (int64_t r = 0; r < R; ++r)
            total += share[r] = float(std::exp(logits[r] + shift[r] - largest));
          for (int64_t r = 0; r < R; ++r)
            share[r] /= float(total);
        }
        QueryRow row;
        row.components = R;
        row.count = high - low;
        row.stride = n;
        row.target = data.maps + ((sample * data.heads + heads[h].index) * n + i) * n + low;
        row.kernel = kernels.data() + int64_t(h) * R * distances + low - i + n - 1;
        row.kernelStride = distances;
        row.gates = gates.data() + low;
        row.share = share.data();
        row.gateGradient = gateGradient.data() + low;
        row.kernelGradient = head.kernel.data() + low - i + n - 1;
        row.taken = taken.data();
        row.scratch = scratch.data();
        head.value += crossEntropy(row);
        if (R > 1) {
          float total = 0;
          for (int64_t r = 0; r < R; ++r)
            total += taken[r];
          for (int64_t r = 0; r < R; ++r) {
            float derivative = share[r] * total - taken[r];
            derivatives[token * columns + int64_t(h) * perHead + R + r] = derivative;
            head.shift[r] += derivative;
          }
        }
      }
      for (int64_t r = 0; r < R; ++r)
        for (int64_t i = 0; i < count; ++i)
          derivatives[i * columns + int64_t(h) * perHead + r] = gateGradient[r * n + position[i]];
    }
    multiplyAdd(d, columns, count, tokens.row(start), 1, d, derivatives.data(), columns, sums.directions.data(),
                columns);
  }
}

double Objective::entropy(int64_t head) const {
  double sum = 0;
  for (int64_t sample = 0; sample < data.samples; ++sample)
    for (int64_t token = tokens.first[sample]; token < tokens.first[sample + 1]; ++token) {
      const float *map = data.maps + ((sample * data.heads + head) * data.n + tokens.position[token]) * data.n;
      for (int64_t j = 0; j < data.n; ++j)
        if (map[j] > 0)
          sum -= map[j] * std::log(map[j]);
    }
  return sum / double(std::max<int64_t>(tokens.size(), 1));
}

} // namespace fourmix::calibration
