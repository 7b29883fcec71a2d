// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "SeparableForm.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

namespace fourmix::onnx_to_mix {

Row Row::trig(Kind kind, int64_t length, int64_t index, int64_t width, double scale) {
  index %= length;
  if (index < 0)
    index += length;
  if (2 * index > length) {
    index = length - index;
    if (kind == Sin)
      scale = -scale;
  }
  if (scale == 0 || (kind == Sin && (index == 0 || 2 * index == length || width <= 1)))
    return {};
  if (width == 1)
    return unit(0, scale);
  return {kind, length, index, width, scale};
}

Row Row::times(double factor) const {
  if (kind == Zero || factor == 0)
    return {};
  Row row = *this;
  row.scale *= factor;
  return row;
}

std::optional<Prefix> matchPrefix(const AxisMap &map) {
  int64_t width = 0;
  while (width < static_cast<int64_t>(map.size()) && map[width].kind != Row::Zero)
    ++width;
  double scale = width > 0 ? map[0].scale : 0;
  for (auto [i, row] : llvm::enumerate(map)) {
    bool inside = static_cast<int64_t>(i) < width;
    if (inside && (row.kind != Row::Unit || row.index != static_cast<int64_t>(i) ||
                   std::abs(row.scale - scale) > tolerance * std::abs(scale)))
      return std::nullopt;
    if (!inside && row.kind != Row::Zero)
      return std::nullopt;
  }
  return Prefix{width, scale};
}

std::optional<AxisMap> compose(const AxisMap &matrix, const AxisMap &map) {
  std::optional<Prefix> prefix = matchPrefix(map);
  if (!prefix)
    return std::nullopt;
  AxisMap result;
  result.reserve(matrix.size());
  for (const Row &row : matrix) {
    if (row.kind == Row::Zero || prefix->width == 0)
      result.emplace_back();
    else if (row.kind == Row::Unit)
      result.push_back(map[row.index].times(row.scale));
    else if (row.isDct() && prefix->width < row.width)
      return std::nullopt; // A transform of padded samples is another functional.
    else if (row.isDct())
      result.push_back(row.times(prefix->scale));
    else
      result.push_back(
          Row::trig(row.kind, row.length, row.index, std::min(row.width, prefix->width), row.scale * prefix->scale));
  }
  return result;
}

SeparableForm SeparableForm::identity(llvm::ArrayRef<int64_t> shape) {
  SeparableForm form;
  Term term;
  for (auto [axis, extent] : llvm::enumerate(shape)) {
    form.layout.emplace_back();
    if (extent == 1)
      continue;
    form.layout.back().push_back(form.factors.size());
    form.factors.push_back({static_cast<int64_t>(axis), extent});
    AxisMap map(extent);
    for (int64_t i = 0; i < extent; ++i)
      map[i] = Row::unit(i);
    term.maps.push_back(std::make_shared<const AxisMap>(std::move(map)));
  }
  form.terms.push_back(std::move(term));
  return form;
}

SeparableForm SeparableForm::zero(size_t rank) {
  SeparableForm form;
  form.layout.resize(rank);
  return form;
}

bool SeparableForm::mapAxis(int64_t axis, int64_t extent,
                            llvm::function_ref<std::optional<AxisMap>(const AxisMap &, Term &)> change) {
  if (layout[axis].size() > 1)
    return false;
  if (layout[axis].empty()) {
    layout[axis].push_back(factors.size());
    factors.push_back({-1, 1});
    auto one = std::make_shared<const AxisMap>(1, Row::unit(0));
    for (Term &term : terms)
      term.maps.push_back(one);
  }
  int factor = layout[axis].front();
  factors[factor].extent = extent;
  // Terms share maps, and a change that does not look at the term gives the same result for the same map.
  for (Term &term : terms) {
    std::optional<AxisMap> changed = change(*term.maps[factor], term);
    if (!changed)
      return false;
    term.maps[factor] = std::make_shared<const AxisMap>(std::move(*changed));
  }
  normalise();
  return true;
}

bool SeparableForm::select(int64_t axis, llvm::ArrayRef<int64_t> indices) {
  return mapAxis(axis, indices.size(), [&](const AxisMap &map, Term &) -> std::optional<AxisMap> {
    AxisMap rows;
    rows.reserve(indices.size());
    for (int64_t index : indices) {
      if (index >= static_cast<int64_t>(map.size()))
        return std::nullopt;
      rows.push_back(index < 0 ? Row() : map[index]);
    }
    return rows;
  });
}

bool SeparableForm::transpose(llvm::ArrayRef<int64_t> permutation) {
  auto old = layout;
  for (auto [to, from] : llvm::enumerate(permutation))
    layout[to] = old[from];
  normalise();
  return true;
}

bool SeparableForm::reshape(llvm::ArrayRef<int64_t> shape) {
  llvm::SmallVector<int> order;
  for (const auto &axis : layout)
    order.append(axis.begin(), axis.end());
  layout.assign(shape.size(), {});
  size_t next = 0;
  for (auto [axis, extent] : llvm::enumerate(shape)) {
    int64_t product = 1;
    while (product < extent && next < order.size()) {
      product *= factors[order[next]].extent;
      layout[axis].push_back(order[next++]);
    }
    if (product != extent)
      return false;
  }
  return next == order.size();
}

bool SeparableForm::add(const SeparableForm &other, double factor) {
  if (other.isZero())
    return true;
  if (isZero()) {
    *this = other;
    multiply(factor);
    return true;
  }
  if (layout != other.layout || factors != other.factors)
    return false;
  for (Term term : other.terms) {
    term.scale *= factor;
    terms.push_back(std::move(term));
  }
  mergeTerms();
  return true;
}

void SeparableForm::multiply(double factor) {
  for (Term &term : terms)
    term.scale *= factor;
  mergeTerms();
}

bool SeparableForm::dft(int64_t axis, int64_t length, bool inverse, bool onesided, int64_t complexAxis) {
  int64_t rows = onesided ? length / 2 + 1 : length;
  // exp(-+ i t)(a + i b) = cos t (a + i b) + sin t (+-b -+ i a): a cosine and a sine term, the latter with re and im
  // exchanged.
  SeparableForm sine = *this;
  auto turn = [&](SeparableForm &form, bool isSine) {
    if (!form.mapAxis(complexAxis, 2, [&](const AxisMap &map, Term &) -> std::optional<AxisMap> {
          Row re = map[0], im = map.size() > 1 ? map[1] : Row();
          if (!isSine)
            return AxisMap{re, im};
          return inverse ? AxisMap{im.times(-1), re} : AxisMap{im, re.times(-1)};
        }))
      return false;
    return form.mapAxis(axis, rows, [&](const AxisMap &map, Term &) -> std::optional<AxisMap> {
      // Zero padding and truncation are at the end.
      AxisMap samples = map;
      samples.resize(length);
      AxisMap matrix;
      matrix.reserve(rows);
      double scale = inverse ? 1.0 / length : 1.0;
      for (int64_t k = 0; k < rows; ++k)
        matrix.push_back(Row::trig(isSine ? Row::Sin : Row::Cos, length, k, length, scale));
      if (length == 1)
        matrix.assign(1, isSine ? Row() : Row::unit(0, scale));
      return compose(matrix, samples);
    });
  };
  if (!turn(sine, true) || !turn(*this, false))
    return false;
  return add(sine, 1);
}

/// A hidden factor of extent 1 becomes the factor of `axis` again: a slice of one row joins its neighbours.
static void place(SeparableForm &form, int64_t axis, int64_t source) {
  for (auto [i, factor] : llvm::enumerate(form.factors))
    if (factor.source == source)
      form.layout[axis].assign(1, static_cast<int>(i));
}

/// The source axis that `axis` walks over in the concatenated value, -1 for an axis that the graph makes, nullopt if
/// the parts disagree.
static std::optional<int64_t> concatenatedSource(llvm::ArrayRef<const SeparableForm *> parts, int64_t axis) {
  for (const SeparableForm *part : parts) {
    if (part->layout[axis].size() > 1)
      return std::nullopt;
    if (!part->layout[axis].empty())
      return part->factors[part->layout[axis].front()].source;
  }
  // All parts are one row: they walk over the axis whose rows differ.
  int64_t source = -1;
  for (auto [i, factor] : llvm::enumerate(parts[0]->factors)) {
    if (factor.source < 0 || factor.extent != 1)
      continue;
    const AxisMap &first = *parts[0]->terms[0].maps[i];
    for (const SeparableForm *part : parts)
      for (const Term &term : part->terms)
        if (i >= part->factors.size() || !(part->factors[i] == factor) || !(*term.maps[i] == first)) {
          if (source >= 0 && source != factor.source)
            return std::nullopt;
          source = factor.source;
        }
  }
  return source;
}

std::optional<SeparableForm> SeparableForm::concat(llvm::ArrayRef<SeparableForm> parts, llvm::ArrayRef<int64_t> extents,
                                                   int64_t axis) {
  llvm::SmallVector<const SeparableForm *> linear;
  for (const SeparableForm &part : parts)
    if (!part.isZero())
      linear.push_back(&part);
  if (linear.empty())
    return zero(parts[0].layout.size());
  std::optional<int64_t> source = concatenatedSource(linear, axis);
  if (!source)
    return std::nullopt;
  int64_t total = 0;
  for (int64_t extent : extents)
    total += extent;
  std::optional<SeparableForm> result;
  int64_t offset = 0;
  for (auto [part, extent] : llvm::zip(parts, extents)) {
    if (!part.isZero()) {
      SeparableForm widened = part;
      if (widened.layout[axis].empty() && *source >= 0)
        place(widened, axis, *source);
      llvm::SmallVector<int64_t> indices(total, -1);
      for (int64_t i = 0; i < extent; ++i)
        indices[offset + i] = i;
      if (!widened.select(axis, indices))
        return std::nullopt;
      if (!result)
        result = std::move(widened);
      else if (!result->add(widened, 1))
        return std::nullopt;
    }
    offset += extent;
  }
  return result;
}

void SeparableForm::normalise() {
  // Factors of extent 1 leave the layout; made ones disappear into the scale of their terms.
  llvm::SmallVector<int> placed;
  for (auto &axis : layout) {
    llvm::erase_if(axis, [&](int factor) { return factors[factor].extent == 1; });
    placed.append(axis.begin(), axis.end());
  }
  llvm::SmallVector<int> order;
  for (auto [i, factor] : llvm::enumerate(factors))
    if (factor.source >= 0)
      order.push_back(i);
  for (int factor : placed)
    if (factors[factor].source < 0)
      order.push_back(factor);
  for (Term &term : terms)
    for (auto [i, factor] : llvm::enumerate(factors))
      if (factor.source < 0 && factor.extent == 1)
        term.scale *= term.maps[i]->front().scale;
  llvm::SmallVector<int> position(factors.size(), -1);
  auto oldFactors = factors;
  factors.clear();
  for (auto [to, from] : llvm::enumerate(order)) {
    position[from] = to;
    factors.push_back(oldFactors[from]);
  }
  for (auto &axis : layout)
    for (int &factor : axis)
      factor = position[factor];
  for (Term &term : terms) {
    auto old = term.maps;
    term.maps.clear();
    for (int from : order)
      term.maps.push_back(old[from]);
  }
  mergeTerms();
}

void SeparableForm::mergeTerms() {
  std::vector<Term> merged;
  for (Term &term : terms) {
    auto isZeroMap = [](const SharedMap &map) {
      return llvm::all_of(*map, [](const Row &row) { return row.kind == Row::Zero; });
    };
    if (term.scale == 0 || llvm::any_of(term.maps, isZeroMap))
      continue;
    auto same = llvm::find_if(merged, [&](const Term &other) {
      return llvm::all_of(llvm::zip(term.maps, other.maps), [](auto pair) {
        auto &[a, b] = pair;
        return a == b || *a == *b;
      });
    });
    if (same == merged.end())
      merged.push_back(std::move(term));
    else
      same->scale += term.scale;
  }
  llvm::erase_if(merged, [](const Term &term) { return term.scale == 0; });
  terms = std::move(merged);
}

} // namespace fourmix::onnx_to_mix
