// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_REWRITE_PASSES_H
#define FOURMIX_REWRITE_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace fourmix {
#define GEN_PASS_DECL
#include "fourmix/Rewrite/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "fourmix/Rewrite/Passes.h.inc"
} // namespace fourmix

#endif // FOURMIX_REWRITE_PASSES_H
