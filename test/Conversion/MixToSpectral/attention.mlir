// REQUIRES: mlir-runner
// RUN: fourmix-opt %s --convert-onnx-to-mix --convert-mix-to-spectral --convert-onnx-to-linalg --convert-math-to-libm %{to-llvm} \
// RUN:   | mlir-runner %{runner-libs} -e main -entry-point-result=void | FileCheck %s

// Two query heads share one key head. Expected values: ONNX's reference implementation.

func.func private @printMemrefF32(tensor<*xf32>) attributes {llvm.emit_c_interface}
func.func private @print(%x: tensor<1x2x2x2xf32>) {
  %flat = tensor.collapse_shape %x [[0, 1, 2], [3]] : tensor<1x2x2x2xf32> into tensor<4x2xf32>
  %0 = tensor.cast %flat : tensor<4x2xf32> to tensor<*xf32>
  call @printMemrefF32(%0) : (tensor<*xf32>) -> ()
  return
}

func.func private @attention(%q: tensor<1x2x2x1xf32>, %k: tensor<1x1x3x1xf32>, %v: tensor<1x1x3x2xf32>, %mask: tensor<2x3xi1>, %bias: tensor<2x3xf32>) {
  // The first query sees the first key only.
  // CHECK: [1,   10],
  // CHECK-NEXT: [1.01799,   10.1799],
  // CHECK-NEXT: [1,   10],
  // CHECK-NEXT: [1.8808,   18.808]
  %causal = onnx.node "Attention"(%q, %k, %v) <{node_attrs = {is_causal = 1 : i64}, version = 23 : i64}> : (tensor<1x2x2x1xf32>, tensor<1x1x3x1xf32>, tensor<1x1x3x2xf32>) -> tensor<1x2x2x2xf32>
  call @print(%causal) : (tensor<1x2x2x2xf32>) -> ()
  // A query that may see nothing gives zeros.
  // CHECK: [1.75508,   17.5508],
  // CHECK-NEXT: [0,   0],
  // CHECK-NEXT: [1.87565,   18.7565],
  // CHECK-NEXT: [0,   0]
  %masked = onnx.node "Attention"(%q, %k, %v, %mask) <{version = 24 : i64}> : (tensor<1x2x2x1xf32>, tensor<1x1x3x1xf32>, tensor<1x1x3x2xf32>, tensor<2x3xi1>) -> tensor<1x2x2x2xf32>
  call @print(%masked) : (tensor<1x2x2x2xf32>) -> ()
  // CHECK: [1.69218,   16.9218],
  // CHECK-NEXT: [1.59204,   15.9204],
  // CHECK-NEXT: [1.77335,   17.7335],
  // CHECK-NEXT: [1.93267,   19.3267]
  %biased = onnx.node "Attention"(%q, %k, %v, %bias) <{node_attrs = {scale = 0.5 : f32, softcap = 2.0 : f32}, version = 24 : i64}> : (tensor<1x2x2x1xf32>, tensor<1x1x3x1xf32>, tensor<1x1x3x2xf32>, tensor<2x3xf32>) -> tensor<1x2x2x2xf32>
  call @print(%biased) : (tensor<1x2x2x2xf32>) -> ()
  return
}

func.func @main() {
  %q = arith.constant dense<[[[[1.0], [2.0]], [[0.5], [-1.0]]]]> : tensor<1x2x2x1xf32>
  %k = arith.constant dense<[[[[1.0], [-1.0], [0.5]]]]> : tensor<1x1x3x1xf32>
  %v = arith.constant dense<[[[[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]]]> : tensor<1x1x3x2xf32>
  %mask = arith.constant dense<[[true, false, true], [false, false, false]]> : tensor<2x3xi1>
  %bias = arith.constant dense<[[0.0, 1.0, -1.0], [0.5, 0.0, 0.0]]> : tensor<2x3xf32>
  call @attention(%q, %k, %v, %mask, %bias) : (tensor<1x2x2x1xf32>, tensor<1x1x3x1xf32>, tensor<1x1x3x2xf32>, tensor<2x3xi1>, tensor<2x3xf32>) -> ()
  return
}
