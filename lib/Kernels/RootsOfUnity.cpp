// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Kernels/RootsOfUnity.h"
#include <cmath>
#include <numbers>
#include <utility>

namespace fourmix::kernels {

Root rootOfUnity(int64_t k, int64_t n) {
  k %= n;
  if (k < 0)
    k += n;
  // The angle is a = 8k/n octants. Reflect it into the first octant, remembering what to undo.
  __int128 a = static_cast<__int128>(8) * k, turn = static_cast<__int128>(8) * n;
  bool lower = a > turn / 2; // sin(2 pi - x) = -sin x
  if (lower)
    a = turn - a;
  bool left = a > turn / 4; // cos(pi - x) = -cos x
  if (left)
    a = turn / 2 - a;
  bool steep = a > turn / 8; // cos(pi/2 - x) = sin x
  if (steep)
    a = turn / 4 - a;
  double angle = std::numbers::pi / 4 * (static_cast<double>(a) / static_cast<double>(n));
  double cosine = std::cos(angle), sine = std::sin(angle);
  if (a == n) // half a quarter turn: the library's two roundings of sqrt(1/2) differ
    cosine = sine = std::numbers::sqrt2 / 2;
  if (steep)
    std::swap(cosine, sine);
  if (left)
    cosine = -cosine;
  if (!lower)
    sine = -sine; // the forward transform turns clockwise
  return {cosine + 0.0, sine + 0.0};
}

Root chirp(int64_t j, int64_t n) {
  __int128 square = static_cast<__int128>(j) * j % (static_cast<__int128>(2) * n);
  return rootOfUnity(static_cast<int64_t>(square), 2 * n);
}

} // namespace fourmix::kernels
