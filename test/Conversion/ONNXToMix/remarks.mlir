// The remark that a raised mixing leaves: which node, how many with it, and the scale where there is one.
//
// RUN: fourmix-opt %s --convert-onnx-to-mix --verify-diagnostics --remark-format=emitRemark --remarks-filter="onnx-to-mix"

func.func @inverse(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %last = onnx.constant dense<-1> : tensor<1xi64>
  %none = onnx.none
  %two = onnx.constant dense<2> : tensor<i64>
  %one = onnx.constant dense<1> : tensor<i64>
  %zero = onnx.constant dense<0> : tensor<i64>
  %0 = onnx.node "Unsqueeze"(%x, %last) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<1xi64>) -> tensor<2x4x6x1xf32>
  %1 = onnx.node "DFT"(%0, %none, %one) <{node_attrs = {inverse = 1 : i64}, version = 20 : i64}> : (tensor<2x4x6x1xf32>, !onnx.none, tensor<i64>) -> tensor<2x4x6x2xf32>
  %2 = onnx.node "DFT"(%1, %none, %two) <{node_attrs = {inverse = 1 : i64}, version = 20 : i64}> : (tensor<2x4x6x2xf32>, !onnx.none, tensor<i64>) -> tensor<2x4x6x2xf32>
  // expected-remark @+1 {{node "real" (Gather) and what feeds it, 4 nodes, raised to mix.fourier over axes 1 and 2, scale 0.041667}}
  %3 = onnx.node "Gather"(%2, %zero) <{name = "real", node_attrs = {axis = 3 : i64}, version = 20 : i64}> : (tensor<2x4x6x2xf32>, tensor<i64>) -> tensor<2x4x6xf32>
  return %3 : tensor<2x4x6xf32>
}
