// The operands of every instruction, once. Encoder, decoder, disassembler, assembler and the table of the documentation
// are visitors of this list; what a visitor offers:
//
//   flag(name, bool)             one of the eight flag bits of the instruction's first word, in order of the visit
//   byte(name, enum | uint8_t)   a byte; bytes that follow each other share a word
//   slot(name, Slot)             first | rotate << 16
//   count(name, uint32_t | uint16_t)
//   integer(name, int64_t), real(name, double)
//   linear(name, Linear), plane(name, Plane)
//   group(name, function)        operands that belong together, which text puts in braces
//   optional(name, std::optional, function)  a flag that says whether it is there, and what is there
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_LIB_TARGET_COMMANDSTREAM_OPERANDS_H
#define FOURMIX_LIB_TARGET_COMMANDSTREAM_OPERANDS_H

#include "fourmix/Target/CommandStream.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <type_traits>

namespace fourmix::focs {

//===- Opcodes ------------------------------------------------------------===//

using Body = decltype(Instruction::body);
constexpr size_t numBodies = std::variant_size_v<Body>;

struct Opcode {
  uint8_t code;
  const char *mnemonic;
};
/// In the order of the alternatives of Instruction::body.
constexpr Opcode opcodes[numBodies] = {
    {0x00, "nop"},     {0x01, "end"},        {0x02, "barrier"},     {0x03, "mark"},       {0x08, "loop"},
    {0x09, "endloop"}, {0x10, "load_field"}, {0x11, "load_filter"}, {0x12, "load_table"}, {0x13, "load_accumulator"},
    {0x20, "fire"},    {0x30, "read_back"},  {0x31, "twiddle"},     {0x32, "dft"},        {0x33, "elementwise"},
    {0x40, "store"},
};

/// The default instruction of alternative `index`.
Body makeBody(size_t index);

//===- Enumerations -------------------------------------------------------===//

/// What the values 0, 1, … of an enumeration are called; an empty name is no value. A plain byte has no names.
#define FOURMIX_FOCS_NAMES(E, ...)                                                                                     \
  inline llvm::ArrayRef<const char *> namesOf(E) {                                                                     \
    static constexpr const char *all[] = {__VA_ARGS__};                                                                \
    return all;                                                                                                        \
  }
FOURMIX_FOCS_NAMES(ElementType, "", "f32", "f64")
FOURMIX_FOCS_NAMES(Component, "complex", "real", "imaginary")
FOURMIX_FOCS_NAMES(FireMode, "ft", "mft", "correlate")
FOURMIX_FOCS_NAMES(Detect, "iq", "i", "q", "intensity")
FOURMIX_FOCS_NAMES(TileAxis, "row", "col")
FOURMIX_FOCS_NAMES(TileOp, "combine", "multiply")
#undef FOURMIX_FOCS_NAMES
inline llvm::ArrayRef<const char *> namesOf(uint8_t) { return {}; }

template <typename E>
bool isValue(uint8_t value) {
  llvm::ArrayRef<const char *> names = namesOf(E{});
  return names.empty() || (value < names.size() && *names[value]);
}

//===- Operands -----------------------------------------------------------===//

template <typename I, typename T>
concept Is = std::is_same_v<std::remove_const_t<I>, T>;

template <typename V, Is<AxisAccess> I>
void operands(V &v, I &i) {
  v.linear("start", i.start);
  v.integer("step", i.step);
  v.integer("limit", i.limit);
  v.integer("pitch", i.pitch);
  v.count("count", i.count);
  v.flag("wrap", i.wrap);
}
template <typename V, Is<Access> I>
void operands(V &v, I &i) {
  v.byte("type", i.type);
  v.group("row", [&] { operands(v, i.row); });
  v.group("col", [&] { operands(v, i.col); });
  v.optional("re", i.re, [&](auto &plane) { v.plane("re", plane); });
  v.optional("im", i.im, [&](auto &plane) { v.plane("im", plane); });
}
template <typename V, Is<Factors> I>
void operands(V &v, I &i) {
  v.linear("offset", i.offset);
  v.integer("step", i.step);
  v.flag("conjugate", i.conjugate);
}

template <typename V, typename I>
  requires(Is<I, Nop> || Is<I, End> || Is<I, Barrier> || Is<I, EndLoop>)
void operands(V &, I &) {}
template <typename V, Is<Mark> I>
void operands(V &v, I &i) {
  v.count("debug", i.debug);
}
template <typename V, Is<Loop> I>
void operands(V &v, I &i) {
  v.count("trip", i.trip);
}

template <typename V, Is<LoadField> I>
void operands(V &v, I &i) {
  v.slot("field", i.field);
  v.byte("component", i.component);
  v.flag("bias", i.bias);
  operands(v, i.from);
}
template <typename V, Is<LoadFilter> I>
void operands(V &v, I &i) {
  v.slot("filter", i.filter);
  operands(v, i.from);
}
template <typename V, Is<LoadTable> I>
void operands(V &v, I &i) {
  v.count("to", i.to);
  v.count("count", i.count);
  v.byte("type", i.type);
  v.plane("re", i.re);
  v.plane("im", i.im);
}
template <typename V, Is<LoadAccumulator> I>
void operands(V &v, I &i) {
  v.slot("accumulator", i.accumulator);
  operands(v, i.from);
}
template <typename V, Is<Fire> I>
void operands(V &v, I &i) {
  v.byte("mode", i.mode);
  v.byte("detect", i.detect);
  v.byte("reference", i.reference);
  v.byte("gain", i.gain);
  v.slot("field", i.field);
  v.slot("filter", i.filter);
  v.slot("capture", i.capture);
  v.flag("rerun", i.rerun);
  v.count("repeat", i.repeat);
}
template <typename V, Is<ReadBack> I>
void operands(V &v, I &i) {
  v.slot("capture", i.capture);
  v.slot("accumulator", i.accumulator);
  v.flag("accumulate", i.accumulate);
  v.flag("reversed_rows", i.reversedRows);
  v.flag("reversed_cols", i.reversedCols);
  v.real("re", i.re);
  v.real("im", i.im);
}
template <typename V, Is<Twiddle> I>
void operands(V &v, I &i) {
  v.slot("accumulator", i.accumulator);
  v.optional("row", i.row, [&](auto &f) { v.group("row", [&] { operands(v, f); }); });
  v.optional("col", i.col, [&](auto &f) { v.group("col", [&] { operands(v, f); }); });
  v.real("scale", i.scale);
}
template <typename V, Is<ElectronicDft> I>
void operands(V &v, I &i) {
  v.slot("accumulator", i.accumulator);
  v.byte("axis", i.axis);
  v.count("length", i.length);
  v.flag("inverse", i.inverse);
}
template <typename V, Is<Elementwise> I>
void operands(V &v, I &i) {
  v.byte("op", i.op);
  v.slot("to", i.to);
  v.slot("a", i.a);
  v.slot("b", i.b);
  v.flag("conjugate_a", i.conjugateA);
  v.flag("conjugate_b", i.conjugateB);
  v.real("alpha_re", i.alphaRe);
  v.real("alpha_im", i.alphaIm);
  v.real("beta_re", i.betaRe);
  v.real("beta_im", i.betaIm);
}
template <typename V, Is<Store> I>
void operands(V &v, I &i) {
  v.slot("accumulator", i.accumulator);
  operands(v, i.to);
}

} // namespace fourmix::focs

#endif // FOURMIX_LIB_TARGET_COMMANDSTREAM_OPERANDS_H
