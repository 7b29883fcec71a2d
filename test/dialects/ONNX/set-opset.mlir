// RUN: fourmix-opt %s --onnx-set-opset=opset=17 --split-input-file --verify-diagnostics | FileCheck %s

// Up: types were added since, which is no hindrance. The IR version is that of the opset; no node, no change.
// CHECK: module attributes {onnx.ir_version = 8 : i64, onnx.opset_imports = {ai.onnx = 17 : i64}}
// CHECK: onnx.node "Reshape"(%{{.*}}) <{version = 17 : i64}>
module attributes {onnx.ir_version = 7 : i64, onnx.opset_imports = {ai.onnx = 13 : i64}} {
  func.func @main(%x: tensor<4xf32>) -> tensor<2x2xf32> {
    %s = onnx.constant dense<2> : tensor<2xi64>
    %y = onnx.node "Reshape"(%x, %s) <{version = 13 : i64}> : (tensor<4xf32>, tensor<2xi64>) -> tensor<2x2xf32>
    return %y : tensor<2x2xf32>
  }
}

// -----

// Down: neither a new type nor a new attribute is used. Nodes of inlined functions had other opsets and domains.
// CHECK: module attributes {onnx.ir_version = 9 : i64, onnx.opset_imports = {ai.onnx = 17 : i64, com.acme = 2 : i64}}
// CHECK: onnx.node "Cast"(%{{.*}}) <{node_attrs = {to = 11 : i64}, version = 17 : i64}>
// CHECK: onnx.node "Neg"(%{{.*}}) <{version = 17 : i64}>
// CHECK: onnx.node "Foo"(%{{.*}}) <{domain = "com.acme", version = 2 : i64}>
module attributes {onnx.ir_version = 9 : i64, onnx.opset_imports = {ai.onnx = 20 : i64}} {
  func.func @main(%x: tensor<4xf32>) -> tensor<4xf64> {
    %0 = onnx.node "Cast"(%x) <{node_attrs = {to = 11 : i64}, version = 20 : i64}> : (tensor<4xf32>) -> tensor<4xf64>
    %1 = onnx.node "Neg"(%0) <{version = 13 : i64}> : (tensor<4xf64>) -> tensor<4xf64>
    %2 = onnx.node "Foo"(%1) <{domain = "com.acme", version = 2 : i64}> : (tensor<4xf64>) -> tensor<4xf64>
    return %2 : tensor<4xf64>
  }
}

// -----

module attributes {onnx.opset_imports = {ai.onnx = 20 : i64}} {
  func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
    // expected-error @below {{node "n" (Cast, opset 20): expected a node that means the same at opset 17, found a change at opset 19; nodes that were not raised are not converted}}
    %0 = onnx.node "Cast"(%x) <{name = "n", node_attrs = {saturate = 0 : i64, to = 1 : i64}, version = 20 : i64}> : (tensor<4xf32>) -> tensor<4xf32>
    return %0 : tensor<4xf32>
  }
}

// -----

module attributes {onnx.opset_imports = {ai.onnx = 20 : i64}} {
  func.func @main(%x: tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FN> {
    // expected-error @below {{found a change at opset 19}}
    %0 = onnx.node "Identity"(%x) <{version = 20 : i64}> : (tensor<4xf8E4M3FN>) -> tensor<4xf8E4M3FN>
    return %0 : tensor<4xf8E4M3FN>
  }
}

// -----

// An operator that came later, and one that was another before.
module attributes {onnx.opset_imports = {ai.onnx = 20 : i64}} {
  func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
    // expected-error @below {{found a change at opset 20}}
    %0 = onnx.node "Gelu"(%x) <{version = 20 : i64}> : (tensor<4xf32>) -> tensor<4xf32>
    return %0 : tensor<4xf32>
  }
}

// -----

module attributes {onnx.opset_imports = {ai.onnx = 11 : i64}} {
  func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
    // expected-error @below {{found a change at opset 13}}
    %0 = onnx.node "Softmax"(%x) <{version = 11 : i64}> : (tensor<4xf32>) -> tensor<4xf32>
    return %0 : tensor<4xf32>
  }
}

// -----

// CHECK: onnx.node "Neg"(%{{.*}}) <{name = "n", version
// CHECK: onnx.node "Neg"(%{{.*}}) <{name = "n_1", version
module attributes {onnx.opset_imports = {ai.onnx = 17 : i64}} {
  func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
    %0 = onnx.node "Neg"(%x) <{name = "n", version = 17 : i64}> : (tensor<4xf32>) -> tensor<4xf32>
    %1 = onnx.node "Neg"(%0) <{name = "n", version = 17 : i64}> : (tensor<4xf32>) -> tensor<4xf32>
    return %1 : tensor<4xf32>
  }
}

// -----

// Not an operator of ai.onnx at all: nobody knows.
module attributes {onnx.opset_imports = {ai.onnx = 11 : i64}} {
  func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
    // expected-error @below {{found a change at opset 17}}
    %0 = onnx.node "Mystery"(%x) <{version = 11 : i64}> : (tensor<4xf32>) -> tensor<4xf32>
    return %0 : tensor<4xf32>
  }
}
