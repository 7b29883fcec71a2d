// The chains of DFT nodes that exporters make of Re(F_n x F_d), opset 20 (axis as input) and 17 (axis as attribute).
//
// RUN: fourmix-opt %s --convert-onnx-to-mix --split-input-file | FileCheck %s --implicit-check-not=DFT

// fftn(x, dim=(1, 2)).real: Concat with a constant zero, hidden axis first, Gather.
// CHECK-LABEL: func.func @concat_with_zeros
// CHECK-SAME: (%[[X:.*]]: tensor<2x4x6xf32>)
// CHECK-NEXT: %[[Y:.*]] = mix.fourier %[[X]] sequence 1 hidden 2 : tensor<2x4x6xf32>
// CHECK-NEXT: return %[[Y]]
func.func @concat_with_zeros(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %last = onnx.constant dense<-1> : tensor<1xi64>
  %zeros = onnx.constant dense<0.0> : tensor<2x4x6x1xf32>
  %none = onnx.none
  %two = onnx.constant dense<2> : tensor<i64>
  %one = onnx.constant dense<1> : tensor<i64>
  %zero = onnx.constant dense<0> : tensor<i64>
  %0 = onnx.node "Unsqueeze"(%x, %last) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<1xi64>) -> tensor<2x4x6x1xf32>
  %1 = onnx.node "Concat"(%0, %zeros) <{node_attrs = {axis = -1 : i64}, version = 20 : i64}> : (tensor<2x4x6x1xf32>, tensor<2x4x6x1xf32>) -> tensor<2x4x6x2xf32>
  %2 = onnx.node "DFT"(%1, %none, %two) <{node_attrs = {inverse = 0 : i64, onesided = 0 : i64}, version = 20 : i64}> : (tensor<2x4x6x2xf32>, !onnx.none, tensor<i64>) -> tensor<2x4x6x2xf32>
  %3 = onnx.node "DFT"(%2, %none, %one) <{node_attrs = {inverse = 0 : i64, onesided = 0 : i64}, version = 20 : i64}> : (tensor<2x4x6x2xf32>, !onnx.none, tensor<i64>) -> tensor<2x4x6x2xf32>
  %4 = onnx.node "Gather"(%3, %zero) <{node_attrs = {axis = 3 : i64}, version = 20 : i64}> : (tensor<2x4x6x2xf32>, tensor<i64>) -> tensor<2x4x6xf32>
  return %4 : tensor<2x4x6xf32>
}

// -----

// One Expand of 0 shared by two layers; a residual addition and a nonlinear node between them.
// CHECK-LABEL: func.func @shared_expand
// CHECK-SAME: (%[[X:.*]]: tensor<2x4x6xf32>)
// CHECK-NEXT: %[[Y:.*]] = mix.fourier %[[X]] sequence 1 hidden 2
// CHECK-NEXT: %[[H:.*]] = onnx.node "Add"(%[[X]], %[[Y]])
// CHECK-NEXT: %[[N:.*]] = onnx.node "Tanh"(%[[H]])
// CHECK-NEXT: %[[Z:.*]] = mix.fourier %[[N]] sequence 1 hidden 2
// CHECK-NEXT: return %[[Z]]
func.func @shared_expand(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %last = onnx.constant dense<-1> : tensor<1xi64>
  %fill = onnx.constant dense<0.0> : tensor<f32>
  %shape = onnx.constant dense<[2, 4, 6, 1]> : tensor<4xi64>
  %none = onnx.none
  %two = onnx.constant dense<2> : tensor<i64>
  %one = onnx.constant dense<1> : tensor<i64>
  %zero = onnx.constant dense<0> : tensor<i64>
  %zeros = onnx.node "Expand"(%fill, %shape) <{version = 20 : i64}> : (tensor<f32>, tensor<4xi64>) -> tensor<2x4x6x1xf32>
  %0 = onnx.node "Unsqueeze"(%x, %last) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<1xi64>) -> tensor<2x4x6x1xf32>
  %1 = onnx.node "Concat"(%0, %zeros) <{node_attrs = {axis = -1 : i64}, version = 20 : i64}> : (tensor<2x4x6x1xf32>, tensor<2x4x6x1xf32>) -> tensor<2x4x6x2xf32>
  %2 = onnx.node "DFT"(%1, %none, %two) <{version = 20 : i64}> : (tensor<2x4x6x2xf32>, !onnx.none, tensor<i64>) -> tensor<2x4x6x2xf32>
  %3 = onnx.node "DFT"(%2, %none, %one) <{version = 20 : i64}> : (tensor<2x4x6x2xf32>, !onnx.none, tensor<i64>) -> tensor<2x4x6x2xf32>
  %4 = onnx.node "Gather"(%3, %zero) <{node_attrs = {axis = 3 : i64}, version = 20 : i64}> : (tensor<2x4x6x2xf32>, tensor<i64>) -> tensor<2x4x6xf32>
  %5 = onnx.node "Add"(%x, %4) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  %6 = onnx.node "Tanh"(%5) <{version = 20 : i64}> : (tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  %7 = onnx.node "Unsqueeze"(%6, %last) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<1xi64>) -> tensor<2x4x6x1xf32>
  %8 = onnx.node "Concat"(%7, %zeros) <{node_attrs = {axis = -1 : i64}, version = 20 : i64}> : (tensor<2x4x6x1xf32>, tensor<2x4x6x1xf32>) -> tensor<2x4x6x2xf32>
  %9 = onnx.node "DFT"(%8, %none, %one) <{version = 20 : i64}> : (tensor<2x4x6x2xf32>, !onnx.none, tensor<i64>) -> tensor<2x4x6x2xf32>
  %10 = onnx.node "DFT"(%9) <{version = 20 : i64}> : (tensor<2x4x6x2xf32>) -> tensor<2x4x6x2xf32>
  %11 = onnx.node "Gather"(%10, %zero) <{node_attrs = {axis = -1 : i64}, version = 20 : i64}> : (tensor<2x4x6x2xf32>, tensor<i64>) -> tensor<2x4x6xf32>
  return %11 : tensor<2x4x6xf32>
}

