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

// -----

// One more is added to the sum that divides: some weight goes to no key.
// CHECK-LABEL: func.func @divides_by_more
func.func @divides_by_more(%q: tensor<2x4x8xf32>, %kt: tensor<2x8x5xf32>, %v: tensor<2x5x8xf32>) -> tensor<2x4x8xf32> {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %axis = onnx.constant dense<-1> : tensor<1xi64>
  %0 = onnx.node "MatMul"(%q, %kt) <{name = "scores", version = 20 : i64}> : (tensor<2x4x8xf32>, tensor<2x8x5xf32>) -> tensor<2x4x5xf32>
  %1 = onnx.node "Exp"(%0) <{name = "powers", version = 20 : i64}> : (tensor<2x4x5xf32>) -> tensor<2x4x5xf32>
  %2 = onnx.node "ReduceSum"(%1, %axis) <{name = "sum", version = 20 : i64}> : (tensor<2x4x5xf32>, tensor<1xi64>) -> tensor<2x4x1xf32>
  %3 = onnx.node "Add"(%2, %one) <{name = "more", version = 20 : i64}> : (tensor<2x4x1xf32>, tensor<f32>) -> tensor<2x4x1xf32>
  %4 = onnx.node "MatMul"(%1, %v) <{name = "values", version = 20 : i64}> : (tensor<2x4x5xf32>, tensor<2x5x8xf32>) -> tensor<2x4x8xf32>
  // expected-remark @+1 {{node "quotient" (Div) is not raised to mix.attention: what it divides the weighted values by is not the sum of their weights}}
  %5 = onnx.node "Div"(%4, %3) <{name = "quotient", version = 20 : i64}> : (tensor<2x4x8xf32>, tensor<2x4x1xf32>) -> tensor<2x4x8xf32>
  return %5 : tensor<2x4x8xf32>
}

// -----

// CHECK-LABEL: func.func @never_divides
func.func @never_divides(%q: tensor<2x4x8xf32>, %kt: tensor<2x8x5xf32>, %v: tensor<2x5x8xf32>) -> tensor<2x4x8xf32> {
  %0 = onnx.node "MatMul"(%q, %kt) <{name = "scores", version = 20 : i64}> : (tensor<2x4x8xf32>, tensor<2x8x5xf32>) -> tensor<2x4x5xf32>
  %1 = onnx.node "Exp"(%0) <{name = "powers", version = 20 : i64}> : (tensor<2x4x5xf32>) -> tensor<2x4x5xf32>
  // expected-remark @+1 {{node "values" (MatMul) is not raised to mix.attention: exp of scores weighs the values, which the sum of the weights does not divide}}
  %4 = onnx.node "MatMul"(%1, %v) <{name = "values", version = 20 : i64}> : (tensor<2x4x5xf32>, tensor<2x5x8xf32>) -> tensor<2x4x8xf32>
  return %4 : tensor<2x4x8xf32>
}

// -----

// Keys that are masked before the cap keep some weight, those masked behind it none.
// CHECK-LABEL: func.func @masks_around_the_cap
func.func @masks_around_the_cap(%q: tensor<2x4x8xf32>, %kt: tensor<2x8x5xf32>, %v: tensor<2x5x8xf32>, %m: tensor<2x1x5xi1>, %l: tensor<1x4x5xi1>) -> tensor<2x4x8xf32> {
  %no = onnx.constant dense<0xFF800000> : tensor<f32>
  %0 = onnx.node "MatMul"(%q, %kt) <{name = "scores", version = 20 : i64}> : (tensor<2x4x8xf32>, tensor<2x8x5xf32>) -> tensor<2x4x5xf32>
  %1 = onnx.node "Where"(%m, %0, %no) <{name = "before", version = 20 : i64}> : (tensor<2x1x5xi1>, tensor<2x4x5xf32>, tensor<f32>) -> tensor<2x4x5xf32>
  %2 = onnx.node "Tanh"(%1) <{name = "cap", version = 20 : i64}> : (tensor<2x4x5xf32>) -> tensor<2x4x5xf32>
  // expected-remark @+1 {{node "after" (Where) is not raised to mix.attention: it changes scores after the cap, which others were masked before}}
  %3 = onnx.node "Where"(%l, %2, %no) <{name = "after", version = 20 : i64}> : (tensor<1x4x5xi1>, tensor<2x4x5xf32>, tensor<f32>) -> tensor<2x4x5xf32>
  %4 = onnx.node "Softmax"(%3) <{name = "softmax", node_attrs = {axis = -1 : i64}, version = 20 : i64}> : (tensor<2x4x5xf32>) -> tensor<2x4x5xf32>
  %5 = onnx.node "MatMul"(%4, %v) <{name = "values", version = 20 : i64}> : (tensor<2x4x5xf32>, tensor<2x5x8xf32>) -> tensor<2x4x8xf32>
  return %5 : tensor<2x4x8xf32>
}
