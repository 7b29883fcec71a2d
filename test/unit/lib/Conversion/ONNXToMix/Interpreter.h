// Evaluates the ONNX nodes that occur in mixings, and mix.fourier, by their definitions, in double.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TEST_UNIT_LIB_CONVERSION_ONNXTOMIX_INTERPRETER_H
#define TEST_UNIT_LIB_CONVERSION_ONNXTOMIX_INTERPRETER_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <cstdint>
#include <vector>

struct HostTensor {
  std::vector<int64_t> shape;
  std::vector<double> values; // row-major
  int64_t &extent(int64_t axis) { return shape[axis < 0 ? axis + shape.size() : axis]; }
};

/// Re(F_n X F_d) over the two axes, by the sum that defines it.
HostTensor fourierMixing(const HostTensor &x, int64_t sequence, int64_t hidden);

/// The value that `function` returns for `argument`. Fails the running test on an op it does not know.
HostTensor evaluate(mlir::func::FuncOp function, const HostTensor &argument);

#endif // TEST_UNIT_LIB_CONVERSION_ONNXTOMIX_INTERPRETER_H
