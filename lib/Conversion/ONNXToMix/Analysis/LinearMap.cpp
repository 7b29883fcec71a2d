// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "LinearMap.h"
#include "lib/Kernels/Grid.h"
#include <cmath>

using namespace mlir;

namespace fourmix::onnx_to_mix {

double largest(const Numbers &numbers) {
  double result = 0;
  for (double value : numbers.values)
    result = std::max(result, std::abs(value));
  return result;
}

bool areEqual(const Numbers &a, const Numbers &b, double slack) {
  double limit = slack * largest(a);
  return a.shape == b.shape && llvm::all_of(llvm::zip_equal(a.values, b.values), [&](auto pair) {
           return std::abs(std::get<0>(pair) - std::get<1>(pair)) <= limit; // false for NaN
         });
}

Numbers makeNoise(ArrayRef<int64_t> shape, uint64_t seed) {
  Numbers noise = Numbers::zeros(shape);
  uint64_t state = seed;
  for (double &value : noise.values) {
    // splitmix64
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    value = static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-52 - 1;
  }
  return noise;
}

/// Calls `use(index, offset)` for every index of `shape`.
template <typename Use>
static void forEachIndex(ArrayRef<int64_t> shape, Use use) {
  SmallVector<int64_t> index(shape.size(), 0);
  for (int64_t offset = 0, e = ShapedType::getNumElements(shape); offset < e; ++offset) {
    use(ArrayRef<int64_t>(index), offset);
    for (size_t axis = shape.size(); axis-- > 0;) {
      if (++index[axis] < shape[axis])
        break;
      index[axis] = 0;
    }
  }
}

/// Element i along the axis moves to i + 1, the last one to 0.
static Numbers rotate(const Numbers &numbers, int64_t axis) {
  Numbers result = Numbers::zeros(numbers.shape);
  int64_t inner = ShapedType::getNumElements(ArrayRef(numbers.shape).drop_front(axis + 1));
  int64_t extent = numbers.shape[axis];
  for (int64_t i = 0; i < numbers.size(); ++i) {
    bool isLast = i / inner % extent == extent - 1;
    result.values[isLast ? i - (extent - 1) * inner : i + inner] = numbers.values[i];
  }
  return result;
}

std::optional<SmallVector<AxisRole>> findRoles(const Map &map, ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
  SmallVector<AxisRole> roles(from.size(), AxisRole::Batch);
  // Along which axes does one element reach others?
  Numbers impulse = Numbers::zeros(from);
  SmallVector<int64_t> middle = llvm::map_to_vector(from, [](int64_t extent) { return extent / 2; });
  forEachIndex(from, [&](ArrayRef<int64_t> index, int64_t at) { impulse.values[at] = index == ArrayRef(middle); });
  std::optional<Numbers> response = map(impulse);
  if (!response || response->shape != to)
    return std::nullopt;
  double threshold = 1e-9 * largest(*response);
  if (!(threshold > 0))
    return std::nullopt;
  forEachIndex(to, [&](ArrayRef<int64_t> index, int64_t at) {
    if (std::abs(response->values[at]) <= threshold)
      return;
    for (size_t axis = 0; axis < index.size(); ++axis)
      if (index[axis] != middle[axis])
        roles[axis] = AxisRole::Other;
  });
  Numbers x = makeNoise(from, 1);
  std::optional<Numbers> y = map(x);
  if (!y)
    return std::nullopt;
  for (size_t axis = 0; axis < from.size(); ++axis) {
    if (from[axis] != to[axis]) {
      roles[axis] = AxisRole::Other;
      continue;
    }
    if (roles[axis] == AxisRole::Batch)
      continue;
    std::optional<Numbers> rotated = map(rotate(x, static_cast<int64_t>(axis)));
    if (rotated && areEqual(*rotated, rotate(*y, static_cast<int64_t>(axis))))
      roles[axis] = AxisRole::Circular;
  }
  return roles;
}

std::optional<Numbers> impulseResponse(const Map &map, ArrayRef<int64_t> from, ArrayRef<int64_t> axes, int64_t channel,
                                       int64_t index, bool atEnd) {
  Numbers impulse = Numbers::zeros(from);
  forEachIndex(from, [&](ArrayRef<int64_t> at, int64_t offset) {
    bool isThere = channel < 0 || at[channel] == index;
    for (int64_t axis : axes)
      isThere &= at[axis] == (atEnd ? from[axis] - 1 : 0);
    impulse.values[offset] = isThere;
  });
  return map(impulse);
}

Numbers withoutConstantAxes(Numbers numbers, ArrayRef<int64_t> kept) {
  double limit = 1e-12 * largest(numbers);
  for (int64_t axis = 0; axis < static_cast<int64_t>(numbers.shape.size()); ++axis) {
    int64_t extent = numbers.shape[axis];
    if (extent == 1 || llvm::is_contained(kept, axis))
      continue;
    int64_t inner = ShapedType::getNumElements(ArrayRef(numbers.shape).drop_front(axis + 1));
    bool isConstant = true;
    Numbers first;
    first.shape = numbers.shape;
    first.shape[axis] = 1;
    for (int64_t i = 0; i < numbers.size(); ++i) {
      int64_t index = i / inner % extent;
      if (index == 0)
        first.values.push_back(numbers.values[i]);
      else
        isConstant &= std::abs(numbers.values[i] - numbers.values[i - index * inner]) <= limit;
    }
    if (isConstant)
      numbers = std::move(first);
  }
  return numbers;
}

/// `numbers` with `extent` elements along `axis`, element i at target(i).
template <typename Target>
static Numbers moveAlong(const Numbers &numbers, int64_t axis, int64_t extent, Target target) {
  SmallVector<int64_t> shape = numbers.shape;
  shape[axis] = extent;
  Numbers result = Numbers::zeros(shape);
  int64_t inner = ShapedType::getNumElements(ArrayRef(shape).drop_front(axis + 1)), before = numbers.shape[axis];
  for (int64_t at = 0; at < numbers.size(); ++at) {
    int64_t outer = at / inner / before, i = at / inner % before;
    result.values[(outer * extent + target(i)) * inner + at % inner] += numbers.values[at];
  }
  return result;
}

Numbers reflect(const Numbers &numbers, ArrayRef<int64_t> axes) {
  Numbers result = numbers;
  for (int64_t axis : axes) {
    int64_t extent = numbers.shape[axis];
    result = moveAlong(result, axis, extent, [&](int64_t i) { return (extent - i) % extent; });
  }
  return result;
}

Numbers place(const Numbers &numbers, int64_t axis, int64_t extent, int64_t origin) {
  return moveAlong(numbers, axis, extent, [&](int64_t i) { return ((i - origin) % extent + extent) % extent; });
}

Numbers firstElements(const Numbers &numbers, int64_t axis, int64_t count) {
  Numbers result;
  result.shape = numbers.shape;
  result.shape[axis] = count;
  int64_t inner = ShapedType::getNumElements(ArrayRef(numbers.shape).drop_front(axis + 1)),
          extent = numbers.shape[axis];
  for (int64_t at = 0; at < numbers.size(); ++at)
    if (at / inner % extent < count)
      result.values.push_back(numbers.values[at]);
  return result;
}

Numbers convolve(const Numbers &x, const Numbers &kernel, ArrayRef<int64_t> axes, bool isCorrelation) {
  kernels::Extents over(axes.begin(), axes.end()), lengths;
  for (int64_t axis : axes)
    lengths.push_back(x.shape[axis]);
  auto spectrumOf = [&](const Numbers &numbers) {
    return kernels::halfSpectrum({kernels::Extents(numbers.shape.begin(), numbers.shape.end()), numbers.values, {}},
                                 over, lengths);
  };
  kernels::ComplexGrid a = spectrumOf(x), b = spectrumOf(kernel);
  SmallVector<int64_t> shape(a.shape.begin(), a.shape.end());
  forEachIndex(shape, [&](ArrayRef<int64_t> index, int64_t at) {
    int64_t other = 0;
    for (auto [i, extent] : llvm::zip_equal(index, b.shape))
      other = other * extent + (extent == 1 ? 0 : i);
    double re = a.re[at], im = a.im[at], c = b.re[other], s = isCorrelation ? -b.im[other] : b.im[other];
    a.re[at] = re * c - im * s;
    a.im[at] = re * s + im * c;
  });
  return {x.shape, kernels::fromHalfSpectrum(std::move(a), over, lengths).re};
}

} // namespace fourmix::onnx_to_mix
