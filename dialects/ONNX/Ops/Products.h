// The shapes of products, for the operators that are one of numbers in disguise.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_ONNX_OPS_PRODUCTS_H
#define DIALECTS_ONNX_OPS_PRODUCTS_H

#include "dialects/ONNX/Ops/Inference.h"

namespace fourmix::onnx {

/// NumPy's matrix product of inputs `a` and `b`.
mlir::FailureOr<Shape> matmulShape(Inference &op, unsigned a, unsigned b);

/// The convolution of input `x` [N, C, in...] with the weights of input `w` [M, C / group, k...].
mlir::FailureOr<Shape> convShape(Inference &op, unsigned x, unsigned w);

} // namespace fourmix::onnx

#endif // DIALECTS_ONNX_OPS_PRODUCTS_H
