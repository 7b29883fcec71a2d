// RUN: fourmix-opt %s --spectral-plan | FileCheck %s --check-prefixes=CHECK,FFT
// RUN: fourmix-opt %s --spectral-plan=fourier=matmul | FileCheck %s --check-prefixes=CHECK,MATMUL
// RUN: not fourmix-opt %s --spectral-plan=fourier=magic 2>&1 | FileCheck %s --check-prefix=ERROR

// ERROR: error: there is no lowering 'magic'; expected fft, matmul or optic

// CHECK-LABEL: func.func @plan
func.func @plan(%x: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  // FFT: spectral.rdft %{{.+}} along 1 plan fft
  // MATMUL: spectral.rdft %{{.+}} along 1 plan matmul
  %a, %b = spectral.rdft %x along 1 : tensor<4x8xf32>
  // FFT: spectral.irdft %{{.+}}, %{{.+}} along 1 length 8 plan fft
  // MATMUL: spectral.irdft %{{.+}}, %{{.+}} along 1 length 8 plan matmul
  %y = spectral.irdft %b, %a along 1 length 8 : tensor<4x5xf32>
  // What the user chose stays.
  // CHECK: spectral.dft forward %{{.+}} along 0 plan matmul
  %c, %d = spectral.dft forward %y along 0 plan matmul : tensor<4x8xf32>
  // CHECK: spectral.dft inverse %{{.+}}, %{{.+}} along 0 plan fft
  %e, %f = spectral.dft inverse %c, %y along 0 plan fft : tensor<4x8xf32>
  return %e, %f : tensor<4x8xf32>, tensor<4x8xf32>
}
