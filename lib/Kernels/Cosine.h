// The DCT-II and its inverse by one real DFT of the same length.
//
// The signal is put in another order, its even samples and then its odd ones backwards; of the DFT of that, turned by a
// quarter of a step, the real parts are the first half of the coefficients and the imaginary parts the other:
//   X[k] - i X[N-k] = exp(-pi i k / 2N) V[k],   k = 0 .. N/2, X[N] = 0.
// Source: J. Makhoul, A fast cosine transform in one and two dimensions, IEEE Trans. ASSP 28 (1980), section II.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_KERNELS_COSINE_H
#define LIB_KERNELS_COSINE_H

#include "lib/Kernels/Grid.h"

namespace fourmix::kernels {

/// cos(pi k (2 j + 1) / (2 length)).
double cosineEntry(int64_t k, int64_t j, int64_t length);

/// w(k): 1, or the weight that makes the transform orthogonal.
double cosineWeight(int64_t k, int64_t length, bool ortho);

/// The matrix of the transform, or of its inverse, row-major: result = matrix times signal.
std::vector<double> cosineMatrix(int64_t length, bool inverse, bool ortho);

/// Where the samples of the reordered signal come from: 0, 2, 4, .., 5, 3, 1.
std::vector<int64_t> cosineOrder(int64_t length);

/// w(k) cos and w(k) sin (pi k / 2 length), for k < count: what coefficients are turned by after the DFT; with
/// `inverse` cos / w and sin / w, what they are turned by before the inverse one.
struct CosineTurns {
  std::vector<double> cosine, sine;
};
CosineTurns cosineTurns(int64_t length, int64_t count, bool inverse, bool ortho);

/// The transform of a real tensor along one axis.
std::vector<double> transformCosine(const Extents &shape, const std::vector<double> &values, int64_t axis, bool inverse,
                                    bool ortho);

} // namespace fourmix::kernels

#endif // LIB_KERNELS_COSINE_H
