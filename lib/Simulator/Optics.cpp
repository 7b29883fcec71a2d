// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Optics.h"
#include <algorithm>
#include <cmath>
#include <numeric>

using namespace llvm;
using namespace fourmix;
using namespace fourmix::simulator;
using device::DetectMode;

static bool detectsIntensities(const device::Profile &profile) {
  return profile.detect == DetectMode::Intensity || profile.detect == DetectMode::Ideal;
}

Optics::Optics(const device::Profile &profile, Mode mode, uint64_t seed)
    : profile(profile), mode(mode),
      encoder(profile.encodeDomain, profile.encodeBits, profile.extinctionDb, converts(), detectsIntensities(profile)),
      filterEncoder(profile.filterDomain, profile.filterBits, profile.extinctionDb, converts(),
                    detectsIntensities(profile)),
      random(seed) {
  int64_t pixels = profile.pixels();
  if (!computes())
    return;
  transform.emplace(profile.rows, profile.cols);
  for (std::vector<double> *plane : {&waveRe, &waveIm, &shotRe, &shotIm})
    plane->resize(pixels);
  saturated.resize(pixels);
  if (mode != Mode::Noisy || profile.fixedGainSigma == 0)
    return;
  for (int64_t i = 0; i < pixels; ++i) {
    double gain = 1 + profile.fixedGainSigma * random.normal(), phase = profile.fixedGainSigma * random.normal();
    mapRe.push_back(gain * std::cos(phase));
    mapIm.push_back(gain * std::sin(phase));
  }
}

//===- Encoders -----------------------------------------------------------===//

Error Optics::read(const Walk &walk, ArrayRef<Region> regions, Tile &tile) {
  tile.resize(profile.rows, profile.cols, computes());
  if (walk.rows() > tile.rows || walk.cols() > tile.cols)
    return createStringError("expected at most the aperture's " + Twine(tile.rows) + " x " + Twine(tile.cols) +
                             " elements, found " + Twine(walk.rows()) + " x " + Twine(walk.cols()));
  tile.loaded = walk.elements();
  if (!computes())
    return Error::success();
  if (walk.rows() < tile.rows || walk.cols() < tile.cols) {
    std::fill(tile.re.begin(), tile.re.end(), 0.0);
    std::fill(tile.im.begin(), tile.im.end(), 0.0);
  }
  return walk.read(regions, tile.re.data(), tile.im.data(), tile.cols);
}

Error Optics::loadField(const focs::LoadField &load, const Walk &walk, ArrayRef<Region> regions, Tile &tile) {
  if (Error error = read(walk, regions, tile))
    return error;
  tile.partial = load.bias || load.digit || load.component != focs::Component::Complex;
  if (!computes())
    return Error::success();
  if (focs::isImaginary(load.component))
    tile.re = tile.im;
  if (load.component != focs::Component::Complex)
    std::fill(tile.im.begin(), tile.im.end(), 0.0);
  tile.mean = 0;
  if (load.removeMean)
    takeMean(tile);
  if (focs::isPart(load.component)) {
    bool isNegative = focs::isNegativePart(load.component);
    for (double &x : tile.re)
      x = std::max(isNegative ? -x : x, 0.0);
    if (isNegative)
      tile.mean = 0; // the positive part has it
  }
  encoder.encode(tile, load.bias, load.digit);
  if (mode == Mode::Noisy)
    distortField(tile);
  return Error::success();
}

Error Optics::loadFilter(const Walk &walk, ArrayRef<Region> regions, Tile &tile) {
  if (Error error = read(walk, regions, tile))
    return error;
  if (computes())
    tile.first = {tile.re[0], tile.im[0]}, filterEncoder.encode(tile, false, std::nullopt);
  return Error::success();
}

/// Of all pixels, those that show nothing included: what it adds to a transform stands in one element then.
void Optics::takeMean(Tile &tile) const {
  auto take = [](std::vector<double> &plane) {
    double mean = std::accumulate(plane.begin(), plane.end(), 0.0) / static_cast<double>(plane.size());
    for (double &x : plane)
      x -= mean;
    return mean;
  };
  double re = take(tile.re);
  tile.mean = {re, take(tile.im)};
}

/// What is wrong with the encoder's pixels, and the light that leaks from one to the next.
void Optics::distortField(Tile &tile) {
  if (!mapRe.empty())
    for (int64_t i = 0; i < tile.size(); ++i) {
      double re = tile.re[i], im = tile.im[i];
      tile.re[i] = re * mapRe[i] - im * mapIm[i];
      tile.im[i] = re * mapIm[i] + im * mapRe[i];
    }
  if (profile.crosstalk == 0)
    return;
  for (std::vector<double> *plane : {&tile.re, &tile.im}) {
    std::vector<double> clean = *plane;
    for (int64_t r = 0; r < tile.rows; ++r)
      for (int64_t c = 0; c < tile.cols; ++c) {
        int64_t i = r * tile.cols + c;
        double leaked = (r > 0 ? clean[i - tile.cols] : 0) + (r + 1 < tile.rows ? clean[i + tile.cols] : 0) +
                        (c > 0 ? clean[i - 1] : 0) + (c + 1 < tile.cols ? clean[i + 1] : 0);
        (*plane)[i] += profile.crosstalk * leaked;
      }
  }
}

