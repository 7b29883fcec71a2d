// The algebra of the variants of mix.fourier: what holds for the real part need not for Hartley's.
//
// RUN: fourmix-opt %s --canonicalize --split-input-file | FileCheck %s

// Hartley's part is its own inverse, up to the number of points.
// CHECK-LABEL: func.func @hartley_twice
// CHECK-SAME: (%[[X:.*]]: tensor<2x4x6xf32>)
// CHECK-NOT: mix.
// CHECK: %[[C:.*]] = arith.constant dense<2.400000e+01>
// CHECK: %[[Y:.*]] = arith.mulf %[[X]], %[[C]]
// CHECK: return %[[Y]]
func.func @hartley_twice(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %0 = mix.fourier %x sequence 1 hidden 2 part hartley : tensor<2x4x6xf32>
  %1 = mix.fourier %0 sequence 2 hidden 1 part hartley : tensor<2x4x6xf32>
  return %1 : tensor<2x4x6xf32>
}

// -----

// CHECK-LABEL: func.func @one_axis_twice
// CHECK-SAME: (%[[X:.*]]: tensor<2x4x6xf32>)
// CHECK: %[[C:.*]] = arith.constant dense<2.000000e+00>
// CHECK: %[[R:.*]] = mix.reflect %[[X]] axes [1]
// CHECK: %[[S:.*]] = arith.addf %[[X]], %[[R]]
// CHECK: arith.mulf %[[S]], %[[C]]
func.func @one_axis_twice(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %0 = mix.fourier %x sequence 1 : tensor<2x4x6xf32>
  %1 = mix.fourier %0 sequence 1 : tensor<2x4x6xf32>
  return %1 : tensor<2x4x6xf32>
}

// -----

// Different parts, different axes, a reflected input of Hartley's part, which is not even.
// CHECK-LABEL: func.func @different
// CHECK-COUNT-4: mix.fourier
// CHECK: mix.reflect
// CHECK: mix.fourier
// CHECK: mix.reflect
// CHECK: return
func.func @different(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %0 = mix.fourier %x sequence 1 hidden 2 : tensor<2x4x6xf32>
  %1 = mix.fourier %0 sequence 1 hidden 2 part hartley : tensor<2x4x6xf32>
  %2 = mix.fourier %1 sequence 1 : tensor<2x4x6xf32>
  %3 = mix.fourier %2 sequence 2 : tensor<2x4x6xf32>
  %4 = mix.reflect %3 axes [1, 2] : tensor<2x4x6xf32>
  %5 = mix.fourier %4 sequence 1 hidden 2 part hartley : tensor<2x4x6xf32>
  %6 = mix.reflect %5 axes [1, 2] : tensor<2x4x6xf32>
  return %6 : tensor<2x4x6xf32>
}
