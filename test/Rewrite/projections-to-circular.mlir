// Dense projections become circular ones where their matrices are near enough to one; the others stay, with the distance.
//
// RUN: fourmix-opt %s --projections-to-circular=where=all --split-input-file --verify-diagnostics \
// RUN:   --remark-format=emitRemark --remarks-filter="rewrite" | FileCheck %s --check-prefix=ONE
// RUN: fourmix-opt %s --projections-to-circular="where=all max-error=1e-2" --split-input-file | FileCheck %s --check-prefix=LOOSE
// RUN: fourmix-opt %s --projections-to-circular="where=all kind=block:2" --split-input-file | FileCheck %s --check-prefix=BLOCK
// RUN: fourmix-opt %s --projections-to-circular="where=all kind=2d:2x2" --split-input-file | FileCheck %s --check-prefix=GRID
// RUN: fourmix-opt %s --fourmix-rewrite=projections-to-circular=1d --split-input-file | FileCheck %s --check-prefix=ATTENTION

// Circulant: the kernel is the first column of what stands on the right.
// ONE-LABEL: func.func @exact
// ONE: %[[C:.*]] = onnx.constant dense<[1.000000e+00, 4.000000e+00, 3.000000e+00, 2.000000e+00]> : tensor<4xf32>
// ONE: %[[Y:.*]] = mix.projection circular_1d %arg0, %[[C]] as correlation : tensor<2x6x4xf32>, tensor<4xf32>
// ONE: return %[[Y]]
// BLOCK-LABEL: func.func @exact
// BLOCK: "MatMul"
// GRID-LABEL: func.func @exact
// GRID: "MatMul"
// ATTENTION-LABEL: func.func @exact
// ATTENTION: "MatMul"
func.func @exact(%x: tensor<2x6x4xf32>) -> tensor<2x6x4xf32> {
  %w = onnx.constant dense<[[1.0, 2.0, 3.0, 4.0], [4.0, 1.0, 2.0, 3.0], [3.0, 4.0, 1.0, 2.0], [2.0, 3.0, 4.0, 1.0]]> : tensor<4x4xf32>
  // expected-remark @+1 {{mix.projection: its matrix of 4 x 4 is 0.0000 away from the nearest one of circular_1d over 4, relative to its norm; it became circular: 4 parameters now, 16 before}}
  %y = onnx.node "MatMul"(%x, %w) <{name = "fc", version = 20 : i64}> : (tensor<2x6x4xf32>, tensor<4x4xf32>) -> tensor<2x6x4xf32>
  return %y : tensor<2x6x4xf32>
}

// -----

// One number is off by .01, of a norm of 10.95.
// ONE-LABEL: func.func @near
// ONE: "MatMul"
// LOOSE-LABEL: func.func @near
// LOOSE: onnx.constant dense<[1.002500e+00, 4.000000e+00, 3.000000e+00, 2.000000e+00]> : tensor<4xf32>
// LOOSE: mix.projection circular_1d
func.func @near(%x: tensor<2x6x4xf32>) -> tensor<2x6x4xf32> {
  %w = onnx.constant dense<[[1.0, 2.0, 3.0, 4.0], [4.0, 1.0, 2.0, 3.0], [3.0, 4.0, 1.0, 2.0], [2.0, 3.0, 4.0, 1.01]]> : tensor<4x4xf32>
  // expected-remark @+1 {{node "fc" (MatMul): stays as it is: its matrix of 4 x 4 is 7.9e-04 away from the nearest one of circular_1d over 4, relative to its norm (numbers without any structure: 0.8660), more than max-error 1.0e-05}}
  %y = onnx.node "MatMul"(%x, %w) <{name = "fc", version = 20 : i64}> : (tensor<2x6x4xf32>, tensor<4x4xf32>) -> tensor<2x6x4xf32>
  return %y : tensor<2x6x4xf32>
}

// -----

// Two squares side by side are two heads, in the order of the result.
// ONE-LABEL: func.func @packed
// ONE: onnx.constant dense<{{\[}}[1.000000e+00, 4.000000e+00, 3.000000e+00, 2.000000e+00], [5.000000e+00, 4.000000e+00, 3.000000e+00, 2.000000e+00]]> : tensor<2x4xf32>
// ONE: %[[P:.*]] = mix.projection circular_1d {{.*}} : tensor<2x6x4xf32>, tensor<2x4xf32>
// ONE: onnx.node "Reshape"(%[[P]], {{.*}} -> tensor<2x6x8xf32>
func.func @packed(%x: tensor<2x6x4xf32>) -> tensor<2x6x8xf32> {
  %w = onnx.constant dense<[[1.0, 2.0, 3.0, 4.0, 5.0, 2.0, 3.0, 4.0], [4.0, 1.0, 2.0, 3.0, 4.0, 5.0, 2.0, 3.0], [3.0, 4.0, 1.0, 2.0, 3.0, 4.0, 5.0, 2.0], [2.0, 3.0, 4.0, 1.0, 2.0, 3.0, 4.0, 5.0]]> : tensor<4x8xf32>
  // expected-remark @+1 {{it became circular: 8 parameters now, 32 before}}
  %y = onnx.node "MatMul"(%x, %w) <{name = "fc", version = 20 : i64}> : (tensor<2x6x4xf32>, tensor<4x8xf32>) -> tensor<2x6x8xf32>
  return %y : tensor<2x6x8xf32>
}

