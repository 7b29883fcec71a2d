// Kernelised attention: the same sums above and below the line, with and without the values.
//
// RUN: fourmix-opt %s --convert-onnx-to-mix | FileCheck %s
// RUN: fourmix-opt %s --convert-onnx-to-mix --remark-format=emitRemark --remarks-filter="onnx-to-mix" 2>&1 >/dev/null \
// RUN: | FileCheck %s --check-prefix=REMARK

// CHECK-LABEL: func.func @state
// CHECK: %[[Y:.*]] = mix.linear_attention %arg0, %arg1, %arg2 heads 3 kv_heads 3 scale 1.000000e+00 normalised : (tensor<2x3x5x4xf32>, tensor<2x3x6x4xf32>, tensor<2x3x6x7xf32>) -> tensor<2x3x5x7xf32>
// CHECK-NEXT: return %[[Y]]
func.func @state(%q: tensor<2x3x5x4xf32>, %k: tensor<2x3x6x4xf32>, %v: tensor<2x3x6x7xf32>) -> tensor<2x3x5x7xf32> {
  %axis = onnx.constant dense<2> : tensor<1xi64>
  %kt = onnx.node "Transpose"(%k) <{node_attrs = {perm = [0, 1, 3, 2]}, version = 20 : i64}> : (tensor<2x3x6x4xf32>) -> tensor<2x3x4x6xf32>
  %s = onnx.node "MatMul"(%kt, %v) <{version = 20 : i64}> : (tensor<2x3x4x6xf32>, tensor<2x3x6x7xf32>) -> tensor<2x3x4x7xf32>
  %a = onnx.node "MatMul"(%q, %s) <{version = 20 : i64}> : (tensor<2x3x5x4xf32>, tensor<2x3x4x7xf32>) -> tensor<2x3x5x7xf32>
  %t = onnx.node "ReduceSum"(%k, %axis) <{version = 20 : i64}> : (tensor<2x3x6x4xf32>, tensor<1xi64>) -> tensor<2x3x1x4xf32>
  %u = onnx.node "Transpose"(%t) <{node_attrs = {perm = [0, 1, 3, 2]}, version = 20 : i64}> : (tensor<2x3x1x4xf32>) -> tensor<2x3x4x1xf32>
  %b = onnx.node "MatMul"(%q, %u) <{version = 20 : i64}> : (tensor<2x3x5x4xf32>, tensor<2x3x4x1xf32>) -> tensor<2x3x5x1xf32>
  %y = onnx.node "Div"(%a, %b) <{version = 20 : i64}> : (tensor<2x3x5x7xf32>, tensor<2x3x5x1xf32>) -> tensor<2x3x5x7xf32>
  return %y : tensor<2x3x5x7xf32>
}

// Other keys below the line: another thing.
// CHECK-LABEL: func.func @other_keys
// CHECK-NOT: mix.
// CHECK: return
func.func @other_keys(%q: tensor<2x3x5x4xf32>, %k: tensor<2x3x6x4xf32>, %l: tensor<2x3x6x4xf32>, %v: tensor<2x3x6x7xf32>) -> tensor<2x3x5x7xf32> {
  %s = onnx.node "Einsum"(%k, %v) <{node_attrs = {equation = "bhjm,bhjv->bhmv"}, version = 20 : i64}> : (tensor<2x3x6x4xf32>, tensor<2x3x6x7xf32>) -> tensor<2x3x4x7xf32>
  %a = onnx.node "MatMul"(%q, %s) <{version = 20 : i64}> : (tensor<2x3x5x4xf32>, tensor<2x3x4x7xf32>) -> tensor<2x3x5x7xf32>
  %axis = onnx.constant dense<2> : tensor<1xi64>
  %t = onnx.node "ReduceSum"(%l, %axis) <{version = 20 : i64}> : (tensor<2x3x6x4xf32>, tensor<1xi64>) -> tensor<2x3x1x4xf32>
  %b = onnx.node "Einsum"(%q, %t) <{node_attrs = {equation = "bhim,bhjm->bhij"}, version = 20 : i64}> : (tensor<2x3x5x4xf32>, tensor<2x3x1x4xf32>) -> tensor<2x3x5x1xf32>
  %y = onnx.node "Div"(%a, %b) <{version = 20 : i64}> : (tensor<2x3x5x7xf32>, tensor<2x3x5x1xf32>) -> tensor<2x3x5x7xf32>
  return %y : tensor<2x3x5x7xf32>
}