// -----

// fft(fft(x, -1), -2) at opset 18: the axis is an attribute, the first transform is of real input and has a length.
// CHECK-LABEL: func.func @real_input_with_length
// CHECK-SAME: (%[[X:.*]]: tensor<2x4x6xf32>)
// CHECK-NEXT: %[[Y:.*]] = mix.fourier %[[X]] sequence 1 hidden 2
// CHECK-NEXT: return %[[Y]]
func.func @real_input_with_length(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %last = onnx.constant dense<-1> : tensor<1xi64>
  %six = onnx.constant dense<6> : tensor<i64>
  %zero = onnx.constant dense<0> : tensor<i64>
  %0 = onnx.node "Unsqueeze"(%x, %last) <{version = 18 : i64}> : (tensor<2x4x6xf32>, tensor<1xi64>) -> tensor<2x4x6x1xf32>
  %1 = onnx.node "DFT"(%0, %six) <{node_attrs = {axis = -2 : i64}, version = 18 : i64}> : (tensor<2x4x6x1xf32>, tensor<i64>) -> tensor<2x4x6x2xf32>
  %2 = onnx.node "DFT"(%1) <{version = 18 : i64}> : (tensor<2x4x6x2xf32>) -> tensor<2x4x6x2xf32>
  %3 = onnx.node "Gather"(%2, %zero) <{node_attrs = {axis = 3 : i64}, version = 18 : i64}> : (tensor<2x4x6x2xf32>, tensor<i64>) -> tensor<2x4x6xf32>
  return %3 : tensor<2x4x6xf32>
}

// -----

// Imaginary zeros by Pad, real part by Slice and Squeeze. The Slice keeps its extra axis, so the match is the Squeeze.
// CHECK-LABEL: func.func @pad_and_slice
// CHECK-SAME: (%[[X:.*]]: tensor<2x4x6xf32>)
// CHECK-NEXT: %[[Y:.*]] = mix.fourier %[[X]] sequence 1 hidden 2
// CHECK-NEXT: return %[[Y]]
func.func @pad_and_slice(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %last = onnx.constant dense<-1> : tensor<1xi64>
  %pads = onnx.constant dense<[0, 0, 0, 0, 0, 0, 0, 1]> : tensor<8xi64>
  %none = onnx.none
  %two = onnx.constant dense<2> : tensor<i64>
  %one = onnx.constant dense<1> : tensor<i64>
  %begin = onnx.constant dense<0> : tensor<1xi64>
  %end = onnx.constant dense<1> : tensor<1xi64>
  %0 = onnx.node "Unsqueeze"(%x, %last) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<1xi64>) -> tensor<2x4x6x1xf32>
  %1 = onnx.node "Pad"(%0, %pads) <{version = 20 : i64}> : (tensor<2x4x6x1xf32>, tensor<8xi64>) -> tensor<2x4x6x2xf32>
  %2 = onnx.node "DFT"(%1, %none, %two) <{version = 20 : i64}> : (tensor<2x4x6x2xf32>, !onnx.none, tensor<i64>) -> tensor<2x4x6x2xf32>
  %3 = onnx.node "DFT"(%2, %none, %one) <{version = 20 : i64}> : (tensor<2x4x6x2xf32>, !onnx.none, tensor<i64>) -> tensor<2x4x6x2xf32>
  %4 = onnx.node "Slice"(%3, %begin, %end, %last) <{version = 20 : i64}> : (tensor<2x4x6x2xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<2x4x6x1xf32>
  %5 = onnx.node "Squeeze"(%4, %last) <{version = 20 : i64}> : (tensor<2x4x6x1xf32>, tensor<1xi64>) -> tensor<2x4x6xf32>
  return %5 : tensor<2x4x6xf32>
}

