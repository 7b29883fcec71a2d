// The equation of an einsum, "bij,jk->bik", taken apart.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_SUPPORT_EQUATION_H
#define FOURMIX_SUPPORT_EQUATION_H

#include <optional>
#include <string>
#include <vector>

namespace fourmix {

/// A term per operand and that of the result, where there is an arrow. Without spaces; letters and dots are not checked.
struct Equation {
  explicit Equation(std::string text);

  std::string text; // the whole
  std::vector<std::string> inputs;
  std::optional<std::string> output;
};

} // namespace fourmix

#endif // FOURMIX_SUPPORT_EQUATION_H
