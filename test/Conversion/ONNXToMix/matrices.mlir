// Re(F_n x F_d) = C_n x C_d - S_n x S_d with constant cosine and sine matrices: products, Gemm, Einsum, in any order, sign
// and transposition. The constants are compared with cos and sin (2 pi j k / N); nothing goes by name.
//
// RUN: fourmix-opt %s --convert-onnx-to-mix --split-input-file \
// RUN: | FileCheck %s --implicit-check-not="onnx.node \"MatMul" --implicit-check-not="onnx.node \"Einsum" --implicit-check-not=onnx.constant

// C_n (x C_d) - S_n (x S_d).
// CHECK-LABEL: func.func @products
// CHECK-SAME: (%[[X:.*]]: tensor<2x4x6xf32>)
// CHECK-NEXT: %[[Y:.*]] = mix.fourier %[[X]] sequence 1 hidden 2
// CHECK-NEXT: return %[[Y]]
func.func @products(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %cn = onnx.constant dense<[[1.0, 1.0, 1.0, 1.0], [1.0, 0.0, -1.0, 0.0], [1.0, -1.0, 1.0, -1.0], [1.0, 0.0, -1.0, 0.0]]> : tensor<4x4xf32>
  %sn = onnx.constant dense<[[0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, -1.0], [0.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 1.0]]> : tensor<4x4xf32>
  %cd = onnx.constant dense<[[1.0, 1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 0.5, -0.5, -1.0, -0.5, 0.5], [1.0, -0.5, -0.5, 1.0, -0.5, -0.5], [1.0, -1.0, 1.0, -1.0, 1.0, -1.0], [1.0, -0.5, -0.5, 1.0, -0.5, -0.5], [1.0, 0.5, -0.5, -1.0, -0.5, 0.5]]> : tensor<6x6xf32>
  %sd = onnx.constant dense<[[0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.866025404, 0.866025404, 0.0, -0.866025404, -0.866025404], [0.0, 0.866025404, -0.866025404, 0.0, 0.866025404, -0.866025404], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, -0.866025404, 0.866025404, 0.0, -0.866025404, 0.866025404], [0.0, -0.866025404, -0.866025404, 0.0, 0.866025404, 0.866025404]]> : tensor<6x6xf32>
  %0 = onnx.node "MatMul"(%x, %cd) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<6x6xf32>) -> tensor<2x4x6xf32>
  %1 = onnx.node "MatMul"(%cn, %0) <{version = 20 : i64}> : (tensor<4x4xf32>, tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  %2 = onnx.node "MatMul"(%x, %sd) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<6x6xf32>) -> tensor<2x4x6xf32>
  %3 = onnx.node "MatMul"(%sn, %2) <{version = 20 : i64}> : (tensor<4x4xf32>, tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  %4 = onnx.node "Sub"(%1, %3) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  return %4 : tensor<2x4x6xf32>
}

// -----

