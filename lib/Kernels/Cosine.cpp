// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Kernels/Cosine.h"
#include "lib/Kernels/RootsOfUnity.h"
#include <cmath>

namespace fourmix::kernels {

double cosineEntry(int64_t k, int64_t j, int64_t length) { return rootOfUnity(k * (2 * j + 1), 4 * length).re; }

double cosineWeight(int64_t k, int64_t length, bool ortho) {
  return ortho ? std::sqrt((k == 0 ? 1.0 : 2.0) / static_cast<double>(length)) : 1;
}

std::vector<double> cosineMatrix(int64_t length, bool inverse, bool ortho) {
  std::vector<double> matrix(length * length);
  for (int64_t k = 0; k < length; ++k) {
    double weight = cosineWeight(k, length, ortho);
    if (inverse && !ortho)
      weight = (k == 0 ? 1.0 : 2.0) / static_cast<double>(length);
    for (int64_t j = 0; j < length; ++j)
      matrix[inverse ? j * length + k : k * length + j] = weight * cosineEntry(k, j, length);
  }
  return matrix;
}

std::vector<int64_t> cosineOrder(int64_t length) {
  std::vector<int64_t> order;
  for (int64_t j = 0; j < length; j += 2)
    order.push_back(j);
  for (int64_t j = (length - 2) | 1; j > 0; j -= 2)
    order.push_back(j);
  return order;
}

CosineTurns cosineTurns(int64_t length, int64_t count, bool inverse, bool ortho) {
  CosineTurns turns;
  for (int64_t k = 0; k < count; ++k) {
    Root root = rootOfUnity(k, 4 * length); // exp(-i angle)
    double weight = cosineWeight(k, length, ortho);
    weight = inverse ? 1 / weight : weight;
    turns.cosine.push_back(weight * root.re);
    turns.sine.push_back(0 - weight * root.im);
  }
  return turns;
}

std::vector<double> transformCosine(const Extents &shape, const std::vector<double> &values, int64_t axis, bool inverse,
                                    bool ortho) {
  int64_t length = shape[axis], inner = 1;
  for (size_t i = axis + 1; i < shape.size(); ++i)
    inner *= shape[i];
  auto count = static_cast<int64_t>(values.size());
  std::vector<int64_t> order = cosineOrder(length);
  CosineTurns turns = cosineTurns(length, length, inverse, ortho);
  /// Calls use(offset of a line's first element).
  auto forEachLine = [&](auto use) {
    for (int64_t outer = 0; outer < count; outer += length * inner)
      for (int64_t i = 0; i < inner; ++i)
        use(outer + i);
  };
  ComplexGrid grid{shape, std::vector<double>(values.size()), {}};
  if (inverse)
    grid.im.resize(values.size());
  forEachLine([&](int64_t start) {
    for (int64_t k = 0; k < length; ++k) {
      int64_t at = start + k * inner;
      if (!inverse) {
        grid.re[at] = values[start + order[k] * inner];
        continue;
      }
      double x = values[at], mirrored = k == 0 ? 0 : values[start + (length - k) * inner];
      // Of the weights only that of coefficient 0 is another, and its mirror image is none.
      grid.re[at] = x * turns.cosine[k] + mirrored * turns.sine[k];
      grid.im[at] = x * turns.sine[k] - mirrored * turns.cosine[k];
    }
  });
  grid = transformAxis(grid, axis, length, inverse, length);
  std::vector<double> result(values.size());
  forEachLine([&](int64_t start) {
    for (int64_t k = 0; k < length; ++k) {
      int64_t at = start + k * inner;
      if (inverse)
        result[start + order[k] * inner] = grid.re[at];
      else
        result[at] = grid.re[at] * turns.cosine[k] + grid.im[at] * turns.sine[k];
    }
  });
  return result;
}

} // namespace fourmix::kernels
