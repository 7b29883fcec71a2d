// The transforms of DftPlan.h, written once over an emitter.
//
// An emitter B says what numbers, loops and memory are:
//   B::Value   a number (or a vector of independent ones): +, -, *, unary minus
//   B::Index   a row of a plane: built from int64_t, + and * with each other
//   B::Plane   rows of Values; a default-made Plane is absent: it reads as zero and drops what is stored
//   b.loop(trip, f(Index))                                  f for 0 .. trip-1, in any order
//   b.accumulate(trip, {Value...}, f(Index, Values &))      the same in order, with carried values, which it returns
//   b.load(Plane, Index) -> Value, b.store(Plane, Index, Value)
//   b.table(Index) -> Value, b.constant(double) -> Value    a number of the plan's table, any number
//   b.slice(Plane, first, step) -> Plane                    every step-th row
// Evaluate.h runs this text on numbers, Cost.h counts it, lib/Conversion/SpectralToVector makes loops of it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_KERNELS_DFT_H
#define LIB_KERNELS_DFT_H

#include "lib/Kernels/Butterflies.h"
#include "lib/Kernels/DftPlan.h"

namespace fourmix::kernels {

template <typename B>
struct ComplexPlane {
  typename B::Plane re, im;
};

/// Two buffers of workRows() rows between which stages go back and forth, and one of foldRows().
template <typename B>
struct Work {
  ComplexPlane<B> a, b, fold;

