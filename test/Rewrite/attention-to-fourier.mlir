// Attention becomes FNet's mixing, in the layers that are asked for; its projections go with their weights.
//
// RUN: fourmix-opt %s --attention-to-fourier --split-input-file | FileCheck %s --check-prefixes=ALL,PAPER
// RUN: fourmix-opt %s --attention-to-fourier=scale=orthonormal --split-input-file | FileCheck %s --check-prefixes=ALL,ORTHO
// RUN: fourmix-opt %s --attention-to-fourier=keep=output --split-input-file | FileCheck %s --check-prefix=OUTPUT
// RUN: fourmix-opt %s --attention-to-fourier=keep=value+output --split-input-file | FileCheck %s --check-prefix=VALUE
// RUN: fourmix-opt %s --fourmix-rewrite="attention-to-fourier=all fourier-keep=output" --split-input-file | FileCheck %s --check-prefix=OUTPUT
// RUN: fourmix-opt %s --fourmix-rewrite --split-input-file | FileCheck %s --check-prefix=NOTHING

// Rounded 1 / sqrt(6 * 8) is 0.144337565.
// NOTHING-LABEL: func.func @post_norm
// NOTHING: mix.attention
// PAPER-LABEL: func.func @post_norm
// PAPER-NOT: onnx.constant
// PAPER: %[[Y:.*]] = mix.fourier %arg0 sequence 1 hidden 2 {mix.layer = 0 : i64} : tensor<2x6x8xf32>
// PAPER: %[[R:.*]] = onnx.node "Add"(%[[Y]], %arg0) <{name = "residual"
// PAPER-NEXT: return %[[R]]
// ORTHO-LABEL: func.func @post_norm
// ORTHO: %[[F:.*]] = mix.fourier %arg0 sequence 1 hidden 2 : tensor<2x6x8xf32>
// ORTHO: %[[C:.*]] = onnx.constant dense<0.144337565> : tensor<f32>
// ORTHO: %[[Y:.*]] = onnx.node "Mul"(%[[F]], %[[C]]) <{version = 20 : i64}> {mix.layer = 0 : i64}
// ORTHO: onnx.node "Add"(%[[Y]], %arg0) <{name = "residual"
// OUTPUT-LABEL: func.func @post_norm
// OUTPUT-NOT: mix.attention
// OUTPUT: %[[F:.*]] = mix.fourier %arg0 sequence 1 hidden 2 : tensor<2x6x8xf32>
// OUTPUT: onnx.node "MatMul"(%[[F]], %{{.*}}) <{name = "out"
// OUTPUT: name = "bias"{{.*}} {mix.layer = 0 : i64}
// VALUE-LABEL: func.func @post_norm
// VALUE: %[[V:.*]] = onnx.node "MatMul"(%arg0, %{{.*}}) <{name = "values"
// VALUE: %[[F:.*]] = mix.fourier %[[V]] sequence 1 hidden 2 : tensor<2x6x8xf32>
// VALUE: onnx.node "MatMul"(%[[F]], %{{.*}}) <{name = "out"
func.func @post_norm(%x: tensor<2x6x8xf32>) -> tensor<2x6x8xf32> {
  %w = onnx.constant dense<1.0> : tensor<8x8xf32>
  %b = onnx.constant dense<1.0> : tensor<8xf32>
  %q = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %k = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %v = onnx.node "MatMul"(%x, %w) <{name = "values", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %y = mix.attention %q, %k, %v heads 2 kv_heads 2 scale 5.000000e-01 : (tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  %o = onnx.node "MatMul"(%y, %w) <{name = "out", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %p = onnx.node "Add"(%o, %b) <{name = "bias", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8xf32>) -> tensor<2x6x8xf32>
  %r = onnx.node "Add"(%p, %x) <{name = "residual", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  return %r : tensor<2x6x8xf32>
}

// -----

// Values that are split into heads are put side by side: the hidden axis is all heads.
// ALL-LABEL: func.func @heads
// ALL: mix.fourier %arg0 sequence 1 hidden 2
// OUTPUT-LABEL: func.func @heads
// OUTPUT: %[[F:.*]] = mix.fourier %arg0 sequence 1 hidden 2
// OUTPUT: %[[G:.*]] = onnx.node "Reshape"(%[[F]]
// OUTPUT: %[[H:.*]] = onnx.node "Transpose"(%[[G]]) <{node_attrs = {perm = [0, 2, 1, 3]}
// OUTPUT: (tensor<2x6x2x4xf32>) -> tensor<2x2x6x4xf32>
// VALUE-LABEL: func.func @heads
// VALUE: onnx.node "Transpose"{{.*}} -> tensor<2x2x6x4xf32>
// VALUE: %[[T:.*]] = onnx.node "Transpose"({{.*}}) <{node_attrs = {perm = [0, 2, 1, 3]}{{.*}} -> tensor<2x6x2x4xf32>
// VALUE: %[[X:.*]] = onnx.node "Reshape"(%[[T]], {{.*}} -> tensor<2x6x8xf32>
// VALUE: mix.fourier %[[X]] sequence 1 hidden 2
func.func @heads(%x: tensor<2x6x8xf32>) -> tensor<2x6x8xf32> {
  %w = onnx.constant dense<1.0> : tensor<8x8xf32>
  %b = onnx.constant dense<1.0> : tensor<8xf32>
  %heads = onnx.constant dense<[2, 6, 2, 4]> : tensor<4xi64>
  %full = onnx.constant dense<[2, 6, 8]> : tensor<3xi64>
  %qf = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %qg = onnx.node "Reshape"(%qf, %heads) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<4xi64>) -> tensor<2x6x2x4xf32>
  %q = onnx.node "Transpose"(%qg) <{node_attrs = {perm = [0, 2, 1, 3]}, version = 20 : i64}> : (tensor<2x6x2x4xf32>) -> tensor<2x2x6x4xf32>
  %kf = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %kg = onnx.node "Reshape"(%kf, %heads) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<4xi64>) -> tensor<2x6x2x4xf32>
  %k = onnx.node "Transpose"(%kg) <{node_attrs = {perm = [0, 2, 1, 3]}, version = 20 : i64}> : (tensor<2x6x2x4xf32>) -> tensor<2x2x6x4xf32>
  %vf = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %vg = onnx.node "Reshape"(%vf, %heads) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<4xi64>) -> tensor<2x6x2x4xf32>
  %v = onnx.node "Transpose"(%vg) <{node_attrs = {perm = [0, 2, 1, 3]}, version = 20 : i64}> : (tensor<2x6x2x4xf32>) -> tensor<2x2x6x4xf32>
  %y = mix.attention %q, %k, %v heads 2 kv_heads 2 scale 5.000000e-01 : (tensor<2x2x6x4xf32>, tensor<2x2x6x4xf32>, tensor<2x2x6x4xf32>) -> tensor<2x2x6x4xf32>
  %yt = onnx.node "Transpose"(%y) <{node_attrs = {perm = [0, 2, 1, 3]}, version = 20 : i64}> : (tensor<2x2x6x4xf32>) -> tensor<2x6x2x4xf32>
  %yf = onnx.node "Reshape"(%yt, %full) <{version = 20 : i64}> : (tensor<2x6x2x4xf32>, tensor<3xi64>) -> tensor<2x6x8xf32>
  %o = onnx.node "MatMul"(%yf, %w) <{name = "out", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %r = onnx.node "Add"(%o, %x) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  return %r : tensor<2x6x8xf32>
}

// -----

// The sequence comes first, as nn.MultiheadAttention has it.
// ALL-LABEL: func.func @sequence_first
// ALL: mix.fourier %arg0 sequence 0 hidden 2
// OUTPUT-LABEL: func.func @sequence_first
// OUTPUT: %[[F:.*]] = mix.fourier %arg0 sequence 0 hidden 2
// OUTPUT: onnx.node "Transpose"(%[[F]]) <{node_attrs = {perm = [1, 0, 2]}{{.*}} -> tensor<2x6x8xf32>
// VALUE-LABEL: func.func @sequence_first
// VALUE: mix.fourier %{{.*}} sequence 1 hidden 2 : tensor<2x6x8xf32>
func.func @sequence_first(%x: tensor<6x2x8xf32>) -> tensor<6x2x8xf32> {
  %w = onnx.constant dense<1.0> : tensor<8x8xf32>
  %b = onnx.constant dense<1.0> : tensor<8xf32>
  %qs = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<6x2x8xf32>, tensor<8x8xf32>) -> tensor<6x2x8xf32>
  %q = onnx.node "Transpose"(%qs) <{node_attrs = {perm = [1, 0, 2]}, version = 20 : i64}> : (tensor<6x2x8xf32>) -> tensor<2x6x8xf32>
  %ks = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<6x2x8xf32>, tensor<8x8xf32>) -> tensor<6x2x8xf32>
  %k = onnx.node "Transpose"(%ks) <{node_attrs = {perm = [1, 0, 2]}, version = 20 : i64}> : (tensor<6x2x8xf32>) -> tensor<2x6x8xf32>
  %vs = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<6x2x8xf32>, tensor<8x8xf32>) -> tensor<6x2x8xf32>
  %v = onnx.node "Transpose"(%vs) <{node_attrs = {perm = [1, 0, 2]}, version = 20 : i64}> : (tensor<6x2x8xf32>) -> tensor<2x6x8xf32>
  %y = mix.attention %q, %k, %v heads 2 kv_heads 2 scale 5.000000e-01 : (tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  %yt = onnx.node "Transpose"(%y) <{node_attrs = {perm = [1, 0, 2]}, version = 20 : i64}> : (tensor<2x6x8xf32>) -> tensor<6x2x8xf32>
  %o = onnx.node "MatMul"(%yt, %w) <{name = "project", version = 20 : i64}> : (tensor<6x2x8xf32>, tensor<8x8xf32>) -> tensor<6x2x8xf32>
  %r = onnx.node "Add"(%x, %o) <{version = 20 : i64}> : (tensor<6x2x8xf32>, tensor<6x2x8xf32>) -> tensor<6x2x8xf32>
  return %r : tensor<6x2x8xf32>
}

