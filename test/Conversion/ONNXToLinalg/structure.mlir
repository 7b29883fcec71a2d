// RUN: fourmix-opt %s --convert-onnx-to-linalg --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s

// The bias is a projection of the result, the scalar stands in the body, the op carries the node's location.
// CHECK-LABEL: func.func @broadcast
// CHECK: linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%{{.*}}, %{{.*}} : tensor<2x3x4xf32>, tensor<4xf32>)
// CHECK: arith.addf
// CHECK: loc("encoder/add")
// CHECK: linalg.generic {{.*}} ins(%{{[^ ,]*}} : tensor<2x3x4xf32>)
// CHECK: arith.constant 5.000000e-01 : f32
// CHECK: arith.mulf
func.func @broadcast(%x: tensor<2x3x4xf32>, %bias: tensor<1x4xf32>) -> tensor<2x3x4xf32> {
  %half = onnx.constant "half" dense<0.5> : tensor<f32>
  %0 = onnx.node "Add"(%x, %bias) <{version = 20 : i64}> : (tensor<2x3x4xf32>, tensor<1x4xf32>) -> tensor<2x3x4xf32> loc("encoder/add")
  %1 = onnx.node "Mul"(%0, %half) <{version = 20 : i64}> : (tensor<2x3x4xf32>, tensor<f32>) -> tensor<2x3x4xf32>
  return %1 : tensor<2x3x4xf32>
}

// One right-hand side: the batch is more rows.
// CHECK-LABEL: func.func @matmul
// CHECK: %[[W:.*]] = arith.constant dense_resource<weight> : tensor<4x5xf32>
// CHECK: %[[ROWS:.*]] = tensor.collapse_shape %{{.*}} {{\[}}[0, 1], [2]] : tensor<2x3x4xf32> into tensor<6x4xf32>
// CHECK: linalg.fill
// CHECK: linalg.matmul ins(%[[ROWS]], %[[W]] : tensor<6x4xf32>, tensor<4x5xf32>)
// CHECK: tensor.expand_shape {{.*}} : tensor<6x5xf32> into tensor<2x3x5xf32>
func.func @matmul(%x: tensor<2x3x4xf32>) -> tensor<2x3x5xf32> {
  %w = onnx.constant "w" dense_resource<weight> : tensor<4x5xf32>
  %0 = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x3x4xf32>, tensor<4x5xf32>) -> tensor<2x3x5xf32>
  return %0 : tensor<2x3x5xf32>
}

// CHECK-LABEL: func.func @batch_matmul
// CHECK: linalg.batch_matmul ins({{.*}} : tensor<6x4x5xf32>, tensor<6x5x7xf32>)
func.func @batch_matmul(%x: tensor<2x3x4x5xf32>, %y: tensor<2x3x5x7xf32>) -> tensor<2x3x4x7xf32> {
  %0 = onnx.node "MatMul"(%x, %y) <{version = 20 : i64}> : (tensor<2x3x4x5xf32>, tensor<2x3x5x7xf32>) -> tensor<2x3x4x7xf32>
  return %0 : tensor<2x3x4x7xf32>
}

// The einsum of a dense Fourier mixing: two matrix products, the cheaper one first, nothing transposed.
// CHECK-LABEL: func.func @einsum
// CHECK-NOT: linalg.generic
// CHECK: linalg.matmul ins({{.*}} : tensor<24x36xf32>, tensor<36x36xf32>)
// CHECK-NOT: linalg.generic
// CHECK: linalg.matmul ins({{.*}} : tensor<24x24xf32>, tensor<24x36xf32>)
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @einsum(%x: tensor<1x24x36xf32>, %d: tensor<36x36xf32>, %n: tensor<24x24xf32>) -> tensor<1x24x36xf32> {
  %0 = onnx.node "Einsum"(%x, %d, %n) <{node_attrs = {equation = "bij,jk,ni->bnk"}, version = 20 : i64}> : (tensor<1x24x36xf32>, tensor<36x36xf32>, tensor<24x24xf32>) -> tensor<1x24x36xf32>
  return %0 : tensor<1x24x36xf32>
}

// The transposition of a constant is done here.
// CHECK-LABEL: func.func @gemm
// CHECK: %[[W:.*]] = arith.constant dense<{{\[}}[1.000000e+00, 4.000000e+00], [2.000000e+00, 5.000000e+00], [3.000000e+00, 6.000000e+00]]>
// CHECK: linalg.matmul ins(%{{.*}}, %[[W]] : tensor<7x3xf32>, tensor<3x2xf32>)
func.func @gemm(%x: tensor<7x3xf32>, %bias: tensor<2xf32>) -> tensor<7x2xf32> {
  %w = onnx.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %0 = onnx.node "Gemm"(%x, %w, %bias) <{node_attrs = {transB = 1 : i64}, version = 20 : i64}> : (tensor<7x3xf32>, tensor<2x3xf32>, tensor<2xf32>) -> tensor<7x2xf32>
  return %0 : tensor<7x2xf32>
}

// Movement of unit dimensions is a reshape; a scalar index is a slice.
// CHECK-LABEL: func.func @views
// CHECK-NOT: linalg.generic
// CHECK: tensor.extract_slice %{{.*}}[0, 2, 0] [1, 1, 4] [1, 1, 1]
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @views(%x: tensor<3x1x4xf32>) -> tensor<4xf32> {
  %two = onnx.constant dense<-1> : tensor<i64>
  %0 = onnx.node "Transpose"(%x) <{node_attrs = {perm = [1 : i64, 0 : i64, 2 : i64]}, version = 20 : i64}> : (tensor<3x1x4xf32>) -> tensor<1x3x4xf32>
  %1 = onnx.node "Gather"(%0, %two) <{node_attrs = {axis = 1 : i64}, version = 20 : i64}> : (tensor<1x3x4xf32>, tensor<i64>) -> tensor<1x4xf32>
  %2 = onnx.node "Reshape"(%1) <{version = 20 : i64}> : (tensor<1x4xf32>) -> tensor<4xf32>
  return %2 : tensor<4xf32>
}

// linalg has no unsigned integers; the function remembers its type.
// CHECK-LABEL: func.func @unsigned
// CHECK-SAME: tensor<4xi8> {onnx.type = tensor<4xui8>}
// CHECK-SAME: -> (tensor<4xi8> {onnx.type = tensor<4xui8>})
// CHECK: arith.divui
func.func @unsigned(%x: tensor<4xui8>) -> tensor<4xui8> {
  %0 = onnx.node "Div"(%x, %x) <{version = 20 : i64}> : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xui8>
  return %0 : tensor<4xui8>
}

{-#
  dialect_resources: {
    builtin: {
      weight: "0x040000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    }
  }
#-}
