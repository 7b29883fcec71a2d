// Constant matrices that are made of wrapped diagonals, however they are stored.
//
// RUN: fourmix-opt %s --convert-onnx-to-mix --split-input-file | FileCheck %s
// RUN: fourmix-opt %s --convert-onnx-to-mix --split-input-file --remarks-filter=onnx-to-mix --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// Two heads side by side; the reshape that takes them apart is gone.
// CHECK-LABEL: func.func @wide
// CHECK-SAME: (%[[X:.*]]: tensor<2x5x3xf32>)
// CHECK: %[[W:.*]] = onnx.constant dense<{{\[\[}}1.000000e+00, 2.000000e+00, 3.000000e+00], [4.000000e+00, 5.000000e+00, 7.000000e+00]]> : tensor<2x3xf32>
// CHECK: %[[Y:.*]] = mix.projection circular_1d %[[X]], %[[W]] as correlation : tensor<2x5x3xf32>, tensor<2x3xf32>
// CHECK-NEXT: return %[[Y]]
func.func @wide(%x: tensor<2x5x3xf32>) -> tensor<2x5x2x3xf32> {
  %w = onnx.constant dense<[[1.0, 3.0, 2.0, 4.0, 7.0, 5.0], [2.0, 1.0, 3.0, 5.0, 4.0, 7.0], [3.0, 2.0, 1.0, 7.0, 5.0, 4.0]]> : tensor<3x6xf32>
  %heads = onnx.constant dense<[2, 5, 2, 3]> : tensor<4xi64>
  %0 = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x5x3xf32>, tensor<3x6xf32>) -> tensor<2x5x6xf32>
  %1 = onnx.node "Reshape"(%0, %heads) <{version = 20 : i64}> : (tensor<2x5x6xf32>, tensor<4xi64>) -> tensor<2x5x2x3xf32>
  return %1 : tensor<2x5x2x3xf32>
}

// -----

// Gemm with the matrix as it is, a bias, a scale.
// CHECK-LABEL: func.func @gemm
// CHECK: %[[W:.*]] = onnx.constant dense<[2.000000e+00, 4.000000e+00, 6.000000e+00]> : tensor<3xf32>
// CHECK: %[[Y:.*]] = mix.projection circular_1d %{{.*}}, %[[W]] as correlation : tensor<5x3xf32>, tensor<3xf32>
// CHECK: onnx.node "Add"(%[[Y]], %{{.*}})
func.func @gemm(%x: tensor<5x3xf32>, %b: tensor<3xf32>) -> tensor<5x3xf32> {
  %w = onnx.constant dense<[[1.0, 2.0, 3.0], [3.0, 1.0, 2.0], [2.0, 3.0, 1.0]]> : tensor<3x3xf32>
  %0 = onnx.node "Gemm"(%x, %w, %b) <{node_attrs = {transB = 1 : i64, alpha = 2.0 : f32}, version = 20 : i64}> : (tensor<5x3xf32>, tensor<3x3xf32>, tensor<3xf32>) -> tensor<5x3xf32>
  return %0 : tensor<5x3xf32>
}

// -----

// An Einsum whose result has the heads last.
// CHECK-LABEL: func.func @heads_last
// CHECK: %[[Y:.*]] = mix.projection circular_1d %{{.*}}, %{{.*}} as correlation : tensor<2x5x3xf32>, tensor<2x3xf32>
// CHECK: onnx.node "Transpose"(%[[Y]]) <{node_attrs = {perm = [0, 1, 3, 2]}
func.func @heads_last(%x: tensor<2x5x3xf32>) -> tensor<2x5x3x2xf32> {
  %w = onnx.constant dense<[[[1.0, 3.0, 2.0], [4.0, 7.0, 5.0]], [[2.0, 1.0, 3.0], [5.0, 4.0, 7.0]], [[3.0, 2.0, 1.0], [7.0, 5.0, 4.0]]]> : tensor<3x2x3xf32>
  %0 = onnx.node "Einsum"(%x, %w) <{node_attrs = {equation = "bte,ehd->btdh"}, version = 20 : i64}> : (tensor<2x5x3xf32>, tensor<3x2x3xf32>) -> tensor<2x5x3x2xf32>
  return %0 : tensor<2x5x3x2xf32>
}

// -----

