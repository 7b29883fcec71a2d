// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_SPECTRAL_TRANSFORMS_PASSES_TD
#define DIALECTS_SPECTRAL_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def SpectralPlan : Pass<"spectral-plan"> {
  let summary = "Choose how every transform is computed.";
  let description = [{
    Sets the inherent attribute `plan` of every plannable op that has none to the name of a lowering: `fft` sends it
    through `convert-spectral-to-vector` (factorised, O(N log N)), `matmul` through `convert-spectral-to-linalg` (dense
    DFT matrices), a plug-in's through `spectral-lower`. A plan that stands already is a choice of the user and stays.

    An op gets the lowering that the option names, or `fft` where that one declines it; a plug-in's lowering takes its
    place where it offers a lower cost. Where there are such, remarks of category `plan` say what each would cost.

    ```mlir
    %a, %b = spectral.rdft %x along 1 : tensor<4x8xf32>
    // spectral-plan{fourier=matmul} =>
    %a, %b = spectral.rdft %x along 1 plan matmul : tensor<4x8xf32>
    ```
  }];
  let dependentDialects = ["::fourmix::spectral::SpectralDialect"];
  let options = [
    Option<"fourier", "fourier", "std::string", "\"fft\"",
           "How Fourier transforms are computed: fft, matmul or a lowering of a plug-in.">
  ];
}

def SpectralLower : Pass<"spectral-lower"> {
  let summary = "Lower the ops whose plan is a plug-in's.";
  let description = [{
    Calls the registered lowering that `plan` names, for every op where that is not one of the compiler's own (`fft`,
    `matmul`: those have doors, `convert-spectral-to-vector` and `convert-spectral-to-linalg`). What a lowering writes
    is tensor code, possibly with other transforms in it, which are planned like `fft` unless it says otherwise.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
                           "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect",
                           "::fourmix::spectral::SpectralDialect"];
}

def SpectralWiden : Pass<"spectral-widen"> {
  let summary = "Compute transforms and filters of half precision in single precision.";
  let description = [{
    Every plannable op on f16 or bf16 becomes one on f32 between conversions. What a transform hands to the next one is
    not rounded on its way. A network of half precision thus stays within rounding of its own reference, and no sum of
    a long signal leaves the range of f16.

    ```mlir
    %a, %b = spectral.rdft %x along 1 : tensor<4x8xf16>
    // spectral-widen =>
    %w = linalg.generic … { arith.extf } : tensor<4x8xf32>
    %c, %d = spectral.rdft %w along 1 : tensor<4x8xf32>
    // and %a, %b are linalg.generic … { arith.truncf } of %c, %d
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

#endif // DIALECTS_SPECTRAL_TRANSFORMS_PASSES_TD
