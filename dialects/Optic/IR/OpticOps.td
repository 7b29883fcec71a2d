// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_OPTIC_IR_OPTICOPS_TD
#define DIALECTS_OPTIC_IR_OPTICOPS_TD

include "dialects/Optic/IR/OpticTypes.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Optic_Op<string mnemonic, list<Trait> traits = []> : Op<Optic_Dialect, mnemonic, traits>;

//===- Programs and launches ----------------------------------------------===//

def Optic_ProgramOp : Optic_Op<"program", [IsolatedFromAbove, Symbol, NoTerminator, SingleBlock,
                                           OpAsmOpInterface]> {
  let summary = "What the device does in one launch.";
  let description = [{
    The block's arguments are the memories that a launch binds, inputs before outputs. `tokens`, set by
    `optic-schedule`, are the counts of the tokens when it starts, and again when it ends. `frames` foretells how many
    frames a launch takes, `recipe` says to people how.

    **Constraints:**
    * (C1) All arguments are `!optic.memory`, `inputs` of them are inputs, at least one is an output.
    * (C2) `names` has a name for each argument.

    **Example:**
    ```mlir
    optic.program @copy inputs 1 names ["x", "y"] {
    ^bb0(%x: !optic.memory<8x4xf32>, %y: !optic.memory<8x4xf32>):
      %t = load_tile re %x : !optic.memory<8x4xf32> row <() -> (0), count = 8, step = 1, limit = 8, pitch = 4>
        col <() -> (0), count = 4, step = 1, limit = 4, pitch = 1> offset affine_map<() -> (0)>
      store %t re %y : !optic.memory<8x4xf32> row <() -> (0), count = 8, step = 1, limit = 8, pitch = 4>
        col <() -> (0), count = 4, step = 1, limit = 4, pitch = 1> offset affine_map<() -> (0)>
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, I64Attr:$inputs, StrArrayAttr:$names,
                       OptionalAttr<DenseI32ArrayAttr>:$tokens, OptionalAttr<I64Attr>:$frames,
                       OptionalAttr<StrAttr>:$recipe);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $sym_name `inputs` $inputs `names` $names (`tokens` $tokens^)? (`frames` $frames^)? (`recipe` $recipe^)? $body
    attr-dict
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    static ::llvm::StringRef getDefaultDialect() { return "optic"; }
    ::llvm::ArrayRef<::mlir::BlockArgument> getMemories() { return getBody().getArguments(); }
  }];
}

def Optic_LaunchOp : Optic_Op<"launch", [DestinationStyleOpInterface, AttrSizedOperandSegments,
                                         DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
                                         DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "The host has the device run a program.";
  let description = [{
    On tensors the results are what the program wrote, in the place of `outs`; on buffers `outs` are written.

    **Constraints:**
    * (C1) `program` is an `optic.program` of the module.
    * (C2) `ins` and `outs` are as many as its inputs and outputs, and have their shapes and element types.

    **Example:**
    ```mlir
    %y = optic.launch @dft ins(%x : tensor<8x4xf32>) outs(%init : tensor<8x4xf32>) -> tensor<8x4xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$program, Variadic<AnyShaped>:$ins, Variadic<AnyShaped>:$outs);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $program `ins` `(` $ins `:` type($ins) `)` `outs` `(` $outs `:` type($outs) `)` attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{ ::mlir::MutableOperandRange getDpsInitsMutable() { return getOutsMutable(); } }];
}

def Optic_LoopOp : Optic_Op<"loop", [NoTerminator, SingleBlock, OpAsmOpInterface]> {
  let summary = "Repeats its body; iterations are numbered from 0.";
  let description = [{
    Loops may stand in each other, 8 deep at most.

    **Constraints:**
    * (C1) `trip >= 1`.
    * (C2) At most 8 loops enclose an op.

    **Example:**
    ```mlir
    optic.loop 44 { optic.barrier }
    ```
  }];
  let arguments = (ins I64Attr:$trip);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$trip $body attr-dict";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    static ::llvm::StringRef getDefaultDialect() { return "optic"; }
  }];
}

def Optic_BarrierOp : Optic_Op<"barrier"> {
  let summary = "What follows starts when all before has completed.";
  let assemblyFormat = "attr-dict";
}

//===- Memories -----------------------------------------------------------===//

