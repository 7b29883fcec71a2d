// The mean along the first axis goes past the optics: the host takes it out, and adds its transform along the other
// axis, times the length (which is the transform of the sum), to the first row of the result. Where nothing is quantised
// it stays.
//
// RUN: fourmix-opt %s --split-input-file --convert-spectral-to-optic=device=ofe-11 | FileCheck %s
// RUN: fourmix-opt %s --split-input-file --convert-spectral-to-optic=device=ideal | FileCheck %s --check-prefix=IDEAL

// CHECK-LABEL: func.func @pair
// CHECK-SAME: %[[X:.*]]: tensor<22x10xf32>
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}}ins(%[[X]] : tensor<22x10xf32>) outs({{.*}} : tensor<10xf32>)
// CHECK: %[[ONE:.*]] = tensor.expand_shape %[[SUM]] {{.*}} : tensor<10xf32> into tensor<1x10xf32>
// CHECK: arith.constant 2.200000e+01
// CHECK: arith.divf
// CHECK: %[[REST:.*]] = linalg.generic {{.*}}ins(%[[X]], {{.*}} : tensor<22x10xf32>, {{.*}}) outs({{.*}} : tensor<22x10xf32>)
// CHECK: arith.subf
// CHECK: %[[Y:.*]]:2 = optic.launch @dft_22x10 ins(%[[REST]] : tensor<22x10xf32>)
// CHECK: %[[RE:.*]], %[[IM:.*]] = spectral.rdft %[[ONE]] along 1 plan fft : tensor<1x10xf32>
// CHECK: %[[FIRST:.*]] = tensor.extract_slice %[[Y]]#0[0, 0] [1, 6] [1, 1]
// CHECK: linalg.generic {{.*}}ins(%[[FIRST]], %[[RE]]
// CHECK: tensor.insert_slice %{{.*}} into %[[Y]]#0[0, 0] [1, 6] [1, 1]
// CHECK: tensor.extract_slice %[[Y]]#1[0, 0] [1, 6] [1, 1]
// CHECK: tensor.insert_slice %{{.*}} into %[[Y]]#1
// IDEAL-LABEL: func.func @pair
// IDEAL-NOT: linalg
// IDEAL: optic.launch
// IDEAL-NOT: linalg
// IDEAL: return
func.func @pair(%x: tensor<22x10xf32>) -> (tensor<22x6xf32>, tensor<22x6xf32>) {
  %a, %b = spectral.rdft %x along 1 plan optic : tensor<22x10xf32>
  %c, %d = spectral.dft forward %a, %b along 0 plan optic : tensor<22x6xf32>
  return %c, %d : tensor<22x6xf32>, tensor<22x6xf32>
}

// -----

// Complex numbers have a complex mean; of one axis, the sum itself is what is added.
// CHECK-LABEL: func.func @complex
// CHECK-COUNT-2: arith.subf
// CHECK: optic.launch
// CHECK-NOT: spectral
// CHECK-COUNT-2: tensor.insert_slice
func.func @complex(%x: tensor<4x22xf32>, %y: tensor<4x22xf32>) -> (tensor<4x22xf32>, tensor<4x22xf32>) {
  %a, %b = spectral.dft forward %x, %y along 1 plan optic : tensor<4x22xf32>
  return %a, %b : tensor<4x22xf32>, tensor<4x22xf32>
}

// -----

// Zeros that are added to a line make its mean no constant of the transform; a spectrum has no such mean.
// CHECK-LABEL: func.func @padded
// CHECK-NOT: arith.subf
// CHECK: return
func.func @padded(%x: tensor<4x20xf32>, %y: tensor<11x6xf32>) -> (tensor<4x22xf32>, tensor<11x11xf32>) {
  %a, %b = spectral.dft forward %x along 1 length 22 plan optic : tensor<4x20xf32>
  %c = spectral.irdft %y, %y along 1 length 11 plan optic : tensor<11x6xf32>
  return %a, %c : tensor<4x22xf32>, tensor<11x11xf32>
}
