// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_MIX_IR_MIX_H
#define DIALECTS_MIX_IR_MIX_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/Mix/IR/MixDialect.h.inc"
#include "dialects/Mix/IR/MixEnums.h.inc"

namespace fourmix::mix {
/// Bytes of the distinct operands and of the results of an op on static tensors.
int64_t countBytes(mlir::Operation *op);
/// Operations of a Fourier transform of `length` complex points: 5 N log2 N.
double fourierFlops(int64_t length);

/// The extents that the tensors of an attention share; keys are counted with those of the past.
struct AttentionSizes {
  int64_t batch, queries, keys, past, size, valueSize;
};
} // namespace fourmix::mix

#include "dialects/Mix/IR/MixInterfaces.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/Mix/IR/MixTypes.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Mix/IR/MixAttrs.h.inc"
#define GET_OP_CLASSES
#include "dialects/Mix/IR/MixOps.h.inc"

#endif // DIALECTS_MIX_IR_MIX_H
