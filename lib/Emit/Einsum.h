// Sums of products over named dimensions.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_EMIT_EINSUM_H
#define LIB_EMIT_EINSUM_H

#include "lib/Emit/Emit.h"

namespace fourmix::lowering {

/// A dimension's name: a letter, or 256 + i for the i-th dimension from the right behind an ellipsis.
using Label = int;
using Labels = llvm::SmallVector<Label>;

/// The tensor of shape `result` whose dimensions are `output`: the sum, over all dimensions not among them, of the
/// product of the operands, whose dimensions are `inputs`. A name may stand twice in one operand (its diagonal);
/// extents of 1 broadcast. Every name of `output` occurs in an input; no extent is 0.
mlir::Value einsum(Emit &e, mlir::ValueRange operands, llvm::ArrayRef<Labels> inputs, const Labels &output,
                   Shape result);

/// The same from a well-formed explicit equation of letters, as "bij,jk->bik".
mlir::Value einsum(Emit &e, llvm::StringRef equation, mlir::ValueRange operands);

} // namespace fourmix::lowering

#endif // LIB_EMIT_EINSUM_H
