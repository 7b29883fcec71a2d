// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_MIX_IR_ATTENTIONOPS_TD
#define DIALECTS_MIX_IR_ATTENTIONOPS_TD

include "dialects/Mix/IR/MixBase.td"
include "mlir/IR/EnumAttr.td"

def Mix_MaskedRows : I32EnumAttr<"MaskedRows", "the result of a query that may see no key", [
    I32EnumAttrCase<"Zero", 0, "zero">,
    I32EnumAttrCase<"NaN", 1, "nan">]> {
  let genSpecializedAttr = 0;
  let cppNamespace = "::fourmix::mix";
}
def Mix_MaskedRowsAttr : EnumAttr<Mix_Dialect, Mix_MaskedRows, "masked_rows">;

def Mix_ScoresStage : I32EnumAttr<"ScoresStage", "how far the scores have come that an attention gives", [
    I32EnumAttrCase<"Raw", 0, "raw">,
    I32EnumAttrCase<"Capped", 1, "capped">,
    I32EnumAttrCase<"Masked", 2, "masked">,
    I32EnumAttrCase<"Weights", 3, "weights">]> {
  let genSpecializedAttr = 0;
  let cppNamespace = "::fourmix::mix";
}
def Mix_ScoresStageAttr : EnumAttr<Mix_Dialect, Mix_ScoresStage, "scores">;