// -----

// A relative position bias, the same for every input, goes without asking.
// ALL-LABEL: func.func @relative_bias
// ALL: mix.fourier %arg0 sequence 1 hidden 2
func.func @relative_bias(%x: tensor<2x6x8xf32>) -> tensor<2x6x8xf32> {
  %w = onnx.constant dense<1.0> : tensor<8x8xf32>
  %b = onnx.constant dense<1.0> : tensor<8xf32>
  %rel = onnx.constant dense<1.0> : tensor<1x2x6x6xf32>
  %q = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %k = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %v = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %y = mix.attention %q, %k, %v bias %rel heads 2 kv_heads 2 scale 5.000000e-01 : (tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<1x2x6x6xf32>) -> tensor<2x6x8xf32>
  %o = onnx.node "MatMul"(%y, %w) <{name = "project", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %p = onnx.node "Add"(%o, %b) <{name = "out", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8xf32>) -> tensor<2x6x8xf32>
  %r = onnx.node "Add"(%p, %x) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  return %r : tensor<2x6x8xf32>
}

// -----

// A bias that is computed from the tokens is a part of the scores.
// ALL-LABEL: func.func @content_bias
// ALL: mix.fourier %arg0 sequence 1 hidden 2
func.func @content_bias(%x: tensor<2x6x8xf32>) -> tensor<2x6x8xf32> {
  %w = onnx.constant dense<1.0> : tensor<8x8xf32>
  %b = onnx.constant dense<1.0> : tensor<8xf32>
  %u = onnx.constant dense<1.0> : tensor<8x6xf32>
  %at = onnx.constant dense<1> : tensor<1xi64>
  %s = onnx.node "MatMul"(%x, %u) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x6xf32>) -> tensor<2x6x6xf32>
  %rel = onnx.node "Unsqueeze"(%s, %at) <{version = 20 : i64}> : (tensor<2x6x6xf32>, tensor<1xi64>) -> tensor<2x1x6x6xf32>
  %q = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %k = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %v = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %y = mix.attention %q, %k, %v bias %rel heads 2 kv_heads 2 scale 5.000000e-01 : (tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x1x6x6xf32>) -> tensor<2x6x8xf32>
  %o = onnx.node "MatMul"(%y, %w) <{name = "project", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %p = onnx.node "Add"(%o, %b) <{name = "out", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8xf32>) -> tensor<2x6x8xf32>
  %r = onnx.node "Add"(%p, %x) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  return %r : tensor<2x6x8xf32>
}