// -----

// Real part by Split; what follows wants another shape, so a Reshape stays.
// CHECK-LABEL: func.func @split_and_flatten
// CHECK-SAME: (%[[X:.*]]: tensor<2x4x6xf32>)
// CHECK: %[[Y:.*]] = mix.fourier %[[X]] sequence 1 hidden 2
// CHECK: %[[SHAPE:.*]] = onnx.constant dense<[8, 6]>
// CHECK: %[[Z:.*]] = onnx.node "Reshape"(%[[Y]], %[[SHAPE]])
// CHECK: return %[[Z]] : tensor<8x6xf32>
func.func @split_and_flatten(%x: tensor<2x4x6xf32>) -> tensor<8x6xf32> {
  %last = onnx.constant dense<-1> : tensor<1xi64>
  %six = onnx.constant dense<6> : tensor<i64>
  %none = onnx.none
  %two = onnx.constant dense<2> : tensor<i64>
  %one = onnx.constant dense<1> : tensor<i64>
  %flat = onnx.constant dense<[8, 6]> : tensor<2xi64>
  %0 = onnx.node "Unsqueeze"(%x, %last) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<1xi64>) -> tensor<2x4x6x1xf32>
  %1 = onnx.node "DFT"(%0, %six, %two) <{version = 20 : i64}> : (tensor<2x4x6x1xf32>, tensor<i64>, tensor<i64>) -> tensor<2x4x6x2xf32>
  %2 = onnx.node "DFT"(%1, %none, %one) <{version = 20 : i64}> : (tensor<2x4x6x2xf32>, !onnx.none, tensor<i64>) -> tensor<2x4x6x2xf32>
  %3:2 = onnx.node "Split"(%2) <{node_attrs = {axis = 3 : i64, num_outputs = 2 : i64}, version = 20 : i64}> : (tensor<2x4x6x2xf32>) -> (tensor<2x4x6x1xf32>, tensor<2x4x6x1xf32>)
  %4 = onnx.node "Reshape"(%3#0, %flat) <{version = 20 : i64}> : (tensor<2x4x6x1xf32>, tensor<2xi64>) -> tensor<8x6xf32>
  return %4 : tensor<8x6xf32>
}

// -----

// norm="ortho": a Div after each transform. The scale stays beside the mixing.
// CHECK-LABEL: func.func @ortho
// CHECK-SAME: (%[[X:.*]]: tensor<2x4x6xf32>)
// CHECK: %[[Y:.*]] = mix.fourier %[[X]] sequence 1 hidden 2
// CHECK: %[[C:.*]] = onnx.constant dense<0.204124138> : tensor<f32>
// CHECK: %[[Z:.*]] = onnx.node "Mul"(%[[Y]], %[[C]])
// CHECK: return %[[Z]]
func.func @ortho(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %last = onnx.constant dense<-1> : tensor<1xi64>
  %zeros = onnx.constant dense<0.0> : tensor<2x4x6x1xf32>
  %none = onnx.none
  %two = onnx.constant dense<2> : tensor<i64>
  %one = onnx.constant dense<1> : tensor<i64>
  %zero = onnx.constant dense<0> : tensor<i64>
  %root6 = onnx.constant dense<2.44948983> : tensor<1xf32>
  %root4 = onnx.constant dense<2.0> : tensor<1xf32>
  %0 = onnx.node "Unsqueeze"(%x, %last) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<1xi64>) -> tensor<2x4x6x1xf32>
  %1 = onnx.node "Concat"(%0, %zeros) <{node_attrs = {axis = -1 : i64}, version = 20 : i64}> : (tensor<2x4x6x1xf32>, tensor<2x4x6x1xf32>) -> tensor<2x4x6x2xf32>
  %2 = onnx.node "DFT"(%1, %none, %two) <{version = 20 : i64}> : (tensor<2x4x6x2xf32>, !onnx.none, tensor<i64>) -> tensor<2x4x6x2xf32>
  %3 = onnx.node "Div"(%2, %root6) <{version = 20 : i64}> : (tensor<2x4x6x2xf32>, tensor<1xf32>) -> tensor<2x4x6x2xf32>
  %4 = onnx.node "DFT"(%3, %none, %one) <{version = 20 : i64}> : (tensor<2x4x6x2xf32>, !onnx.none, tensor<i64>) -> tensor<2x4x6x2xf32>
  %5 = onnx.node "Div"(%4, %root4) <{version = 20 : i64}> : (tensor<2x4x6x2xf32>, tensor<1xf32>) -> tensor<2x4x6x2xf32>
  %6 = onnx.node "Gather"(%5, %zero) <{node_attrs = {axis = 3 : i64}, version = 20 : i64}> : (tensor<2x4x6x2xf32>, tensor<i64>) -> tensor<2x4x6xf32>
  return %6 : tensor<2x4x6xf32>
}

