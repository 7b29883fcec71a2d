// A gated mixing is products with matrices where these are cheaper, and where a kernel hides what the noise of transforms
// would bring back.
//
// RUN: fourmix-opt %s --convert-mix-to-spectral | FileCheck %s

// Transforms of 64 points are fast.
// CHECK-LABEL: @circular
// CHECK-COUNT-2: spectral.filter
func.func @circular(%v: tensor<1x64x2x8xf32>, %g: tensor<1x64x2x1xf32>) -> tensor<1x64x2x8xf32> {
  %c = onnx.constant dense<0.5> : tensor<1x64x2x1xf32>
  %y = mix.gated %v, %g, %c axis 1 : tensor<1x64x2x8xf32>, tensor<1x64x2x1xf32>, tensor<1x64x2x1xf32>
  return %y : tensor<1x64x2x8xf32>
}

// Of 61, a prime, they are not; the matrix is the kernel's, and values and gates are multiplied by it.
// CHECK-LABEL: @prime
// CHECK-NOT: spectral
// CHECK: tensor<2x61x61xf32>
// CHECK-NOT: spectral
func.func @prime(%v: tensor<1x61x2x8xf32>, %g: tensor<1x61x2x1xf32>) -> tensor<1x61x2x8xf32> {
  %c = onnx.constant dense<0.5> : tensor<1x61x2x1xf32>
  %y = mix.gated %v, %g, %c axis 1 : tensor<1x61x2x8xf32>, tensor<1x61x2x1xf32>, tensor<1x61x2x1xf32>
  return %y : tensor<1x61x2x8xf32>
}

// Without wrap the transforms have 128 points.
// CHECK-LABEL: @linear
// CHECK-NOT: spectral
func.func @linear(%v: tensor<1x64x2x8xf32>, %g: tensor<1x64x2x1xf32>) -> tensor<1x64x2x8xf32> {
  %c = onnx.constant dense<0.5> : tensor<1x127x2x1xf32>
  %y = mix.gated %v, %g, %c axis 1 : tensor<1x64x2x8xf32>, tensor<1x64x2x1xf32>, tensor<1x127x2x1xf32>
  return %y : tensor<1x64x2x8xf32>
}

// One weight of 64 is zero.
// CHECK-LABEL: @hiding
// CHECK-NOT: spectral
func.func @hiding(%v: tensor<1x64x1x4xf32>, %g: tensor<1x64x1x1xf32>) -> tensor<1x64x1x4xf32> {
  %c = onnx.constant dense<[[[[0.5]], [[0.5]], [[0.5]], [[0.0]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]], [[0.5]]]]> : tensor<1x64x1x1xf32>
  %y = mix.gated %v, %g, %c axis 1 : tensor<1x64x1x4xf32>, tensor<1x64x1x1xf32>, tensor<1x64x1x1xf32>
  return %y : tensor<1x64x1x4xf32>
}

// A kernel that is computed has no matrix yet.
// CHECK-LABEL: @computed
// CHECK-COUNT-2: spectral.filter
func.func @computed(%v: tensor<1x61x2x8xf32>, %g: tensor<1x61x2x1xf32>, %c: tensor<1x61x2x1xf32>) -> tensor<1x61x2x8xf32> {
  %y = mix.gated %v, %g, %c axis 1 : tensor<1x61x2x8xf32>, tensor<1x61x2x1xf32>, tensor<1x61x2x1xf32>
  return %y : tensor<1x61x2x8xf32>
}
