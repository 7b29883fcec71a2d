// REQUIRES: mlir-runner
// RUN: %lower-and-run | FileCheck %s

func.func private @printMemrefF32(tensor<*xf32>) attributes {llvm.emit_c_interface}
func.func private @printMemrefI32(tensor<*xi32>) attributes {llvm.emit_c_interface}

func.func private @print(%x: tensor<6xf32>) {
  %0 = tensor.cast %x : tensor<6xf32> to tensor<*xf32>
  call @printMemrefF32(%0) : (tensor<*xf32>) -> ()
  return
}
func.func private @printInts(%x: tensor<6xi32>) {
  %0 = tensor.cast %x : tensor<6xi32> to tensor<*xi32>
  call @printMemrefI32(%0) : (tensor<*xi32>) -> ()
  return
}

// x = -inf, -1.5, -0, 0.5, 3, nan
func.func private @floats(%x: tensor<6xf32>, %two: tensor<6xf32>) {
  %half = onnx.constant dense<0.5> : tensor<f32>
  %three = onnx.constant dense<3> : tensor<i64>
  %one = onnx.constant dense<1.0> : tensor<f32>
  %none = onnx.none

  // pow(-inf, 0.5) is +inf, pow(-0, 0.5) is +0; sqrt would say nan and -0.
  // CHECK: [inf,  {{-?}}nan,  0,  0.707107,  1.73205,  {{-?}}nan]
  %sqrt = onnx.node "Pow"(%x, %half) <{version = 20 : i64}> : (tensor<6xf32>, tensor<f32>) -> tensor<6xf32>
  call @print(%sqrt) : (tensor<6xf32>) -> ()
  // CHECK: [-inf,  -3.375,  -0,  0.125,  27,  {{-?}}nan]
  %cube = onnx.node "Pow"(%x, %three) <{version = 20 : i64}> : (tensor<6xf32>, tensor<i64>) -> tensor<6xf32>
  call @print(%cube) : (tensor<6xf32>) -> ()
  // CHECK: [0,  0,  -0,  0.5,  3,  {{-?}}nan]
  %relu = onnx.node "Relu"(%x) <{version = 20 : i64}> : (tensor<6xf32>) -> tensor<6xf32>
  call @print(%relu) : (tensor<6xf32>) -> ()
  // CHECK: [-inf,  -1.5,  -0,  0.5,  1,  {{-?}}nan]
  %clip = onnx.node "Clip"(%x, %none, %one) <{version = 20 : i64}> : (tensor<6xf32>, !onnx.none, tensor<f32>) -> tensor<6xf32>
  call @print(%clip) : (tensor<6xf32>) -> ()
  // CHECK: [2,  2,  2,  2,  3,  {{-?}}nan]
  %max = onnx.node "Max"(%x, %two) <{version = 20 : i64}> : (tensor<6xf32>, tensor<6xf32>) -> tensor<6xf32>
  call @print(%max) : (tensor<6xf32>) -> ()
  // CHECK: [-1,  -1,  -0,  1,  1,  {{-?}}nan]
  %sign = onnx.node "Sign"(%x) <{version = 20 : i64}> : (tensor<6xf32>) -> tensor<6xf32>
  call @print(%sign) : (tensor<6xf32>) -> ()
  // CHECK: [{{-?}}nan,  -0.100211,  -0, 0.345731,  2.99595,  {{-?}}nan]
  %gelu = onnx.node "Gelu"(%x) <{version = 20 : i64}> : (tensor<6xf32>) -> tensor<6xf32>
  call @print(%gelu) : (tensor<6xf32>) -> ()
  // CHECK: [0,  0.182426,  0.5,  0.622459,  0.952574,  {{-?}}nan]
  %sigmoid = onnx.node "Sigmoid"(%x) <{version = 20 : i64}> : (tensor<6xf32>) -> tensor<6xf32>
  call @print(%sigmoid) : (tensor<6xf32>) -> ()
  // Saturating, nan becomes 0, towards zero.
  // CHECK: [-2147483648,  -1,  0,  0,  3,  0]
  %int = onnx.node "Cast"(%x) <{version = 20 : i64}> : (tensor<6xf32>) -> tensor<6xi32>
  call @printInts(%int) : (tensor<6xi32>) -> ()
  // nan is true.
  // CHECK: [1,  1,  0,  1,  1,  1]
  %bool = onnx.node "Cast"(%x) <{version = 20 : i64}> : (tensor<6xf32>) -> tensor<6xi1>
  %boolInt = onnx.node "Cast"(%bool) <{version = 20 : i64}> : (tensor<6xi1>) -> tensor<6xi32>
  call @printInts(%boolInt) : (tensor<6xi32>) -> ()
  // CHECK: [1,  1,  1,  1,  0,  0]
  %less = onnx.node "LessOrEqual"(%x, %two) <{version = 20 : i64}> : (tensor<6xf32>, tensor<6xf32>) -> tensor<6xi1>
  %lessInt = onnx.node "Cast"(%less) <{version = 20 : i64}> : (tensor<6xi1>) -> tensor<6xi32>
  call @printInts(%lessInt) : (tensor<6xi32>) -> ()
  // CHECK: [0,  0,  0,  0,  3,  {{-?}}nan]
  %not = onnx.node "Not"(%less) <{version = 20 : i64}> : (tensor<6xi1>) -> tensor<6xi1>
  %zero = onnx.constant dense<0.0> : tensor<1xf32>
  %where = onnx.node "Where"(%not, %x, %zero) <{version = 20 : i64}> : (tensor<6xi1>, tensor<6xf32>, tensor<1xf32>) -> tensor<6xf32>
  call @print(%where) : (tensor<6xf32>) -> ()
  return
}

