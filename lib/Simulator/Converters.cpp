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

double Encoder::largest() const {
  return domain == Domain::Complex || domain == Domain::Ideal ? std::numbers::sqrt2 : 1;
}

/// To the nearest integer, ties to even, of less than 2^51: two additions, where a call would keep loops scalar.
static double nearest(double x) { return (x + 0x1.8p52) - 0x1.8p52; }

/// The largest magnitude of a quadrature; of what the encoder does not show, nothing.
double Encoder::scaleOf(const Tile &tile) const {
  double scale = 0;
  for (double x : tile.re)
    scale = std::max(scale, std::abs(x));
  if (domain == Domain::Complex || domain == Domain::Ideal)
    for (double x : tile.im)
      scale = std::max(scale, std::abs(x));
  return scale;
}

void Encoder::encode(Tile &tile, bool bias) const {
  double scale = converts || scales || bias ? scaleOf(tile) : 1;
  tile.scale = bias ? 2 * scale : scale;
  tile.bias = bias ? scale : 0;
  if (bias)
    for (double &x : tile.re)
      x += scale;
  convert(tile);
}

void Encoder::convert(Tile &tile) const {
  bool isComplex = domain == Domain::Complex || domain == Domain::Ideal;
  bool isUnsigned = domain == Domain::NonNegative || domain == Domain::Binary;
  if (!isComplex)
    std::fill(tile.im.begin(), tile.im.end(), 0.0);
  if (isUnsigned)
    for (double &x : tile.re)
      x = std::max(x, 0.0);
  tile.unit = 1;
  if (!converts)
    return;
  tile.unit = tile.scale;
  double inverse = tile.scale > 0 ? 1 / tile.scale : 0;
  double levels = bits == 0 ? 0 : isUnsigned ? std::exp2(bits) - 1 : std::exp2(bits - 1) - 1, step = 1 / levels;
  auto quantise = [&](std::vector<double> &plane) {
    for (double &x : plane) {
      double code = std::clamp(x * inverse, -1.0, 1.0);
      x = bits ? nearest(code * levels) * step : code;
    }
  };
  quantise(tile.re);
  if (isComplex)
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
