// Every mistake names its node, what was expected and what was found; none stops the others.
//
// RUN: fourmix-opt %s --onnx-infer-shapes --split-input-file --verify-diagnostics

func.func @main(%a: tensor<2x768xf32>, %b: tensor<512x3xf32>, %s: tensor<f32>) {
  // expected-error @below {{node "proj" (MatMul, opset 20): inner dimensions differ: 768 vs 512 ('tensor<2x768xf32>' times 'tensor<512x3xf32>')}}
  %0 = onnx.node "MatMul"(%a, %b) <{name = "proj", version = 20 : i64}> : (tensor<2x768xf32>, tensor<512x3xf32>) -> !onnx.unknown
  // Its users are not reported again.
  %1 = onnx.node "Neg"(%0) <{version = 20 : i64}> : (!onnx.unknown) -> !onnx.unknown
  // expected-error @below {{input 1 of shape 512x3 does not broadcast with shape 2x768}}
  %2 = onnx.node "Add"(%a, %b) <{version = 20 : i64}> : (tensor<2x768xf32>, tensor<512x3xf32>) -> !onnx.unknown
  // expected-error @below {{expected operands of rank 1 or more, found 'tensor<2x768xf32>' and 'tensor<f32>'}}
  %3 = onnx.node "MatMul"(%a, %s) <{version = 20 : i64}> : (tensor<2x768xf32>, tensor<f32>) -> !onnx.unknown
  // expected-error @below {{expected rank 2 for input 0, found 'tensor<f32>'}}
  %4 = onnx.node "Gemm"(%s, %a) <{version = 20 : i64}> : (tensor<f32>, tensor<2x768xf32>) -> !onnx.unknown
  // expected-error @below {{expected 2 inputs or more, found 1}}
  %5 = onnx.node "Add"(%a) <{version = 20 : i64}> : (tensor<2x768xf32>) -> !onnx.unknown
  return
}

// -----

