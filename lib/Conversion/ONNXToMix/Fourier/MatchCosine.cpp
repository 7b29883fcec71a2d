// Cosine transforms by matrices: rows of them along one axis or two, everything else unchanged.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "MatchFourier.h"
#include "lib/Kernels/Cosine.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include <cmath>

namespace fourmix::onnx_to_mix {
namespace {

struct CosineAxis {
  bool inverse, ortho;
  double scale;
};

bool isNear(double a, double b) { return std::abs(a - b) <= tolerance * std::abs(b); }

/// The rows in order, with one scale; of the forward transform row 0 may have the weight of the orthogonal one.
std::optional<CosineAxis> matchRows(const AxisMap &map, int64_t length) {
  if (map.size() < 3 || !map[0].isDct())
    return std::nullopt;
  double scale = map[1].scale;
  for (auto [k, row] : llvm::enumerate(map))
    if (row.kind != map[0].kind || row.length != length || row.index != static_cast<int64_t>(k) ||
        (k > 0 && !isNear(row.scale, scale)))
      return std::nullopt;
  if (map[0].kind != Row::Dct) {
    bool isOrtho = map[0].kind == Row::InverseDctOrtho;
    return isNear(map[0].scale, scale) ? std::optional(CosineAxis{true, isOrtho, scale}) : std::nullopt;
  }
  for (bool ortho : {false, true}) {
    double first = kernels::cosineWeight(0, length, ortho), others = kernels::cosineWeight(1, length, ortho);
    if (isNear(map[0].scale / first, scale / others))
      return CosineAxis{false, ortho, scale / others};
  }
  return std::nullopt;
}
} // namespace

std::optional<FourierVariant> matchCosine(const SeparableForm &form, llvm::ArrayRef<int64_t> sourceShape) {
  llvm::SmallVector<int> placed;
  for (const auto &axis : form.layout)
    placed.append(axis.begin(), axis.end());
  if (form.terms.size() != 1 || !llvm::equal(placed, llvm::seq<int>(0, form.factors.size())))
    return std::nullopt;
  const Term &term = form.terms[0];
  FourierVariant variant;
  variant.scale = term.scale;
  std::optional<CosineAxis> first;
  for (auto [map, factor] : llvm::zip_equal(term.maps, form.factors)) {
    if (factor.source < 0)
      return std::nullopt;
    int64_t extent = sourceShape[factor.source];
    std::optional<Prefix> prefix = matchPrefix(*map);
    if (prefix && prefix->width == extent && factor.extent == extent) {
      variant.scale *= prefix->scale;
      continue;
    }
    std::optional<CosineAxis> axis = matchRows(*map, extent);
    if (!axis || variant.axes.size() == 2 ||
        (first && (axis->inverse != first->inverse || axis->ortho != first->ortho)))
      return std::nullopt;
    if (!first)
      first = axis;
    variant.axes.push_back(factor.source);
    variant.kept.push_back(factor.extent);
    variant.scale *= axis->scale;
  }
  if (!first)
    return std::nullopt;
  variant.kind = first->inverse ? FourierVariant::InverseCosine : FourierVariant::Cosine;
  variant.ortho = first->ortho;
  return variant;
}

} // namespace fourmix::onnx_to_mix
