// RUN: fourmix-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: func.func @fourier
// CHECK: mix.fourier %{{.*}} sequence 1 hidden 2 : tensor<2x128x64xf32>
func.func @fourier(%x: tensor<2x128x64xf32>) -> tensor<2x128x64xf32> {
  %y = mix.fourier %x sequence 1 hidden 2 : tensor<2x128x64xf32>
  return %y : tensor<2x128x64xf32>
}

// The axes may stand anywhere, in either order; other axes and extents are free.
// CHECK-LABEL: func.func @any_axes
// CHECK: mix.fourier %{{.*}} sequence 3 hidden 0 : tensor<4x?x2x6xf64>
func.func @any_axes(%x: tensor<4x?x2x6xf64>) -> tensor<4x?x2x6xf64> {
  %y = mix.fourier %x sequence 3 hidden 0 : tensor<4x?x2x6xf64>
  return %y : tensor<4x?x2x6xf64>
}

// CHECK-LABEL: func.func @variants
// CHECK: mix.fourier %{{.*}} sequence 1 hidden 2 part hartley : tensor<2x128x64xf32>
// CHECK: mix.fourier %{{.*}} sequence 1 : tensor<2x128x64xf32>
func.func @variants(%x: tensor<2x128x64xf32>) -> tensor<2x128x64xf32> {
  %z = mix.fourier %x sequence 1 hidden 2 part hartley : tensor<2x128x64xf32>
  %w = mix.fourier %z sequence 1 : tensor<2x128x64xf32>
  return %w : tensor<2x128x64xf32>
}

// CHECK-LABEL: func.func @reflect
// CHECK: mix.reflect %{{.*}} axes [1, 2] : tensor<2x128x64xf32>
func.func @reflect(%x: tensor<2x128x64xf32>) -> tensor<2x128x64xf32> {
  %y = mix.reflect %x axes [1, 2] : tensor<2x128x64xf32>
  return %y : tensor<2x128x64xf32>
}

// CHECK-LABEL: func.func @magnitude_and_half
// CHECK: mix.fourier %{{.*}} hidden 2 part magnitude : tensor<2x128x64xf32>
// CHECK: %[[H:.*]] = mix.fourier %{{.*}} sequence 1 hidden 2 half : tensor<2x128x64xf32>
// CHECK: mix.mirror %[[H]] sequence 1 hidden 2 length 64 : tensor<2x128x33xf32>
func.func @magnitude_and_half(%x: tensor<2x128x64xf32>) -> tensor<2x128x64xf32> {
  %a = mix.fourier %x hidden 2 part magnitude : tensor<2x128x64xf32>
  %h = mix.fourier %a sequence 1 hidden 2 half : tensor<2x128x64xf32>
  %y = mix.mirror %h sequence 1 hidden 2 length 64 : tensor<2x128x33xf32>
  return %y : tensor<2x128x64xf32>
}

// Half of an extent that is not known yet is not known either.
// CHECK-LABEL: func.func @dynamic_half
// CHECK: mix.fourier %{{.*}} hidden 1 part magnitude half : tensor<?x?xf32>
func.func @dynamic_half(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %y = mix.fourier %x hidden 1 part magnitude half : tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// CHECK-LABEL: func.func @cosine
// CHECK: mix.cosine %{{.*}} sequence 1 hidden 2 ortho : tensor<2x128x64xf32>
// CHECK: mix.cosine inverse %{{.*}} sequence 1 hidden 2 ortho : tensor<2x128x64xf32>
// CHECK: mix.cosine %{{.*}} hidden 2 : tensor<2x128x64xf32>
func.func @cosine(%x: tensor<2x128x64xf32>) -> tensor<2x128x64xf32> {
  %y = mix.cosine %x sequence 1 hidden 2 ortho : tensor<2x128x64xf32>
  %z = mix.cosine inverse %y sequence 1 hidden 2 ortho : tensor<2x128x64xf32>
  %w = mix.cosine %z hidden 2 : tensor<2x128x64xf32>
  return %w : tensor<2x128x64xf32>
}
