// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_SPECTRAL_IR_SPECTRALDIALECT_TD
#define DIALECTS_SPECTRAL_IR_SPECTRALDIALECT_TD

include "mlir/IR/OpBase.td"

def Spectral_Dialect : Dialect {
  let name = "spectral";
  let summary = "Discrete Fourier transforms as pure meaning.";
  let description = [{
    Complex values are pairs of real tensors, `(re, im)`. A real input is an absent imaginary operand and an
    unneeded imaginary part an unused result, so the algebra of real transforms is dead-code elimination.

    The forward transform is `X[k] = sum_n x[n] exp(-2 pi i k n / N)`, unnormalised; the inverse divides by N.
  }];
  let cppNamespace = "::fourmix::spectral";
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"];
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
}

#endif // DIALECTS_SPECTRAL_IR_SPECTRALDIALECT_TD
