// The passes that guard the boundaries between the phases.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_PIPELINES_PASSES_TD
#define FOURMIX_PIPELINES_PASSES_TD

include "mlir/Pass/PassBase.td"

def VerifyPhase : Pass<"fourmix-verify-phase", "mlir::ModuleOp"> {
  let summary = "Check what must hold after a phase.";
  let description = [{
    | phase | properties |
    |---|---|
    | `import` | only `onnx` and `func`; (I1) every constant of more than 16 elements is a reference into the store |
    | `raise` | only `onnx`, `mix` and `func`; (R1) every value is a ranked tensor of static shape, or absent |
    | `rewrite` | as `raise`; (W1) no two operations have one `mix.layer` |
    | `spectral` | only `spectral`, `linalg`, `tensor`, `arith`, `math`, `scf` and `func`; (S1) every tensor is static |
    | `plan` | as `spectral`; (P1) every transform carries a `plan` |
    | `cpu` | only `scf`, `memref`, `vector`, `arith`, `math`, `affine`, `llvm` and `func`; (C1) no value is a tensor; (C2) `main` takes the frame and gives nothing; (C3) no `memref.alloc` and no `memref.global`; (C4) the module says its workspace, weights, inputs and outputs |
    | `llvm` | only `llvm` |

    A module that breaks a property is an error that names the property, the op, what was expected and what was found.
  }];
  let options = [Option<"phase", "phase", "std::string", "", "the phase that the module claims to be after">,
                 Option<"added", "added", "std::string", "", "the pipeline that ran since, for errors">];
}

#endif // FOURMIX_PIPELINES_PASSES_TD
