// RUN: fourmix-opt %s --spectral-widen | FileCheck %s

// What one transform hands to the next is not rounded; single precision stays as it is.

// CHECK-LABEL: func.func @chain
func.func @chain(%x: tensor<4x8xf16>, %y: tensor<4x8xf32>) -> (tensor<4x8xf16>, tensor<4x8xf32>) {
  // CHECK: %[[WIDE:.+]] = linalg.generic {{.+}} ins(%arg0 : tensor<4x8xf16>)
  // CHECK: arith.extf
  // CHECK: %[[RE:.+]], %[[IM:.+]] = spectral.rdft %[[WIDE]] along 1 : tensor<4x8xf32>
  %a, %b = spectral.rdft %x along 1 : tensor<4x8xf16>
  // CHECK: %[[OUT:.+]] = spectral.irdft %[[IM]], %[[RE]] along 1 length 8 : tensor<4x5xf32>
  // CHECK: %[[HALF:.+]] = linalg.generic {{.+}} ins(%[[OUT]] : tensor<4x8xf32>)
  // CHECK: arith.truncf
  %c = spectral.irdft %b, %a along 1 length 8 : tensor<4x5xf16>
  // CHECK: %[[SAME:.+]], %{{.+}} = spectral.dft forward %arg1 along 0 : tensor<4x8xf32>
  %d, %e = spectral.dft forward %y along 0 : tensor<4x8xf32>
  // CHECK: return %[[HALF]], %[[SAME]]
  return %c, %d : tensor<4x8xf16>, tensor<4x8xf32>
}

// CHECK-LABEL: func.func @filter
func.func @filter(%x: tensor<2x8xbf16>, %h: tensor<1x5xbf16>) -> tensor<2x8xbf16> {
  // CHECK: spectral.filter %{{.+}} by %{{.+}} along [1] lengths [8] : (tensor<2x8xf32>, tensor<1x5xf32>) -> tensor<2x8xf32>
  // CHECK: arith.truncf %{{.+}} : f32 to bf16
  %y = spectral.filter %x by %h along [1] lengths [8] : (tensor<2x8xbf16>, tensor<1x5xbf16>) -> tensor<2x8xbf16>
  return %y : tensor<2x8xbf16>
}

// CHECK-LABEL: func.func @constant
func.func @constant(%x: tensor<2x3xf16>) -> tensor<2x3xf16> {
  // CHECK: %[[H:.+]] = arith.constant dense<{{.*}}> : tensor<1x2xf32>
  // CHECK: spectral.filter %{{.+}} by %[[H]] along
  %h = arith.constant dense<[[0.5, 1.5]]> : tensor<1x2xf16>
  %y = spectral.filter %x by %h along [1] lengths [3] : (tensor<2x3xf16>, tensor<1x2xf16>) -> tensor<2x3xf16>
  return %y : tensor<2x3xf16>
}
