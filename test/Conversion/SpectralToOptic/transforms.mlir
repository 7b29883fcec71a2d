// RUN: fourmix-opt %s --split-input-file --convert-spectral-to-optic=device=ofe-11 | FileCheck %s

// Two axes are one program: 11 points of each axis go through an aperture of 11 x 11, the rest is electronic. Equal transforms share it.
// CHECK-LABEL: func.func @pair
// CHECK: optic.launch @dft_484x33 ins(%{{.*}} : tensor<484x33xf32>) outs(%{{.*}} : tensor<484x33xf32>) -> tensor<484x33xf32>
// CHECK: optic.launch @dft_484x33
// CHECK-NOT: spectral.{{.*}} plan optic
func.func @pair(%x: tensor<484x33xf32>) -> tensor<484x33xf32> {
  %a, %b = spectral.dft forward %x along 1 plan optic : tensor<484x33xf32>
  %c, %d = spectral.dft forward %a, %b along 0 plan optic : tensor<484x33xf32>
  %e, %f = spectral.dft forward %c along 1 plan optic : tensor<484x33xf32>
  %g, %h = spectral.dft forward %e, %f along 0 plan optic : tensor<484x33xf32>
  return %g : tensor<484x33xf32>
}
// CHECK: optic.program @dft_484x33 inputs 1 names ["re", "out_re"] frames {{[0-9]+}} recipe "484 = 11 * 44e, 33 = 11 x 3e Good-Thomas"
// CHECK-NOT: optic.program

// -----

// A result that two readers have is no pair; the axis shares its frames with the batch.
// CHECK-LABEL: func.func @shared
// CHECK-COUNT-2: optic.launch
func.func @shared(%x: tensor<22x11xf32>) -> (tensor<22x11xf32>, tensor<22x11xf32>) {
  %a, %b = spectral.dft forward %x along 1 plan optic : tensor<22x11xf32>
  %c, %d = spectral.dft forward %a, %b along 0 plan optic : tensor<22x11xf32>
  return %c, %a : tensor<22x11xf32>, tensor<22x11xf32>
}

// -----

// A half spectrum back: coefficients that stand for two are doubled, and only the real part is read.
// CHECK-LABEL: func.func @half
// CHECK: arith.constant dense<{{\[}}[1.000000e+00, 2.000000e+00, 2.000000e+00, 2.000000e+00, 2.000000e+00, 1.000000e+00]]>
// CHECK: optic.launch @dft_10 ins({{.*}} : tensor<1x6xf32>, tensor<1x6xf32>) outs({{.*}} : tensor<1x10xf32>)
// CHECK: optic.program @dft_10 inputs 2 names ["re", "im", "out_re"]
func.func @half(%x: tensor<1x6xf32>, %y: tensor<1x6xf32>) -> tensor<1x10xf32> {
  %a = spectral.irdft %x, %y along 1 length 10 plan optic : tensor<1x6xf32>
  return %a : tensor<1x10xf32>
}

// -----

// Other plans stay.
// CHECK-LABEL: func.func @fft
// CHECK: spectral.dft forward %{{.*}} along 1 plan fft
func.func @fft(%x: tensor<22x11xf32>) -> tensor<22x11xf32> {
  %a, %b = spectral.dft forward %x along 1 plan fft : tensor<22x11xf32>
  return %a : tensor<22x11xf32>
}
