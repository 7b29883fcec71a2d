// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_SPECTRAL_IR_SPECTRALINTERFACES_TD
#define DIALECTS_SPECTRAL_IR_SPECTRALINTERFACES_TD

include "mlir/IR/OpBase.td"

def Spectral_PlannableOpInterface : OpInterface<"PlannableOpInterface"> {
  let cppNamespace = "::fourmix::spectral";
  let description = [{
    What can be computed in more than one way. The ways are the registered lowerings (Lowerings.h); `plan` names the
    one that `spectral-plan` chose.
  }];
  let methods = [
    InterfaceMethod<"The name of the lowering that computes this op, once spectral-plan has chosen.",
                    "::std::optional<::llvm::StringRef>", "getPlan">,
    InterfaceMethod<"Chooses the lowering.", "void", "setPlan", (ins "::std::optional<::llvm::StringRef>":$plan)>
  ];
  let verify = [{ return ::fourmix::spectral::verifyPlan(::llvm::cast<PlannableOpInterface>($_op)); }];
}

def Spectral_FourierOpInterface : OpInterface<"FourierOpInterface", [Spectral_PlannableOpInterface]> {
  let cppNamespace = "::fourmix::spectral";
  let description = [{
    What the discrete Fourier transforms have in common: one axis, one length N, one direction, a pair of operands
    and a pair of results of which the imaginary one may be missing.
  }];
  let methods = [
    InterfaceMethod<"The real part of the input.", "::mlir::Value", "getRe">,
    InterfaceMethod<"The imaginary part of the input, or null where it is zero.", "::mlir::Value", "getIm">,
    InterfaceMethod<"The axis that is transformed, 0 <= axis < rank.", "int64_t", "getAxis">,
    InterfaceMethod<"N, the length of the transform (of the signal, not of a half spectrum).", "int64_t", "getLength">,
    InterfaceMethod<"The sign of the exponent; inverse also divides by N.", "::fourmix::spectral::Direction",
                    "getDirection">,
    InterfaceMethod<"The real part of the result.", "::mlir::Value", "getOutRe">,
    InterfaceMethod<"The imaginary part of the result, or null where the op has none.", "::mlir::Value", "getOutIm">
  ];
  let extraSharedClassDeclaration = [{
    ::mlir::RankedTensorType getInputType() {
      return ::mlir::cast<::mlir::RankedTensorType>($_op.getRe().getType());
    }
    ::mlir::RankedTensorType getOutputType() {
      return ::mlir::cast<::mlir::RankedTensorType>($_op.getOutRe().getType());
    }
    /// Extents of the transformed axis before and after. Where a signal goes in, its elements from N on are not
    /// read and elements that it lacks up to N are zero.
    int64_t getInputExtent() { return getInputType().getDimSize($_op.getAxis()); }
    int64_t getOutputExtent() { return getOutputType().getDimSize($_op.getAxis()); }
    /// Whether the imaginary part of the result exists and somebody reads it.
    bool isOutImUsed() { return $_op.getOutIm() && !$_op.getOutIm().use_empty(); }
  }];
}

#endif // DIALECTS_SPECTRAL_IR_SPECTRALINTERFACES_TD
