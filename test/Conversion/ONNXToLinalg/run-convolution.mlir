// REQUIRES: mlir-runner
// RUN: %lower-and-run | FileCheck %s

// Expected values: ONNX's reference implementation.

func.func private @printMemrefF32(tensor<*xf32>) attributes {llvm.emit_c_interface}

func.func private @image(%x: tensor<1x1x3x3xf32>, %w: tensor<1x1x2x2xf32>) {
  // CHECK: [11.5,     18.5,     9.5],
  // CHECK-NEXT: [67.5,     77.5,     33.5]
  %bias = onnx.constant dense<0.5> : tensor<1xf32>
  %0 = onnx.node "Conv"(%x, %w, %bias) <{node_attrs = {pads = [1 : i64, 0 : i64, 0 : i64, 1 : i64], strides = [2 : i64, 1 : i64]}, version = 20 : i64}> : (tensor<1x1x3x3xf32>, tensor<1x1x2x2xf32>, tensor<1xf32>) -> tensor<1x1x2x3xf32>
  %1 = tensor.cast %0 : tensor<1x1x2x3xf32> to tensor<*xf32>
  call @printMemrefF32(%1) : (tensor<*xf32>) -> ()
  return
}

func.func private @line(%x: tensor<1x2x4xf32>, %w: tensor<4x1x2xf32>, %many: tensor<8x2x4xf32>) {
  // Two groups, every second element.
  // CHECK: [-2,    -2],
  // CHECK-NEXT: [5,    8],
  // CHECK-NEXT: [12,    14],
  // CHECK-NEXT: [21,    24]
  %0 = onnx.node "Conv"(%x, %w) <{node_attrs = {group = 2 : i64, dilations = [2 : i64]}, version = 20 : i64}> : (tensor<1x2x4xf32>, tensor<4x1x2xf32>) -> tensor<1x4x2xf32>
  %1 = tensor.cast %0 : tensor<1x4x2xf32> to tensor<*xf32>
  call @printMemrefF32(%1) : (tensor<*xf32>) -> ()
  // CHECK: [-1,    -1,    -1,    -1],
  // CHECK-NEXT: [1,    4,    7,    10],
  // CHECK-NEXT: [5,    11,    13,    15],
  // CHECK-NEXT: [15,    18,    21,    24]
  %2 = onnx.node "Conv"(%x, %w) <{node_attrs = {group = 2 : i64, auto_pad = "SAME_LOWER"}, version = 20 : i64}> : (tensor<1x2x4xf32>, tensor<4x1x2xf32>) -> tensor<1x4x4xf32>
  %3 = tensor.cast %2 : tensor<1x4x4xf32> to tensor<*xf32>
  call @printMemrefF32(%3) : (tensor<*xf32>) -> ()
  // Enough channels for a matrix product over copied windows.
  // CHECK: [-14,    -9,    -17],
  // CHECK-NEXT: [-2,    -1,    23],
  // CHECK-NEXT: [10,    2,    -17],
  // CHECK-NEXT: [-13,    -10,    -2],
  // CHECK-NEXT: [19,    18,    13],
  %4 = onnx.node "Conv"(%x, %many) <{node_attrs = {pads = [1 : i64, 1 : i64]}, version = 20 : i64}> : (tensor<1x2x4xf32>, tensor<8x2x4xf32>) -> tensor<1x8x3xf32>
  %5 = tensor.cast %4 : tensor<1x8x3xf32> to tensor<*xf32>
  call @printMemrefF32(%5) : (tensor<*xf32>) -> ()
  return
}

func.func @main() {
  %x = arith.constant dense<[[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]]]> : tensor<1x1x3x3xf32>
  %w = arith.constant dense<[[[[1.0, 2.0], [3.0, 4.0]]]]> : tensor<1x1x2x2xf32>
  call @image(%x, %w) : (tensor<1x1x3x3xf32>, tensor<1x1x2x2xf32>) -> ()
  %line = arith.constant dense<[[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]]> : tensor<1x2x4xf32>
  %taps = arith.constant dense<[[[1.0, -1.0]], [[2.0, 1.0]], [[1.0, 1.0]], [[0.0, 3.0]]]> : tensor<4x1x2xf32>
  // (i mod 5) - 2
  %many = arith.constant dense<[
    [[-2.0, -1.0, 0.0, 1.0], [2.0, -2.0, -1.0, 0.0]], [[1.0, 2.0, -2.0, -1.0], [0.0, 1.0, 2.0, -2.0]],
    [[-1.0, 0.0, 1.0, 2.0], [-2.0, -1.0, 0.0, 1.0]], [[2.0, -2.0, -1.0, 0.0], [1.0, 2.0, -2.0, -1.0]],
    [[0.0, 1.0, 2.0, -2.0], [-1.0, 0.0, 1.0, 2.0]], [[-2.0, -1.0, 0.0, 1.0], [2.0, -2.0, -1.0, 0.0]],
    [[1.0, 2.0, -2.0, -1.0], [0.0, 1.0, 2.0, -2.0]], [[-1.0, 0.0, 1.0, 2.0], [-2.0, -1.0, 0.0, 1.0]]]> : tensor<8x2x4xf32>
  call @line(%line, %taps, %many) : (tensor<1x2x4xf32>, tensor<4x1x2xf32>, tensor<8x2x4xf32>) -> ()
  return
}
