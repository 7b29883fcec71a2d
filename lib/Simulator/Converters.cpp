// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Converters.h"
#include <algorithm>
#include <cmath>
#include <numbers>

using namespace fourmix;
using namespace fourmix::simulator;
using device::Domain;

Encoder::Encoder(Domain domain, int64_t bits, double extinctionDb, bool converts, bool scales)
    : domain(domain), bits(bits), darkness(extinctionDb > 0 ? std::pow(10.0, -extinctionDb / 20) : 0),
      converts(converts && domain != Domain::Ideal), scales(scales) {}

double Encoder::largest() const { return isComplex() ? std::numbers::sqrt2 : 1; }

double Encoder::levels() const { return bits == 0 ? 0 : std::exp2(isUnsigned() ? bits : bits - 1) - 1; }

/// To the nearest integer, ties to even, of less than 2^51: two additions, where a call would keep loops scalar.
static double nearest(double x) { return (x + 0x1.8p52) - 0x1.8p52; }

/// The largest magnitude of a quadrature; of what the encoder does not show, nothing.
double Encoder::scaleOf(const Tile &tile) const {
  double scale = 0;
  for (double x : tile.re)
    scale = std::max(scale, std::abs(x));
  if (isComplex())
    for (double x : tile.im)
      scale = std::max(scale, std::abs(x));
  return scale;
}

void Encoder::encode(Tile &tile, bool bias, const std::optional<focs::Digit> &digit) const {
  double scale = converts || scales || bias || digit ? scaleOf(tile) : 1;
  tile.scale = bias ? 2 * scale : scale;
  tile.bias = bias ? scale : 0;
  if (bias)
    for (double &x : tile.re)
      x += scale;
  if (!isComplex())
    std::fill(tile.im.begin(), tile.im.end(), 0.0);
  if (isUnsigned())
    for (double &x : tile.re)
      x = std::max(x, 0.0);
  if (digit)
    showDigit(tile, *digit);
  convert(tile);
}

void Encoder::showDigit(Tile &tile, const focs::Digit &digit) const {
  // A code is n / (radix^count - 1), and its digit n / lower modulo radix counts `lower` of that.
  double radix = std::exp2(isUnsigned() ? digit.bits : digit.bits - 1), all = std::pow(radix, digit.count) - 1;
  double lower = std::pow(radix, digit.count - 1 - digit.index), unit = tile.scale * lower / all;
  double codes = tile.scale > 0 ? all / tile.scale : 0;
  bool isLast = digit.index + 1 == digit.count;
  auto pick = [&](std::vector<double> &plane) {
    for (double &x : plane) {
      double n = std::abs(x) * codes;
      if (converts)
        n = nearest(std::min(n, all));
      double upper = radix * std::floor(n / (lower * radix));
      double d = (isLast ? n : std::floor(n / lower)) - upper;
      x = std::copysign(d * unit, x);
    }
  };
  pick(tile.re);
  if (isComplex())
    pick(tile.im);
  // The largest digit is the last of those steps of the DAC that all digits have in equal numbers.
  double steps = levels() > 0 ? std::max(1.0, std::floor(levels() / (radix - 1))) : 0;
  tile.scale = steps > 0 ? unit * levels() / steps : unit * (radix - 1);
  if (digit.index > 0)
    tile.bias = tile.mean = 0; // the first one has them
}

void Encoder::convert(Tile &tile) const {
  tile.unit = 1;
  if (!converts)
    return;
  // Off is not dark, but how bright it is is known: on less off counts 1.
  tile.unit = domain == Domain::Binary ? tile.scale / (1 - darkness) : tile.scale;
  double inverse = tile.scale > 0 ? 1 / tile.scale : 0;
  double levels = this->levels(), step = 1 / levels;
  auto quantise = [&](std::vector<double> &plane) {
    for (double &x : plane) {
      double code = std::clamp(x * inverse, -1.0, 1.0);
      x = bits ? nearest(code * levels) * step : code;
    }
  };
  quantise(tile.re);
  if (isComplex())
    quantise(tile.im);
  if (darkness == 0)
    return;
  for (int64_t i = 0; i < tile.size(); ++i) {
    double magnitude = std::hypot(tile.re[i], tile.im[i]);
    if (magnitude >= darkness)
      continue;
    double factor = magnitude > 0 ? darkness / magnitude : 0;
    tile.re[i] = magnitude > 0 ? tile.re[i] * factor : darkness;
    tile.im[i] *= factor;
  }
}

void simulator::digitise(double *values, int64_t count, int64_t bits, double fullScale, bool isUnsigned,
                         std::vector<bool> &saturated) {
  if (bits == 0)
    return;
  double most = std::exp2(isUnsigned ? bits : bits - 1) - 1, least = isUnsigned ? 0 : -most;
  double step = fullScale / most, inverse = 1 / step;
  for (int64_t i = 0; i < count; ++i) {
    double code = nearest(std::clamp(values[i] * inverse, least - 1, most + 1));
    if (code < least || code > most) {
      // Noise below the darkness of an intensity is no saturation.
      if (!isUnsigned || code > most)
        saturated[i] = true;
      code = std::clamp(code, least, most);
    }
    values[i] = code * step;
  }
}
