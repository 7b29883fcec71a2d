// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Optic/IR/Optic.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/OpImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace fourmix::optic;

static AffineMapAttr mapOrNone(AffineMap map) { return map ? AffineMapAttr::get(map) : AffineMapAttr(); }

#define GET_OP_CLASSES
#include "dialects/Optic/IR/OpticOps.cpp.inc"

Value fourmix::optic::tileInPlace(Operation *op) {
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case<TwiddleOp, ElectronicDftOp>([](auto op) { return op.getTile(); })
      .Case<ReadBackOp>([](ReadBackOp op) { return op.getOnto(); })
      .Default(Value());
}

//===----------------------------------------------------------------------===//
// Programs and launches
//===----------------------------------------------------------------------===//

LogicalResult ProgramOp::verify() {
  auto memories = getBody().getArguments();
  for (Type type : getBody().getArgumentTypes())
    if (!isa<MemoryType>(type))
      return emitOpError("expected arguments of type !optic.memory, but found ") << type;
  if (static_cast<size_t>(getInputs()) >= memories.size())
    return emitOpError("expected at least one output beside its inputs, but found ")
           << memories.size() << " memories and " << getInputs() << " inputs";
  if (getNames().size() != memories.size())
    return emitOpError("expected ") << memories.size() << " names, but found " << getNames().size();
  return success();
}

LogicalResult LaunchOp::verify() {
  bool isTensor = getNumResults() != 0;
  if (isTensor && getNumResults() != getOuts().size())
    return emitOpError("expected a result for each of outs or none, but found ") << getNumResults();
  for (auto [out, result] : llvm::zip(getOuts(), getResults()))
    if (out.getType() != result.getType())
      return emitOpError("expected results of the types of outs, but found ") << result.getType();
  return success();
}

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto program = symbols.lookupNearestSymbolFrom<ProgramOp>(*this, getProgramAttr());
  if (!program)
    return emitOpError("expected an optic.program, but found no ") << getProgramAttr();
  auto memories = program.getBody().getArguments();
  int64_t inputs = program.getInputs();
  if (static_cast<int64_t>(getIns().size()) != inputs || getIns().size() + getOuts().size() != memories.size())
    return emitOpError("expected ") << inputs << " inputs and " << memories.size() - inputs << " outputs, but found "
                                    << getIns().size() << " and " << getOuts().size();
  for (auto [value, memory] :
       llvm::zip(llvm::concat<Value>(SmallVector<Value>(getIns()), SmallVector<Value>(getOuts())), memories)) {
    auto type = cast<ShapedType>(value.getType());
    auto wanted = cast<MemoryType>(memory.getType());
    if (type.getShape() != wanted.getShape() || type.getElementType() != wanted.getElementType())
      return emitOpError("expected ") << wanted << ", but found " << type;
  }
  return success();
}

void LaunchOp::getEffects(SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>> &effects) {
  auto add = [&](MutableOperandRange operands, MemoryEffects::Effect *effect) {
    for (OpOperand &operand : operands)
      if (isa<MemRefType>(operand.get().getType()))
        effects.emplace_back(effect, &operand, SideEffects::DefaultResource::get());
  };
  add(getInsMutable(), MemoryEffects::Read::get());
  add(getOutsMutable(), MemoryEffects::Write::get());
}

LogicalResult LoopOp::verify() {
  if (getTrip() < 1)
    return emitOpError("expected a trip count of at least 1, but found ") << getTrip();
  if (loopDepth(*this) >= maxLoopDepth)
    return emitOpError("expected at most ") << maxLoopDepth << " nested loops";
  return success();
}

//===----------------------------------------------------------------------===//
// Memories
//===----------------------------------------------------------------------===//

LogicalResult ScratchOp::verify() {
  if (getAt() < 0 || getAt() % 64)
    return emitOpError("expected a non-negative multiple of 64 bytes, but found ") << getAt();
  return success();
}

static LogicalResult verifyComplexTable(Operation *op, ElementsAttr values, unsigned rank) {
  auto type = dyn_cast<RankedTensorType>(values.getShapedType());
  if (!type || type.getRank() != rank || type.getShape().back() != 2 ||
      !(type.getElementType().isF32() || type.getElementType().isF64()))
    return op->emitOpError("expected a tensor of rank ")
           << rank << " of f32 or f64 whose last extent is 2, but found " << values.getShapedType();
  return success();
}

