// Nodes that say attention by name: ONNX's own, and those of com.microsoft.
//
// RUN: fourmix-opt %s --convert-onnx-to-mix | FileCheck %s

// Heads in the last axis; a causal mask as a constant is read, and repeated heads become groups.
// CHECK-LABEL: func.func @repeated_heads
// CHECK: %[[Y:.*]] = mix.attention %arg0, %arg1, %arg2 heads 4 kv_heads 2 scale 5.000000e-01 right 0
// CHECK-SAME: (tensor<1x3x16xf32>, tensor<1x3x8xf32>, tensor<1x3x8xf32>) -> tensor<1x3x16xf32>
// CHECK-NEXT: return %[[Y]]
func.func @repeated_heads(%q: tensor<1x3x16xf32>, %k: tensor<1x3x8xf32>, %v: tensor<1x3x8xf32>) -> tensor<1x3x16xf32> {
  %four = onnx.constant dense<[1, 3, 4, 4]> : tensor<4xi64>
  %two = onnx.constant dense<[1, 3, 2, 4]> : tensor<4xi64>
  %axis = onnx.constant dense<2> : tensor<1xi64>
  %wide = onnx.constant dense<[1, 2, 2, 3, 4]> : tensor<5xi64>
  %all = onnx.constant dense<[1, 4, 3, 4]> : tensor<4xi64>
  %flat = onnx.constant dense<[1, 3, 16]> : tensor<3xi64>
  %mask = onnx.constant dense<[[true, false, false], [true, true, false], [true, true, true]]> : tensor<3x3xi1>
  %q0 = onnx.node "Reshape"(%q, %four) <{version = 23 : i64}> : (tensor<1x3x16xf32>, tensor<4xi64>) -> tensor<1x3x4x4xf32>
  %q1 = onnx.node "Transpose"(%q0) <{node_attrs = {perm = [0, 2, 1, 3]}, version = 23 : i64}> : (tensor<1x3x4x4xf32>) -> tensor<1x4x3x4xf32>
  %k0 = onnx.node "Reshape"(%k, %two) <{version = 23 : i64}> : (tensor<1x3x8xf32>, tensor<4xi64>) -> tensor<1x3x2x4xf32>
  %k1 = onnx.node "Transpose"(%k0) <{node_attrs = {perm = [0, 2, 1, 3]}, version = 23 : i64}> : (tensor<1x3x2x4xf32>) -> tensor<1x2x3x4xf32>
  %k2 = onnx.node "Unsqueeze"(%k1, %axis) <{version = 23 : i64}> : (tensor<1x2x3x4xf32>, tensor<1xi64>) -> tensor<1x2x1x3x4xf32>
  %k3 = onnx.node "Expand"(%k2, %wide) <{version = 23 : i64}> : (tensor<1x2x1x3x4xf32>, tensor<5xi64>) -> tensor<1x2x2x3x4xf32>
  %k4 = onnx.node "Reshape"(%k3, %all) <{version = 23 : i64}> : (tensor<1x2x2x3x4xf32>, tensor<4xi64>) -> tensor<1x4x3x4xf32>
  %v0 = onnx.node "Reshape"(%v, %two) <{version = 23 : i64}> : (tensor<1x3x8xf32>, tensor<4xi64>) -> tensor<1x3x2x4xf32>
  %v1 = onnx.node "Transpose"(%v0) <{node_attrs = {perm = [0, 2, 1, 3]}, version = 23 : i64}> : (tensor<1x3x2x4xf32>) -> tensor<1x2x3x4xf32>
  %v2 = onnx.node "Unsqueeze"(%v1, %axis) <{version = 23 : i64}> : (tensor<1x2x3x4xf32>, tensor<1xi64>) -> tensor<1x2x1x3x4xf32>
  %v3 = onnx.node "Expand"(%v2, %wide) <{version = 23 : i64}> : (tensor<1x2x1x3x4xf32>, tensor<5xi64>) -> tensor<1x2x2x3x4xf32>
  %v4 = onnx.node "Reshape"(%v3, %all) <{version = 23 : i64}> : (tensor<1x2x2x3x4xf32>, tensor<4xi64>) -> tensor<1x4x3x4xf32>
  %y = onnx.node "Attention"(%q1, %k4, %v4, %mask) <{version = 23 : i64}> : (tensor<1x4x3x4xf32>, tensor<1x4x3x4xf32>, tensor<1x4x3x4xf32>, tensor<3x3xi1>) -> tensor<1x4x3x4xf32>
  %y0 = onnx.node "Transpose"(%y) <{node_attrs = {perm = [0, 2, 1, 3]}, version = 23 : i64}> : (tensor<1x4x3x4xf32>) -> tensor<1x3x4x4xf32>
  %y1 = onnx.node "Reshape"(%y0, %flat) <{version = 23 : i64}> : (tensor<1x3x4x4xf32>, tensor<3xi64>) -> tensor<1x3x16xf32>
  return %y1 : tensor<1x3x16xf32>
}

