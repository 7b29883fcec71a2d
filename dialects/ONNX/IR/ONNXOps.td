// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_ONNX_IR_ONNXOPS_TD
#define DIALECTS_ONNX_IR_ONNXOPS_TD

include "dialects/ONNX/IR/ONNXDialect.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class ONNX_Op<string mnemonic, list<Trait> traits = []>
    : Op<ONNX_Dialect, mnemonic, traits>;

def ONNX_NodeOp : ONNX_Op<"node", [Pure]> {
  let summary = "One node of an ONNX graph, whatever its operator.";
  let description = [{
    `op_type`, `domain` ("" is ai.onnx) and `version` (the opset the model imports for that domain) name the operator.
    An absent optional input is an operand of type `!onnx.none`, an absent optional output (empty name) a result of
    that type. `node_attrs` holds the node's attributes: integers as i64, floats as f32, strings, arrays of those,
    tensors as elements attributes. Subgraph attributes are regions, named in order by `graphs`.
    `output_names` are the value names of the file, "" for an absent output.

    A model-local function is a private `func.func` under the symbol `functionSymbol(domain, op_type, overload)`; a node
    calls it where one of that name exists.

    **Constraints:**
    - (C1) `op_type` is not empty, and `version` is at least 1.
    - (C2) Every region has one name in `graph_names`, none of which is in `node_attrs`.
    - (C3) Every region is one block that ends in `onnx.yield`.
    - (C4) Where `output_names` stands, it has one name per result, empty exactly for results of type `!onnx.none`.

    Example:
    ```mlir
    %0 = onnx.node "Softmax"(%x) <{node_attrs = {axis = -1 : i64}, name = "node_7", output_names = ["probs"],
           version = 20 : i64}> : (tensor<2x4xf32>) -> !onnx.unknown
    ```
  }];
  let arguments = (ins StrAttr:$op_type, DefaultValuedStrAttr<StrAttr, "">:$domain, I64Attr:$version,
                       Variadic<AnyType>:$inputs, OptionalAttr<StrAttr>:$name,
                       OptionalAttr<StrArrayAttr>:$output_names,
                       DefaultValuedAttr<DictionaryAttr, "{}">:$node_attrs,
                       OptionalAttr<StrArrayAttr>:$graph_names, OptionalAttr<DictionaryAttr>:$metadata,
                       OptionalAttr<StrAttr>:$overload, OptionalAttr<StrAttr>:$doc);
  let results = (outs Variadic<AnyType>:$outputs);
  let regions = (region VariadicRegion<AnyRegion>:$graphs);
  let assemblyFormat = [{
    $op_type `(` $inputs `)` prop-dict attr-dict `:` functional-type($inputs, $outputs) ($graphs^)?
  }];
  let extraClassDeclaration = [{
    /// Input `i`, or null where the node has no such input or leaves it out.
    ::mlir::Value getInput(unsigned i);
    /// True if output `i` exists and has a name.
    bool hasOutput(unsigned i);

    // The attribute `name`, or the default where the node does not carry it.
    ::mlir::Attribute getNodeAttr(::mlir::StringRef name);
    int64_t getInt(::mlir::StringRef name, int64_t defaultValue);
    double getFloat(::mlir::StringRef name, double defaultValue);
    ::mlir::StringRef getString(::mlir::StringRef name, ::mlir::StringRef defaultValue);
    std::optional<::mlir::SmallVector<int64_t>> getInts(::mlir::StringRef name);

    /// True for operator `op` of domain ai.onnx.
    bool is(::mlir::StringRef op) { return getDomain().empty() && getOpType() == op; }

    /// An error that names the node: `node "fc1" (MatMul, opset 20): `.
    ::mlir::InFlightDiagnostic emitNodeError();
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

def ONNX_ConstantOp : ONNX_Op<"constant", [ConstantLike, Pure, AllTypesMatch<["value", "result"]>]> {
  let summary = "An initializer, or a constant that folding computed.";
  let description = [{
    Large values are references into the parameter store (`dense_resource<key>`), small ones stand in the text.

    **Constraints:**
    - (C1) The value is a tensor whose bytes, where they are present, are those of its shape: one element after the other
      in row-major order, each in whole bytes (booleans and 4-bit numbers are one byte).

    Example:
    ```mlir
    %w = onnx.constant "encoder.weight" dense_resource<encoder.weight> : tensor<768x768xf32>
    ```
  }];
  let arguments = (ins ElementsAttr:$value, OptionalAttr<StrAttr>:$name);
  let results = (outs AnyType:$result);
  let assemblyFormat = "($name^)? $value attr-dict";
  let hasFolder = 1;
  let hasVerifier = 1;
}

def ONNX_NoneOp : ONNX_Op<"none", [Pure]> {
  let summary = "The absent optional operand.";
  let results = (outs ONNX_AbsentType:$result);
  let assemblyFormat = "attr-dict";
}

def ONNX_YieldOp : ONNX_Op<"yield", [Pure, Terminator, HasParent<"NodeOp">]> {
  let summary = "The outputs of a subgraph, and what the file says about the subgraph itself.";
  let description = [{
    `graph_name`, `input_names` and `output_names` are those of the subgraph; its inputs are the block's arguments.

    **Constraints:**
    - (C1) Where `input_names` stands, it has one name per argument of the block.
    - (C2) Where `output_names` stands, it has one name per operand.
  }];
  let arguments = (ins Variadic<AnyType>:$operands, OptionalAttr<StrAttr>:$graph_name,
                       OptionalAttr<StrArrayAttr>:$input_names, OptionalAttr<StrArrayAttr>:$output_names);
  let assemblyFormat = "($operands^ `:` type($operands))? prop-dict attr-dict";
  let hasVerifier = 1;
}

#endif // DIALECTS_ONNX_IR_ONNXOPS_TD
