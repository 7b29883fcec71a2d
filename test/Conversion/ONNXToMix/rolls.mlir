// Circular correlations that no Conv computes: sums of rolls, products with a view of every place of the circle.
//
// RUN: fourmix-opt %s --convert-onnx-to-mix --split-input-file | FileCheck %s
// RUN: fourmix-opt %s --convert-onnx-to-mix --split-input-file --remarks-filter=onnx-to-mix --remark-format=emitRemark -o /dev/null 2>&1 \
// RUN: | FileCheck %s --check-prefix=REMARK

// torch.roll by 1 and by -1: three taps around the middle one, of the weights 3, 2, 4 at x[i-1], x[i], x[i+1].
// CHECK-LABEL: func.func @rolls
// CHECK: %[[W:.*]] = onnx.constant dense<{{\[\[}}[3.000000e+00], [2.000000e+00], [4.000000e+00]]]> : tensor<1x3x1xf32>
// CHECK: %[[Y:.*]] = mix.circulant %arg0, %[[W]] axes [1] as correlation origin [1] : tensor<2x6x3xf32>, tensor<1x3x1xf32>
// CHECK-NEXT: return %[[Y]]
// REMARK: (Add) and what feeds it raised to mix.circulant over axes 1
func.func @rolls(%x: tensor<2x6x3xf32>) -> tensor<2x6x3xf32> {
  %a = onnx.constant dense<2.0> : tensor<f32>
  %b = onnx.constant dense<3.0> : tensor<f32>
  %c = onnx.constant dense<4.0> : tensor<f32>
  %zero = onnx.constant dense<0> : tensor<1xi64>
  %one = onnx.constant dense<1> : tensor<1xi64>
  %last = onnx.constant dense<-1> : tensor<1xi64>
  %end = onnx.constant dense<6> : tensor<1xi64>
  %s0 = onnx.node "Slice"(%x, %last, %end, %one) <{version = 20 : i64}> : (tensor<2x6x3xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<2x1x3xf32>
  %s1 = onnx.node "Slice"(%x, %zero, %last, %one) <{version = 20 : i64}> : (tensor<2x6x3xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<2x5x3xf32>
  %right = onnx.node "Concat"(%s0, %s1) <{node_attrs = {axis = 1 : i64}, version = 20 : i64}> : (tensor<2x1x3xf32>, tensor<2x5x3xf32>) -> tensor<2x6x3xf32>
  %s2 = onnx.node "Slice"(%x, %one, %end, %one) <{version = 20 : i64}> : (tensor<2x6x3xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<2x5x3xf32>
  %s3 = onnx.node "Slice"(%x, %zero, %one, %one) <{version = 20 : i64}> : (tensor<2x6x3xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<2x1x3xf32>
  %left = onnx.node "Concat"(%s2, %s3) <{node_attrs = {axis = 1 : i64}, version = 20 : i64}> : (tensor<2x5x3xf32>, tensor<2x1x3xf32>) -> tensor<2x6x3xf32>
  %0 = onnx.node "Mul"(%x, %a) <{version = 20 : i64}> : (tensor<2x6x3xf32>, tensor<f32>) -> tensor<2x6x3xf32>
  %1 = onnx.node "Mul"(%right, %b) <{version = 20 : i64}> : (tensor<2x6x3xf32>, tensor<f32>) -> tensor<2x6x3xf32>
  %2 = onnx.node "Mul"(%left, %c) <{version = 20 : i64}> : (tensor<2x6x3xf32>, tensor<f32>) -> tensor<2x6x3xf32>
  %3 = onnx.node "Add"(%0, %1) <{version = 20 : i64}> : (tensor<2x6x3xf32>, tensor<2x6x3xf32>) -> tensor<2x6x3xf32>
  %4 = onnx.node "Add"(%3, %2) <{version = 20 : i64}> : (tensor<2x6x3xf32>, tensor<2x6x3xf32>) -> tensor<2x6x3xf32>
  return %4 : tensor<2x6x3xf32>
}

// -----

// x[(i + j) mod 3] as a GatherND of PyTorch's, the sequence brought to the front for it and to the end behind it.
// CHECK-LABEL: func.func @view
// CHECK: %[[T:.*]] = onnx.node "Transpose"
// CHECK: %[[W:.*]] = onnx.constant dense<{{\[\[}}[5.000000e+00, 6.000000e+00, 7.000000e+00]]]>
// CHECK: mix.circulant %[[T]], %[[W]] axes [2] as correlation {{.*}}: tensor<2x4x3xf32>, tensor<1x1x3xf32>
// CHECK-NOT: GatherND
func.func @view(%x: tensor<2x3x4xf32>) -> tensor<2x4x3xf32> {
  %w = onnx.constant dense<[5.0, 6.0, 7.0]> : tensor<3xf32>
  %i = onnx.constant dense<[[[0], [1], [2]], [[1], [2], [0]], [[2], [0], [1]]]> : tensor<3x3x1xi64>
  %0 = onnx.node "Transpose"(%x) <{node_attrs = {perm = [1, 0, 2]}, version = 20 : i64}> : (tensor<2x3x4xf32>) -> tensor<3x2x4xf32>
  %1 = onnx.node "GatherND"(%0, %i) <{version = 20 : i64}> : (tensor<3x2x4xf32>, tensor<3x3x1xi64>) -> tensor<3x3x2x4xf32>
  %2 = onnx.node "Transpose"(%1) <{node_attrs = {perm = [2, 3, 0, 1]}, version = 20 : i64}> : (tensor<3x3x2x4xf32>) -> tensor<2x4x3x3xf32>
  %3 = onnx.node "MatMul"(%2, %w) <{version = 20 : i64}> : (tensor<2x4x3x3xf32>, tensor<3xf32>) -> tensor<2x4x3xf32>
  return %3 : tensor<2x4x3xf32>
}

// -----

// One of the tensors is reversed.
// CHECK-LABEL: func.func @reversed
// CHECK-NOT: mix.
// CHECK: return
// REMARK: (Add) is no circular convolution: what it adds is not one tensor rolled by several places
func.func @reversed(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %a = onnx.constant dense<[1, 2, 3, 0]> : tensor<4xi64>
  %b = onnx.constant dense<[2, 3, 0, 1]> : tensor<4xi64>
  %c = onnx.constant dense<[3, 0, 1, 2]> : tensor<4xi64>
  %d = onnx.constant dense<[3, 2, 1, 0]> : tensor<4xi64>
  %0 = onnx.node "Gather"(%x, %a) <{node_attrs = {axis = 1 : i64}, version = 20 : i64}> : (tensor<2x4xf32>, tensor<4xi64>) -> tensor<2x4xf32>
  %1 = onnx.node "Gather"(%x, %b) <{node_attrs = {axis = 1 : i64}, version = 20 : i64}> : (tensor<2x4xf32>, tensor<4xi64>) -> tensor<2x4xf32>
  %2 = onnx.node "Gather"(%x, %c) <{node_attrs = {axis = 1 : i64}, version = 20 : i64}> : (tensor<2x4xf32>, tensor<4xi64>) -> tensor<2x4xf32>
  %3 = onnx.node "Gather"(%x, %d) <{node_attrs = {axis = 1 : i64}, version = 20 : i64}> : (tensor<2x4xf32>, tensor<4xi64>) -> tensor<2x4xf32>
  %4 = onnx.node "Add"(%0, %3) <{version = 20 : i64}> : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  %5 = onnx.node "Add"(%4, %1) <{version = 20 : i64}> : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  %6 = onnx.node "Add"(%5, %2) <{version = 20 : i64}> : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  return %6 : tensor<2x4xf32>
}
