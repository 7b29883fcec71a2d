// REQUIRES: mlir-runner
// RUN: %lower-and-run | FileCheck %s

func.func private @printMemrefF32(tensor<*xf32>) attributes {llvm.emit_c_interface}
func.func private @printMemrefI64(tensor<*xi64>) attributes {llvm.emit_c_interface}
func.func private @print(%x: tensor<2xf32>) {
  %0 = tensor.cast %x : tensor<2xf32> to tensor<*xf32>
  call @printMemrefF32(%0) : (tensor<*xf32>) -> ()
  return
}

// x = [[1, -2, 3], [1000, 1001, -inf]]
func.func private @reduce(%x: tensor<2x3xf32>) {
  %last = onnx.constant dense<-1> : tensor<1xi64>
  // CHECK: [0.666667,  -inf]
  %mean = onnx.node "ReduceMean"(%x, %last) <{node_attrs = {keepdims = 0 : i64}, version = 20 : i64}> : (tensor<2x3xf32>, tensor<1xi64>) -> tensor<2xf32>
  call @print(%mean) : (tensor<2xf32>) -> ()
  // sqrt(14)
  // CHECK: [3.74166,  inf]
  %l2 = onnx.node "ReduceL2"(%x, %last) <{node_attrs = {keepdims = 0 : i64}, version = 20 : i64}> : (tensor<2x3xf32>, tensor<1xi64>) -> tensor<2xf32>
  call @print(%l2) : (tensor<2xf32>) -> ()
  // Does not overflow.
  // CHECK: [3.13285,  1001.31]
  %lse = onnx.node "ReduceLogSumExp"(%x, %last) <{node_attrs = {keepdims = 0 : i64}, version = 20 : i64}> : (tensor<2x3xf32>, tensor<1xi64>) -> tensor<2xf32>
  call @print(%lse) : (tensor<2xf32>) -> ()
  // Before version 18 the axes are an attribute.
  // CHECK: [3,  1001]
  %max = onnx.node "ReduceMax"(%x) <{node_attrs = {axes = [1 : i64], keepdims = 0 : i64}, version = 13 : i64}> : (tensor<2x3xf32>) -> tensor<2xf32>
  call @print(%max) : (tensor<2xf32>) -> ()
  // CHECK: [2,  1]
  %at = onnx.node "ArgMax"(%x) <{node_attrs = {axis = 1 : i64, keepdims = 0 : i64}, version = 20 : i64}> : (tensor<2x3xf32>) -> tensor<2xi64>
  %0 = tensor.cast %at : tensor<2xi64> to tensor<*xi64>
  call @printMemrefI64(%0) : (tensor<*xi64>) -> ()
  // No axes: the sum over nothing, elementwise; or over everything.
  // CHECK: [1,   4,   9],
  // CHECK-NEXT: [1e+06,   1.002e+06,   inf]
  %none = onnx.constant dense<> : tensor<0xi64>
  %squares = onnx.node "ReduceSumSquare"(%x, %none) <{node_attrs = {noop_with_empty_axes = 1 : i64}, version = 20 : i64}> : (tensor<2x3xf32>, tensor<0xi64>) -> tensor<2x3xf32>
  %1 = tensor.cast %squares : tensor<2x3xf32> to tensor<*xf32>
  call @printMemrefF32(%1) : (tensor<*xf32>) -> ()
  // CHECK: [-inf]
  %all = onnx.node "ReduceSum"(%x) <{node_attrs = {keepdims = 1 : i64}, version = 20 : i64}> : (tensor<2x3xf32>) -> tensor<1x1xf32>
  %2 = tensor.cast %all : tensor<1x1xf32> to tensor<*xf32>
  call @printMemrefF32(%2) : (tensor<*xf32>) -> ()
  return
}

func.func @main() {
  %x = arith.constant dense<[[1.0, -2.0, 3.0], [1000.0, 1001.0, 0xFF800000]]> : tensor<2x3xf32>
  call @reduce(%x) : (tensor<2x3xf32>) -> ()
  return
}
