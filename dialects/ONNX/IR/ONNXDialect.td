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

#endif // DIALECTS_ONNX_IR_ONNXDIALECT_TD
