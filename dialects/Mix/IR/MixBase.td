// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_MIX_IR_MIXBASE_TD
#define DIALECTS_MIX_IR_MIXBASE_TD

include "dialects/Mix/IR/MixDialect.td"
include "dialects/Mix/IR/MixInterfaces.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Mix_Tensor : RankedTensorOf<[AnyFloat]>;

class Mix_Op<string mnemonic, list<Trait> traits = []>
    : Op<Mix_Dialect, mnemonic, traits>;

#endif // DIALECTS_MIX_IR_MIXBASE_TD
