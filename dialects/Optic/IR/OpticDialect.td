// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_OPTIC_IR_OPTICDIALECT_TD
#define DIALECTS_OPTIC_IR_OPTICDIALECT_TD

include "mlir/IR/OpBase.td"

def Optic_Dialect : Dialect {
  let name = "optic";
  let summary = "What a Fourier-optical device does.";
  let description = [{
    One op is one thing that the hardware does with a tile: load it into the encoder, fire the optics, read the detector
    back, multiply, store. Programs hold such ops in loops of constant trip count; a host function launches programs.
    Room and rationale: dialects/Optic/README.md. The machine: docs/command-stream.md.
  }];
  let cppNamespace = "::fourmix::optic";
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
}

#endif // DIALECTS_OPTIC_IR_OPTICDIALECT_TD
