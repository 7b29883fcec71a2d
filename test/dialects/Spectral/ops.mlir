// RUN: fourmix-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: func.func @dft
// CHECK-SAME: %[[X:.+]]: tensor<4x8xf32>, %[[Y:.+]]: tensor<4x8xf32>
func.func @dft(%x: tensor<4x8xf32>, %y: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<6x8xf32>) {
  // CHECK: %[[A:.+]], %[[B:.+]] = spectral.dft forward %[[X]], %[[Y]] along 1 : tensor<4x8xf32>
  %a, %b = spectral.dft forward %x, %y along 1 : tensor<4x8xf32>
  // CHECK: spectral.dft inverse %[[A]], %[[B]] along 1 plan fft : tensor<4x8xf32>
  %c, %d = spectral.dft inverse %a, %b along 1 plan fft : tensor<4x8xf32>
  // CHECK: spectral.dft forward %[[X]] along 0 length 6 plan matmul {note = 1 : i64} : tensor<4x8xf32>
  %e, %f = spectral.dft forward %x along 0 length 6 plan matmul {note = 1 : i64} : tensor<4x8xf32>
  return %c, %e : tensor<4x8xf32>, tensor<6x8xf32>
}

// A length that equals the extent is not written.
// CHECK-LABEL: func.func @rdft
// CHECK-SAME: %[[X:.+]]: tensor<?x8xf64>
func.func @rdft(%x: tensor<?x8xf64>) -> (tensor<?x5xf64>, tensor<?x8xf64>) {
  // CHECK: spectral.rdft %[[X]] along 1 : tensor<?x8xf64>
  %a, %b = spectral.rdft %x along 1 length 8 : tensor<?x8xf64>
  // CHECK: spectral.rdft %[[X]] along 1 length 15 : tensor<?x8xf64>
  %c, %d = spectral.rdft %x along 1 length 15 : tensor<?x8xf64>
  return %a, %c : tensor<?x5xf64>, tensor<?x8xf64>
}

// CHECK-LABEL: func.func @irdft
// CHECK-SAME: %[[A:.+]]: tensor<4x5xf32>, %[[B:.+]]: tensor<4x5xf32>
func.func @irdft(%a: tensor<4x5xf32>, %b: tensor<4x5xf32>) -> (tensor<4x8xf32>, tensor<4x9xf32>) {
  // CHECK: spectral.irdft %[[A]], %[[B]] along 1 length 8 : tensor<4x5xf32>
  %x = spectral.irdft %a, %b along 1 length 8 : tensor<4x5xf32>
  // CHECK: spectral.irdft %[[A]] along 1 length 9 plan fft : tensor<4x5xf32>
  %y = spectral.irdft %a along 1 length 9 plan fft : tensor<4x5xf32>
  return %x, %y : tensor<4x8xf32>, tensor<4x9xf32>
}

// The generic form, for those who build it by hand.
// CHECK-LABEL: func.func @generic
// CHECK: spectral.rdft %{{.+}} along 0 plan matmul : tensor<3xbf16>
func.func @generic(%x: tensor<3xbf16>) {
  %a, %b = "spectral.rdft"(%x) <{axis = 0 : i64, length = 3 : i64, plan = "matmul"}>
      : (tensor<3xbf16>) -> (tensor<2xbf16>, tensor<2xbf16>)
  return
}

// CHECK-LABEL: func.func @filter
// CHECK-SAME: %[[X:.+]]: tensor<4x1x8xf32>, %[[A:.+]]: tensor<1x3x9xf32>, %[[B:.+]]: tensor<1x3x9xf32>
func.func @filter(%x: tensor<4x1x8xf32>, %a: tensor<1x3x9xf32>, %b: tensor<1x3x9xf32>) -> tensor<4x3x8xf32> {
  // CHECK: spectral.filter %[[X]] by %[[A]], %[[B]] along [2] lengths [16] : (tensor<4x1x8xf32>, tensor<1x3x9xf32>, tensor<1x3x9xf32>) -> tensor<4x3x8xf32>
  %y = spectral.filter %x by %a, %b along [2] lengths [16]
    : (tensor<4x1x8xf32>, tensor<1x3x9xf32>, tensor<1x3x9xf32>) -> tensor<4x3x8xf32>
  // CHECK: spectral.filter %[[X]] by %[[A]] along [2] lengths [17] plan optic {note = 1 : i64}
  %z = spectral.filter %x by %a along [2] lengths [17] plan optic {note = 1 : i64}
    : (tensor<4x1x8xf32>, tensor<1x3x9xf32>) -> tensor<4x3x17xf32>
  return %y : tensor<4x3x8xf32>
}

// Two sums of five filters each.
// CHECK-LABEL: func.func @sums
func.func @sums(%x: tensor<4x1x5x16xf32>, %a: tensor<1x2x5x9xf32>, %b: tensor<1x2x5x9xf32>) -> tensor<4x2x1x16xf32> {
  // CHECK: spectral.filter %{{.+}} by %{{.+}}, %{{.+}} along [2, 3] lengths [5, 16] : (tensor<4x1x5x16xf32>, tensor<1x2x5x9xf32>, tensor<1x2x5x9xf32>) -> tensor<4x2x1x16xf32>
  %y = spectral.filter %x by %a, %b along [2, 3] lengths [5, 16]
    : (tensor<4x1x5x16xf32>, tensor<1x2x5x9xf32>, tensor<1x2x5x9xf32>) -> tensor<4x2x1x16xf32>
  return %y : tensor<4x2x1x16xf32>
}
