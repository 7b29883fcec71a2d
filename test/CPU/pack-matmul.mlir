// RUN: fourmix-opt %s --cpu-pack-matmul=vector-width=8 --split-input-file | FileCheck %s

// A constant right-hand side: panels of 3 vectors, the last one filled up with zeros.

// CHECK-DAG: #[[$PANELS:.+]] = affine_map<(d0, d1, d2) -> (d1 floordiv 24, d2, d1 mod 24)>
// CHECK-LABEL: func.func @constant
// CHECK-SAME: (%[[X:.+]]: tensor<4x2xf32>
// CHECK: %[[W:.+]] = arith.constant dense_resource<panels> : tensor<2x2x24xf32>
// CHECK: linalg.generic {indexing_maps = [{{.*}}, #[[$PANELS]], {{.*}}]{{.*}} ins(%[[X]], %[[W]]
func.func @constant(%x: tensor<4x2xf32>, %init: tensor<4x25xf32>) -> tensor<4x25xf32> {
  %w = arith.constant dense<1.0> : tensor<2x25xf32>
  %y = linalg.matmul ins(%x, %w : tensor<4x2xf32>, tensor<2x25xf32>) outs(%init : tensor<4x25xf32>) -> tensor<4x25xf32>
  return %y : tensor<4x25xf32>
}

// -----

// A weight that two products share is packed once.

// CHECK-LABEL: func.func @shared
// CHECK: dense_resource<panels> : tensor<1x2x24xf32>
// CHECK: dense_resource<panels> : tensor<1x2x24xf32>
// CHECK-NOT: panels_1
func.func @shared(%x: tensor<4x2xf32>, %init: tensor<4x3xf32>) -> (tensor<4x3xf32>, tensor<4x3xf32>) {
  %w = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %y = linalg.matmul ins(%x, %w : tensor<4x2xf32>, tensor<2x3xf32>) outs(%init : tensor<4x3xf32>) -> tensor<4x3xf32>
  %z = linalg.matmul ins(%x, %w : tensor<4x2xf32>, tensor<2x3xf32>) outs(%y : tensor<4x3xf32>) -> tensor<4x3xf32>
  return %y, %z : tensor<4x3xf32>, tensor<4x3xf32>
}

// -----

// A computed right-hand side that is [n, k] in memory is transposed; one that is [k, n] is read as it is.

// CHECK-DAG: #[[$KN:.+]] = affine_map<(d0, d1, d2) -> (d2, d1)>
// CHECK-LABEL: func.func @computed
// CHECK-SAME: (%[[X:.+]]: tensor<4x2xf32>, %[[W:.+]]: tensor<3x2xf32>
// CHECK: %[[T:.+]] = linalg.transpose ins(%[[W]] : tensor<3x2xf32>) outs(%{{.+}} : tensor<2x3xf32>) permutation = [1, 0]
// CHECK: linalg.generic {indexing_maps = [{{.*}}, #[[$KN]], {{.*}}]{{.*}} ins(%[[X]], %[[T]]
func.func @computed(%x: tensor<4x2xf32>, %w: tensor<3x2xf32>, %init: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %y = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
                                        affine_map<(m, n, k) -> (m, n)>],
                       iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<4x2xf32>, tensor<3x2xf32>) outs(%init : tensor<4x3xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %c, %p : f32
    linalg.yield %s : f32
  } -> tensor<4x3xf32>
  return %y : tensor<4x3xf32>
}