def Optic_ScratchOp : Optic_Op<"scratch"> {
  let summary = "Memory of the program's own, from a byte of its scratch region on.";
  let description = [{
    **Constraints:**
    * (C1) `at` is a non-negative multiple of 64.

    **Example:**
    ```mlir
    %s = optic.scratch at 0 : !optic.memory<484x726xf32>
    ```
  }];
  let arguments = (ins I64Attr:$at);
  let results = (outs Optic_Memory:$memory);
  let assemblyFormat = "`at` $at attr-dict `:` type($memory)";
  let hasVerifier = 1;
}

def Optic_TableOp : Optic_Op<"table"> {
  let summary = "Factors, loaded once, from an entry of the table memory on.";
  let description = [{
    `values` has shape [entries, 2]: real and imaginary parts.

    **Constraints:**
    * (C1) `values` is of type `tensor<? x 2 x f32|f64>`.
    * (C2) `at >= 0`.
  }];
  let arguments = (ins ElementsAttr:$values, I64Attr:$at);
  let results = (outs Optic_Table:$table);
  let assemblyFormat = "$values `at` $at attr-dict";
  let hasVerifier = 1;
}

//===- Instructions -------------------------------------------------------===//

/// `wait` and `signal`, set by optic-schedule, are masks of tokens.
class Optic_Instruction<string mnemonic, list<Trait> traits = []> : Optic_Op<mnemonic, traits> {
  dag tokens = (ins OptionalAttr<I32Attr>:$wait, OptionalAttr<I32Attr>:$signal);
}

defvar Access = (ins Optional<Optic_Memory>:$re, Optional<Optic_Memory>:$im, Optic_AxisAttr:$row, Optic_AxisAttr:$col,
                     AffineMapAttr:$offset, OptionalAttr<AffineMapAttr>:$im_offset, UnitAttr:$joined);

class Optic_AccessOp<string mnemonic, list<Trait> traits = []>
    : Optic_Instruction<mnemonic, !listconcat([AttrSizedOperandSegments], traits)> {
  let hasVerifier = 1;
}

def Optic_LoadFieldOp : Optic_AccessOp<"load_field"> {
  let summary = "A tile of memory into the encoder.";
  let description = [{
    Element (r, c) of a part is at `offset + address(row, r) + address(col, c)` of its memory; what is outside is zero, as
    is a part without a memory, and the rest of the aperture. `im_offset` is the offset of `im` where it is another one:
    two real signals are one complex field. The encoder scales the block by its largest magnitude.
    `component` says what of the numbers an encoder of real ones is given: a real or imaginary part, and of that all, or
    what is above zero, or the negative of what is below. `bias` says that one half is added to its codes,
    `digit` that it shows one digit of them alone, `meanless` that the mean of the aperture is subtracted before.

    **Constraints (of all accesses):**
    * (C1) `re`, `im` or both are there, of one type.
    * (C2) The maps of `row`, `col`, `offset` and `im_offset` have one result and a dimension for each enclosing loop, and
      are linear.
    * (C3) `im_offset` is there only where `im` is.
    * (C4) `joined`: `row` wraps, `col` does not, their pitches are equal, and the limit of `col` is at most that of `row`.

    Of `joined` axes the address is that of one coordinate, the sum of both modulo the limit of `row`, which is inside if it
    is below that of `col`. A frame of coprime sides P x Q is so a transform of P Q points, n = Q r + P c (I. J. Good 1958).

    **Example:** 176 points in a frame of 11 x 16.
    ```mlir
    %f = load_field re %x : !optic.memory<176xf32>
      row <() -> (0), count = 11, step = 16, limit = 176, pitch = 1, wrap>
      col <() -> (0), count = 16, step = 11, limit = 176, pitch = 1> joined offset affine_map<() -> (0)>
    ```
  }];
  let arguments = !con(Access, (ins DefaultValuedAttr<Optic_Component, "Component::Complex">:$component,
                                    UnitAttr:$bias, OptionalAttr<Optic_DigitAttr>:$digit, UnitAttr:$meanless,
                                    OptionalAttr<Optic_SlotAttr>:$slot), tokens);
  let builders = [OpBuilder<(ins "::mlir::Value":$re, "::mlir::Value":$im, "AxisAttr":$row, "AxisAttr":$col, "::mlir::AffineMap":$offset, "Component":$component,
                                  "bool":$bias, CArg<"::mlir::AffineMap", "{}">:$imOffset, CArg<"DigitAttr", "{}">:$digit,
                                  CArg<"bool", "false">:$meanless, CArg<"bool", "false">:$joined), [{
    auto flag = [&](bool isSet) { return isSet ? $_builder.getUnitAttr() : ::mlir::UnitAttr(); };
    build($_builder, $_state, FieldType::get($_builder.getContext()), re, im, row, col,
          ::mlir::AffineMapAttr::get(offset), mapOrNone(imOffset), flag(joined), ComponentAttr::get($_builder.getContext(), component),
          flag(bias), digit, flag(meanless), /*slot=*/nullptr, /*wait=*/nullptr, /*signal=*/nullptr);
  }]>];
  let results = (outs Optic_Field:$field);
  let assemblyFormat = [{
    (`re` $re^ `:` type($re))? (`im` $im^ `:` type($im))? `row` $row `col` $col (`joined` $joined^)? `offset` $offset
    (`im_offset` $im_offset^)? (`as` $component^)? (`biased` $bias^)? (`digit` $digit^)? (`meanless` $meanless^)?
    attr-dict
  }];
}

