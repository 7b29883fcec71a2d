// RUN: fourmix-opt %s --convert-spectral-to-optic=device=ofe-11 | FileCheck %s

// Spectra of real signals: the host makes the whole spectrum of x1 + i x2, and the parts of what comes back are the two signals.
// Of nine signals the fifth is in both pairs.
// CHECK-LABEL: func.func @spectra
// CHECK: arith.constant dense<{{\[}}{{\[}}{{\[}}5.000000e-01, 1.000000e+00, 1.000000e+00, 1.000000e+00, 1.000000e+00, 5.000000e-01]
// CHECK: tensor.extract_slice %{{.*}}[0, 0, 0] [5, 11, 6] [1, 1, 1]
// CHECK: tensor.extract_slice %{{.*}}[4, 0, 0] [5, 11, 6] [1, 1, 1]
// CHECK: optic.launch @{{.*}} ins(%{{.*}}, %{{.*}} : tensor<5x11x10xf32>, tensor<5x11x10xf32>) outs(%{{.*}} : tensor<9x11x10xf32>)
// CHECK: optic.program @dft_11x10 {{.*}} frames 5 recipe "11 = 11, 10 = 10e, 2 spectra of real signals in one"
// CHECK: store %{{.*}} re %[[Y:[a-z0-9]+]] : !optic.memory<9x11x10xf32> im %[[Y]] : !optic.memory<9x11x10xf32> {{.*}} im_offset
func.func @spectra(%x: tensor<9x11x6xf32>, %y: tensor<9x11x6xf32>) -> tensor<9x11x10xf32> {
  %a, %b = spectral.dft inverse %x, %y along 1 plan optic : tensor<9x11x6xf32>
  %c = spectral.irdft %a, %b along 2 length 10 plan optic : tensor<9x11x6xf32>
  return %c : tensor<9x11x10xf32>
}
