// RUN: fourmix-opt --verify-roundtrip %s | FileCheck %s

// CHECK-LABEL: func.func @nodes
func.func @nodes(%x: tensor<2x4xf32>) -> !onnx.unknown {
  // CHECK: %[[W:.+]] = onnx.constant "w" dense_resource<w> : tensor<4x4xf32>
  %w = onnx.constant "w" dense_resource<w> : tensor<4x4xf32>
  // CHECK: onnx.constant dense<-1> : tensor<1xi64>
  %i = onnx.constant dense<-1> : tensor<1xi64>
  // CHECK: onnx.constant dense<["a", "b"]> : tensor<2x!onnx.string>
  %s = onnx.constant dense<["a", "b"]> : tensor<2x!onnx.string>
  // CHECK: %[[NONE:.+]] = onnx.none
  %none = onnx.none
  // CHECK: onnx.node "Clip"(%{{.+}}, %[[NONE]], %[[NONE]]) <{name = "clip", output_names = ["c"], version = 13 : i64}>
  // CHECK-SAME: (tensor<2x4xf32>, !onnx.none, !onnx.none) -> !onnx.unknown
  %c = onnx.node "Clip"(%x, %none, %none) <{name = "clip", output_names = ["c"], version = 13 : i64}>
      : (tensor<2x4xf32>, !onnx.none, !onnx.none) -> !onnx.unknown
  // CHECK: onnx.node "MaxPool"
  // CHECK-SAME: -> (!onnx.none, tensor<2x2xi64>)
  %m:2 = onnx.node "MaxPool"(%c) <{node_attrs = {kernel_shape = [2, 2]}, output_names = ["", "indices"],
      version = 12 : i64}> : (!onnx.unknown) -> (!onnx.none, tensor<2x2xi64>)
  return %c : !onnx.unknown
}

// CHECK-LABEL: func.func @subgraphs
func.func @subgraphs(%p: tensor<i1>, %x: tensor<2xf32>) -> !onnx.unknown {
  // CHECK: onnx.node "If"(%{{.+}}) <{graph_names = ["then_branch", "else_branch"], version = 16 : i64}>
  // CHECK-SAME: : (tensor<i1>) -> !onnx.unknown {
  // CHECK: onnx.yield %{{.+}} : tensor<2xf32> <{graph_name = "then", input_names = [], output_names = ["x"]}>
  // CHECK: }, {
  %y = onnx.node "If"(%p) <{graph_names = ["then_branch", "else_branch"], version = 16 : i64}>
      : (tensor<i1>) -> !onnx.unknown {
    onnx.yield %x : tensor<2xf32> <{graph_name = "then", input_names = [], output_names = ["x"]}>
  }, {
    %n = onnx.node "Neg"(%x) <{version = 13 : i64}> : (tensor<2xf32>) -> !onnx.unknown
    onnx.yield %n : !onnx.unknown
  }
  // CHECK: onnx.node "Loop"
  // CHECK: ^bb0(%{{.+}}: tensor<i64>, %{{.+}}: tensor<i1>)
  %none = onnx.none
  onnx.node "Loop"(%none, %p) <{graph_names = ["body"], version = 16 : i64}> : (!onnx.none, tensor<i1>) -> () {
  ^bb0(%i: tensor<i64>, %go: tensor<i1>):
    onnx.yield %go : tensor<i1> <{input_names = ["i", "go"], output_names = ["go"]}>
  }
  return %y : !onnx.unknown
}

// CHECK-LABEL: func.func private @types
// CHECK-SAME: !onnx.sequence<tensor<?x4xf32, #onnx.dims<["n", ""]>>>
// CHECK-SAME: !onnx.map<i64, tensor<2x!onnx.string>>
// CHECK-SAME: !onnx.optional<!onnx.sequence<tensor<*xf16>>>
// CHECK-SAME: !onnx.sparse_tensor<tensor<8x8xf64>>
// CHECK-SAME: !onnx.opaque<"com.acme", "handle">
// CHECK-SAME: tensor<?xf32, #onnx.dims<["n"], ["DATA_BATCH"]>>
func.func private @types(!onnx.sequence<tensor<?x4xf32, #onnx.dims<["n", ""]>>>,
    !onnx.map<i64, tensor<2x!onnx.string>>, !onnx.optional<!onnx.sequence<tensor<*xf16>>>,
    !onnx.sparse_tensor<tensor<8x8xf64>>, !onnx.opaque<"com.acme", "handle">,
    tensor<?xf32, #onnx.dims<["n"], ["DATA_BATCH"]>>)

// CHECK-LABEL: func.func private @"local::Scale"
func.func private @"local::Scale"(%x: !onnx.unknown) -> !onnx.unknown
    attributes {onnx.attributes = ["alpha"], onnx.domain = "local", onnx.op_type = "Scale"} {
  // CHECK: onnx.node "Constant"() <{node_attrs = {value_float = #onnx.ref<"alpha", "float">}
  %a = onnx.node "Constant"() <{node_attrs = {value_float = #onnx.ref<"alpha", "float">}, version = 13 : i64}>
      : () -> !onnx.unknown
  // CHECK: #onnx.sparse<dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>, dense<[0, 7]> : tensor<2xi64>, [8]>
  %s = onnx.node "Constant"() <{node_attrs = {sparse_value = #onnx.sparse<dense<[1.0, 2.0]> : tensor<2xf32>,
      dense<[0, 7]> : tensor<2xi64>, [8]>}, version = 13 : i64}> : () -> !onnx.unknown
  return %a : !onnx.unknown
}
