// A transform as the device is asked for it: one spectral op, or two along different axes of which one reads the other.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_SPECTRALTOOPTIC_DEVICETRANSFORM_H
#define LIB_CONVERSION_SPECTRALTOOPTIC_DEVICETRANSFORM_H

#include "dialects/Spectral/IR/Spectral.h"
#include "lib/Kernels/FramePlan.h"

namespace fourmix::spectral_to_optic {

/// A tensor axis and what is done along it.
struct TransformedAxis {
  int64_t axis;
  kernels::FrameTransform transform;
};

struct DeviceTransform {
  llvm::SmallVector<spectral::FourierOpInterface, 2> ops; // in program order
  llvm::SmallVector<TransformedAxis, 2> axes;             // of the tensor, in increasing order
  /// The axis of an irdft: its input is a half spectrum, of which all coefficients but the first and, for even lengths,
  /// the last stand for two. -1 for none.
  int64_t halfAxis = -1;

  mlir::Value re() { return ops.front().getRe(); }
  mlir::Value im() { return ops.front().getIm(); }
  mlir::RankedTensorType inputType() { return ops.front().getInputType(); }
  mlir::RankedTensorType outputType() { return ops.back().getOutputType(); }
  bool givesRe() { return !ops.back().getOutRe().use_empty(); }
  bool givesIm() { return ops.back().isOutImUsed(); }
};

/// `op` alone.
DeviceTransform transformOf(spectral::FourierOpInterface op);

/// `op` with the op that its results go to, if that is one of plan `plan` along another axis, their only reader.
std::optional<DeviceTransform> pairOf(spectral::FourierOpInterface op, llvm::StringRef plan);

} // namespace fourmix::spectral_to_optic

#endif // LIB_CONVERSION_SPECTRALTOOPTIC_DEVICETRANSFORM_H
