// The algebra that changes no result, on nodes of ONNX.
//
// RUN: fourmix-opt %s --simplify-mixing --split-input-file | FileCheck %s
// It is part of phase rewrite.
// RUN: fourmix-opt %s --fourmix-rewrite --split-input-file | FileCheck %s

// Two mixings in a row, the name of the last one kept; what else the file has, dead or not, stays.
// CHECK-LABEL: func.func @twice
// CHECK-SAME: (%[[X:.*]]: tensor<2x4x6xf32>)
// CHECK: onnx.node "Relu"
// CHECK: %[[R:.*]] = mix.reflect %[[X]] axes [1, 2]
// CHECK: %[[S:.*]] = onnx.node "Add"(%[[X]], %[[R]])
// CHECK: %[[C:.*]] = onnx.constant dense<1.200000e+01> : tensor<f32>
// CHECK: %[[Y:.*]] = onnx.node "Mul"(%[[S]], %[[C]]) <{output_names = ["y"],
// CHECK: return %[[Y]]
func.func @twice(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %dead = onnx.node "Relu"(%x) <{version = 20 : i64}> : (tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  %a = mix.fourier %x sequence 1 hidden 2 : tensor<2x4x6xf32>
  %b = mix.fourier %a sequence 1 hidden 2 {onnx.output_names = ["y"]} : tensor<2x4x6xf32>
  return %b : tensor<2x4x6xf32>
}

// -----

// CHECK-LABEL: func.func @undone
// CHECK-SAME: (%[[X:.*]]: tensor<2x4x6xf32>)
// CHECK-NEXT: %[[Y:.*]] = mix.fourier %[[X]] sequence 1 hidden 2 : tensor<2x4x6xf32>
// CHECK-NEXT: return %[[Y]]
func.func @undone(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %a = mix.cosine %x sequence 1 hidden 2 ortho : tensor<2x4x6xf32>
  %b = mix.cosine inverse %a sequence 1 hidden 2 ortho : tensor<2x4x6xf32>
  %h = mix.fourier %b sequence 1 hidden 2 half : tensor<2x4x6xf32>
  %y = mix.mirror %h sequence 1 hidden 2 length 6 : tensor<2x4x4xf32>
  return %y : tensor<2x4x6xf32>
}

// -----

// Pre-norm: the factor of an orthonormal mixing goes into the normalisation before it.
// CHECK-LABEL: func.func @into_norm
// CHECK-SAME: (%[[X:.*]]: tensor<2x4x6xf32>)
// CHECK-DAG: %[[G:.*]] = onnx.constant dense<1.000000e+00> : tensor<6xf32>
// CHECK-DAG: %[[B:.*]] = onnx.constant dense<2.500000e-01> : tensor<6xf32>
// CHECK: %[[N:.*]] = onnx.node "LayerNormalization"(%[[X]], %[[G]], %[[B]])
// CHECK: %[[M:.*]] = mix.fourier %[[N]] sequence 1 hidden 2 {onnx.output_names = ["m"]}
// CHECK: onnx.node "Add"(%[[X]], %[[M]])
func.func @into_norm(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %gamma = onnx.constant dense<2.0> : tensor<6xf32>
  %beta = onnx.constant dense<0.5> : tensor<6xf32>
  %c = onnx.constant dense<0.5> : tensor<f32>
  %n = onnx.node "LayerNormalization"(%x, %gamma, %beta) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<2x4x6xf32>
  %m = mix.fourier %n sequence 1 hidden 2 : tensor<2x4x6xf32>
  %s = onnx.node "Mul"(%m, %c) <{output_names = ["m"], version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<f32>) -> tensor<2x4x6xf32>
  %y = onnx.node "Add"(%x, %s) <{version = 20 : i64}> : (tensor<2x4x6xf32>, tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  return %y : tensor<2x4x6xf32>
}

// -----

// Into the matrix that follows, which another product has unscaled.
// CHECK-LABEL: func.func @into_product
// CHECK-SAME: (%[[X:.*]]: tensor<4x6xf32>)
// CHECK-DAG: %[[W:.*]] = onnx.constant dense<3.000000e+00> : tensor<6x2xf32>
// CHECK-DAG: %[[V:.*]] = onnx.constant dense<1.500000e+00> : tensor<6x2xf32>
// CHECK-DAG: %[[M:.*]] = mix.cosine %[[X]] sequence 0
// CHECK: onnx.node "MatMul"(%[[M]], %[[V]])
// CHECK: onnx.node "MatMul"(%[[X]], %[[W]])
func.func @into_product(%x: tensor<4x6xf32>) -> (tensor<4x2xf32>, tensor<4x2xf32>) {
  %w = onnx.constant dense<3.0> : tensor<6x2xf32>
  %c = onnx.constant dense<[2.0]> : tensor<1xf32>
  %s = onnx.node "Div"(%x, %c) <{version = 20 : i64}> : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
  %m = mix.cosine %s sequence 0 : tensor<4x6xf32>
  %a = onnx.node "MatMul"(%m, %w) <{version = 20 : i64}> : (tensor<4x6xf32>, tensor<6x2xf32>) -> tensor<4x2xf32>
  %b = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<4x6xf32>, tensor<6x2xf32>) -> tensor<4x2xf32>
  return %a, %b : tensor<4x2xf32>, tensor<4x2xf32>
}

// -----

// What stays: a factor far from any mixing, one whose mixing is used twice, one of a magnitude, halves of 16 bits.
// CHECK-LABEL: func.func @stays
// CHECK-COUNT-4: onnx.node "Mul"
func.func @stays(%x: tensor<4x6xf32>, %z: tensor<4x6xf16>) -> (tensor<4x6xf32>, tensor<4x6xf32>, tensor<4x2xf32>, tensor<4x2xf16>) {
  %w = onnx.constant dense<3.0> : tensor<6x2xf32>
  %v = onnx.constant dense<3.0> : tensor<6x2xf16>
  %gamma = onnx.constant dense<2.0> : tensor<6xf32>
  %c = onnx.constant dense<0.5> : tensor<f32>
  %d = onnx.constant dense<0.5> : tensor<f16>
  %0 = onnx.node "Mul"(%x, %c) <{version = 20 : i64}> : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  %1 = onnx.node "MatMul"(%0, %w) <{version = 20 : i64}> : (tensor<4x6xf32>, tensor<6x2xf32>) -> tensor<4x2xf32>
  %2 = onnx.node "LayerNormalization"(%x, %gamma) <{version = 20 : i64}> : (tensor<4x6xf32>, tensor<6xf32>) -> tensor<4x6xf32>
  %3 = mix.fourier %2 sequence 0 hidden 1 : tensor<4x6xf32>
  %4 = onnx.node "Mul"(%3, %c) <{version = 20 : i64}> : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  %5 = onnx.node "Add"(%3, %4) <{version = 20 : i64}> : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %6 = onnx.node "LayerNormalization"(%5, %gamma) <{version = 20 : i64}> : (tensor<4x6xf32>, tensor<6xf32>) -> tensor<4x6xf32>
  %7 = mix.fourier %6 sequence 0 hidden 1 part magnitude : tensor<4x6xf32>
  %8 = onnx.node "Mul"(%7, %c) <{version = 20 : i64}> : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x6xf32>
  %9 = mix.fourier %z sequence 0 hidden 1 : tensor<4x6xf16>
  %10 = onnx.node "Mul"(%9, %d) <{version = 20 : i64}> : (tensor<4x6xf16>, tensor<f16>) -> tensor<4x6xf16>
  %11 = onnx.node "MatMul"(%10, %v) <{version = 20 : i64}> : (tensor<4x6xf16>, tensor<6x2xf16>) -> tensor<4x2xf16>
  return %5, %8, %1, %11 : tensor<4x6xf32>, tensor<4x6xf32>, tensor<4x2xf32>, tensor<4x2xf16>
}