// The code of fast-transformers: a small number is added to the sum, its inverse is an operand of the last product.
// CHECK-LABEL: func.func @epsilon
// CHECK: mix.linear_attention %{{.*}}, %{{.*}}, %{{.*}} heads 3 kv_heads 3 scale 1.000000e+00 normalised epsilon 9.9999997473787516E-6 : (
// CHECK-NOT: "Einsum"
func.func @epsilon(%q: tensor<2x5x3x4xf32>, %k: tensor<2x5x3x4xf32>, %v: tensor<2x5x3x7xf32>) -> tensor<2x5x3x7xf32> {
  %axis = onnx.constant dense<1> : tensor<1xi64>
  %eps = onnx.constant dense<1.0e-5> : tensor<f32>
  %s = onnx.node "Einsum"(%k, %v) <{node_attrs = {equation = "nshd,nshm->nhmd"}, version = 20 : i64}> : (tensor<2x5x3x4xf32>, tensor<2x5x3x7xf32>) -> tensor<2x3x7x4xf32>
  %t = onnx.node "ReduceSum"(%k, %axis) <{node_attrs = {keepdims = 0 : i64}, version = 20 : i64}> : (tensor<2x5x3x4xf32>, tensor<1xi64>) -> tensor<2x3x4xf32>
  %d = onnx.node "Einsum"(%q, %t) <{node_attrs = {equation = "nlhd,nhd->nlh"}, version = 20 : i64}> : (tensor<2x5x3x4xf32>, tensor<2x3x4xf32>) -> tensor<2x5x3xf32>
  %e = onnx.node "Add"(%d, %eps) <{version = 20 : i64}> : (tensor<2x5x3xf32>, tensor<f32>) -> tensor<2x5x3xf32>
  %z = onnx.node "Reciprocal"(%e) <{version = 20 : i64}> : (tensor<2x5x3xf32>) -> tensor<2x5x3xf32>
  %y = onnx.node "Einsum"(%q, %s, %z) <{node_attrs = {equation = "nlhd,nhmd,nlh->nlhm"}, version = 20 : i64}> : (tensor<2x5x3x4xf32>, tensor<2x3x7x4xf32>, tensor<2x5x3xf32>) -> tensor<2x5x3x7xf32>
  return %y : tensor<2x5x3x7xf32>
}

// Causal by sums up to each position.
// CHECK-LABEL: func.func @cumulative
// CHECK: mix.linear_attention %{{.*}} heads 3 kv_heads 3 scale 1.000000e+00 causal normalised epsilon 9.9999997473787516E-6 : (
// CHECK-NOT: "CumSum"
func.func @cumulative(%q: tensor<2x5x3x4xf32>, %k: tensor<2x5x3x4xf32>, %v: tensor<2x5x3x7xf32>) -> tensor<2x5x3x7xf32> {
  %one = onnx.constant dense<1> : tensor<i64>
  %eps = onnx.constant dense<1.0e-5> : tensor<f32>
  %kv = onnx.node "Einsum"(%k, %v) <{node_attrs = {equation = "nlhd,nlhm->nlhdm"}, version = 20 : i64}> : (tensor<2x5x3x4xf32>, tensor<2x5x3x7xf32>) -> tensor<2x5x3x4x7xf32>
  %s = onnx.node "CumSum"(%kv, %one) <{version = 20 : i64}> : (tensor<2x5x3x4x7xf32>, tensor<i64>) -> tensor<2x5x3x4x7xf32>
  %t = onnx.node "CumSum"(%k, %one) <{version = 20 : i64}> : (tensor<2x5x3x4xf32>, tensor<i64>) -> tensor<2x5x3x4xf32>
  %d = onnx.node "Einsum"(%q, %t) <{node_attrs = {equation = "nlhd,nlhd->nlh"}, version = 20 : i64}> : (tensor<2x5x3x4xf32>, tensor<2x5x3x4xf32>) -> tensor<2x5x3xf32>
  %e = onnx.node "Add"(%d, %eps) <{version = 20 : i64}> : (tensor<2x5x3xf32>, tensor<f32>) -> tensor<2x5x3xf32>
  %z = onnx.node "Reciprocal"(%e) <{version = 20 : i64}> : (tensor<2x5x3xf32>) -> tensor<2x5x3xf32>
  %y = onnx.node "Einsum"(%q, %s, %z) <{node_attrs = {equation = "nlhd,nlhdm,nlh->nlhm"}, version = 20 : i64}> : (tensor<2x5x3x4xf32>, tensor<2x5x3x4x7xf32>, tensor<2x5x3xf32>) -> tensor<2x5x3x7xf32>
  return %y : tensor<2x5x3x7xf32>
}

