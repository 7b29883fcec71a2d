// Matrices along the sequence that are nearly a cosine transform, or one of another type, say so.
//
// RUN: fourmix-opt %s --convert-onnx-to-mix --split-input-file --verify-diagnostics --remark-format=emitRemark --remarks-filter="onnx-to-mix" \
// RUN:   -o /dev/null

func.func @one_entry(%x: tensor<2x4x3xf32>) -> tensor<2x4x3xf32> {
  %m = onnx.constant dense<[[1.000000000e+00, 1.000000000e+00, 1.000000000e+00, 1.000000000e+00], [9.238795325e-01, 3.826834324e-01, -3.826834324e-01, -9.238795325e-01], [7.071067812e-01, -6.971067812e-01, -7.071067812e-01, 7.071067812e-01], [3.826834324e-01, -9.238795325e-01, 9.238795325e-01, -3.826834324e-01]]> : tensor<4x4xf32>
  // expected-remark @+2 {{raised to mix.linear over axis 1}}
  // expected-remark @+1 {{node "mixing" (MatMul) is not raised to mix.cosine: row 2 of its matrix is a cosine transform's but for 7.53E-03 in column 1, relative to its largest entry}}
  %y = onnx.node "MatMul"(%m, %x) <{name = "mixing", version = 20 : i64}> : (tensor<4x4xf32>, tensor<2x4x3xf32>) -> tensor<2x4x3xf32>
  return %y : tensor<2x4x3xf32>
}

// -----

func.func @inverse(%x: tensor<2x4x3xf32>) -> tensor<2x4x3xf32> {
  %m = onnx.constant dense<[[1.000000000e+00, 9.238795325e-01, 7.071067812e-01, 3.826834324e-01], [1.000000000e+00, 3.826834324e-01, -6.971067812e-01, -9.238795325e-01], [1.000000000e+00, -3.826834324e-01, -7.071067812e-01, 9.238795325e-01], [1.000000000e+00, -9.238795325e-01, 7.071067812e-01, -3.826834324e-01]]> : tensor<4x4xf32>
  // expected-remark @+2 {{raised to mix.linear over axis 1}}
  // expected-remark @+1 {{node "mixing" (MatMul) is not raised to mix.cosine: column 2 of its matrix is an inverse cosine transform's}}
  %y = onnx.node "MatMul"(%m, %x) <{name = "mixing", version = 20 : i64}> : (tensor<4x4xf32>, tensor<2x4x3xf32>) -> tensor<2x4x3xf32>
  return %y : tensor<2x4x3xf32>
}

// -----

func.func @type_iv(%x: tensor<2x4x3xf32>) -> tensor<2x4x3xf32> {
  %m = onnx.constant dense<[[9.807852804e-01, 8.314696123e-01, 5.555702330e-01, 1.950903220e-01], [8.314696123e-01, -1.950903220e-01, -9.807852804e-01, -5.555702330e-01], [5.555702330e-01, -9.807852804e-01, 1.950903220e-01, 8.314696123e-01], [1.950903220e-01, -5.555702330e-01, 8.314696123e-01, -9.807852804e-01]]> : tensor<4x4xf32>
  // expected-remark @+2 {{raised to mix.linear over axis 1}}
  // expected-remark @+1 {{node "mixing" (MatMul) is not raised to mix.cosine: its matrix is a cosine transform of type IV, mix.cosine is of type II}}
  %y = onnx.node "MatMul"(%m, %x) <{name = "mixing", version = 20 : i64}> : (tensor<4x4xf32>, tensor<2x4x3xf32>) -> tensor<2x4x3xf32>
  return %y : tensor<2x4x3xf32>
}
