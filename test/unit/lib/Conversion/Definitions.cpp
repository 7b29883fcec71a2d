// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Definitions.h"
#include <cmath>
#include <numbers>
#include <numeric>

namespace {

/// E[n, m, k, u] of the table, or of the kernel over the grid; 0 without either.
double positionWeight(const LambdaOperands &o, int64_t n, int64_t m, int64_t k, int64_t u) {
  if (o.table)
    return o.table->at({n, m, k, u});
  if (!o.kernel)
    return 0;
  std::vector<int64_t> tap = {k, u};
  tap.resize(2 + o.grid.size());
  for (size_t axis = o.grid.size(); axis-- > 0;) {
    int64_t extent = o.kernel->shape[2 + axis];
    tap[2 + axis] = m % o.grid[axis] - n % o.grid[axis] + (extent - 1) / 2;
    if (tap[2 + axis] < 0 || tap[2 + axis] >= extent)
      return 0;
    m /= o.grid[axis];
    n /= o.grid[axis];
  }
  return o.kernel->at(tap);
}
} // namespace

double RealTensor::at(const std::vector<int64_t> &index) const {
  int64_t offset = 0;
  for (size_t axis = 0; axis < shape.size(); ++axis)
    offset = offset * shape[axis] + index[axis];
  return values[offset];
}

RealTensor makeTensor(std::vector<int64_t> shape) {
  int64_t size = count(shape);
  return {std::move(shape), std::vector<double>(size, 0.0)};
}

RealTensor fourierMixing(const RealTensor &x, const std::vector<int64_t> &axes, Part part, bool half) {
  RealTensor y = makeTensor(x.shape);
  if (half) {
    y.shape[axes.back()] = x.shape[axes.back()] / 2 + 1;
    y = makeTensor(y.shape);
  }
  std::vector<int64_t> extents;
  for (int64_t axis : axes)
    extents.push_back(x.shape[axis]);
  forEachIndex(y.shape, [&](const std::vector<int64_t> &index, int64_t offset) {
    double re = 0, im = 0;
    forEachIndex(extents, [&](const std::vector<int64_t> &sample, int64_t) {
      std::vector<int64_t> from = index;
      double turns = 0;
      for (size_t i = 0; i < axes.size(); ++i) {
        from[axes[i]] = sample[i];
        turns += static_cast<double>(sample[i] * index[axes[i]] % extents[i]) / static_cast<double>(extents[i]);
      }
      re += x.at(from) * std::cos(2 * std::numbers::pi * turns);
      im -= x.at(from) * std::sin(2 * std::numbers::pi * turns);
    });
    y.values[offset] = part == Part::Real ? re : part == Part::Hartley ? re - im : std::hypot(re, im);
  });
  return y;
}

RealTensor cosineMixing(const RealTensor &x, const std::vector<int64_t> &axes, bool inverse, bool ortho) {
  RealTensor value = x;
  for (int64_t axis : axes) {
    auto length = x.shape[axis];
    auto n = static_cast<double>(length);
    RealTensor y = makeTensor(x.shape);
    forEachIndex(y.shape, [&](const std::vector<int64_t> &index, int64_t offset) {
      for (int64_t i = 0; i < length; ++i) {
        std::vector<int64_t> from = index;
        from[axis] = i;
        int64_t k = inverse ? i : index[axis], j = inverse ? index[axis] : i;
        double weight = ortho ? std::sqrt((k == 0 ? 1 : 2) / n) : inverse ? (k == 0 ? 1 : 2) / n : 1;
        double angle = std::numbers::pi * static_cast<double>(k * (2 * j + 1)) / (2 * n);
        y.values[offset] += weight * value.at(from) * std::cos(angle);
      }
    });
    value = y;
  }
  return value;
}

RealTensor mirrorSpectrum(const RealTensor &x, int64_t sequence, int64_t hidden, int64_t d) {
  std::vector<int64_t> shape = x.shape;
  shape[hidden] = d;
  RealTensor y = makeTensor(shape);
  forEachIndex(shape, [&](const std::vector<int64_t> &index, int64_t offset) {
    std::vector<int64_t> from = index;
    if (index[hidden] > d / 2) {
      from[hidden] = d - index[hidden];
      if (sequence >= 0)
        from[sequence] = (shape[sequence] - index[sequence]) % shape[sequence];
    }
    y.values[offset] = x.at(from);
  });
  return y;
}

RealTensor linearMixing(const RealTensor &x, int64_t sequence, const RealTensor &s, int64_t hidden,
                        const RealTensor *h) {
  std::vector<int64_t> shape = x.shape;
  shape[sequence] = s.shape[0];
  if (h)
    shape[hidden] = h->shape[1];
  RealTensor y = makeTensor(shape);
  forEachIndex(y.shape, [&](const std::vector<int64_t> &index, int64_t offset) {
    for (int64_t i = 0; i < x.shape[sequence]; ++i)
      for (int64_t j = 0; j < (h ? x.shape[hidden] : 1); ++j) {
        std::vector<int64_t> from = index;
        from[sequence] = i;
        if (h)
          from[hidden] = j;
        y.values[offset] += s.at({index[sequence], i}) * x.at(from) * (h ? h->at({j, index[hidden]}) : 1);
      }
  });
  return y;
}

RealTensor lambdaLayer(const LambdaOperands &o) {
  std::vector<int64_t> q = o.queries->shape, v = o.values->shape;
  RealTensor y = makeTensor({q[0], q[1], v[2], q[3]});
  RealTensor weights = o.keys ? *o.keys : RealTensor();
  if (o.keys)
    for (size_t line = 0; line < weights.values.size(); line += v[3]) {
      double sum = 0;
      for (int64_t m = 0; m < v[3]; ++m)
        sum += std::exp(weights.values[line + m]);
      for (int64_t m = 0; m < v[3]; ++m)
        weights.values[line + m] = std::exp(weights.values[line + m]) / sum;
    }
  forEachIndex({q[0], q[2], v[2], q[3]}, [&](const std::vector<int64_t> &index, int64_t) {
    int64_t b = index[0], k = index[1], value = index[2], n = index[3];
    double lambda = o.bias ? o.bias->values[k] : 0;
    for (int64_t u = 0; u < v[1]; ++u)
      for (int64_t m = 0; m < v[3]; ++m)
        lambda +=
            ((o.keys ? weights.at({b, u, k, m}) : 0) + positionWeight(o, n, m, k, u)) * o.values->at({b, u, value, m});
    for (int64_t h = 0; h < q[1]; ++h)
      y.values[((b * q[1] + h) * v[2] + value) * q[3] + n] += o.queries->at({b, h, k, n}) * lambda;
  });
  return y;
}
