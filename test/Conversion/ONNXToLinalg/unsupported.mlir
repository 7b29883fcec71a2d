// RUN: not fourmix-opt %s --convert-onnx-to-linalg 2>&1 | FileCheck %s

// All nodes without a lowering stand in one error, with domain, version, count and names.
// CHECK: error: 4 nodes have no lowering to linalg:
// CHECK-NEXT: Spin, domain com.acme, version 3, 2 nodes: "a", "c"
// CHECK-NEXT: Gradient, domain ai.onnx, version 20, 1 node: "b"
// The row of Mod begins with version 10.
// CHECK-NEXT: Mod, domain ai.onnx, version 9, 1 node: "d"
// CHECK-NOT: error:
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = onnx.node "Spin"(%x) <{domain = "com.acme", name = "a", version = 3 : i64}> : (tensor<4xf32>) -> tensor<4xf32>
  %1 = onnx.node "Gradient"(%0) <{name = "b", version = 20 : i64}> : (tensor<4xf32>) -> tensor<4xf32>
  %2 = onnx.node "Spin"(%1) <{domain = "com.acme", name = "c", version = 3 : i64}> : (tensor<4xf32>) -> tensor<4xf32>
  %3 = onnx.node "Relu"(%2) <{name = "fine", version = 20 : i64}> : (tensor<4xf32>) -> tensor<4xf32>
  %4 = onnx.node "Mod"(%3, %3) <{name = "d", version = 9 : i64}> : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %4 : tensor<4xf32>
}