func.func @main(%x: tensor<2x3xf32>, %i: tensor<2xi64>) {
  %zero = onnx.constant dense<0> : tensor<1xi64>
  %five = onnx.constant dense<5> : tensor<1xi64>
  %twice = onnx.constant dense<[0, -2]> : tensor<2xi64>
  %bad = onnx.constant dense<[4, -1]> : tensor<2xi64>
  %minus = onnx.constant dense<[-3, 2]> : tensor<2xi64>
  // expected-error @below {{axis 5 is out of range for rank 2}}
  %0 = onnx.node "ReduceSum"(%x, %five) <{version = 20 : i64}> : (tensor<2x3xf32>, tensor<1xi64>) -> !onnx.unknown
  // expected-error @below {{axis -2 is given twice}}
  %1 = onnx.node "ReduceSum"(%x, %twice) <{version = 20 : i64}> : (tensor<2x3xf32>, tensor<2xi64>) -> !onnx.unknown
  // expected-error @below {{cannot reshape 2x3 (6 elements) to 4x-1: 4 does not divide it}}
  %2 = onnx.node "Reshape"(%x, %bad) <{version = 20 : i64}> : (tensor<2x3xf32>, tensor<2xi64>) -> !onnx.unknown
  // expected-error @below {{expected dims of 0 or more (or one -1) in the new shape, found -3}}
  %3 = onnx.node "Reshape"(%x, %minus) <{version = 20 : i64}> : (tensor<2x3xf32>, tensor<2xi64>) -> !onnx.unknown
  // expected-error @below {{expected a constant for input 1 (shape), found a value that depends on the data}}
  %4 = onnx.node "Reshape"(%x, %i) <{version = 20 : i64}> : (tensor<2x3xf32>, tensor<2xi64>) -> !onnx.unknown
  // expected-error @below {{index 5 is out of range for dim of size 2}}
  %5 = onnx.node "Gather"(%x, %five) <{version = 20 : i64}> : (tensor<2x3xf32>, tensor<1xi64>) -> !onnx.unknown
  // expected-error @below {{expected dim 0 of 2x3 to be 1, found 2}}
  %6 = onnx.node "Squeeze"(%x, %zero) <{version = 20 : i64}> : (tensor<2x3xf32>, tensor<1xi64>) -> !onnx.unknown
  // expected-error @below {{expected steps other than 0}}
  %7 = onnx.node "Slice"(%x, %zero, %five, %zero, %zero) <{version = 20 : i64}> : (tensor<2x3xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> !onnx.unknown
  // expected-error @below {{expected a permutation of 2 axes, found 3}}
  %8 = onnx.node "Transpose"(%x) <{node_attrs = {perm = [0, 2, 1]}, version = 20 : i64}> : (tensor<2x3xf32>) -> !onnx.unknown
  // expected-error @below {{cannot split dim 3 into 2 parts}}
  %9:2 = onnx.node "Split"(%x) <{node_attrs = {axis = 1 : i64}, version = 17 : i64}> : (tensor<2x3xf32>) -> (!onnx.unknown, !onnx.unknown)
  // expected-error @below {{axis -1 is the last one, which holds real and imaginary part}}
  %10 = onnx.node "DFT"(%x) <{node_attrs = {axis = -1 : i64}, version = 18 : i64}> : (tensor<2x3xf32>) -> !onnx.unknown
  // expected-error @below {{expected 1 or 2 (real, or real and imaginary part) as last dim, found 'tensor<2x3xf32>'}}
  %11 = onnx.node "DFT"(%x) <{version = 20 : i64}> : (tensor<2x3xf32>) -> !onnx.unknown
  return
}

// -----

// Sizes that no machine has.
func.func @main(%x: tensor<1xf32>) {
  %zero = onnx.constant dense<0> : tensor<i64>
  %one = onnx.constant dense<1> : tensor<i64>
  %huge = onnx.constant dense<9223372036854775807> : tensor<i64>
  %shape = onnx.constant dense<9223372036854775807> : tensor<3xi64>
  // expected-error-re @below {{a range of {{.*}} elements is too large}}
  %0 = onnx.node "Range"(%zero, %huge, %one) <{version = 20 : i64}> : (tensor<i64>, tensor<i64>, tensor<i64>) -> !onnx.unknown
  // expected-error @below {{expected a delta other than 0}}
  %1 = onnx.node "Range"(%zero, %huge, %zero) <{version = 20 : i64}> : (tensor<i64>, tensor<i64>, tensor<i64>) -> !onnx.unknown
  // expected-error-re @below {{result 0 of shape {{.*}} is too large}}
  %2 = onnx.node "Expand"(%x, %shape) <{version = 20 : i64}> : (tensor<1xf32>, tensor<3xi64>) -> !onnx.unknown
  // expected-error @below {{is too large}}
  %3 = onnx.node "Reshape"(%x, %shape) <{version = 20 : i64}> : (tensor<1xf32>, tensor<3xi64>) -> !onnx.unknown
  return
}

// -----

// Operators without a row are reported together.
// expected-error @below {{2 operators are not supported: Frobnicate (com.example 3, 4 nodes: "a", "b", "", ...), Mod (ai.onnx 9, 1 node: "old")}}
func.func @main(%x: tensor<1xf32>) {
  %0 = onnx.node "Frobnicate"(%x) <{domain = "com.example", name = "a", version = 3 : i64}> : (tensor<1xf32>) -> !onnx.unknown
  %1 = onnx.node "Frobnicate"(%0) <{domain = "com.example", name = "b", version = 3 : i64}> : (!onnx.unknown) -> !onnx.unknown
  %2 = onnx.node "Frobnicate"(%1) <{domain = "com.example", version = 3 : i64}> : (!onnx.unknown) -> !onnx.unknown
  %3 = onnx.node "Frobnicate"(%1) <{domain = "com.example", version = 3 : i64}> : (!onnx.unknown) -> !onnx.unknown
  %4 = onnx.node "Mod"(%x, %x) <{name = "old", version = 9 : i64}> : (tensor<1xf32>, tensor<1xf32>) -> !onnx.unknown
  return
}

// -----

// What the file declares about inner values is checked where sizes are known, and never believed.
func.func @main(%x: tensor<2x3xf32>) {
  // expected-warning @below {{output 0 of this Neg is declared as 'tensor<?x4xf32>' but is 'tensor<2x3xf32>'; the declaration is ignored}}
  %0 = onnx.node "Neg"(%x) <{version = 20 : i64}> {onnx.value_info = [{type = tensor<?x4xf32>}]} : (tensor<2x3xf32>) -> !onnx.unknown
  %1 = onnx.node "Neg"(%x) <{version = 20 : i64}> {onnx.value_info = [{type = tensor<?x3xf32>}]} : (tensor<2x3xf32>) -> !onnx.unknown
  return
}

// -----

func.func @main(%c: tensor<i1>, %x: tensor<3xf32>, %y: tensor<4xf32>) {
  // expected-error @below {{expected one type for output 0 of both branches, found 'tensor<3xf32>' and 'tensor<4xf32>'}}
  %0 = onnx.node "If"(%c) <{graph_names = ["then_branch", "else_branch"], version = 20 : i64}> : (tensor<i1>) -> !onnx.unknown {
    %1 = onnx.node "Neg"(%x) <{version = 20 : i64}> : (tensor<3xf32>) -> !onnx.unknown
    onnx.yield %1 : !onnx.unknown
  }, {
    onnx.yield %y : tensor<4xf32>
  }
  return
}

// -----

func.func @main(%x: tensor<2x6x10xf32>, %w: tensor<4x2x3xf32>, %q: tensor<1x4x5x8xf32>, %k: tensor<1x3x7x8xf32>, %s: tensor<2x10x6xf32>) {
  // expected-error @below {{expected weights of 6 / 2 channels and a multiple of 2 filters, found 'tensor<4x2x3xf32>'}}
  %0 = onnx.node "Conv"(%x, %w) <{node_attrs = {group = 2 : i64}, version = 20 : i64}> : (tensor<2x6x10xf32>, tensor<4x2x3xf32>) -> !onnx.unknown
  // expected-error @below {{queries 1x4x5x8, keys 1x3x7x8 and values 1x3x7x8 ([batch, heads, sequence, size]) do not fit}}
  %1 = onnx.node "Attention"(%q, %k, %k) <{version = 23 : i64}> : (tensor<1x4x5x8xf32>, tensor<1x3x7x8xf32>, tensor<1x3x7x8xf32>) -> !onnx.unknown
  // expected-error @below {{label j has size 10 and 6}}
  %2 = onnx.node "Einsum"(%x, %x) <{node_attrs = {equation = "bij,bjk->bik"}, version = 20 : i64}> : (tensor<2x6x10xf32>, tensor<2x6x10xf32>) -> !onnx.unknown
  // expected-error @below {{term "bi" does not fit input 0 of type 'tensor<2x6x10xf32>'}}
  %3 = onnx.node "Einsum"(%x) <{node_attrs = {equation = "bi->i"}, version = 20 : i64}> : (tensor<2x6x10xf32>) -> !onnx.unknown
  // expected-error @below {{cannot concatenate 'tensor<2x6x10xf32>' and 'tensor<2x10x6xf32>' along axis 0}}
  %4 = onnx.node "Concat"(%x, %s) <{node_attrs = {axis = 0 : i64}, version = 20 : i64}> : (tensor<2x6x10xf32>, tensor<2x10x6xf32>) -> !onnx.unknown
  %b = onnx.constant dense<true> : tensor<i1>
  // expected-error @below {{expected one element type for all operands, found 'f32' and 'i1'}}
  %5 = onnx.node "Add"(%x, %b) <{version = 20 : i64}> : (tensor<2x6x10xf32>, tensor<i1>) -> !onnx.unknown
  return
}

// -----

func.func @main(%x: tensor<1x3x8xf32>, %g: tensor<1x3x2xf32>, %w: tensor<1x3x5xf32>, %p: tensor<1x2x4x3xf32>) {
  %none = onnx.none
  // expected-error @below {{node "rule" (LinearAttention, opset 27): expected linear, gated, delta or gated_delta as update_rule, found 'none'}}
  %0:2 = onnx.node "LinearAttention"(%x, %x, %x) <{name = "rule", node_attrs = {kv_num_heads = 2 : i64, q_num_heads = 2 : i64, update_rule = "none"}, version = 27 : i64}> : (tensor<1x3x8xf32>, tensor<1x3x8xf32>, tensor<1x3x8xf32>) -> (!onnx.unknown, !onnx.unknown)
  // expected-error @below {{node "missing" (LinearAttention, opset 27): update_rule 'gated_delta' needs input 5, beta}}
  %1:2 = onnx.node "LinearAttention"(%x, %x, %x, %none, %g) <{name = "missing", node_attrs = {kv_num_heads = 2 : i64, q_num_heads = 2 : i64}, version = 27 : i64}> : (tensor<1x3x8xf32>, tensor<1x3x8xf32>, tensor<1x3x8xf32>, !onnx.none, tensor<1x3x2xf32>) -> (!onnx.unknown, !onnx.unknown)
  // expected-error @below {{node "forbidden" (LinearAttention, opset 27): update_rule 'linear' forbids input 4, decay}}
  %2:2 = onnx.node "LinearAttention"(%x, %x, %x, %none, %g) <{name = "forbidden", node_attrs = {kv_num_heads = 2 : i64, q_num_heads = 2 : i64, update_rule = "linear"}, version = 27 : i64}> : (tensor<1x3x8xf32>, tensor<1x3x8xf32>, tensor<1x3x8xf32>, !onnx.none, tensor<1x3x2xf32>) -> (!onnx.unknown, !onnx.unknown)
  // expected-error @below {{node "width" (LinearAttention, opset 27): expected [1, 3, 2 or 8] for input 4, decay, found 'tensor<1x3x5xf32>'}}
  %3:2 = onnx.node "LinearAttention"(%x, %x, %x, %none, %w) <{name = "width", node_attrs = {kv_num_heads = 2 : i64, q_num_heads = 2 : i64, update_rule = "gated"}, version = 27 : i64}> : (tensor<1x3x8xf32>, tensor<1x3x8xf32>, tensor<1x3x8xf32>, !onnx.none, tensor<1x3x5xf32>) -> (!onnx.unknown, !onnx.unknown)
  // expected-error @below {{node "state" (LinearAttention, opset 27): expected a state of shape 1x2x4x4, found 'tensor<1x2x4x3xf32>'}}
  %4:2 = onnx.node "LinearAttention"(%x, %x, %x, %p) <{name = "state", node_attrs = {kv_num_heads = 2 : i64, q_num_heads = 2 : i64, update_rule = "linear"}, version = 27 : i64}> : (tensor<1x3x8xf32>, tensor<1x3x8xf32>, tensor<1x3x8xf32>, tensor<1x2x4x3xf32>) -> (!onnx.unknown, !onnx.unknown)
  return
}

// -----

func.func @main(%x: tensor<1x3x8xf32>, %w: tensor<3x1x4xf32>, %b: tensor<2xf32>) {
  %none = onnx.none
  // expected-error @below {{node "bias" (CausalConvWithState, opset 27): expected a bias for each of 3 channels, found 'tensor<2xf32>'}}
  %0:2 = onnx.node "CausalConvWithState"(%x, %w, %b) <{name = "bias", version = 27 : i64}> : (tensor<1x3x8xf32>, tensor<3x1x4xf32>, tensor<2xf32>) -> (!onnx.unknown, !onnx.unknown)
  // expected-error @below {{node "past" (CausalConvWithState, opset 27): expected 3 past positions of 1x3 channels, found 'tensor<1x3x8xf32>'}}
  %1:2 = onnx.node "CausalConvWithState"(%x, %w, %none, %x) <{name = "past", version = 27 : i64}> : (tensor<1x3x8xf32>, tensor<3x1x4xf32>, !onnx.none, tensor<1x3x8xf32>) -> (!onnx.unknown, !onnx.unknown)
  // expected-error @below {{node "gelu" (CausalConvWithState, opset 27): expected none, silu or swish as activation, found 'gelu'}}
  %2:2 = onnx.node "CausalConvWithState"(%x, %w) <{name = "gelu", node_attrs = {activation = "gelu"}, version = 27 : i64}> : (tensor<1x3x8xf32>, tensor<3x1x4xf32>) -> (!onnx.unknown, !onnx.unknown)
  return
}

// -----

// The schema says which inputs have one element type.
func.func @main(%x: tensor<1x2x5xf64>, %w: tensor<4x2x3xf32>) {
  // expected-error @below {{expected one element type for all operands, found 'f64' and 'f32' (input 1)}}
  %0 = onnx.node "Conv"(%x, %w) <{version = 20 : i64}> : (tensor<1x2x5xf64>, tensor<4x2x3xf32>) -> !onnx.unknown
  return
}

// -----

func.func @main(%x: tensor<4xf32>) {
  // expected-error @below {{expected 1 inputs or fewer, found 2}}
  %0 = onnx.node "Relu"(%x, %x) <{version = 20 : i64}> : (tensor<4xf32>, tensor<4xf32>) -> !onnx.unknown
  return
}
