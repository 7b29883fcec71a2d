// Result types follow from operand types and constants.
//
// RUN: fourmix-opt %s --onnx-infer-shapes --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @main
// CHECK-SAME: -> tensor<2x4x8xf32>
func.func @main(%x: tensor<2x4x8xf32> {onnx.name = "x"}, %row: tensor<8xf32>) -> !onnx.unknown {
  // CHECK: "Add"{{.*}} : (tensor<2x4x8xf32>, tensor<8xf32>) -> tensor<2x4x8xf32>
  %0 = onnx.node "Add"(%x, %row) <{version = 20 : i64}> : (tensor<2x4x8xf32>, tensor<8xf32>) -> !onnx.unknown
  // CHECK: "Greater"{{.*}} -> tensor<2x4x8xi1>
  %1 = onnx.node "Greater"(%0, %row) <{version = 20 : i64}> : (!onnx.unknown, tensor<8xf32>) -> !onnx.unknown
  // CHECK: "Where"{{.*}} -> tensor<2x4x8xf32>
  %2 = onnx.node "Where"(%1, %0, %row) <{version = 20 : i64}> : (!onnx.unknown, !onnx.unknown, tensor<8xf32>) -> !onnx.unknown
  return %2 : !onnx.unknown
}

// -----

// CHECK-LABEL: func.func @main
func.func @main(%x: tensor<2x4x8xf32>, %w: tensor<8x3xf32>, %v: tensor<8xf32>, %m: tensor<5x8xf32>, %b: tensor<3xf32>)
    -> (!onnx.unknown, !onnx.unknown, !onnx.unknown) {
  // CHECK: "MatMul"{{.*}} -> tensor<2x4x3xf32>
  %0 = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x4x8xf32>, tensor<8x3xf32>) -> !onnx.unknown
  // CHECK: "MatMul"{{.*}} -> tensor<2x4xf32>
  %1 = onnx.node "MatMul"(%x, %v) <{version = 20 : i64}> : (tensor<2x4x8xf32>, tensor<8xf32>) -> !onnx.unknown
  // CHECK: "Gemm"{{.*}} -> tensor<3x5xf32>
  %2 = onnx.node "Gemm"(%w, %m) <{node_attrs = {transA = 1 : i64, transB = 1 : i64}, version = 20 : i64}> : (tensor<8x3xf32>, tensor<5x8xf32>) -> !onnx.unknown
  return %0, %1, %2 : !onnx.unknown, !onnx.unknown, !onnx.unknown
}

// -----

// The mixing of FNet: real tensor, zeros as imaginary part, two transforms, real part.
// CHECK-LABEL: func.func @main
// CHECK-SAME: -> tensor<1x16x32xf32>
func.func @main(%x: tensor<1x16x32xf32>, %z: tensor<1x16x32x1xf32>) -> !onnx.unknown {
  %none = onnx.none
  %last = onnx.constant dense<-1> : tensor<1xi64>
  %two = onnx.constant dense<2> : tensor<i64>
  %one = onnx.constant dense<1> : tensor<i64>
  %zero = onnx.constant dense<0> : tensor<i64>
  // CHECK: "Unsqueeze"{{.*}} -> tensor<1x16x32x1xf32>
  %0 = onnx.node "Unsqueeze"(%x, %last) <{version = 20 : i64}> : (tensor<1x16x32xf32>, tensor<1xi64>) -> !onnx.unknown
  // CHECK: "Concat"{{.*}} -> tensor<1x16x32x2xf32>
  %1 = onnx.node "Concat"(%0, %z) <{node_attrs = {axis = -1 : i64}, version = 20 : i64}> : (!onnx.unknown, tensor<1x16x32x1xf32>) -> !onnx.unknown
  // CHECK: "DFT"{{.*}} -> tensor<1x16x32x2xf32>
  %2 = onnx.node "DFT"(%1, %none, %two) <{version = 20 : i64}> : (!onnx.unknown, !onnx.none, tensor<i64>) -> !onnx.unknown
  // CHECK: "DFT"{{.*}} -> tensor<1x16x32x2xf32>
  %3 = onnx.node "DFT"(%2, %none, %one) <{version = 20 : i64}> : (!onnx.unknown, !onnx.none, tensor<i64>) -> !onnx.unknown
  // CHECK: "Gather"{{.*}} -> tensor<1x16x32xf32>
  %4 = onnx.node "Gather"(%3, %zero) <{node_attrs = {axis = 3 : i64}, version = 20 : i64}> : (!onnx.unknown, tensor<i64>) -> !onnx.unknown
  return %4 : !onnx.unknown
}