//===- Light --------------------------------------------------------------===//

static void multiply(const Tile &filter, std::vector<double> &re, std::vector<double> &im) {
  for (size_t i = 0; i < re.size(); ++i) {
    double x = re[i], y = im[i];
    re[i] = x * filter.re[i] - y * filter.im[i];
    im[i] = x * filter.im[i] + y * filter.re[i];
  }
}

void Optics::propagate(const focs::Fire &fire, const Tile &field, const Tile *filter, std::vector<double> &waveRe,
                       std::vector<double> &waveIm) {
  if (fire.mode == focs::FireMode::FT)
    return transform->run(field.re.data(), field.im.data(), waveRe.data(), waveIm.data());
  if (fire.mode == focs::FireMode::MFT) {
    waveRe = field.re, waveIm = field.im;
    multiply(*filter, waveRe, waveIm);
    return transform->run(waveRe.data(), waveIm.data(), waveRe.data(), waveIm.data());
  }
  transform->run(field.re.data(), field.im.data(), waveRe.data(), waveIm.data());
  multiply(*filter, waveRe, waveIm);
  transform->run(waveIm.data(), waveRe.data(), waveIm.data(), waveRe.data());
  double scale = 1.0 / static_cast<double>(profile.pixels());
  for (int64_t i = 0; i < profile.pixels(); ++i)
    waveRe[i] *= scale, waveIm[i] *= scale;
}

static double energy(const Tile &tile) {
  return std::inner_product(tile.re.begin(), tile.re.end(), tile.re.begin(), 0.0) +
         std::inner_product(tile.im.begin(), tile.im.end(), tile.im.begin(), 0.0);
}

Optics::Expected Optics::expected(const focs::Fire &fire, const Tile &field, const Tile *filter) const {
  double pixels = static_cast<double>(profile.pixels());
  if (fire.mode == focs::FireMode::FT) {
    double re = std::abs(std::accumulate(field.re.begin(), field.re.end(), 0.0));
    double im = std::abs(std::accumulate(field.im.begin(), field.im.end(), 0.0));
    return {pixels * encoder.largest(), std::sqrt(energy(field) / 2),
            fire.detect == focs::Detect::Intensity ? std::hypot(re, im) : std::max(re, im)};
  }
  double worst = encoder.largest() * filterEncoder.largest();
  if (fire.mode == focs::FireMode::MFT) {
    double sum = 0; // the transform keeps the energy of the product
    for (int64_t i = 0; i < field.size(); ++i)
      sum += (field.re[i] * field.re[i] + field.im[i] * field.im[i]) *
             (filter->re[i] * filter->re[i] + filter->im[i] * filter->im[i]);
    return {pixels * worst, std::sqrt(sum / 2)};
  }
  // As if the field's spectrum were flat; of a real result there is one quadrature.
  bool isReal = profile.encodeDomain != device::Domain::Complex && profile.encodeDomain != device::Domain::Ideal;
  double mean = energy(field) / pixels * energy(*filter) / pixels;
  return {std::sqrt(pixels) * worst, std::sqrt(isReal ? mean : mean / 2)};
}

//===- Detectors ----------------------------------------------------------===//

bool Optics::detect(const focs::Fire &fire, double worst, double fullScale, double reference, Tile &capture) {
  bool isIntensity = fire.detect == focs::Detect::Intensity, isNoisy = mode == Mode::Noisy;
  int64_t pixels = profile.pixels();
  double amplitude = 1;
  if (isNoisy && profile.relativeIntensity > 0)
    amplitude = std::sqrt(std::max(0.0, 1 + profile.relativeIntensity * random.normal()));
  for (int64_t i = 0; i < pixels; ++i) {
    double re = waveRe[i] * amplitude, im = waveIm[i] * amplitude;
    if (isNoisy && profile.phaseSigma > 0) {
      double phase = profile.phaseSigma * random.normal(), c = std::cos(phase), s = std::sin(phase), x = re;
      re = x * c - im * s, im = x * s + im * c;
    }
    shotRe[i] = re, shotIm[i] = im;
  }
  double range = fullScale, shotSigma = 0, thermalSigma = isNoisy ? profile.thermalFullScale * fullScale : 0;
  if (isNoisy && profile.photonsFullScale > 0)
    shotSigma = worst / (2 * std::sqrt(profile.photonsFullScale));
  if (isIntensity) {
    static constexpr double cosines[] = {1, 0, -1, 0}, sines[] = {0, 1, 0, -1};
    double refRe = fire.reference ? reference * cosines[(fire.reference - 1) % 4] * amplitude : 0;
    double refIm = fire.reference ? reference * sines[(fire.reference - 1) % 4] * amplitude : 0;
    range = (fullScale + reference) * (fullScale + reference);
    thermalSigma = isNoisy ? profile.thermalFullScale * range : 0;
    for (int64_t i = 0; i < pixels; ++i) {
      double re = shotRe[i] + refRe, im = shotIm[i] + refIm, intensity = re * re + im * im;
      if (shotSigma > 0)
        intensity += 2 * shotSigma * std::sqrt(intensity) * random.normal();
      shotRe[i] = intensity, shotIm[i] = 0;
    }
  } else if (shotSigma > 0) {
    for (int64_t i = 0; i < pixels; ++i)
      shotRe[i] += shotSigma * random.normal(), shotIm[i] += shotSigma * random.normal();
  }
  if (thermalSigma > 0)
    for (int64_t i = 0; i < pixels; ++i) {
      shotRe[i] += thermalSigma * random.normal();
      if (!isIntensity)
        shotIm[i] += thermalSigma * random.normal();
    }
  std::fill(saturated.begin(), saturated.end(), false);
  bool hasRe = fire.detect != focs::Detect::Q, hasIm = !isIntensity && fire.detect != focs::Detect::I;
  if (converts() && hasRe)
    digitise(shotRe.data(), pixels, profile.detectBits, range, isIntensity, saturated);
  if (converts() && hasIm)
    digitise(shotIm.data(), pixels, profile.detectBits, range, false, saturated);
  for (int64_t i = 0; i < pixels; ++i) {
    capture.re[i] += hasRe ? shotRe[i] : 0;
    capture.im[i] += hasIm ? shotIm[i] : 0;
  }
  return std::find(saturated.begin(), saturated.end(), true) != saturated.end();
}

