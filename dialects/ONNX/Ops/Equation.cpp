// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/Ops/Equation.h"

using namespace mlir;

namespace fourmix::onnx {

Equation::Equation(NodeOp einsum) : text(einsum.getString("equation", "").str()) {
  llvm::erase(text, ' ');
  auto [left, right] = StringRef(text).split("->");
  SmallVector<StringRef> terms;
  left.split(terms, ',');
  inputs.assign(terms.begin(), terms.end());
  if (StringRef(text).contains("->"))
    output = right.str();
}

} // namespace fourmix::onnx
