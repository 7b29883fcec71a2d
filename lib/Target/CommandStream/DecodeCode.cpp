// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Target/CommandStream/Operands.h"
#include "lib/Target/CommandStream/Reader.h"
#include "llvm/ADT/STLExtras.h"

namespace fourmix::focs {
namespace {
using llvm::StringRef;
using llvm::Twine;

/// Visits the operands of an instruction and fills them from words.
struct OperandReader {
  Reader &in;
  uint32_t flags;         // those not yet read, the next one lowest
  unsigned bytesLeft = 0; // of the last word
  uint32_t lastWord = 0;

  void flag(StringRef, bool &value) {
    value = flags & 1;
    flags >>= 1;
  }
  void endBytes() {
    if (lastWord != 0)
      in.fail(in.at - 4, "expected zero in the unused bytes of a word, found " + hex(lastWord));
    bytesLeft = lastWord = 0;
  }
  template <typename E>
  void byte(StringRef name, E &value) {
    if (bytesLeft == 0) {
      endBytes();
      lastWord = in.u32();
      bytesLeft = 4;
    }
    uint8_t found = lastWord;
    lastWord >>= 8;
    --bytesLeft;
    if (!isValue<E>(found) && !in.failed())
      in.fail(in.at - 4, Twine("expected a known value of '") + name + "', found " + Twine(found));
    value = static_cast<E>(found);
  }
  uint32_t word() {
    endBytes();
    return in.u32();
  }
  void slot(StringRef, Slot &slot) {
    uint32_t found = word();
    slot = {static_cast<uint16_t>(found), static_cast<uint16_t>(found >> 16)};
  }
  template <typename T>
  void count(StringRef name, T &value) {
    uint32_t found = word();
    value = static_cast<T>(found);
    if (value != found)
      in.fail(in.at - 4, Twine("expected a value of '") + name + "' below 65536, found " + Twine(found));
  }
  void integer(StringRef, int64_t &value) {
    endBytes();
    value = in.u64();
  }
  void real(StringRef, double &value) {
    endBytes();
    value = in.real();
  }
  void linear(Linear &linear, uint8_t *region) {
    uint32_t found = word();
    if (found >> (region ? 16 : 8))
      in.fail(in.at - 4, "expected a mask of steps, found " + hex(found));
    if (region)
      *region = found >> 8;
    linear.base = in.u64();
    for (int i = 0; i < maxLoopDepth; ++i) {
      if (!(found >> i & 1))
        continue;
      linear.step[i] = in.u64();
      if (linear.step[i] == 0)
        in.fail(in.at - 8, "expected a step other than zero where the mask has its bit");
    }
  }
  void linear(StringRef, Linear &value) { linear(value, nullptr); }
  void plane(StringRef, Plane &plane) { linear(plane.offset, &plane.region); }
  template <typename F>
  void group(StringRef, F &&operands) {
    operands();
  }
  template <typename T, typename F>
  void optional(StringRef, std::optional<T> &value, F &&operands) {
    bool isThere = false;
    flag({}, isThere);
    if (isThere)
      operands(value.emplace());
  }
};

void read(Reader &in, Instruction &instruction) {
  size_t start = in.at;
  uint32_t head = in.u32();
  uint8_t code = head;
  size_t bytes = (head >> 16) * size_t(4);
  size_t rest = in.bytes.size() - start;
  if (in.failed())
    return;
  if (bytes < 12 || bytes > rest)
    return in.fail(start,
                   "expected an instruction of 3 to " + Twine(rest / 4) + " words, found one of " + Twine(head >> 16));
  auto known = llvm::find_if(opcodes, [&](const Opcode &opcode) { return opcode.code == code; });
  if (known == std::end(opcodes))
    return in.fail(start, "expected a known opcode, found " + hex(code));
  in.end = start + bytes;
  instruction.wait = in.u32();
  instruction.signal = in.u32();
  instruction.body = makeBody(known - opcodes);
  OperandReader reader{in, head >> 8 & 0xff};
  std::visit([&](auto &body) { operands(reader, body); }, instruction.body);
  reader.endBytes();
  if (!in.failed() && reader.flags)
    in.fail(start, Twine("expected no flag of '") + known->mnemonic + "' beyond those it has, found flags " +
                       hex(head >> 8 & 0xff));
  if (!in.failed() && in.at != in.end)
    in.fail(start, Twine("expected '") + known->mnemonic + "' to have " + Twine((in.at - start) / 4) +
                       " words, found " + Twine(head >> 16));
  in.end = in.bytes.size();
}

} // namespace

llvm::Error decodeCode(Reader in, Section section, std::vector<Instruction> &code) {
  while (!in.failed() && in.at != in.end)
    read(in, code.emplace_back());
  return in.finish(nameOf(section));
}

} // namespace fourmix::focs
