// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_MIX_TRANSFORMS_PASSES_H
#define DIALECTS_MIX_TRANSFORMS_PASSES_H

#include "dialects/Mix/IR/Mix.h"
#include "mlir/Pass/Pass.h"

namespace fourmix::mix {
#define GEN_PASS_DECL
#include "dialects/Mix/Transforms/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "dialects/Mix/Transforms/Passes.h.inc"
} // namespace fourmix::mix

#endif // DIALECTS_MIX_TRANSFORMS_PASSES_H
