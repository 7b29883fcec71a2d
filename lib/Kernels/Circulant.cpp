// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Kernels/Circulant.h"
#include <algorithm>
#include <cmath>

namespace fourmix::kernels {

int64_t countPositions(const Extents &extents) {
  int64_t count = 1;
  for (int64_t extent : extents)
    count *= extent;
  return count;
}

/// The multi-index of `position` in row-major order.
static Extents split(int64_t position, const Extents &extents) {
  Extents index(extents.size());
  for (size_t axis = extents.size(); axis-- > 0; position /= extents[axis])
    index[axis] = position % extents[axis];
  return index;
}

static int64_t wrap(int64_t index, int64_t extent) { return ((index % extent) + extent) % extent; }

std::vector<double> unrollKernel(const CircularKernel &kernel, const double *weights) {
  std::vector<double> unrolled(countPositions(kernel.grid), 0.0);
  for (int64_t tap = 0, e = countPositions(kernel.taps); tap < e; ++tap) {
    Extents index = split(tap, kernel.taps);
    int64_t position = 0;
    for (size_t axis = 0; axis < kernel.grid.size(); ++axis) {
      int64_t shift = index[axis] - kernel.origin[axis];
      position = position * kernel.grid[axis] + wrap(kernel.convolution ? -shift : shift, kernel.grid[axis]);
    }
    unrolled[position] += weights[tap];
  }
  return unrolled;
}

/// For every pair of positions, in row-major order: which diagonal it is on.
template <typename Use>
static void forEachPair(const Extents &grid, Use use) {
  int64_t count = countPositions(grid);
  for (int64_t i = 0; i < count; ++i) {
    Extents row = split(i, grid);
    for (int64_t j = 0; j < count; ++j) {
      int64_t diagonal = 0, rest = j, scale = 1;
      for (size_t axis = grid.size(); axis-- > 0; scale *= grid[axis], rest /= grid[axis])
        diagonal += scale * wrap(rest % grid[axis] - row[axis], grid[axis]);
      use(i, j, diagonal);
    }
  }
}

std::vector<double> expandCirculant(const Extents &grid, const std::vector<double> &weights) {
  int64_t count = countPositions(grid);
  std::vector<double> matrix(count * count);
  forEachPair(grid, [&](int64_t i, int64_t j, int64_t diagonal) { matrix[i * count + j] = weights[diagonal]; });
  return matrix;
}

std::vector<double> nearestCirculant(const MatrixView &matrix, const Extents &grid) {
  int64_t count = countPositions(grid);
  std::vector<double> mean(count, 0.0);
  forEachPair(grid, [&](int64_t i, int64_t j, int64_t diagonal) {
    mean[diagonal] += matrix.at(i, j) / static_cast<double>(count);
  });
  return mean;
}

std::optional<std::vector<double>> matchCirculant(const MatrixView &matrix, const Extents &grid, double slack) {
  // Most matrices fail at once: two rows say so before all diagonals are summed.
  int64_t count = countPositions(grid), n = grid.back();
  for (int64_t j = 0; count > 1 && n > 1 && j < count; ++j) {
    int64_t before = j % n == 0 ? j + n - 1 : j - 1; // one step back around the last axis
    if (!(std::abs(matrix.at(1, j) - matrix.at(0, before)) <= 2 * slack))
      return std::nullopt;
  }
  std::vector<double> mean = nearestCirculant(matrix, grid);
  bool fits = true;
  forEachPair(grid, [&](int64_t i, int64_t j, int64_t diagonal) {
    fits &= std::abs(matrix.at(i, j) - mean[diagonal]) <= slack;
  });
  return fits ? std::optional(mean) : std::nullopt;
}

std::optional<std::vector<double>> matchToeplitz(const MatrixView &matrix, double slack) {
  int64_t n = matrix.rows;
  std::vector<double> weights(2 * n - 1, 0.0);
  for (int64_t t = 0; t < 2 * n - 1; ++t) {
    int64_t shift = t - n + 1, first = std::max<int64_t>(0, -shift), end = std::min(n, n - shift);
    for (int64_t i = first; i < end; ++i)
      weights[t] += matrix.at(i, i + shift) / static_cast<double>(end - first);
    for (int64_t i = first; i < end; ++i)
      if (!(std::abs(matrix.at(i, i + shift) - weights[t]) <= slack))
        return std::nullopt;
  }
  return weights;
}

bool isEvidence(const std::vector<double> &kernel) {
  double largest = 0;
  for (double weight : kernel)
    largest = std::max(largest, std::abs(weight));
  double slack = circulantTolerance * largest;
  auto differs = [&](double weight) { return std::abs(weight - kernel.front()) > slack; };
  auto counts = [&](double weight) { return std::abs(weight) > slack; };
  return std::any_of(kernel.begin(), kernel.end(), differs) && std::count_if(kernel.begin(), kernel.end(), counts) > 1;
}

} // namespace fourmix::kernels
