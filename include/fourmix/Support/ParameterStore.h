// Where the bytes of weights are: not in the text of a module.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_SUPPORT_PARAMETERSTORE_H
#define FOURMIX_SUPPORT_PARAMETERSTORE_H

#include "mlir/IR/BuiltinOps.h"

namespace llvm {
class raw_ostream;
} // namespace llvm

namespace fourmix {

/// Prints `module` without the bytes of its weights: a weight shows as `dense_resource<key>`.
void printWithoutWeights(mlir::ModuleOp module, llvm::raw_ostream &os, bool locations = false);

} // namespace fourmix

#endif // FOURMIX_SUPPORT_PARAMETERSTORE_H
