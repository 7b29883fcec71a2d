// What looks like FNet's mixing and is not does not become it, and a remark says which condition failed where. Products
// with matrices that are no DFT are mixing by matrices, mix.linear; everything else stays exactly as it is.
//
// RUN: fourmix-opt %s --convert-onnx-to-mix --split-input-file --verify-diagnostics \
// RUN:   --remark-format=emitRemark --remarks-filter-missed="onnx-to-mix"
// RUN: fourmix-opt %s --convert-onnx-to-mix --split-input-file | FileCheck %s --implicit-check-not=mix.fourier

// Gather takes index 1.
// CHECK-LABEL: func.func @imaginary_part
// CHECK: onnx.node "Unsqueeze"
// CHECK: onnx.node "Concat"
// CHECK: onnx.node "DFT"
// CHECK: onnx.node "DFT"
// CHECK: onnx.node "Gather"
func.func @imaginary_part(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %last = onnx.constant dense<-1> : tensor<1xi64>
  %zeros = onnx.constant dense<0.0> : tensor<2x4x6x1xf32>
  %none = onnx.none
  %two = onnx.constant dense<2> : tensor<i64>
  %one = onnx.constant dense<1> : tensor<i64>
  %zero = onnx.constant dense<0> : tensor<i64>
  %0 = onnx.node "Unsqueeze"(%x, %last) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<1xi64>) -> tensor<2x4x6x1xf32>
  %1 = onnx.node "Concat"(%0, %zeros) <{node_attrs = {axis = -1 : i64}, version = 20 : i64}> : (tensor<2x4x6x1xf32>, tensor<2x4x6x1xf32>) -> tensor<2x4x6x2xf32>
  %2 = onnx.node "DFT"(%1, %none, %two) <{version = 20 : i64}> : (tensor<2x4x6x2xf32>, !onnx.none, tensor<i64>) -> tensor<2x4x6x2xf32>
  %3 = onnx.node "DFT"(%2, %none, %one) <{version = 20 : i64}> : (tensor<2x4x6x2xf32>, !onnx.none, tensor<i64>) -> tensor<2x4x6x2xf32>
  // expected-remark @+1 {{node "select" (Gather) is not raised to mix.fourier: the imaginary part is taken, not the real part}}
  %select = onnx.node "Gather"(%3, %one) <{name = "select", node_attrs = {axis = 3 : i64}, version = 20 : i64}> : (tensor<2x4x6x2xf32>, tensor<i64>) -> tensor<2x4x6xf32>
  return %select : tensor<2x4x6xf32>
}

// -----

// One of the two transforms goes the other way.
// CHECK-LABEL: func.func @inverse_on_one_axis
// CHECK: onnx.node "Unsqueeze"
// CHECK: onnx.node "Concat"
// CHECK: onnx.node "DFT"
// CHECK: onnx.node "DFT"
// CHECK: onnx.node "Gather"
func.func @inverse_on_one_axis(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %last = onnx.constant dense<-1> : tensor<1xi64>
  %zeros = onnx.constant dense<0.0> : tensor<2x4x6x1xf32>
  %none = onnx.none
  %two = onnx.constant dense<2> : tensor<i64>
  %one = onnx.constant dense<1> : tensor<i64>
  %zero = onnx.constant dense<0> : tensor<i64>
  %0 = onnx.node "Unsqueeze"(%x, %last) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<1xi64>) -> tensor<2x4x6x1xf32>
  %1 = onnx.node "Concat"(%0, %zeros) <{node_attrs = {axis = -1 : i64}, version = 20 : i64}> : (tensor<2x4x6x1xf32>, tensor<2x4x6x1xf32>) -> tensor<2x4x6x2xf32>
  %2 = onnx.node "DFT"(%1, %none, %two) <{version = 20 : i64}> : (tensor<2x4x6x2xf32>, !onnx.none, tensor<i64>) -> tensor<2x4x6x2xf32>
  %3 = onnx.node "DFT"(%2, %none, %one) <{node_attrs = {inverse = 1 : i64}, version = 20 : i64}> : (tensor<2x4x6x2xf32>, !onnx.none, tensor<i64>) -> tensor<2x4x6x2xf32>
  // expected-remark @+1 {{the sine term has the wrong sign: one of the two transforms is an inverse one}}
  %select = onnx.node "Gather"(%3, %zero) <{name = "select", node_attrs = {axis = 3 : i64}, version = 20 : i64}> : (tensor<2x4x6x2xf32>, tensor<i64>) -> tensor<2x4x6xf32>
  return %select : tensor<2x4x6xf32>
}

