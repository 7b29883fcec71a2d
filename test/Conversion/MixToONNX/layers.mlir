// mix.linear and mix.lambda as nodes; what goes back is recognised again, as the same op.
//
// RUN: fourmix-opt %s --convert-mix-to-onnx=opset=18 | FileCheck %s
// RUN: fourmix-opt %s --convert-mix-to-onnx=opset=18 --convert-onnx-to-mix | FileCheck %s --check-prefix=AGAIN

// CHECK-LABEL: func.func @linear
// CHECK: onnx.node "Einsum"(%{{.*}}, %{{.*}}, %{{.*}}) <{node_attrs = {equation = "abc,yb,cz->ayz"}
// AGAIN-LABEL: func.func @linear
// AGAIN: mix.linear %{{.*}} sequence 1 by %{{.*}} hidden 2 by %{{.*}} : tensor<2x3x4xf32>, tensor<2x3xf32>, tensor<4x2xf32>
func.func @linear(%x: tensor<2x3x4xf32>) -> tensor<2x2x2xf32> {
  %s = onnx.constant dense<[[1.0, 2.0, 4.0], [0.0, 1.0, 2.0]]> : tensor<2x3xf32>
  %h = onnx.constant dense<[[1.0, 2.0], [0.0, 1.0], [3.0, 1.0], [1.0, 1.5]]> : tensor<4x2xf32>
  %y = mix.linear %x sequence 1 by %s hidden 2 by %h : tensor<2x3x4xf32>, tensor<2x3xf32>, tensor<4x2xf32>
  return %y : tensor<2x2x2xf32>
}

// CHECK-LABEL: func.func @local
// CHECK: onnx.node "Conv"(%{{.*}}, %{{.*}}, %{{.*}}) <{node_attrs = {kernel_shape = [1, 3], pads = [0, 1, 0, 1]}{{.*}} (tensor<1x2x4x6xf32>, tensor<3x2x1x3xf32>, tensor<3xf32>)
// CHECK: onnx.node "Einsum"{{.*}}"bhkn,bkvn->bhvn"
// CHECK: onnx.node "Softmax"
// CHECK: onnx.node "Einsum"{{.*}}"bukm,buvm->bkv"
// CHECK: onnx.node "Einsum"{{.*}}"bhkn,bkv->bhvn"
// CHECK: onnx.node "Add"
// AGAIN-LABEL: func.func @local
// AGAIN: mix.lambda %{{.*}}, %{{.*}} content %{{.*}} kernel %{{.*}} over [6] bias
func.func @local(%q: tensor<1x2x3x6xf32>, %k: tensor<1x2x3x6xf32>, %v: tensor<1x2x4x6xf32>) -> tensor<1x2x4x6xf32> {
  %r = onnx.constant dense<[[[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]], [[1.0, 4.0, 3.0], [5.0, 2.0, 3.0]], [[1.0, 2.0, 6.0], [1.0, 2.0, 3.0]]]> : tensor<3x2x3xf32>
  %b = onnx.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %y = mix.lambda %q, %v content %k kernel %r over [6] bias %b : tensor<1x2x3x6xf32>, tensor<1x2x4x6xf32>, tensor<1x2x3x6xf32>, tensor<3x2x3xf32>, tensor<3xf32>
  return %y : tensor<1x2x4x6xf32>
}

// CHECK-LABEL: func.func @global
// CHECK: onnx.node "Einsum"{{.*}}"nmku,buvm->bkvn"
// CHECK: onnx.node "Add"
// AGAIN-LABEL: func.func @global
// AGAIN: mix.lambda %{{.*}}, %{{.*}} content %{{.*}} table %{{.*}} bias
func.func @global(%q: tensor<1x2x3x2xf32>, %k: tensor<1x1x3x2xf32>, %v: tensor<1x1x4x2xf32>) -> tensor<1x2x4x2xf32> {
  %e = onnx.constant dense<[[[[1.0], [2.0], [3.0]], [[4.0], [5.0], [6.0]]], [[[7.0], [8.0], [9.0]], [[0.0], [1.0], [2.0]]]]> : tensor<2x2x3x1xf32>
  %b = onnx.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %y = mix.lambda %q, %v content %k table %e bias %b : tensor<1x2x3x2xf32>, tensor<1x1x4x2xf32>, tensor<1x1x3x2xf32>, tensor<2x2x3x1xf32>, tensor<3xf32>
  return %y : tensor<1x2x4x2xf32>
}