// -----

// One-sided transforms: an attribute names the axis before opset 20 (1 by default), an input after (-2 by default).
// CHECK-LABEL: func.func @main
func.func @main(%x: tensor<3x12x10x1xf32>, %c: tensor<3x12x6x2xf32>)
    -> (!onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.unknown) {
  // CHECK: "DFT"{{.*}} -> tensor<3x7x10x2xf32>
  %0 = onnx.node "DFT"(%x) <{node_attrs = {onesided = 1 : i64}, version = 18 : i64}> : (tensor<3x12x10x1xf32>) -> !onnx.unknown
  // CHECK: "DFT"{{.*}} -> tensor<3x12x6x2xf32>
  %1 = onnx.node "DFT"(%x) <{node_attrs = {onesided = 1 : i64}, version = 20 : i64}> : (tensor<3x12x10x1xf32>) -> !onnx.unknown
  // CHECK: "DFT"{{.*}} -> tensor<3x12x10x1xf32>
  %2 = onnx.node "DFT"(%c) <{node_attrs = {onesided = 1 : i64, inverse = 1 : i64}, version = 20 : i64}> : (tensor<3x12x6x2xf32>) -> !onnx.unknown
  %n = onnx.constant dense<11> : tensor<i64>
  // CHECK: "DFT"{{.*}} -> tensor<3x12x11x1xf32>
  %3 = onnx.node "DFT"(%c, %n) <{node_attrs = {onesided = 1 : i64, inverse = 1 : i64}, version = 20 : i64}> : (tensor<3x12x6x2xf32>, tensor<i64>) -> !onnx.unknown
  return %0, %1, %2, %3 : !onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.unknown
}

// -----

// Axes as attributes in old versions, as inputs in new ones; an absent output stays absent.
// CHECK-LABEL: func.func @main
func.func @main(%x: tensor<2x1x6xf32>)
    -> (!onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.unknown) {
  // CHECK: "Squeeze"{{.*}} -> tensor<2x6xf32>
  %0 = onnx.node "Squeeze"(%x) <{node_attrs = {axes = [1]}, version = 11 : i64}> : (tensor<2x1x6xf32>) -> !onnx.unknown
  // CHECK: "ReduceMean"{{.*}} -> tensor<2x1x1xf32>
  %1 = onnx.node "ReduceMean"(%x) <{node_attrs = {axes = [-1]}, version = 17 : i64}> : (tensor<2x1x6xf32>) -> !onnx.unknown
  %last = onnx.constant dense<-1> : tensor<1xi64>
  // CHECK: "ReduceSum"{{.*}} -> tensor<2x1xf32>
  %2 = onnx.node "ReduceSum"(%x, %last) <{node_attrs = {keepdims = 0 : i64}, version = 20 : i64}> : (tensor<2x1x6xf32>, tensor<1xi64>) -> !onnx.unknown
  // CHECK: "Split"{{.*}} -> (tensor<2x1x4xf32>, tensor<2x1x2xf32>)
  %3:2 = onnx.node "Split"(%x) <{node_attrs = {axis = 2 : i64, split = [4, 2]}, version = 11 : i64}> : (tensor<2x1x6xf32>) -> (!onnx.unknown, !onnx.unknown)
  // CHECK: "Slice"{{.*}} -> tensor<2x1x2xf32>
  %4 = onnx.node "Slice"(%x) <{node_attrs = {axes = [2], starts = [1], ends = [3]}, version = 9 : i64}> : (tensor<2x1x6xf32>) -> !onnx.unknown
  // CHECK: "LayerNormalization"{{.*}} -> (tensor<2x1x6xf32>, !onnx.none, tensor<2x1x1xf32>)
  %w = onnx.constant dense<1.0> : tensor<6xf32>
  %5:3 = onnx.node "LayerNormalization"(%x, %w) <{version = 20 : i64}> : (tensor<2x1x6xf32>, tensor<6xf32>) -> (!onnx.unknown, !onnx.none, !onnx.unknown)
  return %0, %1, %2, %3#1, %4, %5#2 : !onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.unknown
}