// (C_n x) C_d + (S_n x) (-S_d), the sequence axis first, a negated matrix instead of Sub.
// CHECK-LABEL: func.func @negated_sines
// CHECK-SAME: (%[[X:.*]]: tensor<2x4x6xf32>)
// CHECK-NEXT: %[[Y:.*]] = mix.fourier %[[X]] sequence 1 hidden 2
// CHECK-NEXT: return %[[Y]]
func.func @negated_sines(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %cn = onnx.constant dense<[[1.0, 1.0, 1.0, 1.0], [1.0, 0.0, -1.0, 0.0], [1.0, -1.0, 1.0, -1.0], [1.0, 0.0, -1.0, 0.0]]> : tensor<4x4xf32>
  %sn = onnx.constant dense<[[0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, -1.0], [0.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 1.0]]> : tensor<4x4xf32>
  %cd = onnx.constant dense<[[1.0, 1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 0.5, -0.5, -1.0, -0.5, 0.5], [1.0, -0.5, -0.5, 1.0, -0.5, -0.5], [1.0, -1.0, 1.0, -1.0, 1.0, -1.0], [1.0, -0.5, -0.5, 1.0, -0.5, -0.5], [1.0, 0.5, -0.5, -1.0, -0.5, 0.5]]> : tensor<6x6xf32>
  %md = onnx.constant dense<[[0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, -0.866025404, -0.866025404, 0.0, 0.866025404, 0.866025404], [0.0, -0.866025404, 0.866025404, 0.0, -0.866025404, 0.866025404], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.866025404, -0.866025404, 0.0, 0.866025404, -0.866025404], [0.0, 0.866025404, 0.866025404, 0.0, -0.866025404, -0.866025404]]> : tensor<6x6xf32>
  %0 = onnx.node "MatMul"(%cn, %x) <{version = 20 : i64}> : (tensor<4x4xf32>, tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  %1 = onnx.node "MatMul"(%0, %cd) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<6x6xf32>) -> tensor<2x4x6xf32>
  %2 = onnx.node "MatMul"(%sn, %x) <{version = 20 : i64}> : (tensor<4x4xf32>, tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  %3 = onnx.node "MatMul"(%2, %md) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<6x6xf32>) -> tensor<2x4x6xf32>
  %4 = onnx.node "Add"(%3, %1) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  return %4 : tensor<2x4x6xf32>
}

// -----

// -(S_n x S_d - C_n x C_d).
// CHECK-LABEL: func.func @sub_reversed
// CHECK-SAME: (%[[X:.*]]: tensor<2x4x6xf32>)
// CHECK-NEXT: %[[Y:.*]] = mix.fourier %[[X]] sequence 1 hidden 2
// CHECK-NEXT: return %[[Y]]
func.func @sub_reversed(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %cn = onnx.constant dense<[[1.0, 1.0, 1.0, 1.0], [1.0, 0.0, -1.0, 0.0], [1.0, -1.0, 1.0, -1.0], [1.0, 0.0, -1.0, 0.0]]> : tensor<4x4xf32>
  %sn = onnx.constant dense<[[0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, -1.0], [0.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 1.0]]> : tensor<4x4xf32>
  %cd = onnx.constant dense<[[1.0, 1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 0.5, -0.5, -1.0, -0.5, 0.5], [1.0, -0.5, -0.5, 1.0, -0.5, -0.5], [1.0, -1.0, 1.0, -1.0, 1.0, -1.0], [1.0, -0.5, -0.5, 1.0, -0.5, -0.5], [1.0, 0.5, -0.5, -1.0, -0.5, 0.5]]> : tensor<6x6xf32>
  %sd = onnx.constant dense<[[0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.866025404, 0.866025404, 0.0, -0.866025404, -0.866025404], [0.0, 0.866025404, -0.866025404, 0.0, 0.866025404, -0.866025404], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, -0.866025404, 0.866025404, 0.0, -0.866025404, 0.866025404], [0.0, -0.866025404, -0.866025404, 0.0, 0.866025404, 0.866025404]]> : tensor<6x6xf32>
  %0 = onnx.node "MatMul"(%x, %cd) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<6x6xf32>) -> tensor<2x4x6xf32>
  %1 = onnx.node "MatMul"(%cn, %0) <{version = 20 : i64}> : (tensor<4x4xf32>, tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  %2 = onnx.node "MatMul"(%x, %sd) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<6x6xf32>) -> tensor<2x4x6xf32>
  %3 = onnx.node "MatMul"(%sn, %2) <{version = 20 : i64}> : (tensor<4x4xf32>, tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  %4 = onnx.node "Sub"(%3, %1) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  %5 = onnx.node "Neg"(%4) <{version = 20 : i64}> : (tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  return %5 : tensor<2x4x6xf32>
}

// -----

// Two einsums and their difference, as the dense variants of FNet are exported.
// CHECK-LABEL: func.func @einsum
// CHECK-SAME: (%[[X:.*]]: tensor<2x4x6xf32>)
// CHECK-NEXT: %[[Y:.*]] = mix.fourier %[[X]] sequence 1 hidden 2
// CHECK-NEXT: return %[[Y]]
func.func @einsum(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %cn = onnx.constant dense<[[1.0, 1.0, 1.0, 1.0], [1.0, 0.0, -1.0, 0.0], [1.0, -1.0, 1.0, -1.0], [1.0, 0.0, -1.0, 0.0]]> : tensor<4x4xf32>
  %sn = onnx.constant dense<[[0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, -1.0], [0.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 1.0]]> : tensor<4x4xf32>
  %cd = onnx.constant dense<[[1.0, 1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 0.5, -0.5, -1.0, -0.5, 0.5], [1.0, -0.5, -0.5, 1.0, -0.5, -0.5], [1.0, -1.0, 1.0, -1.0, 1.0, -1.0], [1.0, -0.5, -0.5, 1.0, -0.5, -0.5], [1.0, 0.5, -0.5, -1.0, -0.5, 0.5]]> : tensor<6x6xf32>
  %sd = onnx.constant dense<[[0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.866025404, 0.866025404, 0.0, -0.866025404, -0.866025404], [0.0, 0.866025404, -0.866025404, 0.0, 0.866025404, -0.866025404], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, -0.866025404, 0.866025404, 0.0, -0.866025404, 0.866025404], [0.0, -0.866025404, -0.866025404, 0.0, 0.866025404, 0.866025404]]> : tensor<6x6xf32>
  %0 = onnx.node "Einsum"(%x, %cd, %cn) <{node_attrs = {equation = "bij,jk,ni->bnk"}, version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<6x6xf32>, tensor<4x4xf32>) -> tensor<2x4x6xf32>
  %1 = onnx.node "Einsum"(%sd, %x, %sn) <{node_attrs = {equation = "kj, bij, in -> bnk"}, version = 20 : i64}> : (tensor<6x6xf32>, tensor<2x4x6xf32>, tensor<4x4xf32>) -> tensor<2x4x6xf32>
  %2 = onnx.node "Sub"(%0, %1) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  return %2 : tensor<2x4x6xf32>
}