def Mix_AttentionOp : Mix_Op<"attention", [Pure, AttrSizedOperandSegments,
                                           DeclareOpInterfaceMethods<Mix_MixingOpInterface>]> {
  let summary = "Attention: values averaged with the softmax of the products of queries and keys.";
  let description = [{
    For each batch b, head h (which reads head h' = h * `kv_heads` / `heads` of keys and values), query q and key k:

    ```
    s[q,k] = scale * sum over i of query[q,i] key[k,i]                           raw
    s      = softcap * tanh(s / softcap)                if there is a softcap    capped
    s      = s + bias[q,k]                              if there is a bias
    s[q,k] = fill (-inf) where k is excluded for q                               masked
    p[q,:] = softmax(s[q,:])                                                     weights
    output[q,j] = sum over k of p[q,k] value[k,j]
    ```

    With `bias_before_cap` the bias is added before the cap. A key k is *excluded* for a query q where `mask` is
    false, where `k >= lengths[b]`, and where it lies outside of the window around the place of the query,
    `p = q + offset`: `k < p - left` or `k > p + right`. `right = 0` is causal attention; `offset` is the number of
    keys before the first query, 0 where queries and keys begin together, keys - queries where they end together. With
    `end_aligned` the keys end at `lengths[b]`: `p = q + lengths[b] - queries + offset`.

    `fill` is what an excluded score becomes. Without it that is -inf, and a query that may see no key, where softmax
    is 0 / 0, gives `masked_rows`: `zero` (PyTorch, which replaces NaN, and ONNX's Attention) or `nan` (plain softmax).
    With a finite fill such as -3.4e38 such a query sees all keys alike. Where a graph masks scores *before* it caps
    them, what is excluded ends up at -softcap: that is `fill = -softcap`, and excluded keys keep some weight.

    Each tensor has its layout by its rank: [batch, sequence, heads * size], or [batch, heads, sequence, size].
    `past_key` and `past_value` ([batch, kv_heads, past, size]) stand before `key` and `value`. `mask` and `bias`
    broadcast to [batch, heads, queries, keys], the shape of the second result: the scores at the stage of
    `scores_stage`. Softmax of numbers below 32 bits is computed in 32 bits.

    Sources: Vaswani et al., Attention Is All You Need, arXiv 1706.03762, section 3.2; groups of query heads: Ainslie
    et al., GQA, arXiv 2305.13245, section 2.2; soft cap: Gemma 2, arXiv 2408.00118, section 2; windows, lengths,
    stages: ONNX's Attention, versions 23 to 25.

    **Constraints:**
    * (C1) `heads` and `kv_heads` are at least 1, and `kv_heads` divides `heads`
    * (C2) query, key, value and output have rank 3 or 4; heads divide the last extent of rank 3, and are the second
      extent of rank 4
    * (C3) one batch, one element type, as many keys as values, queries as long as keys, and an output that fits
    * (C4) `past_key` and `past_value` stand both or not, of rank 4, and fit keys and values
    * (C5) `mask` is of i1, `bias` of the element type, both broadcast to [batch, heads, queries, keys]
    * (C6) `lengths` is of shape [batch] and integer; `end_aligned` needs it
    * (C7) `left` and `right` are not negative; `softcap` is positive, and `bias_before_cap` needs a softcap; `scale`
      and `fill` are no NaN
    * (C8) the second result and `scores_stage` stand both or not; it has shape [batch, heads, queries, keys]

    Example:
    ```mlir
    %y = mix.attention %q, %k, %v mask %m heads 8 kv_heads 8 scale 1.250000e-01 masked_rows zero
           : (tensor<2x16x512xf32>, tensor<2x16x512xf32>, tensor<2x16x512xf32>, tensor<2x1x1x16xi1>) -> tensor<2x16x512xf32>
    ```
  }];
  let arguments = (ins Mix_Tensor:$query, Mix_Tensor:$key, Mix_Tensor:$value, Optional<Mix_Tensor>:$past_key,
                       Optional<Mix_Tensor>:$past_value, Optional<RankedTensorOf<[I1]>>:$mask,
                       Optional<Mix_Tensor>:$bias, Optional<RankedTensorOf<[I64, I32]>>:$lengths, I64Attr:$heads,
                       I64Attr:$kv_heads, F64Attr:$scale, DefaultValuedAttr<I64Attr, "0">:$offset,
                       OptionalAttr<I64Attr>:$left, OptionalAttr<I64Attr>:$right, UnitAttr:$end_aligned,
                       OptionalAttr<F64Attr>:$softcap, UnitAttr:$bias_before_cap, OptionalAttr<F64Attr>:$fill,
                       DefaultValuedAttr<Mix_MaskedRowsAttr, "::fourmix::mix::MaskedRows::NaN">:$masked_rows,
                       OptionalAttr<Mix_ScoresStageAttr>:$scores_stage);
  let results = (outs Mix_Tensor:$output, Optional<Mix_Tensor>:$scores);
  let assemblyFormat = [{
    $query `,` $key `,` $value (`past` $past_key^ `,` $past_value)? (`mask` $mask^)? (`bias` $bias^)?
    (`lengths` $lengths^)? `heads` $heads `kv_heads` $kv_heads `scale` $scale
    (`offset` $offset^)? (`left` $left^)? (`right` $right^)? (`end_aligned` $end_aligned^)? (`softcap` $softcap^)?
    (`bias_before_cap` $bias_before_cap^)? (`fill` $fill^)? (`masked_rows` $masked_rows^)? (`scores` $scores_stage^)?
    attr-dict `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    AttentionSizes getSizes();
    /// True if no query sees a key behind its own place, whether queries and keys begin or end together.
    bool isCausal();
    /// True if a query may see no key at all, as far as the attributes and operands tell.
    bool mayExcludeAllKeys();
  }];
  let hasVerifier = 1;
}

def Mix_LinearAttentionOp : Mix_Op<"linear_attention", [Pure, DeclareOpInterfaceMethods<Mix_MixingOpInterface>]> {
  let summary = "Kernelised attention: weights are products of features, and may depend on the distance, too.";
  let description = [{
    `query` and `key` are features phi(q), phi(k) (of elu + 1, exp, or none). For each batch and head, as in
    `mix.attention`, query i and key j:

    ```
    w[i,j] = scale * c[j - i + n - 1] * (sum over m of query[i,m] key[j,m])
    output[i] = (sum over j of w[i,j] value[j]) / (epsilon + sum over j of w[i,j])
    ```

    without c where there is no `kernel`, over j <= i where `causal`, and undivided unless `normalised`. A row whose
    weights sum to zero is then 0 / 0, unless `epsilon` (0) keeps the sum away from it. The kernel has one number per
    distance, and per head if its first extent is `heads`. Without a kernel the sums over keys are computed once, for
    each chunk of the sequence where `causal`: time is linear in the sequence.

    Sources: Katharopoulos et al., Transformers are RNNs, arXiv 2006.16236, sections 3.2 and 3.3, with an epsilon in
    the authors' code; with a kernel: Luo et al., Stable, Fast and Accurate: Kernelized Attention with Relative
    Positional Encoding, arXiv 2106.12566, section 3; a kernel that decays over the past, undivided: Sun et al.,
    Retentive Network, arXiv 2307.08621, section 2.1; undivided and causal: ONNX's LinearAttention, version 27, update
    rule "linear".

    **Constraints:**
    * (C1) `heads` and `kv_heads` are at least 1, and `kv_heads` divides `heads`
    * (C2) query, key, value and output have rank 3 or 4; heads divide the last extent of rank 3, and are the second
      extent of rank 4
    * (C3) one batch, one element type, as many keys as values, queries as long as keys, and an output that fits
    * (C4) the kernel is of the element type and of shape [1 or heads, 2n - 1] for n keys
    * (C5) with a kernel, or `causal`, there are as many queries as keys
    * (C6) `scale` is no NaN; `epsilon` is finite and not negative, and needs `normalised`

    Example:
    ```mlir
    %y = mix.linear_attention %q, %k, %v kernel %c heads 4 kv_heads 4 scale 1.000000e+00 normalised
           : (tensor<2x12x32xf32>, tensor<2x12x32xf32>, tensor<2x12x32xf32>, tensor<4x23xf32>) -> tensor<2x12x32xf32>
    ```
  }];
  let arguments = (ins Mix_Tensor:$query, Mix_Tensor:$key, Mix_Tensor:$value, Optional<Mix_Tensor>:$kernel,
                       I64Attr:$heads, I64Attr:$kv_heads, F64Attr:$scale, UnitAttr:$causal, UnitAttr:$normalised,
                       DefaultValuedAttr<F64Attr, "0.0">:$epsilon);
  let results = (outs Mix_Tensor:$output);
  let assemblyFormat = [{
    $query `,` $key `,` $value (`kernel` $kernel^)? `heads` $heads `kv_heads` $kv_heads `scale` $scale
    (`causal` $causal^)? (`normalised` $normalised^)? (`epsilon` $epsilon^)? attr-dict `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    AttentionSizes getSizes();
  }];
  let hasVerifier = 1;
}

#endif // DIALECTS_MIX_IR_ATTENTIONOPS_TD
