// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_SPECTRAL_IR_SPECTRAL_H
#define DIALECTS_SPECTRAL_IR_SPECTRAL_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/Spectral/IR/SpectralDialect.h.inc"
#include "dialects/Spectral/IR/SpectralEnums.h.inc"

namespace fourmix::spectral {
class PlannableOpInterface;
/// A plan names a registered lowering.
llvm::LogicalResult verifyPlan(PlannableOpInterface op);
} // namespace fourmix::spectral

#include "dialects/Spectral/IR/SpectralInterfaces.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/Spectral/IR/SpectralTypes.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Spectral/IR/SpectralAttrs.h.inc"
#define GET_OP_CLASSES
#include "dialects/Spectral/IR/SpectralOps.h.inc"

#endif // DIALECTS_SPECTRAL_IR_SPECTRAL_H
