// RUN: not fourmix-opt %s --convert-onnx-to-linalg 2>&1 | FileCheck %s

// All nodes without a lowering stand in one error, with domain, version, count and names.
// CHECK: error: 4 nodes have no lowering to linalg:
// CHECK-NEXT: Spin, domain com.acme, version 3, 2 nodes: "a", "c"
// CHECK-NEXT: LSTM, domain ai.onnx, version 20, 1 node: "b"
// The row of Add begins with version 7.
// CHECK-NEXT: Add, domain ai.onnx, version 6, 1 node: "d"
// CHECK-NOT: error:
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = onnx.node "Spin"(%x) <{domain = "com.acme", name = "a", version = 3 : i64}> : (tensor<4xf32>) -> tensor<4xf32>
  %1 = onnx.node "LSTM"(%0) <{name = "b", version = 20 : i64}> : (tensor<4xf32>) -> tensor<4xf32>
  %2 = onnx.node "Spin"(%1) <{domain = "com.acme", name = "c", version = 3 : i64}> : (tensor<4xf32>) -> tensor<4xf32>
  %3 = onnx.node "Relu"(%2) <{name = "fine", version = 20 : i64}> : (tensor<4xf32>) -> tensor<4xf32>
  %4 = onnx.node "Add"(%3, %3) <{name = "d", version = 6 : i64}> : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %4 : tensor<4xf32>
}
