// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_SPECTRAL_IR_SPECTRALOPS_TD
#define DIALECTS_SPECTRAL_IR_SPECTRALOPS_TD

include "dialects/Spectral/IR/SpectralDialect.td"
include "dialects/Spectral/IR/SpectralInterfaces.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Spectral_Direction : I32EnumAttr<"Direction", "sign of the exponent", [
    I32EnumAttrCase<"Forward", 0, "forward">,
    I32EnumAttrCase<"Inverse", 1, "inverse">]> {
  let genSpecializedAttr = 0;
  let cppNamespace = "::fourmix::spectral";
}
def Spectral_DirectionAttr
    : EnumAttr<Spectral_Dialect, Spectral_Direction, "direction">;

def Spectral_Tensor : RankedTensorOf<[AnyFloat]>;

class Spectral_FourierOp<string mnemonic>
    : Op<Spectral_Dialect, mnemonic, [Pure, InferTypeOpAdaptor, Spectral_FourierOpInterface]> {
  let hasCustomAssemblyFormat = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Spectral_DftOp : Spectral_FourierOp<"dft"> {
  let summary = "Discrete Fourier transform of a complex or real tensor along one axis.";
  let description = [{
    With N = `length`, for every line along `axis`:

    forward: `X[k] = sum_{n<N} x[n] exp(-2 pi i k n / N)`; inverse: `x[n] = 1/N sum_{k<N} X[k] exp(2 pi i k n / N)`.

    The input is `re + i im`, real where `im` is absent. A line longer than N is truncated, a shorter one padded with
    zeros at its end, before the transform. `length` is written only where it differs from the extent of the axis.
    A result that nobody uses costs nothing. `plan` says how to compute, never what: it names a registered lowering,
    `fft`, `matmul` or a plug-in's.

    **Constraints:**
    * (C1) `0 <= axis < rank(re)`.
    * (C2) `length >= 1`, and the extent of `axis` is static.
    * (C3) `im`, where present, has the type of `re`.
    * (C4) Both results have the type of `re` with the extent of `axis` replaced by `length`.
    * (C5) `plan`, where present, is the name of a registered lowering; the same holds for the other transforms.

    **Example:**
    ```mlir
    %a, %b = spectral.dft forward %x, %y along 1 : tensor<4x8xf32>
    %c, %d = spectral.dft inverse %a, %b along 1 plan fft : tensor<4x8xf32>
    %e, %f = spectral.dft forward %x along 0 length 6 : tensor<4x8xf32>
    ```
  }];
  let arguments = (ins Spectral_DirectionAttr:$direction, Spectral_Tensor:$re, Optional<Spectral_Tensor>:$im,
                       I64Attr:$axis, I64Attr:$length, OptionalAttr<StrAttr>:$plan);
  let results = (outs Spectral_Tensor:$outRe, Spectral_Tensor:$outIm);
  let hasVerifier = 1;
}

def Spectral_RdftOp : Spectral_FourierOp<"rdft"> {
  let summary = "Forward transform of a real tensor: the N/2+1 coefficients that are independent.";
  let description = [{
    `X[k] = sum_{n<N} x[n] exp(-2 pi i k n / N)` for `0 <= k <= N/2` (rounded down), N = `length`, along `axis`. The
    other coefficients are `X[N-k] = conj(X[k])`. Truncation and padding to `length` as in `spectral.dft`.

    **Constraints:**
    * (C1) `0 <= axis < rank(re)`.
    * (C2) `length >= 1`, and the extent of `axis` is static.
    * (C3) Both results have the type of `re` with the extent of `axis` replaced by `length/2 + 1`.

    **Example:**
    ```mlir
    %a, %b = spectral.rdft %x along 1 : tensor<4x8xf32>            // -> tensor<4x5xf32>
    %c, %d = spectral.rdft %x along 1 length 15 : tensor<4x8xf32>  // -> tensor<4x8xf32>
    ```
  }];
  let arguments = (ins Spectral_Tensor:$re, I64Attr:$axis, I64Attr:$length, OptionalAttr<StrAttr>:$plan);
  let results = (outs Spectral_Tensor:$outRe, Spectral_Tensor:$outIm);
  let extraClassDeclaration = [{
    ::mlir::Value getIm() { return {}; }
    ::fourmix::spectral::Direction getDirection() { return ::fourmix::spectral::Direction::Forward; }
  }];
}

def Spectral_IrdftOp : Spectral_FourierOp<"irdft"> {
  let summary = "Inverse of rdft: the real tensor whose half spectrum is given.";
  let description = [{
    `x[n] = 1/N sum_{k<N} X[k] exp(2 pi i k n / N)`, N = `length`, along `axis`, where `X[k] = re[k] + i im[k]` for
    `k <= N/2` and `X[N-k] = conj(X[k])` gives the rest. The imaginary parts of `X[0]` and, for even N, `X[N/2]` are
    not read: a real signal has none. An absent `im` is zero.

    **Constraints:**
    * (C1) `0 <= axis < rank(re)`.
    * (C2) `length >= 1`, and the extent of `axis` in `re` is `length/2 + 1`.
    * (C3) `im`, where present, has the type of `re`.
    * (C4) The result has the type of `re` with the extent of `axis` replaced by `length`.

    **Example:**
    ```mlir
    %x = spectral.irdft %a, %b along 1 length 8 : tensor<4x5xf32>  // -> tensor<4x8xf32>
    %y = spectral.irdft %a, %b along 1 length 9 : tensor<4x5xf32>  // -> tensor<4x9xf32>
    ```
  }];
  let arguments = (ins Spectral_Tensor:$re, Optional<Spectral_Tensor>:$im, I64Attr:$axis, I64Attr:$length,
                       OptionalAttr<StrAttr>:$plan);
  let results = (outs Spectral_Tensor:$outRe);
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::Value getOutIm() { return {}; }
    ::fourmix::spectral::Direction getDirection() { return ::fourmix::spectral::Direction::Inverse; }
  }];
}

