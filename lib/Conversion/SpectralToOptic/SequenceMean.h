// What is the same in all elements along an axis goes past the optics: it lands in the first coefficient of each line,
// where it would take the detector's range from all others that share a frame with it. Behind a LayerNorm that is the
// mean of each channel over the sequence; the mean of a whole field is near zero there.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_SPECTRALTOOPTIC_SEQUENCEMEAN_H
#define LIB_CONVERSION_SPECTRALTOOPTIC_SEQUENCEMEAN_H

#include "DeviceTransform.h"
#include "lib/Emit/Emit.h"

namespace fourmix::spectral_to_optic {

class SequenceMean {
public:
  /// Takes the mean along the first axis of `transform` out of re and im (null where there is none). Nothing happens
  /// where that axis is transformed back, or padded or cut before it is transformed.
  SequenceMean(lowering::Emit &e, DeviceTransform &transform, mlir::Value &re, mlir::Value &im);

  /// To be called behind the launch, where the ops of the transform still are: adds what the mean gives to the parts of
  /// its result that are there.
  void addBack(mlir::Value &re, mlir::Value &im);

private:
  mlir::Value addToFirst(mlir::Value part, mlir::Value sum);

  lowering::Emit &e;
  DeviceTransform &transform;
  int64_t axis = -1;        // none
  mlir::Value sumRe, sumIm; // along the axis: what the mean gives in the first coefficient
};

} // namespace fourmix::spectral_to_optic

#endif // LIB_CONVERSION_SPECTRALTOOPTIC_SEQUENCEMEAN_H
