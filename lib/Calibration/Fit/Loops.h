// The loops in which the time goes: compiled for several CPUs, the best one is chosen when the program starts.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_LIB_CALIBRATION_FIT_LOOPS_H
#define FOURMIX_LIB_CALIBRATION_FIT_LOOPS_H

#include <cstdint>

namespace fourmix::calibration {

/// c[m, n] += sum over k of a[m, k] b[k, n]; the element m, k of a is a[m * rowStride + k * columnStride], b and c have
/// rows of `bStride` and `cStride`. N is a multiple of 16.
void multiplyAdd(int64_t m, int64_t n, int64_t k, const float *a, int64_t rowStride, int64_t columnStride,
                 const float *b, int64_t bStride, float *c, int64_t cStride);

/// One query of one head, R components; keys j in [0, count). All arrays per component r start `stride` apart.
struct QueryRow {
  int64_t components, count, stride;
  const float *target; // [count]: the weights to meet
  const float *kernel; // of r at r * kernelStride: c for these keys, by distance
  int64_t kernelStride;
  const float *gates; // of r at r * stride
  const float *share; // [R]: the mixture's weights
  // Added to:
  float *gateGradient;   // of r at r * stride: derivative by log of the gates
  float *kernelGradient; // of r at r * kernelStride: derivative by log of the kernel
  // Set:
  float *taken;   // [R]: how much of the target's mass each component explains
  float *scratch; // [(R + 2) * stride]
};

/// The cross entropy -sum over j of target[j] log w[j] with w = sum over r of share[r] c_r[j] g_r[j] / (sum over j of
/// c_r[j] g_r[j]), and its derivatives.
double crossEntropy(const QueryRow &row);

} // namespace fourmix::calibration

#endif // FOURMIX_LIB_CALIBRATION_FIT_LOOPS_H