def Spectral_FilterOp : Op<Spectral_Dialect, "filter", [Pure, Spectral_PlannableOpInterface]> {
  let summary = "Multiplies the spectrum of a real tensor by numbers: circular convolution, along one axis or more.";
  let description = [{
    `y = crop(irdft(S X))` with `X = rdft(x)` over `axes`, of `lengths` points: x is padded with zeros or cut as in
    `spectral.rdft`, and of the inverse as many elements stay as y has. S is `re + i im`, a half spectrum over `axes`
    (the last of them has length/2 + 1 coefficients), real where `im` is absent. Imaginary parts that no real tensor has
    are not read, as in `spectral.irdft`. So y is the circular convolution of x with a real kernel, whose spectrum is
    the part of S that a real kernel can have. Along the other axes x and S are broadcast.

    A sum of filters over a dimension i (channels, the columns of block-circulant matrices, the depth of a lambda layer)
    is one of them: y[o] = sum of h[o, i] * x[i] is element 0 of the convolution around the circle of all i as well, with
    the kernels backwards, h'[o, -i] = h[o, i], and of that axis of the result one element is kept.

    A chain of transforms and a product says the same, and no transform but a sum along such a dimension. This op is for what computes a convolution otherwise, as optics
    do: `expand-spectral-filters` makes that chain of all others.
    Source: A. V. Oppenheim, R. W. Schafer, Discrete-Time Signal Processing, section 8.6.

    **Constraints:**
    * (C1) `axes` are distinct and in range, at least one; `lengths` has a positive entry for each.
    * (C2) input, spectrum and result are static tensors of one rank and one element type; `im` has the type of `re`.
    * (C3) Along `axes` the spectrum has `lengths` coefficients, length/2 + 1 along the last of them, and the result 1 to
      length elements.
    * (C4) Along all others, of the extents of input and spectrum one is 1 or they are equal; the result has the larger.

    **Example:**
    ```mlir
    %y = spectral.filter %x by %a, %b along [2] lengths [16]
      : (tensor<4x1x8xf32>, tensor<1x3x9xf32>, tensor<1x3x9xf32>) -> tensor<4x3x8xf32>
    // two sums of five filters each
    %z = spectral.filter %u by %c, %d along [2, 3] lengths [5, 16]
      : (tensor<4x1x5x16xf32>, tensor<1x2x5x9xf32>, tensor<1x2x5x9xf32>) -> tensor<4x2x1x16xf32>
    ```
  }];
  let arguments = (ins Spectral_Tensor:$input, Spectral_Tensor:$re, Optional<Spectral_Tensor>:$im,
                       DenseI64ArrayAttr:$axes, DenseI64ArrayAttr:$lengths, OptionalAttr<StrAttr>:$plan);
  let results = (outs Spectral_Tensor:$output);
  let assemblyFormat = [{
    $input `by` $re (`,` $im^)? `along` $axes `lengths` $lengths (`plan` custom<Plan>($plan)^)? attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::RankedTensorType getInputType() { return ::mlir::cast<::mlir::RankedTensorType>(getInput().getType()); }
    ::mlir::RankedTensorType getOutputType() { return ::mlir::cast<::mlir::RankedTensorType>(getOutput().getType()); }
    ::mlir::RankedTensorType getSpectrumType() { return ::mlir::cast<::mlir::RankedTensorType>(getRe().getType()); }
  }];
}

#endif // DIALECTS_SPECTRAL_IR_SPECTRALOPS_TD
