// Constant matrices along the sequence become mix.linear; a linear layer stays one.
//
// RUN: fourmix-opt %s --convert-onnx-to-mix --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @both_sides
// CHECK-SAME: (%[[X:.*]]: tensor<2x3x4xf32>)
// CHECK-DAG: %[[S:.*]] = onnx.constant "s"
// CHECK-DAG: %[[H:.*]] = onnx.constant "h"
// CHECK: %[[Y:.*]] = mix.linear %[[X]] sequence 1 by %[[S]] hidden 2 by %[[H]] : tensor<2x3x4xf32>, tensor<5x3xf32>, tensor<4x2xf32>
// CHECK-NEXT: return %[[Y]]
func.func @both_sides(%x: tensor<2x3x4xf32>) -> tensor<2x5x2xf32> {
  %s = onnx.constant "s" dense<[[1.0, 2.0, 4.0], [0.0, 1.0, 2.0], [3.0, 1.0, 0.5], [1.0, 1.0, 1.5], [2.0, 0.0, 7.0]]> : tensor<5x3xf32>
  %h = onnx.constant "h" dense<[[1.0, 2.0], [0.0, 1.0], [3.0, 1.0], [1.0, 1.5]]> : tensor<4x2xf32>
  %y = onnx.node "Einsum"(%x, %h, %s) <{node_attrs = {equation = "bij,jk,ni->bnk"}, version = 20 : i64}> : (tensor<2x3x4xf32>, tensor<4x2xf32>, tensor<5x3xf32>) -> tensor<2x5x2xf32>
  return %y : tensor<2x5x2xf32>
}

// -----

// MLP-Mixer: a linear layer between transposes multiplies the tokens.
// CHECK-LABEL: func.func @between_transposes
// CHECK-SAME: (%[[X:.*]]: tensor<2x3x4xf32>)
// CHECK: %[[W:.*]] = onnx.constant "w"
// CHECK: %[[S:.*]] = onnx.node "Transpose"(%[[W]])
// CHECK: %[[Y:.*]] = mix.linear %[[X]] sequence 1 by %[[S]] : tensor<2x3x4xf32>, tensor<5x3xf32>
// CHECK: onnx.node "Transpose"(%[[Y]]) <{node_attrs = {perm = [0, 2, 1]}
func.func @between_transposes(%x: tensor<2x3x4xf32>) -> tensor<2x4x5xf32> {
  %w = onnx.constant "w" dense<[[1.0, 2.0, 4.0, 0.0, 1.0], [3.0, 1.0, 0.5, 2.0, 0.0], [1.0, 1.0, 1.5, 2.0, 3.0]]> : tensor<3x5xf32>
  %t = onnx.node "Transpose"(%x) <{node_attrs = {perm = [0, 2, 1]}, version = 20 : i64}> : (tensor<2x3x4xf32>) -> tensor<2x4x3xf32>
  %y = onnx.node "MatMul"(%t, %w) <{version = 20 : i64}> : (tensor<2x4x3xf32>, tensor<3x5xf32>) -> tensor<2x4x5xf32>
  return %y : tensor<2x4x5xf32>
}

// -----

// CHECK-LABEL: func.func @linear_layer
// CHECK-NOT: mix.
func.func @linear_layer(%x: tensor<2x3x4xf32>) -> tensor<2x3x2xf32> {
  %h = onnx.constant dense<[[1.0, 2.0], [0.0, 1.0], [3.0, 1.0], [1.0, 1.5]]> : tensor<4x2xf32>
  %y = onnx.node "MatMul"(%x, %h) <{version = 20 : i64}> : (tensor<2x3x4xf32>, tensor<4x2xf32>) -> tensor<2x3x2xf32>
  return %y : tensor<2x3x2xf32>
}

// -----

