// What passes leave has names of its own, and never those of others.
//
// RUN: split-file %s %t
// RUN: fourmix-translate --export-onnx %t/outputs.mlir -o %t/outputs.onnx
// RUN: fourmix-translate --import-onnx %t/outputs.onnx | FileCheck %s --check-prefix=OUTPUTS
// RUN: fourmix-translate --export-onnx %t/inner.mlir -o %t/inner.onnx
// RUN: fourmix-translate --import-onnx %t/inner.onnx | FileCheck %s --check-prefix=INNER
// RUN: fourmix-translate --export-onnx %t/declared.mlir -o %t/declared.onnx
// RUN: fourmix-translate --import-onnx %t/declared.onnx | FileCheck %s --check-prefix=DECLARED

//--- declared.mlir
// The file declares a shape for "constant", which nothing bears any more: a new constant of another shape is not called so.
// DECLARED: onnx.constant "constant_1" dense<1.000000e+00> : tensor<f32>
func.func @main(%x: tensor<4xf32> {onnx.name = "x"}) -> (tensor<4xf32> {onnx.name = "y"})
    attributes {onnx.value_info = {constant = {type = tensor<4x4xf32>}}} {
  %c = onnx.constant dense<1.0> : tensor<f32>
  %y = onnx.node "Add"(%x, %c) <{output_names = ["y"], version = 20 : i64}> : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

//--- outputs.mlir
// The output "y" is a value that is called otherwise: it is renamed. An input that is an output by another name, and a
// value that is two outputs, need an Identity. Another value that happens to be called "y" gets out of the way.
// OUTPUTS: func.func @main(%[[X:.+]]: tensor<4xf32> {onnx.name = "x"})
// OUTPUTS-SAME: -> (!onnx.unknown {onnx.name = "y", onnx.type = tensor<4xf32>}, {{.*}}onnx.name = "twice"{{.*}}onnx.name = "input"
// OUTPUTS: %[[C:.+]] = onnx.constant "constant" dense<1.000000e+00>
// OUTPUTS: %[[N:.+]] = onnx.node "Neg"(%[[X]]) <{name = "n", output_names = ["n_output_0"], version = 20 : i64}>
// OUTPUTS: %[[Y:.+]] = onnx.node "Add"(%[[N]], %[[C]]) <{output_names = ["y"], version = 20 : i64}>
// OUTPUTS: %[[TWICE:.+]] = onnx.node "Identity"(%[[Y]]) <{output_names = ["twice"]
// OUTPUTS: %[[INPUT:.+]] = onnx.node "Identity"(%[[X]]) <{output_names = ["input"]
// OUTPUTS: return %[[Y]], %[[TWICE]], %[[INPUT]]
func.func @main(%x: tensor<4xf32> {onnx.name = "x"}) -> (tensor<4xf32> {onnx.name = "y"}, tensor<4xf32> {onnx.name = "twice"}, tensor<4xf32> {onnx.name = "input"}) {
  %c = onnx.constant dense<1.0> : tensor<f32>
  %n = onnx.node "Neg"(%x) <{name = "n", output_names = ["y"], version = 20 : i64}> : (tensor<4xf32>) -> tensor<4xf32>
  %s = onnx.node "Add"(%n, %c) <{output_names = ["s"], version = 20 : i64}> : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %s, %s, %x : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

//--- inner.mlir
// A subgraph may hide a name around it, but not one of a value that it uses.
// INNER: onnx.node "Neg"(%{{.+}}) <{output_names = ["a"]
// INNER: onnx.node "If"
// INNER: onnx.node "Exp"({{.*}}) <{name = "exp", output_names = ["exp_output_0"]
// INNER: onnx.node "Identity"({{.*}}) <{output_names = ["o_1"]
// INNER: }, {
// INNER: onnx.node "Abs"({{.*}}) <{name = "abs", output_names = ["a"]
func.func @main(%b: tensor<i1> {onnx.name = "b"}, %x: tensor<4xf32> {onnx.name = "x"}) -> (tensor<4xf32> {onnx.name = "y"}) {
  %a = onnx.node "Neg"(%x) <{output_names = ["a"], version = 20 : i64}> : (tensor<4xf32>) -> tensor<4xf32>
  %y = onnx.node "If"(%b) <{graph_names = ["then_branch", "else_branch"], output_names = ["i"], version = 20 : i64}> : (tensor<i1>) -> tensor<4xf32> {
    %h = onnx.node "Abs"(%x) <{name = "abs", output_names = ["a"], version = 20 : i64}> : (tensor<4xf32>) -> tensor<4xf32>
    onnx.yield %h : tensor<4xf32>
  }, {
    %e = onnx.node "Exp"(%a) <{name = "exp", output_names = ["a"], version = 20 : i64}> : (tensor<4xf32>) -> tensor<4xf32>
    onnx.yield %a : tensor<4xf32> <{output_names = ["o"]}>
  }
  return %y : tensor<4xf32>
}
