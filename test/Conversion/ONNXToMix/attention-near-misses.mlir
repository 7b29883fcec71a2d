// Nearly attention: each graph stays as it is, and the remark names the node and the condition that failed.
//
// RUN: fourmix-opt %s --convert-onnx-to-mix --split-input-file --verify-diagnostics \
// RUN:   --remark-format=emitRemark --remarks-filter="onnx-to-mix"
// RUN: fourmix-opt %s --convert-onnx-to-mix --split-input-file | FileCheck %s --implicit-check-not=mix.

// CHECK-LABEL: func.func @scale_of_each_key
func.func @scale_of_each_key(%q: tensor<2x4x8xf32>, %kt: tensor<2x8x5xf32>, %v: tensor<2x5x8xf32>, %s: tensor<5xf32>) -> tensor<2x4x8xf32> {
  %0 = onnx.node "MatMul"(%q, %kt) <{name = "scores", version = 20 : i64}> : (tensor<2x4x8xf32>, tensor<2x8x5xf32>) -> tensor<2x4x5xf32>
  // expected-remark @+1 {{node "scale" (Mul) is not raised to mix.attention: it scales the scores by a tensor that differs from key to key}}
  %1 = onnx.node "Mul"(%0, %s) <{name = "scale", version = 20 : i64}> : (tensor<2x4x5xf32>, tensor<5xf32>) -> tensor<2x4x5xf32>
  %2 = onnx.node "Softmax"(%1) <{name = "softmax", node_attrs = {axis = -1 : i64}, version = 20 : i64}> : (tensor<2x4x5xf32>) -> tensor<2x4x5xf32>
  %3 = onnx.node "MatMul"(%2, %v) <{name = "values", version = 20 : i64}> : (tensor<2x4x5xf32>, tensor<2x5x8xf32>) -> tensor<2x4x8xf32>
  return %3 : tensor<2x4x8xf32>
}

// -----

// CHECK-LABEL: func.func @other_axis
func.func @other_axis(%q: tensor<2x4x8xf32>, %kt: tensor<2x8x5xf32>, %v: tensor<2x5x8xf32>) -> tensor<2x4x8xf32> {
  %0 = onnx.node "MatMul"(%q, %kt) <{name = "scores", version = 20 : i64}> : (tensor<2x4x8xf32>, tensor<2x8x5xf32>) -> tensor<2x4x5xf32>
  %2 = onnx.node "Softmax"(%0) <{name = "softmax", node_attrs = {axis = -2 : i64}, version = 20 : i64}> : (tensor<2x4x5xf32>) -> tensor<2x4x5xf32>
  // expected-remark @+1 {{node "values" (MatMul) is not raised to mix.attention: it sums over another axis than the softmax}}
  %3 = onnx.node "MatMul"(%2, %v) <{name = "values", version = 20 : i64}> : (tensor<2x4x5xf32>, tensor<2x5x8xf32>) -> tensor<2x4x8xf32>
  return %3 : tensor<2x4x8xf32>
}

// -----

// CHECK-LABEL: func.func @activation
func.func @activation(%q: tensor<2x4x8xf32>, %kt: tensor<2x8x5xf32>, %v: tensor<2x5x8xf32>) -> tensor<2x4x8xf32> {
  %0 = onnx.node "MatMul"(%q, %kt) <{name = "scores", version = 20 : i64}> : (tensor<2x4x8xf32>, tensor<2x8x5xf32>) -> tensor<2x4x5xf32>
  %2 = onnx.node "Softmax"(%0) <{name = "softmax", node_attrs = {axis = -1 : i64}, version = 20 : i64}> : (tensor<2x4x5xf32>) -> tensor<2x4x5xf32>
  // expected-remark @+1 {{node "relu" (Relu) is not raised to mix.attention: its weights are not multiplied with values at once}}
  %1 = onnx.node "Relu"(%2) <{name = "relu", version = 20 : i64}> : (tensor<2x4x5xf32>) -> tensor<2x4x5xf32>
  %3 = onnx.node "MatMul"(%1, %v) <{name = "values", version = 20 : i64}> : (tensor<2x4x5xf32>, tensor<2x5x8xf32>) -> tensor<2x4x8xf32>
  return %3 : tensor<2x4x8xf32>
}

// -----

// CHECK-LABEL: func.func @mask_after_softmax
func.func @mask_after_softmax(%q: tensor<2x4x8xf32>, %kt: tensor<2x8x5xf32>, %v: tensor<2x5x8xf32>, %m: tensor<2x1x5xf32>) -> tensor<2x4x8xf32> {
  %0 = onnx.node "MatMul"(%q, %kt) <{name = "scores", version = 20 : i64}> : (tensor<2x4x8xf32>, tensor<2x8x5xf32>) -> tensor<2x4x5xf32>
  %2 = onnx.node "Softmax"(%0) <{name = "softmax", node_attrs = {axis = -1 : i64}, version = 20 : i64}> : (tensor<2x4x5xf32>) -> tensor<2x4x5xf32>
  // expected-remark @+1 {{node "mask" (Mul) is not raised to mix.attention: its weights are not multiplied with values at once}}
  %1 = onnx.node "Mul"(%2, %m) <{name = "mask", version = 20 : i64}> : (tensor<2x4x5xf32>, tensor<2x1x5xf32>) -> tensor<2x4x5xf32>
  %3 = onnx.node "MatMul"(%1, %v) <{name = "values", version = 20 : i64}> : (tensor<2x4x5xf32>, tensor<2x5x8xf32>) -> tensor<2x4x8xf32>
  return %3 : tensor<2x4x8xf32>
}

