// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_OPTIC_TRANSFORMS_PASSES_H
#define DIALECTS_OPTIC_TRANSFORMS_PASSES_H

#include "dialects/Optic/IR/Optic.h"
#include "mlir/Pass/Pass.h"
#include "llvm/Support/CommandLine.h"

namespace fourmix::optic {
#define GEN_PASS_DECL
#include "dialects/Optic/Transforms/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "dialects/Optic/Transforms/Passes.h.inc"
} // namespace fourmix::optic

#endif // DIALECTS_OPTIC_TRANSFORMS_PASSES_H
