// Products of spectra, whatever computes them.
//
// RUN: fourmix-opt %s --convert-onnx-to-mix --split-input-file | FileCheck %s
// RUN: fourmix-opt %s --convert-onnx-to-mix --split-input-file --remarks-filter=onnx-to-mix --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// Real factors, half a spectrum, the scale before the transform: it is in the filter. Modes that are zero are gone.
// CHECK-LABEL: func.func @real_factors
// CHECK-SAME: (%[[X:.*]]: tensor<2x4x3xf32>)
// CHECK: %[[RE:.*]] = onnx.constant dense<{{\[\[\[}}2.000000e+00], [1.000000e+00]]]> : tensor<1x2x1xf32>
// CHECK: %[[Y:.*]] = mix.global_filter %[[X]], %[[RE]] axes [1] lengths [4] : tensor<2x4x3xf32>, tensor<1x2x1xf32>
// CHECK-NEXT: return %[[Y]]
func.func @real_factors(%x: tensor<2x4x3xf32>) -> tensor<2x4x3xf32> {
  %last = onnx.constant dense<-1> : tensor<1xi64>
  %four = onnx.constant dense<4> : tensor<i64>
  %one = onnx.constant dense<1> : tensor<i64>
  %half = onnx.constant dense<0.5> : tensor<f32>
  %w = onnx.constant dense<[[[4.0]], [[2.0]], [[0.0]]]> : tensor<3x1x1xf32>
  %0 = onnx.node "Unsqueeze"(%x, %last) <{version = 20 : i64}> : (tensor<2x4x3xf32>, tensor<1xi64>) -> tensor<2x4x3x1xf32>
  %1 = onnx.node "Mul"(%0, %half) <{version = 20 : i64}> : (tensor<2x4x3x1xf32>, tensor<f32>) -> tensor<2x4x3x1xf32>
  %2 = onnx.node "DFT"(%1, %four, %one) <{node_attrs = {onesided = 1 : i64}, version = 20 : i64}> : (tensor<2x4x3x1xf32>, tensor<i64>, tensor<i64>) -> tensor<2x3x3x2xf32>
  %3 = onnx.node "Mul"(%2, %w) <{version = 20 : i64}> : (tensor<2x3x3x2xf32>, tensor<3x1x1xf32>) -> tensor<2x3x3x2xf32>
  %4 = onnx.node "DFT"(%3, %four, %one) <{node_attrs = {inverse = 1 : i64, onesided = 1 : i64}, version = 20 : i64}> : (tensor<2x3x3x2xf32>, tensor<i64>, tensor<i64>) -> tensor<2x4x3x1xf32>
  %5 = onnx.node "Squeeze"(%4, %last) <{version = 20 : i64}> : (tensor<2x4x3x1xf32>, tensor<1xi64>) -> tensor<2x4x3xf32>
  return %5 : tensor<2x4x3xf32>
}

// -----

