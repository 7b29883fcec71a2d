// How the kernel of mix.lambda is applied.
//
// RUN: fourmix-opt %s --convert-mix-to-spectral --split-input-file | FileCheck %s

// Few neighbours: windows times filters.
// CHECK-LABEL: func.func @local
// CHECK-NOT: spectral
// CHECK: linalg.matmul ins(%{{.*}} : tensor<512x18xf32>, tensor<18x8xf32>)
// CHECK-NOT: mix.
func.func @local(%q: tensor<1x2x8x64xf32>, %v: tensor<1x2x8x64xf32>) -> tensor<1x2x8x64xf32> {
  %r = onnx.constant dense<1.0> : tensor<8x2x3x3xf32>
  %y = mix.lambda %q, %v kernel %r over [8, 8] : tensor<1x2x8x64xf32>, tensor<1x2x8x64xf32>, tensor<8x2x3x3xf32>
  return %y : tensor<1x2x8x64xf32>
}

// -----

// All of a small grid: one product with a table.
// CHECK-LABEL: func.func @global
// CHECK-NOT: spectral
// CHECK: linalg.matmul ins(%{{.*}} : tensor<8x64xf32>, tensor<64x512xf32>)
func.func @global(%q: tensor<1x2x8x64xf32>, %v: tensor<1x1x8x64xf32>) -> tensor<1x2x8x64xf32> {
  %r = onnx.constant dense<1.0> : tensor<8x1x15x15xf32>
  %y = mix.lambda %q, %v kernel %r over [8, 8] : tensor<1x2x8x64xf32>, tensor<1x1x8x64xf32>, tensor<8x1x15x15xf32>
  return %y : tensor<1x2x8x64xf32>
}

// -----

// All of a large grid: transforms of 64 x 64 points. What of the kernel no position reaches is dropped.
// CHECK-LABEL: func.func @large
// CHECK-DAG: dense_resource<lambda_spectrum_re> : tensor<8x1x64x33xf32>
// CHECK-DAG: dense_resource<lambda_spectrum_im> : tensor<8x1x64x33xf32>
// CHECK: spectral.filter %{{.*}} by %{{.*}}, %{{.*}} along [3, 4] lengths [64, 64]
// CHECK-SAME: (tensor<1x1x8x32x32xf32>, tensor<1x8x1x64x33xf32>, tensor<1x8x1x64x33xf32>) -> tensor<1x8x8x32x32xf32>
func.func @large(%q: tensor<1x2x8x1024xf32>, %v: tensor<1x1x8x1024xf32>) -> tensor<1x2x8x1024xf32> {
  %r = onnx.constant dense<1.0> : tensor<8x1x67x63xf32>
  %y = mix.lambda %q, %v kernel %r over [32, 32] : tensor<1x2x8x1024xf32>, tensor<1x1x8x1024xf32>, tensor<8x1x67x63xf32>
  return %y : tensor<1x2x8x1024xf32>
}
