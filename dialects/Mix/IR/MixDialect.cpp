// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Mix/IR/Mix.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace fourmix::mix;

#include "dialects/Mix/IR/MixDialect.cpp.inc"
#include "dialects/Mix/IR/MixEnums.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/Mix/IR/MixTypes.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Mix/IR/MixAttrs.cpp.inc"

void MixDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/Mix/IR/MixOps.cpp.inc"
      >();
}

Operation *MixDialect::materializeConstant(OpBuilder &builder, Attribute value, Type type, Location loc) {
  return arith::ConstantOp::materialize(builder, value, type, loc);
}
