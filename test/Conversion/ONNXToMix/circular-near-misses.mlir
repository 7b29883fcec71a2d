// Convolutions that nearly go round stay as they are, and say why.
//
// RUN: fourmix-opt %s --convert-onnx-to-mix --split-input-file | FileCheck %s --implicit-check-not=mix.
// RUN: fourmix-opt %s --convert-onnx-to-mix --split-input-file --remarks-filter=onnx-to-mix --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// What torch <= 1.13 wrote: the tail is one element too early.
// CHECK-LABEL: func.func @wrong_tail
// CHECK: onnx.node "Conv"
// REMARK: position 0 along axis 2 reads sample 3 where a circle of 6 samples goes on with sample 4
func.func @wrong_tail(%x: tensor<2x1x6xf32>, %w: tensor<4x1x3xf32>) -> tensor<2x4x6xf32> {
  %start = onnx.constant dense<-3> : tensor<1xi64>
  %end = onnx.constant dense<-1> : tensor<1xi64>
  %axis = onnx.constant dense<2> : tensor<1xi64>
  %0 = onnx.node "Slice"(%x, %start, %end, %axis) <{version = 20 : i64}> : (tensor<2x1x6xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<2x1x2xf32>
  %1 = onnx.node "Concat"(%0, %x) <{node_attrs = {axis = 2 : i64}, version = 20 : i64}> : (tensor<2x1x2xf32>, tensor<2x1x6xf32>) -> tensor<2x1x8xf32>
  %2 = onnx.node "Conv"(%1, %w) <{version = 20 : i64}> : (tensor<2x1x8xf32>, tensor<4x1x3xf32>) -> tensor<2x4x6xf32>
  return %2 : tensor<2x4x6xf32>
}

// -----

// CHECK-LABEL: func.func @zeros
// CHECK: onnx.node "Conv"
// REMARK: position 0 along axis 2 reads zero where a circle of 6 samples goes on with sample 5
func.func @zeros(%x: tensor<2x1x6xf32>, %w: tensor<4x1x3xf32>) -> tensor<2x4x6xf32> {
  %pads = onnx.constant dense<[0, 0, 0, 0, 0, 1]> : tensor<6xi64>
  %left = onnx.constant dense<[0, 0, 1, 0, 0, 0]> : tensor<6xi64>
  %0 = onnx.node "Pad"(%x, %pads) <{node_attrs = {mode = "wrap"}, version = 20 : i64}> : (tensor<2x1x6xf32>, tensor<6xi64>) -> tensor<2x1x7xf32>
  %1 = onnx.node "Pad"(%0, %left) <{node_attrs = {mode = "constant"}, version = 20 : i64}> : (tensor<2x1x7xf32>, tensor<6xi64>) -> tensor<2x1x8xf32>
  %2 = onnx.node "Conv"(%1, %w) <{version = 20 : i64}> : (tensor<2x1x8xf32>, tensor<4x1x3xf32>) -> tensor<2x4x6xf32>
  return %2 : tensor<2x4x6xf32>
}

// -----

// CHECK-LABEL: func.func @padded_twice
// CHECK: onnx.node "Conv"
// REMARK: it pads with zeros besides
func.func @padded_twice(%x: tensor<2x1x6xf32>, %w: tensor<4x1x3xf32>) -> tensor<2x4x8xf32> {
  %pads = onnx.constant dense<[0, 0, 1, 0, 0, 1]> : tensor<6xi64>
  %0 = onnx.node "Pad"(%x, %pads) <{node_attrs = {mode = "wrap"}, version = 20 : i64}> : (tensor<2x1x6xf32>, tensor<6xi64>) -> tensor<2x1x8xf32>
  %1 = onnx.node "Conv"(%0, %w) <{node_attrs = {pads = [1, 1]}, version = 20 : i64}> : (tensor<2x1x8xf32>, tensor<4x1x3xf32>) -> tensor<2x4x8xf32>
  return %1 : tensor<2x4x8xf32>
}

// -----

// CHECK-LABEL: func.func @mixed_channels
// CHECK: onnx.node "Conv"
// REMARK: it goes round, but its kernels mix 2 channels in 1 groups
func.func @mixed_channels(%x: tensor<2x2x6xf32>, %w: tensor<4x2x3xf32>) -> tensor<2x4x6xf32> {
  %pads = onnx.constant dense<[0, 0, 1, 0, 0, 1]> : tensor<6xi64>
  %0 = onnx.node "Pad"(%x, %pads) <{node_attrs = {mode = "wrap"}, version = 20 : i64}> : (tensor<2x2x6xf32>, tensor<6xi64>) -> tensor<2x2x8xf32>
  %1 = onnx.node "Conv"(%0, %w) <{version = 20 : i64}> : (tensor<2x2x8xf32>, tensor<4x2x3xf32>) -> tensor<2x4x6xf32>
  return %1 : tensor<2x4x6xf32>
}

// -----

// An ordinary convolution is no near miss.
// CHECK-LABEL: func.func @ordinary
// REMARK-NOT: ordinary
func.func @ordinary(%x: tensor<2x2x6xf32>, %y: tensor<2x2x6xf32>, %w: tensor<4x4x3xf32>) -> tensor<2x4x6xf32> {
  %0 = onnx.node "Concat"(%x, %y) <{node_attrs = {axis = 1 : i64}, version = 20 : i64}> : (tensor<2x2x6xf32>, tensor<2x2x6xf32>) -> tensor<2x4x6xf32>
  %1 = onnx.node "Conv"(%0, %w) <{node_attrs = {pads = [1, 1]}, name = "ordinary", version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<4x4x3xf32>) -> tensor<2x4x6xf32>
  return %1 : tensor<2x4x6xf32>
}
