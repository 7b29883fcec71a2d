// Roots of unity from integer angles: the only place where an angle becomes a number.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_KERNELS_ROOTSOFUNITY_H
#define LIB_KERNELS_ROOTSOFUNITY_H

#include <cstdint>

namespace fourmix::kernels {

struct Root {
  double re, im;
};

/// exp(-2 pi i k / n) for any integer k and n > 0. The angle is reduced modulo n, then to the first octant, as
/// integers, so that multiples of a quarter turn are exact and symmetric angles have bitwise symmetric values.
Root rootOfUnity(int64_t k, int64_t n);

/// exp(-pi i j^2 / n), the chirp of Bluestein's algorithm; j^2 is reduced modulo 2n before it is an angle.
Root chirp(int64_t j, int64_t n);

} // namespace fourmix::kernels

#endif // LIB_KERNELS_ROOTSOFUNITY_H
