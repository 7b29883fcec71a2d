// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_OPTIC_IR_OPTICTYPES_TD
#define DIALECTS_OPTIC_IR_OPTICTYPES_TD

include "dialects/Optic/IR/OpticDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

//===- Types --------------------------------------------------------------===//

class Optic_Type<string name, string typeMnemonic> : TypeDef<Optic_Dialect, name> { let mnemonic = typeMnemonic; }

def Optic_Field : Optic_Type<"Field", "field"> {
  let summary = "A tile in the encoder: codes of the whole aperture and their scale.";
}
def Optic_Filter : Optic_Type<"Filter", "filter"> {
  let summary = "Complex factors of the whole aperture.";
}
def Optic_Capture : Optic_Type<"Capture", "capture"> {
  let summary = "What the detector saw of one frame.";
}
def Optic_Tile : Optic_Type<"Tile", "tile"> {
  let summary = "A tile of complex numbers in the electronics.";
}
def Optic_Table : Optic_Type<"Table", "table"> {
  let summary = "Complex factors in a row: twiddles, chirps.";
}
def Optic_Memory : Optic_Type<"Memory", "memory"> {
  let summary = "Real numbers outside of the device's tiles, row-major.";
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape, "::mlir::Type":$elementType);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Elements and bytes of all of it.
    int64_t getNumElements() const;
    int64_t getNumBytes() const;
  }];
}

//===- Attributes ---------------------------------------------------------===//

class Optic_Attr<string name, string attrMnemonic> : AttrDef<Optic_Dialect, name> { let mnemonic = attrMnemonic; }

def Optic_AxisAttr : Optic_Attr<"Axis", "axis"> {
  let summary = "Where a tile's elements lie along one of its two axes.";
  let description = [{
    Element t (0 <= t < count) has coordinate `start + t * step`, where `start` is affine in the numbers of the enclosing
    loops' iterations (d0 is the outermost loop). A coordinate is inside if it is in [0, limit); `wrap` takes it modulo
    `limit` first. It lies `coordinate * pitch` elements from the start.

    ```mlir
    #optic.axis<(d0, d1) -> (d0 * 11 + d1), count = 11, step = 44, limit = 484, pitch = 726>
    #optic.axis<(d0, d1) -> (-d1 + 484), count = 11, step = -44, limit = 484, pitch = 726, wrap>
    ```
  }];
  let parameters = (ins "::mlir::AffineMap":$start, "int64_t":$count, "int64_t":$step, "int64_t":$limit,
                        "int64_t":$pitch, "bool":$wrap);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Optic_FactorsAttr : Optic_Attr<"Factors", "factors"> {
  let summary = "Which entries of a table an axis of a tile is multiplied by: element t by entry start + t * step.";
  let parameters = (ins "::mlir::AffineMap":$start, "int64_t":$step);
  let assemblyFormat = "`<` $start `,` `step` `=` $step `>`";
  let genVerifyDecl = 1;
}

def Optic_SlotAttr : Optic_Attr<"Slot", "slot"> {
  let summary = "Slots of a tile memory that the iterations of the enclosing loops use in turn.";
  let parameters = (ins "int64_t":$first, "int64_t":$rotate);
  let assemblyFormat = "`<` $first `rotate` $rotate `>`";
}

def Optic_DigitAttr : Optic_Attr<"Digit", "digit"> {
  let summary = "Which digit of a field's codes is shown: digit `index` of `count`, the first one counts most.";
  let description = [{
    A code is a sign and digits of `bits` bits, the sign included where the encoder shows signs: bit planes of a binary
    encoder, slices of others. What is read back of all digits adds up to the whole.

    ```mlir
    #optic.digit<0 of 8, bits = 1>
    ```
  }];
  let parameters = (ins "int64_t":$index, "int64_t":$count, "int64_t":$bits);
  let assemblyFormat = "`<` $index `of` $count `,` `bits` `=` $bits `>`";
  let genVerifyDecl = 1;
}

//===- Enumerations -------------------------------------------------------===//

class Optic_Enum<string name, string text, list<I32EnumAttrCase> cases> : I32EnumAttr<name, text, cases> {
  let cppNamespace = "::fourmix::optic";
}
def Optic_Mode : Optic_Enum<"Mode", "what the optics do", [
    I32EnumAttrCase<"FT", 0, "ft">, I32EnumAttrCase<"MFT", 1, "mft">, I32EnumAttrCase<"Correlate4F", 2, "correlate">]>;
def Optic_Detect : Optic_Enum<"Detect", "what the detector measures", [
    I32EnumAttrCase<"IQ", 0, "iq">, I32EnumAttrCase<"I", 1, "i">, I32EnumAttrCase<"Q", 2, "q">,
    I32EnumAttrCase<"Intensity", 3, "intensity">]>;
def Optic_Component : Optic_Enum<"Component", "what of a complex number is encoded", [
    I32EnumAttrCase<"Complex", 0, "complex">, I32EnumAttrCase<"Real", 1, "real">,
    I32EnumAttrCase<"Imaginary", 2, "imaginary">, I32EnumAttrCase<"PositiveReal", 3, "positive_real">,
    I32EnumAttrCase<"NegativeReal", 4, "negative_real">, I32EnumAttrCase<"PositiveImaginary", 5, "positive_imaginary">,
    I32EnumAttrCase<"NegativeImaginary", 6, "negative_imaginary">]>;
def Optic_TileAxis : Optic_Enum<"TileAxis", "an axis of a tile", [
    I32EnumAttrCase<"Row", 0, "row">, I32EnumAttrCase<"Col", 1, "col">]>;

#endif // DIALECTS_OPTIC_IR_OPTICTYPES_TD
