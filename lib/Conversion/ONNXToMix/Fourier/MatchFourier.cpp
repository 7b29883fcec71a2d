// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "MatchFourier.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/Support/FormatVariadic.h"
#include <algorithm>
#include <array>
#include <cmath>

namespace fourmix::onnx_to_mix {
namespace {

FourierMatch fail(FourierMatch::Degree degree, std::string reason) {
  FourierMatch match;
  match.degree = degree;
  match.reason = std::move(reason);
  return match;
}

/// One element of the comparison: the coefficients of a product of two rows.
struct Product {
  Row first, second; // scales are part of `coefficient`
  double coefficient;
};

/// The scale of each term, with those of the axes that are only passed through.
llvm::SmallVector<double> collectScales(const SeparableForm &form, int first, int second) {
  llvm::SmallVector<double> scales;
  for (const Term &term : form.terms) {
    double scale = term.scale;
    for (auto [factor, map] : llvm::enumerate(term.maps))
      if (static_cast<int>(factor) != first && static_cast<int>(factor) != second)
        scale *= map->front().scale;
    scales.push_back(scale);
  }
  return scales;
}

class Comparison {
public:
  /// The factors `first` and `second` of the form, axes of n and d elements.
  Comparison(const SeparableForm &form, llvm::ArrayRef<double> scales, int first, int second, int64_t n, int64_t d)
      : form(form), scales(scales), first(first), second(second), n(n), d(d) {}

  /// Looks at output [k, l]: a sum of products of different functionals.
  void at(int64_t k, int64_t l) {
    products.clear();
    for (auto [term, scale] : llvm::zip(form.terms, scales))
      add((*term.maps[first])[k], (*term.maps[second])[l], scale);
  }

  /// The coefficient of one product at the output looked at last.
  double coefficient(const Row &a, const Row &b) const {
    for (const Product &product : products)
      if (product.first.parallel(a) && product.second.parallel(b))
        return product.coefficient;
    return 0;
  }

  /// True if output [k, l] is scale * (cos cos - sin sin), for Hartley's part + cos sin + sin cos on top.
  bool matches(int64_t k, int64_t l, double scale, bool isHartley) {
    at(k, l);
    Row rows[] = {Row::trig(Row::Cos, n, k, n, 1), Row::trig(Row::Sin, n, k, n, 1)};
    Row columns[] = {Row::trig(Row::Cos, d, l, d, 1), Row::trig(Row::Sin, d, l, d, 1)};
    add(rows[0], columns[0], -scale);
    add(rows[1], columns[1], scale);
    if (isHartley) {
      add(rows[0], columns[1], -scale);
      add(rows[1], columns[0], -scale);
    }
    return llvm::all_of(
        products, [&](const Product &product) { return std::abs(product.coefficient) <= tolerance * std::abs(scale); });
  }

private:
  void add(const Row &a, const Row &b, double scale) {
    if (a.kind == Row::Zero || b.kind == Row::Zero)
      return;
    double coefficient = scale * a.scale * b.scale;
    for (Product &product : products)
      if (product.first.parallel(a) && product.second.parallel(b)) {
        product.coefficient += coefficient;
        return;
      }
    products.push_back({a, b, coefficient});
  }

