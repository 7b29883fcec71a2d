// RUN: fourmix-opt %s --convert-spectral-to-linalg --cse --canonicalize --split-input-file --verify-diagnostics | FileCheck %s

// Two products of a quarter of the size, constants on the right.
// CHECK-LABEL: func.func @last_axis
// CHECK-SAME: %[[X:.+]]: tensor<2x3x8xf32>
// CHECK-DAG: %[[COSINES:.+]] = arith.constant dense_resource<dft_cos_8{{.*}}> : tensor<5x5xf32>
// CHECK-DAG: %[[SINES:.+]] = arith.constant dense{{.*}} : tensor<3x5xf32>
// CHECK: arith.addf
// CHECK: %[[EVEN:.+]] = tensor.collapse_shape %{{.+}} {{\[\[}}0, 1], [2]] : tensor<2x3x5xf32> into tensor<6x5xf32>
// CHECK: linalg.matmul ins(%[[EVEN]], %[[COSINES]] : tensor<6x5xf32>, tensor<5x5xf32>)
// CHECK: arith.subf
// CHECK: linalg.matmul ins(%{{.+}}, %[[SINES]] : tensor<6x3xf32>, tensor<3x5xf32>)
// CHECK-NOT: linalg.matmul
func.func @last_axis(%x: tensor<2x3x8xf32>) -> (tensor<2x3x5xf32>, tensor<2x3x5xf32>) {
  %a, %b = spectral.rdft %x along 2 plan matmul : tensor<2x3x8xf32>
  return %a, %b : tensor<2x3x5xf32>, tensor<2x3x5xf32>
}

// -----

// Along the first axis the constant is on the left. A signal of half the length is not folded.
// CHECK-LABEL: func.func @first_axis
// CHECK-SAME: %[[X:.+]]: tensor<4x6xf32>
// CHECK: %[[COSINES:.+]] = arith.constant dense_resource<dft_cos_8{{.*}}> : tensor<5x4xf32>
// CHECK: linalg.matmul ins(%[[COSINES]], %[[X]] : tensor<5x4xf32>, tensor<4x6xf32>)
// CHECK-NOT: linalg.matmul
func.func @first_axis(%x: tensor<4x6xf32>) -> tensor<5x6xf32> {
  %a, %b = spectral.rdft %x along 0 length 8 plan matmul : tensor<4x6xf32>
  return %a : tensor<5x6xf32>
}

// -----

// Between other axes there is a batch. What is not used is not computed: two products, not four.
// CHECK-LABEL: func.func @inner_axis
// CHECK: linalg.generic
// CHECK: arith.mulf
// CHECK: linalg.generic
// CHECK: arith.mulf
// CHECK-NOT: arith.mulf
func.func @inner_axis(%x: tensor<2x8x6xf32>, %y: tensor<2x8x6xf32>) -> tensor<2x8x6xf32> {
  %a, %b = spectral.dft forward %x, %y along 1 plan matmul : tensor<2x8x6xf32>
  return %a : tensor<2x8x6xf32>
}

// -----

// Other plans stay.
// CHECK-LABEL: func.func @other_plans
// CHECK: spectral.rdft %{{.+}} along 0 plan fft
// CHECK: spectral.rdft %{{.+}} along 0 :
func.func @other_plans(%x: tensor<8xf32>) -> (tensor<5xf32>, tensor<5xf32>) {
  %a, %b = spectral.rdft %x along 0 plan fft : tensor<8xf32>
  %c, %d = spectral.rdft %x along 0 : tensor<8xf32>
  return %a, %d : tensor<5xf32>, tensor<5xf32>
}

// -----

func.func @dynamic(%x: tensor<?x8xf32>) -> tensor<?x5xf32> {
  // expected-error@+1 {{cannot become matrix products: its shape 'tensor<?x8xf32>' is not static}}
  %a, %b = spectral.rdft %x along 1 plan matmul : tensor<?x8xf32>
  return %a : tensor<?x5xf32>
}
