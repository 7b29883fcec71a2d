// The equation of an Einsum node.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_ONNX_OPS_EQUATION_H
#define DIALECTS_ONNX_OPS_EQUATION_H

#include "dialects/ONNX/IR/ONNX.h"
#include "fourmix/Support/Equation.h"

namespace fourmix::onnx {

struct Equation : fourmix::Equation {
  explicit Equation(NodeOp einsum) : fourmix::Equation(einsum.getString("equation", "").str()) {}
};

} // namespace fourmix::onnx

#endif // DIALECTS_ONNX_OPS_EQUATION_H
