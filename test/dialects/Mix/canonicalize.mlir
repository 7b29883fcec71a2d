// RUN: fourmix-opt %s --canonicalize | FileCheck %s

// Two mixings in a row: n d / 2 (x + reflect x).
// CHECK-LABEL: func.func @twice
// CHECK-SAME: (%[[X:.*]]: tensor<2x4x6xf32>)
// CHECK-DAG: %[[C:.*]] = arith.constant dense<1.200000e+01> : tensor<2x4x6xf32>
// CHECK-DAG: %[[R:.*]] = mix.reflect %[[X]] axes [1, 2]
// CHECK: %[[S:.*]] = arith.addf %[[X]], %[[R]]
// CHECK: %[[Y:.*]] = arith.mulf %[[S]], %[[C]]
// CHECK: return %[[Y]]
func.func @twice(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %0 = mix.fourier %x sequence 1 hidden 2 : tensor<2x4x6xf32>
  %1 = mix.fourier %0 sequence 2 hidden 1 : tensor<2x4x6xf32>
  return %1 : tensor<2x4x6xf32>
}

// Over other axes, or where the first result is needed, they stay.
// CHECK-LABEL: func.func @not_twice
// CHECK-COUNT-4: mix.fourier
func.func @not_twice(%x: tensor<2x4x6xf32>) -> (tensor<2x4x6xf32>, tensor<2x4x6xf32>, tensor<2x4x6xf32>) {
  %0 = mix.fourier %x sequence 1 hidden 2 : tensor<2x4x6xf32>
  %1 = mix.fourier %0 sequence 1 hidden 0 : tensor<2x4x6xf32>
  %2 = mix.fourier %x sequence 0 hidden 1 : tensor<2x4x6xf32>
  %3 = mix.fourier %2 sequence 0 hidden 1 : tensor<2x4x6xf32>
  return %1, %2, %3 : tensor<2x4x6xf32>, tensor<2x4x6xf32>, tensor<2x4x6xf32>
}

// The result is even, and the input counts only by its even part.
// CHECK-LABEL: func.func @even
// CHECK-SAME: (%[[X:.*]]: tensor<4x6xf32>)
// CHECK-NEXT: %[[Y:.*]] = mix.fourier %[[X]] sequence 0 hidden 1
// CHECK-NEXT: return %[[Y]]
func.func @even(%x: tensor<4x6xf32>) -> tensor<4x6xf32> {
  %0 = mix.reflect %x axes [0, 1] : tensor<4x6xf32>
  %1 = mix.fourier %0 sequence 0 hidden 1 : tensor<4x6xf32>
  %2 = mix.reflect %1 axes [0, 1] : tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// Reflecting one axis only is another map.
// CHECK-LABEL: func.func @half_reflected
// CHECK: mix.reflect
// CHECK: mix.fourier
// CHECK: mix.reflect
func.func @half_reflected(%x: tensor<4x6xf32>) -> tensor<4x6xf32> {
  %0 = mix.reflect %x axes [0] : tensor<4x6xf32>
  %1 = mix.fourier %0 sequence 0 hidden 1 : tensor<4x6xf32>
  %2 = mix.reflect %1 axes [1] : tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// CHECK-LABEL: func.func @reflect_is_an_involution
// CHECK-SAME: (%[[X:.*]]: tensor<4x6xf32>)
// CHECK-NEXT: return %[[X]]
func.func @reflect_is_an_involution(%x: tensor<4x6xf32>) -> tensor<4x6xf32> {
  %0 = mix.reflect %x axes [0, 1] : tensor<4x6xf32>
  %1 = mix.reflect %0 axes [0, 1] : tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// -k = k modulo 1 and 2.
// CHECK-LABEL: func.func @reflect_of_short_axes
// CHECK-SAME: (%[[X:.*]]: tensor<1x2x6xf32>)
// CHECK-NEXT: return %[[X]]
func.func @reflect_of_short_axes(%x: tensor<1x2x6xf32>) -> tensor<1x2x6xf32> {
  %0 = mix.reflect %x axes [0, 1] : tensor<1x2x6xf32>
  return %0 : tensor<1x2x6xf32>
}

// One point is its own transform.
// CHECK-LABEL: func.func @one_point
// CHECK-SAME: (%[[X:.*]]: tensor<8x1x1xf32>)
// CHECK-NEXT: return %[[X]]
func.func @one_point(%x: tensor<8x1x1xf32>) -> tensor<8x1x1xf32> {
  %0 = mix.fourier %x sequence 1 hidden 2 : tensor<8x1x1xf32>
  return %0 : tensor<8x1x1xf32>
}

// One axis of extent 1 leaves a transform of the other.
// CHECK-LABEL: func.func @one_token
// CHECK: mix.fourier
func.func @one_token(%x: tensor<8x1x6xf32>) -> tensor<8x1x6xf32> {
  %0 = mix.fourier %x sequence 1 hidden 2 : tensor<8x1x6xf32>
  return %0 : tensor<8x1x6xf32>
}

// Linear: zero to zero, a constant factor passes through. f16 keeps its order, a scale before the sum may prevent
// overflow.
// CHECK-LABEL: func.func @linear
// CHECK-SAME: (%[[X:.*]]: tensor<4x6xf32>, %[[H:.*]]: tensor<4x6xf16>)
// CHECK-DAG: %[[ZERO:.*]] = arith.constant dense<0.000000e+00>
// CHECK-DAG: %[[C:.*]] = arith.constant dense<5.000000e-01> : tensor<4x6xf32>
// CHECK: %[[Y:.*]] = mix.fourier %[[X]]
// CHECK: %[[SCALED:.*]] = arith.mulf %[[Y]], %[[C]]
// CHECK: %[[P:.*]] = arith.mulf %[[H]],
// CHECK: %[[Q:.*]] = mix.fourier %[[P]]
// CHECK: return %[[ZERO]], %[[SCALED]], %[[Q]]
func.func @linear(%x: tensor<4x6xf32>, %h: tensor<4x6xf16>) -> (tensor<4x6xf32>, tensor<4x6xf32>, tensor<4x6xf16>) {
  %zero = arith.constant dense<0.0> : tensor<4x6xf32>
  %half = arith.constant dense<0.5> : tensor<4x6xf32>
  %half16 = arith.constant dense<0.5> : tensor<4x6xf16>
  %0 = mix.fourier %zero sequence 0 hidden 1 : tensor<4x6xf32>
  %1 = arith.mulf %x, %half : tensor<4x6xf32>
  %2 = mix.fourier %1 sequence 0 hidden 1 : tensor<4x6xf32>
  %3 = arith.mulf %h, %half16 : tensor<4x6xf16>
  %4 = mix.fourier %3 sequence 0 hidden 1 : tensor<4x6xf16>
  return %0, %2, %4 : tensor<4x6xf32>, tensor<4x6xf32>, tensor<4x6xf16>
}