// Retention: what a pair weighs decays with its distance, and nothing divides.
// CHECK-LABEL: func.func @decay
// CHECK: %[[C:.*]] = onnx.constant dense<{{\[\[}}2.500000e-01, 5.000000e-01, 1.000000e+00, 0.000000e+00, 0.000000e+00]]>
// CHECK: mix.linear_attention %arg0, %arg1, %arg2 kernel %[[C]] heads 2 kv_heads 2 scale 1.000000e+00 causal : (
func.func @decay(%q: tensor<1x2x3x4xf32>, %k: tensor<1x2x3x4xf32>, %v: tensor<1x2x3x4xf32>) -> tensor<1x2x3x4xf32> {
  %mask = onnx.constant dense<[[1.0, 0.0, 0.0], [0.5, 1.0, 0.0], [0.25, 0.5, 1.0]]> : tensor<3x3xf32>
  %s = onnx.node "Einsum"(%q, %k) <{node_attrs = {equation = "bhid,bhjd->bhij"}, version = 20 : i64}> : (tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>) -> tensor<1x2x3x3xf32>
  %w = onnx.node "Mul"(%s, %mask) <{version = 20 : i64}> : (tensor<1x2x3x3xf32>, tensor<3x3xf32>) -> tensor<1x2x3x3xf32>
  %y = onnx.node "MatMul"(%w, %v) <{version = 20 : i64}> : (tensor<1x2x3x3xf32>, tensor<1x2x3x4xf32>) -> tensor<1x2x3x4xf32>
  return %y : tensor<1x2x3x4xf32>
}

// A mask that is no number per distance.
// REMARK: (MatMul) is not raised to mix.linear_attention: its mask of pairs of positions is no number per distance
// CHECK-LABEL: func.func @no_distance
// CHECK-NOT: mix.
// CHECK: return
func.func @no_distance(%q: tensor<1x2x3x4xf32>, %k: tensor<1x2x3x4xf32>, %v: tensor<1x2x3x4xf32>) -> tensor<1x2x3x4xf32> {
  %mask = onnx.constant dense<[[1.0, 0.0, 0.0], [0.5, 1.0, 0.0], [0.25, 0.75, 1.0]]> : tensor<3x3xf32>
  %s = onnx.node "Einsum"(%q, %k) <{node_attrs = {equation = "bhid,bhjd->bhij"}, version = 20 : i64}> : (tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>) -> tensor<1x2x3x3xf32>
  %w = onnx.node "Mul"(%s, %mask) <{version = 20 : i64}> : (tensor<1x2x3x3xf32>, tensor<3x3xf32>) -> tensor<1x2x3x3xf32>
  %y = onnx.node "MatMul"(%w, %v) <{version = 20 : i64}> : (tensor<1x2x3x3xf32>, tensor<1x2x3x4xf32>) -> tensor<1x2x3x4xf32>
  return %y : tensor<1x2x3x4xf32>
}