// -----

// The imaginary part that goes in is x / 2.
// CHECK-LABEL: func.func @nonzero_imaginary_input
// CHECK: onnx.node "Unsqueeze"
// CHECK: onnx.node "Mul"
// CHECK: onnx.node "Concat"
// CHECK: onnx.node "DFT"
// CHECK: onnx.node "DFT"
// CHECK: onnx.node "Gather"
func.func @nonzero_imaginary_input(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %last = onnx.constant dense<-1> : tensor<1xi64>
  %none = onnx.none
  %two = onnx.constant dense<2> : tensor<i64>
  %one = onnx.constant dense<1> : tensor<i64>
  %zero = onnx.constant dense<0> : tensor<i64>
  %c = onnx.constant dense<0.5> : tensor<f32>
  %0 = onnx.node "Unsqueeze"(%x, %last) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<1xi64>) -> tensor<2x4x6x1xf32>
  %half = onnx.node "Mul"(%0, %c) <{name = "half", version = 20 : i64}> : (tensor<2x4x6x1xf32>, tensor<f32>) -> tensor<2x4x6x1xf32>
  %1 = onnx.node "Concat"(%0, %half) <{node_attrs = {axis = -1 : i64}, version = 20 : i64}> : (tensor<2x4x6x1xf32>, tensor<2x4x6x1xf32>) -> tensor<2x4x6x2xf32>
  %2 = onnx.node "DFT"(%1, %none, %two) <{version = 20 : i64}> : (tensor<2x4x6x2xf32>, !onnx.none, tensor<i64>) -> tensor<2x4x6x2xf32>
  %3 = onnx.node "DFT"(%2, %none, %one) <{version = 20 : i64}> : (tensor<2x4x6x2xf32>, !onnx.none, tensor<i64>) -> tensor<2x4x6x2xf32>
  // expected-remark @+1 {{the imaginary part that goes in is not zero but 0.50 times the real part}}
  %select = onnx.node "Gather"(%3, %zero) <{name = "select", node_attrs = {axis = 3 : i64}, version = 20 : i64}> : (tensor<2x4x6x2xf32>, tensor<i64>) -> tensor<2x4x6xf32>
  return %select : tensor<2x4x6xf32>
}

// -----

// A window on the sequence axis between the two transforms.
// CHECK-LABEL: func.func @window
// CHECK: onnx.node "Unsqueeze"
// CHECK: onnx.node "Concat"
// CHECK: onnx.node "DFT"
// CHECK: onnx.node "Mul"
// CHECK: onnx.node "DFT"
// CHECK: onnx.node "Gather"
func.func @window(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %last = onnx.constant dense<-1> : tensor<1xi64>
  %zeros = onnx.constant dense<0.0> : tensor<2x4x6x1xf32>
  %none = onnx.none
  %two = onnx.constant dense<2> : tensor<i64>
  %one = onnx.constant dense<1> : tensor<i64>
  %zero = onnx.constant dense<0> : tensor<i64>
  %window = onnx.constant dense<[[[0.0]], [[0.5]], [[1.0]], [[0.5]]]> : tensor<4x1x1xf32>
  %0 = onnx.node "Unsqueeze"(%x, %last) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<1xi64>) -> tensor<2x4x6x1xf32>
  %1 = onnx.node "Concat"(%0, %zeros) <{node_attrs = {axis = -1 : i64}, version = 20 : i64}> : (tensor<2x4x6x1xf32>, tensor<2x4x6x1xf32>) -> tensor<2x4x6x2xf32>
  %2 = onnx.node "DFT"(%1, %none, %two) <{version = 20 : i64}> : (tensor<2x4x6x2xf32>, !onnx.none, tensor<i64>) -> tensor<2x4x6x2xf32>
  %w = onnx.node "Mul"(%2, %window) <{name = "w", version = 20 : i64}> : (tensor<2x4x6x2xf32>, tensor<4x1x1xf32>) -> tensor<2x4x6x2xf32>
  // expected-remark @+1 {{node "dft" (DFT) is not raised to mix.fourier: its input is multiplied by a window along axis 1}}
  %dft = onnx.node "DFT"(%w, %none, %one) <{name = "dft", version = 20 : i64}> : (tensor<2x4x6x2xf32>, !onnx.none, tensor<i64>) -> tensor<2x4x6x2xf32>
  %select = onnx.node "Gather"(%dft, %zero) <{name = "select", node_attrs = {axis = 3 : i64}, version = 20 : i64}> : (tensor<2x4x6x2xf32>, tensor<i64>) -> tensor<2x4x6xf32>
  return %select : tensor<2x4x6xf32>
}

