// RUN: fourmix-opt %s --convert-mix-to-spectral | FileCheck %s

// CHECK-DAG: #[[$SAME:.+]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[$REVERSE_COLUMNS:.+]] = affine_map<(d0, d1) -> (d0, -d1 + 1)>
// CHECK-DAG: #[[$REVERSE_ROWS:.+]] = affine_map<(d0, d1) -> (-d0 + 2, d1)>
// CHECK-DAG: #[[$REVERSE_BOTH:.+]] = affine_map<(d0, d1) -> (-d0 + 2, -d1 + 1)>

// CHECK-LABEL: func.func @fourier
// CHECK-SAME: %[[X:.+]]: tensor<4x6xf32>
// CHECK: %[[A:.+]], %[[B:.+]] = spectral.rdft %[[X]] along 1 : tensor<4x6xf32>
// CHECK: %[[C:.+]], %{{.+}} = spectral.dft forward %[[A]], %[[B]] along 0 : tensor<4x4xf32>
// CHECK: tensor.insert_slice %[[C]] into %{{.+}}[0, 0] [4, 4] [1, 1]
// CHECK: %[[ROW:.+]] = tensor.extract_slice %[[C]][0, 1] [1, 2] [1, 1]
// CHECK: linalg.generic {indexing_maps = [#[[$REVERSE_COLUMNS]], #[[$SAME]]]
// CHECK-SAME: ins(%[[ROW]]
// CHECK: tensor.insert_slice %{{.+}} into %{{.+}}[0, 4] [1, 2] [1, 1]
// CHECK: %[[ROWS:.+]] = tensor.extract_slice %[[C]][1, 1] [3, 2] [1, 1]
// CHECK: linalg.generic {indexing_maps = [#[[$REVERSE_BOTH]], #[[$SAME]]]
// CHECK-SAME: ins(%[[ROWS]]
// CHECK: %[[Y:.+]] = tensor.insert_slice %{{.+}} into %{{.+}}[1, 4] [3, 2] [1, 1]
// CHECK: return %[[Y]]
func.func @fourier(%x: tensor<4x6xf32>) -> tensor<4x6xf32> {
  %y = mix.fourier %x sequence 0 hidden 1 : tensor<4x6xf32>
  return %y : tensor<4x6xf32>
}

// Element 0 stays, the rest is reversed; an axis of two elements is as it was.
// CHECK-LABEL: func.func @reflect
// CHECK-SAME: %[[X:.+]]: tensor<4x2xf32>
// CHECK: %[[FIRST:.+]] = tensor.extract_slice %[[X]][0, 0] [1, 2] [1, 1]
// CHECK: tensor.insert_slice %[[FIRST]] into %{{.+}}[0, 0] [1, 2] [1, 1]
// CHECK: %[[REST:.+]] = tensor.extract_slice %[[X]][1, 0] [3, 2] [1, 1]
// CHECK: linalg.generic {indexing_maps = [#[[$REVERSE_ROWS]], #[[$SAME]]]
// CHECK-SAME: ins(%[[REST]]
// CHECK: tensor.insert_slice %{{.+}} into %{{.+}}[1, 0] [3, 2] [1, 1]
func.func @reflect(%x: tensor<4x2xf32>) -> tensor<4x2xf32> {
  %y = mix.reflect %x axes [0, 1] : tensor<4x2xf32>
  return %y : tensor<4x2xf32>
}
