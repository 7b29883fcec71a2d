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

#endif // DIALECTS_SPECTRAL_IR_SPECTRALOPS_TD
