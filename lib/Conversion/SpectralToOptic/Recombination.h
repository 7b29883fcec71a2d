// How a device that knows less than complex numbers, or knows them worse than is wanted, computes with them.
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
  /// Which digit of the codes it shows, of how many (1: the whole code), of so many bits.
  int64_t digit = 0, digits = 1, digitBits = 0;
  int64_t repeat = 1; // captures of each detection that are averaged

  /// Null where the whole code is shown.
  optic::DigitAttr digitAttr(mlir::MLIRContext *context) const {
    return digits == 1 ? optic::DigitAttr() : optic::DigitAttr::get(context, digit, digits, digitBits);
  }
};

/// What the detector measures of one field, and what it counts.
struct Detection {
  optic::Detect detect;
  int64_t reference;
  std::complex<double> factor;
};

/// Several fields and captures, which the electronics add up: of all encodings all detections.
struct Recombination {
  llvm::SmallVector<Encoding, 2> encodings; // those of the imaginary part last
  llvm::SmallVector<Detection, 4> detections;
  /// Whether the mean of a field goes past the optics, where the fire lets it: it costs no frames, and in data with a
  /// mean it is what the detector's range would otherwise be for.
  bool removesMean = false;
  /// What was done for the precision that was asked for, and why; empty where nothing was asked for.
  std::string note;
  /// Foretold of normal numbers: the power of a capture's error, and of its field's, over that of what is detected.
  double error = 0;

  /// A field with no imaginary part needs only the encodings of its real part.
  llvm::ArrayRef<Encoding> encodingsOf(bool isComplex) const {
    return llvm::ArrayRef(encodings).take_while(
        [&](const Encoding &encoding) { return isComplex || encoding.factor.imag() == 0; });
  }
  /// Frames for one tile.
  int64_t frames(bool isComplex) const {
    int64_t captures = 0;
    for (const Encoding &encoding : encodingsOf(isComplex))
      captures += encoding.repeat;
    return captures * static_cast<int64_t>(detections.size());
  }
};

/// How the device is asked to compute with complex fields, or why it cannot be; whether it has the fire is the caller's
/// business. `bits`: what a field and a capture are to be good for, by digits where the encoder has fewer and by
/// averages where the detector is worse; 0: as it comes. `passed`: the rms amplitude behind a filter over that behind
/// the clearest one, 1 where there is none. Part of the detector's noise stays, however little light there is.
std::string recombine(const device::Profile &profile, double bits, Recombination &result, double passed = 1);

/// Which of a complex number's parts a filter shows, as what its domain has, and what that counts.
struct FilterPart {
  enum Kind { Whole, Real, Imaginary } kind = Whole;
  int sign = 0; // 0: both, else magnitudes of those of that sign
  std::complex<double> factor = 1;

  std::complex<double> of(std::complex<double> number) const;
};

/// The parts that a complex filter is the sum of, where it shows less; none where it cannot be.
llvm::SmallVector<FilterPart, 4> filterParts(device::Domain domain);

} // namespace fourmix::spectral_to_optic

#endif // LIB_CONVERSION_SPECTRALTOOPTIC_RECOMBINATION_H
