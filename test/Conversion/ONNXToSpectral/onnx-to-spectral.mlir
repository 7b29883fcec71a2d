// RUN: fourmix-opt %s --convert-onnx-to-spectral --split-input-file --verify-diagnostics | FileCheck %s

// fftn(x).real as exporters write it: zeros beside x, a transform for each axis, Gather. Nothing is joined.
// CHECK-LABEL: func.func @chain
// CHECK-SAME: %[[X:.+]]: tensor<2x8x6xf32>
// CHECK-NOT: "DFT"
// CHECK: %[[A:.+]], %[[B:.+]] = spectral.dft forward %[[X]] along 2 : tensor<2x8x6xf32>
// CHECK-NEXT: %[[C:.+]], %{{.+}} = spectral.dft forward %[[A]], %[[B]] along 1 : tensor<2x8x6xf32>
// CHECK-NEXT: return %[[C]]
func.func @chain(%x: tensor<2x8x6xf32>) -> tensor<2x8x6xf32> {
  %none = onnx.none
  %zeros = onnx.constant dense<0.0> : tensor<2x8x6x1xf32>
  %last = onnx.constant dense<-1> : tensor<1xi64>
  %axis2 = onnx.constant dense<2> : tensor<i64>
  %axis1 = onnx.constant dense<1> : tensor<i64>
  %index = onnx.constant dense<0> : tensor<i64>
  %re = onnx.node "Unsqueeze"(%x, %last) <{version = 20 : i64}>
      : (tensor<2x8x6xf32>, tensor<1xi64>) -> tensor<2x8x6x1xf32>
  %pair = onnx.node "Concat"(%re, %zeros) <{node_attrs = {axis = -1 : i64}, version = 20 : i64}>
      : (tensor<2x8x6x1xf32>, tensor<2x8x6x1xf32>) -> tensor<2x8x6x2xf32>
  %0 = onnx.node "DFT"(%pair, %none, %axis2) <{version = 20 : i64}>
      : (tensor<2x8x6x2xf32>, !onnx.none, tensor<i64>) -> tensor<2x8x6x2xf32>
  %1 = onnx.node "DFT"(%0, %none, %axis1) <{version = 20 : i64}>
      : (tensor<2x8x6x2xf32>, !onnx.none, tensor<i64>) -> tensor<2x8x6x2xf32>
  %2 = onnx.node "Gather"(%1, %index) <{node_attrs = {axis = 3 : i64}, version = 20 : i64}>
      : (tensor<2x8x6x2xf32>, tensor<i64>) -> tensor<2x8x6xf32>
  return %2 : tensor<2x8x6xf32>
}

// -----

