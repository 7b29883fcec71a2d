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

// -----

func.func @missing_input(%x: tensor<4xf32>) {
  // expected-error @+1 {{node "w" (Where, opset 20): input #2 is missing}}
  %0 = onnx.node "Where"(%x, %x) <{name = "w", version = 20 : i64}> : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @absent_input(%x: tensor<4xf32>) {
  %none = onnx.none
  // expected-error @+1 {{node "a" (Add, opset 20): input #1 is missing}}
  %0 = onnx.node "Add"(%x, %none) <{name = "a", version = 20 : i64}> : (tensor<4xf32>, !onnx.none) -> tensor<4xf32>
  return
}

// -----

func.func @no_broadcast(%x: tensor<3xf32>, %y: tensor<4xf32>) {
  // expected-error @+1 {{node "a" (Add, opset 20): output #0 of type 'tensor<4xf32>' does not follow from these inputs}}
  %0 = onnx.node "Add"(%x, %y) <{name = "a", version = 20 : i64}> : (tensor<3xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @no_product(%x: tensor<2x3xf32>, %y: tensor<4x5xf32>) {
  // expected-error @+1 {{node "m" (MatMul, opset 20): 'tensor<2x3xf32>' and 'tensor<4x5xf32>' do not fit a matrix product}}
  %0 = onnx.node "MatMul"(%x, %y) <{name = "m", version = 20 : i64}> : (tensor<2x3xf32>, tensor<4x5xf32>) -> tensor<2x5xf32>
  return
}

// -----

func.func @no_reshape(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{node "r" (Reshape, opset 20): 'tensor<2x3xf32>' cannot be reshaped to 'tensor<7xf32>'}}
  %0 = onnx.node "Reshape"(%x) <{name = "r", version = 20 : i64}> : (tensor<2x3xf32>) -> tensor<7xf32>
  return
}

// -----

func.func @empty_table(%x: tensor<0x4xf32>, %i: tensor<2xi64>) {
  // expected-error @+1 {{node "g" (Gather, opset 20): there is nothing to read in 'tensor<0x4xf32>'}}
  %0 = onnx.node "Gather"(%x, %i) <{name = "g", version = 20 : i64}> : (tensor<0x4xf32>, tensor<2xi64>) -> tensor<2x4xf32>
  return
}

// -----

func.func @einsum(%x: tensor<2x4xf32>) {
  // expected-error @+1 {{node "e" (Einsum, opset 20): term 'ijk' does not fit an operand of rank 2}}
  %0 = onnx.node "Einsum"(%x) <{name = "e", node_attrs = {equation = "ijk->ij"}, version = 20 : i64}> : (tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

