// Opsets without the operators that raising writes are left alone.
//
// RUN: fourmix-opt %s --convert-onnx-to-mix --remarks-filter=onnx-to-mix --remark-format=emitRemark 2>&1 | FileCheck %s

// CHECK: remark: {{.*}}nothing is raised: expected opset 9 or newer, found 8
// CHECK: "Softmax"
// CHECK-NOT: mix.
func.func @main(%q: tensor<2x5x4xf32>, %k: tensor<2x4x5xf32>, %v: tensor<2x5x4xf32>) -> tensor<2x5x4xf32> {
  %s = onnx.node "MatMul"(%q, %k) <{version = 8 : i64}> : (tensor<2x5x4xf32>, tensor<2x4x5xf32>) -> tensor<2x5x5xf32>
  %w = onnx.node "Softmax"(%s) <{node_attrs = {axis = 2 : i64}, version = 8 : i64}> : (tensor<2x5x5xf32>) -> tensor<2x5x5xf32>
  %y = onnx.node "MatMul"(%w, %v) <{version = 8 : i64}> : (tensor<2x5x5xf32>, tensor<2x5x4xf32>) -> tensor<2x5x4xf32>
  return %y : tensor<2x5x4xf32>
}
