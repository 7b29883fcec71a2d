// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_OPTIC_IR_OPTIC_H
#define DIALECTS_OPTIC_IR_OPTIC_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/RegionKindInterface.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include <complex>

#include "dialects/Optic/IR/OpticDialect.h.inc"
#include "dialects/Optic/IR/OpticEnums.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/Optic/IR/OpticTypes.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Optic/IR/OpticAttrs.h.inc"
#define GET_OP_CLASSES
#include "dialects/Optic/IR/OpticOps.h.inc"

namespace fourmix::optic {
constexpr unsigned maxLoopDepth = 8;
/// How many loops enclose an op.
unsigned loopDepth(mlir::Operation *op);
/// The tile that an op goes on with in place, so that its result has the slot of that one; null where it makes its own.
mlir::Value tileInPlace(mlir::Operation *op);
/// The constant and the factors of an expression that is linear in the map's dimensions; nothing where it is not.
std::optional<llvm::SmallVector<int64_t>> linearCoefficients(mlir::AffineMap map);
} // namespace fourmix::optic

#endif // DIALECTS_OPTIC_IR_OPTIC_H
