// The nearest matrix that is made of circulant blocks: by its numbers, or by what it does to data.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_KERNELS_STRUCTUREDFIT_H
#define LIB_KERNELS_STRUCTUREDFIT_H

#include "lib/Kernels/Circulant.h"

namespace fourmix::kernels {

struct StructuredFit {
  /// [rows / b, columns / b, b] for blocks of b positions: W[p b + i, q b + (i + t mod grid)] = weights[p, q, t].
  std::vector<double> weights;
  /// |W - C| / |W| in the norm of Frobenius, or that of the outputs, sqrt(tr((W - C) S (W - C)^T) / tr(W S W^T)); 0 for
  /// a matrix of zeros.
  double error;
};

/// The nearest matrix of circulant blocks over `grid`, whose positions divide rows and columns. Without `covariance`
/// the mean of each wrapped diagonal of each block, as nearestCirculant has it. With the covariance S of the inputs,
/// [columns, columns], the one whose outputs differ least: with R_i the shift (R_i x)[q, t] = x[q, i + t], the weights
/// c of a block row solve (sum over i of R_i S R_i^T) c = sum over i of R_i S w_i, where w_i are its rows.
StructuredFit fitCirculantBlocks(const MatrixView &matrix, const Extents &grid,
                                 const std::vector<double> *covariance = nullptr);

/// The product of that matrix of `rows` rows with a vector.
std::vector<double> multiplyCirculantBlocks(const std::vector<double> &weights, const Extents &grid, int64_t rows,
                                            const std::vector<double> &vector);

/// The relative distance, by its numbers, of a matrix without any structure: sqrt(1 - 1 / b).
double distanceOfNoise(const Extents &grid);

} // namespace fourmix::kernels

#endif // LIB_KERNELS_STRUCTUREDFIT_H
