// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_MIX_IR_MIXOPS_TD
#define DIALECTS_MIX_IR_MIXOPS_TD

// A file per family of mixing.
include "dialects/Mix/IR/AttentionOps.td"
include "dialects/Mix/IR/ConvolutionOps.td"
include "dialects/Mix/IR/FourierOps.td"
include "dialects/Mix/IR/LambdaOps.td"
include "dialects/Mix/IR/LinearOps.td"

#endif // DIALECTS_MIX_IR_MIXOPS_TD