LogicalResult TableOp::verify() {
  if (getAt() < 0)
    return emitOpError("expected an entry of at least 0, but found ") << getAt();
  return verifyComplexTable(*this, getValues(), 2);
}

static LogicalResult verifyMap(Operation *op, StringRef name, AffineMap map) {
  unsigned depth = loopDepth(op);
  if (map.getNumDims() != depth || !linearCoefficients(map))
    return op->emitOpError("expected ") << name << " to be linear in " << depth
                                        << " dimensions, one per enclosing loop, but found " << AffineMapAttr::get(map);
  return success();
}

int64_t FilterOp::getBankSize() {
  auto type = cast<ShapedType>(getValues().getShapedType());
  return type.getRank() == 4 ? type.getDimSize(0) : 1;
}

LogicalResult FilterOp::verify() {
  auto type = dyn_cast<RankedTensorType>(getValues().getShapedType());
  if (failed(verifyComplexTable(*this, getValues(), type && type.getRank() == 4 ? 4 : 3))) // c1
    return failure();
  if (getFirst().has_value() != getCount().has_value()) // c2
    return emitOpError("expected first and count both, or none of them");
  if (!getFirst()) {
    if (loopDepth(*this)) // c3
      return emitOpError("expected first and count, since it stands in a loop");
    return success();
  }
  if (*getCount() < 1 || static_cast<int64_t>(*getCount()) > getBankSize()) // c2
    return emitOpError("expected a count of 1 to ") << getBankSize() << ", but found " << *getCount();
  return verifyMap(*this, "first", *getFirst());
}

//===----------------------------------------------------------------------===//
// Instructions
//===----------------------------------------------------------------------===//

template <typename Op>
static LogicalResult verifyAccess(Op op) {
  if (!op.getRe() && !op.getIm())
    return op.emitOpError("expected re, im or both, but found neither");
  if (op.getRe() && op.getIm() && op.getRe().getType() != op.getIm().getType())
    return op.emitOpError("expected re and im of one type, but found ")
           << op.getRe().getType() << " and " << op.getIm().getType();
  if (op.getImOffset() && !op.getIm())
    return op.emitOpError("expected no im_offset without im");
  AxisAttr row = op.getRow(), col = op.getCol();
  if (op.getJoined() &&
      (!row.getWrap() || col.getWrap() || row.getPitch() != col.getPitch() || col.getLimit() > row.getLimit()))
    return op.emitOpError(
               "expected joined axes of one pitch, a row that wraps, and a col that does not, of a limit of at "
               "most the row's, but found ")
           << row << " and " << col;
  return failure(failed(verifyMap(op, "row", op.getRow().getStart())) ||
                 failed(verifyMap(op, "col", op.getCol().getStart())) ||
                 failed(verifyMap(op, "offset", op.getOffset())) ||
                 (op.getImOffset() && failed(verifyMap(op, "im_offset", *op.getImOffset()))));
}

LogicalResult LoadFieldOp::verify() { return verifyAccess(*this); }
LogicalResult LoadTileOp::verify() { return verifyAccess(*this); }
LogicalResult StoreOp::verify() { return verifyAccess(*this); }

LogicalResult FireOp::verify() {
  if ((getMode() == Mode::FT) == static_cast<bool>(getFilter()))
    return emitOpError("expected a filter for mft and correlate, and none for ft");
  if (getReference() < 0 || getReference() > 4)
    return emitOpError("expected a reference of 0 to 4, but found ") << getReference();
  if (getRepeat() < 1 || getRepeat() > 65535)
    return emitOpError("expected a repetition of 1 to 65535, but found ") << getRepeat();
  return success();
}

LogicalResult TwiddleOp::verify() {
  if (static_cast<bool>(getRow()) != getRowFactors().has_value() ||
      static_cast<bool>(getCol()) != getColFactors().has_value())
    return emitOpError("expected factors exactly where a table is");
  for (std::optional<FactorsAttr> factors : {getRowFactors(), getColFactors()})
    if (factors && failed(verifyMap(*this, "factors", factors->getStart())))
      return failure();
  return success();
}

LogicalResult ElectronicDftOp::verify() {
  if (getLength() < 2)
    return emitOpError("expected a length of at least 2, but found ") << getLength();
  return success();
}
