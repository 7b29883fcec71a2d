// Kernelised attention: the same sums above and below the line, with and without the values.
//
// RUN: fourmix-opt %s --convert-onnx-to-mix | FileCheck %s

// CHECK-LABEL: func.func @state
// CHECK: %[[Y:.*]] = mix.linear_attention %arg0, %arg1, %arg2 heads 3 kv_heads 3 scale 1.000000e+00 normalised : (tensor<2x3x5x4xf32>, tensor<2x3x6x4xf32>, tensor<2x3x6x7xf32>) -> tensor<2x3x5x7xf32>
// CHECK-NEXT: return %[[Y]]
func.func @state(%q: tensor<2x3x5x4xf32>, %k: tensor<2x3x6x4xf32>, %v: tensor<2x3x6x7xf32>) -> tensor<2x3x5x7xf32> {
  %axis = onnx.constant dense<2> : tensor<1xi64>
  %kt = onnx.node "Transpose"(%k) <{node_attrs = {perm = [0, 1, 3, 2]}, version = 20 : i64}> : (tensor<2x3x6x4xf32>) -> tensor<2x3x4x6xf32>
  %s = onnx.node "MatMul"(%kt, %v) <{version = 20 : i64}> : (tensor<2x3x4x6xf32>, tensor<2x3x6x7xf32>) -> tensor<2x3x4x7xf32>
  %a = onnx.node "MatMul"(%q, %s) <{version = 20 : i64}> : (tensor<2x3x5x4xf32>, tensor<2x3x4x7xf32>) -> tensor<2x3x5x7xf32>
  %t = onnx.node "ReduceSum"(%k, %axis) <{version = 20 : i64}> : (tensor<2x3x6x4xf32>, tensor<1xi64>) -> tensor<2x3x1x4xf32>
  %u = onnx.node "Transpose"(%t) <{node_attrs = {perm = [0, 1, 3, 2]}, version = 20 : i64}> : (tensor<2x3x1x4xf32>) -> tensor<2x3x4x1xf32>
  %b = onnx.node "MatMul"(%q, %u) <{version = 20 : i64}> : (tensor<2x3x5x4xf32>, tensor<2x3x4x1xf32>) -> tensor<2x3x5x1xf32>
  %y = onnx.node "Div"(%a, %b) <{version = 20 : i64}> : (tensor<2x3x5x7xf32>, tensor<2x3x5x1xf32>) -> tensor<2x3x5x7xf32>
  return %y : tensor<2x3x5x7xf32>
}

// Other keys below the line: another thing.
// CHECK-LABEL: func.func @other_keys
// CHECK-NOT: mix.
// CHECK: return
func.func @other_keys(%q: tensor<2x3x5x4xf32>, %k: tensor<2x3x6x4xf32>, %l: tensor<2x3x6x4xf32>, %v: tensor<2x3x6x7xf32>) -> tensor<2x3x5x7xf32> {
  %s = onnx.node "Einsum"(%k, %v) <{node_attrs = {equation = "bhjm,bhjv->bhmv"}, version = 20 : i64}> : (tensor<2x3x6x4xf32>, tensor<2x3x6x7xf32>) -> tensor<2x3x4x7xf32>
  %a = onnx.node "MatMul"(%q, %s) <{version = 20 : i64}> : (tensor<2x3x5x4xf32>, tensor<2x3x4x7xf32>) -> tensor<2x3x5x7xf32>
  %axis = onnx.constant dense<2> : tensor<1xi64>
  %t = onnx.node "ReduceSum"(%l, %axis) <{version = 20 : i64}> : (tensor<2x3x6x4xf32>, tensor<1xi64>) -> tensor<2x3x1x4xf32>
  %b = onnx.node "Einsum"(%q, %t) <{node_attrs = {equation = "bhim,bhjm->bhij"}, version = 20 : i64}> : (tensor<2x3x5x4xf32>, tensor<2x3x1x4xf32>) -> tensor<2x3x5x1xf32>
  %y = onnx.node "Div"(%a, %b) <{version = 20 : i64}> : (tensor<2x3x5x7xf32>, tensor<2x3x5x1xf32>) -> tensor<2x3x5x7xf32>
  return %y : tensor<2x3x5x7xf32>
}
