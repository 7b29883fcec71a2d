// What is written of the variants is recognised again, as the same op; what a mirror writes is the whole spectrum.
//
// RUN: fourmix-opt %s --convert-mix-to-onnx=opset=17 --split-input-file | FileCheck %s
// RUN: fourmix-opt %s --convert-mix-to-onnx="opset=20 fourier=matmul" --split-input-file | FileCheck %s --check-prefix=MATMUL
// RUN: fourmix-opt %s --convert-mix-to-onnx=opset=17 --convert-onnx-to-mix --split-input-file | FileCheck %s --check-prefixes=AGAIN,STRAIGHT
// RUN: fourmix-opt %s --convert-mix-to-onnx=opset=25 --convert-onnx-to-mix --split-input-file | FileCheck %s --check-prefixes=AGAIN,STRAIGHT
// RUN: fourmix-opt %s --convert-mix-to-onnx="opset=20 fourier=matmul" --convert-onnx-to-mix --split-input-file | FileCheck %s --check-prefixes=AGAIN,TURNED

// CHECK-LABEL: func.func @magnitude
// CHECK-NOT: mix.
// CHECK: onnx.node "Sqrt"
// AGAIN-LABEL: func.func @magnitude
// AGAIN-SAME: (%[[X:.*]]: tensor<2x4x6xf32>)
// AGAIN-NEXT: %[[Y:.*]] = mix.fourier %[[X]] sequence 1 hidden 2 part magnitude {onnx.output_names = ["mixed"]}
// AGAIN-NEXT: return %[[Y]]
func.func @magnitude(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %y = mix.fourier %x sequence 1 hidden 2 part magnitude {onnx.output_names = ["mixed"]} : tensor<2x4x6xf32>
  return %y : tensor<2x4x6xf32>
}

// -----

// Hartley's part of matrices: no sum on the way is the real part.
// CHECK-LABEL: func.func @hartley
// MATMUL-LABEL: func.func @hartley
// MATMUL-COUNT-8: onnx.node "MatMul"
// AGAIN-LABEL: func.func @hartley
// AGAIN-SAME: (%[[X:.*]]: tensor<2x5x6xf32>)
// AGAIN-NEXT: %[[Y:.*]] = mix.fourier %[[X]] sequence 1 hidden 2 part hartley : tensor<2x5x6xf32>
// AGAIN-NEXT: return %[[Y]]
func.func @hartley(%x: tensor<2x5x6xf32>) -> tensor<2x5x6xf32> {
  %y = mix.fourier %x sequence 1 hidden 2 part hartley : tensor<2x5x6xf32>
  return %y : tensor<2x5x6xf32>
}

// -----

// CHECK-LABEL: func.func @half
// CHECK: onnx.node "DFT"(%{{.*}}) <{node_attrs = {axis = 2 : i64, onesided = 1 : i64}, version = 17 : i64}> : (tensor<2x5x6x1xf32>) -> tensor<2x5x4x2xf32>
// MATMUL-LABEL: func.func @half
// MATMUL: onnx.node "MatMul"(%{{.*}}, %{{.*}}) {{.*}} : (tensor<2x5x6xf32>, tensor<6x4xf32>) -> tensor<2x5x4xf32>
// AGAIN-LABEL: func.func @half
// AGAIN-SAME: (%[[X:.*]]: tensor<2x5x6xf32>)
// AGAIN-NEXT: %[[Y:.*]] = mix.fourier %[[X]] sequence 1 hidden 2 half : tensor<2x5x6xf32>
// AGAIN-NEXT: return %[[Y]]
func.func @half(%x: tensor<2x5x6xf32>) -> tensor<2x5x4xf32> {
  %y = mix.fourier %x sequence 1 hidden 2 half : tensor<2x5x6xf32>
  return %y : tensor<2x5x4xf32>
}

// -----

// Half of the axis that comes first, which the matrix form brings to the end.
// AGAIN-LABEL: func.func @half_of_first
// STRAIGHT: mix.fourier %{{.*}} sequence 2 hidden 1 part magnitude half : tensor<2x5x6xf32>
// TURNED: mix.fourier %{{.*}} sequence 1 hidden 2 part magnitude half : tensor<2x6x5xf32>
func.func @half_of_first(%x: tensor<2x5x6xf32>) -> tensor<2x3x6xf32> {
  %y = mix.fourier %x sequence 2 hidden 1 part magnitude half : tensor<2x5x6xf32>
  return %y : tensor<2x3x6xf32>
}

// -----

// AGAIN-LABEL: func.func @mirror
// AGAIN-SAME: (%[[X:.*]]: tensor<2x5x6xf32>)
// AGAIN-NEXT: %[[Y:.*]] = mix.fourier %[[X]] sequence 1 hidden 2 : tensor<2x5x6xf32>
// AGAIN-NEXT: return %[[Y]]
func.func @mirror(%x: tensor<2x5x6xf32>) -> tensor<2x5x6xf32> {
  %h = mix.fourier %x sequence 1 hidden 2 half : tensor<2x5x6xf32>
  %y = mix.mirror %h sequence 1 hidden 2 length 6 : tensor<2x5x4xf32>
  return %y : tensor<2x5x6xf32>
}

// -----

// CHECK-LABEL: func.func @cosine
// CHECK-NOT: mix.
// MATMUL-LABEL: func.func @cosine
// MATMUL: onnx.node "MatMul"
// MATMUL-NEXT: onnx.node "MatMul"
// MATMUL-NEXT: return
// AGAIN-LABEL: func.func @cosine
// AGAIN-SAME: (%[[X:.*]]: tensor<2x5x6xf32>)
// AGAIN-NEXT: %[[Y:.*]] = mix.cosine %[[X]] sequence 1 hidden 2 ortho : tensor<2x5x6xf32>
// AGAIN-NEXT: return %[[Y]]
func.func @cosine(%x: tensor<2x5x6xf32>) -> tensor<2x5x6xf32> {
  %y = mix.cosine %x sequence 1 hidden 2 ortho : tensor<2x5x6xf32>
  return %y : tensor<2x5x6xf32>
}

// -----

// Not orthogonal, and back, along any one axis.
// AGAIN-LABEL: func.func @cosine_plain
// AGAIN-SAME: (%[[X:.*]]: tensor<4x5x6xf32>)
// AGAIN-NEXT: %[[A:.*]] = mix.cosine %[[X]] sequence 0 : tensor<4x5x6xf32>
// AGAIN-NEXT: %[[B:.*]] = mix.cosine inverse %[[A]] hidden 2 : tensor<4x5x6xf32>
// AGAIN-NEXT: %[[C:.*]] = mix.cosine inverse %[[B]] sequence 1 ortho : tensor<4x5x6xf32>
// AGAIN-NEXT: return %[[C]]
func.func @cosine_plain(%x: tensor<4x5x6xf32>) -> tensor<4x5x6xf32> {
  %a = mix.cosine %x sequence 0 : tensor<4x5x6xf32>
  %b = mix.cosine inverse %a hidden 2 : tensor<4x5x6xf32>
  %c = mix.cosine inverse %b sequence 1 ortho : tensor<4x5x6xf32>
  return %c : tensor<4x5x6xf32>
}
