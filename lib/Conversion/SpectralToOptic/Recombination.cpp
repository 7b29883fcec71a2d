// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Recombination.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>
#include <numbers>

using namespace fourmix;
using namespace fourmix::spectral_to_optic;

/// Captures to average for so many effective bits. Averaging K leaves 1/K of the noise, and of the rounding what the
/// noise dithers: the first harmonic of the staircase, step / pi * exp(-2 (pi sigma / step)^2), stays.
/// Source: B. Widrow, I. Kollar, Quantization Noise, Cambridge 2008, ch. 19.
static std::optional<int64_t> countReads(const device::Profile &profile, double bits) {
  // In units of the full scale of a quadrature at the finest gain, [-1, 1].
  double shot = profile.photonsFullScale ? std::pow(profile.gainRatio, static_cast<double>(profile.gainSteps - 1)) /
                                               (2 * std::sqrt(profile.photonsFullScale))
                                         : 0;
  double noise = std::hypot(profile.thermalFullScale, shot), random = noise * noise, stays = 0;
  if (profile.detectBits) {
    double step = 2 / std::exp2(static_cast<double>(profile.detectBits)), sigma = std::numbers::pi * noise / step;
    double harmonic = step / std::numbers::pi * std::exp(-2 * sigma * sigma);
    stays = harmonic * harmonic / 2;
    random += step * step / 12 - stays;
  }
  double wanted = 2 / (std::sqrt(12.0) * std::exp2(bits)), left = wanted * wanted - stays;
  constexpr double mostReads = 4096;
  if (left <= 0 || random > mostReads * left)
    return std::nullopt;
  return std::max<int64_t>(1, static_cast<int64_t>(std::ceil(random / left)));
}

std::string fourmix::spectral_to_optic::recombine(const device::Profile &profile, double bits, Recombination &result) {
  using optic::Component, optic::Detect;
  constexpr std::complex<double> i(0, 1);
  switch (profile.encodeDomain) {
  case device::Domain::Complex:
  case device::Domain::Ideal:
    result.encodings = {{Component::Complex, false, 1}};
    break;
  case device::Domain::Real:
    result.encodings = {{Component::Real, false, 1}, {Component::Imaginary, false, i}};
    break;
  case device::Domain::NonNegative:
    result.encodings = {{Component::Real, true, 1}, {Component::Imaginary, true, i}};
    break;
  case device::Domain::Binary:
    return "its encoder shows zeros and ones only";
  }
  switch (profile.detect) {
  case device::DetectMode::IQ:
  case device::DetectMode::Ideal:
    result.detections = {{Detect::IQ, 0, 1}};
    break;
  case device::DetectMode::Quadrature:
    result.detections = {{Detect::I, 0, 1}, {Detect::Q, 0, 1}};
    break;
  case device::DetectMode::Intensity:
    // |a + R|^2 - |a|^2 - R^2 = 2 R Re(a), and with the reference at 90 degrees 2 R Im(a).
    result.detections = {{Detect::Intensity, 1, 1}, {Detect::Intensity, 2, i}, {Detect::Intensity, 0, -1.0 - i}};
    break;
  }
  if (bits > 0) {
    std::optional<int64_t> reads = countReads(profile, bits);
    if (!reads)
      return llvm::formatv("no number of captures averages to {0:f1} bits", bits).str();
    result.repeat = *reads;
  }
  return "";
}
