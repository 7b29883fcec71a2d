// RUN: fourmix-opt %s --convert-mix-to-onnx=opset=20 --split-input-file | FileCheck %s --check-prefixes=CHECK,WRAP --implicit-check-not="= mix."
// RUN: fourmix-opt %s --convert-mix-to-onnx=opset=17 --split-input-file | FileCheck %s --check-prefixes=CHECK,SLICE --implicit-check-not="= mix."
//
// What goes back is recognised again, as the same op.
// RUN: fourmix-opt %s --convert-mix-to-onnx=opset=17 --convert-onnx-to-mix --split-input-file | FileCheck %s --check-prefix=AGAIN
// RUN: fourmix-opt %s --convert-mix-to-onnx=opset=25 --convert-onnx-to-mix --split-input-file | FileCheck %s --check-prefix=AGAIN

// CHECK-LABEL: func.func @projection
// WRAP: onnx.node "Pad"(%{{.*}}) <{{.*}}mode = "wrap"
// SLICE: onnx.node "Slice"
// SLICE: onnx.node "Slice"
// SLICE: onnx.node "Concat"
// CHECK: onnx.node "Conv"
// CHECK: onnx.node "Reshape"{{.*}} -> tensor<2x5x3x8xf32>
// AGAIN-LABEL: func.func @projection
// AGAIN: mix.projection circular_1d %arg0, %{{.*}} as correlation origin [1] : tensor<2x5x8xf32>, tensor<3x4xf32>
func.func @projection(%x: tensor<2x5x8xf32>, %w: tensor<3x4xf32>) -> tensor<2x5x3x8xf32> {
  %y = mix.projection circular_1d %x, %w as correlation origin [1] : tensor<2x5x8xf32>, tensor<3x4xf32>
  return %y : tensor<2x5x3x8xf32>
}

// -----

// CHECK-LABEL: func.func @grid
// AGAIN-LABEL: func.func @grid
// AGAIN: mix.projection circular_2d %{{.*}}, %{{.*}} as correlation grid [4, 3] origin [1, 0] : tensor<5x12xf32>, tensor<1x2x3xf32>
func.func @grid(%x: tensor<5x12xf32>, %w: tensor<2x3xf32>) -> tensor<5x12xf32> {
  %y = mix.projection circular_2d %x, %w as correlation grid [4, 3] origin [1, 0] : tensor<5x12xf32>, tensor<2x3xf32>
  return %y : tensor<5x12xf32>
}
