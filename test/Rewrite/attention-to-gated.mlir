// What gated attention cannot say stays attention, with the reason.
//
// RUN: fourmix-opt %s --attention-to-gated=calibration=%models/rewrite_gated/calibration.npz --split-input-file \
// RUN:   --verify-diagnostics --remark-format=emitRemark --remarks-filter="rewrite" | FileCheck %s

// CHECK-LABEL: func.func @softcap
// CHECK: mix.attention
func.func @softcap(%x: tensor<2x6x8xf32>, %w: tensor<8x8xf32>) -> tensor<2x6x8xf32> {
  %c = onnx.constant dense<1.0> : tensor<8x8xf32>
  %q = onnx.node "MatMul"(%x, %c) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  // expected-remark @+1 {{layer 0, mix.attention: stays as it is: its scores have a soft cap, which no product of a kernel and a gate says}}
  %y = mix.attention %q, %x, %x heads 2 kv_heads 2 scale 5.000000e-01 softcap 3.000000e+01 : (tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  return %y : tensor<2x6x8xf32>
}

// -----

// CHECK-LABEL: func.func @cache
// CHECK: mix.attention
func.func @cache(%x: tensor<2x6x8xf32>, %past: tensor<2x2x3x4xf32>) -> tensor<2x6x8xf32> {
  // expected-remark @+1 {{stays as it is: it reads keys and values of earlier tokens (a cache)}}
  %y = mix.attention %x, %x, %x past %past, %past heads 2 kv_heads 2 scale 5.000000e-01 : (tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x2x3x4xf32>, tensor<2x2x3x4xf32>) -> tensor<2x6x8xf32>
  return %y : tensor<2x6x8xf32>
}

// -----

// CHECK-LABEL: func.func @mask_per_query
// CHECK: mix.attention
func.func @mask_per_query(%x: tensor<2x6x8xf32>, %m: tensor<2x1x6x6xi1>) -> tensor<2x6x8xf32> {
  // expected-remark @+1 {{stays as it is: its mask differs from query to query: a gate hides a key from all queries alike}}
  %y = mix.attention %x, %x, %x mask %m heads 2 kv_heads 2 scale 5.000000e-01 : (tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x1x6x6xi1>) -> tensor<2x6x8xf32>
  return %y : tensor<2x6x8xf32>
}

// -----

// CHECK-LABEL: func.func @bias_per_query
// CHECK: mix.attention
func.func @bias_per_query(%x: tensor<2x6x8xf32>, %b: tensor<6x6xf32>) -> tensor<2x6x8xf32> {
  // expected-remark @+1 {{stays as it is: its scores have a bias that differs from query to query, and not by distance alone}}
  %y = mix.attention %x, %x, %x bias %b heads 2 kv_heads 2 scale 5.000000e-01 : (tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<6x6xf32>) -> tensor<2x6x8xf32>
  return %y : tensor<2x6x8xf32>
}

// -----

// CHECK-LABEL: func.func @lengths
// CHECK: mix.attention
func.func @lengths(%x: tensor<2x6x8xf32>, %l: tensor<2xi64>) -> tensor<2x6x8xf32> {
  // expected-remark @+1 {{stays as it is: its mask is given as lengths}}
  %y = mix.attention %x, %x, %x lengths %l heads 2 kv_heads 2 scale 5.000000e-01 : (tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2xi64>) -> tensor<2x6x8xf32>
  return %y : tensor<2x6x8xf32>
}

// -----

// CHECK-LABEL: func.func @causal_and_masked
// CHECK: mix.attention
func.func @causal_and_masked(%x: tensor<2x6x8xf32>, %m: tensor<2x1x1x6xi1>) -> tensor<2x6x8xf32> {
  // expected-remark @+1 {{stays as it is: it has a window (it is causal, perhaps) and a mask: together they may leave a query without a key}}
  %y = mix.attention %x, %x, %x mask %m heads 2 kv_heads 2 scale 5.000000e-01 right 0 : (tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x1x1x6xi1>) -> tensor<2x6x8xf32>
  return %y : tensor<2x6x8xf32>
}

// -----

// CHECK-LABEL: func.func @weights_used
// CHECK: mix.attention
func.func @weights_used(%x: tensor<2x6x8xf32>) -> (tensor<2x6x8xf32>, tensor<2x2x6x6xf32>) {
  // expected-remark @+1 {{stays as it is: its weights are used elsewhere}}
  %y, %p = mix.attention %x, %x, %x heads 2 kv_heads 2 scale 5.000000e-01 scores weights : (tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> (tensor<2x6x8xf32>, tensor<2x2x6x6xf32>)
  return %y, %p : tensor<2x6x8xf32>, tensor<2x2x6x6xf32>
}

// -----

// CHECK-LABEL: func.func @cross
// CHECK: mix.attention
func.func @cross(%x: tensor<2x6x8xf32>, %z: tensor<2x6x8xf32>) -> tensor<2x6x8xf32> {
  // expected-remark @+1 {{stays as it is: }}
  %y = mix.attention %x, %z, %z heads 2 kv_heads 2 scale 5.000000e-01 : (tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  return %y : tensor<2x6x8xf32>
}