/// What a detection gives of an amplitude, when captures are combined as they are meant to be.
static std::complex<double> measured(const focs::Fire &fire, std::complex<double> amplitude) {
  double re = amplitude.real(), im = amplitude.imag();
  switch (fire.detect) {
  case focs::Detect::IQ:
    return amplitude;
  case focs::Detect::I:
    return re;
  case focs::Detect::Q:
    return {0, im};
  case focs::Detect::Intensity:
    break;
  }
  const double byReference[] = {0, re, im, -re, -im};
  return byReference[fire.reference % 5];
}

Optics::Shots Optics::fire(const focs::Fire &fire, const Tile &field, const Tile *filter, Tile &capture) {
  uint64_t repeat = std::max<uint64_t>(fire.repeat, 1);
  Shots shots{repeat, 0, repeat - 1, 0};
  capture.resize(profile.rows, profile.cols, computes());
  if (!computes())
    return shots;
  bool isIntensity = fire.detect == focs::Detect::Intensity;
  bool isExact = !isIntensity && !converts();
  propagate(fire, field, filter, isExact ? capture.re : waveRe, isExact ? capture.im : waveIm);
  capture.unit = field.unit * (filter ? filter->unit : 1);
  capture.isEverywhere = fire.mode == focs::FireMode::Correlate4F;
  double pixels = static_cast<double>(profile.pixels());
  std::complex<double> shown =
      capture.isEverywhere ? std::complex<double>(filter->re[0], filter->im[0]) * filter->unit : pixels;
  capture.bias = measured(fire, field.bias * shown);
  capture.mean = measured(fire, field.mean * (capture.isEverywhere ? filter->first : pixels));
  if (isExact) {
    if (fire.detect == focs::Detect::I)
      std::fill(capture.im.begin(), capture.im.end(), 0.0);
    if (fire.detect == focs::Detect::Q)
      std::fill(capture.re.begin(), capture.re.end(), 0.0);
    return shots;
  }
  auto [worst, rms, sum] = expected(fire, field, filter);
  // Exact amplitudes are in units of the data: so is the reference then.
  double reference = worst * profile.referenceAmplitude;
  if (!converts())
    reference *= field.scale * (filter ? filter->scale : 1);
  int64_t gain = fire.gain;
  if (fire.gain == focs::automaticGain) {
    double needed = std::max(profile.headroom * rms, sum);
    for (gain = 0; gain + 1 < profile.gainSteps; ++gain)
      if (worst / std::pow(profile.gainRatio, gain + 1) < needed)
        break;
  }
  for (;;) {
    double fullScale = worst / std::pow(profile.gainRatio, gain);
    std::fill(capture.re.begin(), capture.re.end(), 0.0);
    std::fill(capture.im.begin(), capture.im.end(), 0.0);
    bool isSaturated = false;
    uint64_t lost = 0;
    for (uint64_t k = 0; k < repeat; ++k) {
      isSaturated |= detect(fire, worst, fullScale, reference, capture);
      lost = std::max<uint64_t>(lost, std::count(saturated.begin(), saturated.end(), true));
    }
    if (!isSaturated || !fire.rerun || gain == 0) {
      shots.saturated = lost;
      break;
    }
    --gain;
    shots.frames += repeat, shots.reruns += repeat;
  }
  double average = 1.0 / static_cast<double>(repeat);
  for (int64_t i = 0; i < capture.size(); ++i) {
    double re = capture.re[i] * average, im = capture.im[i] * average;
    if (isIntensity)
      re = reference > 0 ? (re - (fire.reference ? reference * reference : 0)) / (2 * reference) : 0;
    capture.re[i] = re, capture.im[i] = im;
  }
  return shots;
}
