// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_ONNX_IR_ONNXDIALECT_TD
#define DIALECTS_ONNX_IR_ONNXDIALECT_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/OpBase.td"

def ONNX_Dialect : Dialect {
  let name = "onnx";
  let summary = "An ONNX graph as it stands in the file: one generic node op, nothing interpreted.";
  let description = [{
    `onnx.node` carries any operator of any domain and version; what an operator means (its result types, its
    constant value) stands in the op table (dialects/ONNX/IR/OpTable.h), a row per (domain, op, since-version).
  }];
  let cppNamespace = "::fourmix::onnx";
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
}

class ONNX_Type<string name, string typeMnemonic> : TypeDef<ONNX_Dialect, name> {
  let mnemonic = typeMnemonic;
}

def ONNX_UnknownType : ONNX_Type<"Unknown", "unknown"> {
  let summary = "The type of a value before shape inference has seen it.";
}

def ONNX_AbsentType : ONNX_Type<"Absent", "none"> {
  let summary = "An optional operand or result that is absent.";
}

def ONNX_StringType : ONNX_Type<"String", "string"> {
  let summary = "The element type of a tensor of strings.";
  let description = "`tensor<2x!onnx.string>`; its constants are `dense<[\"a\", \"b\"]>`.";
}

def ONNX_SequenceType : ONNX_Type<"Sequence", "sequence"> {
  let summary = "A sequence of values of one type.";
  let parameters = (ins "::mlir::Type":$element);
  let assemblyFormat = "`<` $element `>`";
}

def ONNX_OptionalType : ONNX_Type<"Optional", "optional"> {
  let summary = "A value of a type, or nothing. Unlike `!onnx.none` it is a value at run time.";
  let parameters = (ins "::mlir::Type":$element);
  let assemblyFormat = "`<` $element `>`";
}

def ONNX_MapType : ONNX_Type<"Map", "map"> {
  let summary = "A map from integers or strings to values of one type.";
  let parameters = (ins "::mlir::Type":$key, "::mlir::Type":$value);
  let assemblyFormat = "`<` $key `,` $value `>`";
}

def ONNX_SparseTensorType : ONNX_Type<"SparseTensor", "sparse_tensor"> {
  let summary = "A tensor that is stored as coordinates and values.";
  let parameters = (ins "::mlir::TensorType":$dense);
  let assemblyFormat = "`<` $dense `>`";
}

def ONNX_OpaqueType : ONNX_Type<"Opaque", "opaque"> {
  let summary = "A type of a foreign runtime, known by name only.";
  let parameters = (ins "::mlir::StringAttr":$domain, "::mlir::StringAttr":$name);
  let assemblyFormat = "`<` $domain `,` $name `>`";
}

class ONNX_Attr<string name, string attrMnemonic> : AttrDef<ONNX_Dialect, name> {
  let mnemonic = attrMnemonic;
}

def ONNX_DimsAttr : ONNX_Attr<"Dims", "dims"> {
  let summary = "What a declared tensor type says about its dimensions beside their sizes.";
  let description = [{
    The encoding of a declared tensor type: one name per dimension ("" for none), which stands for a size that is not
    known yet (`batch`), and one denotation per dimension where the file has any (`DATA_BATCH`).

    Example: `tensor<?x768xf32, #onnx.dims<["batch", ""]>>`
  }];
  let parameters = (ins ArrayRefParameter<"::mlir::StringAttr">:$names,
                        OptionalArrayRefParameter<"::mlir::StringAttr">:$denotations);
  let assemblyFormat = "`<` `[` $names `]` (`,` `[` $denotations^ `]`)? `>`";
}

def ONNX_RefAttr : ONNX_Attr<"Ref", "ref"> {
  let summary = "In a model-local function: the value that the call gives to the function's attribute `name`.";
  let description = "`kind` is the attribute's type, as ONNX spells it in lower case: `float`, `ints`, `tensor`, …";
  let parameters = (ins "::mlir::StringAttr":$name, "::mlir::StringAttr":$kind);
  let assemblyFormat = "`<` $name `,` $kind `>`";
}

def ONNX_SparseAttr : ONNX_Attr<"Sparse", "sparse"> {
  let summary = "A constant sparse tensor: `values` at `indices` of a tensor of shape `dims`, zero elsewhere.";
  let description = [{
    `values` is of shape [nnz]. `indices` is of shape [nnz] (positions in row-major order) or [nnz, rank]
    (coordinates), ascending.
  }];
  let parameters = (ins "::mlir::ElementsAttr":$values, "::mlir::ElementsAttr":$indices,
                        ArrayRefParameter<"int64_t">:$dims);
  let assemblyFormat = "`<` $values `,` $indices `,` `[` $dims `]` `>`";
}

#endif // DIALECTS_ONNX_IR_ONNXDIALECT_TD
