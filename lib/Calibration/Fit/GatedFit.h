// Fits gated circular attention to the maps of an attention: what a network's mixing needs of queries and keys, said by
// one vector and one kernel per head. No MLIR.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_LIB_CALIBRATION_FIT_GATEDFIT_H
#define FOURMIX_LIB_CALIBRATION_FIT_GATEDFIT_H

#include <cstdint>
#include <vector>

namespace fourmix::calibration {

/// What one attention did on some samples.
struct AttentionData {
  int64_t samples, n, features, heads, size; // size: of a query, for the start; 0 where there are no queries
  const float *x;                            // [samples, n, features]: what the sublayer starts from
  const float *maps;                         // [samples, heads, n, n]: the softmax, a row per query
  const float *queries, *keys;               // [samples, n, heads, size]
  double scale;                              // of the products of queries and keys
  std::vector<uint8_t> valid;                // [samples, n]: not masked
  /// A query sees the keys at most so many places before and after it; n - 1 where it sees all.
  int64_t left, right;
  bool circular; // the kernel's distances wrap around
};

/// Weights w[i,j] = sum over r of p_r(i) c_r(j - i) g_r(j) / (sum over j of the same), per head, with c = exp(kernel),
/// g = exp(gate x_j) and p = softmax over r of (mix x_i + mixBias).
struct GatedWeights {
  int64_t components, heads, features, taps; // n taps, or 2n - 1 where the kernel does not wrap
  std::vector<float> gate;                   // [components, heads, features]
  std::vector<float> kernel;                 // [components, heads, taps]; -inf where no query sees that far
  std::vector<float> mix, mixBias;           // [components, heads, features], [components, heads]
  /// KL(maps || w), the mean over queries and heads: at the closed-form start and after the fit, which is never more.
  double startDivergence = 0, divergence = 0;
  int evaluations = 0;
};

struct FitOptions {
  int components = 1;
  int evaluations = 80;
  double ridge = 1e-4;
  int threads = 1;
  /// Where to begin instead of at the closed-form start: what was found for nearly the same data. The ridge stays
  /// around the closed-form start.
  const GatedWeights *from = nullptr;
};

/// Closed-form start (queries in clusters; of each, the mean query gives the gate, and iterative proportional scaling
/// the kernel), then L-BFGS on the divergence, all parameters of a head together. For one component the problem is
/// convex, and with the ridge its optimum is unique.
GatedWeights fitGated(const AttentionData &data, const FitOptions &options);

} // namespace fourmix::calibration

#endif // FOURMIX_LIB_CALIBRATION_FIT_GATEDFIT_H
