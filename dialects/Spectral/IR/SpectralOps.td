// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_SPECTRAL_IR_SPECTRALOPS_TD
#define DIALECTS_SPECTRAL_IR_SPECTRALOPS_TD

include "dialects/Spectral/IR/SpectralDialect.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Spectral_Op<string mnemonic, list<Trait> traits = []>
    : Op<Spectral_Dialect, mnemonic, traits>;

def Spectral_Direction : I32EnumAttr<"Direction", "sign of the exponent", [
    I32EnumAttrCase<"Forward", 0, "forward">,
    I32EnumAttrCase<"Inverse", 1, "inverse">]> {
  let genSpecializedAttr = 0;
  let cppNamespace = "::fourmix::spectral";
}
def Spectral_DirectionAttr
    : EnumAttr<Spectral_Dialect, Spectral_Direction, "direction">;

def Spectral_Lowering : I32EnumAttr<"Lowering", "how a transform is computed", [
    I32EnumAttrCase<"Fft", 0, "fft">,
    I32EnumAttrCase<"Matmul", 1, "matmul">]> {
  let genSpecializedAttr = 0;
  let cppNamespace = "::fourmix::spectral";
}
def Spectral_PlanAttr : EnumAttr<Spectral_Dialect, Spectral_Lowering, "plan">;

def Spectral_DftOp : Spectral_Op<"dft", [Pure]> {
  let summary = "Discrete Fourier transform of a complex or real tensor along one axis.";
  let description = [{
    Forward: `X[k] = sum_{n<N} x[n] exp(-2 pi i k n / N)`, unnormalised. Inverse: the conjugate exponent, divided by N.
    N is the extent of the axis. Without `im` the input is real.

    Example:
    ```mlir
    %X, %Y = spectral.dft forward %x, %y along 1 : tensor<4x8xf32>
    %A, %B = spectral.dft forward %x along 1 : tensor<4x8xf32>
    ```
  }];
  let arguments = (ins Spectral_DirectionAttr:$direction,
                       AnyRankedTensor:$re, Optional<AnyRankedTensor>:$im,
                       I64Attr:$axis, OptionalAttr<Spectral_PlanAttr>:$plan);
  let results = (outs AnyRankedTensor:$outRe, AnyRankedTensor:$outIm);
}

def Spectral_RdftOp : Spectral_Op<"rdft", [Pure]> {
  let summary = "Forward transform of a real tensor: the N/2+1 coefficients that are independent.";
  let arguments = (ins AnyRankedTensor:$input, I64Attr:$axis, OptionalAttr<Spectral_PlanAttr>:$plan);
  let results = (outs AnyRankedTensor:$outRe, AnyRankedTensor:$outIm);
}

def Spectral_IrdftOp : Spectral_Op<"irdft", [Pure]> {
  let summary = "Inverse of rdft: the real tensor of extent `length` whose half spectrum is (re, im); divides by length.";
  let arguments = (ins AnyRankedTensor:$re, AnyRankedTensor:$im, I64Attr:$axis, I64Attr:$length,
                       OptionalAttr<Spectral_PlanAttr>:$plan);
  let results = (outs AnyRankedTensor:$output);
}

#endif // DIALECTS_SPECTRAL_IR_SPECTRALOPS_TD
