// Passes that change the network: the phase rewrite. None runs unless it is asked for.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_REWRITE_PASSES_TD
#define FOURMIX_REWRITE_PASSES_TD

include "mlir/Pass/PassBase.td"

def AttentionLayers : Pass<"attention-layers", "::mlir::func::FuncOp"> {
  let summary = "Number the attentions of a network and say what the sublayer of each is.";
  let description = [{
    Layers are the `mix.attention` ops in program order: 0, 1, …, the numbers that options of rewrites take. The
    operation that computes what a sublayer gives to the residual stream gets its layer's number as `mix.layer`; a
    rewritten layer keeps it.

    One remark per layer, of category `rewrite`: the tensor that queries, keys and values are made of, the tensor
    that the sublayer ends with, and the projections in it; or why there is no sublayer. Changes nothing else.

    ```mlir
    %9 = onnx.node "Add"(%8, %bias) <{…}> {mix.layer = 0 : i64} : (tensor<2x20x64xf32>, tensor<64xf32>) -> tensor<2x20x64xf32>
    // remark: layer 0, node "softmax" (mix.attention): attention of 4 heads from node "norm" (LayerNormalization) to
    //   node "out" (Add), tensor<2x20x64xf32>, sequence axis 1, projections Q, K, V, O
    ```
  }];
  let dependentDialects = ["::fourmix::mix::MixDialect"];
}

#endif // FOURMIX_REWRITE_PASSES_TD
