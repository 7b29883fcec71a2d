// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Support/Units.h"
#include "llvm/Support/FormatVariadic.h"

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