// -----

// dft_length pads the hidden axis.
// CHECK-LABEL: func.func @longer_transform
// CHECK: onnx.node "Unsqueeze"
// CHECK: onnx.node "Concat"
// CHECK: onnx.node "DFT"
// CHECK: onnx.node "DFT"
// CHECK: onnx.node "Gather"
func.func @longer_transform(%x: tensor<2x4x6xf32>) -> tensor<2x4x8xf32> {
  %last = onnx.constant dense<-1> : tensor<1xi64>
  %zeros = onnx.constant dense<0.0> : tensor<2x4x6x1xf32>
  %none = onnx.none
  %two = onnx.constant dense<2> : tensor<i64>
  %one = onnx.constant dense<1> : tensor<i64>
  %zero = onnx.constant dense<0> : tensor<i64>
  %eight = onnx.constant dense<8> : tensor<i64>
  %0 = onnx.node "Unsqueeze"(%x, %last) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<1xi64>) -> tensor<2x4x6x1xf32>
  %1 = onnx.node "Concat"(%0, %zeros) <{node_attrs = {axis = -1 : i64}, version = 20 : i64}> : (tensor<2x4x6x1xf32>, tensor<2x4x6x1xf32>) -> tensor<2x4x6x2xf32>
  %2 = onnx.node "DFT"(%1, %eight, %two) <{version = 20 : i64}> : (tensor<2x4x6x2xf32>, tensor<i64>, tensor<i64>) -> tensor<2x4x8x2xf32>
  %3 = onnx.node "DFT"(%2, %none, %one) <{version = 20 : i64}> : (tensor<2x4x8x2xf32>, !onnx.none, tensor<i64>) -> tensor<2x4x8x2xf32>
  // expected-remark @+1 {{axis 2 has 6 elements but is multiplied by functions of 8 points}}
  %select = onnx.node "Gather"(%3, %zero) <{name = "select", node_attrs = {axis = 3 : i64}, version = 20 : i64}> : (tensor<2x4x8x2xf32>, tensor<i64>) -> tensor<2x4x8xf32>
  return %select : tensor<2x4x8xf32>
}

// -----

// The real part and the absolute value of one transform.
// CHECK-LABEL: func.func @used_elsewhere
// CHECK: onnx.node "Unsqueeze"
// CHECK: onnx.node "Concat"
// CHECK: onnx.node "DFT"
// CHECK: onnx.node "DFT"
// CHECK: onnx.node "Gather"
// CHECK: onnx.node "ReduceL2"
// CHECK: onnx.node "Add"
func.func @used_elsewhere(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %last = onnx.constant dense<-1> : tensor<1xi64>
  %zeros = onnx.constant dense<0.0> : tensor<2x4x6x1xf32>
  %none = onnx.none
  %two = onnx.constant dense<2> : tensor<i64>
  %one = onnx.constant dense<1> : tensor<i64>
  %zero = onnx.constant dense<0> : tensor<i64>
  %0 = onnx.node "Unsqueeze"(%x, %last) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<1xi64>) -> tensor<2x4x6x1xf32>
  %1 = onnx.node "Concat"(%0, %zeros) <{node_attrs = {axis = -1 : i64}, version = 20 : i64}> : (tensor<2x4x6x1xf32>, tensor<2x4x6x1xf32>) -> tensor<2x4x6x2xf32>
  %2 = onnx.node "DFT"(%1, %none, %two) <{version = 20 : i64}> : (tensor<2x4x6x2xf32>, !onnx.none, tensor<i64>) -> tensor<2x4x6x2xf32>
  %3 = onnx.node "DFT"(%2, %none, %one) <{version = 20 : i64}> : (tensor<2x4x6x2xf32>, !onnx.none, tensor<i64>) -> tensor<2x4x6x2xf32>
  // expected-remark @+1 {{node "select" (Gather) is not raised to mix.fourier: its transforms are also used by other nodes}}
  %select = onnx.node "Gather"(%3, %zero) <{name = "select", node_attrs = {axis = 3 : i64}, version = 20 : i64}> : (tensor<2x4x6x2xf32>, tensor<i64>) -> tensor<2x4x6xf32>
  %both = onnx.node "ReduceL2"(%3, %last) <{name = "both", node_attrs = {keepdims = 0 : i64}, version = 20 : i64}> : (tensor<2x4x6x2xf32>, tensor<1xi64>) -> tensor<2x4x6xf32>
  %4 = onnx.node "Add"(%select, %both) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  return %4 : tensor<2x4x6xf32>
}

