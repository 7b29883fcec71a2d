// Convolutions around a circle, whatever wraps them: mix.projection where every line has the same kernels, mix.circulant
// where every channel has its own.
//
// RUN: fourmix-opt %s --convert-onnx-to-mix --split-input-file | FileCheck %s --implicit-check-not=Conv

// Pad with mode wrap: the pad on the left is the origin; tokens keep their axes.
// CHECK-LABEL: func.func @wrap_pad
// CHECK-SAME: (%[[X:.*]]: tensor<2x3x5xf32>, %[[W:.*]]: tensor<4x1x3xf32>)
// CHECK: %[[K:.*]] = onnx.node "Reshape"(%[[W]], %{{.*}} -> tensor<4x3xf32>
// CHECK: %[[Y:.*]] = mix.projection circular_1d %[[X]], %[[K]] as correlation origin [1] : tensor<2x3x5xf32>, tensor<4x3xf32>
// CHECK-NEXT: return %[[Y]]
func.func @wrap_pad(%x: tensor<2x3x5xf32>, %w: tensor<4x1x3xf32>) -> tensor<2x3x4x5xf32> {
  %rows = onnx.constant dense<[6, 1, 5]> : tensor<3xi64>
  %pads = onnx.constant dense<[0, 0, 1, 0, 0, 1]> : tensor<6xi64>
  %heads = onnx.constant dense<[2, 3, 4, 5]> : tensor<4xi64>
  %0 = onnx.node "Reshape"(%x, %rows) <{version = 20 : i64}> : (tensor<2x3x5xf32>, tensor<3xi64>) -> tensor<6x1x5xf32>
  %1 = onnx.node "Pad"(%0, %pads) <{node_attrs = {mode = "wrap"}, version = 20 : i64}> : (tensor<6x1x5xf32>, tensor<6xi64>) -> tensor<6x1x7xf32>
  %2 = onnx.node "Conv"(%1, %w) <{version = 20 : i64}> : (tensor<6x1x7xf32>, tensor<4x1x3xf32>) -> tensor<6x4x5xf32>
  %3 = onnx.node "Reshape"(%2, %heads) <{version = 20 : i64}> : (tensor<6x4x5xf32>, tensor<4xi64>) -> tensor<2x3x4x5xf32>
  return %3 : tensor<2x3x4x5xf32>
}

// -----

