// How a transform is laid into frames.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_SPECTRALTOOPTIC_PLACEMENT_H
#define LIB_CONVERSION_SPECTRALTOOPTIC_PLACEMENT_H

#include "DeviceTransform.h"
#include "Recombination.h"

namespace fourmix::spectral_to_optic {

/// How a transform lies in its tensors, and the frames for it.
struct PlacedTransform {
  /// A dimension of both tensors, with its strides.
  struct Dimension {
    int64_t extent = 1, input = 0, output = 0;
  };
  std::array<Dimension, 2> axes;           // of the device's array
  llvm::SmallVector<Dimension, 4> batches; // everything else
  /// Real signals that are transformed as one: the second one's distance from the first, in both tensors. Where their
  /// number is odd, one is transformed twice.
  kernels::FramePacking packing = kernels::FramePacking::None;
  int64_t inputShift = 0, outputShift = 0;
  /// Of packed spectra (HostSpectra.h) what the device reads: dimensions between transformed ones are one, one of them,
  /// `pairedDimension`, has half of its extent. Empty where it reads the transform's own input.
  llvm::SmallVector<int64_t, 4> packedShape;
  int64_t pairedDimension = -1;
  kernels::FramePlan plan;
  Recombination recombination;
  /// Frames of a launch; `isComplex`: the input has an imaginary part.
  int64_t frames(bool isComplex) const;
  int64_t batch() const {
    int64_t count = 1;
    for (const Dimension &dimension : batches)
      count *= dimension.extent;
    return count;
  }
};

/// Plans frames for a transform, or says why the device does not take it. `bits`: what a capture is to be good for, by
/// averaging where the detector alone is worse; 0: as it comes.
struct Placement {
  std::optional<PlacedTransform> transform;
  std::string reason;
};
Placement place(DeviceTransform &transform, const device::Profile &profile, double bits);

} // namespace fourmix::spectral_to_optic

#endif // LIB_CONVERSION_SPECTRALTOOPTIC_PLACEMENT_H
