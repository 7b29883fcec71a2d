// How much light filters leave, and what becomes of precision then.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "DeviceFilter.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace fourmix;
using namespace fourmix::spectral_to_optic;

FilterLight PlacedFilter::lightOf(const device::Profile &profile) const {
  bool isSigned = profile.filterDomain == device::Domain::Complex || profile.filterDomain == device::Domain::Real;
  double levels = profile.filterBits ? std::exp2(profile.filterBits - isSigned) - 1 : 0;
  double darkness = profile.extinctionDb > 0 ? std::pow(10.0, -profile.extinctionDb / 20) : 0;
  auto shown = [&](std::complex<double> code) {
    if (levels > 0)
      code = {std::nearbyint(code.real() * levels) / levels, std::nearbyint(code.imag() * levels) / levels};
    double magnitude = std::abs(code);
    return magnitude >= darkness ? code : magnitude > 0 ? code * (darkness / magnitude) : darkness;
  };
  // What blocks and parts give is added up, with the noise of each, which the clearest filter would have, too.
  struct Powers {
    double filter = 0, error = 0, clearest = 0;
  };
  std::vector<Powers> powers(kernels);
  for (int64_t block = 0; block < plan.blocks(); ++block) {
    std::vector<double> numbers = spectra(block);
    int64_t points = static_cast<int64_t>(numbers.size()) / 2 / kernels;
    for (int64_t n = 0; n < kernels; ++n)
      for (const FilterPart &part : parts) {
        std::vector<std::complex<double>> filter;
        double most = 0;
        for (int64_t i = n * points; i < (n + 1) * points; ++i) {
          filter.push_back(part.of({numbers[2 * i], numbers[2 * i + 1]}));
          most = std::max({most, std::abs(filter.back().real()), std::abs(filter.back().imag())});
        }
        if (most == 0)
          continue;
        double each = 1.0 / static_cast<double>(points);
        for (std::complex<double> number : filter) {
          powers[n].filter += std::norm(number) * each;
          powers[n].error += std::norm(shown(number / most) * most - number) * each;
        }
        powers[n].clearest += most * most * (part.kind == FilterPart::Whole ? 2 : 1);
      }
  }
  FilterLight least;
  for (const Powers &power : powers)
    if (double passed = std::sqrt(power.filter / power.clearest); power.clearest > 0 && passed < least.passed)
      least = {passed, power.error / power.filter};
  return least;
}

std::string PlacedFilter::note() const {
  if (recombination.note.empty())
    return "";
  double error = recombination.error + light.error + (isDirect ? 0 : first.error);
  std::string before = isDirect || first.note == recombination.note ? "" : "transforms: " + first.note + "; products: ";
  auto decibels = [](double power) { return llvm::formatv("{0:f1} dB", -10 * std::log10(power)).str(); };
  std::string shown = light.error > error / 2 ? "; bits and darkness of the filter leave " + decibels(light.error) : "";
  return llvm::formatv("{0}{1}{2}; {3} of normal numbers are foretold", before, recombination.note, shown,
                       decibels(error))
      .str();
}
