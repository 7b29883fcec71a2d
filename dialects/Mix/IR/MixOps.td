// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_MIX_IR_MIXOPS_TD
#define DIALECTS_MIX_IR_MIXOPS_TD

include "dialects/Mix/IR/MixDialect.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Mix_Op<string mnemonic, list<Trait> traits = []>
    : Op<Mix_Dialect, mnemonic, traits>;

def Mix_FourierOp : Mix_Op<"fourier", [Pure, SameOperandsAndResultType]> {
  let summary = "FNet's Fourier mixing: the real part of the 2-D DFT over sequence and hidden axis.";
  let description = [{
    `Y = Re(F_n X F_d)` with the unnormalised transforms `F_N[j,k] = exp(-2 pi i j k / N)` over the axes
    `sequence` (extent n) and `hidden` (extent d) of `X`; all other axes are batch.
    Source: Lee-Thorp et al., FNet: Mixing Tokens with Fourier Transforms, arXiv 2105.03824, section 3.2.
  }];
  let arguments = (ins AnyRankedTensor:$input, I64Attr:$sequence, I64Attr:$hidden);
  let results = (outs AnyRankedTensor:$output);
  let assemblyFormat = "$input `sequence` $sequence `hidden` $hidden attr-dict `:` type($input)";
}

#endif // DIALECTS_MIX_IR_MIXOPS_TD
