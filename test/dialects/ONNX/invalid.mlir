// RUN: fourmix-opt --split-input-file --verify-diagnostics %s

// node_c1
func.func @f(%x: tensor<f32>) {
  // expected-error @+1 {{node "n" (, opset 1): expected an operator type, found an empty one}}
  onnx.node ""(%x) <{name = "n", version = 1 : i64}> : (tensor<f32>) -> ()
  return
}

// -----
// node_c1
func.func @f(%x: tensor<f32>) {
  // expected-error @+1 {{node (Foo, com.acme 0): expected a version of at least 1, found 0}}
  onnx.node "Foo"(%x) <{domain = "com.acme", version = 0 : i64}> : (tensor<f32>) -> ()
  return
}

// -----
// node_c2
func.func @f(%x: tensor<i1>) {
  // expected-error @+1 {{expected one name per region, found 0 names for 1 regions}}
  onnx.node "If"(%x) <{version = 1 : i64}> : (tensor<i1>) -> () {
    onnx.yield
  }
  return
}

// -----
// node_c2
func.func @f(%x: tensor<i1>) {
  // expected-error @+1 {{attribute "body" is both a value and a region}}
  onnx.node "If"(%x) <{graph_names = ["body"], node_attrs = {body = 1 : i64}, version = 1 : i64}> : (tensor<i1>) -> () {
    onnx.yield
  }
  return
}

// -----
// node_c3
func.func @f(%x: tensor<i1>) {
  // expected-error @+1 {{expected region 0 to be one block that ends in 'onnx.yield'}}
  onnx.node "If"(%x) <{graph_names = ["body"], version = 1 : i64}> : (tensor<i1>) -> () {
  }
  return
}

// -----
// node_c4
func.func @f(%x: tensor<f32>) {
  // expected-error @+1 {{expected one name per result, found 2 names for 1 results}}
  %y = onnx.node "Neg"(%x) <{output_names = ["a", "b"], version = 1 : i64}> : (tensor<f32>) -> tensor<f32>
  return
}

// -----
// node_c4
func.func @f(%x: tensor<f32>) {
  // expected-error @+1 {{expected an empty name exactly for an absent output, found "" of type 'tensor<f32>'}}
  %y = onnx.node "Neg"(%x) <{output_names = [""], version = 1 : i64}> : (tensor<f32>) -> tensor<f32>
  return
}

// -----
// constant_c1
func.func @f() {
  // expected-error @+1 {{expected 80 bytes for 'tensor<20xf32>', found 4}}
  %w = onnx.constant dense_resource<w> : tensor<20xf32>
  return
}
{-# dialect_resources: { builtin: { w: "0x0400000000000000" } } #-}

// -----
// yield_c1, yield_c2
func.func @f(%x: tensor<i1>) {
  onnx.node "If"(%x) <{graph_names = ["body"], version = 1 : i64}> : (tensor<i1>) -> () {
    // expected-error @+1 {{expected one input name per block argument, found 1 names for 0 arguments}}
    onnx.yield <{input_names = ["a"]}>
  }
  return
}

// -----
func.func @f(%x: tensor<i1>) {
  onnx.node "If"(%x) <{graph_names = ["body"], version = 1 : i64}> : (tensor<i1>) -> () {
    // expected-error @+1 {{expected one output name per operand, found 0 names for 1 operands}}
    onnx.yield %x : tensor<i1> <{output_names = []}>
  }
  return
}

// -----
// yield outside of a node
func.func @f() {
  // expected-error @+1 {{expects parent op 'onnx.node'}}
  onnx.yield
}