// Slice and Split take parts too; who takes the whole gets both parts side by side.
// CHECK-LABEL: func.func @readers
// CHECK: %[[A:.+]], %[[B:.+]] = spectral.rdft %{{.+}} along 0 length 9 : tensor<8xf32>
// CHECK: tensor.insert_slice
// CHECK: %[[PAIR:.+]] = tensor.insert_slice
// CHECK: %[[IM:.+]] = tensor.expand_shape %[[B]]
// CHECK: %[[SPLIT:.+]] = tensor.expand_shape %[[A]]
// CHECK: return %[[IM]], %[[SPLIT]], %[[PAIR]]
func.func @readers(%x: tensor<8x1xf32>) -> (tensor<5x1xf32>, tensor<5x1xf32>, tensor<5x2xf32>) {
  %length = onnx.constant dense<9> : tensor<i64>
  %one = onnx.constant dense<1> : tensor<1xi64>
  %two = onnx.constant dense<2> : tensor<1xi64>
  %0 = onnx.node "DFT"(%x, %length) <{node_attrs = {axis = 0 : i64, onesided = 1 : i64}, version = 17 : i64}>
      : (tensor<8x1xf32>, tensor<i64>) -> tensor<5x2xf32>
  %1 = onnx.node "Slice"(%0, %one, %two, %one) <{version = 17 : i64}>
      : (tensor<5x2xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<5x1xf32>
  %2:2 = onnx.node "Split"(%0) <{node_attrs = {axis = -1 : i64}, version = 17 : i64}>
      : (tensor<5x2xf32>) -> (tensor<5x1xf32>, tensor<5x1xf32>)
  return %1, %2#0, %0 : tensor<5x1xf32>, tensor<5x1xf32>, tensor<5x2xf32>
}

// -----

// Scaling by a number, as norm='ortho' does after each transform, keeps the pair; scaling by a tensor joins it.
// CHECK-LABEL: func.func @scaled
// CHECK: %[[A:.+]], %[[B:.+]] = spectral.dft forward %{{.+}} along 0
// CHECK: %[[RE:.+]] = linalg.generic {{.*}} ins(%[[A]]
// CHECK: arith.divf %{{.+}}, %{{.+}} : f32
// CHECK: %[[IM:.+]] = linalg.generic {{.*}} ins(%[[B]]
// CHECK: %[[C:.+]], %{{.+}} = spectral.dft inverse %[[RE]], %[[IM]] along 0
// CHECK: %[[SCALED:.+]] = linalg.generic {{.*}} ins(%[[C]]
// CHECK: arith.mulf
// CHECK: return %[[SCALED]]
func.func @scaled(%x: tensor<8x1xf32>) -> tensor<8xf32> {
  %three = onnx.constant dense<3.0> : tensor<1xf32>
  %five = onnx.constant dense<5.0> : tensor<f32>
  %index = onnx.constant dense<0> : tensor<i64>
  %0 = onnx.node "DFT"(%x) <{version = 20 : i64}> : (tensor<8x1xf32>) -> tensor<8x2xf32>
  %1 = onnx.node "Div"(%0, %three) <{version = 20 : i64}> : (tensor<8x2xf32>, tensor<1xf32>) -> tensor<8x2xf32>
  %2 = onnx.node "DFT"(%1) <{node_attrs = {inverse = 1 : i64}, version = 20 : i64}> : (tensor<8x2xf32>) -> tensor<8x2xf32>
  %3 = onnx.node "Mul"(%five, %2) <{version = 20 : i64}> : (tensor<f32>, tensor<8x2xf32>) -> tensor<8x2xf32>
  %4 = onnx.node "Gather"(%3, %index) <{node_attrs = {axis = 1 : i64}, version = 20 : i64}>
      : (tensor<8x2xf32>, tensor<i64>) -> tensor<8xf32>
  return %4 : tensor<8xf32>
}

// CHECK-LABEL: func.func @scaled_by_tensor
// CHECK: onnx.node "Mul"
func.func @scaled_by_tensor(%x: tensor<8x1xf32>) -> tensor<8x2xf32> {
  %filter = onnx.constant dense<[3.0, 4.0]> : tensor<2xf32>
  %0 = onnx.node "DFT"(%x) <{version = 20 : i64}> : (tensor<8x1xf32>) -> tensor<8x2xf32>
  %1 = onnx.node "Mul"(%0, %filter) <{version = 20 : i64}> : (tensor<8x2xf32>, tensor<2xf32>) -> tensor<8x2xf32>
  return %1 : tensor<8x2xf32>
}

// -----

// A Gather of another dimension is no business of ours.
// CHECK-LABEL: func.func @other_gather
// CHECK: onnx.node "Gather"
func.func @other_gather(%x: tensor<2x8x1xf32>) -> tensor<2x2xf32> {
  %index = onnx.constant dense<0> : tensor<i64>
  %0 = onnx.node "DFT"(%x) <{version = 20 : i64}> : (tensor<2x8x1xf32>) -> tensor<2x8x2xf32>
  %1 = onnx.node "Gather"(%0, %index) <{node_attrs = {axis = 1 : i64}, version = 20 : i64}>
      : (tensor<2x8x2xf32>, tensor<i64>) -> tensor<2x2xf32>
  return %1 : tensor<2x2xf32>
}

// -----

func.func @complex_onesided(%x: tensor<8x2xf32>) -> tensor<5x2xf32> {
  // expected-error@+1 {{node "fft_3" (DFT, opset 20): expected real input for a one-sided transform, found 'tensor<8x2xf32>'}}
  %0 = onnx.node "DFT"(%x) <{name = "fft_3", node_attrs = {onesided = 1 : i64}, version = 20 : i64}>
      : (tensor<8x2xf32>) -> tensor<5x2xf32>
  return %0 : tensor<5x2xf32>
}

// -----

func.func @last_axis(%x: tensor<8x1xf32>, %axis: tensor<i64>) -> tensor<8x2xf32> {
  // expected-error@+1 {{node (DFT, opset 17): expected axis from -2 to 0 and not the last, found 1}}
  %0 = onnx.node "DFT"(%x) <{version = 17 : i64}> : (tensor<8x1xf32>) -> tensor<8x2xf32>
  return %0 : tensor<8x2xf32>
}

// -----

func.func @computed_axis(%x: tensor<8x1xf32>, %axis: tensor<i64>) -> tensor<8x2xf32> {
  %none = onnx.none
  // expected-error@+1 {{node (DFT, opset 20): expected axis to be a constant scalar, found 'tensor<i64>'}}
  %0 = onnx.node "DFT"(%x, %none, %axis) <{version = 20 : i64}>
      : (tensor<8x1xf32>, !onnx.none, tensor<i64>) -> tensor<8x2xf32>
  return %0 : tensor<8x2xf32>
}

// -----

func.func @not_inferred(%x: tensor<8x1xf32>) -> !onnx.unknown {
  // expected-error@+1 {{node (DFT, opset 20): expected a result of type 'tensor<8x2xf32>', found '!onnx.unknown'}}
  %0 = onnx.node "DFT"(%x) <{version = 20 : i64}> : (tensor<8x1xf32>) -> !onnx.unknown
  return %0 : !onnx.unknown
}

// -----

func.func @long_frame(%x: tensor<1x8xf32>) -> tensor<1x1x9x2xf32> {
  %none = onnx.none
  %step = onnx.constant dense<4> : tensor<i64>
  %length = onnx.constant dense<16> : tensor<i64>
  // expected-error@+1 {{node (STFT, opset 17): expected frame_step of 1 or more and a window of frame_length, at most 8, found 4 and 16}}
  %0 = onnx.node "STFT"(%x, %step, %none, %length) <{version = 17 : i64}>
      : (tensor<1x8xf32>, tensor<i64>, !onnx.none, tensor<i64>) -> tensor<1x1x9x2xf32>
  return %0 : tensor<1x1x9x2xf32>
}
