// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_MIX_IR_FOURIEROPS_TD
#define DIALECTS_MIX_IR_FOURIEROPS_TD

include "dialects/Mix/IR/MixBase.td"
include "mlir/IR/EnumAttr.td"

def Mix_FourierPart : I32EnumAttr<"FourierPart", "the real number that is made of a coefficient", [
    I32EnumAttrCase<"Real", 0, "real">,
    I32EnumAttrCase<"Hartley", 1, "hartley">]> {
  let genSpecializedAttr = 0;
  let cppNamespace = "::fourmix::mix";
}
def Mix_FourierPartAttr : EnumAttr<Mix_Dialect, Mix_FourierPart, "part">;

def Mix_FourierOp : Mix_Op<"fourier", [Pure, SameOperandsAndResultType,
                                         DeclareOpInterfaceMethods<Mix_MixingOpInterface>]> {
  let summary = "FNet's Fourier mixing: the real part of the 2-D DFT over sequence and hidden axis.";
  let description = [{
    `Y = Re(F_n X F_d)` with the unnormalised transforms `F_N[j,k] = exp(-2 pi i j k / N)` over the axes
    `sequence` (extent n) and `hidden` (extent d) of `X`; all other axes are batch. In real numbers

    ```
    Y[k,l] = sum over i < n, j < d of X[i,j] cos(2 pi (i k / n + j l / d)) = (C_n X C_d - S_n X S_d)[k,l]
    ```

    Without `hidden` only the sequence is transformed, `Y = Re(F_n X)`. With part `hartley`, the result is the real part
    minus the imaginary part, which is the sum above with cos + sin in place of cos.

    The formula is symmetric in the two axes: exchanging `sequence` and `hidden` does not change the result.
    The op is linear in its input. The real part is even, `Y[k,l] = Y[-k mod n, -l mod d]`; Hartley's is not, but is its
    own inverse up to n d.
    Source: Lee-Thorp et al., FNet: Mixing Tokens with Fourier Transforms, arXiv 2105.03824, section 3.2 and, for the
    variants, appendix A.3; Google's and Hugging Face's code omit the factor 1/sqrt(N) of the paper's matrices, and so
    does this op.

    **Constraints:**
    * (C1) the input is a ranked tensor of floating-point elements
    * (C2) 0 <= `sequence` < rank and 0 <= `hidden` < rank
    * (C3) `sequence` and `hidden` differ

    Example:
    ```mlir
    %y = mix.fourier %x sequence 1 hidden 2 : tensor<2x128x64xf32>
    %z = mix.fourier %x sequence 1 hidden 2 part hartley : tensor<2x128x64xf32>
    %w = mix.fourier %x sequence 1 : tensor<2x128x64xf32>
    ```
  }];
  let arguments = (ins Mix_Tensor:$input, I64Attr:$sequence, OptionalAttr<I64Attr>:$hidden,
                       DefaultValuedAttr<Mix_FourierPartAttr, "::fourmix::mix::FourierPart::Real">:$part);
  let results = (outs Mix_Tensor:$output);
  let builders = [OpBuilder<(ins "::mlir::Value":$input, "int64_t":$sequence, "std::optional<int64_t>":$hidden,
                                 CArg<"FourierPart", "FourierPart::Real">:$part)>];
  let assemblyFormat = [{
    $input `sequence` $sequence (`hidden` $hidden^)? (`part` `` $part^)? attr-dict `:` type($input)
  }];
  let extraClassDeclaration = [{
    /// How many coefficients one line or matrix has; types are static.
    double getNumPoints();
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
