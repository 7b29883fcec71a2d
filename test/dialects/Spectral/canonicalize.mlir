// RUN: fourmix-opt %s --canonicalize --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @inverse_pair_cancels
// CHECK-SAME: %[[X:.+]]: tensor<4x8xf32>, %[[Y:.+]]: tensor<4x8xf32>
// CHECK-NOT: spectral
// CHECK: return %[[X]], %[[Y]]
func.func @inverse_pair_cancels(%x: tensor<4x8xf32>, %y: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %a, %b = spectral.dft forward %x, %y along 1 : tensor<4x8xf32>
  %c, %d = spectral.dft inverse %a, %b along 1 : tensor<4x8xf32>
  return %c, %d : tensor<4x8xf32>, tensor<4x8xf32>
}

// CHECK-LABEL: func.func @inverse_first_cancels_too
// CHECK-SAME: %[[X:.+]]: tensor<4x8xf32>
// CHECK: %[[ZERO:.+]] = arith.constant dense<0.0{{.*}}> : tensor<4x8xf32>
// CHECK: return %[[X]], %[[ZERO]]
func.func @inverse_first_cancels_too(%x: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %a, %b = spectral.dft inverse %x along 0 : tensor<4x8xf32>
  %c, %d = spectral.dft forward %a, %b along 0 : tensor<4x8xf32>
  return %c, %d : tensor<4x8xf32>, tensor<4x8xf32>
}

// Another axis, a swapped pair, a truncated signal and the same direction are no inverses.
// CHECK-LABEL: func.func @no_inverse
// CHECK-COUNT-8: spectral.dft
func.func @no_inverse(%x: tensor<4x4xf32>, %y: tensor<4x4xf32>, %z: tensor<4x6xf32>)
    -> (tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>) {
  %a, %b = spectral.dft forward %x, %y along 1 : tensor<4x4xf32>
  %0, %1 = spectral.dft inverse %a, %b along 0 : tensor<4x4xf32>
  %c, %d = spectral.dft forward %y, %y along 1 : tensor<4x4xf32>
  %2, %3 = spectral.dft inverse %d, %c along 1 : tensor<4x4xf32>
  %e, %f = spectral.dft forward %z, %z along 1 length 4 : tensor<4x6xf32>
  %4, %5 = spectral.dft inverse %e, %f along 1 : tensor<4x4xf32>
  %g, %h = spectral.dft forward %x, %x along 1 : tensor<4x4xf32>
  %6, %7 = spectral.dft forward %g, %h along 1 : tensor<4x4xf32>
  return %0, %2, %4, %6 : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>
}

// CHECK-LABEL: func.func @real_pair_cancels
// CHECK-SAME: %[[X:.+]]: tensor<4x7xf32>
// CHECK: return %[[X]]
func.func @real_pair_cancels(%x: tensor<4x7xf32>) -> tensor<4x7xf32> {
  %a, %b = spectral.rdft %x along 1 : tensor<4x7xf32>
  %y = spectral.irdft %a, %b along 1 length 7 : tensor<4x4xf32>
  return %y : tensor<4x7xf32>
}

// 6 and 7 have the same number of coefficients.
// CHECK-LABEL: func.func @other_parity_stays
// CHECK: spectral.irdft
func.func @other_parity_stays(%x: tensor<4x7xf32>) -> tensor<4x6xf32> {
  %a, %b = spectral.rdft %x along 1 : tensor<4x7xf32>
  %y = spectral.irdft %a, %b along 1 length 6 : tensor<4x4xf32>
  return %y : tensor<4x6xf32>
}

// What irdft does not read (the imaginary part of X[0]) must not come back: only the real part folds.
// CHECK-LABEL: func.func @rdft_of_irdft
// CHECK-SAME: %[[A:.+]]: tensor<5xf32>, %[[B:.+]]: tensor<5xf32>
// CHECK: %[[OUT:.+]], %[[IM:.+]] = spectral.rdft
// CHECK: return %[[A]], %[[IM]]
func.func @rdft_of_irdft(%a: tensor<5xf32>, %b: tensor<5xf32>) -> (tensor<5xf32>, tensor<5xf32>) {
  %x = spectral.irdft %a, %b along 0 length 8 : tensor<5xf32>
  %c, %d = spectral.rdft %x along 0 : tensor<8xf32>
  return %c, %d : tensor<5xf32>, tensor<5xf32>
}

// CHECK-LABEL: func.func @rdft_of_even_signal
// CHECK-SAME: %[[A:.+]]: tensor<5xf32>
// CHECK: %[[ZERO:.+]] = arith.constant dense<0.0{{.*}}> : tensor<5xf32>
// CHECK-NOT: spectral
// CHECK: return %[[A]], %[[ZERO]]
func.func @rdft_of_even_signal(%a: tensor<5xf32>) -> (tensor<5xf32>, tensor<5xf32>) {
  %x = spectral.irdft %a along 0 length 8 : tensor<5xf32>
  %c, %d = spectral.rdft %x along 0 : tensor<8xf32>
  return %c, %d : tensor<5xf32>, tensor<5xf32>
}

// CHECK-LABEL: func.func @zero_imaginary_part_is_absent
// CHECK-SAME: %[[X:.+]]: tensor<4x8xf32>
// CHECK: spectral.dft forward %[[X]] along 1 :
// CHECK: spectral.irdft %[[X]] along 1 length 14 :
func.func @zero_imaginary_part_is_absent(%x: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x14xf32>) {
  %zero = arith.constant dense<0.0> : tensor<4x8xf32>
  %a, %b = spectral.dft forward %x, %zero along 1 : tensor<4x8xf32>
  %y = spectral.irdft %x, %zero along 1 length 14 : tensor<4x8xf32>
  return %a, %y : tensor<4x8xf32>, tensor<4x14xf32>
}

