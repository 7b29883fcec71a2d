// RUN: fourmix-opt %s --convert-onnx-to-linalg --split-input-file --verify-diagnostics

func.func @untyped(%x: tensor<4xf32>) {
  // expected-error @+1 {{node "relu" (Relu, opset 20): output #0 must be a tensor of numbers with a static shape, found '!onnx.unknown'}}
  %0 = onnx.node "Relu"(%x) <{name = "relu", version = 20 : i64}> : (tensor<4xf32>) -> !onnx.unknown
  return
}

// -----

func.func @dynamic(%x: tensor<?xf32>) {
  // expected-error @+1 {{node "relu" (Relu, opset 20): input #0 must be a tensor of numbers with a static shape, found 'tensor<?xf32>'}}
  %0 = onnx.node "Relu"(%x) <{name = "relu", version = 20 : i64}> : (tensor<?xf32>) -> tensor<?xf32>
  return
}

// -----

func.func @axis(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  // expected-error @+1 {{node "s" (Softmax, opset 20): axis 2 lies outside of [-2, 1]}}
  %0 = onnx.node "Softmax"(%x) <{name = "s", node_attrs = {axis = 2 : i64}, version = 20 : i64}> : (tensor<2x4xf32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

func.func @wrong_inference(%x: tensor<2x4xf32>) -> tensor<2x5xf32> {
  // expected-error @+1 {{node "t" (Transpose, opset 20): output #0 was inferred as 'tensor<2x5xf32>', but the lowering computes 'tensor<4x2xf32>'}}
  %0 = onnx.node "Transpose"(%x) <{name = "t", version = 20 : i64}> : (tensor<2x4xf32>) -> tensor<2x5xf32>
  return %0 : tensor<2x5xf32>
}

// -----

func.func @data_axes(%x: tensor<2x4xf32>, %axes: tensor<1xi64>) -> tensor<2xf32> {
  // expected-error @+1 {{node "r" (ReduceSum, opset 20): input #1 must be a constant of integers}}
  %0 = onnx.node "ReduceSum"(%x, %axes) <{name = "r", node_attrs = {keepdims = 0 : i64}, version = 20 : i64}> : (tensor<2x4xf32>, tensor<1xi64>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}
