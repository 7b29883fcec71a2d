// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/IR/ONNX.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace fourmix::onnx;

Value NodeOp::getInput(unsigned i) {
  if (i >= getInputs().size() || isa<AbsentType>(getInputs()[i].getType()))
    return {};
  return getInputs()[i];
}

bool NodeOp::hasOutput(unsigned i) {
  return i < getNumResults() && !isa<AbsentType>(getResult(i).getType());
}

Attribute NodeOp::getNodeAttr(StringRef name) {
  return getNodeAttrs().get(name);
}

int64_t NodeOp::getInt(StringRef name, int64_t defaultValue) {
  auto attr = dyn_cast_or_null<IntegerAttr>(getNodeAttr(name));
  return attr ? attr.getInt() : defaultValue;
}

double NodeOp::getFloat(StringRef name, double defaultValue) {
  auto attr = dyn_cast_or_null<FloatAttr>(getNodeAttr(name));
  return attr ? attr.getValueAsDouble() : defaultValue;
}

StringRef NodeOp::getString(StringRef name, StringRef defaultValue) {
  auto attr = dyn_cast_or_null<StringAttr>(getNodeAttr(name));
  return attr ? attr.getValue() : defaultValue;
}

std::optional<SmallVector<int64_t>> NodeOp::getInts(StringRef name) {
  auto array = dyn_cast_or_null<ArrayAttr>(getNodeAttr(name));
  if (!array)
    return std::nullopt;
  SmallVector<int64_t> values;
  for (Attribute element : array)
    if (auto integer = dyn_cast<IntegerAttr>(element))
      values.push_back(integer.getInt());
  return values;
}

InFlightDiagnostic NodeOp::emitNodeError() {
  InFlightDiagnostic diagnostic = emitError("node ");
  if (getName())
    diagnostic << '"' << *getName() << "\" ";
  diagnostic << '(' << getOpType() << ", " << (getDomain().empty() ? "opset" : getDomain()) << ' ' << getVersion()
             << "): ";
  return diagnostic;
}

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

#define GET_OP_CLASSES
#include "dialects/ONNX/IR/ONNXOps.cpp.inc"