  const SeparableForm &form;
  llvm::ArrayRef<double> scales;
  int first, second;
  int64_t n, d;
  llvm::SmallVector<Product, 8> products;
};

/// The cosine or the sine matrix of an axis, or the first rows of it, times a number.
struct Wave {
  bool isSine;
  double scale;
};
std::optional<Wave> matchWave(const AxisMap &map, int64_t extent) {
  auto first = llvm::find_if(map, [](const Row &row) { return row.kind != Row::Zero; });
  if (first == map.end() || first->isDct())
    return std::nullopt;
  Row expected = Row::trig(first->kind, extent, first - map.begin(), extent, 1);
  double scale = first->scale / expected.scale;
  for (int64_t k = 0, rows = static_cast<int64_t>(map.size()); k < rows; ++k) {
    expected = Row::trig(first->kind, extent, k, extent, scale);
    if (!map[k].parallel(expected) || std::abs(map[k].scale - expected.scale) > tolerance * std::abs(scale))
      return std::nullopt;
  }
  return Wave{first->kind == Row::Sin, scale};
}

/// What a mixing is multiplied by, and which part it takes.
struct Combination {
  double scale = 0;
  bool isHartley = false;
};

/// The combination whose terms are whole cosine and sine matrices, which nearly all are: no need to look at every
/// output. Nullopt if some term is not, scale zero if they do not combine to a mixing.
std::optional<Combination> combineWaves(const SeparableForm &form, llvm::ArrayRef<double> scales, int first, int second,
                                        int64_t n, int64_t d) {
  double sums[2][2] = {};
  for (auto [term, scale] : llvm::zip(form.terms, scales)) {
    std::optional<Wave> a = matchWave(*term.maps[first], n), b = matchWave(*term.maps[second], d);
    if (!a || !b)
      return std::nullopt;
    sums[a->isSine][b->isSine] += scale * a->scale * b->scale;
  }
  double scale = sums[0][0];
  auto isNear = [&](double a, double b) { return std::abs(a - b) <= tolerance * std::abs(scale); };
  if (!isNear(sums[1][1], -scale))
    return Combination();
  for (bool isHartley : {false, true}) {
    double cross = isHartley ? scale : 0;
    if (isNear(sums[0][1], cross) && isNear(sums[1][0], cross))
      return Combination{scale, isHartley};
  }
  return Combination();
}

/// The one-axis mixing: every row is scale * cos, or scale * (cos + sin).
std::optional<Combination> combineOneAxis(const SeparableForm &form, int axis, int64_t n) {
  int64_t rows = form.factors[axis].extent;
  auto coefficients = [&](int64_t k) {
    double cosine = 0, sine = 0, other = 0;
    Row cosines = Row::trig(Row::Cos, n, k, n, 1), sines = Row::trig(Row::Sin, n, k, n, 1);
    for (const Term &term : form.terms) {
      double scale = term.scale;
      for (auto [factor, map] : llvm::enumerate(term.maps))
        if (static_cast<int>(factor) != axis)
          scale *= map->front().scale;
      const Row &row = (*term.maps[axis])[k];
      if (row.kind == Row::Zero)
        continue;
      double &sum = row.parallel(cosines) ? cosine : row.parallel(sines) ? sine : other;
      sum += scale * row.scale / (row.parallel(cosines) ? cosines.scale : row.parallel(sines) ? sines.scale : 1);
    }
    return std::array{cosine, sine, other, sines.kind == Row::Zero ? 1.0 : 0.0};
  };
  double scale = coefficients(0)[0];
  if (!(scale != 0) || !std::isfinite(scale))
    return std::nullopt;
  auto isNear = [&](double a, double b) { return std::abs(a - b) <= tolerance * std::abs(scale); };
  for (bool isHartley : {false, true}) {
    bool fits = true;
    for (int64_t k = 0; k < rows && fits; ++k) {
      auto [cosine, sine, other, vanishes] = coefficients(k);
      fits = isNear(cosine, scale) && isNear(sine, isHartley && vanishes == 0 ? scale : 0) && isNear(other, 0);
    }
    if (fits)
      return Combination{scale, isHartley};
  }
  return std::nullopt;
}

/// What distinguishes the form from a mixing, told from the coefficients at output [1, 1].
std::string explain(Comparison &comparison, int64_t n, int64_t d) {
  if (n < 3 || d < 3)
    return "the transforms do not combine to the real part";
  comparison.at(1, 1);
  Row rows[2][2] = {{Row::trig(Row::Cos, n, 1, n, 1), Row::trig(Row::Cos, d, 1, d, 1)},
                    {Row::trig(Row::Sin, n, 1, n, 1), Row::trig(Row::Sin, d, 1, d, 1)}};
  double cc = comparison.coefficient(rows[0][0], rows[0][1]), ss = comparison.coefficient(rows[1][0], rows[1][1]);
  double cs = comparison.coefficient(rows[0][0], rows[1][1]), sc = comparison.coefficient(rows[1][0], rows[0][1]);
  double largest = std::max({std::abs(cc), std::abs(ss), std::abs(cs), std::abs(sc)});
  auto isZero = [&](double value) { return std::abs(value) <= tolerance * largest; };
  if (isZero(cc) && isZero(ss) && !isZero(cs) && !isZero(sc))
    return "the imaginary part is taken, not the real part";
  if (isZero(cs) && isZero(sc) && !isZero(cc)) {
    if (isZero(ss))
      return "only the cosine term is there, the sine term is missing";
    if (isZero(cc - ss))
      return "the sine term has the wrong sign: one of the two transforms is an inverse one";
    if (!isZero(cc + ss))
      return llvm::formatv("the cosine and the sine term have different scales, {0} and {1}", cc, -ss);
  } else if (isZero(cc + ss) && isZero(cs - sc) && !isZero(cc)) {
    if (isZero(cs - cc))
      return "real and imaginary part are combined as in Hartley's transform, but not at every output";
    return llvm::formatv("the imaginary part that goes in is not zero but {0} times the real part", cs / cc);
  }
  return "the transforms do not combine to the real part at every output";
}
} // namespace

llvm::SmallVector<int64_t> FourierVariant::shape(llvm::ArrayRef<int64_t> source) const {
  llvm::SmallVector<int64_t> result(source);
  if (half)
    result[axes.back()] = result[axes.back()] / 2 + 1;
  for (auto [axis, extent] : llvm::zip(axes, kept))
    result[axis] = extent;
  return result;
}

FourierMatch matchFourier(const SeparableForm &form, llvm::ArrayRef<int64_t> sourceShape) {
  if (form.isZero())
    return fail(FourierMatch::Unrelated, "the value is zero");
  llvm::SmallVector<int> placed;
  for (const auto &axis : form.layout)
    placed.append(axis.begin(), axis.end());
  // Which axes are touched at all, and do the functions on them have the axis' own length.
  llvm::SmallVector<int> transformed;
  std::string foreign;
  bool complete = true, pure = true;
  for (auto [i, factor] : llvm::enumerate(form.factors)) {
    if (factor.source < 0) {
      complete = false;
      continue;
    }
    int64_t extent = sourceShape[factor.source];
    bool isTransformed = false, isIdentity = factor.extent == extent, hasSamples = false;
    for (const Term &term : form.terms) {
      std::optional<Prefix> prefix = matchPrefix(*term.maps[i]);
      isIdentity &= prefix && prefix->width == extent;
      for (const Row &row : *term.maps[i]) {
        isTransformed |= row.isTransformed();
        hasSamples |= row.kind == Row::Unit;
        if (row.isTransformed() && row.length != extent && foreign.empty())
          foreign = llvm::formatv("axis {0} has {1} elements but is multiplied by functions of {2} points",
                                  factor.source, extent, row.length);
      }
    }
    pure &= !(isTransformed && hasSamples);
    if (isTransformed)
      transformed.push_back(i);
    else if (!isIdentity)
      complete = false;
  }
  FourierMatch::Degree degree = transformed.empty()       ? FourierMatch::Unrelated
                                : transformed.size() == 1 ? FourierMatch::OneAxis
                                                          : FourierMatch::TwoAxes;
  if (!complete)
    return fail(FourierMatch::Unrelated, "the result is complex, or other axes are changed too");
  if (!pure) // A residual addition, say: the value before it explains more.
    return fail(FourierMatch::Unrelated, "the source itself is added to its transform");
  if (!foreign.empty())
    return fail(degree, foreign);
  if (transformed.size() > 2 || transformed.empty())
    return fail(degree, llvm::formatv("{0} axes are transformed, not two", transformed.size()));
  FourierMatch match;
  match.degree = FourierMatch::Mixing;
  FourierVariant &variant = match.variant;
  for (int factor : transformed) {
    auto [source, rows] = form.factors[factor];
    variant.axes.push_back(source);
    if (rows == sourceShape[source])
      continue;
    if (variant.half || rows != sourceShape[source] / 2 + 1)
      return fail(degree,
                  llvm::formatv("axis {0} has {1} elements, its spectrum {2}", source, sourceShape[source], rows));
    variant.half = true;
  }
  if (!llvm::equal(placed, llvm::seq<int>(0, form.factors.size())))
    return fail(degree, "the axes of the result are permuted");
  if (variant.half && form.factors[transformed[0]].extent != sourceShape[variant.axes[0]])
    std::swap(variant.axes.front(), variant.axes.back());
  if (transformed.size() == 1) {
    std::optional<Combination> found = combineOneAxis(form, transformed[0], sourceShape[variant.axes[0]]);
    if (!found)
      return fail(degree,
                  llvm::formatv("only axis {0} is transformed, and neither the real part nor Hartley's is taken",
                                variant.axes[0]));
    variant.scale = found->scale;
    variant.kind = found->isHartley ? FourierVariant::Hartley : FourierVariant::Real;
    return match;
  }
  int first = transformed[0], second = transformed[1];
  int64_t n = sourceShape[form.factors[first].source], d = sourceShape[form.factors[second].source];
  llvm::SmallVector<double> scales = collectScales(form, first, second);
  Comparison comparison(form, scales, first, second, n, d);
  std::optional<Combination> waves = combineWaves(form, scales, first, second, n, d);
  comparison.at(0, 0);
  double scale =
      waves ? waves->scale : comparison.coefficient(Row::trig(Row::Cos, n, 0, n, 1), Row::trig(Row::Cos, d, 0, d, 1));
  if (!(scale != 0) || !std::isfinite(scale))
    return fail(degree, explain(comparison, n, d));
  auto matchesAll = [&](bool isHartley) {
    for (int64_t k = 0; k < form.factors[first].extent; ++k)
      for (int64_t l = 0; l < form.factors[second].extent; ++l)
        if (!comparison.matches(k, l, scale, isHartley))
          return false;
    return true;
  };
  bool isHartley = waves && waves->isHartley;
  if (!waves && !matchesAll(false)) {
    if (!matchesAll(true))
      return fail(degree, explain(comparison, n, d));
    isHartley = true;
  }
  variant.kind = isHartley ? FourierVariant::Hartley : FourierVariant::Real;
  variant.scale = scale;
  return match;
}

} // namespace fourmix::onnx_to_mix
