// What nothing uses any more goes.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_SUPPORT_ERASEDEAD_H
#define FOURMIX_SUPPORT_ERASEDEAD_H

#include "mlir/IR/Operation.h"

namespace fourmix {

/// Erases `root` if nothing uses it and it does nothing else, then what only it used, and so on: operations that `may`
/// go. What nothing used before stays, as after an import every node of the file does.
void eraseDead(mlir::Operation *root, llvm::function_ref<bool(mlir::Operation *)> may);

} // namespace fourmix

#endif // FOURMIX_SUPPORT_ERASEDEAD_H
