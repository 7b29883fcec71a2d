// REQUIRES: mlir-runner
// RUN: %lower-and-run | FileCheck %s
//
// Two tokens, one state, two heads that read it; a past, a decay per feature of the key, a rate. By hand for token 0: the
// past [0 1 2; 3 4 5] decays by rows to [0 .5 1; 3 4 5]; k = (1, 0) finds (0, .5, 1) there; v - that = (1, 1.5, 2) is
// added to row 0: [1 2 3; 3 4 5]. q = (1, 0) reads (1, 2, 3), q = (2, 1) reads (5, 8, 11).

func.func private @printMemrefF32(tensor<*xf32>) attributes {llvm.emit_c_interface}

func.func @main() {
  %q = arith.constant dense<[[[1.0, 0.0, 2.0, 1.0], [0.0, 1.0, 1.0, 1.0]]]> : tensor<1x2x4xf32>
  %k = arith.constant dense<[[[1.0, 0.0], [0.6, 0.8]]]> : tensor<1x2x2xf32>
  %v = arith.constant dense<[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]> : tensor<1x2x3xf32>
  %past = arith.constant dense<[[[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]]]> : tensor<1x1x2x3xf32>
  // ln [.5 1; .25 .5]
  %decay = arith.constant dense<[[[-0.693147181, 0.0], [-1.386294361, -0.693147181]]]> : tensor<1x2x2xf32>
  %rate = arith.constant dense<[[[1.0], [0.5]]]> : tensor<1x2x1xf32>
  // CHECK: 1,       2,       3,       5,       8,       11
  // CHECK: 2.56,    3.24,    3.92,    3.605,   4.67,    5.735
  // CHECK: 1.045,   1.43,   1.815
  // CHECK: 2.56,   3.24,   3.92
  %y, %state = onnx.node "LinearAttention"(%q, %k, %v, %past, %decay, %rate) <{node_attrs = {kv_num_heads = 1 : i64, q_num_heads = 2 : i64, scale = 1.0 : f32}, version = 27 : i64}> : (tensor<1x2x4xf32>, tensor<1x2x2xf32>, tensor<1x2x3xf32>, tensor<1x1x2x3xf32>, tensor<1x2x2xf32>, tensor<1x2x1xf32>) -> (tensor<1x2x6xf32>, tensor<1x1x2x3xf32>)
  %0 = tensor.cast %y : tensor<1x2x6xf32> to tensor<*xf32>
  call @printMemrefF32(%0) : (tensor<*xf32>) -> ()
  %1 = tensor.cast %state : tensor<1x1x2x3xf32> to tensor<*xf32>
  call @printMemrefF32(%1) : (tensor<*xf32>) -> ()
  // The state alone, without a past: k^T v.
  // CHECK: 3.4,   5,   6.6
  // CHECK: 3.2,   4,   4.8
  %none = onnx.none
  %z, %sum = onnx.node "LinearAttention"(%q, %k, %v, %none) <{node_attrs = {kv_num_heads = 1 : i64, q_num_heads = 2 : i64, update_rule = "linear"}, version = 27 : i64}> : (tensor<1x2x4xf32>, tensor<1x2x2xf32>, tensor<1x2x3xf32>, !onnx.none) -> (tensor<1x2x6xf32>, tensor<1x1x2x3xf32>)
  %2 = tensor.cast %sum : tensor<1x1x2x3xf32> to tensor<*xf32>
  call @printMemrefF32(%2) : (tensor<*xf32>) -> ()
  return
}
