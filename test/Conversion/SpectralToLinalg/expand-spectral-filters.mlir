// RUN: fourmix-opt %s --expand-spectral-filters | FileCheck %s
// RUN: fourmix-opt %s --expand-spectral-filters=fourier=optic | FileCheck %s --check-prefix=OPTIC

// Transforms along both axes, a product that broadcasts, and back, each axis cut as soon as it is there.
// CHECK-LABEL: func.func @main
// CHECK-SAME: %[[X:.+]]: tensor<4x1x6x8xf32>, %[[A:.+]]: tensor<1x3x6x5xf32>, %[[B:.+]]: tensor<1x3x6x5xf32>
// CHECK: %[[C:.+]], %[[D:.+]] = spectral.rdft %[[X]] along 3 : tensor<4x1x6x8xf32>
// CHECK: %[[E:.+]], %[[F:.+]] = spectral.dft forward %[[C]], %[[D]] along 2 : tensor<4x1x6x5xf32>
// CHECK-COUNT-2: linalg.generic
// CHECK: %[[G:.+]], %[[H:.+]] = spectral.dft inverse %{{.+}}, %{{.+}} along 2 : tensor<4x3x6x5xf32>
// CHECK: %[[I:.+]] = tensor.extract_slice %[[G]][0, 0, 0, 0] [4, 3, 2, 5]
// CHECK: %[[J:.+]] = tensor.extract_slice %[[H]][0, 0, 0, 0] [4, 3, 2, 5]
// CHECK: %[[Y:.+]] = spectral.irdft %[[I]], %[[J]] along 3 length 8 : tensor<4x3x2x5xf32>
// CHECK: return %[[Y]]
// OPTIC-LABEL: func.func @main
// OPTIC-NOT: spectral.rdft
// OPTIC: return
func.func @main(%x: tensor<4x1x6x8xf32>, %a: tensor<1x3x6x5xf32>, %b: tensor<1x3x6x5xf32>) -> tensor<4x3x2x8xf32> {
  %y = spectral.filter %x by %a, %b along [2, 3] lengths [6, 8]
    : (tensor<4x1x6x8xf32>, tensor<1x3x6x5xf32>, tensor<1x3x6x5xf32>) -> tensor<4x3x2x8xf32>
  return %y : tensor<4x3x2x8xf32>
}

// A plan that stands already decides, and the transforms have it.
// CHECK-LABEL: func.func @planned
// CHECK: spectral.filter {{.*}} plan optic
// CHECK: spectral.rdft %{{.+}} along 0 plan matmul
// CHECK: spectral.irdft %{{.+}} along 0 length 8 plan matmul
func.func @planned(%x: tensor<8xf32>, %a: tensor<5xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %y = spectral.filter %x by %a along [0] lengths [8] plan optic : (tensor<8xf32>, tensor<5xf32>) -> tensor<8xf32>
  %z = spectral.filter %x by %a along [0] lengths [8] plan matmul : (tensor<8xf32>, tensor<5xf32>) -> tensor<8xf32>
  return %y, %z : tensor<8xf32>, tensor<8xf32>
}