// Circulant blocks that are circulant themselves; here a torus of 2 x 3.
// CHECK-LABEL: func.func @torus
// CHECK: %[[W:.*]] = onnx.constant dense<{{\[\[}}1.000000e+00, 2.000000e+00, 3.000000e+00], [4.000000e+00, 5.000000e+00, 7.000000e+00]]> : tensor<2x3xf32>
// CHECK: mix.projection circular_2d %{{.*}}, %[[W]] as correlation grid [2, 3] : tensor<5x6xf32>, tensor<2x3xf32>
func.func @torus(%x: tensor<5x6xf32>) -> tensor<5x6xf32> {
  %w = onnx.constant dense<[[1.0, 3.0, 2.0, 4.0, 7.0, 5.0], [2.0, 1.0, 3.0, 5.0, 4.0, 7.0], [3.0, 2.0, 1.0, 7.0, 5.0, 4.0],
                            [4.0, 7.0, 5.0, 1.0, 3.0, 2.0], [5.0, 4.0, 7.0, 2.0, 1.0, 3.0], [7.0, 5.0, 4.0, 3.0, 2.0, 1.0]]> : tensor<6x6xf32>
  %0 = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<5x6xf32>, tensor<6x6xf32>) -> tensor<5x6xf32>
  return %0 : tensor<5x6xf32>
}

// -----

// Blocks, more columns than rows: an output projection that sums over two heads.
// CHECK-LABEL: func.func @blocks
// CHECK: mix.projection block_circulant %{{.*}}, %{{.*}} as correlation : tensor<5x6xf32>, tensor<1x2x3xf32>
func.func @blocks(%x: tensor<5x6xf32>) -> tensor<5x3xf32> {
  %w = onnx.constant dense<[[1.0, 3.0, 2.0], [2.0, 1.0, 3.0], [3.0, 2.0, 1.0], [4.0, 7.0, 5.0], [5.0, 4.0, 7.0], [7.0, 5.0, 4.0]]> : tensor<6x3xf32>
  %0 = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<5x6xf32>, tensor<6x3xf32>) -> tensor<5x3xf32>
  return %0 : tensor<5x3xf32>
}

// -----

// On the left it mixes the sequence.
// CHECK-LABEL: func.func @sequence
// CHECK: mix.circulant %{{.*}}, %{{.*}} axes [1] as correlation : tensor<2x3x5xf32>, tensor<1x3x1xf32>
func.func @sequence(%x: tensor<2x3x5xf32>) -> tensor<2x3x5xf32> {
  %w = onnx.constant dense<[[1.0, 2.0, 3.0], [3.0, 1.0, 2.0], [2.0, 3.0, 1.0]]> : tensor<3x3xf32>
  %0 = onnx.node "MatMul"(%w, %x) <{version = 20 : i64}> : (tensor<3x3xf32>, tensor<2x3x5xf32>) -> tensor<2x3x5xf32>
  return %0 : tensor<2x3x5xf32>
}

// -----