def Optic_LoadTileOp : Optic_AccessOp<"load_tile"> {
  let summary = "A tile of memory into the electronics, past the optics.";
  let arguments = !con(Access, (ins OptionalAttr<Optic_SlotAttr>:$slot), tokens);
  let builders = [OpBuilder<(ins "::mlir::Value":$re, "::mlir::Value":$im, "AxisAttr":$row, "AxisAttr":$col, "::mlir::AffineMap":$offset,
                                  CArg<"::mlir::AffineMap", "{}">:$imOffset, CArg<"bool", "false">:$joined), [{
    build($_builder, $_state, TileType::get($_builder.getContext()), re, im, row, col,
          ::mlir::AffineMapAttr::get(offset), mapOrNone(imOffset),
          joined ? $_builder.getUnitAttr() : ::mlir::UnitAttr(), /*slot=*/nullptr, /*wait=*/nullptr, /*signal=*/nullptr);
  }]>];
  let results = (outs Optic_Tile:$tile);
  let assemblyFormat = [{
    (`re` $re^ `:` type($re))? (`im` $im^ `:` type($im))? `row` $row `col` $col (`joined` $joined^)? `offset` $offset
    (`im_offset` $im_offset^)? attr-dict
  }];
}

def Optic_StoreOp : Optic_AccessOp<"store"> {
  let summary = "A tile of the electronics into memory; what is outside is not written.";
  let arguments = !con((ins Optic_Tile:$tile), Access, tokens);
  let builders = [OpBuilder<(ins "::mlir::Value":$tile, "::mlir::Value":$re, "::mlir::Value":$im, "AxisAttr":$row, "AxisAttr":$col, "::mlir::AffineMap":$offset,
                                  CArg<"::mlir::AffineMap", "{}">:$imOffset, CArg<"bool", "false">:$joined), [{
    build($_builder, $_state, tile, re, im, row, col, ::mlir::AffineMapAttr::get(offset), mapOrNone(imOffset),
          joined ? $_builder.getUnitAttr() : ::mlir::UnitAttr(), /*wait=*/nullptr, /*signal=*/nullptr);
  }]>];
  let assemblyFormat = [{
    $tile (`re` $re^ `:` type($re))? (`im` $im^ `:` type($im))? `row` $row `col` $col (`joined` $joined^)? `offset` $offset
    (`im_offset` $im_offset^)? attr-dict
  }];
}

def Optic_FilterOp : Optic_Op<"filter"> {
  let summary = "Factors of the aperture, loaded into slots.";
  let description = [{
    `values` has shape [rows, cols, 2], real and imaginary parts, or of a bank of filters [n, rows, cols, 2]. Fewer rows
    or columns than the aperture has repeat across it. A fire by a bank of n takes number I mod n of it, where I counts
    the iterations of all loops around the fire, the innermost running fastest.

    Filters are loaded once, before everything else. Where the device has too few slots for a bank, `count` of its
    filters are loaded here, from number `first` on; barriers stand around that, and fires take I mod `count` of these.

    **Constraints:**
    * (C1) `values` is of type `tensor<(n x)? rows x cols x 2 x f32|f64>`.
    * (C2) `first` and `count` are there both or not at all; `first` has one result and a dimension for each enclosing
      loop, and is linear; `1 <= count <= n`.
    * (C3) Without them it stands in no loop.
  }];
  let arguments = (ins ElementsAttr:$values, OptionalAttr<AffineMapAttr>:$first, OptionalAttr<I64Attr>:$count,
                       OptionalAttr<Optic_SlotAttr>:$slot);
  let results = (outs Optic_Filter:$filter);
  let assemblyFormat = "$values (`from` $first^ `count` $count)? attr-dict";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// How many filters there are, and how many slots they take.
    int64_t getBankSize();
    int64_t getNumSlots() { return getCount().value_or(getBankSize()); }
  }];
}

