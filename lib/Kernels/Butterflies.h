// Butterflies: transforms of radix points between registers.
//
// Written over a value type V with +, -, * and unary minus, and an emitter `b` that makes values:
//   b.constant(double) -> V.
// Loads and stores are callbacks `load(j) -> Complex<V>` and `store(k, Complex<V>)`, called late and early: the order
// of the text is the order of the generated code, and what is loaded early must be kept in a register.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_KERNELS_BUTTERFLIES_H
#define LIB_KERNELS_BUTTERFLIES_H

#include "lib/Kernels/RootsOfUnity.h"
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace fourmix::kernels {

template <typename V>
struct Complex {
  V re, im;
};

template <typename V>
Complex<V> operator+(const Complex<V> &a, const Complex<V> &b) {
  return {a.re + b.re, a.im + b.im};
}
template <typename V>
Complex<V> operator-(const Complex<V> &a, const Complex<V> &b) {
  return {a.re - b.re, a.im - b.im};
}
template <typename V>
Complex<V> operator*(const Complex<V> &a, const Complex<V> &b) {
  return {a.re * b.re - a.im * b.im, a.im * b.re + a.re * b.im};
}
template <typename V>
Complex<V> conj(const Complex<V> &a) {
  return {a.re, -a.im};
}
/// a + i b and a - i b: the product with i costs nothing.
template <typename V>
Complex<V> addTimesI(const Complex<V> &a, const Complex<V> &b) {
  return {a.re - b.im, a.im + b.re};
}
template <typename V>
Complex<V> subTimesI(const Complex<V> &a, const Complex<V> &b) {
  return {a.re + b.im, a.im - b.re};
}

template <typename V>
struct Four {
  Complex<V> x0, x1, x2, x3;
};
/// The transform of four points.
template <typename V>
Four<V> butterfly4(const Complex<V> &a0, const Complex<V> &a1, const Complex<V> &a2, const Complex<V> &a3) {
  Complex<V> s02 = a0 + a2, d02 = a0 - a2, s13 = a1 + a3, d13 = a1 - a3;
  return {s02 + s13, subTimesI(d02, d13), s02 - s13, addTimesI(d02, d13)};
}

/// Eight points: even and odd ones by four, then w8^k.
template <typename B, typename Load, typename Store>
void butterfly8(B &b, Load load, Store store) {
  using V = typename B::Value;
  Complex<V> a0 = load(0), a4 = load(4), a2 = load(2), a6 = load(6);
  Four<V> even = butterfly4(a0, a2, a4, a6);
  Complex<V> a1 = load(1), a5 = load(5), a3 = load(3), a7 = load(7);
  Four<V> odd = butterfly4(a1, a3, a5, a7);
  store(0, even.x0 + odd.x0);
  store(4, even.x0 - odd.x0);
  store(2, subTimesI(even.x2, odd.x2));
  store(6, addTimesI(even.x2, odd.x2));
  // w8 = (1 - i)/sqrt 2 and w8^3 = -(1 + i)/sqrt 2; the factor waits for the last addition, where it fuses.
  V h = b.constant(std::numbers::sqrt2 / 2);
  Complex<V> r1 = {(odd.x1.re + odd.x1.im) * h, (odd.x1.im - odd.x1.re) * h};
  store(1, even.x1 + r1);
  store(5, even.x1 - r1);
  Complex<V> r3 = {(odd.x3.im - odd.x3.re) * h, (odd.x3.re + odd.x3.im) * h};
  store(3, Complex<V>{even.x3.re + r3.re, even.x3.im - r3.im});
  store(7, Complex<V>{even.x3.re - r3.re, even.x3.im + r3.im});
}

/// rootOfUnity(k, n) for k = 0 .. n-1.
template <int64_t n>
const std::array<Root, n> &rootsOfUnity() {
  static const std::array<Root, n> roots = [] {
    std::array<Root, n> result;
    for (int64_t k = 0; k < n; ++k)
      result[k] = rootOfUnity(k, n);
    return result;
  }();
  return roots;
}

/// An odd number of points: conjugate pairs of outputs share the sums over conjugate pairs of inputs.
template <int64_t radix, typename B, typename Load, typename Store>
void butterflyOdd(B &b, Load load, Store store) {
  using V = typename B::Value;
  constexpr int64_t half = radix / 2;
  const std::array<Root, radix> &roots = rootsOfUnity<radix>();
  Complex<V> first = load(0), total = first;
  std::array<Complex<V>, half> sums, differences;
  for (int64_t j = 1; j <= half; ++j) {
    Complex<V> a = load(j), z = load(radix - j);
    sums[j - 1] = a + z;
    differences[j - 1] = a - z;
    total = total + sums[j - 1];
  }
  store(0, total);
  for (int64_t k = 1; k <= half; ++k) {
    Complex<V> even = first, odd;
    for (int64_t j = 1; j <= half; ++j) {
      const Root &root = roots[j * k % radix];
      V c = b.constant(root.re), s = b.constant(-root.im);
      const Complex<V> &t = sums[j - 1], &d = differences[j - 1];
      even = {even.re + t.re * c, even.im + t.im * c};
      odd = j > 1 ? Complex<V>{odd.re + d.re * s, odd.im + d.im * s} : Complex<V>{d.re * s, d.im * s};
    }
    store(k, subTimesI(even, odd));
    store(radix - k, addTimesI(even, odd));
  }
}

/// Six points by Good and Thomas: n = 3 n1 + 2 n2 and k = 3 k1 + 4 k2 modulo 6 make it 2 x 3 without twiddles.
template <typename B, typename Load, typename Store>
void butterfly6(B &b, Load load, Store store) {
  using V = typename B::Value;
  std::array<Complex<V>, 3> sums, differences;
  for (int64_t n2 : {0, 1, 2}) {
    Complex<V> x = load(2 * n2), y = load((2 * n2 + 3) % 6);
    sums[n2] = x + y;
    differences[n2] = x - y;
  }
  butterflyOdd<3>(
      b, [&](int64_t j) { return sums[j]; }, [&](int64_t k2, const Complex<V> &x) { store(4 * k2 % 6, x); });
  butterflyOdd<3>(
      b, [&](int64_t j) { return differences[j]; },
      [&](int64_t k2, const Complex<V> &x) { store((3 + 4 * k2) % 6, x); });
}

/// The transform of `radix` points: 2 to 9, 11 or 13.
template <typename B, typename Load, typename Store>
void butterfly(B &b, int64_t radix, Load load, Store store) {
  using V = typename B::Value;
  if (radix == 2) {
    Complex<V> a0 = load(0), a1 = load(1);
    store(0, a0 + a1);
    store(1, a0 - a1);
  } else if (radix == 4) {
    Complex<V> a0 = load(0), a2 = load(2), a1 = load(1), a3 = load(3);
    Four<V> x = butterfly4(a0, a1, a2, a3);
    store(0, x.x0);
    store(1, x.x1);
    store(2, x.x2);
    store(3, x.x3);
  } else if (radix == 6) {
    butterfly6(b, load, store);
  } else if (radix == 8) {
    butterfly8(b, load, store);
  } else if (radix == 3) {
    butterflyOdd<3>(b, load, store);
  } else if (radix == 5) {
    butterflyOdd<5>(b, load, store);
  } else if (radix == 7) {
    butterflyOdd<7>(b, load, store);
  } else if (radix == 9) {
    butterflyOdd<9>(b, load, store);
  } else if (radix == 11) {
    butterflyOdd<11>(b, load, store);
  } else {
    butterflyOdd<13>(b, load, store);
  }
}

} // namespace fourmix::kernels

#endif // LIB_KERNELS_BUTTERFLIES_H
