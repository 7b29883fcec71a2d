// RUN: fourmix-opt %s --verify-roundtrip | FileCheck %s

!q = tensor<2x4x16x64xf32>
!v = tensor<2x1x32x64xf32>
!k = tensor<2x1x16x64xf32>

// CHECK-LABEL: func.func @example
// CHECK: mix.lambda %{{.*}}, %{{.*}} content %{{.*}} kernel %{{.*}} over [8, 8] : tensor<2x4x16x64xf32>, tensor<2x1x32x64xf32>, tensor<2x1x16x64xf32>, tensor<16x1x3x3xf32>
// CHECK: mix.lambda %{{.*}}, %{{.*}} content %{{.*}} table %{{.*}} : tensor<2x4x16x64xf32>, tensor<2x1x32x64xf32>, tensor<2x1x16x64xf32>, tensor<64x64x16x1xf32>
func.func @example(%q: !q, %v: !v, %k: !k, %r: tensor<16x1x3x3xf32>, %e: tensor<64x64x16x1xf32>) -> (tensor<2x4x32x64xf32>, tensor<2x4x32x64xf32>) {
  %y = mix.lambda %q, %v content %k kernel %r over [8, 8]
      : tensor<2x4x16x64xf32>, tensor<2x1x32x64xf32>, tensor<2x1x16x64xf32>, tensor<16x1x3x3xf32>
  %z = mix.lambda %q, %v content %k table %e
      : tensor<2x4x16x64xf32>, tensor<2x1x32x64xf32>, tensor<2x1x16x64xf32>, tensor<64x64x16x1xf32>
  return %y, %z : tensor<2x4x32x64xf32>, tensor<2x4x32x64xf32>
}

// Content alone, of a context that is longer than the queries; position alone, global; a bias.
// CHECK-LABEL: func.func @parts
// CHECK: mix.lambda %{{.*}}, %{{.*}} content %{{.*}} : tensor<1x2x4x6xf32>, tensor<1x3x5x9xf32>, tensor<1x3x4x9xf32>
// CHECK: mix.lambda %{{.*}}, %{{.*}} kernel %{{.*}} over [9] bias %{{.*}} : tensor<1x2x4x9xf32>, tensor<1x3x5x9xf32>, tensor<4x3x17xf32>, tensor<4xf32>
func.func @parts(%q: tensor<1x2x4x6xf32>, %k: tensor<1x3x4x9xf32>, %v: tensor<1x3x5x9xf32>, %p: tensor<1x2x4x9xf32>, %r: tensor<4x3x17xf32>, %b: tensor<4xf32>) -> (tensor<1x2x5x6xf32>, tensor<1x2x5x9xf32>) {
  %y = mix.lambda %q, %v content %k : tensor<1x2x4x6xf32>, tensor<1x3x5x9xf32>, tensor<1x3x4x9xf32>
  %z = mix.lambda %p, %v kernel %r over [9] bias %b
      : tensor<1x2x4x9xf32>, tensor<1x3x5x9xf32>, tensor<4x3x17xf32>, tensor<4xf32>
  return %y, %z : tensor<1x2x5x6xf32>, tensor<1x2x5x9xf32>
}

// Extents that are not known yet.
// CHECK-LABEL: func.func @dynamic
// CHECK: mix.lambda
func.func @dynamic(%q: tensor<?x2x4x?xf64>, %v: tensor<?x1x5x?xf64>, %k: tensor<?x1x4x?xf64>) -> tensor<?x2x5x?xf64> {
  %y = mix.lambda %q, %v content %k : tensor<?x2x4x?xf64>, tensor<?x1x5x?xf64>, tensor<?x1x4x?xf64>
  return %y : tensor<?x2x5x?xf64>
}
