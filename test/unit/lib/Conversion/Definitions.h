// What the ops of mix mean, by the sums that define them, in double.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TEST_UNIT_LIB_CONVERSION_DEFINITIONS_H
#define TEST_UNIT_LIB_CONVERSION_DEFINITIONS_H

#include <cstdint>
#include <functional>
#include <numeric>
#include <vector>

/// The number of elements.
inline int64_t count(const std::vector<int64_t> &shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t(1), std::multiplies<>());
}

/// Calls `use(index, offset)` for every multi-index of `shape` in row-major order.
template <typename Use>
void forEachIndex(const std::vector<int64_t> &shape, Use use) {
  std::vector<int64_t> index(shape.size(), 0);
  for (int64_t offset = 0, e = count(shape); offset < e; ++offset) {
    use(index, offset);
    for (size_t axis = shape.size(); axis-- > 0 && ++index[axis] == shape[axis];)
      index[axis] = 0;
  }
}

struct RealTensor {
  std::vector<int64_t> shape;
  std::vector<double> values; // row-major
  int64_t &extent(int64_t axis) { return shape[axis < 0 ? axis + shape.size() : axis]; }
  double at(const std::vector<int64_t> &index) const;
};

/// Zeros.
RealTensor makeTensor(std::vector<int64_t> shape);

/// The DFT of X over `axes` as one number per coefficient: Re, Re - Im, or the absolute value. With `half`,
/// coefficients 0 .. d/2 of the last of the axes.
enum class Part { Real, Hartley, Magnitude };
RealTensor fourierMixing(const RealTensor &x, const std::vector<int64_t> &axes, Part part = Part::Real,
                         bool half = false);

/// The DCT-II of X along each of the axes, orthogonal or not, or the inverse of that.
RealTensor cosineMixing(const RealTensor &x, const std::vector<int64_t> &axes, bool inverse, bool ortho);

/// Half a spectrum expanded: Y[k, l] = X[-k mod n, d - l] for l > d/2; without rows where `sequence` is negative.
RealTensor mirrorSpectrum(const RealTensor &x, int64_t sequence, int64_t hidden, int64_t d);

/// S X H; `h` may be null.
RealTensor linearMixing(const RealTensor &x, int64_t sequence, const RealTensor &s, int64_t hidden,
                        const RealTensor *h);

/// The operands of mix.lambda; absent ones are null.
struct LambdaOperands {
  const RealTensor *queries, *values, *keys = nullptr, *table = nullptr, *kernel = nullptr, *bias = nullptr;
  std::vector<int64_t> grid = {};
};
RealTensor lambdaLayer(const LambdaOperands &operands);

#endif // TEST_UNIT_LIB_CONVERSION_DEFINITIONS_H
