// Matrices that are made of wrapped diagonals: written out from their kernels, and recognised.
//
// A circulant matrix of n rows has one number per wrapped diagonal, W[i, (i + t) mod n] = w[t]; over a grid n1 x n2 the
// same holds with pairs of indices (block-circulant with circulant blocks). Its product with a vector is the circular
// correlation y[i] = sum over t of w[t] x[(i + t) mod n].
// Source: P. J. Davis, Circulant Matrices, 1979, sections 3.1 and 5.8.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_KERNELS_CIRCULANT_H
#define LIB_KERNELS_CIRCULANT_H

#include <cstdint>
#include <optional>
#include <vector>

namespace fourmix::kernels {

using Extents = std::vector<int64_t>;

/// A kernel that walks around a grid: y[i] = sum over j of w[j] x[(i + j - origin) mod grid], or, as a convolution,
/// x[(i - j + origin) mod grid]. `taps` and `origin` have one entry per axis of `grid`.
struct CircularKernel {
  Extents grid, taps, origin;
  bool convolution = false;
};

/// The same kernel as a correlation with one number for every position of the grid and origin 0.
std::vector<double> unrollKernel(const CircularKernel &kernel, const double *weights);

/// The product of the extents.
int64_t countPositions(const Extents &extents);

/// The matrix W of the correlation with `weights`, one per position: W[i, j] = weights[j - i mod grid], row-major.
std::vector<double> expandCirculant(const Extents &grid, const std::vector<double> &weights);

/// A part of a row-major matrix, read along any two strides.
struct MatrixView {
  const double *data;
  int64_t rows, columns, rowStride, columnStride;

  double at(int64_t row, int64_t column) const { return data[row * rowStride + column * columnStride]; }
  MatrixView block(int64_t row, int64_t column, int64_t size) const {
    return {&data[row * rowStride + column * columnStride], size, size, rowStride, columnStride};
  }
};

/// How equal the numbers of one diagonal must be, relative to the largest number of the matrix.
inline constexpr double circulantTolerance = 1e-6;
/// The smallest circulant that says something: among 2 x 2 matrices every symmetric one is circulant.
inline constexpr int64_t leastCirculant = 3;

/// The kernel of the circulant nearest to a square matrix in the norm of Frobenius: the mean of each wrapped diagonal.
/// Source: T. F. Chan, An optimal circulant preconditioner for Toeplitz systems, SIAM J. Sci. Stat. Comput. 9 (1988).
std::vector<double> nearestCirculant(const MatrixView &matrix, const Extents &grid);

/// The kernel of a matrix that is circulant over `grid`: all numbers of a diagonal lie within `slack` of their mean.
std::optional<std::vector<double>> matchCirculant(const MatrixView &matrix, const Extents &grid, double slack);

/// The weights t of a square Toeplitz matrix, W[i, j] = t[j - i + n - 1]: all numbers of a diagonal lie within `slack`
/// of their mean.
std::optional<std::vector<double>> matchToeplitz(const MatrixView &matrix, double slack);
/// The smallest Toeplitz matrix that says something: 7 numbers for 16.
inline constexpr int64_t leastToeplitz = 4;

/// True if a kernel tells a circulant from a matrix that is one by chance or need: at least two numbers differ and at
/// least two are not zero. Zero and constant matrices, multiples of the identity and rotations are not evidence.
bool isEvidence(const std::vector<double> &kernel);

} // namespace fourmix::kernels

#endif // LIB_KERNELS_CIRCULANT_H