  const ComplexPlane<B> &at(int64_t i) const { return i % 2 ? b : a; }
};

template <typename B>
ComplexPlane<B> exchange(const ComplexPlane<B> &plane) {
  return {plane.im, plane.re};
}
template <typename B>
Complex<typename B::Value> load(B &b, const ComplexPlane<B> &plane, typename B::Index row) {
  return {b.load(plane.re, row), b.load(plane.im, row)};
}
template <typename B>
void store(B &b, const ComplexPlane<B> &plane, typename B::Index row, const Complex<typename B::Value> &x) {
  b.store(plane.re, row, x.re);
  b.store(plane.im, row, x.im);
}
template <typename B>
Complex<typename B::Value> table(B &b, typename B::Index at) {
  return {b.table(at), b.table(at + typename B::Index(1))};
}

/// A butterfly of a large odd radix: butterflyOdd with its loops over j and k kept as loops, and conjugate pairs of
/// inputs kept in `fold`: row j has a[j] + a[r-j], row r-j has a[j] - a[r-j].
template <typename B, typename Load, typename Store>
void emitGenericButterfly(B &b, const Stage &stage, const ComplexPlane<B> &fold, Load load, Store storeTwiddled) {
  using V = typename B::Value;
  using Index = typename B::Index;
  int64_t radix = stage.radix, half = radix / 2;
  Complex<V> first = load(Index(0));
  std::vector<V> total = b.accumulate(half, {first.re, first.im}, [&](Index i, std::vector<V> &sum) {
    Index j = i + Index(1), mirrored = Index(radix - 1) + i * Index(-1);
    Complex<V> a = load(j), z = load(mirrored), t = a + z;
    store(b, fold, j, t);
    store(b, fold, mirrored, a - z);
    sum = {sum[0] + t.re, sum[1] + t.im};
  });
  storeTwiddled(Index(0), Complex<V>{total[0], total[1]}, false);
  b.loop(half, [&](Index i) {
    Index k = i + Index(1), mirrored = Index(radix - 1) + i * Index(-1);
    V zero = b.constant(0);
    std::vector<V> sum = b.accumulate(half, {first.re, first.im, zero, zero}, [&](Index jj, std::vector<V> &acc) {
      Complex<V> t = kernels::load(b, fold, jj + Index(1));
      Complex<V> d = kernels::load(b, fold, Index(radix - 1) + jj * Index(-1));
      Complex<V> root = table(b, Index(stage.roots) + i * Index(2 * half) + jj * Index(2));
      acc = {acc[0] + t.re * root.re, acc[1] + t.im * root.re, acc[2] + d.re * root.im, acc[3] + d.im * root.im};
    });
    Complex<V> even{sum[0], sum[1]}, odd{sum[2], sum[3]};
    storeTwiddled(k, subTimesI(even, odd), true);
    storeTwiddled(mirrored, addTimesI(even, odd), true);
  });
}

/// One stage of Stockham's algorithm; the results are multiplied by `scale`.
template <typename B>
void emitStage(B &b, const Stage &stage, const ComplexPlane<B> &in, const ComplexPlane<B> &out,
               const ComplexPlane<B> &fold, double scale) {
  using V = typename B::Value;
  using Index = typename B::Index;
  int64_t groups = stage.length / stage.radix;
  b.loop(groups, [&](Index p) {
    b.loop(stage.stride, [&](Index q) {
      Index from = p * Index(stage.stride) + q, to = p * Index(stage.stride * stage.radix) + q;
      Index twiddles = Index(stage.twiddles - 2) + p * Index(2 * (stage.radix - 1));
      auto load = [&](Index j) { return kernels::load(b, in, from + j * Index(groups * stage.stride)); };
      auto storeTwiddled = [&](Index k, Complex<V> x, bool turned) {
        if (turned && groups > 1)
          x = x * table(b, twiddles + k * Index(2));
        if (scale != 1)
          x = {x.re * b.constant(scale), x.im * b.constant(scale)};
        store(b, out, to + k * Index(stage.stride), x);
      };
      if (stage.radix > maxWrittenRadix)
        emitGenericButterfly(b, stage, fold, load, storeTwiddled);
      else
        butterfly(
            b, stage.radix, [&](int64_t j) { return load(Index(j)); },
            [&](int64_t k, const Complex<V> &x) { storeTwiddled(Index(k), x, k != 0); });
    });
  });
}

/// All stages of a plan (which must have some) from `in` through work.at(first), work.at(first + 1), ... to `out`.
template <typename B>
void emitStages(B &b, const DftPlan &plan, const ComplexPlane<B> &in, const ComplexPlane<B> &out, const Work<B> &work,
                int64_t first, double scale) {
  ComplexPlane<B> from = in;
  int64_t count = plan.stages.size();
  for (int64_t i = 0; i < count; ++i) {
    bool last = i + 1 == count;
    ComplexPlane<B> to = last ? out : work.at(first + i);
    emitStage(b, plan.stages[i], from, to, work.fold, last ? scale : 1.0);
    from = to;
  }
}

/// Bluestein's algorithm: kn = (k^2 + n^2 - (k-n)^2) / 2 makes the transform a convolution with a chirp.
/// Source: L. I. Bluestein, A linear filtering approach to the computation of the DFT, IEEE Trans. AU-18 (1970).
template <typename B>
void emitBluestein(B &b, const DftPlan &plan, const ComplexPlane<B> &in, const ComplexPlane<B> &out,
                   const Work<B> &work, double scale) {
  using V = typename B::Value;
  using Index = typename B::Index;
  int64_t count = plan.stages.size();
  b.loop(plan.length,
         [&](Index j) { store(b, work.a, j, load(b, in, j) * table(b, Index(plan.chirp) + j * Index(2))); });
  b.loop(plan.convolution - plan.length, [&](Index j) {
    V zero = b.constant(0);
    store(b, work.a, j + Index(plan.length), Complex<V>{zero, zero});
  });
  ComplexPlane<B> spectrum = work.at(count), product = work.at(2 * count);
  emitStages(b, plan, work.a, spectrum, work, 1, 1.0);
  b.loop(plan.convolution,
         [&](Index k) { store(b, spectrum, k, load(b, spectrum, k) * table(b, Index(plan.spectrum) + k * Index(2))); });
  emitStages(b, plan, exchange(spectrum), exchange(product), Work<B>{exchange(work.a), exchange(work.b), work.fold},
             count + 1, 1.0);
  b.loop(plan.length, [&](Index k) {
    Complex<V> x = load(b, product, k) * table(b, Index(plan.chirp) + k * Index(2));
    if (scale != 1)
      x = {x.re * b.constant(scale), x.im * b.constant(scale)};
    store(b, out, k, x);
  });
}

/// out[k] = scale * sum_n in[n] exp(-2 pi i kn / N). `in` and `out` have N rows and may be absent in part; `out` must
/// not be `in` or a work buffer. The inverse is the same with exchange(in) and exchange(out).
template <typename B>
void emitDft(B &b, const DftPlan &plan, const ComplexPlane<B> &in, const ComplexPlane<B> &out, const Work<B> &work,
             double scale = 1) {
  using Index = typename B::Index;
  if (plan.convolution)
    return emitBluestein(b, plan, in, out, work, scale);
  if (plan.stages.empty())
    return store(b, out, Index(0), load(b, in, Index(0))); // one point; its scale is 1
  emitStages(b, plan, in, out, work, 0, scale);
}

/// emitDft from a buffer that the stages may overwrite: work.a.
template <typename B>
void emitDftOfWork(B &b, const DftPlan &plan, const ComplexPlane<B> &out, const Work<B> &work, bool inverse,
                   double scale) {
  Work<B> turned =
      inverse ? Work<B>{exchange(work.b), exchange(work.a), work.fold} : Work<B>{work.b, work.a, work.fold};
  ComplexPlane<B> in = inverse ? exchange(work.a) : work.a;
  // Bluestein starts by a sweep from `in` to its first buffer, row by row, so it may begin in place or anywhere.
  emitDft(b, plan, in, inverse ? exchange(out) : out, turned, scale);
}

/// The transform of N real rows. Writes rows 0 .. N/2 of `out`, or with `mirrored` all N (row N-k is the conjugate of
/// k).
template <typename B>
void emitRdft(B &b, const RdftPlan &plan, const typename B::Plane &in, const ComplexPlane<B> &out, const Work<B> &work,
              bool mirrored) {
  using V = typename B::Value;
  using Index = typename B::Index;
  int64_t n = plan.length, half = n / 2;
  auto storePair = [&](Index k, Index back, const Complex<V> &x) {
    store(b, out, k, x);
    if (mirrored)
      store(b, out, back, conj(x));
  };
  if (!plan.isHalved()) {
    ComplexPlane<B> whole{in, {}};
    if (mirrored || n == 1)
      return emitDft(b, plan.complex, whole, out, work);
    // The complex transform has more rows than `out`; it ends in the buffer that its last stage does not read.
    ComplexPlane<B> full = work.at(plan.complex.convolution ? 0 : plan.complex.stages.size() - 1);
    emitDft(b, plan.complex, whole, full, work);
    return b.loop(half + 1, [&](Index k) { store(b, out, k, load(b, full, k)); });
  }
  // z[m] = x[2m] + i x[2m+1], Z its transform, X[k] = (Z[k] + Z*[H-k])/2 - i/2 w^k (Z[k] - Z*[H-k]).
  ComplexPlane<B> z =
      work.at(plan.complex.stages.empty() || plan.complex.convolution ? 0 : plan.complex.stages.size() - 1);
  emitDft(b, plan.complex, {b.slice(in, 0, 2), b.slice(in, 1, 2)}, z, work);
  Complex<V> z0 = load(b, z, Index(0));
  V zero = b.load(typename B::Plane(), Index(0));
  store(b, out, Index(0), Complex<V>{z0.re + z0.im, zero});
  store(b, out, Index(half), Complex<V>{z0.re - z0.im, zero});
  b.loop((half - 1) / 2, [&](Index i) {
    Index k = i + Index(1), back = Index(half - 1) + i * Index(-1);
    Complex<V> x = load(b, z, k), y = conj(load(b, z, back));
    Complex<V> sum = x + y, turned = (x - y) * table(b, Index(plan.split + 2) + i * Index(2));
    Complex<V> even{sum.re * b.constant(0.5), sum.im * b.constant(0.5)};
    storePair(k, Index(n - 1) + i * Index(-1), even + turned);
    storePair(back, Index(half + 1) + i, conj(even - turned));
  });
  if (half % 2 == 0 && half > 0)
    storePair(Index(half / 2), Index(n - half / 2), conj(load(b, z, Index(half / 2))));
}

/// The inverse: N real rows, times `scale` (1/N gives the inverse proper), of rows 0 .. N/2 of `in`. Imaginary parts of
/// coefficients that are real by symmetry are ignored.
template <typename B>
void emitIrdft(B &b, const RdftPlan &plan, const ComplexPlane<B> &in, const typename B::Plane &out, const Work<B> &work,
               double scale) {
  using V = typename B::Value;
  using Index = typename B::Index;
  int64_t n = plan.length, half = n / 2;
  if (!plan.isHalved()) {
    store(b, work.a, Index(0), Complex<V>{b.load(in.re, Index(0)), b.constant(0)});
    b.loop(half, [&](Index i) {
      Complex<V> x = load(b, in, i + Index(1));
      store(b, work.a, i + Index(1), x);
      store(b, work.a, Index(n - 1) + i * Index(-1), conj(x));
    });
    return emitDftOfWork(b, plan.complex, {out, {}}, work, /*inverse=*/true, scale);
  }
  // The split of emitRdft backwards: Z[k] = (X[k] + X*[H-k])/2 + i/2 w^-k (X[k] - X*[H-k]).
  V first = b.load(in.re, Index(0)) * b.constant(0.5), last = b.load(in.re, Index(half)) * b.constant(0.5);
  store(b, work.a, Index(0), Complex<V>{first + last, first - last});
  b.loop((half - 1) / 2, [&](Index i) {
    Index k = i + Index(1), back = Index(half - 1) + i * Index(-1);
    Complex<V> x = load(b, in, k), y = conj(load(b, in, back));
    Complex<V> sum = x + y, turned = (x - y) * conj(table(b, Index(plan.split + 2) + i * Index(2)));
    Complex<V> even{sum.re * b.constant(0.5), sum.im * b.constant(0.5)};
    store(b, work.a, k, even + turned);
    store(b, work.a, back, conj(even - turned));
  });
  if (half % 2 == 0)
    store(b, work.a, Index(half / 2), conj(load(b, in, Index(half / 2))));
  scale *= 2;
  if (half == 1) { // a transform of one point, which emitDft does not scale
    Complex<V> x = load(b, work.a, Index(0));
    b.store(out, Index(0), x.re * b.constant(scale));
    return b.store(out, Index(1), x.im * b.constant(scale));
  }
  emitDftOfWork(b, plan.complex, {b.slice(out, 0, 2), b.slice(out, 1, 2)}, work, /*inverse=*/true, scale);
}

} // namespace fourmix::kernels

#endif // LIB_KERNELS_DFT_H
