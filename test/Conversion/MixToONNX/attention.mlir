// mix.attention as ONNX: the operator where the opset has it and means the same, else products and a softmax.
//
// RUN: fourmix-opt %s --convert-mix-to-onnx | FileCheck %s

module attributes {onnx.opset_imports = {ai.onnx = 23 : i64}} {
// CHECK-LABEL: func.func @operator
// CHECK: onnx.node "Attention"(%arg0, %arg0, %arg0)
// CHECK-SAME: is_causal = 1 : i64, kv_num_heads = 2 : i64, q_num_heads = 2 : i64, scale = 5.000000e-01 : f32, softcap = 3.000000e+01 : f32
func.func @operator(%x: tensor<1x3x8xf32>) -> tensor<1x3x8xf32> {
  %y = mix.attention %x, %x, %x heads 2 kv_heads 2 scale 0.5 right 0 softcap 30.0 : (tensor<1x3x8xf32>, tensor<1x3x8xf32>, tensor<1x3x8xf32>) -> tensor<1x3x8xf32>
  return %y : tensor<1x3x8xf32>
}

// Rows without keys are zero in the operator; with a finite fill they are not.
// CHECK-LABEL: func.func @zero_rows
// CHECK: %[[MASK:.*]] = onnx.node "Expand"(%arg1
// CHECK: onnx.node "Attention"(%arg0, %arg0, %arg0, %[[MASK]])
func.func @zero_rows(%x: tensor<1x3x8xf32>, %m: tensor<1x1x1x3xi1>) -> tensor<1x3x8xf32> {
  %y = mix.attention %x, %x, %x mask %m heads 2 kv_heads 2 scale 0.5 masked_rows zero : (tensor<1x3x8xf32>, tensor<1x3x8xf32>, tensor<1x3x8xf32>, tensor<1x1x1x3xi1>) -> tensor<1x3x8xf32>
  return %y : tensor<1x3x8xf32>
}

// CHECK-LABEL: func.func @finite_fill
// CHECK-NOT: "Attention"
// CHECK: onnx.node "Where"(%arg1
// CHECK: onnx.node "Softmax"
// CHECK-NOT: IsNaN
func.func @finite_fill(%x: tensor<1x3x8xf32>, %m: tensor<1x1x1x3xi1>) -> tensor<1x3x8xf32> {
  %y = mix.attention %x, %x, %x mask %m heads 2 kv_heads 2 scale 0.5 fill -3.0e38 : (tensor<1x3x8xf32>, tensor<1x3x8xf32>, tensor<1x3x8xf32>, tensor<1x1x1x3xi1>) -> tensor<1x3x8xf32>
  return %y : tensor<1x3x8xf32>
}

// Shared heads are repeated, the window is a constant, the guard is spelt out.
// CHECK-LABEL: func.func @pieces
// CHECK: onnx.node "Expand"
// CHECK: onnx.node "MatMul"
// CHECK: onnx.node "Less"
// CHECK: onnx.node "Softmax"
// CHECK: onnx.node "IsNaN"
// CHECK: onnx.node "MatMul"
func.func @pieces(%q: tensor<1x2x3x4xf32>, %k: tensor<1x1x3x4xf32>, %n: tensor<1xi64>) -> (tensor<1x3x8xf32>, tensor<1x2x3x3xf32>) {
  %y, %s = mix.attention %q, %k, %k lengths %n heads 2 kv_heads 1 scale 0.5 left 1 masked_rows zero scores weights : (tensor<1x2x3x4xf32>, tensor<1x1x3x4xf32>, tensor<1x1x3x4xf32>, tensor<1xi64>) -> (tensor<1x3x8xf32>, tensor<1x2x3x3xf32>)
  return %y, %s : tensor<1x3x8xf32>, tensor<1x2x3x3xf32>
}

// Kernelised attention by its state, and by pairs where distances have weights.
// CHECK-LABEL: func.func @linear
// CHECK: onnx.node "ReduceSum"
// CHECK: onnx.node "Div"
// CHECK: onnx.node "Gather"(%arg1
// CHECK: onnx.node "Div"
// The third: an epsilon is added to the sum, and the scale is in both sums.
// CHECK: %[[Q:.*]] = onnx.node "Mul"
// CHECK: onnx.node "MatMul"(%[[Q]],
// CHECK: onnx.node "MatMul"(%[[Q]],
// CHECK: %[[SUM:.*]] = onnx.node "Add"
// CHECK: onnx.node "Div"(%{{.*}}, %[[SUM]])
func.func @linear(%x: tensor<1x3x8xf32>, %c: tensor<2x5xf32>) -> (tensor<1x3x8xf32>, tensor<1x3x8xf32>, tensor<1x3x8xf32>) {
  %y = mix.linear_attention %x, %x, %x heads 2 kv_heads 2 scale 1.0 normalised : (tensor<1x3x8xf32>, tensor<1x3x8xf32>, tensor<1x3x8xf32>) -> tensor<1x3x8xf32>
  %z = mix.linear_attention %x, %x, %x kernel %c heads 2 kv_heads 2 scale 1.0 causal normalised : (tensor<1x3x8xf32>, tensor<1x3x8xf32>, tensor<1x3x8xf32>, tensor<2x5xf32>) -> tensor<1x3x8xf32>
  %w = mix.linear_attention %x, %x, %x heads 2 kv_heads 2 scale 2.0 normalised epsilon 1.0e-6 : (tensor<1x3x8xf32>, tensor<1x3x8xf32>, tensor<1x3x8xf32>) -> tensor<1x3x8xf32>
  return %y, %z, %w : tensor<1x3x8xf32>, tensor<1x3x8xf32>, tensor<1x3x8xf32>
}
}
