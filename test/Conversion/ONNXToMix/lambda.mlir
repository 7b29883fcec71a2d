// Lambda layers: what is raised, and what nearly is. Random spellings: RandomLambdaTest.cpp.
//
// RUN: fourmix-opt %s --convert-onnx-to-mix --split-input-file --verify-diagnostics \
// RUN:   --remark-format=emitRemark --remarks-filter="onnx-to-mix"
// RUN: fourmix-opt %s --convert-onnx-to-mix --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @local
// CHECK-SAME: (%[[Q:.*]]: tensor<1x2x3x5xf32>, %[[K:.*]]: tensor<1x1x3x5xf32>, %[[V:.*]]: tensor<1x1x4x5xf32>)
// CHECK: %[[R:.*]] = onnx.constant dense<{{.*}}> : tensor<3x1x3xf32>
// CHECK: %[[Y:.*]] = mix.lambda %[[Q]], %[[V]] content %[[K]] kernel %[[R]] over [5]
// CHECK: return %[[Y]]
func.func @local(%q: tensor<1x2x3x5xf32>, %k: tensor<1x1x3x5xf32>, %v: tensor<1x1x4x5xf32>) -> tensor<1x2x4x5xf32> {
  %w = onnx.constant dense<[[[[1.0, 2.0, 3.0]]], [[[0.0, 1.0, 5.0]]], [[[2.0, 0.5, 1.0]]]]> : tensor<3x1x1x3xf32>
  %0 = onnx.node "Softmax"(%k) <{version = 20 : i64}> : (tensor<1x1x3x5xf32>) -> tensor<1x1x3x5xf32>
  %1 = onnx.node "Einsum"(%0, %v) <{node_attrs = {equation = "bukm,buvm->bkv"}, version = 20 : i64}> : (tensor<1x1x3x5xf32>, tensor<1x1x4x5xf32>) -> tensor<1x3x4xf32>
  %2 = onnx.node "Einsum"(%q, %1) <{node_attrs = {equation = "bhkn,bkv->bhvn"}, version = 20 : i64}> : (tensor<1x2x3x5xf32>, tensor<1x3x4xf32>) -> tensor<1x2x4x5xf32>
  %3 = onnx.node "Conv"(%v, %w) <{node_attrs = {pads = [0 : i64, 1 : i64, 0 : i64, 1 : i64]}, version = 20 : i64}> : (tensor<1x1x4x5xf32>, tensor<3x1x1x3xf32>) -> tensor<1x3x4x5xf32>
  %4 = onnx.node "Einsum"(%q, %3) <{node_attrs = {equation = "bhkn,bkvn->bhvn"}, version = 20 : i64}> : (tensor<1x2x3x5xf32>, tensor<1x3x4x5xf32>) -> tensor<1x2x4x5xf32>
  // expected-remark @+1 {{node "sum" (Add) and what feeds it, 5 nodes, raised to mix.lambda: 2 heads, depth 1, content, position by a kernel of 3 over 5}}
  %5 = onnx.node "Add"(%2, %4) <{name = "sum", version = 20 : i64}> : (tensor<1x2x4x5xf32>, tensor<1x2x4x5xf32>) -> tensor<1x2x4x5xf32>
  return %5 : tensor<1x2x4x5xf32>
}

// -----

// Taps two positions apart: zeros between them.
// CHECK-LABEL: func.func @dilated
// CHECK-SAME: (%[[Q:.*]]: tensor<1x2x3x5xf32>, %[[K:.*]]: tensor<1x1x3x5xf32>, %[[V:.*]]: tensor<1x1x4x5xf32>)
// CHECK: %[[R:.*]] = onnx.constant dense<{{.*}}> : tensor<3x1x5xf32>
// CHECK: %[[Y:.*]] = mix.lambda %[[Q]], %[[V]] content %[[K]] kernel %[[R]] over [5]
// CHECK: return %[[Y]]
func.func @dilated(%q: tensor<1x2x3x5xf32>, %k: tensor<1x1x3x5xf32>, %v: tensor<1x1x4x5xf32>) -> tensor<1x2x4x5xf32> {
  %w = onnx.constant dense<[[[[1.0, 2.0, 3.0]]], [[[0.0, 1.0, 5.0]]], [[[2.0, 0.5, 1.0]]]]> : tensor<3x1x1x3xf32>
  %0 = onnx.node "Softmax"(%k) <{version = 20 : i64}> : (tensor<1x1x3x5xf32>) -> tensor<1x1x3x5xf32>
  %1 = onnx.node "Einsum"(%0, %v) <{node_attrs = {equation = "bukm,buvm->bkv"}, version = 20 : i64}> : (tensor<1x1x3x5xf32>, tensor<1x1x4x5xf32>) -> tensor<1x3x4xf32>
  %2 = onnx.node "Einsum"(%q, %1) <{node_attrs = {equation = "bhkn,bkv->bhvn"}, version = 20 : i64}> : (tensor<1x2x3x5xf32>, tensor<1x3x4xf32>) -> tensor<1x2x4x5xf32>
  %3 = onnx.node "Conv"(%v, %w) <{node_attrs = {dilations = [1, 2], pads = [0 : i64, 2 : i64, 0 : i64, 2 : i64]}, version = 20 : i64}> : (tensor<1x1x4x5xf32>, tensor<3x1x1x3xf32>) -> tensor<1x3x4x5xf32>
  %4 = onnx.node "Einsum"(%q, %3) <{node_attrs = {equation = "bhkn,bkvn->bhvn"}, version = 20 : i64}> : (tensor<1x2x3x5xf32>, tensor<1x3x4x5xf32>) -> tensor<1x2x4x5xf32>
  // expected-remark @+1 {{node "sum" (Add) and what feeds it, 5 nodes, raised to mix.lambda: 2 heads, depth 1, content, position by a kernel of 5 over 5}}
  %5 = onnx.node "Add"(%2, %4) <{name = "sum", version = 20 : i64}> : (tensor<1x2x4x5xf32>, tensor<1x2x4x5xf32>) -> tensor<1x2x4x5xf32>
  return %5 : tensor<1x2x4x5xf32>
}