// -----

// CHECK-LABEL: func.func @no_scores
func.func @no_scores(%q: tensor<2x4x8xf32>, %kt: tensor<2x8x5xf32>, %v: tensor<2x5x8xf32>, %s: tensor<2x4x5xf32>) -> tensor<2x4x8xf32> {
  // expected-remark @+1 {{node "gate" (Relu) is not raised to mix.attention: between product and softmax, it does to the scores what no attention does}}
  %0 = onnx.node "Relu"(%s) <{name = "gate", version = 20 : i64}> : (tensor<2x4x5xf32>) -> tensor<2x4x5xf32>
  %2 = onnx.node "Softmax"(%0) <{name = "softmax", node_attrs = {axis = -1 : i64}, version = 20 : i64}> : (tensor<2x4x5xf32>) -> tensor<2x4x5xf32>
  %3 = onnx.node "MatMul"(%2, %v) <{name = "values", version = 20 : i64}> : (tensor<2x4x5xf32>, tensor<2x5x8xf32>) -> tensor<2x4x8xf32>
  return %3 : tensor<2x4x8xf32>
}

// -----

// CHECK-LABEL: func.func @weak_mask
func.func @weak_mask(%q: tensor<2x4x8xf32>, %kt: tensor<2x8x5xf32>, %v: tensor<2x5x8xf32>, %m: tensor<2x1x5xi1>) -> tensor<2x4x8xf32> {
  %0 = onnx.node "MatMul"(%q, %kt) <{name = "scores", version = 20 : i64}> : (tensor<2x4x8xf32>, tensor<2x8x5xf32>) -> tensor<2x4x5xf32>
  %z = onnx.constant dense<0.0> : tensor<f32>
  // expected-remark @+1 {{node "mask" (Where) is not raised to mix.attention: it replaces scores by 0.000000, which masks nothing}}
  %1 = onnx.node "Where"(%m, %0, %z) <{name = "mask", version = 20 : i64}> : (tensor<2x1x5xi1>, tensor<2x4x5xf32>, tensor<f32>) -> tensor<2x4x5xf32>
  %2 = onnx.node "Softmax"(%1) <{name = "softmax", node_attrs = {axis = -1 : i64}, version = 20 : i64}> : (tensor<2x4x5xf32>) -> tensor<2x4x5xf32>
  %3 = onnx.node "MatMul"(%2, %v) <{name = "values", version = 20 : i64}> : (tensor<2x4x5xf32>, tensor<2x5x8xf32>) -> tensor<2x4x8xf32>
  return %3 : tensor<2x4x8xf32>
}

// -----

// CHECK-LABEL: func.func @squared
func.func @squared(%q: tensor<2x4x8xf32>, %kt: tensor<2x8x5xf32>, %v: tensor<2x5x8xf32>) -> tensor<2x4x8xf32> {
  %0 = onnx.node "MatMul"(%q, %kt) <{name = "scores", version = 20 : i64}> : (tensor<2x4x8xf32>, tensor<2x8x5xf32>) -> tensor<2x4x5xf32>
  // expected-remark @+1 {{node "square" (Mul) is not raised to mix.attention: it scales the scores by a tensor that differs from key to key}}
  %1 = onnx.node "Mul"(%0, %0) <{name = "square", version = 20 : i64}> : (tensor<2x4x5xf32>, tensor<2x4x5xf32>) -> tensor<2x4x5xf32>
  %2 = onnx.node "Softmax"(%1) <{name = "softmax", node_attrs = {axis = -1 : i64}, version = 20 : i64}> : (tensor<2x4x5xf32>) -> tensor<2x4x5xf32>
  %3 = onnx.node "MatMul"(%2, %v) <{name = "values", version = 20 : i64}> : (tensor<2x4x5xf32>, tensor<2x5x8xf32>) -> tensor<2x4x8xf32>
  return %3 : tensor<2x4x8xf32>
}

// -----

// A classifier is not even nearly attention: no remark.
// CHECK-LABEL: func.func @classifier
func.func @classifier(%x: tensor<4x8xf32>, %w: tensor<8x5xf32>) -> tensor<4x5xf32> {
  %0 = onnx.node "Relu"(%x) <{name = "relu", version = 20 : i64}> : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %1 = onnx.node "Softmax"(%0) <{name = "softmax", node_attrs = {axis = -1 : i64}, version = 20 : i64}> : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %2 = onnx.node "Relu"(%1) <{name = "out", version = 20 : i64}> : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %3 = onnx.node "MatMul"(%2, %w) <{name = "fc", version = 20 : i64}> : (tensor<4x8xf32>, tensor<8x5xf32>) -> tensor<4x5xf32>
  return %3 : tensor<4x5xf32>
}