// The epsilon is added to the sum of the keys: that is another number for every query.
// REMARK: (Div) is not raised to mix.linear_attention: what it divides by is not the sum of its weights
// REMARK: (Div) is not raised to mix.linear_attention: the sum of its weights is clamped before it divides
// CHECK-LABEL: func.func @epsilon_inside
// CHECK-NOT: mix.
// CHECK: return
func.func @epsilon_inside(%q: tensor<2x5x4xf32>, %k: tensor<2x6x4xf32>, %v: tensor<2x6x7xf32>) -> tensor<2x5x7xf32> {
  %axis = onnx.constant dense<1> : tensor<1xi64>
  %eps = onnx.constant dense<1.0e-5> : tensor<f32>
  %s = onnx.node "Einsum"(%k, %v) <{node_attrs = {equation = "njm,njv->nmv"}, version = 20 : i64}> : (tensor<2x6x4xf32>, tensor<2x6x7xf32>) -> tensor<2x4x7xf32>
  %a = onnx.node "MatMul"(%q, %s) <{version = 20 : i64}> : (tensor<2x5x4xf32>, tensor<2x4x7xf32>) -> tensor<2x5x7xf32>
  %t = onnx.node "ReduceSum"(%k, %axis) <{version = 20 : i64}> : (tensor<2x6x4xf32>, tensor<1xi64>) -> tensor<2x1x4xf32>
  %u = onnx.node "Add"(%t, %eps) <{version = 20 : i64}> : (tensor<2x1x4xf32>, tensor<f32>) -> tensor<2x1x4xf32>
  %b = onnx.node "Einsum"(%q, %u) <{node_attrs = {equation = "nim,njm->nij"}, version = 20 : i64}> : (tensor<2x5x4xf32>, tensor<2x1x4xf32>) -> tensor<2x5x1xf32>
  %y = onnx.node "Div"(%a, %b) <{version = 20 : i64}> : (tensor<2x5x7xf32>, tensor<2x5x1xf32>) -> tensor<2x5x7xf32>
  return %y : tensor<2x5x7xf32>
}

// CHECK-LABEL: func.func @clamped
// CHECK-NOT: mix.
// CHECK: return
func.func @clamped(%q: tensor<2x5x4xf32>, %k: tensor<2x6x4xf32>, %v: tensor<2x6x7xf32>) -> tensor<2x5x7xf32> {
  %axis = onnx.constant dense<1> : tensor<1xi64>
  %least = onnx.constant dense<1.0e-5> : tensor<f32>
  %s = onnx.node "Einsum"(%k, %v) <{node_attrs = {equation = "njm,njv->nmv"}, version = 20 : i64}> : (tensor<2x6x4xf32>, tensor<2x6x7xf32>) -> tensor<2x4x7xf32>
  %a = onnx.node "MatMul"(%q, %s) <{version = 20 : i64}> : (tensor<2x5x4xf32>, tensor<2x4x7xf32>) -> tensor<2x5x7xf32>
  %t = onnx.node "ReduceSum"(%k, %axis) <{version = 20 : i64}> : (tensor<2x6x4xf32>, tensor<1xi64>) -> tensor<2x1x4xf32>
  %b = onnx.node "Einsum"(%q, %t) <{node_attrs = {equation = "nim,njm->nij"}, version = 20 : i64}> : (tensor<2x5x4xf32>, tensor<2x1x4xf32>) -> tensor<2x5x1xf32>
  %c = onnx.node "Clip"(%b, %least) <{version = 20 : i64}> : (tensor<2x5x1xf32>, tensor<f32>) -> tensor<2x5x1xf32>
  %y = onnx.node "Div"(%a, %c) <{version = 20 : i64}> : (tensor<2x5x7xf32>, tensor<2x5x1xf32>) -> tensor<2x5x7xf32>
  return %y : tensor<2x5x7xf32>
}
