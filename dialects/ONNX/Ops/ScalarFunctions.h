// The operators that are functions of one or two numbers, as functions on the host.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_ONNX_OPS_SCALARFUNCTIONS_H
#define DIALECTS_ONNX_OPS_SCALARFUNCTIONS_H

#include "dialects/ONNX/IR/ONNX.h"
#include <functional>
#include <optional>

namespace fourmix::onnx {

using RealUnary = std::function<double(double)>;
using IntUnary = int64_t (*)(int64_t);
using RealBinary = double (*)(double, double);
/// Nullopt where the result does not exist (division by zero). Overflow wraps.
using IntBinary = std::optional<int64_t> (*)(int64_t, int64_t);

// What `node` computes of each element (pair), its attributes applied; null where its operator is no such function.
// Comparisons of reals give 0 and 1.
RealUnary realUnary(NodeOp node);
IntUnary intUnary(NodeOp node);
RealBinary realBinary(NodeOp node);
IntBinary intBinary(NodeOp node);

} // namespace fourmix::onnx

#endif // DIALECTS_ONNX_OPS_SCALARFUNCTIONS_H
