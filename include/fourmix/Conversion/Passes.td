// The doors between the rooms: one pass per lib/Conversion/XToY.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_CONVERSION_PASSES_TD
#define FOURMIX_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

#endif // FOURMIX_CONVERSION_PASSES_TD