// -----

// CHECK-LABEL: func.func @main
func.func @main(%x: tensor<2x6x10xf32>, %w: tensor<4x3x3xf32>, %q: tensor<1x4x5x8xf32>, %k: tensor<1x2x7x8xf32>)
    -> (!onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.unknown) {
  // CHECK: "Conv"{{.*}} -> tensor<2x4x5xf32>
  %0 = onnx.node "Conv"(%x, %w) <{node_attrs = {group = 2 : i64, pads = [1, 1], strides = [2]}, version = 20 : i64}> : (tensor<2x6x10xf32>, tensor<4x3x3xf32>) -> !onnx.unknown
  // CHECK: "Einsum"{{.*}} -> tensor<2x10x6xf32>
  %1 = onnx.node "Einsum"(%x) <{node_attrs = {equation = "...ij->...ji"}, version = 20 : i64}> : (tensor<2x6x10xf32>) -> !onnx.unknown
  // CHECK: "Einsum"{{.*}} -> tensor<2x4x6xf32>
  %2 = onnx.node "Einsum"(%x, %w) <{node_attrs = {equation = "bcn, okl -> boc"}, version = 20 : i64}> : (tensor<2x6x10xf32>, tensor<4x3x3xf32>) -> !onnx.unknown
  // CHECK: "Attention"{{.*}} -> tensor<1x4x5x8xf32>
  %3 = onnx.node "Attention"(%q, %k, %k) <{version = 23 : i64}> : (tensor<1x4x5x8xf32>, tensor<1x2x7x8xf32>, tensor<1x2x7x8xf32>) -> !onnx.unknown
  %pads = onnx.constant dense<[0, 0, 4, 0, 0, 3]> : tensor<6xi64>
  // CHECK: "Pad"{{.*}} -> tensor<2x6x17xf32>
  %4 = onnx.node "Pad"(%x, %pads) <{node_attrs = {mode = "wrap"}, version = 20 : i64}> : (tensor<2x6x10xf32>, tensor<6xi64>) -> !onnx.unknown
  return %0, %1, %2, %3, %4 : !onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.unknown, !onnx.unknown
}

// -----

// Both branches of an If whose condition depends on the data are walked.
// CHECK-LABEL: func.func @main
// CHECK-SAME: -> tensor<3xf32>
func.func @main(%c: tensor<i1>, %x: tensor<3xf32>) -> !onnx.unknown {
  // CHECK: "If"{{.*}} (tensor<i1>) -> tensor<3xf32>
  // CHECK: "Neg"{{.*}} -> tensor<3xf32>
  // CHECK: "Abs"{{.*}} -> tensor<3xf32>
  %0 = onnx.node "If"(%c) <{graph_names = ["then_branch", "else_branch"], version = 20 : i64}> : (tensor<i1>) -> !onnx.unknown {
    %1 = onnx.node "Neg"(%x) <{version = 20 : i64}> : (tensor<3xf32>) -> !onnx.unknown
    onnx.yield %1 : !onnx.unknown
  }, {
    %1 = onnx.node "Abs"(%x) <{version = 20 : i64}> : (tensor<3xf32>) -> !onnx.unknown
    onnx.yield %1 : !onnx.unknown
  }
  return %0 : !onnx.unknown
}
