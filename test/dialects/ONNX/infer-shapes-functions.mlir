// Calls of model-local functions are replaced by the functions' bodies before shapes are inferred.
//
// RUN: fourmix-opt %s --onnx-infer-shapes --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func @main
// CHECK-SAME: -> (tensor<2x3xf32>, tensor<2x3xf32>)
func.func @main(%x: tensor<2x3xf32> {onnx.name = "x"}) -> (!onnx.unknown, !onnx.unknown) {
  // The call's attribute, the name of the call's output, the outer call's name as prefix.
  // CHECK: "LeakyRelu"{{.*}}name = "first/inner/leaky", node_attrs = {alpha = 5.000000e-01 : f32}, output_names = ["first/t"]
  // CHECK: "Neg"{{.*}}output_names = ["y"]{{.*}} -> tensor<2x3xf32>
  %0 = onnx.node "Outer"(%x) <{domain = "local", name = "first", node_attrs = {slope = 0.5 : f32}, output_names = ["y"], version = 1 : i64}> : (tensor<2x3xf32>) -> !onnx.unknown
  // The default of the function, an absent input, a name from the output.
  // CHECK: "LeakyRelu"{{.*}}name = "z/inner/leaky", node_attrs = {alpha = 2.500000e-01 : f32}
  %1 = onnx.node "Outer"(%0) <{domain = "local", output_names = ["z"], version = 1 : i64}> : (!onnx.unknown) -> !onnx.unknown
  return %0, %1 : !onnx.unknown, !onnx.unknown
}
// CHECK-NOT: @"local::Outer"
func.func private @"local::Outer"(%a: !onnx.unknown, %b: !onnx.unknown) -> !onnx.unknown
    attributes {onnx.op_type = "Outer", onnx.domain = "local", onnx.attributes = ["slope"], onnx.attribute_defaults = {slope = 0.25 : f32}} {
  %0 = onnx.node "Inner"(%a, %b) <{domain = "local", name = "inner", node_attrs = {alpha = #onnx.ref<"slope", "float">, axis = #onnx.ref<"none", "int">}, output_names = ["t"], version = 1 : i64}> : (!onnx.unknown, !onnx.unknown) -> !onnx.unknown
  %1 = onnx.node "Neg"(%0) <{output_names = ["u"], version = 20 : i64}> : (!onnx.unknown) -> !onnx.unknown
  return %1 : !onnx.unknown
}
func.func private @"local::Inner"(%a: !onnx.unknown, %b: !onnx.unknown) -> !onnx.unknown
    attributes {onnx.op_type = "Inner", onnx.domain = "local", onnx.attributes = ["alpha"]} {
  %0 = onnx.node "LeakyRelu"(%a) <{name = "leaky", node_attrs = {alpha = #onnx.ref<"alpha", "float">}, output_names = ["v"], version = 20 : i64}> : (!onnx.unknown) -> !onnx.unknown
  return %0 : !onnx.unknown
}

// -----

func.func @main(%x: tensor<2x3xf32> {onnx.name = "x"}) -> !onnx.unknown {
  %0 = onnx.node "F"(%x) <{domain = "local", name = "f", version = 1 : i64}> : (tensor<2x3xf32>) -> !onnx.unknown
  return %0 : !onnx.unknown
}
func.func private @"local::F"(%a: !onnx.unknown) -> !onnx.unknown attributes {onnx.op_type = "F", onnx.domain = "local"} {
  // expected-error @below {{node (F, local 1): function local::F calls itself}}
  %0 = onnx.node "F"(%a) <{domain = "local", version = 1 : i64}> : (!onnx.unknown) -> !onnx.unknown
  return %0 : !onnx.unknown
}

// -----

func.func @main(%x: tensor<2x3xf32> {onnx.name = "x"}) -> !onnx.unknown {
  // expected-error @below {{expected at most 1 inputs and 1 outputs (function local::G), found 2 and 1}}
  %0 = onnx.node "G"(%x, %x) <{domain = "local", name = "g", version = 1 : i64}> : (tensor<2x3xf32>, tensor<2x3xf32>) -> !onnx.unknown
  return %0 : !onnx.unknown
}
func.func private @"local::G"(%a: !onnx.unknown) -> !onnx.unknown attributes {onnx.op_type = "G", onnx.domain = "local"} {
  return %a : !onnx.unknown
}
