// Variants of FNet's mixing: one axis, Hartley's part.
//
// RUN: fourmix-opt %s --convert-onnx-to-mix --split-input-file | FileCheck %s

// Only the sequence is transformed.
// CHECK-LABEL: func.func @one_axis
// CHECK-SAME: (%[[X:.*]]: tensor<2x4x6xf32>)
// CHECK-NEXT: %[[Y:.*]] = mix.fourier %[[X]] sequence 1 : tensor<2x4x6xf32>
// CHECK-NEXT: return %[[Y]]
func.func @one_axis(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %last = onnx.constant dense<-1> : tensor<1xi64>
  %none = onnx.none
  %one = onnx.constant dense<1> : tensor<i64>
  %zero = onnx.constant dense<0> : tensor<i64>
  %0 = onnx.node "Unsqueeze"(%x, %last) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<1xi64>) -> tensor<2x4x6x1xf32>
  %1 = onnx.node "DFT"(%0, %none, %one) <{version = 20 : i64}> : (tensor<2x4x6x1xf32>, !onnx.none, tensor<i64>) -> tensor<2x4x6x2xf32>
  %select = onnx.node "Gather"(%1, %zero) <{name = "select", node_attrs = {axis = 3 : i64}, version = 20 : i64}> : (tensor<2x4x6x2xf32>, tensor<i64>) -> tensor<2x4x6xf32>
  return %select : tensor<2x4x6xf32>
}

// -----

// Re - Im.
// CHECK-LABEL: func.func @hartley
// CHECK-SAME: (%[[X:.*]]: tensor<2x4x6xf32>)
// CHECK-NEXT: %[[Y:.*]] = mix.fourier %[[X]] sequence 1 hidden 2 part hartley : tensor<2x4x6xf32>
// CHECK-NEXT: return %[[Y]]
func.func @hartley(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %last = onnx.constant dense<-1> : tensor<1xi64>
  %none = onnx.none
  %two = onnx.constant dense<2> : tensor<i64>
  %one = onnx.constant dense<1> : tensor<i64>
  %zero = onnx.constant dense<0> : tensor<i64>
  %0 = onnx.node "Unsqueeze"(%x, %last) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<1xi64>) -> tensor<2x4x6x1xf32>
  %1 = onnx.node "DFT"(%0, %none, %two) <{version = 20 : i64}> : (tensor<2x4x6x1xf32>, !onnx.none, tensor<i64>) -> tensor<2x4x6x2xf32>
  %2 = onnx.node "DFT"(%1, %none, %one) <{version = 20 : i64}> : (tensor<2x4x6x2xf32>, !onnx.none, tensor<i64>) -> tensor<2x4x6x2xf32>
  %re = onnx.node "Gather"(%2, %zero) <{node_attrs = {axis = 3 : i64}, version = 20 : i64}> : (tensor<2x4x6x2xf32>, tensor<i64>) -> tensor<2x4x6xf32>
  %im = onnx.node "Gather"(%2, %one) <{node_attrs = {axis = 3 : i64}, version = 20 : i64}> : (tensor<2x4x6x2xf32>, tensor<i64>) -> tensor<2x4x6xf32>
  %y = onnx.node "Sub"(%re, %im) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  return %y : tensor<2x4x6xf32>
}

// -----

// The mirrored half is missing.
// CHECK-LABEL: func.func @half_spectrum
// CHECK-SAME: (%[[X:.*]]: tensor<2x4x6xf32>)
// CHECK-NEXT: %[[Y:.*]] = mix.fourier %[[X]] sequence 1 hidden 2 half : tensor<2x4x6xf32>
// CHECK-NEXT: return %[[Y]]
func.func @half_spectrum(%x: tensor<2x4x6xf32>) -> tensor<2x4x4xf32> {
  %last = onnx.constant dense<-1> : tensor<1xi64>
  %none = onnx.none
  %two = onnx.constant dense<2> : tensor<i64>
  %one = onnx.constant dense<1> : tensor<i64>
  %zero = onnx.constant dense<0> : tensor<i64>
  %six = onnx.constant dense<6> : tensor<i64>
  %0 = onnx.node "Unsqueeze"(%x, %last) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<1xi64>) -> tensor<2x4x6x1xf32>
  %1 = onnx.node "DFT"(%0, %six, %two) <{node_attrs = {onesided = 1 : i64}, version = 20 : i64}> : (tensor<2x4x6x1xf32>, tensor<i64>, tensor<i64>) -> tensor<2x4x4x2xf32>
  %2 = onnx.node "DFT"(%1, %none, %one) <{version = 20 : i64}> : (tensor<2x4x4x2xf32>, !onnx.none, tensor<i64>) -> tensor<2x4x4x2xf32>
  %select = onnx.node "Gather"(%2, %zero) <{name = "select", node_attrs = {axis = 3 : i64}, version = 20 : i64}> : (tensor<2x4x4x2xf32>, tensor<i64>) -> tensor<2x4x4xf32>
  return %select : tensor<2x4x4xf32>
}