// x = -7, 7, -7, 7, 5, min; y = 2, -2, -2, 2, 0, -1
func.func private @ints(%x: tensor<6xi32>, %y: tensor<6xi32>) {
  // Towards zero; nothing traps.
  // CHECK: [-3,  -3,  3,  3,  5,  -2147483648]
  %div = onnx.node "Div"(%x, %y) <{version = 20 : i64}> : (tensor<6xi32>, tensor<6xi32>) -> tensor<6xi32>
  call @printInts(%div) : (tensor<6xi32>) -> ()
  // The sign of the divisor, or of the dividend.
  // CHECK: [1,  -1,  -1,  1,  0,  0]
  %mod = onnx.node "Mod"(%x, %y) <{version = 20 : i64}> : (tensor<6xi32>, tensor<6xi32>) -> tensor<6xi32>
  call @printInts(%mod) : (tensor<6xi32>) -> ()
  // CHECK: [-1,  1,  -1,  1,  0,  0]
  %fmod = onnx.node "Mod"(%x, %y) <{node_attrs = {fmod = 1 : i64}, version = 20 : i64}> : (tensor<6xi32>, tensor<6xi32>) -> tensor<6xi32>
  call @printInts(%fmod) : (tensor<6xi32>) -> ()
  // CHECK: [49,  0,  0,  49,  1,  0]
  %pow = onnx.node "Pow"(%x, %y) <{version = 20 : i64}> : (tensor<6xi32>, tensor<6xi32>) -> tensor<6xi32>
  call @printInts(%pow) : (tensor<6xi32>) -> ()
  // Read as unsigned, 249 / 249 and 249 to a float.
  // CHECK: [249,  7,  249,  7,  5,  0]
  %u = onnx.node "Cast"(%x) <{version = 20 : i64}> : (tensor<6xi32>) -> tensor<6xui8>
  %wide = onnx.node "Cast"(%u) <{version = 20 : i64}> : (tensor<6xui8>) -> tensor<6xf32>
  call @print(%wide) : (tensor<6xf32>) -> ()
  return
}

func.func @main() {
  %x = arith.constant dense<[0xFF800000, -1.5, -0.0, 0.5, 3.0, 0x7FC00000]> : tensor<6xf32>
  %two = arith.constant dense<2.0> : tensor<6xf32>
  call @floats(%x, %two) : (tensor<6xf32>, tensor<6xf32>) -> ()
  %i = arith.constant dense<[-7, 7, -7, 7, 5, -2147483648]> : tensor<6xi32>
  %j = arith.constant dense<[2, -2, -2, 2, 0, -1]> : tensor<6xi32>
  call @ints(%i, %j) : (tensor<6xi32>, tensor<6xi32>) -> ()
  return
}
