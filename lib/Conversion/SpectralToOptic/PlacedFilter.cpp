// The frames of a placed filter, and what it shows in them.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "DeviceFilter.h"
#include "lib/Kernels/Grid.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::spectral_to_optic;

int64_t spectral_to_optic::countOf(ArrayRef<FilterDimension> dimensions, bool ofInput) {
  int64_t result = 1;
  for (const FilterDimension &dimension : dimensions)
    result *= ofInput && dimension.input == 0 ? 1 : dimension.extent;
  return result;
}

int64_t spectral_to_optic::countFrames(ArrayRef<FilterShot> shots) {
  int64_t frames = 0;
  for (const FilterShot &shot : shots)
    frames += shot.encoding.repeat;
  return frames;
}

SmallVector<FilterShot> PlacedFilter::firstShots() const {
  SmallVector<FilterShot> list;
  for (const Encoding &encoding : first.encodingsOf(isPaired))
    for (const Detection &detection : first.detections)
      list.push_back({0, encoding, 0, detection});
  return list;
}

SmallVector<FilterShot> PlacedFilter::shots() const {
  SmallVector<FilterShot> list;
  for (int64_t block = 0; block < plan.blocks(); ++block)
    for (const Encoding &encoding : recombination.encodingsOf(isPaired || !isDirect))
      for (size_t part = 0; part < parts.size(); ++part)
        for (const Detection &detection : recombination.detections) {
          // Of one signal only real parts count; intensities and one quadrature have none where the factor is
          // imaginary, the other quadrature has none where it is real.
          std::complex<double> factor = encoding.factor * parts[part].factor * detection.factor;
          bool isWhole = detection.detect == optic::Detect::IQ;
          double real = detection.detect == optic::Detect::Q ? factor.imag() : factor.real();
          if (isPaired || isWhole || real != 0)
            list.push_back({block, encoding, part, detection});
        }
  return list;
}

int64_t PlacedFilter::frames() const {
  int64_t count = 0;
  for (const FilterSection &section : sections) {
    int64_t batches = countOf(section.reloaded) * countOf(section.shared);
    count += batches * countOf(section.resident) * countFrames(shots());
    if (!isDirect)
      count += batches * countOf(section.resident, /*ofInput=*/true) * plan.blocks() * countFrames(firstShots());
  }
  return count * plan.tiles();
}

std::vector<double> PlacedFilter::spectra(int64_t block) const {
  const auto &[rows, cols] = plan.axes;
  kernels::ComplexGrid grid{{kernels, rows.aperture, cols.aperture}, {}, {}};
  grid.re.assign(kernels * rows.aperture * cols.aperture, 0.0);
  int64_t rowBlock = block / cols.blocks, colBlock = block % cols.blocks;
  for (int64_t n = 0; n < kernels; ++n)
    for (int64_t r = rowBlock * rows.block; r < std::min((rowBlock + 1) * rows.block, rows.axis.taps); ++r)
      for (int64_t c = colBlock * cols.block; c < std::min((colBlock + 1) * cols.block, cols.axis.taps); ++c)
        grid.re[(n * rows.aperture + rows.position(r)) * cols.aperture + cols.position(c)] =
            taps[(n * rows.axis.taps + r) * cols.axis.taps + c];
  grid = kernels::transformAxis(grid, 1, rows.aperture, false, rows.aperture);
  grid = kernels::transformAxis(grid, 2, cols.aperture, false, cols.aperture);
  std::vector<double> numbers;
  for (size_t i = 0; i < grid.re.size(); ++i) {
    numbers.push_back(grid.re[i]);
    numbers.push_back(grid.im.empty() ? 0 : grid.im[i]);
  }
  return numbers;
}
