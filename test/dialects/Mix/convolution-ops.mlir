// RUN: fourmix-opt %s --verify-roundtrip | FileCheck %s

// The examples of the documentation.
// CHECK-LABEL: func.func @projections
// CHECK: mix.projection circular_1d %{{.*}}, %{{.*}} as correlation origin [16] : tensor<2x10x33xf32>, tensor<4x33xf32>
// CHECK: mix.projection circular_2d %{{.*}}, %{{.*}} as correlation grid [3, 11] : tensor<2x10x33xf32>, tensor<4x3x3xf32>
// CHECK: mix.projection block_circulant %{{.*}}, %{{.*}} as convolution : tensor<2x10x33xf32>, tensor<2x3x11xf32>
// CHECK: mix.projection dense %{{.*}}, %{{.*}} : tensor<2x10x33xf32>, tensor<66x33xf32>
func.func @projections(%x: tensor<2x10x33xf32>, %w: tensor<4x33xf32>, %v: tensor<4x3x3xf32>, %b: tensor<2x3x11xf32>,
                       %d: tensor<66x33xf32>)
    -> (tensor<2x10x4x33xf32>, tensor<2x10x4x33xf32>, tensor<2x10x22xf32>, tensor<2x10x66xf32>) {
  %q = mix.projection circular_1d %x, %w as correlation origin [16] : tensor<2x10x33xf32>, tensor<4x33xf32>
  %k = mix.projection circular_2d %x, %v as correlation grid [3, 11] : tensor<2x10x33xf32>, tensor<4x3x3xf32>
  %y = mix.projection block_circulant %x, %b as convolution : tensor<2x10x33xf32>, tensor<2x3x11xf32>
  %z = mix.projection dense %x, %d : tensor<2x10x33xf32>, tensor<66x33xf32>
  return %q, %k, %y, %z : tensor<2x10x4x33xf32>, tensor<2x10x4x33xf32>, tensor<2x10x22xf32>, tensor<2x10x66xf32>
}

// Leading axes may be dynamic, and there may be none.
// CHECK-LABEL: func.func @shapes
func.func @shapes(%x: tensor<?x7xf64>, %y: tensor<7xf64>, %w: tensor<3xf64>) -> (tensor<?x7xf64>, tensor<7xf64>) {
  %0 = mix.projection circular_1d %x, %w as convolution : tensor<?x7xf64>, tensor<3xf64>
  %1 = mix.projection circular_1d %y, %w as convolution origin [2] : tensor<7xf64>, tensor<3xf64>
  return %0, %1 : tensor<?x7xf64>, tensor<7xf64>
}

// CHECK-LABEL: func.func @sequence
// CHECK: mix.circulant %{{.*}}, %{{.*}} axes [2] as correlation : tensor<2x4x15x8xf32>, tensor<2x4x15x1xf32>
// CHECK: mix.circulant %{{.*}}, %{{.*}} axes [1, 2] as convolution origin [1, 1] : tensor<2x4x15x8xf32>, tensor<1x3x3x8xf32>
// CHECK: mix.toeplitz %{{.*}}, %{{.*}} axis 2 : tensor<2x4x15x8xf32>, tensor<1x4x29x1xf32>
// CHECK: mix.gated %{{.*}}, %{{.*}}, %{{.*}} axis 2 : tensor<2x4x15x8xf32>, tensor<2x4x15x1xf32>, tensor<2x4x15x1xf32>
func.func @sequence(%v: tensor<2x4x15x8xf32>, %c: tensor<2x4x15x1xf32>, %w: tensor<1x3x3x8xf32>, %t: tensor<1x4x29x1xf32>)
    -> (tensor<2x4x15x8xf32>, tensor<2x4x15x8xf32>, tensor<2x4x15x8xf32>, tensor<2x4x15x8xf32>) {
  %y = mix.circulant %v, %c axes [2] as correlation : tensor<2x4x15x8xf32>, tensor<2x4x15x1xf32>
  %z = mix.circulant %v, %w axes [1, 2] as convolution origin [1, 1] : tensor<2x4x15x8xf32>, tensor<1x3x3x8xf32>
  %u = mix.toeplitz %v, %t axis 2 : tensor<2x4x15x8xf32>, tensor<1x4x29x1xf32>
  %g = mix.gated %v, %c, %c axis 2 : tensor<2x4x15x8xf32>, tensor<2x4x15x1xf32>, tensor<2x4x15x1xf32>
  return %y, %z, %u, %g : tensor<2x4x15x8xf32>, tensor<2x4x15x8xf32>, tensor<2x4x15x8xf32>, tensor<2x4x15x8xf32>
}

// CHECK-LABEL: func.func @filters
// CHECK: mix.global_filter %{{.*}}, %{{.*}}, %{{.*}} axes [1, 2] lengths [8, 8] : tensor<2x8x8x32xf32>, tensor<1x8x5x32xf32>, tensor<1x8x5x32xf32>
// CHECK: mix.global_filter %{{.*}}, %{{.*}} axes [1] lengths [16] : tensor<2x8x8x32xf32>, tensor<1x9x1x1xf32>
// CHECK: mix.global_filter %{{.*}}, %{{.*}}, %{{.*}} axes [1, 2] lengths [8, 8] resampled [16, 16] sizes [12, 16] channel 3
func.func @filters(%x: tensor<2x8x8x32xf32>, %re: tensor<1x8x5x32xf32>, %w: tensor<1x9x1x1xf32>, %m: tensor<4x1x6x3x32xf32>)
    -> (tensor<2x8x8x32xf32>, tensor<2x8x8x32xf32>, tensor<2x12x16x4xf32>) {
  %y = mix.global_filter %x, %re, %re axes [1, 2] lengths [8, 8] : tensor<2x8x8x32xf32>, tensor<1x8x5x32xf32>, tensor<1x8x5x32xf32>
  %z = mix.global_filter %x, %w axes [1] lengths [16] : tensor<2x8x8x32xf32>, tensor<1x9x1x1xf32>
  %u = mix.global_filter %x, %m, %m axes [1, 2] lengths [8, 8] resampled [16, 16] sizes [12, 16] channel 3
      : tensor<2x8x8x32xf32>, tensor<4x1x6x3x32xf32>, tensor<4x1x6x3x32xf32>
  return %y, %z, %u : tensor<2x8x8x32xf32>, tensor<2x8x8x32xf32>, tensor<2x12x16x4xf32>
}
