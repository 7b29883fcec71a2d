// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ConvolutionDefinitions.h"
#include <algorithm>
#include <complex>
#include <numbers>
#include <numeric>

namespace {

using Index = std::vector<int64_t>;

int64_t wrap(int64_t i, int64_t n) { return ((i % n) + n) % n; }
/// The element at `index`, where extents of 1 broadcast.
double broadcastAt(const RealTensor &tensor, Index index) {
  for (size_t axis = 0; axis < index.size(); ++axis)
    if (tensor.shape[axis] == 1)
      index[axis] = 0;
  return tensor.at(index);
}

using Complex = std::complex<double>;
struct ComplexTensor {
  Index shape;
  std::vector<Complex> values;
  Complex at(const Index &index) const {
    int64_t offset = 0;
    for (size_t axis = 0; axis < shape.size(); ++axis)
      offset = offset * shape[axis] + index[axis];
    return values[offset];
  }
};
/// sum over j of x[j] exp(sign 2 pi i j k / length) along the axis, k < kept.
ComplexTensor dft(const ComplexTensor &x, int64_t axis, int64_t length, int sign, int64_t kept) {
  ComplexTensor y{x.shape, {}};
  y.shape[axis] = kept;
  forEachIndex(y.shape, [&](const Index &index, int64_t) {
    Complex sum = 0;
    Index from = index;
    for (int64_t j = 0; j < std::min(length, x.shape[axis]); ++j) {
      from[axis] = j;
      double turns = static_cast<double>(j * index[axis] % length) / static_cast<double>(length);
      sum += x.at(from) * std::polar(1.0, sign * 2 * std::numbers::pi * turns);
    }
    y.values.push_back(sum);
  });
  return y;
}

} // namespace

RealTensor circularProjection(const RealTensor &x, const RealTensor &w, bool hasHeads, const Index &grid,
                              const Index &origin, bool isConvolution) {
  int64_t k = x.shape.back(), heads = hasHeads ? w.shape[0] : 1, taps = count(w.shape) / heads;
  Index kernel(w.shape.begin() + hasHeads, w.shape.end()), shape(x.shape.begin(), x.shape.end() - 1);
  if (hasHeads)
    shape.push_back(heads);
  shape.push_back(k);
  RealTensor y = makeTensor(shape);
  for (int64_t token = 0; token < count(x.shape) / k; ++token)
    for (int64_t head = 0; head < heads; ++head)
      forEachIndex(grid, [&](const Index &i, int64_t at) {
        forEachIndex(kernel, [&](const Index &j, int64_t tap) {
          int64_t from = 0;
          for (size_t axis = 0; axis < grid.size(); ++axis) {
            int64_t shift = j[axis] - origin[axis];
            from = from * grid[axis] + wrap(isConvolution ? i[axis] - shift : i[axis] + shift, grid[axis]);
          }
          y.values[(token * heads + head) * k + at] += w.values[head * taps + tap] * x.values[token * k + from];
        });
      });
  return y;
}

RealTensor blockProjection(const RealTensor &x, const RealTensor &w, bool hasHeads, bool isConvolution) {
  int64_t heads = hasHeads ? w.shape[0] : 1, rows = w.shape[hasHeads], columns = w.shape[hasHeads + 1],
          b = w.shape.back(), k = x.shape.back();
  Index shape(x.shape.begin(), x.shape.end() - 1);
  if (hasHeads)
    shape.push_back(heads);
  shape.push_back(rows * b);
  RealTensor y = makeTensor(shape);
  for (int64_t token = 0; token < count(x.shape) / k; ++token)
    forEachIndex({heads, rows, columns, b, b}, [&](const Index &at, int64_t) {
      int64_t head = at[0], p = at[1], q = at[2], i = at[3], j = at[4];
      double weight = w.values[((head * rows + p) * columns + q) * b + j];
      y.values[((token * heads + head) * rows + p) * b + i] +=
          weight * x.values[token * k + q * b + wrap(isConvolution ? i - j : i + j, b)];
    });
  return y;
}

RealTensor denseProjection(const RealTensor &x, const RealTensor &w, bool hasHeads) {
  int64_t heads = hasHeads ? w.shape[0] : 1, d = w.shape[hasHeads], k = x.shape.back();
  Index shape(x.shape.begin(), x.shape.end() - 1);
  if (hasHeads)
    shape.push_back(heads);
  shape.push_back(d);
  RealTensor y = makeTensor(shape);
  for (int64_t token = 0; token < count(x.shape) / k; ++token)
    for (int64_t row = 0; row < heads * d; ++row)
      for (int64_t j = 0; j < k; ++j)
        y.values[token * heads * d + row] += w.values[row * k + j] * x.values[token * k + j];
  return y;
}