// A kernel in the sequence domain, its spectrum left to be computed at run time: the kernel stays the weight.
// CHECK-LABEL: func.func @unfolded_kernel
// CHECK-SAME: (%[[X:.*]]: tensor<2x4x3xf32>)
// CHECK: %[[C:.*]] = onnx.constant dense<{{\[\[\[}}2.000000e+00], [1.000000e+00], [0.000000e+00], [1.000000e+00]]]> : tensor<1x4x1xf32>
// CHECK: %[[Y:.*]] = mix.circulant %[[X]], %[[C]] axes [1] as correlation : tensor<2x4x3xf32>, tensor<1x4x1xf32>
// CHECK-NEXT: return %[[Y]]
func.func @unfolded_kernel(%x: tensor<2x4x3xf32>) -> tensor<2x4x3xf32> {
  %last = onnx.constant dense<-1> : tensor<1xi64>
  %four = onnx.constant dense<4> : tensor<i64>
  %one = onnx.constant dense<1> : tensor<i64>
  %from = onnx.constant dense<0> : tensor<1xi64>
  %to = onnx.constant dense<1> : tensor<1xi64>
  %w = onnx.constant dense<[[[[2.0]], [[1.0]], [[0.0]], [[1.0]]]]> : tensor<1x4x1x1xf32>
  %0 = onnx.node "Unsqueeze"(%x, %last) <{version = 20 : i64}> : (tensor<2x4x3xf32>, tensor<1xi64>) -> tensor<2x4x3x1xf32>
  %1 = onnx.node "DFT"(%0, %four, %one) <{node_attrs = {onesided = 1 : i64}, version = 20 : i64}> : (tensor<2x4x3x1xf32>, tensor<i64>, tensor<i64>) -> tensor<2x3x3x2xf32>
  %2 = onnx.node "DFT"(%w, %four, %one) <{node_attrs = {onesided = 1 : i64}, version = 20 : i64}> : (tensor<1x4x1x1xf32>, tensor<i64>, tensor<i64>) -> tensor<1x3x1x2xf32>
  %3 = onnx.node "Slice"(%2, %from, %to, %last) <{version = 20 : i64}> : (tensor<1x3x1x2xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x3x1x1xf32>
  %4 = onnx.node "Mul"(%1, %3) <{version = 20 : i64}> : (tensor<2x3x3x2xf32>, tensor<1x3x1x1xf32>) -> tensor<2x3x3x2xf32>
  %5 = onnx.node "DFT"(%4, %four, %one) <{node_attrs = {inverse = 1 : i64, onesided = 1 : i64}, version = 20 : i64}> : (tensor<2x3x3x2xf32>, tensor<i64>, tensor<i64>) -> tensor<2x4x3x1xf32>
  %6 = onnx.node "Squeeze"(%5, %last) <{version = 20 : i64}> : (tensor<2x4x3x1xf32>, tensor<1xi64>) -> tensor<2x4x3xf32>
  return %6 : tensor<2x4x3xf32>
}

// -----

// Padded to twice the length and cropped: a convolution without wrap. Its kernel looks one position back and one ahead.
// CHECK-LABEL: func.func @toeplitz
// CHECK-DAG: %[[K:.*]] = onnx.constant dense<{{\[\[}}{{.*}}]]> : tensor<1x5xf32>
// CHECK: mix.toeplitz %{{.*}}, %[[K]] axis 1 : tensor<2x3xf32>, tensor<1x5xf32>
func.func @toeplitz(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %last = onnx.constant dense<-1> : tensor<1xi64>
  %pads = onnx.constant dense<[0, 0, 0, 3]> : tensor<4xi64>
  %six = onnx.constant dense<6> : tensor<i64>
  %one = onnx.constant dense<1> : tensor<i64>
  %from = onnx.constant dense<0> : tensor<1xi64>
  %to = onnx.constant dense<3> : tensor<1xi64>
  %axis = onnx.constant dense<1> : tensor<1xi64>
  // 3 + 2 cos: the kernel is 1 3 1.
  %w = onnx.constant dense<[[5.0], [4.0], [2.0], [1.0]]> : tensor<4x1xf32>
  %0 = onnx.node "Pad"(%x, %pads) <{version = 20 : i64}> : (tensor<2x3xf32>, tensor<4xi64>) -> tensor<2x6xf32>
  %1 = onnx.node "Unsqueeze"(%0, %last) <{version = 20 : i64}> : (tensor<2x6xf32>, tensor<1xi64>) -> tensor<2x6x1xf32>
  %2 = onnx.node "DFT"(%1, %six, %one) <{node_attrs = {onesided = 1 : i64}, version = 20 : i64}> : (tensor<2x6x1xf32>, tensor<i64>, tensor<i64>) -> tensor<2x4x2xf32>
  %3 = onnx.node "Mul"(%2, %w) <{version = 20 : i64}> : (tensor<2x4x2xf32>, tensor<4x1xf32>) -> tensor<2x4x2xf32>
  %4 = onnx.node "DFT"(%3, %six, %one) <{node_attrs = {inverse = 1 : i64, onesided = 1 : i64}, version = 20 : i64}> : (tensor<2x4x2xf32>, tensor<i64>, tensor<i64>) -> tensor<2x6x1xf32>
  %5 = onnx.node "Squeeze"(%4, %last) <{version = 20 : i64}> : (tensor<2x6x1xf32>, tensor<1xi64>) -> tensor<2x6xf32>
  %6 = onnx.node "Slice"(%5, %from, %to, %axis) <{version = 20 : i64}> : (tensor<2x6xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<2x3xf32>
  return %6 : tensor<2x3xf32>
}

// -----

// Something between the transforms is not linear: no filter.
// CHECK-LABEL: func.func @nonlinear
// CHECK-NOT: mix.
// REMARK: node "back" (DFT) ends no filter: between its transforms stands node "gate" (Relu), which is not linear
func.func @nonlinear(%x: tensor<2x4x1xf32>) -> tensor<2x4x1xf32> {
  %four = onnx.constant dense<4> : tensor<i64>
  %one = onnx.constant dense<1> : tensor<i64>
  %w = onnx.constant dense<[[4.0], [2.0], [1.0]]> : tensor<3x1xf32>
  %0 = onnx.node "DFT"(%x, %four, %one) <{node_attrs = {onesided = 1 : i64}, version = 20 : i64}> : (tensor<2x4x1xf32>, tensor<i64>, tensor<i64>) -> tensor<2x3x2xf32>
  %1 = onnx.node "Relu"(%0) <{name = "gate", version = 20 : i64}> : (tensor<2x3x2xf32>) -> tensor<2x3x2xf32>
  %2 = onnx.node "Mul"(%1, %w) <{version = 20 : i64}> : (tensor<2x3x2xf32>, tensor<3x1xf32>) -> tensor<2x3x2xf32>
  %3 = onnx.node "DFT"(%2, %four, %one) <{name = "back", node_attrs = {inverse = 1 : i64, onesided = 1 : i64}, version = 20 : i64}> : (tensor<2x3x2xf32>, tensor<i64>, tensor<i64>) -> tensor<2x4x1xf32>
  return %3 : tensor<2x4x1xf32>
}
