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

def AttentionToFourier : Pass<"attention-to-fourier", "::mlir::func::FuncOp"> {
  let summary = "Replace attention by FNet's Fourier mixing, in the layers that are asked for.";
  let description = [{
    The sublayer of an attention, from the tensor X of which queries, keys and values are made to the tensor that is
    added to the residual stream, becomes

    ```
    Y = s * Re(F_n X F_d)
    ```

    over the sequence (n tokens) and the hidden axis (d features), with unnormalised transforms: the projections of
    queries, keys, values and output go, with their weights. With `keep=output` the mixing stands in the place of the
    attention alone, and its output projection stays; with `keep=value` the values are mixed; `value+output` keeps both.
    Source: Lee-Thorp et al., FNet: Mixing Tokens with Fourier Transforms, arXiv 2105.03824, section 3.2.

    `scale` is s: `paper` is 1, as equation 1 of the paper, the authors' code and all published weights have it (the
    matrices in section 3.2 carry a factor 1/sqrt(N) that no implementation has); `orthonormal` is 1/sqrt(n d), which keeps the
    magnitude of the tokens and is where retraining of a pre-norm network can start; `calibrated` multiplies by the
    array `layer<N>.scale` of the .npz file `calibration` (one number, or d) and adds `layer<N>.bias` where there is one.

    **Nothing of what attention computed is in the result.** Without retraining the rewrite equals deleting the
    attention; a remark says so with measured figures.

    A layer that cannot be rewritten stays as it is, and a remark says why: causal or windowed attention, cross attention, keys
    and values of a cache, weights that are used elsewhere, shapes that are not static, no single tensor that the sublayer starts
    from, and a padding mask. `drop-mask` accepts that masks go and padding mixes into every token. A bias on
    the scores that is the same for every input (relative positions of T5) goes without asking.

    Layers are named by number (`attention-layers`): `all`, `first=K`, `last=K`, `all-but-last=K` (FNet-Hybrid keeps
    the last two), `all-but-first=K`, `0-3`, `1,3,5-7`. A layer that does not exist is an error.

    Example, `layers=all`:
    ```mlir
    %q = onnx.node "MatMul"(%x, %wq) …
    %k = onnx.node "MatMul"(%x, %wk) …
    %v = onnx.node "MatMul"(%x, %wv) …
    %a = mix.attention %q, %k, %v heads 2 kv_heads 2 scale 5.0e-01 : …
    %y = onnx.node "MatMul"(%a, %wo) …
    %z = onnx.node "Add"(%y, %x) …
    // becomes
    %y = mix.fourier %x sequence 1 hidden 2 {mix.layer = 0 : i64} : tensor<2x6x8xf32>
    %z = onnx.node "Add"(%y, %x) …
    ```
  }];
  let options = [
    Option<"layers", "layers", "std::string", "\"all\"", "The layers: all, first=K, all-but-last=K, 1,3,5-7, …">,
    Option<"scale", "scale", "std::string", "\"paper\"", "paper (1), orthonormal (1/sqrt(n d)) or calibrated">,
    Option<"keep", "keep", "std::string", "\"none\"", "Projections that stay: none, output, value or value+output">,
    Option<"dropMask", "drop-mask", "bool", "false", "Accept that masks go: padding then mixes into every token">,
    Option<"calibration", "calibration", "std::string", "\"\"", "The .npz file with layer<N>.scale, for calibrated">,
  ];
  let dependentDialects = ["::fourmix::mix::MixDialect", "::fourmix::onnx::ONNXDialect"];
}

