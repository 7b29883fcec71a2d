// The sublayer of an attention is found in the flow of data; where there is none, a remark says why.
//
// RUN: fourmix-opt %s --attention-layers --split-input-file --verify-diagnostics --remark-format=emitRemark \
// RUN:   --remarks-filter="rewrite" | FileCheck %s

// Post-norm: what the sublayer starts from is added to what it ends with.
// CHECK-LABEL: func.func @separate
// CHECK: onnx.node "Add"{{.*}}name = "out"{{.*}}{mix.layer = 0 : i64}
// CHECK: onnx.node "Add"{{.*}}20 : i64}> :
func.func @separate(%x: tensor<2x6x8xf32> {onnx.name = "tokens"}) -> tensor<2x6x8xf32> {
  %w = onnx.constant dense<1.0> : tensor<8x8xf32>
  %b = onnx.constant dense<1.0> : tensor<8xf32>
  %q = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %k = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %v = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  // expected-remark @+1 {{layer 0, mix.attention: attention of 2 heads from input "tokens" to node "out" (Add), tensor<2x6x8xf32>, sequence axis 1, projections Q, K, V, O}}
  %y = mix.attention %q, %k, %v heads 2 kv_heads 2 scale 5.000000e-01 : (tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  %o = onnx.node "MatMul"(%y, %w) <{name = "project", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %p = onnx.node "Add"(%o, %b) <{name = "out", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8xf32>) -> tensor<2x6x8xf32>
  %r = onnx.node "Add"(%p, %x) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  return %r : tensor<2x6x8xf32>
}

// -----

// Pre-norm: it starts from the normalised tensor, and one remark per layer, in program order.
// CHECK-LABEL: func.func @pre_norm
// CHECK: name = "out"{{.*}}{mix.layer = 0 : i64}
// CHECK: name = "last"{{.*}}{mix.layer = 1 : i64}
func.func @pre_norm(%x: tensor<2x6x8xf32>) -> tensor<2x6x8xf32> {
  %w = onnx.constant dense<1.0> : tensor<8x8xf32>
  %b = onnx.constant dense<1.0> : tensor<8xf32>
  %n = onnx.node "LayerNormalization"(%x, %b, %b) <{node_attrs = {axis = -1 : i64}, name = "norm", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<2x6x8xf32>
  %q = onnx.node "MatMul"(%n, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %k = onnx.node "MatMul"(%n, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %v = onnx.node "MatMul"(%n, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  // expected-remark @+1 {{layer 0, mix.attention: attention of 2 heads from node "norm" (LayerNormalization) to node "out" (Add), tensor<2x6x8xf32>, sequence axis 1, projections Q, K, V, O}}
  %y = mix.attention %q, %k, %v heads 2 kv_heads 2 scale 5.000000e-01 : (tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  %o = onnx.node "MatMul"(%y, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %p = onnx.node "Add"(%o, %b) <{name = "out", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8xf32>) -> tensor<2x6x8xf32>
  %r = onnx.node "Add"(%x, %p) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  %q1 = onnx.node "MatMul"(%r, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %k1 = onnx.node "MatMul"(%r, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %v1 = onnx.node "MatMul"(%r, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  // expected-remark @+1 {{layer 1, mix.attention: attention of 2 heads from Add to node "last" (MatMul)}}
  %y1 = mix.attention %q1, %k1, %v1 heads 2 kv_heads 2 scale 5.000000e-01 : (tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  %o1 = onnx.node "MatMul"(%y1, %w) <{name = "last", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %r1 = onnx.node "Add"(%r, %o1) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  return %r1 : tensor<2x6x8xf32>
}

// -----

// One product for all three. The nearest tensor that all are made of is packed; the one before its projection counts.
// CHECK-LABEL: func.func @packed
// CHECK: {mix.layer = 0 : i64}
func.func @packed(%x: tensor<2x6x8xf32>) -> tensor<2x6x8xf32> {
  %w = onnx.constant dense<1.0> : tensor<8x8xf32>
  %b = onnx.constant dense<1.0> : tensor<8xf32>
  %p3 = onnx.constant dense<1.0> : tensor<8x24xf32>
  %b3 = onnx.constant dense<1.0> : tensor<24xf32>
  %m = onnx.node "MatMul"(%x, %p3) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x24xf32>) -> tensor<2x6x24xf32>
  %a = onnx.node "Add"(%m, %b3) <{version = 20 : i64}> : (tensor<2x6x24xf32>, tensor<24xf32>) -> tensor<2x6x24xf32>
  %q, %k, %v = onnx.node "Split"(%a) <{node_attrs = {axis = 2 : i64, num_outputs = 3 : i64}, version = 20 : i64}> : (tensor<2x6x24xf32>) -> (tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>)
  // expected-remark @+1 {{from an input to node "out" (Add), tensor<2x6x8xf32>, sequence axis 1, projections QKV, O}}
  %y = mix.attention %q, %k, %v heads 2 kv_heads 2 scale 5.000000e-01 : (tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  %o = onnx.node "MatMul"(%y, %w) <{name = "project", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %p = onnx.node "Add"(%o, %b) <{name = "out", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8xf32>) -> tensor<2x6x8xf32>
  %r = onnx.node "Add"(%p, %x) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  return %r : tensor<2x6x8xf32>
}

// -----

// The packed tensor has the shape of the input by chance: three times heads * size is hidden.
// CHECK-LABEL: func.func @packed_by_chance
// CHECK: {mix.layer = 0 : i64}
func.func @packed_by_chance(%x: tensor<2x6x24xf32>) -> tensor<2x6x24xf32> {
  %p3 = onnx.constant dense<1.0> : tensor<24x24xf32>
  %u = onnx.constant dense<1.0> : tensor<8x24xf32>
  %a = onnx.node "MatMul"(%x, %p3) <{version = 20 : i64}> : (tensor<2x6x24xf32>, tensor<24x24xf32>) -> tensor<2x6x24xf32>
  %q, %k, %v = onnx.node "Split"(%a) <{node_attrs = {axis = 2 : i64, num_outputs = 3 : i64}, version = 20 : i64}> : (tensor<2x6x24xf32>) -> (tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>)
  // expected-remark @+1 {{from an input to node "project" (MatMul), tensor<2x6x24xf32>, sequence axis 1, projections QKV, O}}
  %y = mix.attention %q, %k, %v heads 2 kv_heads 2 scale 5.000000e-01 : (tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  %o = onnx.node "MatMul"(%y, %u) <{name = "project", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x24xf32>) -> tensor<2x6x24xf32>
  %r = onnx.node "Add"(%o, %x) <{version = 20 : i64}> : (tensor<2x6x24xf32>, tensor<2x6x24xf32>) -> tensor<2x6x24xf32>
  return %r : tensor<2x6x24xf32>
}

// -----

// Gemm over the tokens of all sequences, heads regrouped around the attention, a scale per channel before the residual.
// CHECK-LABEL: func.func @flattened
// CHECK: {mix.layer = 0 : i64}
func.func @flattened(%x: tensor<2x6x8xf32>) -> tensor<2x6x8xf32> {
  %w = onnx.constant dense<1.0> : tensor<8x8xf32>
  %b = onnx.constant dense<1.0> : tensor<8xf32>
  %flat = onnx.constant dense<[12, 8]> : tensor<2xi64>
  %full = onnx.constant dense<[2, 6, 8]> : tensor<3xi64>
  %heads = onnx.constant dense<[2, 6, 2, 4]> : tensor<4xi64>
  %f = onnx.node "Reshape"(%x, %flat) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<2xi64>) -> tensor<12x8xf32>
  %qf = onnx.node "Gemm"(%f, %w, %b) <{version = 20 : i64}> : (tensor<12x8xf32>, tensor<8x8xf32>, tensor<8xf32>) -> tensor<12x8xf32>
  %qg = onnx.node "Reshape"(%qf, %heads) <{version = 20 : i64}> : (tensor<12x8xf32>, tensor<4xi64>) -> tensor<2x6x2x4xf32>
  %q = onnx.node "Transpose"(%qg) <{node_attrs = {perm = [0, 2, 1, 3]}, version = 20 : i64}> : (tensor<2x6x2x4xf32>) -> tensor<2x2x6x4xf32>
  %kf = onnx.node "Gemm"(%f, %w, %b) <{version = 20 : i64}> : (tensor<12x8xf32>, tensor<8x8xf32>, tensor<8xf32>) -> tensor<12x8xf32>
  %kg = onnx.node "Reshape"(%kf, %heads) <{version = 20 : i64}> : (tensor<12x8xf32>, tensor<4xi64>) -> tensor<2x6x2x4xf32>
  %k = onnx.node "Transpose"(%kg) <{node_attrs = {perm = [0, 2, 1, 3]}, version = 20 : i64}> : (tensor<2x6x2x4xf32>) -> tensor<2x2x6x4xf32>
  %vf = onnx.node "Gemm"(%f, %w, %b) <{version = 20 : i64}> : (tensor<12x8xf32>, tensor<8x8xf32>, tensor<8xf32>) -> tensor<12x8xf32>
  %vg = onnx.node "Reshape"(%vf, %heads) <{version = 20 : i64}> : (tensor<12x8xf32>, tensor<4xi64>) -> tensor<2x6x2x4xf32>
  %v = onnx.node "Transpose"(%vg) <{node_attrs = {perm = [0, 2, 1, 3]}, version = 20 : i64}> : (tensor<2x6x2x4xf32>) -> tensor<2x2x6x4xf32>
  // expected-remark @+1 {{from an input to node "scale" (Mul), tensor<2x6x8xf32>, sequence axis 1, projections Q, K, V, O}}
  %y = mix.attention %q, %k, %v heads 2 kv_heads 2 scale 5.000000e-01 : (tensor<2x2x6x4xf32>, tensor<2x2x6x4xf32>, tensor<2x2x6x4xf32>) -> tensor<2x2x6x4xf32>
  %yt = onnx.node "Transpose"(%y) <{node_attrs = {perm = [0, 2, 1, 3]}, version = 20 : i64}> : (tensor<2x2x6x4xf32>) -> tensor<2x6x2x4xf32>
  %yf = onnx.node "Reshape"(%yt, %flat) <{version = 20 : i64}> : (tensor<2x6x2x4xf32>, tensor<2xi64>) -> tensor<12x8xf32>
  %o = onnx.node "Gemm"(%yf, %w, %b) <{version = 20 : i64}> : (tensor<12x8xf32>, tensor<8x8xf32>, tensor<8xf32>) -> tensor<12x8xf32>
  %or = onnx.node "Reshape"(%o, %full) <{version = 20 : i64}> : (tensor<12x8xf32>, tensor<3xi64>) -> tensor<2x6x8xf32>
  %p = onnx.node "Mul"(%or, %b) <{name = "scale", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8xf32>) -> tensor<2x6x8xf32>
  %r = onnx.node "Add"(%x, %p) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  return %r : tensor<2x6x8xf32>
}

// -----

// The sequence comes first, as nn.MultiheadAttention has it.
// CHECK-LABEL: func.func @sequence_first
// CHECK: {mix.layer = 0 : i64}
func.func @sequence_first(%x: tensor<6x2x8xf32>) -> tensor<6x2x8xf32> {
  %w = onnx.constant dense<1.0> : tensor<8x8xf32>
  %b = onnx.constant dense<1.0> : tensor<8xf32>
  %qs = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<6x2x8xf32>, tensor<8x8xf32>) -> tensor<6x2x8xf32>
  %q = onnx.node "Transpose"(%qs) <{node_attrs = {perm = [1, 0, 2]}, version = 20 : i64}> : (tensor<6x2x8xf32>) -> tensor<2x6x8xf32>
  %ks = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<6x2x8xf32>, tensor<8x8xf32>) -> tensor<6x2x8xf32>
  %k = onnx.node "Transpose"(%ks) <{node_attrs = {perm = [1, 0, 2]}, version = 20 : i64}> : (tensor<6x2x8xf32>) -> tensor<2x6x8xf32>
  %vs = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<6x2x8xf32>, tensor<8x8xf32>) -> tensor<6x2x8xf32>
  %v = onnx.node "Transpose"(%vs) <{node_attrs = {perm = [1, 0, 2]}, version = 20 : i64}> : (tensor<6x2x8xf32>) -> tensor<2x6x8xf32>
  // expected-remark @+1 {{from an input to node "project" (MatMul), tensor<6x2x8xf32>, sequence axis 0, projections Q, K, V, O}}
  %y = mix.attention %q, %k, %v heads 2 kv_heads 2 scale 5.000000e-01 : (tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  %yt = onnx.node "Transpose"(%y) <{node_attrs = {perm = [1, 0, 2]}, version = 20 : i64}> : (tensor<2x6x8xf32>) -> tensor<6x2x8xf32>
  %o = onnx.node "MatMul"(%yt, %w) <{name = "project", version = 20 : i64}> : (tensor<6x2x8xf32>, tensor<8x8xf32>) -> tensor<6x2x8xf32>
  %r = onnx.node "Add"(%x, %o) <{version = 20 : i64}> : (tensor<6x2x8xf32>, tensor<6x2x8xf32>) -> tensor<6x2x8xf32>
  return %r : tensor<6x2x8xf32>
}

// -----

// Queries and keys are turned by what another input says of positions, and normalised: the tensor of tokens is one.
// CHECK-LABEL: func.func @rotary
// CHECK: {mix.layer = 0 : i64}
func.func @rotary(%x: tensor<2x6x8xf32>, %t: tensor<2x6x1xf32>) -> tensor<2x6x8xf32> {
  %w = onnx.constant dense<1.0> : tensor<8x8xf32>
  %b = onnx.constant dense<1.0> : tensor<8xf32>
  %c = onnx.node "Cos"(%t) <{version = 20 : i64}> : (tensor<2x6x1xf32>) -> tensor<2x6x1xf32>
  %q0 = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %q = onnx.node "Mul"(%q0, %c) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<2x6x1xf32>) -> tensor<2x6x8xf32>
  %k0 = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %k1 = onnx.node "Mul"(%k0, %c) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<2x6x1xf32>) -> tensor<2x6x8xf32>
  %k = onnx.node "LayerNormalization"(%k1, %b) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8xf32>) -> tensor<2x6x8xf32>
  %v = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  // expected-remark @+1 {{from an input to node "out" (Add), tensor<2x6x8xf32>, sequence axis 1, projections Q, K, V, O}}
  %y = mix.attention %q, %k, %v heads 2 kv_heads 2 scale 5.000000e-01 : (tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  %o = onnx.node "MatMul"(%y, %w) <{name = "project", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %p = onnx.node "Add"(%o, %b) <{name = "out", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8xf32>) -> tensor<2x6x8xf32>
  %r = onnx.node "Add"(%p, %x) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  return %r : tensor<2x6x8xf32>
}

// -----

// No residual: one projection belongs to the sublayer, the next one does not.
// CHECK-LABEL: func.func @no_residual
// CHECK: name = "project"{{.*}}{mix.layer = 0 : i64}
func.func @no_residual(%x: tensor<2x6x8xf32>) -> tensor<2x6x8xf32> {
  %w = onnx.constant dense<1.0> : tensor<8x8xf32>
  %b = onnx.constant dense<1.0> : tensor<8xf32>
  %q = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %k = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %v = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  // expected-remark @+1 {{to node "project" (MatMul), tensor<2x6x8xf32>, sequence axis 1, projections Q, K, V, O}}
  %y = mix.attention %q, %k, %v heads 2 kv_heads 2 scale 5.000000e-01 : (tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  %o = onnx.node "MatMul"(%y, %w) <{name = "project", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %r = onnx.node "MatMul"(%o, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  return %r : tensor<2x6x8xf32>
}

// -----

// Cross attention, with its own layer number on the attention itself.
// CHECK-LABEL: func.func @cross
// CHECK: mix.attention {{.*}}{mix.layer = 0 : i64}
func.func @cross(%x: tensor<2x6x8xf32>, %e: tensor<2x9x8xf32>) -> tensor<2x6x8xf32> {
  %w = onnx.constant dense<1.0> : tensor<8x8xf32>
  %b = onnx.constant dense<1.0> : tensor<8xf32>
  %q = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %k = onnx.node "MatMul"(%e, %w) <{version = 20 : i64}> : (tensor<2x9x8xf32>, tensor<8x8xf32>) -> tensor<2x9x8xf32>
  %v = onnx.node "MatMul"(%e, %w) <{version = 20 : i64}> : (tensor<2x9x8xf32>, tensor<8x8xf32>) -> tensor<2x9x8xf32>
  // expected-remark @+1 {{layer 0, mix.attention: stays as it is: it has no sublayer: it is cross attention: queries are made of another tensor than keys and values}}
  %y = mix.attention %q, %k, %v heads 2 kv_heads 2 scale 5.000000e-01 : (tensor<2x6x8xf32>, tensor<2x9x8xf32>, tensor<2x9x8xf32>) -> tensor<2x6x8xf32>
  %o = onnx.node "MatMul"(%y, %w) <{name = "project", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %p = onnx.node "Add"(%o, %b) <{name = "out", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8xf32>) -> tensor<2x6x8xf32>
  %r = onnx.node "Add"(%p, %x) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  return %r : tensor<2x6x8xf32>
}

// -----

// Cross attention to what an earlier layer gave: the common origin lies behind a mixing.
// CHECK-LABEL: func.func @cross_one_origin
func.func @cross_one_origin(%x: tensor<2x6x8xf32>) -> tensor<2x6x8xf32> {
  %w = onnx.constant dense<1.0> : tensor<8x8xf32>
  %b = onnx.constant dense<1.0> : tensor<8xf32>
  %e = mix.fourier %x sequence 1 hidden 2 : tensor<2x6x8xf32>
  %q = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %k = onnx.node "MatMul"(%e, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %v = onnx.node "MatMul"(%e, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  // expected-remark @+1 {{it is cross attention: queries are made of another tensor than keys and values}}
  %y = mix.attention %q, %k, %v heads 2 kv_heads 2 scale 5.000000e-01 : (tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  %o = onnx.node "MatMul"(%y, %w) <{name = "project", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %p = onnx.node "Add"(%o, %b) <{name = "out", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8xf32>) -> tensor<2x6x8xf32>
  %r = onnx.node "Add"(%p, %x) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  return %r : tensor<2x6x8xf32>
}

// -----

// Values of another tensor than queries and keys.
// CHECK-LABEL: func.func @two_entries
func.func @two_entries(%x: tensor<2x6x8xf32>, %z: tensor<2x6x8xf32>) -> tensor<2x6x8xf32> {
  %w = onnx.constant dense<1.0> : tensor<8x8xf32>
  %b = onnx.constant dense<1.0> : tensor<8xf32>
  %q = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %k = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %v = onnx.node "MatMul"(%z, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  // expected-remark @+1 {{there is no one tensor that queries, keys and values are made of}}
  %y = mix.attention %q, %k, %v heads 2 kv_heads 2 scale 5.000000e-01 : (tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  %o = onnx.node "MatMul"(%y, %w) <{name = "project", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %p = onnx.node "Add"(%o, %b) <{name = "out", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8xf32>) -> tensor<2x6x8xf32>
  %r = onnx.node "Add"(%p, %x) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  return %r : tensor<2x6x8xf32>
}

// -----

// Queries that are learned and constant.
// CHECK-LABEL: func.func @constant_queries
func.func @constant_queries(%x: tensor<2x6x8xf32>) -> tensor<2x6x8xf32> {
  %w = onnx.constant dense<1.0> : tensor<8x8xf32>
  %b = onnx.constant dense<1.0> : tensor<8xf32>
  %q = onnx.constant dense<1.0> : tensor<2x6x8xf32>
  %k = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %v = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  // expected-remark @+1 {{its queries do not depend on the network's inputs}}
  %y = mix.attention %q, %k, %v heads 2 kv_heads 2 scale 5.000000e-01 : (tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  %o = onnx.node "MatMul"(%y, %w) <{name = "project", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %p = onnx.node "Add"(%o, %b) <{name = "out", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8xf32>) -> tensor<2x6x8xf32>
  %r = onnx.node "Add"(%p, %x) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  return %r : tensor<2x6x8xf32>
}

// -----

// Fewer keys than queries: they are made of pooled tokens.
// CHECK-LABEL: func.func @pooled_keys
func.func @pooled_keys(%x: tensor<2x6x8xf32>) -> tensor<2x6x8xf32> {
  %w = onnx.constant dense<1.0> : tensor<8x8xf32>
  %b = onnx.constant dense<1.0> : tensor<8xf32>
  %m = onnx.constant dense<1.0> : tensor<3x6xf32>
  %s = onnx.node "MatMul"(%m, %x) <{version = 20 : i64}> : (tensor<3x6xf32>, tensor<2x6x8xf32>) -> tensor<2x3x8xf32>
  %q = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %k = onnx.node "MatMul"(%s, %w) <{version = 20 : i64}> : (tensor<2x3x8xf32>, tensor<8x8xf32>) -> tensor<2x3x8xf32>
  %v = onnx.node "MatMul"(%s, %w) <{version = 20 : i64}> : (tensor<2x3x8xf32>, tensor<8x8xf32>) -> tensor<2x3x8xf32>
  // expected-remark @+1 {{its 6 queries attend to 3 keys, which are not the same tokens}}
  %y = mix.attention %q, %k, %v heads 2 kv_heads 2 scale 5.000000e-01 : (tensor<2x6x8xf32>, tensor<2x3x8xf32>, tensor<2x3x8xf32>) -> tensor<2x6x8xf32>
  %o = onnx.node "MatMul"(%y, %w) <{name = "project", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %p = onnx.node "Add"(%o, %b) <{name = "out", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8xf32>) -> tensor<2x6x8xf32>
  %r = onnx.node "Add"(%p, %x) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  return %r : tensor<2x6x8xf32>
}

// -----

// As many keys as queries, and still made of mixed tokens.
// CHECK-LABEL: func.func @mixed_values
func.func @mixed_values(%x: tensor<2x6x8xf32>) -> tensor<2x6x8xf32> {
  %w = onnx.constant dense<1.0> : tensor<8x8xf32>
  %b = onnx.constant dense<1.0> : tensor<8xf32>
  %m = onnx.constant dense<1.0> : tensor<6x6xf32>
  %s = onnx.node "MatMul"(%m, %x) <{version = 20 : i64}> : (tensor<6x6xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  %q = onnx.node "MatMul"(%x, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %k = onnx.node "MatMul"(%s, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %v = onnx.node "MatMul"(%s, %w) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  // expected-remark @+1 {{its values are not made of it token by token, or its tokens are regrouped (windows)}}
  %y = mix.attention %q, %k, %v heads 2 kv_heads 2 scale 5.000000e-01 : (tensor<2x6x8xf32>, tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  %o = onnx.node "MatMul"(%y, %w) <{name = "project", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8x8xf32>) -> tensor<2x6x8xf32>
  %p = onnx.node "Add"(%o, %b) <{name = "out", version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<8xf32>) -> tensor<2x6x8xf32>
  %r = onnx.node "Add"(%p, %x) <{version = 20 : i64}> : (tensor<2x6x8xf32>, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  return %r : tensor<2x6x8xf32>
}

// -----

// Windows: tokens of one image are cut into sequences and put together before the residual.
// CHECK-LABEL: func.func @windows
func.func @windows(%x: tensor<1x16x8xf32>) -> tensor<1x16x8xf32> {
  %w = onnx.constant dense<1.0> : tensor<8x8xf32>
  %b = onnx.constant dense<1.0> : tensor<8xf32>
  %cut = onnx.constant dense<[2, 2, 2, 2, 8]> : tensor<5xi64>
  %some = onnx.constant dense<[4, 4, 8]> : tensor<3xi64>
  %join = onnx.constant dense<[1, 16, 8]> : tensor<3xi64>
  %a = onnx.node "Reshape"(%x, %cut) <{version = 20 : i64}> : (tensor<1x16x8xf32>, tensor<5xi64>) -> tensor<2x2x2x2x8xf32>
  %at = onnx.node "Transpose"(%a) <{node_attrs = {perm = [0, 2, 1, 3, 4]}, version = 20 : i64}> : (tensor<2x2x2x2x8xf32>) -> tensor<2x2x2x2x8xf32>
  %n = onnx.node "Reshape"(%at, %some) <{version = 20 : i64}> : (tensor<2x2x2x2x8xf32>, tensor<3xi64>) -> tensor<4x4x8xf32>
  %q = onnx.node "MatMul"(%n, %w) <{version = 20 : i64}> : (tensor<4x4x8xf32>, tensor<8x8xf32>) -> tensor<4x4x8xf32>
  %k = onnx.node "MatMul"(%n, %w) <{version = 20 : i64}> : (tensor<4x4x8xf32>, tensor<8x8xf32>) -> tensor<4x4x8xf32>
  %v = onnx.node "MatMul"(%n, %w) <{version = 20 : i64}> : (tensor<4x4x8xf32>, tensor<8x8xf32>) -> tensor<4x4x8xf32>
  // expected-remark @+1 {{it starts from tensor<1x16x8xf32> of an input, expected [batch, sequence, hidden]: its values are not made of it token by token, or its tokens are regrouped (windows)}}
  %y = mix.attention %q, %k, %v heads 2 kv_heads 2 scale 5.000000e-01 : (tensor<4x4x8xf32>, tensor<4x4x8xf32>, tensor<4x4x8xf32>) -> tensor<4x4x8xf32>
  %o = onnx.node "MatMul"(%y, %w) <{version = 20 : i64}> : (tensor<4x4x8xf32>, tensor<8x8xf32>) -> tensor<4x4x8xf32>
  %r5 = onnx.node "Reshape"(%o, %cut) <{version = 20 : i64}> : (tensor<4x4x8xf32>, tensor<5xi64>) -> tensor<2x2x2x2x8xf32>
  %rt = onnx.node "Transpose"(%r5) <{node_attrs = {perm = [0, 2, 1, 3, 4]}, version = 20 : i64}> : (tensor<2x2x2x2x8xf32>) -> tensor<2x2x2x2x8xf32>
  %rj = onnx.node "Reshape"(%rt, %join) <{version = 20 : i64}> : (tensor<2x2x2x2x8xf32>, tensor<3xi64>) -> tensor<1x16x8xf32>
  %r = onnx.node "Add"(%rj, %x) <{version = 20 : i64}> : (tensor<1x16x8xf32>, tensor<1x16x8xf32>) -> tensor<1x16x8xf32>
  return %r : tensor<1x16x8xf32>
}
