// Nodes that contradict their types or lack inputs are left to those who report them: nothing crashes, nothing is raised.
//
// RUN: fourmix-opt %s --convert-onnx-to-mix --remark-format=emitRemark --remarks-filter="onnx-to-mix" 2>/dev/null \
// RUN: | FileCheck %s --implicit-check-not=mix.

// CHECK-LABEL: func.func @lacking_inputs
// CHECK-COUNT-9: onnx.node
func.func @lacking_inputs(%x: tensor<4x6xf32>, %z: tensor<4x6x2xf32>) -> tensor<4x6xf32> {
  %none = onnx.none
  %0 = onnx.node "Mul"(%x) <{version = 20 : i64}> : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = onnx.node "MatMul"(%0) <{version = 20 : i64}> : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = onnx.node "Slice"(%z) <{version = 20 : i64}> : (tensor<4x6x2xf32>) -> tensor<4x6x2xf32>
  %3 = onnx.node "Concat"(%2, %none) <{version = 20 : i64}> : (tensor<4x6x2xf32>, !onnx.none) -> tensor<4x6x2xf32>
  %4 = onnx.node "DFT"(%3, %none, %none) <{version = 20 : i64}> : (tensor<4x6x2xf32>, !onnx.none, !onnx.none) -> tensor<4x6x2xf32>
  %5 = onnx.node "DFT"(%4) <{version = 18 : i64}> : (tensor<4x6x2xf32>) -> tensor<4x6x2xf32>
  %6 = onnx.node "Gather"(%5) <{version = 20 : i64}> : (tensor<4x6x2xf32>) -> tensor<4x6xf32>
  %7 = onnx.node "Einsum"(%6) <{version = 20 : i64}> : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %8 = onnx.node "Identity"() <{version = 20 : i64}> : () -> tensor<4x6xf32>
  return %7 : tensor<4x6xf32>
}

