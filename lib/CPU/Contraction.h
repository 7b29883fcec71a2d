// The one shape of a matrix product that packing and the register tile agree on.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_CPU_CONTRACTION_H
#define LIB_CPU_CONTRACTION_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include <optional>

namespace fourmix::cpu {

/// Columns of a panel of B, in vectors: 3 vectors of accumulators per row fill the register file best.
inline constexpr int64_t panelVectors = 3;

/// C[.., m, n] += A[.., m, k] * B[.., k, n] as a linalg op with one reduction: which operand and which loop plays which
/// part. `n` is the loop along which C is innermost; B is the factor that moves with n.
struct Contraction {
  unsigned a, b;             // operand numbers; C is operand 2
  unsigned n, k;             // loops
  std::optional<unsigned> m; // the innermost loop of C that moves A and not B; absent for a vector times a matrix
};

/// The parts of `op`, or nothing where it is no product of two f32 tensors or buffers of this shape.
std::optional<Contraction> matchContraction(mlir::linalg::LinalgOp op);

/// The map of a packed B: (n floordiv P, k, n mod P).
mlir::AffineMap panelMap(unsigned loops, unsigned n, unsigned k, int64_t panel, mlir::MLIRContext *context);

} // namespace fourmix::cpu

#endif // LIB_CPU_CONTRACTION_H
