// Quotients of two mixings by one kernel.
//
// RUN: fourmix-opt %s --convert-onnx-to-mix --split-input-file | FileCheck %s
// RUN: fourmix-opt %s --convert-onnx-to-mix --split-input-file --remarks-filter=onnx-to-mix --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// What an exporter folded is a spectrum: 1 + 2 cos a - 2 i sin a is the circle 1 2 0 0, where each element sees the one
// before it. The kernel has what lies behind first: 1 0 0 2. A gate of the result is a factor beside the mixing.
// CHECK-LABEL: func.func @spectra
// CHECK: %[[C:.+]] = onnx.constant dense<{{\[\[\[}}1.000000e+00], [0.000000e+00], [0.000000e+00], [2.000000e+00]]]> : tensor<1x4x1xf32>
// CHECK: %[[Y:.+]] = mix.gated %arg0, %arg1, %[[C]] axis 1 : tensor<2x4x3xf32>, tensor<2x4x3xf32>, tensor<1x4x1xf32>
// CHECK: %[[Z:.+]] = onnx.node "Mul"(%[[Y]], %arg2)
// CHECK-NEXT: return %[[Z]]
// REMARK: node "quotient" (Div) and the two mixings that it divides raised to mix.gated over axis 1
func.func @spectra(%v: tensor<2x4x3xf32>, %g: tensor<2x4x3xf32>, %q: tensor<2x4x3xf32>) -> tensor<2x4x3xf32> {
  %re = onnx.constant dense<[[[3.0], [1.0], [-1.0]]]> : tensor<1x3x1xf32>
  %im = onnx.constant dense<[[[0.0], [-2.0], [0.0]]]> : tensor<1x3x1xf32>
  %p = onnx.node "Mul"(%g, %v) <{version = 20 : i64}> : (tensor<2x4x3xf32>, tensor<2x4x3xf32>) -> tensor<2x4x3xf32>
  %a = mix.global_filter %p, %re, %im axes [1] lengths [4] : tensor<2x4x3xf32>, tensor<1x3x1xf32>, tensor<1x3x1xf32>
  %b = mix.global_filter %g, %re, %im axes [1] lengths [4] : tensor<2x4x3xf32>, tensor<1x3x1xf32>, tensor<1x3x1xf32>
  %n = onnx.node "Mul"(%q, %a) <{version = 20 : i64}> : (tensor<2x4x3xf32>, tensor<2x4x3xf32>) -> tensor<2x4x3xf32>
  %y = onnx.node "Div"(%n, %b) <{name = "quotient", version = 20 : i64}> : (tensor<2x4x3xf32>, tensor<2x4x3xf32>) -> tensor<2x4x3xf32>
  return %y : tensor<2x4x3xf32>
}

// -----

// Of six points for three elements: nothing wraps. 1 now, 2 for the one before: weights 0 2 1 0 0 of what lies two before
// to two behind.
// CHECK-LABEL: func.func @no_wrap
// CHECK: %[[C:.+]] = onnx.constant dense<{{.+}}> : tensor<1x5x1xf32>
// CHECK: mix.gated %arg0, %arg1, %[[C]] axis 1 : tensor<2x3x4xf32>, tensor<2x3x1xf32>, tensor<1x5x1xf32>
func.func @no_wrap(%v: tensor<2x3x4xf32>, %g: tensor<2x3x1xf32>) -> tensor<2x3x4xf32> {
  %re = onnx.constant dense<[[[3.0], [2.0], [0.0], [-1.0]]]> : tensor<1x4x1xf32>
  %im = onnx.constant dense<[[[0.0], [-1.7320508], [-1.7320508], [0.0]]]> : tensor<1x4x1xf32>
  %p = onnx.node "Mul"(%v, %g) <{version = 20 : i64}> : (tensor<2x3x4xf32>, tensor<2x3x1xf32>) -> tensor<2x3x4xf32>
  %a = mix.global_filter %p, %re, %im axes [1] lengths [6] : tensor<2x3x4xf32>, tensor<1x4x1xf32>, tensor<1x4x1xf32>
  %b = mix.global_filter %g, %re, %im axes [1] lengths [6] : tensor<2x3x1xf32>, tensor<1x4x1xf32>, tensor<1x4x1xf32>
  %y = onnx.node "Div"(%a, %b) <{version = 20 : i64}> : (tensor<2x3x4xf32>, tensor<2x3x1xf32>) -> tensor<2x3x4xf32>
  return %y : tensor<2x3x4xf32>
}

// -----

// Not the same kernel; not the same gates.
// CHECK-LABEL: func.func @near_misses
// CHECK-NOT: mix.gated
// REMARK: node "kernels" (Div) is no gated mixing: its two mixings have different kernels
// REMARK: node "gates" (Div) is no gated mixing: what is mixed below is no factor of what is mixed above
func.func @near_misses(%v: tensor<2x4x3xf32>, %g: tensor<2x4x3xf32>, %c: tensor<1x4x1xf32>, %d: tensor<1x4x1xf32>) -> (tensor<2x4x3xf32>, tensor<2x4x3xf32>) {
  %p = onnx.node "Mul"(%g, %v) <{version = 20 : i64}> : (tensor<2x4x3xf32>, tensor<2x4x3xf32>) -> tensor<2x4x3xf32>
  %a = mix.circulant %p, %c axes [1] as correlation : tensor<2x4x3xf32>, tensor<1x4x1xf32>
  %b = mix.circulant %g, %d axes [1] as correlation : tensor<2x4x3xf32>, tensor<1x4x1xf32>
  %y = onnx.node "Div"(%a, %b) <{name = "kernels", version = 20 : i64}> : (tensor<2x4x3xf32>, tensor<2x4x3xf32>) -> tensor<2x4x3xf32>
  %e = mix.circulant %y, %c axes [1] as correlation : tensor<2x4x3xf32>, tensor<1x4x1xf32>
  %z = onnx.node "Div"(%a, %e) <{name = "gates", version = 20 : i64}> : (tensor<2x4x3xf32>, tensor<2x4x3xf32>) -> tensor<2x4x3xf32>
  return %y, %z : tensor<2x4x3xf32>, tensor<2x4x3xf32>
}
