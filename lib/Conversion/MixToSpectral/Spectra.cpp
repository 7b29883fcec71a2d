// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Conversion/MixToSpectral/Spectra.h"
#include "dialects/Spectral/IR/Spectral.h"
#include "fourmix/Support/Constants.h"
#include "lib/Kernels/Cost.h"
#include "lib/Kernels/Grid.h"
#include <cmath>
#include <numbers>

using namespace mlir;

namespace fourmix::mix_to_spectral {

static Value constant(Emit &e, ArrayRef<int64_t> shape, Type type, ArrayRef<double> values, StringRef hint) {
  return e.constant(makeConstant(RankedTensorType::get(shape, type), values, hint));
}

/// The spectrum of a constant kernel, its origin moved to element 0.
static std::optional<Spectrum> constantSpectrum(Emit &e, Value kernel, ArrayRef<int64_t> axes,
                                                ArrayRef<int64_t> lengths, ArrayRef<int64_t> origin, bool conjugate) {
  ElementsAttr elements = matchConstant(kernel);
  std::optional<std::vector<double>> values = elements ? readDoubles(elements) : std::nullopt;
  if (!values)
    return std::nullopt;
  kernels::ComplexGrid grid{kernels::Extents(Emit::shapeOf(kernel)), std::move(*values), {}};
  for (auto [axis, length, first] : llvm::zip_equal(axes, lengths, origin)) {
    // Element j goes to (j - origin) mod length.
    kernels::ComplexGrid moved{grid.shape, {}, {}};
    moved.shape[axis] = length;
    moved.re.assign(kernels::countPositions(moved.shape), 0.0);
    int64_t inner = ShapedType::getNumElements(ArrayRef(grid.shape).drop_front(axis + 1)), taps = grid.shape[axis];
    for (auto [at, value] : llvm::enumerate(grid.re)) {
      int64_t index = static_cast<int64_t>(at), outer = index / inner / taps, tap = index / inner % taps;
      int64_t position = ((tap - first) % length + length) % length;
      moved.re[(outer * length + position) * inner + index % inner] += value;
    }
    grid = std::move(moved);
  }
  grid = kernels::halfSpectrum(std::move(grid), kernels::Extents(axes), kernels::Extents(lengths));
  if (conjugate)
    for (double &im : grid.im)
      im = -im;
  Type type = Emit::elementOf(kernel);
  return Spectrum{constant(e, grid.shape, type, grid.re, "spectrum_re"),
                  constant(e, grid.shape, type, grid.im, "spectrum_im")};
}

/// exp(2 pi i k origin / length) along one axis of a half spectrum.
static Spectrum phase(Emit &e, Type type, int64_t rank, int64_t axis, int64_t extent, int64_t length, int64_t origin) {
  std::vector<double> re(extent), im(extent);
  for (int64_t k = 0; k < extent; ++k) {
    double angle = 2 * std::numbers::pi * static_cast<double>(k * origin % length) / static_cast<double>(length);
    re[k] = std::cos(angle);
    im[k] = std::sin(angle);
  }
  SmallVector<int64_t> shape(rank, 1);
  shape[axis] = extent;
  return {constant(e, shape, type, re, "phase_re"), constant(e, shape, type, im, "phase_im")};
}

Spectrum kernelSpectrum(Emit &e, Value kernel, ArrayRef<int64_t> axes, ArrayRef<int64_t> lengths,
                        ArrayRef<int64_t> origin, mix::Orientation orientation) {
  bool conjugate = orientation == mix::Orientation::Correlation;
  if (std::optional<Spectrum> known = constantSpectrum(e, kernel, axes, lengths, origin, conjugate))
    return *known;
  Spectrum spectrum = transform(e, kernel, axes, lengths);
  for (auto [i, axis] : llvm::enumerate(axes)) {
    if (origin[i] == 0)
      continue;
    Shape shape = Emit::shapeOf(spectrum.re);
    Spectrum turn = phase(e, Emit::elementOf(kernel), shape.size(), axis, shape[axis], lengths[i], origin[i]);
    spectrum = multiply(e, spectrum, turn, SmallVector<int64_t>(shape), /*conjugate=*/false);
  }
  if (conjugate)
    spectrum.im = e.elementwise(SmallVector<int64_t>(Emit::shapeOf(spectrum.im)), Emit::elementOf(kernel), spectrum.im,
                                [](lowering::Scalars &s, ValueRange v) { return s.neg(v[0]); });
  return spectrum;
}

Value filter(Emit &e, Value x, Value kernel, ArrayRef<int64_t> axes, ArrayRef<int64_t> lengths,
             ArrayRef<int64_t> origin, mix::Orientation orientation, Shape shape) {
  Spectrum spectrum = kernelSpectrum(e, kernel, axes, lengths, origin, orientation);
  return filter(e, x, spectrum, axes, lengths, shape);
}

Value filter(Emit &e, Value x, Spectrum spectrum, ArrayRef<int64_t> axes, ArrayRef<int64_t> lengths, Shape shape) {
  auto type = RankedTensorType::get(shape, Emit::elementOf(x));
  return spectral::FilterOp::create(e.builder, e.loc, type, x, spectrum.re, spectrum.im, axes, lengths, nullptr);
}

Value toeplitz(Emit &e, Value x, Value kernel, int64_t axis, Shape shape) {
  int64_t n = Emit::shapeOf(x)[axis];
  return filter(e, x, kernel, axis, 2 * n, n - 1, mix::Orientation::Correlation, shape);
}

double costOfTransform(ArrayRef<int64_t> circle) {
  double flops = static_cast<double>(kernels::countRdft(kernels::planRdft(circle.back())).flops());
  if (circle.size() == 2) {
    double columns = static_cast<double>(circle[1] / 2 + 1);
    flops = flops * static_cast<double>(circle[0]) +
            columns * static_cast<double>(kernels::countDft(kernels::planDft(circle[0])).flops());
  }
  return flops;
}

} // namespace fourmix::mix_to_spectral
