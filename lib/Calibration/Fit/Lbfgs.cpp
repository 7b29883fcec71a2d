// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Lbfgs.h"
#include <algorithm>
#include <cmath>
#include <numeric>

namespace fourmix::calibration {

using Vector = std::vector<double>;

static double dot(const Vector &a, const Vector &b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }

static void add(Vector &to, double factor, const Vector &from) {
  for (size_t i = 0; i < to.size(); ++i)
    to[i] += factor * from[i];
}

Lbfgs::Lbfgs(Vector start, size_t memory)
    : memory(memory), accepted(std::move(start)), trial(accepted), acceptedValue(INFINITY), slope(0), length(0) {}

void Lbfgs::tell(double value, const Vector &newGradient) {
  constexpr double sufficient = 1e-4, negligible = 1e-7, smallest = 1e-9;
  if (isDone)
    return;
  if (!isFirst && !(value <= acceptedValue + sufficient * length * slope)) {
    // The minimum of the parabola through both values, within bounds that also hold where a value is no number.
    double excess = value - acceptedValue - length * slope;
    double next = excess > 0 && std::isfinite(excess) ? -slope * length * length / (2 * excess) : 0;
    next = std::clamp(next, 0.1 * length, 0.5 * length);
    if (next > smallest)
      return tryStep(next);
    // This direction leads nowhere: that of steepest descent, once.
    isDone = pairs.empty();
    pairs.clear();
    return isDone ? void() : choose();
  }
  if (!isFirst) {
    Pair pair{trial, newGradient, 0};
    add(pair.step, -1, accepted);
    add(pair.change, -1, gradient);
    pair.curvature = dot(pair.step, pair.change);
    if (pair.curvature > 1e-12 * dot(pair.change, pair.change)) {
      pairs.push_back(std::move(pair));
      if (pairs.size() > memory)
        pairs.pop_front();
    }
    idle = acceptedValue - value <= negligible * std::fabs(value) ? idle + 1 : 0;
  }
  accepted = trial;
  acceptedValue = value;
  gradient = newGradient;
  isDone = idle >= 3 || !std::isfinite(value) || dot(gradient, gradient) == 0;
  isFirst = false;
  if (!isDone)
    choose();
}

/// The direction of the two-loop recursion, and the first step along it.
void Lbfgs::choose() {
  direction = gradient;
  Vector factors;
  for (size_t i = pairs.size(); i-- > 0;) {
    factors.push_back(dot(pairs[i].step, direction) / pairs[i].curvature);
    add(direction, -factors.back(), pairs[i].change);
  }
  if (!pairs.empty()) {
    const Pair &last = pairs.back();
    double scale = last.curvature / dot(last.change, last.change);
    for (double &component : direction)
      component *= scale;
  }
  for (const Pair &pair : pairs) {
    add(direction, factors.back() - dot(pair.change, direction) / pair.curvature, pair.step);
    factors.pop_back();
  }
  for (double &component : direction)
    component = -component;
  slope = dot(gradient, direction);
  tryStep(pairs.empty() ? std::min(1.0, 1 / std::sqrt(-slope)) : 1.0);
}

void Lbfgs::tryStep(double newLength) {
  length = newLength;
  trial = accepted;
  add(trial, length, direction);
}

} // namespace fourmix::calibration
