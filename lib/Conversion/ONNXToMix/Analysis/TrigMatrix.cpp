// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "TrigMatrix.h"
#include "lib/Kernels/Cosine.h"
#include <algorithm>
#include <cmath>
#include <numbers>

namespace fourmix::onnx_to_mix {
namespace {

/// cos and sin (2 pi m / length), the angle reduced as an integer.
class Circle {
public:
  explicit Circle(int64_t length) : length(length), cosines(length), sines(length) {
    for (int64_t m = 0; m < length; ++m) {
      cosines[m] = std::cos(2 * std::numbers::pi * m / length);
      sines[m] = std::sin(2 * std::numbers::pi * m / length);
    }
  }
  /// Calls use(j, kind(2 pi frequency j / length)) for j = 0 .. columns - 1, until it says false.
  template <typename Use>
  bool all(Row::Kind kind, int64_t frequency, int64_t columns, Use use) const {
    const std::vector<double> &table = kind == Row::Cos ? cosines : sines;
    for (int64_t j = 0, m = 0; j < columns; ++j) {
      if (!use(j, table[m]))
        return false;
      m += frequency;
      if (m >= length)
        m -= length;
    }
    return true;
  }
  const int64_t length;

private:
  std::vector<double> cosines, sines;
};

using RowEntries = llvm::function_ref<double(int64_t)>;

/// The row as scale * kind(2 pi frequency j / circle.length), 0 <= frequency < length, if it is that everywhere.
std::optional<Row> matchRow(RowEntries at, int64_t columns, Row::Kind kind, int64_t frequency, const Circle &circle) {
  // A first guess at the scale from one entry where the function is large, refined by all of them.
  double scale = 0;
  circle.all(kind, frequency, columns, [&](int64_t j, double value) {
    if (std::abs(value) > 0.7)
      scale = at(j) / value;
    return scale == 0;
  });
  if (scale == 0 || !std::isfinite(scale))
    return std::nullopt;
  double sum = 0, norm = 0;
  auto within = [&](double factor) {
    return circle.all(kind, frequency, columns, [&](int64_t j, double value) {
      double entry = at(j);
      sum += entry * value;
      norm += value * value;
      return std::abs(entry - scale * value) <= factor * tolerance * std::abs(scale); // false for a NaN
    });
  };
  if (!within(2))
    return std::nullopt;
  scale = sum / norm;
  if (!within(1))
    return std::nullopt;
  return Row::trig(kind, circle.length, frequency, columns, scale);
}

/// The angle per column of c cos(t j) or c sin(t j), from the first entries, or nullopt.
std::optional<double> stepAngle(RowEntries at, int64_t columns, Row::Kind kind) {
  double cosine;
  if (kind == Row::Cos && columns >= 2)
    cosine = at(1) / at(0);
  else if (kind == Row::Sin && columns >= 3)
    cosine = at(2) / (2 * at(1));
  else
    return std::nullopt;
  if (!(std::abs(cosine) <= 1 + tolerance))
    return std::nullopt;
  return std::acos(std::clamp(cosine, -1.0, 1.0));
}

std::optional<Row> matchAnyRow(RowEntries at, int64_t columns, int64_t expected, const Circle &circle, double unit) {
  auto isZero = [&](int64_t j) { return std::abs(at(j)) <= tolerance * unit; };
  Row::Kind kind = isZero(0) ? Row::Sin : Row::Cos;
  if (kind == Row::Sin) {
    int64_t j = 0;
    while (j < columns && isZero(j))
      ++j;
    if (j == columns)
      return Row();
  }
  if (std::optional<Row> row = matchRow(at, columns, kind, expected % circle.length, circle))
    return row;
  std::optional<double> angle = stepAngle(at, columns, kind);
  if (!angle)
    return std::nullopt;
  int64_t frequency = std::llround(*angle * circle.length / (2 * std::numbers::pi));
  return matchRow(at, columns, kind, frequency % circle.length, circle);
}

/// Entries of the size that row 0 and 1 have: what counts as zero is measured against it.
double typicalEntry(int64_t rows, int64_t columns, llvm::function_ref<double(int64_t, int64_t)> at) {
  double largest = 0;
  for (int64_t r = 0; r < std::min<int64_t>(rows, 2); ++r)
    for (int64_t j = 0; j < columns; ++j)
      largest = std::max(largest, std::abs(at(r, j)));
  return largest;
}

std::optional<AxisMap> matchRows(int64_t rows, int64_t columns, const Circle &circle, double unit, bool inOrder,
                                 llvm::function_ref<double(int64_t, int64_t)> at) {
  AxisMap map;
  map.reserve(rows);
  for (int64_t r = 0; r < rows; ++r) {
    auto entries = [&](int64_t j) { return at(r, j); };
    std::optional<Row> row = matchAnyRow(entries, columns, r, circle, unit);
    if (!row ||
        (inOrder && row->kind != Row::Zero && row->kind != Row::Unit && 2 * r < circle.length && row->index != r))
      return std::nullopt;
    map.push_back(*row);
  }
  return map;
}
/// The rows 0, 1, .. of a cosine transform of `columns` samples, or all of its inverse, each times a number. Two
/// samples have no cosine transform of their own: cos and sin of two points are the same numbers.
std::optional<AxisMap> matchCosineRows(Row::Kind kind, int64_t rows, int64_t columns, double unit,
                                       llvm::function_ref<double(int64_t, int64_t)> at) {
  bool isInverse = kind != Row::Dct;
  if (rows < 3 || rows > columns || (isInverse && rows != columns))
    return std::nullopt;
  double points = static_cast<double>(columns);
  double first = 1, others = 1; // the weights of a row of the inverse
  if (isInverse) {
    first = kind == Row::InverseDct ? 1 / points : std::sqrt(1 / points);
    others = kind == Row::InverseDct ? 2 / points : std::sqrt(2 / points);
  }
  auto entry = [&](int64_t r, int64_t j) {
    if (!isInverse)
      return kernels::cosineEntry(r, j, columns);
    return (j == 0 ? first : others) * kernels::cosineEntry(j, r, columns);
  };
  AxisMap map;
  for (int64_t r = 0; r < rows; ++r) {
    // The scale from an entry where the function is large.
    int64_t large = 0;
    while (large + 1 < columns && std::abs(entry(r, large)) < 0.7 * others)
      ++large;
    double scale = at(r, large) / entry(r, large), slack = tolerance * std::abs(scale) * others;
    if (!(std::abs(scale) * others > tolerance * unit) || !std::isfinite(scale))
      return std::nullopt;
    for (int64_t j = 0; j < columns; ++j)
      if (!(std::abs(at(r, j) - scale * entry(r, j)) <= slack)) // also false for a NaN
        return std::nullopt;
    map.push_back({kind, columns, r, columns, scale});
  }
  return map;
}
} // namespace

std::optional<AxisMap> matchTrigMatrix(int64_t rows, int64_t columns, llvm::function_ref<double(int64_t, int64_t)> at) {
  if (rows < 2 || columns < 2)
    return std::nullopt;
  double unit = typicalEntry(rows, columns, at);
  if (!(unit > 0) || !std::isfinite(unit))
    return std::nullopt;
  if (std::optional<AxisMap> map = matchRows(rows, columns, Circle(columns), unit, /*inOrder=*/false, at))
    return map;
  for (Row::Kind kind : {Row::Dct, Row::InverseDct, Row::InverseDctOrtho})
    if (std::optional<AxisMap> map = matchCosineRows(kind, rows, columns, unit, at))
      return map;
  bool flat = true;
  for (int64_t j = 1; j < columns && flat; ++j)
    flat = std::abs(at(0, j) - at(0, 0)) <= tolerance * unit;
  if (!flat)
    return std::nullopt;
  // Row 0 of a cosine matrix is flat, of a sine matrix zero; row 1 then tells the length the corner was cut from.
  auto second = [&](int64_t j) { return at(1, j); };
  std::optional<double> angle =
      stepAngle(second, columns, std::abs(second(0)) <= tolerance * unit ? Row::Sin : Row::Cos);
  if (!angle || *angle == 0)
    return std::nullopt;
  double length = 2 * std::numbers::pi / *angle;
  int64_t nearest = std::llround(length);
  constexpr int64_t longest = 1 << 16;
  for (int64_t candidate : {nearest, nearest - 1, nearest + 1})
    if (candidate > columns && candidate <= longest)
      if (std::optional<AxisMap> map = matchRows(rows, columns, Circle(candidate), unit, /*inOrder=*/true, at))
        return map;
  return std::nullopt;
}

} // namespace fourmix::onnx_to_mix
