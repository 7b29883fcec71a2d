// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Support/EraseDead.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

void fourmix::eraseDead(Operation *root, llvm::function_ref<bool(Operation *)> may) {
  llvm::SmallSetVector<Operation *, 8> pending;
  pending.insert(root);
  while (!pending.empty()) {
    Operation *op = pending.pop_back_val();
    if (!isOpTriviallyDead(op) || !may(op))
      continue;
    for (Value operand : op->getOperands())
      if (Operation *producer = operand.getDefiningOp())
        pending.insert(producer);
    op->erase();
  }
}
