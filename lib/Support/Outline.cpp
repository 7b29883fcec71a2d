// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Support/Outline.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace {
/// What computes operands from constants alone, makers before users.
class ConstantSlice {
public:
  bool take(Value value) {
    Operation *maker = value.getDefiningOp();
    if (!maker || maker->getNumRegions() || !isMemoryEffectFree(maker))
      return false;
    if (ops.contains(maker))
      return true;
    if (maker->getNumOperands() == 0 && !maker->hasTrait<OpTrait::ConstantLike>())
      return false;
    if (!llvm::all_of(maker->getOperands(), [&](Value operand) { return take(operand); }))
      return false;
    ops.insert(maker);
    return true;
  }
  llvm::SetVector<Operation *> ops;
};
} // namespace

func::FuncOp fourmix::copyToFunction(ModuleOp module, ArrayRef<Operation *> ops, StringRef name,
                                     SmallVectorImpl<Operation *> *copies) {
  ConstantSlice constants;
  llvm::SetVector<Value> inputs, results;
  for (Operation *op : ops) {
    for (Value operand : op->getOperands())
      if (!llvm::is_contained(ops, operand.getDefiningOp()) && !constants.take(operand))
        inputs.insert(operand);
    for (Value result : op->getResults())
      if (llvm::any_of(result.getUsers(), [&](Operation *user) { return !llvm::is_contained(ops, user); }))
        results.insert(result);
  }
  auto b = OpBuilder::atBlockEnd(module.getBody());
  auto function = func::FuncOp::create(
      b, ops.back()->getLoc(), name,
      b.getFunctionType(TypeRange(ValueRange(inputs.getArrayRef())), TypeRange(ValueRange(results.getArrayRef()))));
  auto named = [&](StringRef stem, size_t i) {
    return b.getDictionaryAttr(b.getNamedAttr("onnx.name", b.getStringAttr(stem + Twine(i))));
  };
  IRMapping mapping;
  Block *body = function.addEntryBlock();
  for (auto [i, input] : llvm::enumerate(inputs)) {
    mapping.map(input, body->getArgument(i));
    function.setArgAttrs(i, named("x", i));
  }
  b.setInsertionPointToEnd(body);
  for (Operation *op : constants.ops)
    b.clone(*op, mapping);
  for (Operation *op : ops) {
    Operation *copy = b.clone(*op, mapping);
    if (copies)
      copies->push_back(copy);
  }
  SmallVector<Value> returned;
  for (auto [i, result] : llvm::enumerate(results)) {
    returned.push_back(mapping.lookup(result));
    function.setResultAttrs(i, named("y", i));
  }
  func::ReturnOp::create(b, function.getLoc(), returned);
  return function;
}
