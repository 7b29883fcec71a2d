// RUN: fourmix-opt %s --verify-roundtrip | FileCheck %s
// RUN: fourmix-opt %s --emit-bytecode | fourmix-opt | FileCheck %s

// The example of the op's documentation.
// CHECK-LABEL: func.func @documented
// CHECK: mix.attention %{{.*}}, %{{.*}}, %{{.*}} mask %{{.*}} heads 8 kv_heads 8 scale 1.250000e-01 masked_rows zero : (tensor<2x16x512xf32>, tensor<2x16x512xf32>, tensor<2x16x512xf32>, tensor<2x1x1x16xi1>) -> tensor<2x16x512xf32>
func.func @documented(%q: tensor<2x16x512xf32>, %k: tensor<2x16x512xf32>, %v: tensor<2x16x512xf32>, %m: tensor<2x1x1x16xi1>) -> tensor<2x16x512xf32> {
  %y = mix.attention %q, %k, %v mask %m heads 8 kv_heads 8 scale 1.250000e-01 masked_rows zero
         : (tensor<2x16x512xf32>, tensor<2x16x512xf32>, tensor<2x16x512xf32>, tensor<2x1x1x16xi1>) -> tensor<2x16x512xf32>
  return %y : tensor<2x16x512xf32>
}

// Each tensor has a layout of its own; values may be wider than keys.
// CHECK-LABEL: func.func @layouts
// CHECK: mix.attention %{{.*}}, %{{.*}}, %{{.*}} heads 4 kv_heads 2 scale 5.000000e-01 offset 3 left 4 right 0 softcap 3.000000e+01
func.func @layouts(%q: tensor<1x4x5x6xf64>, %k: tensor<1x8x12xf64>, %v: tensor<1x2x8x7xf64>) -> tensor<1x5x28xf64> {
  %y = mix.attention %q, %k, %v heads 4 kv_heads 2 scale 0.5 offset 3 left 4 right 0 softcap 30.0
         : (tensor<1x4x5x6xf64>, tensor<1x8x12xf64>, tensor<1x2x8x7xf64>) -> tensor<1x5x28xf64>
  return %y : tensor<1x5x28xf64>
}

// CHECK-LABEL: func.func @everything
// CHECK: mix.attention %{{.*}}, %{{.*}}, %{{.*}} past %{{.*}}, %{{.*}} bias %{{.*}} lengths %{{.*}} heads 2 kv_heads 2 scale 1.000000e+00 right 0 end_aligned softcap 2.000000e+00 bias_before_cap fill -3.400000e+38 scores weights
func.func @everything(%q: tensor<2x3x8xf32>, %past: tensor<2x2x5x4xf32>, %bias: tensor<1x8xf32>, %lengths: tensor<2xi64>) -> (tensor<2x3x8xf32>, tensor<2x2x3x8xf32>) {
  %y, %p = mix.attention %q, %q, %q past %past, %past bias %bias lengths %lengths heads 2 kv_heads 2 scale 1.0 right 0
             end_aligned softcap 2.0 bias_before_cap fill -3.4e38 scores weights
             : (tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>, tensor<2x2x5x4xf32>, tensor<2x2x5x4xf32>, tensor<1x8xf32>, tensor<2xi64>)
             -> (tensor<2x3x8xf32>, tensor<2x2x3x8xf32>)
  return %y, %p : tensor<2x3x8xf32>, tensor<2x2x3x8xf32>
}

// CHECK-LABEL: func.func @linear
// CHECK: mix.linear_attention %{{.*}}, %{{.*}}, %{{.*}} kernel %{{.*}} heads 4 kv_heads 4 scale 1.000000e+00 normalised
func.func @linear(%q: tensor<2x12x32xf32>, %k: tensor<2x12x32xf32>, %v: tensor<2x12x32xf32>, %c: tensor<4x23xf32>) -> tensor<2x12x32xf32> {
  %y = mix.linear_attention %q, %k, %v kernel %c heads 4 kv_heads 4 scale 1.000000e+00 normalised
         : (tensor<2x12x32xf32>, tensor<2x12x32xf32>, tensor<2x12x32xf32>, tensor<4x23xf32>) -> tensor<2x12x32xf32>
  return %y : tensor<2x12x32xf32>
}