// -----

// 4 x 6 is not square; blocks of 2 fill it, and one of another kind is none.
// ONE-LABEL: func.func @oblong
// ONE: "MatMul"
// BLOCK-LABEL: func.func @oblong
// BLOCK: mix.projection block_circulant %arg0, %{{.*}} as correlation : tensor<2x6x4xf32>, tensor<3x2x2xf32>
func.func @oblong(%x: tensor<2x6x4xf32>) -> tensor<2x6x6xf32> {
  %w = onnx.constant dense<[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [2.0, 1.0, 4.0, 3.0, 6.0, 5.0], [7.0, 8.0, 0.0, 1.0, 2.0, 0.0], [8.0, 7.0, 1.0, 0.0, 0.0, 2.0]]> : tensor<4x6xf32>
  // expected-remark @+1 {{node "fc" (MatMul): stays as it is: its matrix is 6 x 4, neither square nor several squares below one another}}
  %y = onnx.node "MatMul"(%x, %w) <{name = "fc", version = 20 : i64}> : (tensor<2x6x4xf32>, tensor<4x6xf32>) -> tensor<2x6x6xf32>
  return %y : tensor<2x6x6xf32>
}

// -----

// Circulant over a grid of 2 x 2, and so of blocks, too; Gemm's bias stays.
// GRID-LABEL: func.func @grid
// GRID: mix.projection circular_2d %arg0, %{{.*}} grid [2, 2]
// GRID: onnx.node "Add"
// BLOCK-LABEL: func.func @grid
// BLOCK: mix.projection block_circulant
func.func @grid(%x: tensor<6x4xf32>) -> tensor<6x4xf32> {
  %w = onnx.constant dense<[[1.0, 2.0, 3.0, 4.0], [2.0, 1.0, 4.0, 3.0], [3.0, 4.0, 1.0, 2.0], [4.0, 3.0, 2.0, 1.0]]> : tensor<4x4xf32>
  %b = onnx.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  // expected-remark @+1 {{stays as it is: its matrix of 4 x 4 is 0.2582 away}}
  %y = onnx.node "Gemm"(%x, %w, %b) <{name = "fc", node_attrs = {transB = 1 : i64}, version = 20 : i64}> : (tensor<6x4xf32>, tensor<4x4xf32>, tensor<4xf32>) -> tensor<6x4xf32>
  return %y : tensor<6x4xf32>
}

// -----

// The projections of an attention: the layer keeps its number.
// ATTENTION-LABEL: func.func @attention
// ATTENTION: mix.projection
// ATTENTION: mix.projection
// ATTENTION: name = "v_proj"
// ATTENTION: mix.attention
// ATTENTION: mix.projection {{.*}}{mix.layer = 0 : i64}
func.func @attention(%x: tensor<2x6x4xf32>) -> tensor<2x6x4xf32> {
  %w = onnx.constant dense<[[1.0, 2.0, 3.0, 4.0], [4.0, 1.0, 2.0, 3.0], [3.0, 4.0, 1.0, 2.0], [2.0, 3.0, 4.0, 1.0]]> : tensor<4x4xf32>
  %f = onnx.constant dense<[[1.0, 2.0, 3.0, 4.0], [4.0, 1.0, 2.0, 3.0], [3.0, 4.0, 1.0, 2.0], [2.0, 3.0, 4.0, 2.0]]> : tensor<4x4xf32>
  // expected-remark @+1 {{layer 0, mix.projection: its matrix}}
  %q = onnx.node "MatMul"(%x, %w) <{name = "q_proj", version = 20 : i64}> : (tensor<2x6x4xf32>, tensor<4x4xf32>) -> tensor<2x6x4xf32>
  // expected-remark @+1 {{layer 0, mix.projection: its matrix}}
  %k = onnx.node "MatMul"(%x, %w) <{name = "k_proj", version = 20 : i64}> : (tensor<2x6x4xf32>, tensor<4x4xf32>) -> tensor<2x6x4xf32>
  // expected-remark @+1 {{layer 0, node "v_proj" (MatMul): stays as it is}}
  %v = onnx.node "MatMul"(%x, %f) <{name = "v_proj", version = 20 : i64}> : (tensor<2x6x4xf32>, tensor<4x4xf32>) -> tensor<2x6x4xf32>
  %y = mix.attention %q, %k, %v heads 2 kv_heads 2 scale 5.000000e-01 : (tensor<2x6x4xf32>, tensor<2x6x4xf32>, tensor<2x6x4xf32>) -> tensor<2x6x4xf32>
  // expected-remark @+1 {{layer 0, mix.projection: its matrix}}
  %o = onnx.node "MatMul"(%y, %w) <{name = "o_proj", version = 20 : i64}> : (tensor<2x6x4xf32>, tensor<4x4xf32>) -> tensor<2x6x4xf32>
  %r = onnx.node "Add"(%o, %x) <{version = 20 : i64}> : (tensor<2x6x4xf32>, tensor<2x6x4xf32>) -> tensor<2x6x4xf32>
  return %r : tensor<2x6x4xf32>
}