// Slice and Concat, on a 2-D token, with a bias and a constant kernel that is dilated.
// CHECK-LABEL: func.func @slices
// CHECK-SAME: (%[[X:.*]]: tensor<2x1x4x4xf32>
// CHECK-DAG: %[[W:.*]] = onnx.constant dense<{{\[\[\[}}1.000000e+00, 0.000000e+00, 2.000000e+00], [3.000000e+00, 0.000000e+00, 4.000000e+00]]]> : tensor<1x2x3xf32>
// CHECK-DAG: %[[T:.*]] = onnx.node "Reshape"(%[[X]], %{{.*}} -> tensor<2x16xf32>
// CHECK: mix.projection circular_2d %[[T]], %[[W]] as correlation grid [4, 4] origin [1, 0] : tensor<2x16xf32>, tensor<1x2x3xf32>
// CHECK: onnx.node "Add"(%{{.*}} : (tensor<2x1x16xf32>, tensor<1x1xf32>) -> tensor<2x1x16xf32>
func.func @slices(%x: tensor<2x1x4x4xf32>, %b: tensor<1xf32>) -> tensor<2x1x4x4xf32> {
  %w = onnx.constant dense<[[[[1.0, 2.0], [3.0, 4.0]]]]> : tensor<1x1x2x2xf32>
  %last = onnx.constant dense<-1> : tensor<1xi64>
  %zero = onnx.constant dense<0> : tensor<1xi64>
  %two = onnx.constant dense<2> : tensor<1xi64>
  %three = onnx.constant dense<3> : tensor<1xi64>
  %end = onnx.constant dense<9223372036854775807> : tensor<1xi64>
  %top = onnx.node "Slice"(%x, %last, %end, %two) <{version = 20 : i64}> : (tensor<2x1x4x4xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<2x1x1x4xf32>
  %0 = onnx.node "Concat"(%top, %x) <{node_attrs = {axis = 2 : i64}, version = 20 : i64}> : (tensor<2x1x1x4xf32>, tensor<2x1x4x4xf32>) -> tensor<2x1x5x4xf32>
  %left = onnx.node "Slice"(%0, %zero, %two, %three) <{version = 20 : i64}> : (tensor<2x1x5x4xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<2x1x5x2xf32>
  %1 = onnx.node "Concat"(%0, %left) <{node_attrs = {axis = -1 : i64}, version = 20 : i64}> : (tensor<2x1x5x4xf32>, tensor<2x1x5x2xf32>) -> tensor<2x1x5x6xf32>
  %2 = onnx.node "Conv"(%1, %w, %b) <{node_attrs = {dilations = [1, 2], pads = [0, 0, 0, 0]}, version = 20 : i64}> : (tensor<2x1x5x6xf32>, tensor<1x1x2x2xf32>, tensor<1xf32>) -> tensor<2x1x4x4xf32>
  return %2 : tensor<2x1x4x4xf32>
}

// -----

// A Gather with the indices of the circle, then a transposition: the channels of a sequence.
// CHECK-LABEL: func.func @channels
// CHECK-SAME: (%[[X:.*]]: tensor<2x6x3xf32>, %[[W:.*]]: tensor<3x1x3xf32>)
// CHECK: %[[T:.*]] = onnx.node "Transpose"(%[[X]])
// CHECK: %[[Y:.*]] = mix.circulant %[[T]], %{{.*}} axes [2] as correlation origin [2] : tensor<2x3x6xf32>, tensor<1x3x3xf32>
// CHECK: return %[[Y]]
func.func @channels(%x: tensor<2x6x3xf32>, %w: tensor<3x1x3xf32>) -> tensor<2x3x6xf32> {
  %circle = onnx.constant dense<[4, 5, 0, 1, 2, 3, 4, -1]> : tensor<8xi64>
  %0 = onnx.node "Gather"(%x, %circle) <{node_attrs = {axis = 1 : i64}, version = 20 : i64}> : (tensor<2x6x3xf32>, tensor<8xi64>) -> tensor<2x8x3xf32>
  %1 = onnx.node "Transpose"(%0) <{node_attrs = {perm = [0, 2, 1]}, version = 20 : i64}> : (tensor<2x8x3xf32>) -> tensor<2x3x8xf32>
  %2 = onnx.node "Conv"(%1, %w) <{node_attrs = {group = 3 : i64}, version = 20 : i64}> : (tensor<2x3x8xf32>, tensor<3x1x3xf32>) -> tensor<2x3x6xf32>
  return %2 : tensor<2x3x6xf32>
}

// -----

// Rows of an image are the tokens; the kernel does not leave them.
// CHECK-LABEL: func.func @lines
// CHECK: mix.projection circular_1d %arg0, %{{.*}} as correlation : tensor<2x1x5x4xf32>, tensor<3x4xf32>
// CHECK: onnx.node "Transpose"(%{{.*}}) <{node_attrs = {perm = [0, 2, 1, 3]}{{.*}} -> tensor<2x3x5x4xf32>
func.func @lines(%x: tensor<2x1x5x4xf32>, %w: tensor<3x1x1x4xf32>) -> tensor<2x3x5x4xf32> {
  %pads = onnx.constant dense<[0, 0, 0, 0, 0, 0, 0, 3]> : tensor<8xi64>
  %0 = onnx.node "Pad"(%x, %pads) <{node_attrs = {mode = "wrap"}, version = 20 : i64}> : (tensor<2x1x5x4xf32>, tensor<8xi64>) -> tensor<2x1x5x7xf32>
  %1 = onnx.node "Conv"(%0, %w) <{version = 20 : i64}> : (tensor<2x1x5x7xf32>, tensor<3x1x1x4xf32>) -> tensor<2x3x5x4xf32>
  return %1 : tensor<2x3x5x4xf32>
}

// -----

// Channels see each other: each pair of them has a block. Tap j meets x[i + j - 1], so tap 0 stands last.
// CHECK-LABEL: func.func @blocks
// CHECK: onnx.constant dense<{{\[\[}}[2.000000e+00, 3.000000e+00, 0.000000e+00, 1.000000e+00], [5.000000e+00, 6.000000e+00, 0.000000e+00, 4.000000e+00]]]>
// CHECK: mix.projection block_circulant %{{.*}}, %{{.*}} as correlation : tensor<2x8xf32>, tensor<1x2x4xf32>
func.func @blocks(%x: tensor<2x2x4xf32>) -> tensor<2x1x4xf32> {
  %w = onnx.constant dense<[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]> : tensor<1x2x3xf32>
  %pads = onnx.constant dense<[0, 0, 1, 0, 0, 1]> : tensor<6xi64>
  %0 = onnx.node "Pad"(%x, %pads) <{node_attrs = {mode = "wrap"}, version = 20 : i64}> : (tensor<2x2x4xf32>, tensor<6xi64>) -> tensor<2x2x6xf32>
  %1 = onnx.node "Conv"(%0, %w) <{version = 20 : i64}> : (tensor<2x2x6xf32>, tensor<1x2x3xf32>) -> tensor<2x1x4xf32>
  return %1 : tensor<2x1x4xf32>
}
