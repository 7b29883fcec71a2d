// Runs the transforms of Dft.h on numbers: the reference of the lowering, and what folds use.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_KERNELS_EVALUATE_H
#define LIB_KERNELS_EVALUATE_H

#include "lib/Kernels/Dft.h"
#include <algorithm>

namespace fourmix::kernels {

/// The emitter whose Values are numbers T.
template <typename T>
class Evaluator {
public:
  using Value = T;
  using Index = int64_t;
  struct Plane {
    T *data = nullptr;
    int64_t step = 1;
  };

  explicit Evaluator(const std::vector<double> &table) : numbers(table) {}

  template <typename F>
  void loop(int64_t trip, F f) {
    for (int64_t i = 0; i < trip; ++i)
      f(i);
  }
  template <typename F>
  std::vector<T> accumulate(int64_t trip, std::vector<T> values, F f) {
    for (int64_t i = 0; i < trip; ++i)
      f(i, values);
    return values;
  }
  T load(Plane plane, int64_t row) { return plane.data ? plane.data[row * plane.step] : T(0); }
  void store(Plane plane, int64_t row, T value) {
    if (plane.data)
      plane.data[row * plane.step] = value;
  }
  T table(int64_t at) { return static_cast<T>(numbers[at]); }
  T constant(double value) { return static_cast<T>(value); }
  Plane slice(Plane plane, int64_t first, int64_t step) {
    return plane.data ? Plane{plane.data + first * plane.step, plane.step * step} : Plane{};
  }

private:
  const std::vector<double> &numbers;
};

/// Work buffers of a plan for an Evaluator<T>.
template <typename T>
class EvaluatorWork {
public:
  explicit EvaluatorWork(const DftPlan &plan)
      : rows(plan.workRows()), memory(4 * plan.workRows() + 2 * plan.foldRows()) {}
  Work<Evaluator<T>> get() {
    T *data = memory.data();
    int64_t fold = (memory.size() - 4 * rows) / 2;
    return {
        {{data}, {data + rows}}, {{data + 2 * rows}, {data + 3 * rows}}, {{data + 4 * rows}, {data + 4 * rows + fold}}};
  }

private:
  int64_t rows;
  std::vector<T> memory;
};

/// out = the transform of `in`, N values each; the inverse is divided by N. `im` null is a real input, a null output is
/// not stored. Outputs must not alias inputs.
template <typename T>
void evaluateDft(const DftPlan &plan, const T *re, const T *im, T *outRe, T *outIm, bool inverse = false) {
  Evaluator<T> b(plan.table);
  EvaluatorWork<T> work(plan);
  ComplexPlane<Evaluator<T>> in{{const_cast<T *>(re)}, {const_cast<T *>(im)}}, out{{outRe}, {outIm}};
  if (inverse)
    emitDft(b, plan, exchange(in), exchange(out), work.get(), 1.0 / static_cast<double>(plan.length));
  else
    emitDft(b, plan, in, out, work.get());
}

/// The N/2 + 1 coefficients of N real values, or all N if `mirrored`.
template <typename T>
void evaluateRdft(const RdftPlan &plan, const T *in, T *outRe, T *outIm, bool mirrored = false) {
  Evaluator<T> b(plan.complex.table);
  EvaluatorWork<T> work(plan.complex);
  emitRdft(b, plan, {const_cast<T *>(in)}, {{outRe}, {outIm}}, work.get(), mirrored);
}

/// N real values of N/2 + 1 coefficients, divided by N.
template <typename T>
void evaluateIrdft(const RdftPlan &plan, const T *re, const T *im, T *out) {
  Evaluator<T> b(plan.complex.table);
  EvaluatorWork<T> work(plan.complex);
  emitIrdft(b, plan, {{const_cast<T *>(re)}, {const_cast<T *>(im)}}, {out}, work.get(),
            1.0 / static_cast<double>(plan.length));
}

} // namespace fourmix::kernels

#endif // LIB_KERNELS_EVALUATE_H