def Optic_FireOp : Optic_Instruction<"fire"> {
  let summary = "One frame: the optics transform a field, the detector captures the result.";
  let description = [{
    `ft`: X[k,l] = sum x[n,m] exp(-2 pi i (kn/rows + lm/cols)), over the whole aperture. `mft`: the same of filter times
    field. `correlate`: the inverse transform, divided by rows * cols, of filter times the field's transform.
    `reference` 0: none, 1 to 4: a reference beam at (reference - 1) * 90 degrees.

    **Constraints:**
    * (C1) A filter is there exactly for `mft` and `correlate`.
    * (C2) `0 <= reference <= 4`, `1 <= repeat <= 65535`.

    **Example:**
    ```mlir
    %c = optic.fire ft %f detect iq
    ```
  }];
  let arguments = !con((ins Optic_Mode:$mode, Optic_Field:$field, Optional<Optic_Filter>:$filter,
                        Optic_Detect:$detect, DefaultValuedAttr<I64Attr, "0">:$reference,
                        DefaultValuedAttr<I64Attr, "1">:$repeat, OptionalAttr<Optic_SlotAttr>:$slot), tokens);
  let builders = [OpBuilder<(ins "Mode":$mode, "::mlir::Value":$field, "::mlir::Value":$filter, "Detect":$detect,
                                  "int64_t":$reference, "int64_t":$repeat), [{
    ::mlir::MLIRContext *context = $_builder.getContext();
    build($_builder, $_state, CaptureType::get(context), ModeAttr::get(context, mode), field, filter,
          DetectAttr::get(context, detect), $_builder.getI64IntegerAttr(reference), $_builder.getI64IntegerAttr(repeat),
          /*slot=*/nullptr, /*wait=*/nullptr, /*signal=*/nullptr);
  }]>];
  let results = (outs Optic_Capture:$capture);
  let assemblyFormat = "$mode $field (`by` $filter^)? `detect` $detect attr-dict";
  let hasVerifier = 1;
}

def Optic_ReadBackOp : Optic_Instruction<"read_back"> {
  let summary = "What the detector saw, in the units of what was loaded.";
  let description = [{
    `re + i im` times the capture, added to `onto` where that is given. A reversed axis gives element -t modulo its extent
    at t: with that, the transform of a transform is the tile again, times its extents. `remove_bias` and `add_mean` undo
    what `biased` and `meanless` did to the field.
  }];
  let arguments = !con((ins Optic_Capture:$capture, Optional<Optic_Tile>:$onto, UnitAttr:$reversed_rows,
                        UnitAttr:$reversed_cols, UnitAttr:$remove_bias, UnitAttr:$add_mean,
                        DefaultValuedAttr<F64Attr, "1.0">:$re, DefaultValuedAttr<F64Attr, "0.0">:$im,
                        OptionalAttr<Optic_SlotAttr>:$slot), tokens);
  let builders = [OpBuilder<(ins "::mlir::Value":$capture, "::mlir::Value":$onto, "bool":$reversedRows,
                                  "bool":$reversedCols, "bool":$removeBias, "std::complex<double>":$coefficient,
                                  CArg<"bool", "false">:$addMean), [{
    auto flag = [&](bool isSet) { return isSet ? $_builder.getUnitAttr() : ::mlir::UnitAttr(); };
    build($_builder, $_state, TileType::get($_builder.getContext()), capture, onto, flag(reversedRows),
          flag(reversedCols), flag(removeBias), flag(addMean), $_builder.getF64FloatAttr(coefficient.real()),
          $_builder.getF64FloatAttr(coefficient.imag()), /*slot=*/nullptr, /*wait=*/nullptr, /*signal=*/nullptr);
  }]>];
  let results = (outs Optic_Tile:$tile);
  let assemblyFormat = "$capture (`onto` $onto^)? attr-dict";
}

