// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Mix/IR/Mix.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace mlir;
using namespace fourmix;
using namespace fourmix::mix;

#include "dialects/Mix/IR/MixDialect.cpp.inc"
#include "dialects/Mix/IR/MixEnums.cpp.inc"
#include "dialects/Mix/IR/MixInterfaces.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/Mix/IR/MixTypes.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Mix/IR/MixAttrs.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/Mix/IR/MixOps.cpp.inc"

void MixDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Mix/IR/MixAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/Mix/IR/MixOps.cpp.inc"
      >();
}

Operation *MixDialect::materializeConstant(OpBuilder &builder, Attribute value, Type type, Location loc) {
  return arith::ConstantOp::materialize(builder, value, type, loc);
}

int64_t fourmix::mix::countBytes(Operation *op) {
  auto bytes = [](Type type) {
    auto shaped = cast<ShapedType>(type);
    return shaped.getNumElements() * llvm::divideCeil(shaped.getElementTypeBitWidth(), 8);
  };
  int64_t total = 0;
  llvm::SmallPtrSet<const void *, 8> seen;
  for (Value operand : op->getOperands())
    if (seen.insert(operand.getAsOpaquePointer()).second)
      total += bytes(operand.getType());
  for (Type type : op->getResultTypes())
    total += bytes(type);
  return total;
}

double fourmix::mix::fourierFlops(int64_t length) {
  return length < 2 ? 0 : 5 * static_cast<double>(length) * std::log2(static_cast<double>(length));
}
