// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "IdentifyFilter.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::onnx_to_mix;

/// x mixed by `weights` as by mix.toeplitz.
static Numbers multiplyToeplitz(const Numbers &x, const Numbers &weights, int64_t axis) {
  // On a circle as long as the kernel nothing meets its other end.
  int64_t n = x.shape[axis], circle = 2 * n - 1;
  Numbers whole =
      convolve(place(x, axis, circle, 0), place(weights, axis, circle, n - 1), axis, /*isCorrelation=*/true);
  return firstElements(whole, axis, n);
}

std::optional<Bilinear> onnx_to_mix::identifyBilinear(Value value, Value x, Value kernel) {
  if (!staticShape(value) || staticShape(x) != staticShape(value) || !staticShape(kernel))
    return std::nullopt;
  ArrayRef<int64_t> from = *staticShape(x), to = from, taps = *staticShape(kernel);
  if (taps.size() != from.size())
    return std::nullopt;
  auto run = [&](const Numbers &input, const Numbers &weights) -> std::optional<Numbers> {
    Evaluation evaluation;
    evaluation.set(x, input);
    evaluation.set(kernel, weights);
    const Numbers *y = evaluation.get(value);
    return y ? std::optional(*y) : std::nullopt;
  };
  Numbers inputs = makeNoise(from, 4), weights = makeNoise(taps, 5);
  auto map = [&](const Numbers &input) { return run(input, weights); };
  std::optional<SmallVector<AxisRole>> roles = findRoles(map, from, to);
  std::optional<Numbers> y = roles ? map(inputs) : std::nullopt;
  if (!y)
    return std::nullopt;
  Bilinear found{x, kernel, {}, {}};
  for (auto [axis, role] : llvm::enumerate(*roles)) {
    if (role == AxisRole::Batch && taps[axis] != 1 && taps[axis] != from[axis])
      return std::nullopt;
    found.isToeplitz |= role == AxisRole::Other;
    if (role != AxisRole::Batch)
      found.axes.push_back(static_cast<int64_t>(axis));
  }
  if (found.axes.empty())
    return std::nullopt;
  if (found.isToeplitz) {
    int64_t axis = found.axes[0];
    if (found.axes.size() != 1 || taps[axis] != 2 * from[axis] - 1 ||
        !areEqual(*y, multiplyToeplitz(inputs, weights, axis)))
      return std::nullopt;
    return found;
  }
  // Where the first tap meets element 0 of the input tells the origin.
  auto unit = [&](ArrayRef<int64_t> shape) {
    return *impulseResponse([](const Numbers &impulse) { return impulse; }, shape, found.axes);
  };
  if (llvm::any_of(found.axes, [&](int64_t axis) { return taps[axis] > from[axis]; }))
    return std::nullopt;
  std::optional<Numbers> meeting = run(unit(from), unit(taps));
  if (!meeting)
    return std::nullopt;
  auto peak = std::max_element(meeting->values.begin(), meeting->values.end()) - meeting->values.begin();
  for (bool isCorrelation : {true, false}) {
    Numbers around = weights;
    found.origins.clear();
    for (int64_t axis : found.axes) {
      int64_t n = from[axis], at = peak / ShapedType::getNumElements(from.drop_front(axis + 1)) % n;
      found.origins.push_back(isCorrelation ? at : (n - at) % n);
      around = place(around, axis, n, found.origins.back());
    }
    found.orientation = isCorrelation ? mix::Orientation::Correlation : mix::Orientation::Convolution;
    if (areEqual(*y, convolve(inputs, around, found.axes, isCorrelation)))
      return found;
  }
  return std::nullopt;
}
