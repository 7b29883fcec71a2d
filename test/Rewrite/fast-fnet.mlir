// FNet's blocks on half of the spectrum: what they become, and what stays. They are run in fast-fnet-runs.test.
//
// RUN: fourmix-opt %s --fast-fnet --split-input-file --verify-diagnostics --remark-format=emitRemark --remarks-filter=rewrite | FileCheck %s

// A scale beside the mixing stays beside it; the normalised sum goes on as a residual.
// CHECK-LABEL: func.func @block
// CHECK-SAME: (%[[X:.*]]: tensor<2x4x6xf32>)
// CHECK: %[[M:.*]] = mix.fourier %[[X]] sequence 1 hidden 2 half {mix.layer = 3 : i64} : tensor<2x4x6xf32>
// CHECK: %[[S:.*]] = onnx.node "Mul"(%[[M]], %{{.*}}) {{.*}} -> tensor<2x4x4xf32>
// CHECK: %[[A:.*]] = onnx.node "Slice"(%[[X]], {{.*}} -> tensor<2x4x4xf32>
// CHECK: %[[R:.*]] = onnx.node "Gather"(%[[X]], {{.*}} -> tensor<2x4x4xf32>
// CHECK: %[[P:.*]] = onnx.node "Add"(%[[A]], %[[R]])
// CHECK: %[[P2:.*]] = onnx.node "Mul"(%[[P]],
// CHECK: %[[T:.*]] = onnx.node "Add"(%[[P2]], %[[S]])
// CHECK: %[[G:.*]] = onnx.constant dense<[1.000000e+00, 4.000000e+00, 4.000000e+00, 4.000000e+00]> : tensor<4xf32>
// CHECK: %[[B:.*]] = onnx.constant dense<5.000000e-01> : tensor<4xf32>
// CHECK: %[[N:.*]] = onnx.node "LayerNormalization"(%[[T]], %[[G]], %[[B]]) <{node_attrs = {epsilon = 9.99999996E-13 : f32}, version = 20 : i64}>
// CHECK: %[[H:.*]] = mix.mirror %[[N]] hidden 2 length 6 {onnx.output_names = ["h"]}
// CHECK: %[[W:.*]] = onnx.constant dense<{{\[\[}}1.000000e+00, 2.000000e+00], [1.400000e+01, 1.600000e+01], [1.400000e+01, 1.600000e+01], [7.000000e+00, 8.000000e+00]]> : tensor<4x2xf32>
// CHECK: %[[U:.*]] = onnx.node "MatMul"(%[[N]], %[[W]]) <{output_names = ["u"], version = 20 : i64}> : (tensor<2x4x4xf32>, tensor<4x2xf32>) -> tensor<2x4x2xf32>
// CHECK: return %[[H]], %[[U]]
func.func @block(%x: tensor<2x4x6xf32>) -> (tensor<2x4x6xf32>, tensor<2x4x2xf32>) {
  %gamma = onnx.constant dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]> : tensor<6xf32>
  %beta = onnx.constant dense<0.5> : tensor<6xf32>
  %w = onnx.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0], [9.0, 10.0], [11.0, 12.0]]> : tensor<6x2xf32>
  %c = onnx.constant dense<0.25> : tensor<f32>
  %m = mix.fourier %x sequence 1 hidden 2 {mix.layer = 3 : i64} : tensor<2x4x6xf32>
  %s = onnx.node "Mul"(%m, %c) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<f32>) -> tensor<2x4x6xf32>
  %a = onnx.node "Add"(%s, %x) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  // expected-remark @+1 {{layer 3, LayerNormalization: 4 of 6 features from here to the next product; the residual is pooled in pairs. This is another network: it wants training}}
  %h = onnx.node "LayerNormalization"(%a, %gamma, %beta) <{node_attrs = {epsilon = 1.0e-12 : f32}, output_names = ["h"], version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<2x4x6xf32>
  %u = onnx.node "MatMul"(%h, %w) <{output_names = ["u"], version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<6x2xf32>) -> tensor<2x4x2xf32>
  return %h, %u : tensor<2x4x6xf32>, tensor<2x4x2xf32>
}

// -----

// CHECK-LABEL: func.func @refused
// CHECK-COUNT-5: mix.fourier {{.*}} : tensor<2x4x6xf32>
// CHECK-NOT: half
func.func @refused(%x: tensor<2x4x6xf32>, %y: tensor<2x4x6xf32>, %gamma: tensor<6xf32>) {
  // expected-remark @+1 {{it is not the real part over sequence and hidden axis}}
  %0 = mix.fourier %x sequence 1 hidden 2 part hartley : tensor<2x4x6xf32>
  // expected-remark @+1 {{it is not the real part over sequence and hidden axis}}
  %1 = mix.fourier %x hidden 2 : tensor<2x4x6xf32>
  // expected-remark @+1 {{its hidden axis is not the last one}}
  %2 = mix.fourier %x sequence 2 hidden 1 : tensor<2x4x6xf32>
  // expected-remark @+1 {{it is not added to a residual}}
  %3 = mix.fourier %x sequence 1 hidden 2 : tensor<2x4x6xf32>
  // expected-remark @+1 {{its LayerNormalization is not over the features, with constant weights}}
  %4 = mix.fourier %y sequence 1 hidden 2 : tensor<2x4x6xf32>
  %a = onnx.node "Add"(%y, %4) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  %h = onnx.node "LayerNormalization"(%a, %gamma) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<6xf32>) -> tensor<2x4x6xf32>
  return
}

// -----

// CHECK-LABEL: func.func @nothing_saved
func.func @nothing_saved(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %gamma = onnx.constant dense<1.0> : tensor<6xf32>
  // expected-remark @+1 {{no product with a constant matrix takes what follows it, so nothing would be saved}}
  %m = mix.fourier %x sequence 1 hidden 2 : tensor<2x4x6xf32>
  %a = onnx.node "Add"(%x, %m) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  %h = onnx.node "LayerNormalization"(%a, %gamma) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<6xf32>) -> tensor<2x4x6xf32>
  return %h : tensor<2x4x6xf32>
}
