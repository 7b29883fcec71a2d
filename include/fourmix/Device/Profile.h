// The facts of a Fourier-optical device, read from a profile: one TOML file per device, every figure with where it
// comes from. docs/device-profiles.md describes the keys.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_DEVICE_PROFILE_H
#define FOURMIX_DEVICE_PROFILE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace fourmix::device {

/// What the optics between encoder and detector do with filter and field; see focs::FireMode and Profile::fires. A JTC
/// is a lens before an intensity detector: both operands stand in one field. Any is the ideal device.
enum class Kind { FT, MFT, Correlator4F, JTC, Any };
/// What an encoder or filter can show. Ideal: complex numbers, unlimited.
enum class Domain { Complex, Real, NonNegative, Binary, Ideal };
/// What a detector can be asked for: both quadratures at once, one of them, intensities; Ideal: any of these.
enum class DetectMode { IQ, Quadrature, Intensity, Ideal };
/// Where a figure comes from.
enum class Provenance { Source, Derived, Assumed };
const char *nameOf(Provenance provenance);

struct Profile {
  std::string name, description;
  std::string text; // the TOML itself, which a stream embeds

  // Geometry.
  Kind kind = Kind::MFT;
  int64_t rows = 0, cols = 0; // the aperture, in pixels
  int64_t engines = 1;        // apertures that work in parallel on one queue
  /// The fires that the device can do.
  bool firesTransform() const { return kind != Kind::Correlator4F; }
  bool firesProduct() const { return kind == Kind::MFT || kind == Kind::Any; }
  bool firesCorrelation() const { return kind == Kind::Correlator4F || kind == Kind::Any; }
  bool hasFilter() const { return firesProduct() || firesCorrelation(); }
  int64_t pixels() const { return rows * cols; }

  // Encoder and filter. Bits per quadrature; 0 means unlimited.
  Domain encodeDomain = Domain::Complex, filterDomain = Domain::Complex;
  int64_t encodeBits = 8, filterBits = 8;
  int64_t encodeDigits = 1; // fields that a number is spread over where nothing else is said
  double extinctionDb = 0;  // 0: perfect darkness
  int64_t filterSlots = 0;

  // Detector.
  DetectMode detect = DetectMode::IQ;
  int64_t detectBits = 8;
  int64_t gainSteps = 1;         // gain codes 0 .. gainSteps-1
  double gainRatio = 2;          // full scale of code g = worst case / gainRatio^g
  double headroom = 5;           // automatic gain: full scale over predicted rms of one quadrature
  double referenceAmplitude = 1; // of the reference beam, in units of the worst-case amplitude

  // Time, in hertz and seconds; links in bytes per second, 0 means that they cost no time.
  double frameHz = 1e9, latencySeconds = 0, filterLoadSeconds = 0;
  double linkIn = 0, linkOut = 0; // between host memory and device
  double memoryBandwidth = 0;     // of the device's own memory, both ways together

  // Memories, in tiles, bytes and complex table entries.
  int64_t fieldTiles = 2, captureTiles = 2, accumulatorTiles = 4;
  int64_t accumulatorRows = 0, accumulatorCols = 0;
  int64_t tableEntries = 0;
  int64_t scratchBytes = 0;     // of the device's own memory; scratch beyond lies in host memory, behind the links
  bool doublePrecision = false; // electronics and tables compute and store in f64, else in f32

  // Electronics: complex multiplications per second (0 per cycle: they cost no time), and radices of which butterflies
  // are made.
  double clockHz = 1e9, multipliersPerCycle = 1;
  std::vector<int64_t> radices;

  // Noise, as standard deviations. docs/device-profiles.md has the formulas.
  double photonsFullScale = 0;  // that a pixel detects at the full scale of gain 0; 0: no shot noise
  double thermalFullScale = 0;  // over the full scale of the chosen gain
  double relativeIntensity = 0; // of the laser, from frame to frame
  double phaseSigma = 0;        // radians, of every detected pixel in every frame
  double fixedGainSigma = 0; // of every encoder pixel, for the life of the device: its gain, and its phase in radians
  double crosstalk = 0;      // amplitude that leaks into each of the four neighbours of an encoder pixel

  // Energy, joules per event.
  std::map<std::string, double> frameEnergy; // per frame, by component: dac, adc, tia, modulator, laser
  double multiplicationEnergy = 0;           // per complex multiplication of the electronics
  double linkEnergyPerByte = 0, memoryEnergyPerByte = 0;
  double idlePower = 0; // watts, the whole time

  // The host that has the choice between itself and the device. Transforms in floating-point operations per second, as
  // Lowering::cost counts them (0: not known), watts while it computes or launches, seconds of a launch beside what the
  // device does.
  double hostFlops = 0, hostPower = 0, hostLaunchSeconds = 0;

  /// By key ("timing.frame_hz"): where the figure comes from, and the note beside it.
  struct Origin {
    Provenance provenance = Provenance::Assumed;
    std::string note;
  };
  std::map<std::string, Origin> origins;

  /// 64-bit FNV-1a of the text: streams and libraries are tied to a device by it.
  uint64_t hash() const;
  double joulesPerFrame() const;
};

/// Parses and checks a profile; `where` names it in errors ("file: line: key: expected, found").
llvm::Expected<Profile> parseProfile(llvm::StringRef text, llvm::StringRef where);

/// `device` is the path of a TOML file, or the name of a profile that comes with Fourmix.
llvm::Expected<Profile> loadProfile(llvm::StringRef device);

/// The names of the profiles that come with Fourmix, in the order of the docs.
std::vector<std::string> builtinProfiles();

} // namespace fourmix::device

#endif // FOURMIX_DEVICE_PROFILE_H
