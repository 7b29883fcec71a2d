// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_OPTIC_TRANSFORMS_PASSES_H
#define DIALECTS_OPTIC_TRANSFORMS_PASSES_H

#include "dialects/Optic/IR/Optic.h"
#include "mlir/Pass/Pass.h"
#include "llvm/Support/CommandLine.h"

namespace fourmix::device {
struct Profile;
} // namespace fourmix::device

namespace fourmix::optic {
#define GEN_PASS_DECL
#include "dialects/Optic/Transforms/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "dialects/Optic/Transforms/Passes.h.inc"

/// What optic-schedule does with one program that has no slots and tokens yet. `depth`: the most slots that one tile
/// uses in turn; 0: as many as keep the engines at work. Failure after an error.
llvm::LogicalResult scheduleProgram(ProgramOp program, const device::Profile &profile, int64_t depth = 0);
} // namespace fourmix::optic

#endif // DIALECTS_OPTIC_TRANSFORMS_PASSES_H
