// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Support/Units.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

std::string fourmix::quantity(double number, const char *unit) {
  static constexpr const char *prefixes[] = {"f", "p", "n", "\u00b5", "m", "", "k", "M", "G", "T"};
  int prefix = 5;
  double magnitude = std::abs(number);
  if (magnitude == 0 || !std::isfinite(magnitude))
    return magnitude == 0 ? std::string("0 ") + unit : llvm::formatv("{0} {1}", number, unit).str();
  // 999.6 is 1.00 of the next prefix.
  for (; magnitude < 0.9995 && prefix > 0; --prefix)
    magnitude *= 1000;
  for (; magnitude >= 999.5 && prefix < 9; ++prefix)
    magnitude /= 1000;
  const char *format = magnitude < 9.995   ? "{0}{1:F2} {2}{3}"
                       : magnitude < 99.95 ? "{0}{1:F1} {2}{3}"
                                           : "{0}{1:F0} {2}{3}";
  return llvm::formatv(format, number < 0 ? "-" : "", magnitude, prefixes[prefix], unit).str();
}

std::string fourmix::withPrefix(double number) {
  constexpr double thousand = 1000;
  size_t prefix = 0;
  constexpr llvm::StringRef prefixes[] = {"", "k", "M", "G", "T"};
  while (number >= thousand && prefix + 1 < std::size(prefixes)) {
    number /= thousand;
    ++prefix;
  }
  return llvm::formatv(prefix == 0 ? "{0:F0} {1}" : "{0:F1} {1}", number, prefixes[prefix]).str();
}
