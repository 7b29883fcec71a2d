// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_MIX_IR_MIXOPS_TD
#define DIALECTS_MIX_IR_MIXOPS_TD

// A file per family of mixing.
include "dialects/Mix/IR/FourierOps.td"

#endif // DIALECTS_MIX_IR_MIXOPS_TD
