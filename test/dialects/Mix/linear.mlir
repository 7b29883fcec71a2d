// RUN: fourmix-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: func.func @example
// CHECK: mix.linear %{{.*}} sequence 1 by %{{.*}} hidden 2 by %{{.*}} : tensor<2x12x8xf32>, tensor<12x12xf32>, tensor<8x8xf32>
// CHECK: mix.linear %{{.*}} sequence 1 by %{{.*}} : tensor<2x12x8xf32>, tensor<5x12xf32>
func.func @example(%x: tensor<2x12x8xf32>, %s: tensor<12x12xf32>, %h: tensor<8x8xf32>, %w: tensor<5x12xf32>) -> tensor<2x5x8xf32> {
  %y = mix.linear %x sequence 1 by %s hidden 2 by %h : tensor<2x12x8xf32>, tensor<12x12xf32>, tensor<8x8xf32>
  %z = mix.linear %y sequence 1 by %w : tensor<2x12x8xf32>, tensor<5x12xf32>
  return %z : tensor<2x5x8xf32>
}

// Extents that are not known yet, axes in the other order, both extents changed.
// CHECK-LABEL: func.func @any_axes
// CHECK: mix.linear %{{.*}} sequence 2 by %{{.*}} hidden 0 by %{{.*}} : tensor<?x3x?xf64>, tensor<7x4xf64>, tensor<5x6xf64>
func.func @any_axes(%x: tensor<?x3x?xf64>, %s: tensor<7x4xf64>, %h: tensor<5x6xf64>) -> tensor<6x3x7xf64> {
  %y = mix.linear %x sequence 2 by %s hidden 0 by %h : tensor<?x3x?xf64>, tensor<7x4xf64>, tensor<5x6xf64>
  return %y : tensor<6x3x7xf64>
}
