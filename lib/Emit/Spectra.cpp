// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Emit/Spectra.h"
#include "fourmix/Support/Constants.h"
#include "lib/Emit/Einsum.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;

namespace fourmix::lowering {

using spectral::Direction;

Spectrum transform(Emit &e, Value x, ArrayRef<int64_t> axes, ArrayRef<int64_t> lengths) {
  auto first = spectral::RdftOp::create(e.builder, e.loc, x, axes.back(), lengths.back(), nullptr);
  Spectrum result{first.getOutRe(), first.getOutIm()};
  for (size_t i = axes.size() - 1; i-- > 0;) {
    auto next = spectral::DftOp::create(e.builder, e.loc, Direction::Forward, result.re, result.im, axes[i], lengths[i],
                                        nullptr);
    result = {next.getOutRe(), next.getOutIm()};
  }
  return result;
}

Value transformBack(Emit &e, Spectrum x, ArrayRef<int64_t> axes, ArrayRef<int64_t> lengths, ArrayRef<int64_t> kept) {
  // Each axis is cut as soon as it is there.
  auto cut = [&](Value part, size_t i) {
    return kept[i] == lengths[i] ? part : e.sliceAxis(part, axes[i], 0, kept[i]);
  };
  for (size_t i = 0; i + 1 < axes.size(); ++i) {
    auto next = spectral::DftOp::create(e.builder, e.loc, Direction::Inverse, x.re, x.im, axes[i], lengths[i], nullptr);
    x = {cut(next.getOutRe(), i), cut(next.getOutIm(), i)};
  }
  auto last = spectral::IrdftOp::create(e.builder, e.loc, x.re, x.im, axes.back(), lengths.back(), nullptr);
  return cut(last.getOutRe(), axes.size() - 1);
}

Spectrum multiply(Emit &e, Spectrum a, Spectrum b, Shape shape, bool conjugate) {
  Type type = Emit::elementOf(a.re);
  auto product = [&](Value x, Value y) {
    return e.elementwise(shape, type, {x, y}, [](Scalars &s, ValueRange v) { return s.mul(v[0], v[1]); });
  };
  if (!a.im && !b.im)
    return {product(a.re, b.re), {}};
  if (!b.im)
    return {product(a.re, b.re), product(a.im, b.re)};
  if (!a.im) {
    Value im = product(a.re, b.im);
    if (conjugate)
      im = e.elementwise(shape, type, im, [](Scalars &s, ValueRange v) { return s.neg(v[0]); });
    return {product(a.re, b.re), im};
  }
  SmallVector<Value> parts = {a.re, a.im, b.re, b.im};
  Value re = e.elementwise(shape, type, parts, [&](Scalars &s, ValueRange v) {
    Value x = s.mul(v[0], v[2]), y = s.mul(v[1], v[3]);
    return conjugate ? s.add(x, y) : s.sub(x, y);
  });
  Value im = e.elementwise(shape, type, parts, [&](Scalars &s, ValueRange v) {
    Value x = s.mul(v[1], v[2]), y = s.mul(v[0], v[3]);
    return conjugate ? s.sub(x, y) : s.add(x, y);
  });
  return {re, im};
}

Spectrum multiplySum(Emit &e, Spectrum a, Spectrum b, int64_t axis, Shape shape) {
  Labels inputs, output;
  SmallVector<int64_t> summed(shape), kept(shape);
  kept.erase(kept.begin() + axis);
  summed[axis] = 1;
  for (int64_t i = 0, rank = shape.size(); i < rank; ++i) {
    inputs.push_back(i);
    if (i != axis)
      output.push_back(i);
  }
  auto sum = [&](Value x, Value y) { return einsum(e, ValueRange{x, y}, {inputs, inputs}, output, kept); };
  auto combine = [&](Value x, Value y, bool minus) {
    return e.elementwise(kept, Emit::elementOf(x), {x, y},
                         [&](Scalars &s, ValueRange v) { return minus ? s.sub(v[0], v[1]) : s.add(v[0], v[1]); });
  };
  auto whole = [&](Value x) { return e.reshape(x, summed); };
  if (!b.im)
    return {whole(sum(a.re, b.re)), a.im ? whole(sum(a.im, b.re)) : Value()};
  if (!a.im)
    return {whole(sum(a.re, b.re)), whole(sum(a.re, b.im))};
  return {whole(combine(sum(a.re, b.re), sum(a.im, b.im), /*minus=*/true)),
          whole(combine(sum(a.re, b.im), sum(a.im, b.re), /*minus=*/false))};
}

std::optional<kernels::ComplexGrid> numbersOf(Spectrum spectrum) {
  kernels::ComplexGrid grid{kernels::Extents(Emit::shapeOf(spectrum.re)), {}, {}};
  for (auto [part, numbers] : {std::pair{spectrum.re, &grid.re}, {spectrum.im, &grid.im}})
    if (part) {
      ElementsAttr constant = matchConstant(part);
      std::optional<std::vector<double>> values = constant ? readDoubles(constant) : std::nullopt;
      if (!values)
        return std::nullopt;
      *numbers = std::move(*values);
    }
  return grid;
}

Spectrum constantSpectrum(Emit &e, const kernels::ComplexGrid &grid, Type element, StringRef name) {
  auto type = RankedTensorType::get(grid.shape, element);
  auto constant = [&](ArrayRef<double> numbers) {
    return numbers.empty() ? Value() : e.constant(makeConstant(type, numbers, name));
  };
  return {constant(grid.re), constant(grid.im)};
}

/// Element i along an axis of `length` becomes element -i, of which the first `kept` stay.
static kernels::ComplexGrid backwards(const kernels::ComplexGrid &grid, int64_t axis, int64_t kept) {
  kernels::ComplexGrid result{grid.shape, {}, {}};
  int64_t length = grid.shape[axis], inner = 1;
  result.shape[axis] = kept;
  for (size_t i = axis + 1; i < grid.shape.size(); ++i)
    inner *= grid.shape[i];
  for (auto [from, to] : {std::pair{&grid.re, &result.re}, {&grid.im, &result.im}})
    if (!from->empty())
      for (int64_t i = 0, count = kernels::countPositions(result.shape); i < count; ++i) {
        int64_t outer = i / (inner * kept), at = i / inner % kept;
        to->push_back((*from)[(outer * length + (length - at) % length) * inner + i % inner]);
      }
  return result;
}

Value filterSum(Emit &e, Value x, Spectrum spectrum, int64_t summed, ArrayRef<int64_t> axes, ArrayRef<int64_t> lengths,
                Shape shape) {
  std::optional<kernels::ComplexGrid> grid = numbersOf(spectrum);
  if (!grid)
    return {};
  int64_t extent = Emit::shapeOf(x)[summed];
  Type element = Emit::elementOf(x);
  kernels::ComplexGrid around =
      kernels::transformAxis(backwards(*grid, summed, extent), summed, extent, /*inverse=*/false, extent);
  spectrum = constantSpectrum(e, around, element, "sum_of_filters");
  SmallVector<int64_t> allAxes = {summed}, allLengths = {extent};
  llvm::append_range(allAxes, axes);
  llvm::append_range(allLengths, lengths);
  return spectral::FilterOp::create(e.builder, e.loc, RankedTensorType::get(shape, element), x, spectrum.re,
                                    spectrum.im, allAxes, allLengths, nullptr);
}

Value expandFilter(RewriterBase &rewriter, spectral::FilterOp op, std::optional<StringRef> plan) {
  rewriter.setInsertionPoint(op);
  Emit e(rewriter, op.getLoc());
  SmallVector<int64_t> axes(op.getAxes()), lengths(op.getLengths());
  Operation *before = op->getPrevNode();
  SmallVector<int64_t> product(op.getOutputType().getShape()), kept;
  Spectrum filter{op.getRe(), op.getIm()};
  // One element of a circle is a sum, which needs no transform along it.
  std::optional<int64_t> summed;
  for (size_t i = 0; i + 1 < axes.size() && !summed; ++i) {
    int64_t extent = op.getInputType().getDimSize(axes[i]);
    if (product[axes[i]] != 1 || extent > lengths[i])
      continue;
    if (std::optional<kernels::ComplexGrid> grid = numbersOf(filter)) {
      summed = axes[i];
      kernels::ComplexGrid along = kernels::transformAxis(*grid, *summed, lengths[i], /*inverse=*/true, lengths[i]);
      filter = constantSpectrum(e, backwards(along, *summed, extent), Emit::elementOf(op.getInput()), "spectrum");
      product[*summed] = extent;
      axes.erase(axes.begin() + i);
      lengths.erase(lengths.begin() + i);
    }
  }
  for (int64_t axis : axes) {
    kept.push_back(product[axis]);
    product[axis] = op.getSpectrumType().getDimSize(axis);
  }
  Spectrum x = transform(e, op.getInput(), axes, lengths);
  Spectrum y =
      summed ? multiplySum(e, x, filter, *summed, product) : multiply(e, x, filter, product, /*conjugate=*/false);
  Value result = transformBack(e, y, axes, lengths, kept);
  if (plan)
    for (Operation *made = op->getPrevNode(); made != before; made = made->getPrevNode())
      if (auto plannable = dyn_cast<spectral::PlannableOpInterface>(made))
        plannable.setPlan(plan);
  rewriter.replaceOp(op, result);
  return result;
}

} // namespace fourmix::lowering
