// Kernels and spectra: what a mixing has learned, as curves and pictures.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Layers.h"
#include "fourmix/Support/Constants.h"
#include <cmath>
#include <numbers>

using namespace mlir;

namespace fourmix::report {
namespace {

constexpr size_t mostSeries = 12;
constexpr int64_t mostPoints = 4096; // of a curve, and of a transform that is computed by its sum

/// A constant tensor and its elements.
struct Numbers {
  SmallVector<int64_t> shape;
  std::vector<double> values;
};

std::optional<Numbers> numbersOf(Value value) {
  ElementsAttr constant = value ? matchConstant(value) : ElementsAttr();
  std::optional<std::vector<double>> values = constant ? readDoubles(constant) : std::nullopt;
  if (!values || values->empty())
    return std::nullopt;
  return Numbers{SmallVector<int64_t>(constant.getShapedType().getShape()), std::move(*values)};
}

/// The lines (or planes) of a tensor along `axes`, which are ascending, one after the other.
std::vector<std::vector<double>> linesAlong(const Numbers &numbers, ArrayRef<int64_t> axes) {
  SmallVector<int64_t> outer, order;
  for (int64_t axis = 0; axis < static_cast<int64_t>(numbers.shape.size()); ++axis)
    if (!llvm::is_contained(axes, axis))
      order.push_back(axis);
  order.append(axes.begin(), axes.end());
  SmallVector<int64_t> strides(numbers.shape.size(), 1);
  for (size_t axis = numbers.shape.size(); axis-- > 1;)
    strides[axis - 1] = strides[axis] * numbers.shape[axis];
  int64_t length = 1, total = static_cast<int64_t>(numbers.values.size());
  for (int64_t axis : axes)
    length *= numbers.shape[axis];
  std::vector<std::vector<double>> lines(total / length, std::vector<double>(length));
  for (int64_t i = 0; i < total; ++i) { // number i in the order of the axes wanted
    int64_t rest = i, at = 0;
    for (int64_t axis : llvm::reverse(order)) {
      at += rest % numbers.shape[axis] * strides[axis];
      rest /= numbers.shape[axis];
    }
    lines[i / length][i % length] = numbers.values[at];
  }
  return lines;
}

/// |sum over j of x[j] exp(-2 pi i j k / n)| for k = 0 .. n/2.
std::vector<double> magnitudes(const std::vector<double> &x) {
  int64_t n = static_cast<int64_t>(x.size());
  std::vector<double> result;
  for (int64_t k = 0; k <= n / 2; ++k) {
    double re = 0, im = 0;
    for (int64_t j = 0; j < n; ++j) {
      double angle = -2 * std::numbers::pi * static_cast<double>(j * k % n) / static_cast<double>(n);
      re += x[j] * std::cos(angle);
      im += x[j] * std::sin(angle);
    }
    result.push_back(std::hypot(re, im));
  }
  return result;
}

Plot makePlot(StringRef title, StringRef axis, std::vector<std::vector<double>> lines, int64_t columns = 0) {
  Plot plot{title.str(), axis.str(), {}, columns, 0, false};
  plot.leftOut = lines.size() > mostSeries ? lines.size() - mostSeries : 0;
  lines.resize(std::min(lines.size(), mostSeries));
  for (auto [i, line] : llvm::enumerate(lines))
    plot.series.push_back({std::to_string(i), std::move(line)});
  return plot;
}

/// A kernel over differences of positions as curves, with its spectrum.
void addKernel(std::vector<Plot> &plots, StringRef title, std::vector<std::vector<double>> lines, bool circular) {
  int64_t taps = lines.empty() ? 0 : static_cast<int64_t>(lines.front().size());
  if (taps < 2 || taps > mostPoints)
    return;
  std::vector<std::vector<double>> spectra;
  for (size_t i = 0; i < std::min(lines.size(), mostSeries); ++i)
    spectra.push_back(magnitudes(lines[i]));
  if (circular) // the weight of a position for itself in the middle
    for (std::vector<double> &line : lines)
      std::rotate(line.begin(), line.begin() + (taps + 1) / 2, line.end());
  int64_t least = circular ? -(taps / 2) : -(taps - 1) / 2;
  std::string axis = "difference of positions, " + std::to_string(least) + " to " + std::to_string(least + taps - 1);
  size_t all = lines.size();
  plots.push_back(makePlot(title, axis, std::move(lines)));
  plots.push_back(
      makePlot("spectrum of the " + title.str(), "frequency, 0 to " + std::to_string(taps / 2), std::move(spectra)));
  plots.back().isSpectrum = true;
  plots.back().leftOut = all > mostSeries ? all - mostSeries : 0;
}

void plotFilter(std::vector<Plot> &plots, mix::GlobalFilterOp op) {
  std::optional<Numbers> re = numbersOf(op.getRe()), im = op.getIm() ? numbersOf(op.getIm()) : std::nullopt;
  if (!re || (op.getIm() && !im))
    return;
  if (im)
    for (auto [a, b] : llvm::zip(re->values, im->values))
      a = std::hypot(a, b);
  else
    for (double &a : re->values)
      a = std::abs(a);
  SmallVector<int64_t> axes;
  for (int64_t axis : op.getAxes())
    axes.push_back(axis + (op.getChannel() ? 1 : 0));
  int64_t modes = 1;
  for (int64_t axis : axes)
    modes *= re->shape[axis];
  if (modes < 2 || modes > mostPoints || axes.size() > 2)
    return;
  int64_t columns = axes.size() == 2 ? re->shape[axes[1]] : 0;
  std::string axis = axes.size() == 2
                         ? "frequencies, " + std::to_string(re->shape[axes[0]]) + " by " + std::to_string(columns)
                         : "frequency, 0 to " + std::to_string(modes - 1);
  plots.push_back(makePlot("magnitude of the filter", axis, linesAlong(*re, axes), columns));
  plots.back().isSpectrum = columns == 0;
}

void plotProjection(std::vector<Plot> &plots, mix::ProjectionOp op) {
  if (!op.isCircular())
    return;
  std::optional<Numbers> weight = numbersOf(op.getWeight());
  if (!weight)
    return;
  int64_t rank = static_cast<int64_t>(weight->shape.size());
  if (op.getKind() == mix::ProjectionKind::Circular1D)
    return addKernel(plots, "kernel of the projection", linesAlong(*weight, {rank - 1}), true);
  int64_t rows = weight->shape[rank - 2], columns = weight->shape[rank - 1];
  if (rows * columns > 1 && rows * columns <= mostPoints)
    plots.push_back(makePlot("kernel of the projection",
                             "taps, " + std::to_string(rows) + " by " + std::to_string(columns),
                             linesAlong(*weight, {rank - 2, rank - 1}), columns));
}

} // namespace

std::vector<Plot> plotsOf(Operation *mixing) {
  std::vector<Plot> plots;
  auto kernel = [&](Value value, ArrayRef<int64_t> axes, bool circular) {
    std::optional<Numbers> numbers = numbersOf(value);
    if (!numbers || axes.empty() || axes.size() > 2)
      return;
    if (axes.size() == 1)
      return addKernel(plots, "kernel", linesAlong(*numbers, axes), circular);
    int64_t rows = numbers->shape[axes[0]], columns = numbers->shape[axes[1]];
    if (rows * columns > 1 && rows * columns <= mostPoints)
      plots.push_back(makePlot("kernel", "taps, " + std::to_string(rows) + " by " + std::to_string(columns),
                               linesAlong(*numbers, axes), columns));
  };
  if (auto gated = dyn_cast<mix::GatedOp>(mixing))
    kernel(gated.getKernel(), {static_cast<int64_t>(gated.getAxis())}, gated.isCircular());
  else if (auto toeplitz = dyn_cast<mix::ToeplitzOp>(mixing))
    kernel(toeplitz.getKernel(), {static_cast<int64_t>(toeplitz.getAxis())}, false);
  else if (auto circulant = dyn_cast<mix::CirculantOp>(mixing))
    kernel(circulant.getKernel(), circulant.getAxes(), true);
  else if (auto filter = dyn_cast<mix::GlobalFilterOp>(mixing))
    plotFilter(plots, filter);
  else if (auto projection = dyn_cast<mix::ProjectionOp>(mixing))
    plotProjection(plots, projection);
  return plots;
}

} // namespace fourmix::report
