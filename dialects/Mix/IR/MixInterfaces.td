// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_MIX_IR_MIXINTERFACES_TD
#define DIALECTS_MIX_IR_MIXINTERFACES_TD

include "mlir/IR/OpBase.td"

def Mix_MixingOpInterface : OpInterface<"MixingOpInterface"> {
  let cppNamespace = "::fourmix::mix";
  let description = [{
    What rewrites and reports want to know of a mixing, whatever its name: which tensor is mixed, along which axes, how
    the result depends on it, what it has learned and what it costs.
  }];
  let methods = [
    InterfaceMethod<[{
      The operand whose elements are mixed: the input of a Fourier mixing, the values of an attention.
    }], "::mlir::Value", "getMixed">,
    InterfaceMethod<[{
      The axes of the mixed operand along which its elements see each other, in ascending order.
    }], "::llvm::SmallVector<int64_t>", "getMixedAxes">,
    InterfaceMethod<[{
      True if the result is linear in the mixed operand while every other operand is held.
    }], "bool", "isLinear">,
    InterfaceMethod<[{
      True if, all other operands held, the weight between two positions depends on their difference alone: a
      convolution or correlation, circular or not.
    }], "bool", "isConvolution">,
    InterfaceMethod<[{
      The operands that hold what the mixing has learned: kernels, matrices, tables. Not activations, not masks.
    }], "::llvm::SmallVector<::mlir::Value>", "getParameters">,
    InterfaceMethod<[{
      Floating-point operations of the cheapest exact algorithm known here, a multiply-add as two; transforms of N
      points as 5 N log2 N, half of it for real input. Types are static.
    }], "double", "getFlops">
  ];
  let extraSharedClassDeclaration = [{
    /// How many numbers `getParameters` holds; types are static.
    int64_t getNumParameters() {
      int64_t count = 0;
      for (::mlir::Value parameter : $_op.getParameters())
        count += ::mlir::cast<::mlir::ShapedType>(parameter.getType()).getNumElements();
      return count;
    }
    /// Bytes of all operands and results, each counted once; types are static.
    int64_t getBytes() { return ::fourmix::mix::countBytes($_op); }
  }];
}

#endif // DIALECTS_MIX_IR_MIXINTERFACES_TD
