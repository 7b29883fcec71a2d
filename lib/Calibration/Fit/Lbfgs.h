// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_LIB_CALIBRATION_FIT_LBFGS_H
#define FOURMIX_LIB_CALIBRATION_FIT_LBFGS_H

#include <cstddef>
#include <deque>
#include <vector>

namespace fourmix::calibration {

/// Minimises a smooth function by limited-memory BFGS (Nocedal and Wright, Numerical Optimization, 2nd ed., algorithm
/// 7.4) with a backtracking line search. It asks and is told, so that many problems can be evaluated together:
///
///     while (!search.done()) search.tell(f(search.point()), gradient of f there);
class Lbfgs {
public:
  explicit Lbfgs(std::vector<double> start, std::size_t memory = 12);

  /// Where the function is to be evaluated next.
  const std::vector<double> &point() const { return trial; }
  /// The value and gradient at `point()`; a value that is no number counts as too large.
  void tell(double value, const std::vector<double> &gradient);
  /// True once no step makes the function noticeably smaller.
  bool done() const { return isDone; }

  /// The best point so far, and the value there.
  const std::vector<double> &best() const { return accepted; }
  double value() const { return acceptedValue; }

private:
  struct Pair {
    std::vector<double> step, change; // of the point and of the gradient
    double curvature;                 // their product
  };
  void choose();
  void tryStep(double length);

  std::size_t memory;
  std::vector<double> accepted, gradient, direction, trial;
  double acceptedValue, slope, length;
  std::deque<Pair> pairs;
  bool isFirst = true, isDone = false;
  int idle = 0; // steps in a row that gained next to nothing
};

} // namespace fourmix::calibration

#endif // FOURMIX_LIB_CALIBRATION_FIT_LBFGS_H
