// Transforms of whole tensors in double, axis by axis: what is computed at compile time.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_KERNELS_GRID_H
#define LIB_KERNELS_GRID_H

#include "lib/Kernels/Circulant.h"

namespace fourmix::kernels {

/// A row-major tensor of complex numbers; `im` is empty where all are real.
struct ComplexGrid {
  Extents shape;
  std::vector<double> re, im;
};

/// The transform of `length` points along `axis`: longer lines are cut, shorter ones padded with zeros. Of the result
/// the first `kept` coefficients stay.
ComplexGrid transformAxis(const ComplexGrid &grid, int64_t axis, int64_t length, bool inverse, int64_t kept);

/// The half spectrum over `axes` (not empty) of a real tensor: the last axis of `axes` keeps lengths.back() / 2 + 1
/// coefficients.
ComplexGrid halfSpectrum(ComplexGrid grid, const Extents &axes, const Extents &lengths);

/// The half spectrum over `axes` of transforms of `lengths` points that has `modes` and zeros elsewhere: of m modes of
/// the last axis, number r is frequency r; of another one, it is r for r < (m + 1) / 2 and r - m beyond.
ComplexGrid spreadModes(const ComplexGrid &modes, const Extents &axes, const Extents &lengths);

/// The real tensor of a half spectrum; imaginary parts that no real tensor has are not read.
ComplexGrid fromHalfSpectrum(ComplexGrid grid, const Extents &axes, const Extents &lengths);

} // namespace fourmix::kernels

#endif // LIB_KERNELS_GRID_H