// -----

// C C + S S: the inverse transform on one axis.
// CHECK-LABEL: func.func @wrong_sign
// CHECK: onnx.node "Add"
func.func @wrong_sign(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %cn = onnx.constant dense<[[1.0, 1.0, 1.0, 1.0], [1.0, 0.0, -1.0, 0.0], [1.0, -1.0, 1.0, -1.0], [1.0, 0.0, -1.0, 0.0]]> : tensor<4x4xf32>
  %sn = onnx.constant dense<[[0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, -1.0], [0.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 1.0]]> : tensor<4x4xf32>
  %cd = onnx.constant dense<[[1.0, 1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 0.5, -0.5, -1.0, -0.5, 0.5], [1.0, -0.5, -0.5, 1.0, -0.5, -0.5], [1.0, -1.0, 1.0, -1.0, 1.0, -1.0], [1.0, -0.5, -0.5, 1.0, -0.5, -0.5], [1.0, 0.5, -0.5, -1.0, -0.5, 0.5]]> : tensor<6x6xf32>
  %sd = onnx.constant dense<[[0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.866025404, 0.866025404, 0.0, -0.866025404, -0.866025404], [0.0, 0.866025404, -0.866025404, 0.0, 0.866025404, -0.866025404], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, -0.866025404, 0.866025404, 0.0, -0.866025404, 0.866025404], [0.0, -0.866025404, -0.866025404, 0.0, 0.866025404, 0.866025404]]> : tensor<6x6xf32>
  %0 = onnx.node "MatMul"(%x, %cd) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<6x6xf32>) -> tensor<2x4x6xf32>
  %1 = onnx.node "MatMul"(%cn, %0) <{version = 20 : i64}> : (tensor<4x4xf32>, tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  %2 = onnx.node "MatMul"(%x, %sd) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<6x6xf32>) -> tensor<2x4x6xf32>
  %3 = onnx.node "MatMul"(%sn, %2) <{version = 20 : i64}> : (tensor<4x4xf32>, tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  // expected-remark @+1 {{node "sum" (Add) is not raised to mix.fourier: the sine term has the wrong sign}}
  %sum = onnx.node "Add"(%1, %3) <{name = "sum", version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  return %sum : tensor<2x4x6xf32>
}

// -----

// The sine term is missing.
// CHECK-LABEL: func.func @cosines_only
func.func @cosines_only(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %cn = onnx.constant dense<[[1.0, 1.0, 1.0, 1.0], [1.0, 0.0, -1.0, 0.0], [1.0, -1.0, 1.0, -1.0], [1.0, 0.0, -1.0, 0.0]]> : tensor<4x4xf32>
  %cd = onnx.constant dense<[[1.0, 1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 0.5, -0.5, -1.0, -0.5, 0.5], [1.0, -0.5, -0.5, 1.0, -0.5, -0.5], [1.0, -1.0, 1.0, -1.0, 1.0, -1.0], [1.0, -0.5, -0.5, 1.0, -0.5, -0.5], [1.0, 0.5, -0.5, -1.0, -0.5, 0.5]]> : tensor<6x6xf32>
  %0 = onnx.node "MatMul"(%x, %cd) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<6x6xf32>) -> tensor<2x4x6xf32>
  // expected-remark @+1 {{only the cosine term is there, the sine term is missing}}
  %sum = onnx.node "MatMul"(%cn, %0) <{name = "sum", version = 20 : i64}> : (tensor<4x4xf32>, tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  return %sum : tensor<2x4x6xf32>
}

// -----

// The first 4 rows and columns of the 8-point matrices.
// CHECK-LABEL: func.func @corner_of_a_longer_matrix
// CHECK: onnx.node "Sub"
func.func @corner_of_a_longer_matrix(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %cn = onnx.constant dense<[[1.0, 1.0, 1.0, 1.0], [1.0, 0.707106781, 0.0, -0.707106781], [1.0, 0.0, -1.0, 0.0], [1.0, -0.707106781, 0.0, 0.707106781]]> : tensor<4x4xf32>
  %sn = onnx.constant dense<[[0.0, 0.0, 0.0, 0.0], [0.0, 0.707106781, 1.0, 0.707106781], [0.0, 1.0, 0.0, -1.0], [0.0, 0.707106781, -1.0, 0.707106781]]> : tensor<4x4xf32>
  %cd = onnx.constant dense<[[1.0, 1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 0.5, -0.5, -1.0, -0.5, 0.5], [1.0, -0.5, -0.5, 1.0, -0.5, -0.5], [1.0, -1.0, 1.0, -1.0, 1.0, -1.0], [1.0, -0.5, -0.5, 1.0, -0.5, -0.5], [1.0, 0.5, -0.5, -1.0, -0.5, 0.5]]> : tensor<6x6xf32>
  %sd = onnx.constant dense<[[0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.866025404, 0.866025404, 0.0, -0.866025404, -0.866025404], [0.0, 0.866025404, -0.866025404, 0.0, 0.866025404, -0.866025404], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, -0.866025404, 0.866025404, 0.0, -0.866025404, 0.866025404], [0.0, -0.866025404, -0.866025404, 0.0, 0.866025404, 0.866025404]]> : tensor<6x6xf32>
  %0 = onnx.node "MatMul"(%x, %cd) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<6x6xf32>) -> tensor<2x4x6xf32>
  %1 = onnx.node "MatMul"(%cn, %0) <{version = 20 : i64}> : (tensor<4x4xf32>, tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  %2 = onnx.node "MatMul"(%x, %sd) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<6x6xf32>) -> tensor<2x4x6xf32>
  %3 = onnx.node "MatMul"(%sn, %2) <{version = 20 : i64}> : (tensor<4x4xf32>, tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  // expected-remark @+1 {{axis 1 has 4 elements but is multiplied by functions of 8 points}}
  %sum = onnx.node "Sub"(%1, %3) <{name = "sum", version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  return %sum : tensor<2x4x6xf32>
}

// -----

// The einsum exchanges the axes of the result.
// CHECK-LABEL: func.func @transposed_result
// CHECK: onnx.node "Sub"
func.func @transposed_result(%x: tensor<2x4x6xf32>) -> tensor<2x6x4xf32> {
  %cn = onnx.constant dense<[[1.0, 1.0, 1.0, 1.0], [1.0, 0.0, -1.0, 0.0], [1.0, -1.0, 1.0, -1.0], [1.0, 0.0, -1.0, 0.0]]> : tensor<4x4xf32>
  %sn = onnx.constant dense<[[0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, -1.0], [0.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 1.0]]> : tensor<4x4xf32>
  %cd = onnx.constant dense<[[1.0, 1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 0.5, -0.5, -1.0, -0.5, 0.5], [1.0, -0.5, -0.5, 1.0, -0.5, -0.5], [1.0, -1.0, 1.0, -1.0, 1.0, -1.0], [1.0, -0.5, -0.5, 1.0, -0.5, -0.5], [1.0, 0.5, -0.5, -1.0, -0.5, 0.5]]> : tensor<6x6xf32>
  %sd = onnx.constant dense<[[0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.866025404, 0.866025404, 0.0, -0.866025404, -0.866025404], [0.0, 0.866025404, -0.866025404, 0.0, 0.866025404, -0.866025404], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, -0.866025404, 0.866025404, 0.0, -0.866025404, 0.866025404], [0.0, -0.866025404, -0.866025404, 0.0, 0.866025404, 0.866025404]]> : tensor<6x6xf32>
  %0 = onnx.node "Einsum"(%x, %cd, %cn) <{node_attrs = {equation = "bij,jk,ni->bkn"}, version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<6x6xf32>, tensor<4x4xf32>) -> tensor<2x6x4xf32>
  %1 = onnx.node "Einsum"(%x, %sd, %sn) <{node_attrs = {equation = "bij,jk,ni->bkn"}, version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<6x6xf32>, tensor<4x4xf32>) -> tensor<2x6x4xf32>
  // expected-remark @+1 {{the axes of the result are permuted}}
  %2 = onnx.node "Sub"(%0, %1) <{version = 20 : i64}> : (tensor<2x6x4xf32>, tensor<2x6x4xf32>) -> tensor<2x6x4xf32>
  return %2 : tensor<2x6x4xf32>
}

