// How a device that knows less than complex numbers, or knows them worse than is wanted, computes a transform of them.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CONVERSION_SPECTRALTOOPTIC_RECOMBINATION_H
#define LIB_CONVERSION_SPECTRALTOOPTIC_RECOMBINATION_H

#include "dialects/Optic/IR/Optic.h"
#include "fourmix/Device/Profile.h"
#include <complex>

namespace fourmix::spectral_to_optic {

/// What the encoder is given of a complex field, and what the result counts.
struct Encoding {
  optic::Component component;
  bool bias;
  std::complex<double> factor;
};

/// What the detector measures of one field, and what it counts.
struct Detection {
  optic::Detect detect;
  int64_t reference;
  std::complex<double> factor;
};

/// How a device that knows less than complex numbers computes a transform of them: several fields and captures, which
/// the electronics add up.
struct Recombination {
  llvm::SmallVector<Encoding, 2> encodings;
  llvm::SmallVector<Detection, 4> detections;
  int64_t repeat = 1; // captures of each that are averaged

  /// The encodings that a field with no imaginary part needs are those of its real part.
  llvm::ArrayRef<Encoding> encodingsOf(bool isComplex) const {
    return isComplex ? llvm::ArrayRef(encodings) : llvm::ArrayRef(encodings).take_front();
  }
};

/// How the device is asked for complex transforms, or why it cannot be. `bits`: what a capture is to be good for, by
/// averaging where the detector alone is worse; 0: as it comes.
std::string recombine(const device::Profile &profile, double bits, Recombination &result);

} // namespace fourmix::spectral_to_optic

#endif // LIB_CONVERSION_SPECTRALTOOPTIC_RECOMBINATION_H
