// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/ONNX/IR/ONNX.h"
#include "fourmix/Support/Constants.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;
using namespace fourmix;
using namespace fourmix::onnx;

Value NodeOp::getInput(unsigned i) {
  if (i >= getInputs().size() || isa<AbsentType>(getInputs()[i].getType()))
    return {};
  return getInputs()[i];
}

bool NodeOp::hasOutput(unsigned i) { return i < getNumResults() && !isa<AbsentType>(getResult(i).getType()); }

Attribute NodeOp::getNodeAttr(StringRef name) { return getNodeAttrs().get(name); }

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

std::string fourmix::onnx::functionSymbol(StringRef domain, StringRef name, StringRef overload) {
  std::string symbol = (domain + "::" + name).str();
  return overload.empty() ? symbol : symbol + "::" + overload.str();
}

LogicalResult NodeOp::verify() {
  if (getOpType().empty()) // node_c1
    return emitNodeError() << "expected an operator type, found an empty one";
  if (getVersion() < 1) // node_c1
    return emitNodeError() << "expected a version of at least 1, found " << getVersion();
  size_t graphNames = getGraphNames() ? getGraphNames()->size() : 0;
  if (graphNames != getGraphs().size()) // node_c2
    return emitNodeError() << "expected one name per region, found " << graphNames << " names for "
                           << getGraphs().size() << " regions";
  if (getGraphNames())
    for (StringAttr name : getGraphNames()->getAsRange<StringAttr>())
      if (getNodeAttr(name)) // node_c2
        return emitNodeError() << "attribute " << name << " is both a value and a region";
  if (!getOutputNames())
    return success();
  if (getOutputNames()->size() != getNumResults()) // node_c4
    return emitNodeError() << "expected one name per result, found " << getOutputNames()->size() << " names for "
                           << getNumResults() << " results";
  for (auto [name, result] : llvm::zip(getOutputNames()->getAsRange<StringAttr>(), getResults()))
    if (name.empty() != isa<AbsentType>(result.getType())) // node_c4
      return emitNodeError() << "expected an empty name exactly for an absent output, found " << name << " of type "
                             << result.getType();
  return success();
}

LogicalResult NodeOp::verifyRegions() {
  for (auto [i, graph] : llvm::enumerate(getGraphs())) // node_c3
    if (!graph.hasOneBlock() || graph.front().empty() || !isa<YieldOp>(graph.front().back()))
      return emitNodeError() << "expected region " << i << " to be one block that ends in 'onnx.yield'";
  return success();
}

LogicalResult YieldOp::verify() {
  unsigned arguments = getOperation()->getBlock()->getNumArguments();
  if (getInputNames() && getInputNames()->size() != arguments) // yield_c1
    return emitOpError("expected one input name per block argument, found ")
           << getInputNames()->size() << " names for " << arguments << " arguments";
  if (getOutputNames() && getOutputNames()->size() != getNumOperands()) // yield_c2
    return emitOpError("expected one output name per operand, found ")
           << getOutputNames()->size() << " names for " << getNumOperands() << " operands";
  return success();
}

LogicalResult ConstantOp::verify() {
  auto type = dyn_cast<RankedTensorType>(getValue().getType());
  if (!type || !type.hasStaticShape()) // constant_c1
    return emitOpError("expected a tensor of static shape, found ") << getValue().getType();
  auto resource = dyn_cast<DenseResourceElementsAttr>(getValue());
  AsmResourceBlob *blob = resource ? resource.getRawHandle().getBlob() : nullptr;
  if (!blob || blob->getData().empty())
    return success();
  int64_t expected = type.getNumElements() * elementBytes(type.getElementType());
  int64_t found = blob->getData().size();
  if (expected != found) // constant_c1
    return emitOpError("expected ") << expected << " bytes for " << type << ", found " << found;
  return success();
}

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

#define GET_OP_CLASSES
#include "dialects/ONNX/IR/ONNXOps.cpp.inc"