// -----

// The two terms have different scales.
// CHECK-LABEL: func.func @scaled_sines
// CHECK: onnx.node "Mul"
// CHECK: onnx.node "Sub"
func.func @scaled_sines(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %cn = onnx.constant dense<[[1.0, 1.0, 1.0, 1.0], [1.0, 0.0, -1.0, 0.0], [1.0, -1.0, 1.0, -1.0], [1.0, 0.0, -1.0, 0.0]]> : tensor<4x4xf32>
  %sn = onnx.constant dense<[[0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, -1.0], [0.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 1.0]]> : tensor<4x4xf32>
  %cd = onnx.constant dense<[[1.0, 1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 0.5, -0.5, -1.0, -0.5, 0.5], [1.0, -0.5, -0.5, 1.0, -0.5, -0.5], [1.0, -1.0, 1.0, -1.0, 1.0, -1.0], [1.0, -0.5, -0.5, 1.0, -0.5, -0.5], [1.0, 0.5, -0.5, -1.0, -0.5, 0.5]]> : tensor<6x6xf32>
  %sd = onnx.constant dense<[[0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.866025404, 0.866025404, 0.0, -0.866025404, -0.866025404], [0.0, 0.866025404, -0.866025404, 0.0, 0.866025404, -0.866025404], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, -0.866025404, 0.866025404, 0.0, -0.866025404, 0.866025404], [0.0, -0.866025404, -0.866025404, 0.0, 0.866025404, 0.866025404]]> : tensor<6x6xf32>
  %c = onnx.constant dense<0.5> : tensor<f32>
  %0 = onnx.node "MatMul"(%x, %cd) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<6x6xf32>) -> tensor<2x4x6xf32>
  %1 = onnx.node "MatMul"(%cn, %0) <{version = 20 : i64}> : (tensor<4x4xf32>, tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  %2 = onnx.node "MatMul"(%x, %sd) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<6x6xf32>) -> tensor<2x4x6xf32>
  %3 = onnx.node "MatMul"(%sn, %2) <{version = 20 : i64}> : (tensor<4x4xf32>, tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  %4 = onnx.node "Mul"(%3, %c) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<f32>) -> tensor<2x4x6xf32>
  // expected-remark @+1 {{the cosine and the sine term have different scales, 1.00 and 0.50}}
  %sum = onnx.node "Sub"(%1, %4) <{name = "sum", version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  return %sum : tensor<2x4x6xf32>
}

