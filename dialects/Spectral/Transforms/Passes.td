// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_SPECTRAL_TRANSFORMS_PASSES_TD
#define DIALECTS_SPECTRAL_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def SpectralPlan : Pass<"spectral-plan"> {
  let summary = "Choose how every transform is computed.";
  let description = [{
    Sets the inherent attribute `plan` of every Fourier transform that has none: `fft` sends it through
    `convert-spectral-to-vector` (factorised, O(N log N)), `matmul` through `convert-spectral-to-linalg` (dense DFT
    matrices). A plan that stands already is a choice of the user and stays.

    ```mlir
    %a, %b = spectral.rdft %x along 1 : tensor<4x8xf32>
    // spectral-plan{fourier=matmul} =>
    %a, %b = spectral.rdft %x along 1 plan matmul : tensor<4x8xf32>
    ```
  }];
  let dependentDialects = ["::fourmix::spectral::SpectralDialect"];
  let options = [
    Option<"fourier", "fourier", "::fourmix::spectral::Lowering", "::fourmix::spectral::Lowering::Fft",
           "How Fourier transforms are computed.",
           [{::llvm::cl::values(
             clEnumValN(::fourmix::spectral::Lowering::Fft, "fft", "factorised, in loops over vectors"),
             clEnumValN(::fourmix::spectral::Lowering::Matmul, "matmul", "dense DFT matrices"))}]>
  ];
}

#endif // DIALECTS_SPECTRAL_TRANSFORMS_PASSES_TD
