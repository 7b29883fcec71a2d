// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Kernels/StructuredFit.h"
#include <cmath>

namespace fourmix::kernels {

double distanceOfNoise(const Extents &grid) { return std::sqrt(1 - 1 / static_cast<double>(countPositions(grid))); }

/// For positions i and t of a grid: where i + t is.
static std::vector<int64_t> addPositions(const Extents &grid) {
  int64_t count = countPositions(grid);
  std::vector<int64_t> sums(count * count);
  for (int64_t i = 0; i < count; ++i)
    for (int64_t t = 0; t < count; ++t) {
      int64_t sum = 0, scale = 1, left = i, right = t;
      for (size_t axis = grid.size(); axis-- > 0; scale *= grid[axis], left /= grid[axis], right /= grid[axis])
        sum += scale * ((left + right) % grid[axis]);
      sums[i * count + t] = sum;
    }
  return sums;
}

/// The lower factor of a symmetric positive definite matrix, in its place.
static void factorise(std::vector<double> &matrix, int64_t n) {
  for (int64_t j = 0; j < n; ++j) {
    double *row = &matrix[j * n];
    for (int64_t i = 0; i <= j; ++i) {
      double sum = row[i];
      for (int64_t k = 0; k < i; ++k)
        sum -= row[k] * matrix[i * n + k];
      row[i] = i == j ? std::sqrt(sum) : sum / matrix[i * n + i];
    }
  }
}

static void solve(const std::vector<double> &factor, int64_t n, double *vector) {
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t k = 0; k < i; ++k)
      vector[i] -= factor[i * n + k] * vector[k];
    vector[i] /= factor[i * n + i];
  }
  for (int64_t i = n; i-- > 0;) {
    vector[i] /= factor[i * n + i];
    for (int64_t k = 0; k < i; ++k)
      vector[k] -= factor[i * n + k] * vector[i];
  }
}

namespace {
class Fitting {
public:
  Fitting(const MatrixView &matrix, const Extents &grid, const std::vector<double> *covariance)
      : matrix(matrix), grid(grid), covariance(covariance), b(countPositions(grid)), columns(matrix.columns),
        sums(addPositions(grid)) {}

  StructuredFit run() {
    StructuredFit fit;
    fit.weights.reserve(matrix.rows / b * columns);
    if (covariance)
      prepare();
    double distance = 0, norm = 0;
    for (int64_t p = 0; p < matrix.rows / b; ++p) {
      std::vector<double> weights = covariance ? fitToData(p) : fitToNumbers(p);
      addDistance(p, weights, distance, norm);
      fit.weights.insert(fit.weights.end(), weights.begin(), weights.end());
    }
    fit.error = norm > 0 ? std::sqrt(std::max(0.0, distance) / norm) : 0;
    return fit;
  }

private:
  std::vector<double> fitToNumbers(int64_t p) const {
    std::vector<double> weights;
    for (int64_t q = 0; q < columns / b; ++q) {
      std::vector<double> block = nearestCirculant(matrix.block(p * b, q * b, b), grid);
      weights.insert(weights.end(), block.begin(), block.end());
    }
    return weights;
  }

  /// Column q b + t after the shift R_i.
  int64_t shifted(int64_t i, int64_t column) const { return column / b * b + sums[i * b + column % b]; }

  /// The matrix on the left, which all block rows share.
  void prepare() {
    left.assign(columns * columns, 0.0);
    double trace = 0;
    for (int64_t i = 0; i < b; ++i)
      for (int64_t r = 0; r < columns; ++r) {
        const double *from = &(*covariance)[shifted(i, r) * columns];
        for (int64_t s = 0; s < columns; ++s)
          left[r * columns + s] += from[shifted(i, s)];
      }
    for (int64_t r = 0; r < columns; ++r)
      trace += left[r * columns + r];
    // Directions that the data never takes are left to the smallest weights.
    constexpr double ridge = 1e-9;
    for (int64_t r = 0; r < columns; ++r)
      left[r * columns + r] += ridge * trace / static_cast<double>(columns) + 1e-300;
    factorise(left, columns);
  }

  /// S w for the row `row` of the matrix.
  std::vector<double> timesCovariance(const std::vector<double> &row) const {
    std::vector<double> product(columns, 0.0);
    for (int64_t r = 0; r < columns; ++r)
      for (int64_t s = 0; s < columns; ++s)
        product[r] += (*covariance)[r * columns + s] * row[s];
    return product;
  }

  std::vector<double> fitToData(int64_t p) const {
    std::vector<double> weights(columns, 0.0), row(columns);
    for (int64_t i = 0; i < b; ++i) {
      for (int64_t s = 0; s < columns; ++s)
        row[s] = matrix.at(p * b + i, s);
      std::vector<double> product = timesCovariance(row);
      for (int64_t column = 0; column < columns; ++column)
        weights[column] += product[shifted(i, column)];
    }
    solve(left, columns, weights.data());
    return weights;
  }

  void addDistance(int64_t p, const std::vector<double> &weights, double &distance, double &norm) const {
    std::vector<double> row(columns), difference(columns);
    for (int64_t i = 0; i < b; ++i) {
      for (int64_t s = 0; s < columns; ++s)
        difference[s] = row[s] = matrix.at(p * b + i, s);
      for (int64_t column = 0; column < columns; ++column)
        difference[shifted(i, column)] -= weights[column];
      distance += length(difference);
      norm += length(row);
    }
  }

  /// v v^T, or v S v^T.
  double length(const std::vector<double> &vector) const {
    std::vector<double> product = covariance ? timesCovariance(vector) : vector;
    double sum = 0;
    for (int64_t s = 0; s < columns; ++s)
      sum += vector[s] * product[s];
    return sum;
  }

  const MatrixView &matrix;
  const Extents &grid;
  const std::vector<double> *covariance;
  int64_t b, columns;
  std::vector<int64_t> sums;
  std::vector<double> left;
};
} // namespace

std::vector<double> multiplyCirculantBlocks(const std::vector<double> &weights, const Extents &grid, int64_t rows,
                                            const std::vector<double> &vector) {
  auto columns = static_cast<int64_t>(vector.size());
  int64_t b = countPositions(grid);
  std::vector<int64_t> sums = addPositions(grid);
  std::vector<double> result(rows, 0.0);
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column)
      result[row] += weights[row / b * columns + column] * vector[column / b * b + sums[row % b * b + column % b]];
  return result;
}

StructuredFit fitCirculantBlocks(const MatrixView &matrix, const Extents &grid, const std::vector<double> *covariance) {
  return Fitting(matrix, grid, covariance).run();
}

} // namespace fourmix::kernels
