// What encoders and detectors make of numbers.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_SIMULATOR_CONVERTERS_H
#define LIB_SIMULATOR_CONVERTERS_H

#include "Tile.h"
#include "fourmix/Device/Profile.h"

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
  /// the codes before they are halved.
  void encode(Tile &tile, bool bias) const;

private:
  double scaleOf(const Tile &tile) const;
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
