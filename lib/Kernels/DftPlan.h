// Plans of discrete Fourier transforms: which algorithm, which radices, which numbers.
//
// A plan is data. What its stages do to numbers stands once, as templates over an emitter, in Dft.h and
// Butterflies.h: tests evaluate that text (Evaluate.h), the CPU lowering turns it into loops over vectors, Cost.h
// counts it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_KERNELS_DFTPLAN_H
#define LIB_KERNELS_DFTPLAN_H

#include <cstdint>
#include <vector>

namespace fourmix::kernels {

/// The largest odd radix that is written out; up to `maxGenericRadix` a prime is a loop over cosines and sines,
/// and a length with a still larger prime factor is a convolution (Bluestein).
inline constexpr int64_t maxWrittenRadix = 13;
inline constexpr int64_t maxGenericRadix = 61;

/// One stage of Stockham's self-sorting algorithm (decimation in frequency): the sequence is `stride` interleaved
/// transforms of length `length`, each of which becomes `radix` interleaved ones of length `length / radix`.
/// Source: P. N. Swarztrauber, FFT algorithms for vector computers, Parallel Computing 1 (1984).
struct Stage {
  int64_t radix;
  int64_t length;
  int64_t stride;
  /// Where the table has w^(pk), w = exp(-2 pi i / length): pairs (re, im) for k = 1 .. radix-1 of p = 0, then p = 1,
  /// ...
  int64_t twiddles;
  /// Generic radices only: where the table has cos, sin(2 pi jk / radix), pairs for j = 1 .. (radix-1)/2 of k = 1, ...
  int64_t roots;
};

/// What a machine prefers. `radix` is the largest power of two used as a radix (2, 4 or 8): 4 fits 16 vector registers
/// without spilling, 8 needs 32.
struct PlanOptions {
  int64_t radix = 4;
};

/// A complex transform of `length` points, forward, unnormalised. The inverse is the same plan with real and imaginary
/// planes exchanged on both sides.
struct DftPlan {
  int64_t length;
  /// Stockham's stages; empty for length 1. For Bluestein those of the convolution, of `convolution` points.
  std::vector<Stage> stages;
  /// 0, or the length M >= 2 length - 1 of the cyclic convolution of Bluestein's algorithm; then the table has at
  /// `chirp` exp(-pi i j^2 / length) for j = 0 .. length-1 and at `spectrum` the M values of the conjugate chirp's
  /// transform / M.
  int64_t convolution = 0, chirp = 0, spectrum = 0;
  /// All numbers of the plan, in double.
  std::vector<double> table;

  /// Complex rows of each of the two work buffers.
  int64_t workRows() const { return convolution ? convolution : length; }
  /// Complex rows of the third one, where a generic radix folds its inputs.
  int64_t foldRows() const;
};

/// A transform between `length` real values and length/2 + 1 coefficients. Even lengths: a complex transform of half
/// the length and a split, whose table at `split` has -i/2 w^k for k = 0 .. length/4, w = exp(-2 pi i / length). Odd
/// lengths: the full complex transform.
struct RdftPlan {
  int64_t length;
  DftPlan complex;
  int64_t split = 0;

  bool isHalved() const { return length % 2 == 0; }
};

/// The radices of a length in the order of the stages; empty where a prime factor exceeds `maxGenericRadix`, and for 1.
std::vector<int64_t> factorize(int64_t length, PlanOptions options = {});

/// Plans for any length >= 1.
DftPlan planDft(int64_t length, PlanOptions options = {});
RdftPlan planRdft(int64_t length, PlanOptions options = {});

} // namespace fourmix::kernels

#endif // LIB_KERNELS_DFTPLAN_H
