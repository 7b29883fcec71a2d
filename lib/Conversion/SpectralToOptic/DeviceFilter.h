// A filter as the device is asked for it: tiles, kernels in slots, pairs of real signals in complex frames.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_SPECTRALTOOPTIC_DEVICEFILTER_H
#define LIB_CONVERSION_SPECTRALTOOPTIC_DEVICEFILTER_H

#include "Recombination.h"
#include "dialects/Spectral/IR/Spectral.h"
#include "lib/Kernels/FilterPlan.h"

namespace fourmix::spectral_to_optic {

/// A dimension of the result, with its strides in input, result and the bank of kernels: 0 where they have one for all.
/// Or the tiles of the axis whose tiles share frames, each time so many on.
struct FilterDimension {
  int64_t extent = 1, input = 0, output = 0, kernel = 0, tile = 0;

  /// Every `stride`-th, so many of them.
  FilterDimension every(int64_t stride, int64_t count) const {
    return {count, input * stride, output * stride, kernel * stride, tile * stride};
  }
};

/// A part of the batches that one piece of program takes: from an element of input and result, a kernel and a tile on.
struct FilterSection {
  int64_t input = 0, output = 0, kernel = 0, tile = 0;
  /// Side by side in a field stand so many, number u in row u / across and column u % across.
  int64_t units = 1, across = 1;
  /// `reloaded`: for each of its iterations kernels are loaded; `shared`: signals that meet the same kernels;
  /// `resident`: with its iterations, innermost, frames go through the kernels in slots.
  llvm::SmallVector<FilterDimension, 2> reloaded, shared, resident;

  void startAt(const FilterDimension &dimension, int64_t number) {
    input += number * dimension.input;
    output += number * dimension.output;
    kernel += number * dimension.kernel;
    tile += number * dimension.tile;
  }
};

/// One capture of a tile: field, filter, detector, and what it counts.
struct FilterShot {
  int64_t block = 0;
  Encoding encoding;
  size_t part = 0;
  Detection detection;

  /// Whether the field of `other` will do.
  bool hasFieldOf(const FilterShot &other) const {
    return block == other.block && encoding.component == other.encoding.component &&
           encoding.digit == other.encoding.digit;
  }
};

/// How many signals the dimensions number, or inputs of them.
int64_t countOf(llvm::ArrayRef<FilterDimension> dimensions, bool ofInput = false);

int64_t countFrames(llvm::ArrayRef<FilterShot> shots);

/// Of that kernel's filters which pass the least: the rms amplitude behind them over that behind the clearest filter,
/// and the power of what their codes and their darkness are wrong by, over theirs.
struct FilterLight {
  double passed = 1, error = 0;
};

struct PlacedFilter {
  llvm::SmallVector<int64_t> input;    // shape of the input, padded where tiles want zeros
  std::array<FilterDimension, 2> axes; // of the device's array
  bool isTurned = false;               // rows of the aperture are the filter's second axis
  /// Two real signals are one complex field: the other one is so far away.
  bool isPaired = false;
  int64_t inputPair = 0, outputPair = 0;
  kernels::FilterPlan plan;
  FilterDimension unit; // of what stands side by side
  /// Whether a frame convolves; else one transforms and another one multiplies and transforms.
  bool isDirect = true;
  /// Of what meets the filter; where that is not the first fire of a tile, of that one.
  Recombination recombination, first;
  FilterLight light;
  llvm::SmallVector<FilterPart, 4> parts;
  std::vector<double> taps; // [kernels, taps of axis 0, taps of axis 1]
  int64_t kernels = 1;
  /// Whether all filters are there all the time; else whether there are those of some kernels and all blocks at a time,
  /// or only those of one block.
  bool isPreloaded = true, isLoadedByBlock = false;
  llvm::SmallVector<FilterSection, 2> sections;

  int64_t frames() const;
  /// What was done for the precision that was asked for, and the SNR of the result of normal numbers that it gives;
  /// empty where nothing was asked for.
  std::string note() const;
  /// Shots of the transform, where the optics do not convolve, and of what comes then.
  llvm::SmallVector<FilterShot> firstShots() const;
  llvm::SmallVector<FilterShot> shots() const;
  /// The spectra of a block's kernels, [kernels, rows, cols, 2], which repeat across the aperture.
  std::vector<double> spectra(int64_t block) const;
  FilterLight lightOf(const device::Profile &profile) const;
};

/// Plans a filter, or says why the device does not take it.
struct FilterPlacement {
  std::optional<PlacedFilter> filter;
  std::string reason;
};
FilterPlacement placeFilter(spectral::FilterOp op, const device::Profile &profile, double bits);

/// Appends the program `name` to the block, with the memories "x" and "y". Its filters stay from slot `slotAt` on where
/// they do.
optic::ProgramOp buildFilterProgram(mlir::OpBuilder &builder, mlir::Location loc, llvm::StringRef name,
                                    mlir::RankedTensorType input, mlir::RankedTensorType output,
                                    const PlacedFilter &placed, const device::Profile &profile, int64_t slotAt);

/// The input of the program: with zeros up to the circle where the tiles need them.
mlir::Value padInput(mlir::OpBuilder &builder, spectral::FilterOp op, const PlacedFilter &placed);

} // namespace fourmix::spectral_to_optic

#endif // LIB_CONVERSION_SPECTRALTOOPTIC_DEVICEFILTER_H
