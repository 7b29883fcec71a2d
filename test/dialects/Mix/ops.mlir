// RUN: fourmix-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: func.func @fourier
// CHECK: mix.fourier %{{.*}} sequence 1 hidden 2 : tensor<2x4x6xf32>
func.func @fourier(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %y = mix.fourier %x sequence 1 hidden 2 : tensor<2x4x6xf32>
  return %y : tensor<2x4x6xf32>
}
