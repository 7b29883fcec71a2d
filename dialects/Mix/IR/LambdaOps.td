// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_MIX_IR_LAMBDAOPS_TD
#define DIALECTS_MIX_IR_LAMBDAOPS_TD

include "dialects/Mix/IR/MixBase.td"

def Mix_LambdaOp : Mix_Op<"lambda", [Pure, AttrSizedOperandSegments, InferTypeOpAdaptor,
                                     DeclareOpInterfaceMethods<Mix_MixingOpInterface>]> {
  let summary = "A lambda layer: the context becomes a linear map per position, which is applied to the queries.";
  let description = [{
    Of m context positions and n queries of k numbers in h heads, with v numbers per value and intra-depth u (1 where
    there is none):

    ```
    content:  C[k,v]     = sum over u, m of softmax(keys)[u,k,m] values[u,v,m]       softmax over m, the positions
    position: P[k,v,n]   = sum over u, m of E[n,m,k,u] values[u,v,m]
    result:   Y[h,v,n]   = sum over k of queries[h,k,n] (C[k,v] + P[k,v,n] + bias[k])
    ```

    All heads share the lambdas. The context goes without a softmax of scores: nothing of size n x m is computed from
    activations. E is what the layer has learned of positions, in one of two forms:

    * `table`: E itself, [n, m, k, u];
    * `kernel`: E depends on the distance of two positions of the grid g_1 x .. x g_r, `over`, in row-major order:
      `E[p,q,k,u] = kernel[k, u, q - p + (s-1)/2]` per axis of extents s, zero outside of the kernel. Extents of
      2 g - 1 reach over the whole grid: the global layer, in O(n) memory. Smaller ones are the lambda convolution.
      Positions beyond the edge count as zeros.

    Absent operands are zero: without `keys` there is no content lambda, without `table` and `kernel` no position
    lambda. Source: Bello, LambdaNetworks: Modeling Long-Range Interactions Without Attention, arXiv 2102.08602,
    sections 3.1 (the layer), 3.2 (multi-query, intra-depth in appendix) and equation 3; axes as in
    github.com/lucidrains/lambda-networks, whose convolution has the bias.

    **Constraints:** the shapes, with b batches:
    * (C1) `queries` [b, h, k, n] and `values` [b, u, v, m]
    * (C2) `keys` [b, u, k, m]
    * (C3) `table` [n, m, k, u]
    * (C4) `kernel` [k, u, s_1 .. s_r] with all s odd, for a `grid` of r >= 1 extents whose product is n = m; no grid
      without a kernel
    * (C5) `bias` [k]
    * (C6) there are keys, a table or a kernel, and not both a table and a kernel
    * (C7) all element types are the same
    * (C8) the result is [b, h, v, n]

    Example:
    ```mlir
    // Local, 8 x 8 positions, 4 heads, 3 x 3 neighbours.
    %y = mix.lambda %q, %v content %k kernel %r over [8, 8]
        : tensor<2x4x16x64xf32>, tensor<2x1x32x64xf32>, tensor<2x1x16x64xf32>, tensor<16x1x3x3xf32>
    // Global, any table.
    %z = mix.lambda %q, %v content %k table %e
        : tensor<2x4x16x64xf32>, tensor<2x1x32x64xf32>, tensor<2x1x16x64xf32>, tensor<64x64x16x1xf32>
    ```
  }];
  let arguments = (ins Mix_Tensor:$queries, Mix_Tensor:$values, Optional<Mix_Tensor>:$keys, Optional<Mix_Tensor>:$table,
                       Optional<Mix_Tensor>:$kernel, Optional<Mix_Tensor>:$bias,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$grid);
  let results = (outs Mix_Tensor:$output);
  let assemblyFormat = [{
    $queries `,` $values (`content` $keys^)? (`table` $table^)? (`kernel` $kernel^ `over` $grid)? (`bias` $bias^)?
    attr-dict `:` type(operands)
  }];
  let extraClassDeclaration = [{
    /// The extents of the formula. Types are static.
    struct Sizes {
      int64_t batch, heads, key, depth, value, queries, context;
    };
    Sizes getSizes();
    /// Extents of the kernel along the grid; empty without a kernel.
    ::llvm::ArrayRef<int64_t> getKernelExtents();
  }];
  let hasVerifier = 1;
}

#endif // DIALECTS_MIX_IR_LAMBDAOPS_TD
