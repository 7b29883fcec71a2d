// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_MIX_IR_MIXDIALECT_TD
#define DIALECTS_MIX_IR_MIXDIALECT_TD

include "mlir/IR/OpBase.td"

def Mix_Dialect : Dialect {
  let name = "mix";
  let summary = "How a network mixes its tokens.";
  let cppNamespace = "::fourmix::mix";
}

#endif // DIALECTS_MIX_IR_MIXDIALECT_TD