// -----

// Exporters before 2025: one more axis in front, all transforms first, then one division by n d.
// CHECK-LABEL: func.func @leading_axis
// CHECK-SAME: (%[[X:.*]]: tensor<2x4x6xf32>)
// CHECK: %[[Y:.*]] = mix.fourier %[[X]] sequence 1 hidden 2
// CHECK: %[[Z:.*]] = onnx.node "Mul"(%[[Y]],
// CHECK: return %[[Z]]
func.func @leading_axis(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %last = onnx.constant dense<-1> : tensor<1xi64>
  %front = onnx.constant dense<0> : tensor<1xi64>
  %none = onnx.none
  %two = onnx.constant dense<2> : tensor<i64>
  %three = onnx.constant dense<3> : tensor<i64>
  %zero = onnx.constant dense<0> : tensor<i64>
  %size = onnx.constant dense<24.0> : tensor<f32>
  %0 = onnx.node "Unsqueeze"(%x, %last) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<1xi64>) -> tensor<2x4x6x1xf32>
  %1 = onnx.node "Unsqueeze"(%0, %front) <{version = 20 : i64}> : (tensor<2x4x6x1xf32>, tensor<1xi64>) -> tensor<1x2x4x6x1xf32>
  %2 = onnx.node "DFT"(%1, %none, %two) <{version = 20 : i64}> : (tensor<1x2x4x6x1xf32>, !onnx.none, tensor<i64>) -> tensor<1x2x4x6x2xf32>
  %3 = onnx.node "DFT"(%2, %none, %three) <{version = 20 : i64}> : (tensor<1x2x4x6x2xf32>, !onnx.none, tensor<i64>) -> tensor<1x2x4x6x2xf32>
  %4 = onnx.node "Div"(%3, %size) <{version = 20 : i64}> : (tensor<1x2x4x6x2xf32>, tensor<f32>) -> tensor<1x2x4x6x2xf32>
  %5 = onnx.node "Squeeze"(%4, %front) <{version = 20 : i64}> : (tensor<1x2x4x6x2xf32>, tensor<1xi64>) -> tensor<2x4x6x2xf32>
  %6 = onnx.node "Gather"(%5, %zero) <{node_attrs = {axis = 3 : i64}, version = 20 : i64}> : (tensor<2x4x6x2xf32>, tensor<i64>) -> tensor<2x4x6xf32>
  return %6 : tensor<2x4x6xf32>
}

// -----

// ifftn(x).real: of a real tensor the inverse transform has the same real part, over n d.
// CHECK-LABEL: func.func @inverse
// CHECK-SAME: (%[[X:.*]]: tensor<2x4x6xf32>)
// CHECK: %[[Y:.*]] = mix.fourier %[[X]] sequence 1 hidden 2
// CHECK: %[[C:.*]] = onnx.constant dense<0.0416666679> : tensor<f32>
// CHECK: %[[Z:.*]] = onnx.node "Mul"(%[[Y]], %[[C]])
// CHECK: return %[[Z]]
func.func @inverse(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %last = onnx.constant dense<-1> : tensor<1xi64>
  %none = onnx.none
  %two = onnx.constant dense<2> : tensor<i64>
  %one = onnx.constant dense<1> : tensor<i64>
  %zero = onnx.constant dense<0> : tensor<i64>
  %0 = onnx.node "Unsqueeze"(%x, %last) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<1xi64>) -> tensor<2x4x6x1xf32>
  %1 = onnx.node "DFT"(%0, %none, %one) <{node_attrs = {inverse = 1 : i64}, version = 20 : i64}> : (tensor<2x4x6x1xf32>, !onnx.none, tensor<i64>) -> tensor<2x4x6x2xf32>
  %2 = onnx.node "DFT"(%1, %none, %two) <{node_attrs = {inverse = 1 : i64}, version = 20 : i64}> : (tensor<2x4x6x2xf32>, !onnx.none, tensor<i64>) -> tensor<2x4x6x2xf32>
  %3 = onnx.node "Gather"(%2, %zero) <{node_attrs = {axis = 3 : i64}, version = 20 : i64}> : (tensor<2x4x6x2xf32>, tensor<i64>) -> tensor<2x4x6xf32>
  return %3 : tensor<2x4x6xf32>
}