// The features of a convolution are on axis 1: brought to the end, they are multiplied by a linear layer.
// CHECK-LABEL: func.func @after_convolution
// CHECK-NOT: mix.
func.func @after_convolution(%x: tensor<2x3x5xf32>) -> tensor<2x5x2xf32> {
  %w = onnx.constant dense<1.0> : tensor<4x3x1xf32>
  %h = onnx.constant dense<[[1.0, 2.0], [0.0, 1.0], [3.0, 1.0], [1.0, 1.5]]> : tensor<4x2xf32>
  %c = onnx.node "Conv"(%x, %w) <{version = 20 : i64}> : (tensor<2x3x5xf32>, tensor<4x3x1xf32>) -> tensor<2x4x5xf32>
  %r = onnx.node "Relu"(%c) <{version = 20 : i64}> : (tensor<2x4x5xf32>) -> tensor<2x4x5xf32>
  %t = onnx.node "Transpose"(%r) <{node_attrs = {perm = [0, 2, 1]}, version = 20 : i64}> : (tensor<2x4x5xf32>) -> tensor<2x5x4xf32>
  %y = onnx.node "MatMul"(%t, %h) <{version = 20 : i64}> : (tensor<2x5x4xf32>, tensor<4x2xf32>) -> tensor<2x5x2xf32>
  return %y : tensor<2x5x2xf32>
}

// -----

// A Conv of one tap over positions: the normalisation says that features are last. So does the first for the second.
// CHECK-LABEL: func.func @token_mixing
// CHECK: %[[N:.*]] = onnx.node "LayerNormalization"
// CHECK: %[[H:.*]] = mix.linear %[[N]] sequence 1 by %{{.*}} : tensor<2x3x4xf32>, tensor<5x3xf32>
// CHECK: %[[A:.*]] = onnx.node "Add"(%[[H]],
// CHECK: %[[R:.*]] = onnx.node "Relu"(%[[A]])
// CHECK: mix.linear %[[R]] sequence 1 by %{{.*}} : tensor<2x5x4xf32>, tensor<3x5xf32>
func.func @token_mixing(%x: tensor<2x3x4xf32>, %u: tensor<5x3x1xf32>, %v: tensor<3x5x1xf32>, %b: tensor<5xf32>) -> tensor<2x3x4xf32> {
  %ones = onnx.constant dense<1.0> : tensor<4xf32>
  %n = onnx.node "LayerNormalization"(%x, %ones) <{version = 20 : i64}> : (tensor<2x3x4xf32>, tensor<4xf32>) -> tensor<2x3x4xf32>
  %h = onnx.node "Conv"(%n, %u, %b) <{version = 20 : i64}> : (tensor<2x3x4xf32>, tensor<5x3x1xf32>, tensor<5xf32>) -> tensor<2x5x4xf32>
  %r = onnx.node "Relu"(%h) <{version = 20 : i64}> : (tensor<2x5x4xf32>) -> tensor<2x5x4xf32>
  %y = onnx.node "Conv"(%r, %v) <{version = 20 : i64}> : (tensor<2x5x4xf32>, tensor<3x5x1xf32>) -> tensor<2x3x4xf32>
  return %y : tensor<2x3x4xf32>
}

// -----

// Nothing says what the axes of a graph's input are: channels stand on axis 1.
// CHECK-LABEL: func.func @pointwise
// CHECK-NOT: mix.
func.func @pointwise(%x: tensor<2x3x4xf32>, %u: tensor<5x3x1xf32>) -> tensor<2x5x4xf32> {
  %h = onnx.node "Conv"(%x, %u) <{version = 20 : i64}> : (tensor<2x3x4xf32>, tensor<5x3x1xf32>) -> tensor<2x5x4xf32>
  return %h : tensor<2x5x4xf32>
}

// -----

// Two matrices that meet element by element in one axis of the result, as the modes of a filter do: no mixing by both.
// CHECK-LABEL: func.func @modes
// CHECK-COUNT-1: mix.linear
// CHECK-NOT: mix.linear
func.func @modes(%x: tensor<3x6x5xf32>) -> tensor<4x5xf32> {
  %c = onnx.constant dense_resource<c> : tensor<4x6xf32>
  %s = onnx.constant dense_resource<s> : tensor<3x4xf32>
  %0 = onnx.node "Einsum"(%x, %c) <{node_attrs = {equation = "anc,bn->abc"}, version = 20 : i64}> : (tensor<3x6x5xf32>, tensor<4x6xf32>) -> tensor<3x4x5xf32>
  %1 = onnx.node "Einsum"(%0, %s) <{node_attrs = {equation = "abc,ab->bc"}, version = 20 : i64}> : (tensor<3x4x5xf32>, tensor<3x4xf32>) -> tensor<4x5xf32>
  return %1 : tensor<4x5xf32>
}
