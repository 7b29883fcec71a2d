// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Spectral/IR/Spectral.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace fourmix::spectral;

#include "dialects/Spectral/IR/SpectralDialect.cpp.inc"
#include "dialects/Spectral/IR/SpectralEnums.cpp.inc"
#include "dialects/Spectral/IR/SpectralInterfaces.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/Spectral/IR/SpectralTypes.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Spectral/IR/SpectralAttrs.cpp.inc"

void SpectralDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Spectral/IR/SpectralAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/Spectral/IR/SpectralOps.cpp.inc"
      >();
}

Operation *SpectralDialect::materializeConstant(OpBuilder &builder, Attribute value, Type type, Location loc) {
  return arith::ConstantOp::materialize(builder, value, type, loc);
}
