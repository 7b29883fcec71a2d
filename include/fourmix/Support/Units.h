// Numbers as people read them.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_SUPPORT_UNITS_H
#define FOURMIX_SUPPORT_UNITS_H

#include <string>

namespace fourmix {

/// A number with one decimal and the prefix that fits, to stand before a unit: "18.2 M", "7 ".
std::string withPrefix(double number);

/// Three digits, the prefix that fits, from f to T, and the unit: "3.43 ms", "127 \u00b5J", "0 J".
std::string quantity(double number, const char *unit);

} // namespace fourmix

#endif // FOURMIX_SUPPORT_UNITS_H
