// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_MIX_IR_FOURIEROPS_TD
#define DIALECTS_MIX_IR_FOURIEROPS_TD

include "dialects/Mix/IR/MixBase.td"
include "mlir/IR/EnumAttr.td"

def Mix_FourierPart : I32EnumAttr<"FourierPart", "the real number that is made of a coefficient", [
    I32EnumAttrCase<"Real", 0, "real">,
    I32EnumAttrCase<"Hartley", 1, "hartley">,
    I32EnumAttrCase<"Magnitude", 2, "magnitude">]> {
  let genSpecializedAttr = 0;
  let cppNamespace = "::fourmix::mix";
}
def Mix_FourierPartAttr : EnumAttr<Mix_Dialect, Mix_FourierPart, "part">;

def Mix_FourierOp : Mix_Op<"fourier", [Pure, InferTypeOpAdaptor,
                                         DeclareOpInterfaceMethods<Mix_MixingOpInterface>]> {
  let summary = "FNet's Fourier mixing: the real part of the 2-D DFT over sequence and hidden axis.";
  let description = [{
    `Y = Re(F_n X F_d)` with the unnormalised transforms `F_N[j,k] = exp(-2 pi i j k / N)` over the axes
    `sequence` (extent n) and `hidden` (extent d) of `X`; all other axes are batch. In real numbers

    ```
    Y[k,l] = sum over i < n, j < d of X[i,j] cos(2 pi (i k / n + j l / d)) = (C_n X C_d - S_n X S_d)[k,l]
    ```

    Without `hidden` only the sequence is transformed, `Y = Re(F_n X)`, without `sequence` only the hidden axis. With
    part `hartley`, the result is the real part minus the imaginary part, which is the sum above with cos + sin in place
    of cos; with part `magnitude` it is the absolute value of each coefficient.

    With `half` the result has the first `d/2 + 1` (rounded down) columns of `hidden`: the others are their mirror
    image, which `mix.mirror` puts back.

    The formula is symmetric in the two axes: exchanging `sequence` and `hidden` does not change the result.
    The op is linear in its input, but for the magnitude. The real part and the magnitude are even,
    `Y[k,l] = Y[-k mod n, -l mod d]`; Hartley's is not, but is its own inverse up to n d.
    Source: Lee-Thorp et al., FNet: Mixing Tokens with Fourier Transforms, arXiv 2105.03824, section 3.2 and, for the
    variants, appendix A.3; Google's and Hugging Face's code omit the factor 1/sqrt(N) of the paper's matrices, and so
    does this op. `half`: Sevim et al., Fast-FNet, arXiv 2209.12816.

    **Constraints:**
    * (C1) the input is a ranked tensor of floating-point elements
    * (C2) 0 <= `sequence` < rank and 0 <= `hidden` < rank
    * (C3) `sequence` and `hidden` differ, and at least one of them is there
    * (C4) `half` needs `hidden`, and a part that is even: Hartley's is not determined by half of it
    * (C5) the result has the type of the input, with `half` with d/2 + 1 elements along `hidden`

    Example:
    ```mlir
    %y = mix.fourier %x sequence 1 hidden 2 : tensor<2x128x64xf32>
    %z = mix.fourier %x sequence 1 hidden 2 part hartley : tensor<2x128x64xf32>
    %w = mix.fourier %x sequence 1 : tensor<2x128x64xf32>
    %a = mix.fourier %x hidden 2 part magnitude : tensor<2x128x64xf32>
    %h = mix.fourier %x sequence 1 hidden 2 half : tensor<2x128x64xf32> // -> tensor<2x128x33xf32>
    ```
  }];
  let arguments = (ins Mix_Tensor:$input, OptionalAttr<I64Attr>:$sequence, OptionalAttr<I64Attr>:$hidden,
                       DefaultValuedAttr<Mix_FourierPartAttr, "::fourmix::mix::FourierPart::Real">:$part,
                       UnitAttr:$half);
  let results = (outs Mix_Tensor:$output);
  let builders = [OpBuilder<(ins "::mlir::Value":$input, "std::optional<int64_t>":$sequence,
                                 "std::optional<int64_t>":$hidden, CArg<"FourierPart", "FourierPart::Real">:$part,
                                 CArg<"bool", "false">:$half)>];
  let assemblyFormat = [{
    $input (`sequence` $sequence^)? (`hidden` $hidden^)? (`part` `` $part^)? (`half` $half^)? attr-dict
    `:` type($input)
  }];
  let extraClassDeclaration = [{
    /// How many coefficients one line or matrix has; types are static.
    double getNumPoints();
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Mix_MirrorOp : Mix_Op<"mirror", [Pure, InferTypeOpAdaptor]> {
  let summary = "Expands half a spectrum: the other columns of mix.fourier are a mirror image.";
  let description = [{
    With d = `length` and X of extent d/2 + 1 (rounded down) along `hidden`, n along `sequence`:

    ```
    Y[k,l] = X[k,l]                      for l <= d/2
    Y[k,l] = X[-k mod n, d - l]          for l >  d/2
    ```

    Without `sequence` the rows stay, `Y[l] = X[d - l]`. It is the inverse of `half`:
    `mirror(mix.fourier half X) = mix.fourier X` over the same axes.
    Source: the transform of a real tensor is conjugate even, F[-k,-l] = conj F[k,l]; its use in a network: Sevim et al.,
    Fast-FNet, arXiv 2209.12816.

    **Constraints:**
    * (C1) the input is a ranked tensor of floating-point elements
    * (C2) 0 <= `sequence` < rank and 0 <= `hidden` < rank, and they differ
    * (C3) the input has `length`/2 + 1 elements along `hidden`
    * (C4) the result has the type of the input with `length` elements along `hidden`

    Example:
    ```mlir
    %h = mix.fourier %x sequence 1 hidden 2 half : tensor<2x128x64xf32>
    %y = mix.mirror %h sequence 1 hidden 2 length 64 : tensor<2x128x33xf32> // -> tensor<2x128x64xf32>
    ```
  }];
  let arguments = (ins Mix_Tensor:$input, OptionalAttr<I64Attr>:$sequence, I64Attr:$hidden, I64Attr:$length);
  let results = (outs Mix_Tensor:$output);
  let assemblyFormat = "$input (`sequence` $sequence^)? `hidden` $hidden `length` $length attr-dict `:` type($input)";
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

def Mix_CosineOp : Mix_Op<"cosine", [Pure, SameOperandsAndResultType,
                                       DeclareOpInterfaceMethods<Mix_MixingOpInterface>]> {
  let summary = "Cosine mixing: the DCT-II of sequence, hidden axis or both, and its inverse.";
  let description = [{
    Along each of the axes that are given, of extent N:

    ```
    Y[k] = w(k) sum over j < N of X[j] cos(pi k (2 j + 1) / (2 N))
    ```

    with `w(k) = 1`, and with `ortho` `w(0) = sqrt(1/N)` and `w(k) = sqrt(2/N)` for k > 0, which makes it orthogonal.
    With `inverse` the op is the inverse of that, a DCT-III: `X[j] = sum over k of v(k) Y[k] cos(pi k (2 j + 1) / (2 N))`
    with `v(0) = 1/N`, `v(k) = 2/N`, or `v = w` with `ortho`. The axes do not see each other: the transform of two axes
    is that of the one after that of the other, in any order.
    Source: Ahmed, Natarajan and Rao, Discrete Cosine Transform, IEEE Trans. Computers C-23 (1974); as a mixing: FNet,
    arXiv 2105.03824, appendix A.3; with a crop between transform and inverse: He et al., Fourier Transformer,
    arXiv 2305.15099, section 3.

    **Constraints:**
    * (C1) the input is a ranked tensor of floating-point elements
    * (C2) 0 <= `sequence` < rank and 0 <= `hidden` < rank
    * (C3) `sequence` and `hidden` differ, and at least one of them is there

    Example:
    ```mlir
    %y = mix.cosine %x sequence 1 hidden 2 ortho : tensor<2x128x64xf32>
    %z = mix.cosine inverse %y sequence 1 hidden 2 ortho : tensor<2x128x64xf32>
    %w = mix.cosine %x hidden 2 : tensor<2x128x64xf32>
    ```
  }];
  let arguments = (ins Mix_Tensor:$input, OptionalAttr<I64Attr>:$sequence, OptionalAttr<I64Attr>:$hidden,
                       UnitAttr:$inverse, UnitAttr:$ortho);
  let results = (outs Mix_Tensor:$output);
  let builders = [OpBuilder<(ins "::mlir::Value":$input, "std::optional<int64_t>":$sequence,
                                 "std::optional<int64_t>":$hidden, "bool":$inverse, "bool":$ortho)>];
  let assemblyFormat = [{
    (`inverse` $inverse^)? $input (`sequence` $sequence^)? (`hidden` $hidden^)? (`ortho` $ortho^)? attr-dict
    `:` type($input)
  }];
  let extraClassDeclaration = [{
    /// The axes `sequence` and `hidden` of the one op that does what `inner`, of one axis, and then this do; nullopt
    /// where there is none.
    std::optional<std::pair<int64_t, int64_t>> joinAxes(CosineOp inner);
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Mix_ReflectOp : Mix_Op<"reflect", [Pure, SameOperandsAndResultType]> {
  let summary = "Negates the indices of some axes, modulo their extents.";
  let description = [{
    `Y[.., i, ..] = X[.., -i mod N, ..]` for each axis of `axes` (extent N): element 0 stays, the others are
    reversed. It is what the square of a Fourier transform does, and how the even symmetry of `mix.fourier` is
    written down: two mixings in a row are `n d (X + reflect(X)) / 2`.

    **Constraints:**
    * (C1) the input is a ranked tensor of floating-point elements
    * (C2) `axes` are in range, in ascending order, and distinct

    Example:
    ```mlir
    %y = mix.reflect %x axes [1, 2] : tensor<2x128x64xf32>
    ```
  }];
  let arguments = (ins Mix_Tensor:$input, DenseI64ArrayAttr:$axes);
  let results = (outs Mix_Tensor:$output);
  let assemblyFormat = "$input `axes` $axes attr-dict `:` type($input)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

#endif // DIALECTS_MIX_IR_FOURIEROPS_TD
