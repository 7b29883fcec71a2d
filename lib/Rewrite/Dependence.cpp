// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Dependence.h"
#include "mlir/IR/Operation.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace fourmix::rewrite;

Dependence::Dependence(Block &block) {
  unsigned count = block.getNumArguments() + 1;
  outside.resize(count);
  outside.set(count - 1);
  for (BlockArgument argument : block.getArguments()) {
    llvm::BitVector bits(count);
    bits.set(argument.getArgNumber());
    known[argument] = std::move(bits);
  }
  for (Operation &op : block) {
    llvm::BitVector bits(count);
    for (Value operand : op.getOperands())
      bits |= arguments(operand);
    visitUsedValuesDefinedAbove(op.getRegions(), [&](OpOperand *use) { bits |= arguments(use->get()); });
    for (Value result : op.getResults())
      known[result] = bits;
  }
}

const llvm::BitVector &Dependence::arguments(Value value) const {
  auto found = known.find(value);
  return found == known.end() ? outside : found->second;
}