// No evidence: two rows, one number, a multiple of the identity, a rotation.
// CHECK-LABEL: func.func @no_evidence
// CHECK-NOT: mix.
func.func @no_evidence(%x: tensor<5x2xf32>, %y: tensor<5x3xf32>) -> (tensor<5x2xf32>, tensor<5x3xf32>, tensor<5x3xf32>, tensor<5x3xf32>) {
  %two = onnx.constant dense<[[1.0, 2.0], [2.0, 1.0]]> : tensor<2x2xf32>
  %ones = onnx.constant dense<1.0> : tensor<3x3xf32>
  %identity = onnx.constant dense<[[2.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 2.0]]> : tensor<3x3xf32>
  %rotation = onnx.constant dense<[[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]> : tensor<3x3xf32>
  %0 = onnx.node "MatMul"(%x, %two) <{version = 20 : i64}> : (tensor<5x2xf32>, tensor<2x2xf32>) -> tensor<5x2xf32>
  %1 = onnx.node "MatMul"(%y, %ones) <{version = 20 : i64}> : (tensor<5x3xf32>, tensor<3x3xf32>) -> tensor<5x3xf32>
  %2 = onnx.node "MatMul"(%y, %identity) <{version = 20 : i64}> : (tensor<5x3xf32>, tensor<3x3xf32>) -> tensor<5x3xf32>
  %3 = onnx.node "MatMul"(%y, %rotation) <{version = 20 : i64}> : (tensor<5x3xf32>, tensor<3x3xf32>) -> tensor<5x3xf32>
  return %0, %1, %2, %3 : tensor<5x2xf32>, tensor<5x3xf32>, tensor<5x3xf32>, tensor<5x3xf32>
}

// -----

// One number is off by one part in a thousand.
// CHECK-LABEL: func.func @nearly
// CHECK-NOT: mix.
// REMARK: node "fc" (MatMul) has no circulant matrix: it is {{.*}} away from the nearest one
func.func @nearly(%x: tensor<5x3xf32>) -> tensor<5x3xf32> {
  %w = onnx.constant dense<[[1.0, 2.0, 3.0], [3.003, 1.0, 2.0], [2.0, 3.0, 1.0]]> : tensor<3x3xf32>
  %0 = onnx.node "MatMul"(%x, %w) <{name = "fc", version = 20 : i64}> : (tensor<5x3xf32>, tensor<3x3xf32>) -> tensor<5x3xf32>
  return %0 : tensor<5x3xf32>
}

// -----

// Diagonals that do not wrap, along the sequence: a Toeplitz matrix on the left, or in an Einsum.

// CHECK-LABEL: func.func @toeplitz_left
// CHECK: mix.toeplitz %{{.*}}, %{{.*}} axis 1 : tensor<2x4x5xf32>, tensor<1x7x1xf32>
// CHECK-NOT: onnx.node
// CHECK: return
func.func @toeplitz_left(%x: tensor<2x4x5xf32>) -> tensor<2x4x5xf32> {
  %w = onnx.constant dense<[[4., 5., 6., 7.], [3., 4., 5., 6.], [2., 3., 4., 5.], [1., 2., 3., 4.]]> : tensor<4x4xf32>
  %0 = onnx.node "MatMul"(%w, %x) <{version = 20 : i64}> : (tensor<4x4xf32>, tensor<2x4x5xf32>) -> tensor<2x4x5xf32>
  return %0 : tensor<2x4x5xf32>
}

// CHECK-LABEL: func.func @toeplitz_einsum
// CHECK: mix.toeplitz %{{.*}}, %{{.*}} axis 1 : tensor<2x4x5xf32>, tensor<1x7x1xf32>
// CHECK-NOT: onnx.node
// CHECK: return
func.func @toeplitz_einsum(%x: tensor<2x4x5xf32>) -> tensor<2x4x5xf32> {
  %w = onnx.constant dense<[[4., 5., 6., 7.], [3., 4., 5., 6.], [2., 3., 4., 5.], [1., 2., 3., 4.]]> : tensor<4x4xf32>
  %0 = onnx.node "Einsum"(%w, %x) <{node_attrs = {equation = "ij,bjd->bid"}, version = 20 : i64}> : (tensor<4x4xf32>, tensor<2x4x5xf32>) -> tensor<2x4x5xf32>
  return %0 : tensor<2x4x5xf32>
}

// One number off its diagonal: a matrix of its own.
// CHECK-LABEL: func.func @nearly_toeplitz
// CHECK-NOT: mix.toeplitz
// CHECK: return
func.func @nearly_toeplitz(%x: tensor<2x4x5xf32>) -> tensor<2x4x5xf32> {
  %w = onnx.constant dense<[[4., 5., 6., 7.], [3., 4., 5., 6.], [2., 3., 4., 5.], [1., 2., 3.01, 4.]]> : tensor<4x4xf32>
  %0 = onnx.node "MatMul"(%w, %x) <{version = 20 : i64}> : (tensor<4x4xf32>, tensor<2x4x5xf32>) -> tensor<2x4x5xf32>
  return %0 : tensor<2x4x5xf32>
}

// Along the hidden axis a Toeplitz matrix is a linear layer.
// CHECK-LABEL: func.func @toeplitz_right
// CHECK-NOT: mix.
// CHECK: return
func.func @toeplitz_right(%x: tensor<2x5x4xf32>) -> tensor<2x5x4xf32> {
  %w = onnx.constant dense<[[4., 5., 6., 7.], [3., 4., 5., 6.], [2., 3., 4., 5.], [1., 2., 3., 4.]]> : tensor<4x4xf32>
  %0 = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x5x4xf32>, tensor<4x4xf32>) -> tensor<2x5x4xf32>
  return %0 : tensor<2x5x4xf32>
}