// Axes, indices and permutations out of range, a step of 0, an equation that is none, types that do not follow.
// CHECK-LABEL: func.func @contradictions
// CHECK-COUNT-10: onnx.node
func.func @contradictions(%x: tensor<4x4xf32>, %z: tensor<4x4x2xf32>) -> tensor<4x4xf32> {
  %none = onnx.none
  %nine = onnx.constant dense<9> : tensor<i64>
  %zero = onnx.constant dense<0> : tensor<i64>
  %zeros = onnx.constant dense<0> : tensor<1xi64>
  %step = onnx.constant dense<0> : tensor<1xi64>
  %cosines = onnx.constant dense<[[1.0, 1.0, 1.0, 1.0], [1.0, 0.0, -1.0, 0.0], [1.0, -1.0, 1.0, -1.0], [1.0, 0.0, -1.0, 0.0]]> : tensor<4x4xf32>
  %0 = onnx.node "DFT"(%z, %none, %nine) <{version = 20 : i64}> : (tensor<4x4x2xf32>, !onnx.none, tensor<i64>) -> tensor<4x4x2xf32>
  %1 = onnx.node "DFT"(%0, %zero, %zero) <{version = 20 : i64}> : (tensor<4x4x2xf32>, tensor<i64>, tensor<i64>) -> tensor<4x4x2xf32>
  %2 = onnx.node "DFT"(%1, %nine) <{version = 20 : i64}> : (tensor<4x4x2xf32>, tensor<i64>) -> tensor<4x4x2xf32>
  %3 = onnx.node "Slice"(%2, %zeros, %zeros, %zeros, %step) <{version = 20 : i64}> : (tensor<4x4x2xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<4x4x2xf32>
  %4 = onnx.node "Gather"(%3, %nine) <{node_attrs = {axis = 2 : i64}, version = 20 : i64}> : (tensor<4x4x2xf32>, tensor<i64>) -> tensor<4x4xf32>
  %5 = onnx.node "MatMul"(%4, %cosines) <{version = 20 : i64}> : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %6 = onnx.node "Transpose"(%5) <{node_attrs = {perm = [1, 1]}, version = 20 : i64}> : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %7 = onnx.node "Einsum"(%6, %cosines) <{node_attrs = {equation = "ii,,jk>"}, version = 20 : i64}> : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %8 = onnx.node "Einsum"(%7, %cosines) <{node_attrs = {equation = "ij,jk->ki..."}, version = 20 : i64}> : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %9 = onnx.node "Reshape"(%8) <{version = 20 : i64}> : (tensor<4x4xf32>) -> tensor<4x4xf32>
  return %9 : tensor<4x4xf32>
}

// CHECK-LABEL: func.func @no_elements
// CHECK-COUNT-3: onnx.node
func.func @no_elements(%x: tensor<0x4x6xf32>) -> tensor<0x4x6xf32> {
  %last = onnx.constant dense<-1> : tensor<1xi64>
  %none = onnx.none
  %one = onnx.constant dense<1> : tensor<i64>
  %zero = onnx.constant dense<0> : tensor<i64>
  %0 = onnx.node "Unsqueeze"(%x, %last) <{version = 20 : i64}> : (tensor<0x4x6xf32>, tensor<1xi64>) -> tensor<0x4x6x1xf32>
  %1 = onnx.node "DFT"(%0, %none, %one) <{version = 20 : i64}> : (tensor<0x4x6x1xf32>, !onnx.none, tensor<i64>) -> tensor<0x4x6x2xf32>
  %2 = onnx.node "Gather"(%1, %zero) <{node_attrs = {axis = 3 : i64}, version = 20 : i64}> : (tensor<0x4x6x2xf32>, tensor<i64>) -> tensor<0x4x6xf32>
  return %2 : tensor<0x4x6xf32>
}

// What attentions are made of, without inputs or with impossible ones.
// CHECK-LABEL: func.func @lacking_weights
// CHECK-COUNT-20: onnx.node
func.func @lacking_weights(%x: tensor<4x4xf32>, %b: tensor<2x5xi1>) -> tensor<4x4xf32> {
  %none = onnx.none
  %nine = onnx.constant dense<9> : tensor<i64>
  %mask = onnx.constant dense<true> : tensor<2x5xi1>
  %zero = onnx.constant dense<0.0> : tensor<f32>
  %0 = onnx.node "CumSum"(%x) <{version = 20 : i64}> : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = onnx.node "CumSum"(%0, %nine) <{version = 20 : i64}> : (tensor<4x4xf32>, tensor<i64>) -> tensor<4x4xf32>
  %2 = onnx.node "CumSum"() <{version = 20 : i64}> : () -> tensor<4x4xf32>
  %3 = onnx.node "MatMul"(%1, %2) <{version = 20 : i64}> : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %4 = onnx.node "Trilu"() <{version = 20 : i64}> : () -> tensor<4x4xf32>
  %5 = onnx.node "Trilu"(%3, %nine) <{version = 20 : i64}> : (tensor<4x4xf32>, tensor<i64>) -> tensor<4x4xf32>
  %6 = onnx.node "Where"(%mask, %5, %zero) <{version = 20 : i64}> : (tensor<2x5xi1>, tensor<4x4xf32>, tensor<f32>) -> tensor<4x4xf32>
  %7 = onnx.node "Where"(%b) <{version = 20 : i64}> : (tensor<2x5xi1>) -> tensor<4x4xf32>
  %8 = onnx.node "Reciprocal"() <{version = 20 : i64}> : () -> tensor<4x4xf32>
  %9 = onnx.node "Mul"(%6, %8) <{version = 20 : i64}> : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %10 = onnx.node "Div"(%9) <{version = 20 : i64}> : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %11 = onnx.node "Exp"() <{version = 20 : i64}> : () -> tensor<4x4xf32>
  %12 = onnx.node "ReduceSum"() <{version = 20 : i64}> : () -> tensor<4x1xf32>
  %13 = onnx.node "Div"(%11, %12) <{version = 20 : i64}> : (tensor<4x4xf32>, tensor<4x1xf32>) -> tensor<4x4xf32>
  %14 = onnx.node "ReduceLogSumExp"() <{version = 20 : i64}> : () -> tensor<4x1xf32>
  %15 = onnx.node "Sub"(%13, %14) <{version = 20 : i64}> : (tensor<4x4xf32>, tensor<4x1xf32>) -> tensor<4x4xf32>
  %16 = onnx.node "Exp"(%15) <{version = 20 : i64}> : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %17 = onnx.node "MatMul"(%16, %4) <{version = 20 : i64}> : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %18 = onnx.node "Add"(%17, %7) <{version = 20 : i64}> : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %19 = onnx.node "Div"(%18, %10) <{version = 20 : i64}> : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %19 : tensor<4x4xf32>
}
