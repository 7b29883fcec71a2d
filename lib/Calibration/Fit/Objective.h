// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_LIB_CALIBRATION_FIT_OBJECTIVE_H
#define FOURMIX_LIB_CALIBRATION_FIT_OBJECTIVE_H

#include "Tokens.h"

namespace fourmix::calibration {

/// The parameters of one head in a row: per component the gate on decorrelated features, then per component the kernel,
/// then, for more than one, per component the mixture's vector, then its shifts.
struct HeadLayout {
  HeadLayout(const AttentionData &data, int64_t components)
      : components(components), features(data.features), taps(data.circular ? data.n : 2 * data.n - 1) {}

  int64_t gate(int64_t r) const { return r * features; }
  int64_t kernel(int64_t r) const { return components * features + r * taps; }
  int64_t mix(int64_t r) const { return components * (features + taps) + r * features; }
  int64_t shift(int64_t r) const { return components * (2 * features + taps) + r; }
  int64_t size() const { return components > 1 ? shift(components) : kernel(components); }

  int64_t components, features, taps;
};

/// The mean over queries of the cross entropy between the maps of a head and the gated weights, with a ridge around a
/// point of every head: values and gradients of many heads at once, since they read the same tokens. The ridge draws
/// towards the closed-form start and not towards zero, so that no point that is better than the start fits the maps
/// worse.
class Objective {
public:
  Objective(const AttentionData &data, const Tokens &tokens, int64_t components, double ridge, int threads);

  struct Head {
    int64_t index;                     // in the data
    const std::vector<double> *point;  // parameters
    const std::vector<double> *centre; // of the ridge
    double value = 0;
    std::vector<double> gradient = {};
    double penalty = 0; // how much of the value is the ridge
  };
  void evaluate(std::vector<Head> &heads) const;

  /// The mean entropy of a head's maps: what the cross entropy of a perfect fit is.
  double entropy(int64_t head) const;

private:
  struct Thread;
  void run(std::vector<Head> &heads, const std::vector<float> &directions, int64_t columns, Thread &thread,
           int64_t from, int64_t to) const;

  const AttentionData &data;
  const Tokens &tokens;
  HeadLayout layout;
  double ridge;
  int threads;
};

} // namespace fourmix::calibration

#endif // FOURMIX_LIB_CALIBRATION_FIT_OBJECTIVE_H
