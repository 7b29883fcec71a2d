// From a field to a capture: docs/device-profiles.md has the model.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_SIMULATOR_OPTICS_H
#define LIB_SIMULATOR_OPTICS_H

#include "Converters.h"
#include "Random.h"
#include "Regions.h"
#include "Transform.h"
#include "fourmix/Simulator/Simulator.h"
#include <optional>

namespace fourmix::simulator {

class Optics {
public:
  Optics(const device::Profile &profile, Mode mode, uint64_t seed);

  /// tile = what the encoder shows of the data that the walk reads.
  llvm::Error loadField(const focs::LoadField &load, const Walk &walk, llvm::ArrayRef<Region> regions, Tile &tile);
  llvm::Error loadFilter(const Walk &walk, llvm::ArrayRef<Region> regions, Tile &tile);

  struct Shots {
    uint64_t frames = 0, reruns = 0, repeats = 0, saturated = 0;
  };
  /// `filter` is null for a transform. In mode count nothing but the shots is computed.
  Shots fire(const focs::Fire &fire, const Tile &field, const Tile *filter, Tile &capture);
  /// While it sleeps it computes nothing, as in mode count: somebody else does.
  void sleep(bool sleeps) { isAsleep = sleeps; }

private:
  llvm::Error read(const Walk &walk, llvm::ArrayRef<Region> regions, Tile &tile);
  void distortField(Tile &tile);
  void takeMean(Tile &tile) const;
  /// The complex amplitudes before the detector.
  void propagate(const focs::Fire &fire, const Tile &field, const Tile *filter, std::vector<double> &waveRe,
                 std::vector<double> &waveIm);
  /// The largest amplitude that can be; what the electronics expect: the rms of a quadrature, and the largest number of
  /// the detector that they know for certain.
  struct Expected {
    double worst, rms, sum = 0;
  };
  Expected expected(const focs::Fire &fire, const Tile &field, const Tile *filter) const;
  /// Adds one detection of the amplitudes to `capture`, in the units of codes; says whether something saturated.
  bool detect(const focs::Fire &fire, double worst, double fullScale, double reference, Tile &capture);

  bool computes() const { return mode != Mode::Count && !isAsleep; }
  bool converts() const { return mode == Mode::Quant || mode == Mode::Noisy; }

  const device::Profile &profile;
  Mode mode;
  bool isAsleep = false;
  Encoder encoder, filterEncoder;
  std::optional<FrameTransform> transform; // where something is computed
  Random random;
  std::vector<double> mapRe, mapIm; // of the encoder's pixels; empty without errors
  std::vector<double> waveRe, waveIm, shotRe, shotIm;
  std::vector<bool> saturated;
};

} // namespace fourmix::simulator

#endif // LIB_SIMULATOR_OPTICS_H