RealTensor circulantMixing(const RealTensor &x, const RealTensor &c, const Index &axes, const Index &origin,
                           bool isConvolution) {
  RealTensor y = makeTensor(x.shape);
  Index taps;
  for (int64_t axis : axes)
    taps.push_back(c.shape[axis]);
  forEachIndex(y.shape, [&](const Index &index, int64_t at) {
    forEachIndex(taps, [&](const Index &j, int64_t) {
      Index from = index, tap = index;
      for (size_t a = 0; a < axes.size(); ++a) {
        int64_t shift = j[a] - origin[a], axis = axes[a];
        from[axis] = wrap(isConvolution ? index[axis] - shift : index[axis] + shift, x.shape[axis]);
        tap[axis] = j[a];
      }
      y.values[at] += broadcastAt(c, tap) * x.at(from);
    });
  });
  return y;
}

RealTensor toeplitzMixing(const RealTensor &x, const RealTensor &t, int64_t axis) {
  RealTensor y = makeTensor(x.shape);
  int64_t n = x.shape[axis];
  forEachIndex(y.shape, [&](const Index &index, int64_t at) {
    for (int64_t j = 0; j < n; ++j) {
      Index from = index, tap = index;
      from[axis] = j;
      tap[axis] = j - index[axis] + n - 1;
      y.values[at] += broadcastAt(t, tap) * x.at(from);
    }
  });
  return y;
}

RealTensor gatedMixing(const RealTensor &x, const RealTensor &g, const RealTensor &c, int64_t axis) {
  RealTensor y = makeTensor(x.shape);
  int64_t n = x.shape[axis];
  bool isCircular = c.shape[axis] == n;
  forEachIndex(y.shape, [&](const Index &index, int64_t at) {
    double sum = 0, total = 0;
    for (int64_t j = 0; j < n; ++j) {
      Index from = index, tap = index;
      from[axis] = j;
      tap[axis] = isCircular ? wrap(j - index[axis], n) : j - index[axis] + n - 1;
      double weight = broadcastAt(c, tap) * broadcastAt(g, from);
      sum += weight * x.at(from);
      total += weight;
    }
    y.values[at] = sum / total;
  });
  return y;
}

RealTensor globalFilter(const FilterOperands &o) {
  const Index &inverse = o.resampled.empty() ? o.lengths : o.resampled;
  bool hasChannel = o.channel >= 0;
  ComplexTensor x{o.x->shape, std::vector<Complex>(o.x->values.begin(), o.x->values.end())};
  for (size_t a = 0; a < o.axes.size(); ++a)
    x = dft(x, o.axes[a], o.lengths[a], -1, o.lengths[a]);
  // All frequencies of the result, those above the half from below.
  ComplexTensor y{x.shape, {}};
  for (size_t a = 0; a < o.axes.size(); ++a)
    y.shape[o.axes[a]] = a + 1 == o.axes.size() ? inverse[a] / 2 + 1 : inverse[a];
  if (hasChannel)
    y.shape[o.channel] = o.re->shape[0];
  forEachIndex(y.shape, [&](const Index &index, int64_t) {
    Index mode = index, from = index;
    bool isKept = true;
    for (size_t a = 0; a < o.axes.size(); ++a) {
      int64_t axis = o.axes[a], modes = o.re->shape[axis + hasChannel], k = index[axis];
      bool isHalf = a + 1 == o.axes.size();
      if (isHalf ? k < modes : k < (modes + 1) / 2)
        continue;
      int64_t negative = inverse[a] - k; // frequency -negative
      isKept &= !isHalf && negative <= modes / 2;
      mode[axis] = modes - negative;
      from[axis] = wrap(-negative, o.lengths[a]);
    }
    Complex sum = 0;
    for (int64_t c = 0; isKept && c < (hasChannel ? o.x->shape[o.channel] : 1); ++c) {
      Index at = mode;
      if (hasChannel) {
        at[o.channel] = from[o.channel] = c;
        at.insert(at.begin(), index[o.channel]);
      }
      sum += x.at(from) * Complex(broadcastAt(*o.re, at), o.im ? broadcastAt(*o.im, at) : 0);
    }
    y.values.push_back(sum);
  });
  double scale = 1;
  for (size_t a = 0; a + 1 < o.axes.size(); ++a)
    y = dft(y, o.axes[a], inverse[a], 1, inverse[a]);
  for (int64_t length : inverse)
    scale /= static_cast<double>(length);
  // A real signal: twice the real part of all but the first and, for even lengths, the last coefficient.
  int64_t last = o.axes.back(), length = inverse.back();
  Index shape = y.shape;
  for (size_t a = 0; a < o.axes.size(); ++a)
    shape[o.axes[a]] = o.sizes.empty() ? std::min(o.x->shape[o.axes[a]], inverse[a]) : o.sizes[a];
  RealTensor result = makeTensor(shape);
  forEachIndex(shape, [&](const Index &index, int64_t at) {
    for (int64_t k = 0; k <= length / 2; ++k) {
      Index from = index;
      from[last] = k;
      double turns = static_cast<double>(k * index[last] % length) / static_cast<double>(length);
      double weight = k == 0 || 2 * k == length ? 1 : 2;
      result.values[at] += scale * weight * (y.at(from) * std::polar(1.0, 2 * std::numbers::pi * turns)).real();
    }
  });
  return result;
}