// -----

// The batch axes of an einsum as an ellipsis.
// CHECK-LABEL: func.func @ellipsis
// CHECK-SAME: (%[[X:.*]]: tensor<2x4x6xf32>)
// CHECK-NEXT: %[[Y:.*]] = mix.fourier %[[X]] sequence 1 hidden 2
// CHECK-NEXT: return %[[Y]]
func.func @ellipsis(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %cn = onnx.constant dense<[[1.0, 1.0, 1.0, 1.0], [1.0, 0.0, -1.0, 0.0], [1.0, -1.0, 1.0, -1.0], [1.0, 0.0, -1.0, 0.0]]> : tensor<4x4xf32>
  %sn = onnx.constant dense<[[0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, -1.0], [0.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 1.0]]> : tensor<4x4xf32>
  %cd = onnx.constant dense<[[1.0, 1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 0.5, -0.5, -1.0, -0.5, 0.5], [1.0, -0.5, -0.5, 1.0, -0.5, -0.5], [1.0, -1.0, 1.0, -1.0, 1.0, -1.0], [1.0, -0.5, -0.5, 1.0, -0.5, -0.5], [1.0, 0.5, -0.5, -1.0, -0.5, 0.5]]> : tensor<6x6xf32>
  %sd = onnx.constant dense<[[0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.866025404, 0.866025404, 0.0, -0.866025404, -0.866025404], [0.0, 0.866025404, -0.866025404, 0.0, 0.866025404, -0.866025404], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, -0.866025404, 0.866025404, 0.0, -0.866025404, 0.866025404], [0.0, -0.866025404, -0.866025404, 0.0, 0.866025404, 0.866025404]]> : tensor<6x6xf32>
  %0 = onnx.node "Einsum"(%x, %cd, %cn) <{node_attrs = {equation = "...ij,jk,ni->...nk"}, version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<6x6xf32>, tensor<4x4xf32>) -> tensor<2x4x6xf32>
  %1 = onnx.node "Einsum"(%x, %sd, %sn) <{node_attrs = {equation = "...ij,jk,ni->...nk"}, version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<6x6xf32>, tensor<4x4xf32>) -> tensor<2x4x6xf32>
  %2 = onnx.node "Sub"(%0, %1) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  return %2 : tensor<2x4x6xf32>
}