// -----

// A residual addition: the remark stands where the condition fails, not at the sum.
// CHECK-LABEL: func.func @residual
// CHECK: onnx.node "Unsqueeze"
// CHECK: onnx.node "Concat"
// CHECK: onnx.node "DFT"
// CHECK: onnx.node "DFT"
// CHECK: onnx.node "Gather"
// CHECK: onnx.node "Add"
func.func @residual(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %last = onnx.constant dense<-1> : tensor<1xi64>
  %zeros = onnx.constant dense<0.0> : tensor<2x4x6x1xf32>
  %none = onnx.none
  %two = onnx.constant dense<2> : tensor<i64>
  %one = onnx.constant dense<1> : tensor<i64>
  %zero = onnx.constant dense<0> : tensor<i64>
  %0 = onnx.node "Unsqueeze"(%x, %last) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<1xi64>) -> tensor<2x4x6x1xf32>
  %1 = onnx.node "Concat"(%0, %zeros) <{node_attrs = {axis = -1 : i64}, version = 20 : i64}> : (tensor<2x4x6x1xf32>, tensor<2x4x6x1xf32>) -> tensor<2x4x6x2xf32>
  %2 = onnx.node "DFT"(%1, %none, %two) <{version = 20 : i64}> : (tensor<2x4x6x2xf32>, !onnx.none, tensor<i64>) -> tensor<2x4x6x2xf32>
  %3 = onnx.node "DFT"(%2, %none, %one) <{version = 20 : i64}> : (tensor<2x4x6x2xf32>, !onnx.none, tensor<i64>) -> tensor<2x4x6x2xf32>
  // expected-remark @+1 {{node "select" (Gather) is not raised to mix.fourier: the imaginary part is taken, not the real part}}
  %select = onnx.node "Gather"(%3, %one) <{name = "select", node_attrs = {axis = 3 : i64}, version = 20 : i64}> : (tensor<2x4x6x2xf32>, tensor<i64>) -> tensor<2x4x6xf32>
  %add = onnx.node "Add"(%x, %select) <{name = "add", version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  return %add : tensor<2x4x6xf32>
}
