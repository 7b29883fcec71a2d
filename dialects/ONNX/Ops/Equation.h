// The equation of an Einsum, taken apart.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_ONNX_OPS_EQUATION_H
#define DIALECTS_ONNX_OPS_EQUATION_H

#include "dialects/ONNX/IR/ONNX.h"
#include <optional>
#include <string>
#include <vector>

namespace fourmix::onnx {

/// A term per input as the equation "ij,jk->ik" has them, and that of the result where there is an arrow. Without
/// spaces; letters and dots are not checked.
struct Equation {
  explicit Equation(NodeOp einsum);

  std::string text; // the whole
  std::vector<std::string> inputs;
  std::optional<std::string> output;
};

} // namespace fourmix::onnx

#endif // DIALECTS_ONNX_OPS_EQUATION_H
