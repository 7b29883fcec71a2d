// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_MIX_IR_LINEAROPS_TD
#define DIALECTS_MIX_IR_LINEAROPS_TD

include "dialects/Mix/IR/MixBase.td"

def Mix_LinearOp : Mix_Op<"linear", [Pure, InferTypeOpAdaptor, DeclareOpInterfaceMethods<Mix_MixingOpInterface>]> {
  let summary = "Mixing by matrices: one along the sequence, and perhaps one along the hidden axis.";
  let description = [{
    ```
    Y[k,l] = sum over i < n, j < d of S[k,i] X[i,j] H[j,l]
    ```

    with `X` of n tokens along axis `sequence` and d features along axis `hidden`; all other axes are batch. `S` is
    [n', n], `H` is [d, d']: the result has n' tokens of d' features. Without `hidden` there is no `H` and d' = d, which
    is the token mixing of an MLP-Mixer. A matrix along the hidden axis alone is a linear layer: it mixes no tokens and
    is not this op.

    Sources: the Linear (learned) and Random (constant) models of Lee-Thorp et al., FNet, arXiv 2105.03824, section 4;
    Tolstikhin et al., MLP-Mixer, arXiv 2105.01601, section 2.

    **Constraints:**
    * (C1) 0 <= `sequence` < rank, and 0 <= `hidden` < rank
    * (C2) `sequence` and `hidden` differ
    * (C3) S has rank 2 and the second extent of S is that of axis `sequence`
    * (C4) H has rank 2 and the first extent of H is that of axis `hidden`
    * (C5) the result is the input with n' along `sequence` and d' along `hidden`

    Example:
    ```mlir
    %y = mix.linear %x sequence 1 by %s hidden 2 by %h : tensor<2x12x8xf32>, tensor<12x12xf32>, tensor<8x8xf32>
    %z = mix.linear %y sequence 1 by %w : tensor<2x12x8xf32>, tensor<5x12xf32>  // -> tensor<2x5x8xf32>
    ```
  }];
  let arguments = (ins Mix_Tensor:$input, Mix_Tensor:$sequenceMatrix, Optional<Mix_Tensor>:$hiddenMatrix,
                       I64Attr:$sequence, OptionalAttr<I64Attr>:$hidden);
  let results = (outs Mix_Tensor:$output);
  let assemblyFormat = [{
    $input `sequence` $sequence `by` $sequenceMatrix (`hidden` $hidden^ `by` $hiddenMatrix)? attr-dict `:` type(operands)
  }];
  let hasVerifier = 1;
}

#endif // DIALECTS_MIX_IR_LINEAROPS_TD
