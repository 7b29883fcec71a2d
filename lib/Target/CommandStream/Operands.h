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
FOURMIX_FOCS_NAMES(Component, "complex", "real", "imaginary", "positive_real", "negative_real", "positive_imaginary",
                   "negative_imaginary")
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
//
// Each function names all members of its instruction: one that is added and not visited does not compile.

template <typename I, typename T>
concept Is = std::is_same_v<std::remove_const_t<I>, T>;

template <typename V, Is<AxisAccess> I>
void operands(V &v, I &i) {
  auto &[start, step, limit, pitch, count, wrap] = i;
  v.linear("start", start);
  v.integer("step", step);
  v.integer("limit", limit);
  v.integer("pitch", pitch);
  v.count("count", count);
  v.flag("wrap", wrap);
}
template <typename V, Is<Access> I>
void operands(V &v, I &i) {
  auto &[type, row, col, re, im, joined] = i;
  static_cast<void>(joined); // the last flag of the instruction
  v.byte("type", type);
  v.group("row", [&] { operands(v, row); });
  v.group("col", [&] { operands(v, col); });
  v.optional("re", re, [&](auto &plane) { v.plane("re", plane); });
  v.optional("im", im, [&](auto &plane) { v.plane("im", plane); });
}
template <typename V, Is<Factors> I>
void operands(V &v, I &i) {
  auto &[offset, step, conjugate] = i;
  v.linear("offset", offset);
  v.integer("step", step);
  v.flag("conjugate", conjugate);
}

template <typename V, typename I>
  requires(Is<I, Nop> || Is<I, End> || Is<I, Barrier> || Is<I, EndLoop>)
void operands(V &, I &) {
  static_assert(std::is_empty_v<I>);
}
template <typename V, Is<Mark> I>
void operands(V &v, I &i) {
  auto &[debug] = i;
  v.count("debug", debug);
}
template <typename V, Is<Loop> I>
void operands(V &v, I &i) {
  auto &[trip] = i;
  v.count("trip", trip);
}

template <typename V, Is<Digit> I>
void operands(V &v, I &i) {
  auto &[index, count, bits] = i;
  v.byte("index", index);
  v.byte("of", count);
  v.byte("bits", bits);
}
template <typename V, Is<LoadField> I>
void operands(V &v, I &i) {
  auto &[field, component, bias, from, digit, removeMean] = i;
  v.slot("field", field);
  v.byte("component", component);
  v.flag("bias", bias);
  operands(v, from);
  v.optional("digit", digit, [&](auto &digit) { v.group("digit", [&] { operands(v, digit); }); });
  v.flag("remove_mean", removeMean);
  v.flag("joined", from.joined);
}
template <typename V, Is<LoadFilter> I>
void operands(V &v, I &i) {
  auto &[filter, from] = i;
  v.slot("filter", filter);
  operands(v, from);
  v.flag("joined", from.joined);
}
template <typename V, Is<LoadTable> I>
void operands(V &v, I &i) {
  auto &[to, count, type, re, im] = i;
  v.count("to", to);
  v.count("count", count);
  v.byte("type", type);
  v.plane("re", re);
  v.plane("im", im);
}
template <typename V, Is<LoadAccumulator> I>
void operands(V &v, I &i) {
  auto &[accumulator, from] = i;
  v.slot("accumulator", accumulator);
  operands(v, from);
  v.flag("joined", from.joined);
}
template <typename V, Is<Fire> I>
void operands(V &v, I &i) {
  auto &[mode, field, filter, capture, detect, reference, gain, rerun, repeat] = i;
  v.byte("mode", mode);
  v.byte("detect", detect);
  v.byte("reference", reference);
  v.byte("gain", gain);
  v.slot("field", field);
  v.slot("filter", filter);
  v.slot("capture", capture);
  v.flag("rerun", rerun);
  v.count("repeat", repeat);
}
template <typename V, Is<ReadBack> I>
void operands(V &v, I &i) {
  auto &[capture, accumulator, accumulate, reversedRows, reversedCols, removeBias, addMean, re, im] = i;
  v.slot("capture", capture);
  v.slot("accumulator", accumulator);
  v.flag("accumulate", accumulate);
  v.flag("reversed_rows", reversedRows);
  v.flag("reversed_cols", reversedCols);
  v.flag("remove_bias", removeBias);
  v.flag("add_mean", addMean);
  v.real("re", re);
  v.real("im", im);
}
template <typename V, Is<Twiddle> I>
void operands(V &v, I &i) {
  auto &[accumulator, row, col, scale] = i;
  v.slot("accumulator", accumulator);
  v.optional("row", row, [&](auto &factors) { v.group("row", [&] { operands(v, factors); }); });
  v.optional("col", col, [&](auto &factors) { v.group("col", [&] { operands(v, factors); }); });
  v.real("scale", scale);
}
template <typename V, Is<ElectronicDft> I>
void operands(V &v, I &i) {
  auto &[accumulator, axis, length, inverse] = i;
  v.slot("accumulator", accumulator);
  v.byte("axis", axis);
  v.count("length", length);
  v.flag("inverse", inverse);
}
template <typename V, Is<Elementwise> I>
void operands(V &v, I &i) {
  auto &[op, to, a, b, conjugateA, conjugateB, alphaRe, alphaIm, betaRe, betaIm] = i;
  v.byte("op", op);
  v.slot("to", to);
  v.slot("a", a);
  v.slot("b", b);
  v.flag("conjugate_a", conjugateA);
  v.flag("conjugate_b", conjugateB);
  v.real("alpha_re", alphaRe);
  v.real("alpha_im", alphaIm);
  v.real("beta_re", betaRe);
  v.real("beta_im", betaIm);
}
template <typename V, Is<Store> I>
void operands(V &v, I &i) {
  auto &[accumulator, to] = i;
  v.slot("accumulator", accumulator);
  operands(v, to);
  v.flag("joined", to.joined);
}

} // namespace fourmix::focs

#endif // FOURMIX_LIB_TARGET_COMMANDSTREAM_OPERANDS_H
