// A finite number that hides keys and a bias that is added besides: two operands where the bias is as small as scores are.
//
// RUN: fourmix-opt %s --convert-onnx-to-mix --split-input-file | FileCheck %s

// ALiBi beside a causal mask and one of padding, as BLOOM has them. The bias is computed from the input.
// CHECK-LABEL: func.func @alibi
// CHECK:       %[[MUL:.*]] = onnx.node "Mul"
// CHECK:       %[[BIAS:.*]] = onnx.node "Reshape"(%[[MUL]],
// CHECK:       mix.attention %{{.*}}, %{{.*}}, %{{.*}} mask %{{.*}} bias %[[BIAS]] heads 1 kv_heads 1 scale 1.000000e+00 right 0 fill -3.4
func.func @alibi(%q: tensor<2x3x8xf32>, %kt: tensor<2x8x3xf32>, %v: tensor<2x3x8xf32>, %seen: tensor<2x1x3xi1>) -> tensor<2x3x8xf32> {
  %f = onnx.node "Cast"(%seen) <{node_attrs = {to = 1 : i64}, version = 20 : i64}> : (tensor<2x1x3xi1>) -> tensor<2x1x3xf32>
  %slope = onnx.constant dense<[[[0.0, 0.25, 0.5]]]> : tensor<1x1x3xf32>
  %bias = onnx.node "Mul"(%f, %slope) <{version = 20 : i64}> : (tensor<2x1x3xf32>, tensor<1x1x3xf32>) -> tensor<2x1x3xf32>
  %causal = onnx.constant dense<[[[true, false, false], [true, true, false], [true, true, true]]]> : tensor<1x3x3xi1>
  %both = onnx.node "And"(%causal, %seen) <{version = 20 : i64}> : (tensor<1x3x3xi1>, tensor<2x1x3xi1>) -> tensor<2x3x3xi1>
  %zero = onnx.constant dense<0.0> : tensor<f32>
  %low = onnx.constant dense<-3.40282347E+38> : tensor<f32>
  %mask = onnx.node "Where"(%both, %zero, %low) <{version = 20 : i64}> : (tensor<2x3x3xi1>, tensor<f32>, tensor<f32>) -> tensor<2x3x3xf32>
  %0 = onnx.node "MatMul"(%q, %kt) <{version = 20 : i64}> : (tensor<2x3x8xf32>, tensor<2x8x3xf32>) -> tensor<2x3x3xf32>
  %1 = onnx.node "Add"(%0, %bias) <{version = 20 : i64}> : (tensor<2x3x3xf32>, tensor<2x1x3xf32>) -> tensor<2x3x3xf32>
  %2 = onnx.node "Add"(%1, %mask) <{version = 20 : i64}> : (tensor<2x3x3xf32>, tensor<2x3x3xf32>) -> tensor<2x3x3xf32>
  %3 = onnx.node "Softmax"(%2) <{node_attrs = {axis = -1 : i64}, version = 20 : i64}> : (tensor<2x3x3xf32>) -> tensor<2x3x3xf32>
  %4 = onnx.node "MatMul"(%3, %v) <{version = 20 : i64}> : (tensor<2x3x3xf32>, tensor<2x3x8xf32>) -> tensor<2x3x8xf32>
  return %4 : tensor<2x3x8xf32>
}

// -----

// A float input may hold a mask of its own, and two low numbers make -inf: the mask stays a summand.
// CHECK-LABEL: func.func @bias_from_outside
// CHECK:       %[[BIAS:.*]] = onnx.node "Add"
// CHECK:       mix.attention %{{.*}}, %{{.*}}, %{{.*}} bias %[[BIAS]] heads 1 kv_heads 1 scale 1.000000e+00 :
func.func @bias_from_outside(%q: tensor<2x3x8xf32>, %kt: tensor<2x8x3xf32>, %v: tensor<2x3x8xf32>, %seen: tensor<2x1x3xi1>, %bias: tensor<2x3x3xf32>) -> tensor<2x3x8xf32> {
  %zero = onnx.constant dense<0.0> : tensor<f32>
  %low = onnx.constant dense<-3.40282347E+38> : tensor<f32>
  %mask = onnx.node "Where"(%seen, %zero, %low) <{version = 20 : i64}> : (tensor<2x1x3xi1>, tensor<f32>, tensor<f32>) -> tensor<2x1x3xf32>
  %0 = onnx.node "MatMul"(%q, %kt) <{version = 20 : i64}> : (tensor<2x3x8xf32>, tensor<2x8x3xf32>) -> tensor<2x3x3xf32>
  %1 = onnx.node "Add"(%0, %bias) <{version = 20 : i64}> : (tensor<2x3x3xf32>, tensor<2x3x3xf32>) -> tensor<2x3x3xf32>
  %2 = onnx.node "Add"(%1, %mask) <{version = 20 : i64}> : (tensor<2x3x3xf32>, tensor<2x1x3xf32>) -> tensor<2x3x3xf32>
  %3 = onnx.node "Softmax"(%2) <{node_attrs = {axis = -1 : i64}, version = 20 : i64}> : (tensor<2x3x3xf32>) -> tensor<2x3x3xf32>
  %4 = onnx.node "MatMul"(%3, %v) <{version = 20 : i64}> : (tensor<2x3x3xf32>, tensor<2x3x8xf32>) -> tensor<2x3x8xf32>
  return %4 : tensor<2x3x8xf32>
}

// -----

// A learned scale of each head, as Swin Transformer V2 has it: the queries take it over.
// CHECK-LABEL: func.func @scale_of_each_head
// CHECK:       %[[SCALED:.*]] = onnx.node "Mul"(%arg0, %arg3)
// CHECK:       mix.attention %[[SCALED]], %{{.*}}, %{{.*}} heads 2 kv_heads 2 scale 1.000000e+00 :
func.func @scale_of_each_head(%q: tensor<3x2x5x8xf32>, %kt: tensor<3x2x8x5xf32>, %v: tensor<3x2x5x8xf32>, %s: tensor<1x2x1x1xf32>) -> tensor<3x2x5x8xf32> {
  %0 = onnx.node "MatMul"(%q, %kt) <{version = 20 : i64}> : (tensor<3x2x5x8xf32>, tensor<3x2x8x5xf32>) -> tensor<3x2x5x5xf32>
  %1 = onnx.node "Mul"(%0, %s) <{version = 20 : i64}> : (tensor<3x2x5x5xf32>, tensor<1x2x1x1xf32>) -> tensor<3x2x5x5xf32>
  %2 = onnx.node "Softmax"(%1) <{node_attrs = {axis = -1 : i64}, version = 20 : i64}> : (tensor<3x2x5x5xf32>) -> tensor<3x2x5x5xf32>
  %3 = onnx.node "MatMul"(%2, %v) <{version = 20 : i64}> : (tensor<3x2x5x5xf32>, tensor<3x2x5x8xf32>) -> tensor<3x2x5x8xf32>
  return %3 : tensor<3x2x5x8xf32>
}
