// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_MIX_TRANSFORMS_PASSES_TD
#define DIALECTS_MIX_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def MixReport : Pass<"mix-report"> {
  let summary = "Say of every mixing what it mixes and what it costs.";
  let description = [{
    One remark of category `mix` per op of `MixingOpInterface`: the mixed axes, whether it is linear in what it mixes,
    whether it is a convolution, how many numbers it has learned, its operations and the bytes it touches. Changes
    nothing. An op whose types are not static yet says so.

    ```mlir
    %y = mix.fourier %x sequence 1 hidden 2 : tensor<1x512x768xf32>
    // remark: mix.fourier mixes axes 1, 2: linear; 0 parameters, 18.2 MFLOP, 3.1 MB
    ```
  }];
}

#endif // DIALECTS_MIX_TRANSFORMS_PASSES_TD
