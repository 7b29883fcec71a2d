// REQUIRES: mlir-runner
// RUN: %lower-and-run | FileCheck %s

// What an FNet block is made of, on [2, 3] and [2, 2, 3].

func.func private @printMemrefF32(tensor<*xf32>) attributes {llvm.emit_c_interface}
func.func private @print(%x: tensor<2x3xf32>) {
  %0 = tensor.cast %x : tensor<2x3xf32> to tensor<*xf32>
  call @printMemrefF32(%0) : (tensor<*xf32>) -> ()
  return
}

func.func private @normalisations(%x: tensor<2x3xf32>, %scale: tensor<3xf32>, %bias: tensor<3xf32>) {
  // CHECK: [0.0900306,   0.244728,   0.665241]
  // CHECK-NEXT: [{{-?}}nan,   {{-?}}nan,   {{-?}}nan]
  %softmax = onnx.node "Softmax"(%x) <{version = 20 : i64}> : (tensor<2x3xf32>) -> tensor<2x3xf32>
  call @print(%softmax) : (tensor<2x3xf32>) -> ()
  // CHECK: [-2.40761,   -1.40761,   -0.407606]
  %log = onnx.node "LogSoftmax"(%x) <{version = 20 : i64}> : (tensor<2x3xf32>) -> tensor<2x3xf32>
  call @print(%log) : (tensor<2x3xf32>) -> ()
  // (1 - 2) / sqrt(2/3) * 2 + 1
  // CHECK: [-1.44949,   0,   2.22474]
  %norm = onnx.node "LayerNormalization"(%x, %scale, %bias) <{node_attrs = {epsilon = 0.0 : f32}, version = 20 : i64}> : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  call @print(%norm) : (tensor<2x3xf32>) -> ()
  // 1 / sqrt(14/3) * 2
  // CHECK: [0.92582,   0.92582,   2.77746]
  %rms = onnx.node "RMSNormalization"(%x, %scale) <{node_attrs = {epsilon = 0.0 : f32}, version = 23 : i64}> : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  call @print(%rms) : (tensor<2x3xf32>) -> ()
  return
}

func.func private @products(%x: tensor<2x3xf32>, %y: tensor<2x2x2xf32>, %z: tensor<2x3xf32>) {
  %bias = onnx.constant dense<[0.0, 0.0, 1.0]> : tensor<3xf32>
  // alpha x' y: the left operand transposed.
  // CHECK: [0.5,   1,   2.5]
  // CHECK-NEXT: [1,   2,   4]
  // CHECK-NEXT: [1.5,   3,   5.5]
  %t = onnx.node "Gemm"(%x, %x, %bias) <{node_attrs = {transA = 1 : i64, alpha = 0.5 : f32}, version = 20 : i64}> : (tensor<2x3xf32>, tensor<2x3xf32>, tensor<3xf32>) -> tensor<3x3xf32>
  %0 = tensor.cast %t : tensor<3x3xf32> to tensor<*xf32>
  call @printMemrefF32(%0) : (tensor<*xf32>) -> ()
  // [b, m, k] x [k, n], [m, k] x [b, k, n] (broadcast batch), [b, m, k] x [b, k, m].
  // CHECK: {{\[\[}}[9,   12,   15],
  // CHECK-NEXT: [19,   26,   33]],
  // CHECK-NEXT: {{\[}}[29,   40,   51],
  // CHECK-NEXT: [39,   54,   69]]]
  %1 = onnx.node "MatMul"(%y, %z) <{version = 20 : i64}> : (tensor<2x2x2xf32>, tensor<2x3xf32>) -> tensor<2x2x3xf32>
  %2 = tensor.cast %1 : tensor<2x2x3xf32> to tensor<*xf32>
  call @printMemrefF32(%2) : (tensor<*xf32>) -> ()
  // CHECK: {{\[\[}}[110,   156],
  // CHECK-NEXT: [263,   372]],
  // CHECK-NEXT: {{\[}}[294,   340],
  // CHECK-NEXT: [699,   808]]]
  %zt = onnx.node "Transpose"(%z) <{version = 20 : i64}> : (tensor<2x3xf32>) -> tensor<3x2xf32>
  %yz = onnx.node "MatMul"(%zt, %y) <{version = 20 : i64}> : (tensor<3x2xf32>, tensor<2x2x2xf32>) -> tensor<2x3x2xf32>
  %3 = onnx.node "MatMul"(%z, %yz) <{version = 20 : i64}> : (tensor<2x3xf32>, tensor<2x3x2xf32>) -> tensor<2x2x2xf32>
  %4 = tensor.cast %3 : tensor<2x2x2xf32> to tensor<*xf32>
  call @printMemrefF32(%4) : (tensor<*xf32>) -> ()
  // The trace of each: 1 + 4, 5 + 8; then the sum of all products with a repeated letter.
  // CHECK: [5,  13]
  %5 = onnx.node "Einsum"(%y) <{node_attrs = {equation = "...ii->..."}, version = 20 : i64}> : (tensor<2x2x2xf32>) -> tensor<2xf32>
  %6 = tensor.cast %5 : tensor<2xf32> to tensor<*xf32>
  call @printMemrefF32(%6) : (tensor<*xf32>) -> ()
  // CHECK: [9,   12,   15]
  // CHECK-NEXT: [39,   54,   69]
  %7 = onnx.node "Einsum"(%y, %z) <{node_attrs = {equation = "bbj,jk->bk"}, version = 20 : i64}> : (tensor<2x2x2xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  call @print(%7) : (tensor<2x3xf32>) -> ()
  return
}

func.func @main() {
  %x = arith.constant dense<[[1.0, 2.0, 3.0], [0xFF800000, 0xFF800000, 0xFF800000]]> : tensor<2x3xf32>
  %scale = arith.constant dense<[2.0, 1.0, 2.0]> : tensor<3xf32>
  %bias = arith.constant dense<[1.0, 0.0, -0.22474487]> : tensor<3xf32>
  call @normalisations(%x, %scale, %bias) : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>) -> ()
  %a = arith.constant dense<[[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]]> : tensor<2x3xf32>
  %y = arith.constant dense<[[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]> : tensor<2x2x2xf32>
  %z = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  call @products(%a, %y, %z) : (tensor<2x3xf32>, tensor<2x2x2xf32>, tensor<2x3xf32>) -> ()
  return
}
