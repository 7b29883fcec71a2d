// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Variants.h"
#include "lib/Conversion/ONNXToMix/Analysis/LinearMap.h"
#include "lib/Kernels/Cosine.h"
#include <cmath>

using namespace mlir;

namespace fourmix::onnx_to_mix {

/// A transform of one axis that a response may belong to.
struct Candidate {
  int64_t axis;
  bool inverse, ortho; // of an inverse the response does not tell the norm
};

/// The axis along which an element reaches others, if it is one.
static std::optional<int64_t> findAxis(const Numbers &response) {
  double threshold = mapTolerance * largest(response);
  std::optional<int64_t> found;
  for (int64_t i = 0; i < response.size(); ++i) {
    if (std::abs(response.values[i]) <= threshold)
      continue;
    int64_t inner = 1;
    for (auto axis = static_cast<int64_t>(response.shape.size()) - 1; axis >= 0; --axis) {
      bool isMoved = i / inner % response.shape[axis] != 0;
      inner *= response.shape[axis];
      if (isMoved && found.value_or(axis) != axis)
        return std::nullopt;
      if (isMoved)
        found = axis;
    }
  }
  return found;
}

/// What the response to an element at index 0 may belong to, which reaches every coefficient: few maps pass, so few are
/// run on a whole tensor.
static std::optional<Candidate> readResponse(const Numbers &response) {
  std::optional<int64_t> axis = findAxis(response);
  int64_t length = axis ? response.shape[*axis] : 0;
  if (length < 3)
    return std::nullopt;
  int64_t inner = ShapedType::getNumElements(ArrayRef(response.shape).drop_front(*axis + 1));
  for (bool inverse : {false, true})
    for (bool ortho : {false, true}) {
      auto entry = [&](int64_t k) {
        double other = ortho ? kernels::cosineWeight(0, length, true) : 1 / static_cast<double>(length);
        return inverse ? other : kernels::cosineWeight(k, length, ortho) * kernels::cosineEntry(k, 0, length);
      };
      double scale = response.values[0] / entry(0), slack = 2 * tolerance * std::abs(scale);
      bool fits = std::isfinite(scale) && scale != 0;
      for (int64_t k = 0; k < length && fits; ++k)
        fits = std::abs(response.values[k * inner] - scale * entry(k)) <= slack;
      if (fits)
        return Candidate{*axis, inverse, ortho};
    }
  return std::nullopt;
}

std::optional<FourierVariant> tryCosine(Value value, Value source) {
  ArrayRef<int64_t> shape = *staticShape(source);
  auto map = [&](const Numbers &x) -> std::optional<Numbers> {
    Evaluation evaluation;
    evaluation.set(source, x);
    const Numbers *y = evaluation.get(value);
    return y ? std::optional(*y) : std::nullopt;
  };
  Numbers impulse = Numbers::zeros(shape);
  impulse.values[0] = 1;
  std::optional<Numbers> response = map(impulse);
  std::optional<Candidate> candidate =
      response && response->shape == impulse.shape ? readResponse(*response) : std::nullopt;
  if (!candidate)
    return std::nullopt;
  Numbers x = makeNoise(shape, 7);
  std::optional<Numbers> y = map(x);
  if (!y)
    return std::nullopt;
  auto [axis, inverse, isOrtho] = *candidate;
  SmallVector<bool> norms = {isOrtho};
  if (inverse)
    norms = {false, true};
  for (bool ortho : norms) {
    kernels::Extents extents(shape.begin(), shape.end());
    Numbers expected = {SmallVector<int64_t>(shape), kernels::transformCosine(extents, x.values, axis, inverse, ortho)};
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
    variant.axes = {axis};
    variant.kept = {shape[axis]};
    variant.ortho = ortho;
    variant.scale = scale;
    return variant;
  }
  return std::nullopt;
}

} // namespace fourmix::onnx_to_mix
