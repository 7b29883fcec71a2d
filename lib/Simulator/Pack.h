// Some numbers that are computed with side by side: neighbouring columns of a tile, or iterations of a loop.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_SIMULATOR_PACK_H
#define LIB_SIMULATOR_PACK_H

#include "lib/Kernels/Dft.h"
#include <cstdint>
#include <vector>

namespace fourmix::simulator {

template <int64_t numbers>
struct PackOf {
  using Vector __attribute__((vector_size(numbers * sizeof(double)))) = double;
  static constexpr int64_t width = numbers;
  Vector v;

  PackOf() = default;
  explicit PackOf(double x) : v(x - Vector{}) {}
  PackOf(const Vector &v) : v(v) {}
  friend PackOf operator+(const PackOf &a, const PackOf &b) { return a.v + b.v; }
  friend PackOf operator-(const PackOf &a, const PackOf &b) { return a.v - b.v; }
  friend PackOf operator*(const PackOf &a, const PackOf &b) { return a.v * b.v; }
};

/// The emitter (lib/Kernels/Dft.h) that computes: as Evaluator does, on planes that are all there; with `strided` ones
/// the rows lie apart.
template <typename Pack, bool strided>
class PackEvaluator {
public:
  using Value = Pack;
  using Index = int64_t;
  struct Plane {
    Pack *data = nullptr;
    int64_t stride = 1;
    Pack &operator[](int64_t row) const { return data[strided ? row * stride : row]; }
  };

  explicit PackEvaluator(const double *numbers) : numbers(numbers) {}
  template <typename F>
  void loop(int64_t trip, F f) {
    for (int64_t i = 0; i < trip; ++i)
      f(i);
  }
  template <typename F>
  std::vector<Pack> accumulate(int64_t trip, std::vector<Pack> values, F f) {
    for (int64_t i = 0; i < trip; ++i)
      f(i, values);
    return values;
  }
  Pack load(Plane plane, int64_t row) { return plane[row]; }
  void store(Plane plane, int64_t row, Pack value) { plane[row] = value; }
  Pack table(int64_t at) { return Pack(numbers[at]); }
  Pack constant(double value) { return Pack(value); }

private:
  const double *numbers;
};

} // namespace fourmix::simulator

#endif // LIB_SIMULATOR_PACK_H
