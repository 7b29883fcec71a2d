// RUN: fourmix-opt %s --convert-mix-to-spectral=whole=true | FileCheck %s

// CHECK-LABEL: func.func @mixing
// CHECK-SAME:    %[[X:.*]]: tensor<2x8x12xf32>
// CHECK-NEXT:  %[[A:.*]], %[[B:.*]] = spectral.dft forward %[[X]] along 2 : tensor<2x8x12xf32>
// CHECK-NEXT:  %[[Y:.*]], %{{.*}} = spectral.dft forward %[[A]], %[[B]] along 1 : tensor<2x8x12xf32>
// CHECK-NEXT:  return %[[Y]]
func.func @mixing(%x: tensor<2x8x12xf32>) -> tensor<2x8x12xf32> {
  %y = mix.fourier %x sequence 1 hidden 2 : tensor<2x8x12xf32>
  return %y : tensor<2x8x12xf32>
}

// The vector lowering folds neither of these.

// CHECK-LABEL: func.func @sequence_last
// CHECK-NEXT:  spectral.rdft %{{.*}} along 1
func.func @sequence_last(%x: tensor<2x8x12xf32>) -> tensor<2x8x12xf32> {
  %y = mix.fourier %x sequence 2 hidden 1 : tensor<2x8x12xf32>
  return %y : tensor<2x8x12xf32>
}

// CHECK-LABEL: func.func @short
// CHECK-NEXT:  spectral.rdft %{{.*}} along 2
func.func @short(%x: tensor<2x8x4xf32>) -> tensor<2x8x4xf32> {
  %y = mix.fourier %x sequence 1 hidden 2 : tensor<2x8x4xf32>
  return %y : tensor<2x8x4xf32>
}