// -----

// The kernel looks one position further to the right than to the left.
// CHECK-LABEL: func.func @off_centre
// CHECK-NOT: mix.
func.func @off_centre(%q: tensor<1x2x3x5xf32>, %k: tensor<1x1x3x5xf32>, %v: tensor<1x1x4x5xf32>) -> tensor<1x2x4x5xf32> {
  %w = onnx.constant dense<[[[[1.0, 2.0, 3.0]]], [[[0.0, 1.0, 5.0]]], [[[2.0, 0.5, 1.0]]]]> : tensor<3x1x1x3xf32>
  // expected-remark @+1 {{is not raised to mix.attention: its scores are no product of queries and keys}}
  %0 = onnx.node "Softmax"(%k) <{version = 20 : i64}> : (tensor<1x1x3x5xf32>) -> tensor<1x1x3x5xf32>
  %1 = onnx.node "Einsum"(%0, %v) <{node_attrs = {equation = "bukm,buvm->bkv"}, version = 20 : i64}> : (tensor<1x1x3x5xf32>, tensor<1x1x4x5xf32>) -> tensor<1x3x4xf32>
  %2 = onnx.node "Einsum"(%q, %1) <{node_attrs = {equation = "bhkn,bkv->bhvn"}, version = 20 : i64}> : (tensor<1x2x3x5xf32>, tensor<1x3x4xf32>) -> tensor<1x2x4x5xf32>
  // expected-remark @+1 {{node "sum" (Add) is not raised to mix.lambda: at node "conv" (Conv), its kernel of extent 3 is not centred: it is padded by 0 and 2}}
  %3 = onnx.node "Conv"(%v, %w) <{name = "conv", node_attrs = {pads = [0 : i64, 0 : i64, 0 : i64, 2 : i64]}, version = 20 : i64}> : (tensor<1x1x4x5xf32>, tensor<3x1x1x3xf32>) -> tensor<1x3x4x5xf32>
  %4 = onnx.node "Einsum"(%q, %3) <{node_attrs = {equation = "bhkn,bkvn->bhvn"}, version = 20 : i64}> : (tensor<1x2x3x5xf32>, tensor<1x3x4x5xf32>) -> tensor<1x2x4x5xf32>
  %5 = onnx.node "Add"(%2, %4) <{name = "sum", version = 20 : i64}> : (tensor<1x2x4x5xf32>, tensor<1x2x4x5xf32>) -> tensor<1x2x4x5xf32>
  return %5 : tensor<1x2x4x5xf32>
}

// -----

// The keys are normalised over k, not over the context.
// CHECK-LABEL: func.func @other_softmax
// CHECK-NOT: mix.
func.func @other_softmax(%q: tensor<1x2x3x5xf32>, %k: tensor<1x1x3x5xf32>, %v: tensor<1x1x4x5xf32>) -> tensor<1x2x4x5xf32> {
  // expected-remark @+1 {{node "y" (Einsum) is not raised to mix.lambda: at node "softmax" (Softmax), the softmax of its keys runs over the key dimension, not over the context}}
  %0 = onnx.node "Softmax"(%k) <{name = "softmax", node_attrs = {axis = 2 : i64}, version = 20 : i64}> : (tensor<1x1x3x5xf32>) -> tensor<1x1x3x5xf32>
  %1 = onnx.node "Einsum"(%0, %v) <{node_attrs = {equation = "bukm,buvm->bkv"}, version = 20 : i64}> : (tensor<1x1x3x5xf32>, tensor<1x1x4x5xf32>) -> tensor<1x3x4xf32>
  %2 = onnx.node "Einsum"(%q, %1) <{name = "y", node_attrs = {equation = "bhkn,bkv->bhvn"}, version = 20 : i64}> : (tensor<1x2x3x5xf32>, tensor<1x3x4xf32>) -> tensor<1x2x4x5xf32>
  return %2 : tensor<1x2x4x5xf32>
}
