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

// -----

// The magnitude is even, but two of them are no sum of anything, and of its input's scale the sign is lost.
// CHECK-LABEL: func.func @magnitude
// CHECK-SAME: (%[[X:.*]]: tensor<4x6xf32>)
// CHECK: %[[C:.*]] = arith.constant dense<2.000000e+00>
// CHECK: %[[A:.*]] = mix.fourier %[[X]] sequence 0 hidden 1 part magnitude
// CHECK: %[[B:.*]] = mix.fourier %[[A]] sequence 0 hidden 1 part magnitude
// CHECK: %[[S:.*]] = arith.mulf %[[B]], %[[C]]
// CHECK: return %[[S]]
func.func @magnitude(%x: tensor<4x6xf32>) -> tensor<4x6xf32> {
  %c = arith.constant dense<-2.0> : tensor<4x6xf32>
  %s = arith.mulf %x, %c : tensor<4x6xf32>
  %r = mix.reflect %s axes [0, 1] : tensor<4x6xf32>
  %a = mix.fourier %r sequence 0 hidden 1 part magnitude : tensor<4x6xf32>
  %b = mix.reflect %a axes [0, 1] : tensor<4x6xf32>
  %y = mix.fourier %b sequence 0 hidden 1 part magnitude : tensor<4x6xf32>
  return %y : tensor<4x6xf32>
}

// -----

// Half a spectrum and its mirror image are the whole; with the rows as they are they are something else.
// CHECK-LABEL: func.func @mirror
// CHECK-SAME: (%[[X:.*]]: tensor<4x6xf32>)
// CHECK: %[[Y:.*]] = mix.fourier %[[X]] sequence 0 hidden 1 : tensor<4x6xf32>
// CHECK: %[[H:.*]] = mix.fourier %[[Y]] sequence 0 hidden 1 half
// CHECK: %[[Z:.*]] = mix.mirror %[[H]] hidden 1 length 6
// CHECK: return %[[Z]]
func.func @mirror(%x: tensor<4x6xf32>) -> tensor<4x6xf32> {
  %h = mix.fourier %x sequence 0 hidden 1 half : tensor<4x6xf32>
  %y = mix.mirror %h sequence 0 hidden 1 length 6 : tensor<4x4xf32>
  %i = mix.fourier %y sequence 0 hidden 1 half : tensor<4x6xf32>
  %z = mix.mirror %i hidden 1 length 6 : tensor<4x4xf32>
  return %z : tensor<4x6xf32>
}

// -----

// Cosines undo their inverse, of the same axes and weights alone.
// CHECK-LABEL: func.func @cosine_inverse
// CHECK-SAME: (%[[X:.*]]: tensor<4x6xf32>)
// CHECK: %[[A:.*]] = mix.cosine inverse %[[X]] sequence 0
// CHECK: %[[B:.*]] = mix.cosine %[[A]] sequence 0 ortho
// CHECK: return %[[B]]
func.func @cosine_inverse(%x: tensor<4x6xf32>) -> tensor<4x6xf32> {
  %a = mix.cosine inverse %x sequence 0 : tensor<4x6xf32>
  %b = mix.cosine %a sequence 0 ortho : tensor<4x6xf32>
  %c = mix.cosine %b sequence 0 hidden 1 : tensor<4x6xf32>
  %d = mix.cosine inverse %c sequence 0 hidden 1 : tensor<4x6xf32>
  return %d : tensor<4x6xf32>
}

// -----

// One axis after the other is both, and a scale goes through.
// CHECK-LABEL: func.func @cosine_both
// CHECK-SAME: (%[[X:.*]]: tensor<4x6xf32>)
// CHECK: %[[C:.*]] = arith.constant dense<5.000000e-01>
// CHECK: %[[Y:.*]] = mix.cosine %[[X]] sequence 0 hidden 1 ortho
// CHECK: %[[Z:.*]] = arith.mulf %[[Y]], %[[C]]
// CHECK: return %[[Z]]
func.func @cosine_both(%x: tensor<4x6xf32>) -> tensor<4x6xf32> {
  %c = arith.constant dense<0.5> : tensor<4x6xf32>
  %s = arith.mulf %x, %c : tensor<4x6xf32>
  %a = mix.cosine %s hidden 1 ortho : tensor<4x6xf32>
  %b = mix.cosine %a sequence 0 ortho : tensor<4x6xf32>
  return %b : tensor<4x6xf32>
}

// -----

// CHECK-LABEL: func.func @cosine_folds
// CHECK-SAME: (%[[X:.*]]: tensor<1x6xf32>)
// CHECK: %[[ZERO:.*]] = arith.constant dense<0.000000e+00>
// CHECK: return %[[X]], %[[ZERO]]
func.func @cosine_folds(%x: tensor<1x6xf32>) -> (tensor<1x6xf32>, tensor<1x6xf32>) {
  %zero = arith.constant dense<0.0> : tensor<1x6xf32>
  %a = mix.cosine %x sequence 0 ortho : tensor<1x6xf32>
  %b = mix.cosine %zero hidden 1 : tensor<1x6xf32>
  return %a, %b : tensor<1x6xf32>, tensor<1x6xf32>
}
