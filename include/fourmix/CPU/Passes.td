// The passes that turn linalg on tensors into native code for a CPU.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_CPU_PASSES_TD
#define FOURMIX_CPU_PASSES_TD

include "mlir/Pass/PassBase.td"

#endif // FOURMIX_CPU_PASSES_TD
