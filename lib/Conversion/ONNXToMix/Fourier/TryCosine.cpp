// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Variants.h"
#include "lib/Conversion/ONNXToMix/Analysis/LinearMap.h"
#include "lib/Kernels/Cosine.h"
#include <cmath>

using namespace mlir;

namespace fourmix::onnx_to_mix {

/// The axis along which an element reaches others, if it is one: told from the response to an element at index 0,
/// which reaches every coefficient.
static std::optional<int64_t> findAxis(ArrayRef<int64_t> shape, const Map &map) {
  Numbers impulse = Numbers::zeros(shape);
  impulse.values[0] = 1;
  std::optional<Numbers> response = map(impulse);
  if (!response || response->shape != SmallVector<int64_t>(shape))
    return std::nullopt;
  double threshold = mapTolerance * largest(*response);
  std::optional<int64_t> found;
  for (int64_t i = 0; i < response->size(); ++i) {
    if (std::abs(response->values[i]) <= threshold)
      continue;
    int64_t inner = 1;
    for (auto axis = static_cast<int64_t>(shape.size()) - 1; axis >= 0; --axis) {
      bool isMoved = i / inner % shape[axis] != 0;
      inner *= shape[axis];
      if (isMoved && found.value_or(axis) != axis)
        return std::nullopt;
      if (isMoved)
        found = axis;
    }
  }
  return found;
}

std::optional<FourierVariant> tryCosine(Value value, Value source) {
  ArrayRef<int64_t> shape = *staticShape(source);
  auto map = [&](const Numbers &x) -> std::optional<Numbers> {
    Evaluation evaluation;
    evaluation.set(source, x);
    const Numbers *y = evaluation.get(value);
    return y ? std::optional(*y) : std::nullopt;
  };
  std::optional<int64_t> axis = findAxis(shape, map);
  if (!axis || shape[*axis] < 3)
    return std::nullopt;
  Numbers x = makeNoise(shape, 7);
  std::optional<Numbers> y = map(x);
  if (!y)
    return std::nullopt;
  for (bool inverse : {false, true})
    for (bool ortho : {false, true}) {
      kernels::Extents extents(shape.begin(), shape.end());
      Numbers expected = {SmallVector<int64_t>(shape),
                          kernels::transformCosine(extents, x.values, *axis, inverse, ortho)};
      double product = 0, square = 0;
      for (auto [a, b] : llvm::zip_equal(y->values, expected.values)) {
        product += a * b;
        square += b * b;
      }
      double scale = product / square;
      for (double &each : expected.values)
        each *= scale;
      if (!(std::abs(scale) > 0) || !std::isfinite(scale) || !areEqual(expected, *y, tolerance))
        continue;
      FourierVariant variant;
      variant.kind = inverse ? FourierVariant::InverseCosine : FourierVariant::Cosine;
      variant.axes = {*axis};
      variant.kept = {shape[*axis]};
      variant.ortho = ortho;
      variant.scale = scale;
      return variant;
    }
  return std::nullopt;
}

} // namespace fourmix::onnx_to_mix
