// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Recombination.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <cmath>
#include <numbers>

using namespace fourmix;
using namespace fourmix::spectral_to_optic;
using device::DetectMode;
using device::Domain;

//===----------------------------------------------------------------------===//
// What can be asked for
//===----------------------------------------------------------------------===//

static llvm::SmallVector<Encoding, 2> encodingsOf(Domain domain) {
  using optic::Component;
  constexpr std::complex<double> i(0, 1);
  switch (domain) {
  case Domain::Complex:
  case Domain::Ideal:
    return {{Component::Complex, false, 1}};
  case Domain::Real:
    return {{Component::Real, false, 1}, {Component::Imaginary, false, i}};
  case Domain::NonNegative:
  case Domain::Binary:
    // A bias would do with half of the fields, and cost more: it is many times what the detector has to see of the
    // data.
    return {{Component::PositiveReal, false, 1},
            {Component::NegativeReal, false, -1},
            {Component::PositiveImaginary, false, i},
            {Component::NegativeImaginary, false, std::conj(i)}};
  }
  return {};
}

/// `isBalanced`: of intensities, four with a reference each, whose differences have a quarter of the noise of those of
/// three, and nothing dark that clips its noise.
static llvm::SmallVector<Detection, 4> detectionsOf(DetectMode detector, bool isBalanced) {
  using optic::Detect;
  constexpr std::complex<double> i(0, 1);
  switch (detector) {
  case DetectMode::IQ:
  case DetectMode::Ideal:
    return {{Detect::IQ, 0, 1}};
  case DetectMode::Quadrature:
    return {{Detect::I, 0, 1}, {Detect::Q, 0, 1}};
  case DetectMode::Intensity:
    if (isBalanced) // |a + R|^2 - |a - R|^2 = 4 R Re(a)
      return {{Detect::Intensity, 1, 0.5},
              {Detect::Intensity, 3, -0.5},
              {Detect::Intensity, 2, 0.5 * i},
              {Detect::Intensity, 4, {0, -0.5}}};
    // |a + R|^2 - |a|^2 - R^2 = 2 R Re(a), and with the reference at 90 degrees 2 R Im(a).
    return {{Detect::Intensity, 1, 1}, {Detect::Intensity, 2, i}, {Detect::Intensity, 0, -1.0 - i}};
  }
  return {};
}

//===----------------------------------------------------------------------===//
// Precision
//===----------------------------------------------------------------------===//

namespace {
/// The error of one capture as variances, in units of the signal's rms times the headroom: of the full scale of a
/// quadrature, [-1, 1], if gains had no steps and no end.
struct CaptureNoise {
  double random = 0; // averaging K captures leaves 1/K of it
  double stays = 0;

  static double varianceOf(double bits) {
    double error = 2 / (std::sqrt(12.0) * std::exp2(bits));
    return error * error;
  }
  /// The bits that an average is good for.
  double bits(double reads) const {
    double error = std::sqrt(random / reads + stays);
    return error > 0 ? std::log2(2 / (std::sqrt(12.0) * error)) : HUGE_VAL;
  }
  /// How many to average for so many bits.
  double reads(double bits) const {
    double left = varianceOf(bits) - stays;
    return left > 0 ? std::max(1.0, std::ceil(random / left)) : HUGE_VAL;
  }
};
} // namespace

constexpr double mostReads = 4096;

/// The rms of normal numbers over the largest of as many as a field has, which is shown as 1. Source: H. Cramer,
/// Mathematical Methods of Statistics, 1946, 28.6, of magnitudes.
static double rmsOfCodes(const device::Profile &profile) {
  double logs = std::log(4 * static_cast<double>(profile.pixels()));
  return 1 / std::sqrt(2 * logs - std::log(4 * std::numbers::pi * logs));
}

/// At the automatic gain of a field of normal numbers on all of the aperture, behind a filter or without one. Averaging
/// takes of the rounding what noise dithers: the first harmonic of the staircase, step / pi * exp(-2 (pi sigma /
/// step)^2), stays. What is wrong with pixels stays, too. Source: B. Widrow, I. Kollar, Quantization Noise, Cambridge
/// 2008, ch. 19.
static CaptureNoise noiseOf(const device::Profile &profile, double passed) {
  auto square = [](double x) { return x * x; };
  double rms = rmsOfCodes(profile) * passed / std::sqrt(2 * static_cast<double>(profile.pixels())); // of the worst
  double gain = std::clamp(std::floor(-std::log(profile.headroom * rms) / std::log(profile.gainRatio)), 0.0,
                           static_cast<double>(profile.gainSteps - 1));
  double fullScale = std::pow(profile.gainRatio, -gain);
  double range = 2, captures = 1; // of the detector, in units of the full scale; what adds up of several captures
  double shot = profile.photonsFullScale ? 1 / (2 * std::sqrt(profile.photonsFullScale) * fullScale) : 0;
  if (profile.detect == DetectMode::Intensity) {
    // (F + R)^2 is the range, and the result half the difference of two over 2 R. Photons of the reference are the
    // most.
    range = square(fullScale + profile.referenceAmplitude) / (2 * profile.referenceAmplitude * fullScale);
    captures = 0.5;
  }
  double thermal = profile.thermalFullScale * (captures == 1 ? 1 : range), signal = rms / fullScale;
  CaptureNoise noise;
  noise.random = square(thermal) + square(shot);
  if (profile.detectBits) {
    double step = range / std::exp2(static_cast<double>(profile.detectBits));
    double sigma = std::numbers::pi * std::sqrt(noise.random) / step;
    noise.stays = square(step / std::numbers::pi * std::exp(-2 * sigma * sigma)) / 2;
    noise.random += square(step) / 12 - noise.stays;
  }
  noise.random =
      captures * noise.random + square(profile.phaseSigma * signal) + square(profile.relativeIntensity / 2 * signal);
  noise.stays =
      captures * noise.stays + (square(profile.fixedGainSigma) + 4 * square(profile.crosstalk)) * square(signal);
  noise.random /= square(signal * profile.headroom);
  noise.stays /= square(signal * profile.headroom);
  return noise;
}

