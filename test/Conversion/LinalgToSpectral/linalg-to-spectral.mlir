// RUN: fourmix-opt %s --convert-linalg-to-spectral="rows=11 cols=11" | FileCheck %s
// RUN: not fourmix-opt %s --convert-linalg-to-spectral 2>&1 | FileCheck %s --check-prefix=SIZES
// SIZES: error: expected rows and cols of at least 1, but found 0 and 0

// 30 outputs are three blocks of 11, 16 inputs two, with zeros behind them; the sum over the two is tensor code.
// CHECK-LABEL: func.func @blocks
// CHECK-SAME: %[[X:.+]]: tensor<5x16xf32>
// CHECK: spectral.filter %{{.+}} by %{{.+}}, %{{.+}} along [3, 4] lengths [11, 11]
// CHECK-SAME: (tensor<5x1x2x1x11xf32>, tensor<1x3x2x11x6xf32>, tensor<1x3x2x11x6xf32>) -> tensor<5x3x2x11x1xf32>
// CHECK: linalg.generic {{.*}}"reduction"
// CHECK: tensor.extract_slice %{{.+}}[0, 0] [5, 30] [1, 1]
// CHECK-NOT: linalg.matmul
func.func @blocks(%x: tensor<5x16xf32>) -> tensor<5x30xf32> {
  %w = arith.constant dense<0.5> : tensor<16x30xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<5x30xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<5x30xf32>) -> tensor<5x30xf32>
  %y = linalg.matmul ins(%x, %w : tensor<5x16xf32>, tensor<16x30xf32>) outs(%f : tensor<5x30xf32>) -> tensor<5x30xf32>
  return %y : tensor<5x30xf32>
}

// What is added to is added, and a product of two tensors is none with a constant.
// CHECK-LABEL: func.func @onto
// CHECK: spectral.filter
// CHECK: arith.addf
// CHECK: linalg.matmul
func.func @onto(%x: tensor<5x11xf32>, %z: tensor<5x11xf32>, %v: tensor<11x11xf32>) -> tensor<5x11xf32> {
  %w = arith.constant dense<0.5> : tensor<11x11xf32>
  %y = linalg.matmul ins(%x, %w : tensor<5x11xf32>, tensor<11x11xf32>) outs(%z : tensor<5x11xf32>) -> tensor<5x11xf32>
  %u = linalg.matmul ins(%y, %v : tensor<5x11xf32>, tensor<11x11xf32>) outs(%z : tensor<5x11xf32>) -> tensor<5x11xf32>
  return %u : tensor<5x11xf32>
}
