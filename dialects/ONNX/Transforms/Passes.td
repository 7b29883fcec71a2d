// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_ONNX_TRANSFORMS_PASSES_TD
#define DIALECTS_ONNX_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def ONNXInferShapes : Pass<"onnx-infer-shapes", "mlir::ModuleOp"> {
  let summary = "Give every value of the graph a static type and fold the constants on the way.";
  let description = [{
    One forward walk over `@main` through the op table (dialects/ONNX/IR/OpTable.h). Each node gets its result types
    from the types and constants of its operands, never from what the file says about inner values. A node of
    constants (shape arithmetic, masks, position tables) becomes an `onnx.constant`, computed in double and rounded
    once to the element type; nodes that fed nothing else go with it. Calls of model-local functions are inlined,
    an `If` with a constant condition is replaced by its branch. Everything else stays as it came.

    Operators without a row keep `!onnx.unknown` results and are reported together in one error.

    Before (`shapes=x=2x3`):
    ```mlir
    func.func @main(%x: tensor<?x3xf32> {onnx.name = "x"}) -> !onnx.unknown {
      %0 = onnx.node "Shape"(%x) <{version = 20 : i64}> : (tensor<?x3xf32>) -> !onnx.unknown
      %1 = onnx.node "Expand"(%one, %0) <{version = 20 : i64}> : (tensor<f32>, !onnx.unknown) -> !onnx.unknown
      %2 = onnx.node "Add"(%x, %1) <{version = 20 : i64}> : (tensor<?x3xf32>, !onnx.unknown) -> !onnx.unknown
    ```
    After:
    ```mlir
    func.func @main(%x: tensor<2x3xf32> {onnx.name = "x"}) -> tensor<2x3xf32> {
      %0 = onnx.constant dense<1.0> : tensor<2x3xf32>
      %1 = onnx.node "Add"(%x, %0) <{version = 20 : i64}> : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
    ```
  }];
  let options = [
    ListOption<"shapes", "shapes", "std::string",
               "Shapes of inputs with open dims: NAME=1x512, separated by commas (NAME=scalar for rank 0).">,
  ];
  let dependentDialects = ["fourmix::onnx::ONNXDialect"];
}

def ONNXSetOpset : Pass<"onnx-set-opset", "mlir::ModuleOp"> {
  let summary = "One opset of ai.onnx for the whole graph, as a file needs it.";
  let description = [{
    Every node of ai.onnx gets the opset that is asked for, or that the module imports (a graph into which model-local
    functions were inlined may have nodes of others). No node is converted: one that would mean something else at that
    opset is an error that names it and the change. Types and attributes that a newer opset added do not hinder an older
    one where the node uses none of them (dialects/ONNX/IR/OpsetHistory.h).

    Nodes of one graph that have the same name get different ones, as runtimes want it. Domains that only an inlined function imported are imported, and the IR version is raised to what the opset and
    initializers that are no inputs need. A module that imports nothing (it is from no file) stays as it is.

    ```mlir
    module attributes {onnx.opset_imports = {ai.onnx = 17 : i64}} {
      %0 = onnx.node "Neg"(%x) <{version = 17 : i64}> ...
    // with opset=20
    module attributes {onnx.opset_imports = {ai.onnx = 20 : i64}} {
      %0 = onnx.node "Neg"(%x) <{version = 20 : i64}> ...
    ```
  }];
  let options = [Option<"opset", "opset", "int64_t", "0", "The opset; 0: the one that the module imports.">];
  let dependentDialects = ["fourmix::onnx::ONNXDialect"];
}

#endif // DIALECTS_ONNX_TRANSFORMS_PASSES_TD
