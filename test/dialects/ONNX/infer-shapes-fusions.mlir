// Fused operators of com.microsoft become what they stand for. Models with most of them run in test/models.
//
// RUN: fourmix-opt %s --onnx-infer-shapes --split-input-file --verify-diagnostics | FileCheck %s

// The sum is a result, too; statistics that nobody names are not made.
// CHECK-LABEL: func.func @main
func.func @main(%x: tensor<2x4x8xf32>, %skip: tensor<2x4x8xf32>, %g: tensor<8xf32>, %b: tensor<8xf32>) -> (!onnx.unknown, !onnx.unknown) {
  %none = onnx.none
  // CHECK: %[[SUM:.+]] = onnx.node "Add"(%arg0, %arg1)
  // CHECK: %[[BIASED:.+]] = onnx.node "Add"(%[[SUM]], %arg3)
  // CHECK: %[[NORM:.+]] = onnx.node "LayerNormalization"(%[[BIASED]], %arg2)
  // CHECK-SAME: epsilon = 9.99999974E-6 : f32
  // CHECK: return %[[NORM]], %[[BIASED]]
  %0:4 = onnx.node "SkipLayerNormalization"(%x, %skip, %g, %none, %b) <{domain = "com.microsoft", node_attrs = {epsilon = 1.0e-5 : f32}, output_names = ["y", "", "", "sum"], version = 1 : i64}>
    : (tensor<2x4x8xf32>, tensor<2x4x8xf32>, tensor<8xf32>, !onnx.none, tensor<8xf32>) -> (!onnx.unknown, !onnx.none, !onnx.none, !onnx.unknown)
  return %0#0, %0#3 : !onnx.unknown, !onnx.unknown
}

// -----

// CHECK-LABEL: func.func @main
func.func @main(%a: tensor<3x2x6x4xf32>, %b: tensor<2x6x5x4xf32>) -> !onnx.unknown {
  // The first axis becomes the last but one: [2, 6, 3, 4].
  // CHECK: %[[A:.+]] = onnx.node "Transpose"(%arg0) <{node_attrs = {perm = [1, 2, 0, 3]}
  // CHECK: %[[B:.+]] = onnx.node "Transpose"(%arg1) <{node_attrs = {perm = [0, 1, 3, 2]}
  // CHECK: %[[P:.+]] = onnx.node "MatMul"(%[[A]], %[[B]])
  // CHECK: onnx.node "Mul"(%[[P]]
  %0 = onnx.node "FusedMatMul"(%a, %b) <{domain = "com.microsoft", node_attrs = {alpha = 0.5 : f32, transB = 1 : i64, transBatchA = 1 : i64}, version = 1 : i64}>
    : (tensor<3x2x6x4xf32>, tensor<2x6x5x4xf32>) -> !onnx.unknown
  return %0 : !onnx.unknown
}

// -----

func.func @main(%a: tensor<3x4xf32>, %b: tensor<4x5xf32>) -> !onnx.unknown {
  // expected-error @+1 {{expected an activation of FusedGemm that is known, found 'Mish'}}
  %0 = onnx.node "FusedGemm"(%a, %b) <{domain = "com.microsoft", name = "fc", node_attrs = {activation = "Mish"}, version = 1 : i64}>
    : (tensor<3x4xf32>, tensor<4x5xf32>) -> !onnx.unknown
  return %0 : !onnx.unknown
}

// -----

func.func @main(%a: tensor<3x4xf32>) -> !onnx.unknown {
  // expected-error @+1 {{expected input 1, which SkipLayerNormalization requires, found none}}
  %0 = onnx.node "SkipLayerNormalization"(%a) <{domain = "com.microsoft", name = "norm", version = 1 : i64}> : (tensor<3x4xf32>) -> !onnx.unknown
  return %0 : !onnx.unknown
}
