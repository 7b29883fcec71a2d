// Cosine transforms: by matrices, with rows cut off, and what is none. (Random ones: RandomFourierFormsTest.)
//
// RUN: fourmix-opt %s --convert-onnx-to-mix --split-input-file --remark-format=emitRemark --remarks-filter=onnx-to-mix 2>&1 | FileCheck %s

// The first three coefficients of four: a crop behind the transform. scipy.fft.dct has a factor 2.
// CHECK: remark: {{.*}} raised to mix.cosine over axis 1, scale 2.000000
// CHECK-LABEL: func.func @cropped
// CHECK-SAME: (%[[X:.*]]: tensor<2x4x6xf32>)
// CHECK: %[[Y:.*]] = mix.cosine %[[X]] sequence 1 : tensor<2x4x6xf32>
// CHECK: %[[S:.*]] = onnx.node "Slice"(%[[Y]], {{.*}} -> tensor<2x3x6xf32>
// CHECK: %[[T:.*]] = onnx.node "Mul"(%[[S]],
// CHECK: return %[[T]]
func.func @cropped(%x: tensor<2x4x6xf32>) -> tensor<2x3x6xf32> {
  %m = onnx.constant dense<[[2.0, 2.0, 2.0, 2.0],
                            [1.8477590650225735, 0.7653668647301797, -0.7653668647301797, -1.8477590650225735],
                            [1.4142135623730951, -1.4142135623730951, -1.4142135623730951, 1.4142135623730951]]> : tensor<3x4xf32>
  %y = onnx.node "MatMul"(%m, %x) <{name = "crop", version = 20 : i64}> : (tensor<3x4xf32>, tensor<2x4x6xf32>) -> tensor<2x3x6xf32>
  return %y : tensor<2x3x6xf32>
}

// -----

// One number is wrong: a matrix like any other.
// CHECK-LABEL: func.func @nearly
// CHECK-NOT: mix.cosine
// CHECK: return
func.func @nearly(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %m = onnx.constant dense<[[1.0, 1.0, 1.0, 1.0],
                            [0.9238795325112867, 0.38268343236508984, -0.38268343236508984, -0.9238795325112867],
                            [0.7071067811865476, -0.7071067811865476, -0.7071067811865476, 0.7071067811865476],
                            [0.38268343236508984, -0.9238795325112867, 0.9248795325112867, -0.38268343236508984]]> : tensor<4x4xf32>
  %y = onnx.node "MatMul"(%m, %x) <{version = 20 : i64}> : (tensor<4x4xf32>, tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  return %y : tensor<2x4x6xf32>
}

// -----

// Fourier Transformer's down-sampling with everything in one matrix: 5 samples, 3 coefficients, 3 samples, times 2.
// CHECK-LABEL: func.func @resampled
// CHECK: %[[C:.*]] = mix.cosine %arg0 sequence 1 ortho : tensor<2x5x4xf32>
// CHECK: %[[S:.*]] = onnx.node "Slice"(%[[C]],
// CHECK: %[[Y:.*]] = mix.cosine inverse %[[S]] sequence 1 ortho : tensor<2x3x4xf32>
// CHECK: %[[TWO:.*]] = onnx.constant dense<2.000000e+00>
// CHECK: onnx.node "Mul"(%[[Y]], %[[TWO]])
func.func @resampled(%x: tensor<2x5x4xf32>) -> tensor<2x3x4xf32> {
  %m = onnx.constant dense<[[1.784823167e+00, 8.825532019e-01, -2.104052066e-16, -1.689090223e-01, 8.352155061e-02], [-3.191513794e-01, 8.355491589e-01, 1.549193338e+00, 8.355491589e-01, -3.191513794e-01], [8.352155061e-02, -1.689090223e-01, 6.321948259e-16, 8.825532019e-01, 1.784823167e+00]]> : tensor<3x5xf32>
  %y = onnx.node "MatMul"(%m, %x) <{version = 20 : i64}> : (tensor<3x5xf32>, tensor<2x5x4xf32>) -> tensor<2x3x4xf32>
  return %y : tensor<2x3x4xf32>
}