// -----

// Rank 2: Gemm with its transpositions and alpha.
// CHECK-LABEL: func.func @gemm
// CHECK-SAME: (%[[X:.*]]: tensor<4x6xf32>)
// CHECK-NEXT: %[[Y:.*]] = mix.fourier %[[X]] sequence 0 hidden 1
// CHECK-NEXT: return %[[Y]]
func.func @gemm(%x: tensor<4x6xf32>) -> tensor<4x6xf32> {
  %cn = onnx.constant dense<[[1.0, 1.0, 1.0, 1.0], [1.0, 0.0, -1.0, 0.0], [1.0, -1.0, 1.0, -1.0], [1.0, 0.0, -1.0, 0.0]]> : tensor<4x4xf32>
  %sn = onnx.constant dense<[[0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, -1.0], [0.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 1.0]]> : tensor<4x4xf32>
  %cd = onnx.constant dense<[[1.0, 1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 0.5, -0.5, -1.0, -0.5, 0.5], [1.0, -0.5, -0.5, 1.0, -0.5, -0.5], [1.0, -1.0, 1.0, -1.0, 1.0, -1.0], [1.0, -0.5, -0.5, 1.0, -0.5, -0.5], [1.0, 0.5, -0.5, -1.0, -0.5, 0.5]]> : tensor<6x6xf32>
  %sd = onnx.constant dense<[[0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.866025404, 0.866025404, 0.0, -0.866025404, -0.866025404], [0.0, 0.866025404, -0.866025404, 0.0, 0.866025404, -0.866025404], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, -0.866025404, 0.866025404, 0.0, -0.866025404, 0.866025404], [0.0, -0.866025404, -0.866025404, 0.0, 0.866025404, 0.866025404]]> : tensor<6x6xf32>
  %0 = onnx.node "Gemm"(%x, %cd) <{node_attrs = {transB = 1 : i64}, version = 20 : i64}> : (tensor<4x6xf32>, tensor<6x6xf32>) -> tensor<4x6xf32>
  %1 = onnx.node "Gemm"(%cn, %0) <{version = 20 : i64}> : (tensor<4x4xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = onnx.node "Gemm"(%sd, %x) <{node_attrs = {transB = 1 : i64, alpha = -1.0 : f32}, version = 20 : i64}> : (tensor<6x6xf32>, tensor<4x6xf32>) -> tensor<6x4xf32>
  %3 = onnx.node "Transpose"(%2) <{version = 20 : i64}> : (tensor<6x4xf32>) -> tensor<4x6xf32>
  %4 = onnx.node "Gemm"(%sn, %3) <{node_attrs = {transA = 1 : i64}, version = 20 : i64}> : (tensor<4x4xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %5 = onnx.node "Add"(%1, %4) <{version = 20 : i64}> : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %5 : tensor<4x6xf32>
}

// -----

// Only columns 0..d/2 by products; the others are mirrored by Slice and Concat.
// CHECK-LABEL: func.func @half_spectrum
// CHECK-SAME: (%[[X:.*]]: tensor<2x4x6xf32>)
// CHECK-NEXT: %[[Y:.*]] = mix.fourier %[[X]] sequence 1 hidden 2
// CHECK-NEXT: return %[[Y]]
func.func @half_spectrum(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %cn = onnx.constant dense<[[1.0, 1.0, 1.0, 1.0], [1.0, 0.0, -1.0, 0.0], [1.0, -1.0, 1.0, -1.0], [1.0, 0.0, -1.0, 0.0]]> : tensor<4x4xf32>
  %sn = onnx.constant dense<[[0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, -1.0], [0.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 1.0]]> : tensor<4x4xf32>
  %cd = onnx.constant dense<[[1.0, 1.0, 1.0, 1.0], [1.0, 0.5, -0.5, -1.0], [1.0, -0.5, -0.5, 1.0], [1.0, -1.0, 1.0, -1.0], [1.0, -0.5, -0.5, 1.0], [1.0, 0.5, -0.5, -1.0]]> : tensor<6x4xf32>
  %sd = onnx.constant dense<[[0.0, 0.0, 0.0, 0.0], [0.0, 0.866025404, 0.866025404, 0.0], [0.0, 0.866025404, -0.866025404, 0.0], [0.0, 0.0, 0.0, 0.0], [0.0, -0.866025404, 0.866025404, 0.0], [0.0, -0.866025404, -0.866025404, 0.0]]> : tensor<6x4xf32>
  %one = onnx.constant dense<1> : tensor<1xi64>
  %three = onnx.constant dense<3> : tensor<1xi64>
  %axis2 = onnx.constant dense<2> : tensor<1xi64>
  %minus = onnx.constant dense<-1> : tensor<2xi64>
  %lowest = onnx.constant dense<-9223372036854775808> : tensor<2xi64>
  %axes = onnx.constant dense<[1, 2]> : tensor<2xi64>
  %zero = onnx.constant dense<0> : tensor<1xi64>
  %four = onnx.constant dense<4> : tensor<1xi64>
  %axis1 = onnx.constant dense<1> : tensor<1xi64>
  %0 = onnx.node "MatMul"(%x, %cd) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<6x4xf32>) -> tensor<2x4x4xf32>
  %1 = onnx.node "MatMul"(%cn, %0) <{version = 20 : i64}> : (tensor<4x4xf32>, tensor<2x4x4xf32>) -> tensor<2x4x4xf32>
  %2 = onnx.node "MatMul"(%x, %sd) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<6x4xf32>) -> tensor<2x4x4xf32>
  %3 = onnx.node "MatMul"(%sn, %2) <{version = 20 : i64}> : (tensor<4x4xf32>, tensor<2x4x4xf32>) -> tensor<2x4x4xf32>
  %4 = onnx.node "Sub"(%1, %3) <{version = 20 : i64}> : (tensor<2x4x4xf32>, tensor<2x4x4xf32>) -> tensor<2x4x4xf32>
  %5 = onnx.node "Slice"(%4, %one, %three, %axis2) <{version = 20 : i64}> : (tensor<2x4x4xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<2x4x2xf32>
  %6 = onnx.node "Slice"(%5, %minus, %lowest, %axes, %minus) <{version = 20 : i64}> : (tensor<2x4x2xf32>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>) -> tensor<2x4x2xf32>
  %7 = onnx.node "Slice"(%6, %zero, %three, %axis1) <{version = 20 : i64}> : (tensor<2x4x2xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<2x3x2xf32>
  %8 = onnx.node "Slice"(%6, %three, %four, %axis1) <{version = 20 : i64}> : (tensor<2x4x2xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<2x1x2xf32>
  %9 = onnx.node "Concat"(%8, %7) <{node_attrs = {axis = 1 : i64}, version = 20 : i64}> : (tensor<2x1x2xf32>, tensor<2x3x2xf32>) -> tensor<2x4x2xf32>
  %10 = onnx.node "Concat"(%4, %9) <{node_attrs = {axis = -1 : i64}, version = 20 : i64}> : (tensor<2x4x4xf32>, tensor<2x4x2xf32>) -> tensor<2x4x6xf32>
  return %10 : tensor<2x4x6xf32>
}