def Optic_TwiddleOp : Optic_Instruction<"twiddle", [AttrSizedOperandSegments]> {
  let summary = "Multiplies a tile by a factor per row, one per column, and a number.";
  let description = [{
    In place: the operand is the result afterwards.

    **Constraints:**
    * (C1) Factors are there exactly where their table is.
    * (C2) Their maps have one result and a dimension for each enclosing loop, and are linear.
  }];
  let arguments = !con((ins Optic_Tile:$tile, Optional<Optic_Table>:$row, OptionalAttr<Optic_FactorsAttr>:$row_factors,
                        Optional<Optic_Table>:$col, OptionalAttr<Optic_FactorsAttr>:$col_factors,
                        DefaultValuedAttr<F64Attr, "1.0">:$scale), tokens);
  let builders = [OpBuilder<(ins "::mlir::Value":$tile, "::mlir::Value":$row, "FactorsAttr":$rowFactors,
                                  "::mlir::Value":$col, "FactorsAttr":$colFactors, "double":$scale), [{
    build($_builder, $_state, tile.getType(), tile, row, rowFactors, col, colFactors, $_builder.getF64FloatAttr(scale),
          /*wait=*/nullptr, /*signal=*/nullptr);
  }]>];
  let results = (outs Optic_Tile:$result);
  let assemblyFormat = "$tile (`row` $row^ $row_factors)? (`col` $col^ $col_factors)? attr-dict";
  let hasVerifier = 1;
}

def Optic_ElectronicDftOp : Optic_Instruction<"electronic_dft"> {
  let summary = "The electronics' own short transform of a tile along one axis.";
  let description = [{
    Unnormalised, with exp(-2 pi i kn / length), or exp(+...) where `inverse`. In place.

    **Constraints:**
    * (C1) `length >= 2`.
  }];
  let arguments = !con((ins Optic_Tile:$tile, Optic_TileAxis:$axis, I64Attr:$length, UnitAttr:$inverse), tokens);
  let builders = [OpBuilder<(ins "::mlir::Value":$tile, "TileAxis":$axis, "int64_t":$length, "bool":$inverse), [{
    build($_builder, $_state, tile.getType(), tile, TileAxisAttr::get($_builder.getContext(), axis),
          $_builder.getI64IntegerAttr(length), inverse ? $_builder.getUnitAttr() : ::mlir::UnitAttr(),
          /*wait=*/nullptr, /*signal=*/nullptr);
  }]>];
  let results = (outs Optic_Tile:$result);
  let assemblyFormat = "$tile `along` $axis `length` $length (`inverse` $inverse^)? attr-dict";
  let hasVerifier = 1;
}

def Optic_CombineOp : Optic_Instruction<"combine"> {
  let summary = "A sum of two tiles, each times a number and conjugated where so said.";
  let description = [{
    `alpha a + beta b`, in a tile of its own. With b the same tile at negative coordinates this takes apart two real signals
    x1 + i x2 that were transformed as one: X1 = (a + conj b) / 2, X2 = (a - conj b) / 2i.

    **Example:**
    ```mlir
    %x = optic.combine %a, conj %b by 0.5, 0.0, 0.5, 0.0
    ```
  }];
  let arguments = !con((ins Optic_Tile:$a, UnitAttr:$conj_a, Optic_Tile:$b, UnitAttr:$conj_b, F64Attr:$alpha_re,
                        F64Attr:$alpha_im, F64Attr:$beta_re, F64Attr:$beta_im, OptionalAttr<Optic_SlotAttr>:$slot), tokens);
  let builders = [OpBuilder<(ins "std::complex<double>":$alpha, "::mlir::Value":$a, "std::complex<double>":$beta,
                                  "::mlir::Value":$b, "bool":$conjB), [{
    auto number = [&](double x) { return $_builder.getF64FloatAttr(x); };
    build($_builder, $_state, TileType::get($_builder.getContext()), a, /*conj_a=*/nullptr, b,
          conjB ? $_builder.getUnitAttr() : ::mlir::UnitAttr(), number(alpha.real()), number(alpha.imag()),
          number(beta.real()), number(beta.imag()), /*slot=*/nullptr, /*wait=*/nullptr, /*signal=*/nullptr);
  }]>];
  let results = (outs Optic_Tile:$tile);
  let assemblyFormat = [{
    (`conj` $conj_a^)? $a `,` (`conj` $conj_b^)? $b `by` $alpha_re `,` $alpha_im `,` $beta_re `,` $beta_im attr-dict
  }];
}

#endif // DIALECTS_OPTIC_IR_OPTICOPS_TD
