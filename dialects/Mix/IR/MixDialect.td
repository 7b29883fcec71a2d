// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_MIX_IR_MIXDIALECT_TD
#define DIALECTS_MIX_IR_MIXDIALECT_TD

include "mlir/IR/OpBase.td"

def Mix_Dialect : Dialect {
  let name = "mix";
  let summary = "How a network mixes its tokens.";
  let description = [{
    What a network does between its tokens, said by meaning: no transform algorithm, no matrix, no complex number.
    Room and rationale: dialects/Mix/README.md.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
  let hasConstantMaterializer = 1;
  let useDefaultAttributePrinterParser = 1;
  let cppNamespace = "::fourmix::mix";
}

#endif // DIALECTS_MIX_IR_MIXDIALECT_TD