def ProjectionsToCircular : Pass<"projections-to-circular", "::mlir::func::FuncOp"> {
  let summary = "Replace dense projections by circular ones, where their matrices are near enough.";
  let description = [{
    A product of every token with a constant matrix W (MatMul, Gemm, Einsum) becomes a `mix.projection` whose matrix C is made of
    wrapped diagonals: `kind` is `1d` (circulant), `2d` (block-circulant with circulant blocks, the features being a
    grid: `2d:11x11`, or as nearly square as it goes) or `block:B` (blocks of B x B). A matrix that is several squares below one
    another, as packed Q, K, V are, becomes as many heads. C is the nearest in the norm of Frobenius,

    ```
    c[t] = mean over i of W[i, (i + t) mod n]            error = |W - C| / |W|
    ```

    the mean of each wrapped diagonal. Source: T. F. Chan, An optimal circulant preconditioner for Toeplitz systems,
    SIAM J. Sci. Stat. Comput. 9 (1988). With a `calibration` file that has the covariance S of the projection's inputs
    as `<tensor>.covariance` (and their mean as `<tensor>.mean`), C is the one whose outputs differ least,

    ```
    (sum over r of P_r S P_r^T) c = sum over r of P_r S w_r      for the rows w_r of each block row
    error = sqrt(tr((W - C) S (W - C)^T) / tr(W S W^T))
    ```

    with the shifts P_r, and the change of the mean output, (W - C) mean, goes into the bias.

    A matrix whose error is above `max-error` stays, and a remark says how far it is away. Weights that were not trained
    to be circulant have no such structure: their error is sqrt(1 - 1/b) for blocks of b, that of random numbers (measured on a
    pretrained encoder), and a larger `max-error` deletes more than it keeps.

    `where=attention` looks at the projections of attention sublayers, `all` at every product with a constant matrix.

    ```mlir
    %q = onnx.node "MatMul"(%x, %w) … : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
    // becomes, kind=1d
    %q = mix.projection circular_1d %x, %c as correlation : tensor<2x6x8xf32>, tensor<8xf32>
    ```
  }];
  let options = [
    Option<"kind", "kind", "std::string", "\"1d\"", "1d, 2d, 2d:K1xK2 or block:B">,
    Option<"maxError", "max-error", "double", "1e-5", "The largest relative error that is accepted">,
    Option<"where", "where", "std::string", "\"attention\"", "attention or all">,
    Option<"calibration", "calibration", "std::string", "\"\"", "An .npz file with the covariances of inputs">,
  ];
  let dependentDialects = ["::fourmix::mix::MixDialect", "::fourmix::onnx::ONNXDialect"];
}

def FastFNet : Pass<"fast-fnet", "::mlir::func::FuncOp"> {
  let summary = "Let FNet's blocks work on half of the spectrum.";
  let description = [{
    The real part of a spectrum of d features is a mirror image of its first k = d/2 + 1 columns. In a block
    `h = LayerNorm(x + Re(F_n x F_d))` the rewrite keeps those alone:

    ```
    h' = LayerNorm'(pool(x) + half(x))      [.., n, k]
    pool(x)[l] = (x[l] + x[(d - l) mod d]) / 2
    ```

    half is `mix.fourier … half`, the weights of LayerNorm' are pooled as x is, and a product `h W` becomes `h' W'` with
    `W'[l] = W[l] + W[d - l]`: what W does to a row that is its own mirror image. Where h goes on as a residual,
    `mix.mirror` expands h'. So the first product of the feed-forward layer, the residual and the normalisation cost half.

    **This is another network**: the residual is no mirror image. It is where training starts; a remark says so, and what
    the work was and is.
    Source: Sevim et al., Fast-FNet: Accelerating Transformer Encoder Models via Efficient Fourier Layers, arXiv
    2209.12816, which keeps half of the spectrum and pools the residual.

    A mixing stays, with the reason, where it is not FNet's block: another part or axis, a residual other than the tensor
    that is mixed (pre-norm), no LayerNormalization behind it, no product with a constant matrix that takes its result.

    Example:
    ```mlir
    %m = mix.fourier %x sequence 1 hidden 2 : tensor<2x4x6xf32>
    %a = onnx.node "Add"(%x, %m) …
    %h = onnx.node "LayerNormalization"(%a, %gamma, %beta) …
    %u = onnx.node "MatMul"(%h, %w) … : (tensor<2x4x6xf32>, tensor<6x8xf32>) -> tensor<2x4x8xf32>
    // becomes
    %m = mix.fourier %x sequence 1 hidden 2 half : tensor<2x4x6xf32>
    …
    %u = onnx.node "MatMul"(%h, %w) … : (tensor<2x4x4xf32>, tensor<4x8xf32>) -> tensor<2x4x8xf32>
    ```
  }];
  let dependentDialects = ["::fourmix::mix::MixDialect", "::fourmix::onnx::ONNXDialect"];
}

