// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_SPECTRAL_TRANSFORMS_PASSES_H
#define DIALECTS_SPECTRAL_TRANSFORMS_PASSES_H

#include "dialects/Spectral/IR/Spectral.h"
#include "mlir/Pass/Pass.h"
#include "llvm/Support/CommandLine.h"

namespace fourmix::spectral {
#define GEN_PASS_DECL
#include "dialects/Spectral/Transforms/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "dialects/Spectral/Transforms/Passes.h.inc"
} // namespace fourmix::spectral

#endif // DIALECTS_SPECTRAL_TRANSFORMS_PASSES_H