std::string fourmix::spectral_to_optic::recombine(const device::Profile &profile, double bits, Recombination &result,
                                                  double passed) {
  result.detections = detectionsOf(profile.detect, bits > 0);
  result.removesMean = profile.encodeBits || profile.detectBits;

  // Digits: of so many bits each, the sign of the code not counted.
  bool isSigned = profile.encodeDomain != Domain::NonNegative && profile.encodeDomain != Domain::Binary;
  int64_t digits = profile.encodeDigits, digitBits = profile.encodeBits - isSigned;
  if (bits > 0 && profile.encodeBits) {
    constexpr int64_t mostDigitBits = 32; // V409
    digits = std::max<int64_t>(1, llvm::divideCeil(static_cast<int64_t>(std::ceil(bits)) - isSigned, digitBits));
    if (digits * digitBits > mostDigitBits)
      return llvm::formatv("its encoder has no digits for {0:f1} bits", bits).str();
  }

  // Captures. Of all errors, that of a digit counts as much as the digit does, w: with reads in proportion to w, the
  // sum of w^2 / reads is least for its frames, and as the digits of a code add up to 1, it is 1 / reads of the whole.
  double reads = 1;
  CaptureNoise noise = noiseOf(profile, passed);
  if (bits > 0) {
    reads = noise.reads(bits);
    if (reads > mostReads)
      return llvm::formatv("no number of captures averages to {0:f1} bits: {1:f0} are good for {2:f1}", bits, mostReads,
                           noise.bits(mostReads))
          .str();
    std::string light =
        passed == 1 ? ""
                    : llvm::formatv(" of the {0:f1} % of the light that filters pass", 100 * passed * passed).str();
    result.note =
        llvm::formatv(
            "{0:f1} bits: {1}, {2}", bits,
            digits == 1 ? "the encoder has them"
                        : llvm::formatv("{0} digits, since the encoder has {1} bits", digits, profile.encodeBits).str(),
            reads == 1 ? "a capture" + light + " is good for them"
                       : llvm::formatv("averages of {0:f0} captures{1}, since one is good for {2:f1} bits", reads,
                                       light, noise.bits(1))
                             .str())
            .str();
  }
  double radix = std::exp2(digitBits), all = std::pow(radix, digits) - 1;
  result.error = (noise.random / reads + noise.stays) * profile.headroom * profile.headroom +
                 (profile.encodeBits ? 1 / (12 * std::pow(all * rmsOfCodes(profile), 2)) : 0); // of rounding codes
  for (const Encoding &encoding : encodingsOf(profile.encodeDomain))
    for (int64_t digit = 0; digit < digits; ++digit) {
      double counts = digits == 1 ? 1 : std::pow(radix, digits - 1 - digit) * (radix - 1) / all;
      Encoding &shown = result.encodings.emplace_back(encoding);
      shown.digit = digit;
      shown.digits = digits;
      shown.digitBits = profile.encodeBits;
      shown.repeat = std::max<int64_t>(1, std::llround(std::ceil(reads * counts - 1e-9)));
    }
  return "";
}

//===----------------------------------------------------------------------===//
// Filters
//===----------------------------------------------------------------------===//

std::complex<double> FilterPart::of(std::complex<double> number) const {
  if (kind == Whole)
    return number;
  double part = kind == Real ? number.real() : number.imag();
  return sign == 0 ? part : std::max(0.0, sign * part);
}

llvm::SmallVector<FilterPart, 4> fourmix::spectral_to_optic::filterParts(Domain domain) {
  constexpr std::complex<double> i(0, 1);
  switch (domain) {
  case Domain::Complex:
  case Domain::Ideal:
    return {{}};
  case Domain::Real:
    return {{FilterPart::Real, 0, 1}, {FilterPart::Imaginary, 0, i}};
  case Domain::NonNegative:
    return {{FilterPart::Real, 1, 1},
            {FilterPart::Real, -1, -1},
            {FilterPart::Imaginary, 1, i},
            {FilterPart::Imaginary, -1, -i}};
  case Domain::Binary:
    return {};
  }
  return {};
}