def SimplifyMixing : Pass<"simplify-mixing", "::mlir::func::FuncOp"> {
  let summary = "The algebra of mixings that changes no result: always done, where it applies.";
  let description = [{
    Two mixings in a row become a sum with the reflection, `N/2 (x + reflect(x))` (`N x` of Hartley's part); a transform and its
    inverse, reflections of what is even and a mirrored half spectrum go; one constant factor before or behind a
    transform goes into the matrix that takes its result, or into the weights of the LayerNormalization that it starts
    from, where nothing else uses what lies between. Weights of fewer than 32 bits stay.

    Exact up to rounding. It applies these patterns alone, without the greedy driver, which would merge constants and drop
    nodes of the file that nobody matched. What the phases after `spectral` do anyway is not done here: the symmetry of
    real transforms is in `convert-mix-to-spectral`, and so are spectra of constant kernels.

    Example:
    ```mlir
    %h = onnx.node "LayerNormalization"(%x, %gamma, %beta) …
    %m = mix.fourier %h sequence 1 hidden 2 : tensor<2x4x6xf32>
    %y = onnx.node "Mul"(%m, %half) …
    // becomes: gamma and beta times a half, no Mul
    ```
  }];
  let dependentDialects = ["::fourmix::mix::MixDialect", "::fourmix::onnx::ONNXDialect"];
}

def AttentionToGated : Pass<"attention-to-gated", "::mlir::func::FuncOp"> {
  let summary = "Replace attention by gated attention: a kernel over the sequence times a content gate.";
  let description = [{
    Per head, of the values v and the tensor x of which queries, keys and values are made, for tokens i and j:

    ```
    y[i] = sum over r of p_r[i] * (sum over j of c_r[j - i] g_r[j] v[j]) / (sum over j of c_r[j - i] g_r[j])
    c_r = exp(kernel_r)         g_r[j] = mask[j] exp(gate_r . x[j])         p[i] = softmax over r of (mix_r . x[i] + mix_bias_r)
    ```

    with R components, or one, where p is 1. Queries and keys go with their projections; values, their projection and the
    output's stay. Masks over keys and the normalisation are exact. Sums over j are correlations (`mix.gated`), circular
    where the kernel has as many numbers as tokens.

    It approximates what attention computed. Gates and kernels come from the .npz file `calibration`, which
    `fourmix-compile --calibrate` fits to the attention maps of the network on data, or anybody else:

    | array | shape | |
    |---|---|---|
    | `layer<N>.gate` | [R, heads, features of x] | |
    | `layer<N>.kernel` | [R, heads, n] or [R, heads, 2 n - 1] | logarithms, by (j - i) mod n or by j - i + n - 1; -inf is a weight of 0 |
    | `layer<N>.mix` | as `gate` | for R > 1 |
    | `layer<N>.mix_bias` | [R, heads] | for R > 1 |

    An array that is missing or does not fit the layer is an error that names it. A layer that cannot be rewritten stays as
    it is, and a remark says why: cross attention, keys and values of a cache, weights that are used elsewhere, a soft cap,
    masks and biases that differ from query to query. Causal and windowed attention is rewritten with a kernel that does not
    wrap around, if there is no mask beside the window. A constant bias by distance goes: the kernel has learned it.

    Layers are named as for `attention-to-fourier`.

    ```mlir
    %a = mix.attention %q, %k, %v mask %m heads 2 kv_heads 2 scale 5.0e-01 : …
    // becomes
    %s = onnx.node "MatMul"(%x, %gate) … // and mask, maximum, Exp: %g
    %a = mix.gated %values, %g, %c axis 1 : tensor<2x6x2x4xf32>, tensor<2x6x2x1xf32>, tensor<1x6x2x1xf32>
    ```
  }];
  let options = [
    Option<"layers", "layers", "std::string", "\"all\"", "The layers: all, first=K, all-but-last=K, 1,3,5-7, …">,
    Option<"calibration", "calibration", "std::string", "\"\"", "The .npz file with layer<N>.gate, layer<N>.kernel, …">,
  ];
  let dependentDialects = ["::fourmix::mix::MixDialect", "::fourmix::onnx::ONNXDialect"];
}

#endif // FOURMIX_REWRITE_PASSES_TD
