// Where the tiles of a filter lie: in its input and result, in scratch, in the loops that are open.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_SPECTRALTOOPTIC_FILTERPLACES_H
#define LIB_CONVERSION_SPECTRALTOOPTIC_FILTERPLACES_H

#include "DeviceFilter.h"
#include "ProgramWriter.h"

namespace fourmix::spectral_to_optic {

/// Where a tile lies: planes, axes, offsets. No imaginary plane where signals do not come in pairs.
struct Place {
  mlir::Value re, im;
  optic::AxisAttr row, col;
  mlir::AffineMap offset, imOffset;
};

class FilterPlaces {
public:
  using Dimensions = llvm::ArrayRef<FilterDimension>;

  FilterPlaces(ProgramWriter &w, const PlacedFilter &placed, const device::Profile &profile, mlir::Value input,
               mlir::Value output)
      : input(input), output(output), w(w), placed(placed), profile(profile) {}

  /// Tiles side by side, for each iteration of the loops inside that it depends on.
  struct Tiles {
    mlir::Value re, im;
    llvm::SmallVector<std::pair<const FilterDimension *, int64_t>> strides;
  };

  mlir::Value input, output;
  Tiles spectra, sums, fields, results; // in scratch
  const FilterSection *section = nullptr;
  llvm::SmallVector<std::pair<const FilterDimension *, size_t>> open; // loops over batches, with their numbers

  /// Opens a loop for each.
  void enter(Dimensions dimensions);
  /// The sum of what the open loops over batches add, by a stride of their dimensions.
  llvm::SmallVector<ProgramWriter::Term> terms(int64_t FilterDimension::*stride) const;

  /// Makes the arrays of a section in scratch; `inside`: loops over batches that do not share their part.
  void makeScratch(Dimensions inside, bool hasSums);

  /// The whole aperture's tile; `group`: the loops over tiles.
  Place tile(const Tiles &tiles, size_t group) const;
  /// As much of it as what stands side by side takes: its points, or its results.
  Place unitsOf(const Tiles &tiles, bool isInput) const;
  /// A tile of the input or the result, so far from the section's start.
  Place outside(bool isInput, int64_t block, size_t group, const FilterDimension &start = {0}) const;
  /// What the optics are shown, and where their results go.
  Place source(int64_t block, size_t group) const;
  Place target(size_t group) const;
  mlir::AffineMap offsetOf(const Tiles &tiles) const;

  /// Rows and columns of what stands side by side in a field, and whether points between stay zero.
  std::array<int64_t, 2> unitsOfGrid() const;
  bool hasGaps() const;

private:
  /// Rows and columns of the arrays in scratch.
  std::pair<int64_t, int64_t> sides() const;

  ProgramWriter &w;
  const PlacedFilter &placed;
  const device::Profile &profile;
};

} // namespace fourmix::spectral_to_optic

#endif // LIB_CONVERSION_SPECTRALTOOPTIC_FILTERPLACES_H
