// What encoders and detectors make of numbers.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_SIMULATOR_CONVERTERS_H
#define LIB_SIMULATOR_CONVERTERS_H

#include "Tile.h"
#include "fourmix/Device/Profile.h"
#include "fourmix/Target/CommandStream.h"
#include <optional>

namespace fourmix::simulator {

/// A modulator with its DAC.
class Encoder {
public:
  /// `converts`: it has its bits and its darkness, else only its domain.
  /// `scales`: exact fields need their scale too.
  Encoder(device::Domain domain, int64_t bits, double extinctionDb, bool converts, bool scales);

  /// The largest magnitude of a code.
  double largest() const;
  /// Makes codes of the data in `tile` and sets its unit and scale: block floating point. With `bias`, 1 is added to
  /// the codes before they are halved. With `digit` the tile gets that digit of the codes; in exact fields the last
  /// digit is not rounded, so that all of them add up to the data.
  void encode(Tile &tile, bool bias, const std::optional<focs::Digit> &digit) const;

private:
  bool isComplex() const { return domain == device::Domain::Complex || domain == device::Domain::Ideal; }
  bool isUnsigned() const { return domain == device::Domain::NonNegative || domain == device::Domain::Binary; }
  /// The largest code in steps of the DAC; 0: it has no steps.
  double levels() const;
  double scaleOf(const Tile &tile) const;
  void showDigit(Tile &tile, const focs::Digit &digit) const;
  void convert(Tile &tile) const;

  device::Domain domain;
  int64_t bits;
  double darkness; // the least amplitude
  bool converts, scales;
};

/// `count` numbers as `bits` bits see them in [-fullScale, fullScale], or in [0, fullScale] if `isUnsigned`; those
/// beyond are clipped and marked in `saturated`. 0 bits change nothing.
void digitise(double *values, int64_t count, int64_t bits, double fullScale, bool isUnsigned,
              std::vector<bool> &saturated);

} // namespace fourmix::simulator

#endif // LIB_SIMULATOR_CONVERTERS_H