// CHECK-LABEL: func.func @other_imaginary_part_stays
// CHECK: spectral.dft forward %{{.+}}, %{{.+}} along 1 :
func.func @other_imaginary_part_stays(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %one = arith.constant dense<1.0> : tensor<4x8xf32>
  %a, %b = spectral.dft forward %x, %one along 1 : tensor<4x8xf32>
  return %a : tensor<4x8xf32>
}

// CHECK-LABEL: func.func @lower_half_is_rdft
// CHECK-SAME: %[[X:.+]]: tensor<4x8xf32>
// CHECK: %[[A:.+]], %[[B:.+]] = spectral.rdft %[[X]] along 1 plan fft : tensor<4x8xf32>
// CHECK: %[[S:.+]] = tensor.extract_slice %[[B]][1, 0] [2, 3] [1, 2] : tensor<4x5xf32> to tensor<2x3xf32>
// CHECK: return %[[A]], %[[S]]
func.func @lower_half_is_rdft(%x: tensor<4x8xf32>) -> (tensor<4x5xf32>, tensor<2x3xf32>) {
  %a, %b = spectral.dft forward %x along 1 plan fft : tensor<4x8xf32>
  %0 = tensor.extract_slice %a[0, 0] [4, 5] [1, 1] : tensor<4x8xf32> to tensor<4x5xf32>
  %1 = tensor.extract_slice %b[1, 0] [2, 3] [1, 2] : tensor<4x8xf32> to tensor<2x3xf32>
  return %0, %1 : tensor<4x5xf32>, tensor<2x3xf32>
}

// CHECK-LABEL: func.func @upper_half_stays
// CHECK: spectral.dft
func.func @upper_half_stays(%x: tensor<4x8xf32>) -> tensor<4x5xf32> {
  %a, %b = spectral.dft forward %x along 1 : tensor<4x8xf32>
  %0 = tensor.extract_slice %a[0, 1] [4, 5] [1, 1] : tensor<4x8xf32> to tensor<4x5xf32>
  return %0 : tensor<4x5xf32>
}

// CHECK-LABEL: func.func @length_one
// CHECK-SAME: %[[X:.+]]: tensor<4x1xf32>
// CHECK: %[[ZERO:.+]] = arith.constant dense<0.0{{.*}}> : tensor<4x1xf32>
// CHECK: return %[[X]], %[[ZERO]], %[[X]], %[[X]]
func.func @length_one(%x: tensor<4x1xf32>) -> (tensor<4x1xf32>, tensor<4x1xf32>, tensor<4x1xf32>, tensor<4x1xf32>) {
  %a, %b = spectral.rdft %x along 1 : tensor<4x1xf32>
  %c = spectral.irdft %x, %x along 1 length 1 : tensor<4x1xf32>
  %d, %e = spectral.dft forward %x, %x along 1 : tensor<4x1xf32>
  return %a, %b, %c, %e : tensor<4x1xf32>, tensor<4x1xf32>, tensor<4x1xf32>, tensor<4x1xf32>
}

// X = (1+2+3+4, (1-3) + i(4-2), 1-2+3-4, ...) along the rows; the second signal is i times the first.
// CHECK-LABEL: func.func @constant
// CHECK-DAG: dense<{{\[\[}}1.000000e+01, -2.000000e+00, -2.000000e+00, -2.000000e+00]]> : tensor<1x4xf32>
// CHECK-DAG: dense<{{\[\[}}0.000000e+00, 2.000000e+00, {{.+}}, -2.000000e+00]]> : tensor<1x4xf32>
// CHECK-NOT: spectral
func.func @constant() -> (tensor<1x4xf32>, tensor<1x4xf32>) {
  %x = arith.constant dense<[[1.0, 2.0, 3.0, 4.0]]> : tensor<1x4xf32>
  %a, %b = spectral.dft forward %x along 1 : tensor<1x4xf32>
  return %a, %b : tensor<1x4xf32>, tensor<1x4xf32>
}

// Padding: (1, 2, 0, 0) -> 3, 1 - 2i, -1; and back, where the imaginary parts of X[0] and X[2] do not count.
// CHECK-LABEL: func.func @constant_halves
// CHECK-DAG: %[[A:.+]] = arith.constant dense<[3.000000e+00, 1.000000e+00, -1.000000e+00]> : tensor<3xf64>
// CHECK-DAG: %[[B:.+]] = arith.constant dense<[{{.+}}, -2.000000e+00, {{.+}}]> : tensor<3xf64>
// CHECK-DAG: %[[Y:.+]] = arith.constant dense<[1.000000e+00, 2.000000e+00, {{.+}}, {{.+}}]> : tensor<4xf64>
// CHECK: return %[[A]], %[[B]], %[[Y]]
func.func @constant_halves() -> (tensor<3xf64>, tensor<3xf64>, tensor<4xf64>) {
  %x = arith.constant dense<[1.0, 2.0]> : tensor<2xf64>
  %re = arith.constant dense<[3.0, 1.0, -1.0]> : tensor<3xf64>
  %im = arith.constant dense<[7.0, -2.0, 7.0]> : tensor<3xf64>
  %a, %b = spectral.rdft %x along 0 length 4 : tensor<2xf64>
  %y = spectral.irdft %re, %im along 0 length 4 : tensor<3xf64>
  return %a, %b, %y : tensor<3xf64>, tensor<3xf64>, tensor<4xf64>
}