// A cache: the past stands before the keys, and causal counts from its end.
// CHECK-LABEL: func.func @cache
// CHECK: mix.attention %arg0, %arg0, %arg0 past %arg1, %arg1 heads 2 kv_heads 2 scale 5.000000e-01 offset 5 right 0
// CHECK: onnx.node "Concat"(%arg1
func.func @cache(%x: tensor<1x2x1x4xf32>, %past: tensor<1x2x5x4xf32>) -> (tensor<1x2x1x4xf32>, tensor<1x2x6x4xf32>) {
  %none = onnx.none
  %y, %pk, %pv = onnx.node "Attention"(%x, %x, %x, %none, %past, %past) <{node_attrs = {is_causal = 1 : i64}, version = 24 : i64}> : (tensor<1x2x1x4xf32>, tensor<1x2x1x4xf32>, tensor<1x2x1x4xf32>, !onnx.none, tensor<1x2x5x4xf32>, tensor<1x2x5x4xf32>) -> (tensor<1x2x1x4xf32>, tensor<1x2x6x4xf32>, tensor<1x2x6x4xf32>)
  return %y, %pk : tensor<1x2x1x4xf32>, tensor<1x2x6x4xf32>
}

// CHECK-LABEL: func.func @lengths_and_scores
// CHECK: mix.attention %arg0, %arg0, %arg0 lengths %arg1 heads 2 kv_heads 2 scale 5.000000e-01 left 3 right 0 end_aligned masked_rows zero scores masked
func.func @lengths_and_scores(%x: tensor<1x3x8xf32>, %n: tensor<1xi64>) -> (tensor<1x3x8xf32>, tensor<1x2x3x3xf32>) {
  %none = onnx.none
  %y, %pk, %pv, %s = onnx.node "Attention"(%x, %x, %x, %none, %none, %none, %n) <{node_attrs = {is_causal = 1 : i64, kv_num_heads = 2 : i64, left_window_size = 3 : i64, q_num_heads = 2 : i64, qk_matmul_output_mode = 2 : i64}, version = 25 : i64}> : (tensor<1x3x8xf32>, tensor<1x3x8xf32>, tensor<1x3x8xf32>, !onnx.none, !onnx.none, !onnx.none, tensor<1xi64>) -> (tensor<1x3x8xf32>, !onnx.none, !onnx.none, tensor<1x2x3x3xf32>)
  return %y, %s : tensor<1x3x8xf32>, tensor<1x2x3x3xf32>
}

// CHECK-LABEL: func.func @linear
// CHECK: mix.linear_attention %arg0, %arg0, %arg0 heads 2 kv_heads 2 scale 5.000000e-01 causal :
func.func @linear(%x: tensor<1x3x8xf32>) -> tensor<1x3x8xf32> {
  %y, %s = onnx.node "LinearAttention"(%x, %x, %x) <{node_attrs = {kv_num_heads = 2 : i64, q_num_heads = 2 : i64, update_rule = "linear"}, version = 27 : i64}> : (tensor<1x3x8xf32>, tensor<1x3x8xf32>, tensor<1x3x8xf32>) -> (tensor<1x3x8xf32>, tensor<1x2x4x4xf32>)
  return %y : tensor<1x3x8xf32>
}

// A padding mask adds -10000, by its own attribute or by default.
// CHECK-LABEL: func.func @multi_head
// CHECK: onnx.node "Greater"
// CHECK: onnx.node "Where"
// CHECK: mix.attention %arg0, %arg1, %arg1 bias %{{.*}} heads 2 kv_heads 2 scale 5.000000e-01 :
func.func @multi_head(%q: tensor<1x3x8xf32>, %k: tensor<1x5x8xf32>, %m: tensor<1x5xi32>) -> tensor<1x3x8xf32> {
  %none = onnx.none
  %one = onnx.node "Identity"(%q) <{version = 20 : i64}> : (tensor<1x3x8xf32>) -> tensor<1x3x8xf32>
  %y = onnx.node "MultiHeadAttention"(%one, %k, %k, %none, %m) <{domain = "com.microsoft", node_attrs = {num_heads = 2 : i64}, version = 1 : i64}> : (tensor<1x3x8xf32>, tensor<1x5x8xf32>, tensor<1x5x8xf32>, !onnx.none, tensor<1x5xi32>) -> tensor<1x3x8xf32>
  return %y : tensor<1x3x8xf32>
}
