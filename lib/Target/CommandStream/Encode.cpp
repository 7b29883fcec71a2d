// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Target/CommandStreamIO.h"
#include "lib/Target/CommandStream/Checksums.h"
#include "lib/Target/CommandStream/Format.h"
#include "lib/Target/CommandStream/Operands.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

namespace fourmix::focs {
namespace {
namespace endian = llvm::support::endian;

/// Bytes of a section, little-endian.
struct Bytes : std::vector<uint8_t> {
  void u32(uint32_t value) {
    resize(size() + 4);
    endian::write32le(&*end() - 4, value);
  }
  void u64(uint64_t value) {
    u32(static_cast<uint32_t>(value));
    u32(static_cast<uint32_t>(value >> 32));
  }
  void real(double value) { u64(llvm::bit_cast<uint64_t>(value)); }
  void string(llvm::StringRef text) {
    u32(text.size());
    insert(end(), text.bytes_begin(), text.bytes_end());
    resize(llvm::alignTo(size(), 4));
  }
};

/// Visits the operands of one instruction and appends their words.
struct Writer {
  Bytes &out;
  uint32_t flags = 0, numFlags = 0;
  unsigned byteShift = 32; // where the next byte stands in the last word, 32: in a new one

  void flag(llvm::StringRef, bool value) { flags |= static_cast<uint32_t>(value) << numFlags++; }
  template <typename E>
  void byte(llvm::StringRef, E value) {
    if (byteShift == 32) {
      out.u32(0);
      byteShift = 0;
    }
    out[out.size() - 4 + byteShift / 8] = static_cast<uint8_t>(value);
    byteShift += 8;
  }
  void word(uint32_t value) {
    out.u32(value);
    byteShift = 32;
  }
  void slot(llvm::StringRef, Slot slot) { word(slot.first | static_cast<uint32_t>(slot.rotate) << 16); }
  void count(llvm::StringRef, uint32_t value) { word(value); }
  void integer(llvm::StringRef, int64_t value) {
    out.u64(value);
    byteShift = 32;
  }
  void real(llvm::StringRef, double value) { integer({}, llvm::bit_cast<int64_t>(value)); }
  void linear(const Linear &linear, uint8_t region) {
    uint32_t mask = 0;
    for (int i = 0; i < maxLoopDepth; ++i)
      mask |= static_cast<uint32_t>(linear.step[i] != 0) << i;
    word(mask | static_cast<uint32_t>(region) << 8);
    out.u64(linear.base);
    for (int64_t step : linear.step)
      if (step != 0)
        out.u64(step);
  }
  void linear(llvm::StringRef, const Linear &value) { linear(value, 0); }
  void plane(llvm::StringRef, const Plane &plane) { linear(plane.offset, plane.region); }
  template <typename F>
  void group(llvm::StringRef, F &&operands) {
    operands();
  }
  template <typename T, typename F>
  void optional(llvm::StringRef, const std::optional<T> &value, F &&operands) {
    flag({}, value.has_value());
    if (value)
      operands(*value);
  }
};

void append(Bytes &out, const Instruction &instruction) {
  size_t start = out.size();
  out.u32(0);
  out.u32(instruction.wait);
  out.u32(instruction.signal);
  Writer writer{out};
  std::visit([&](const auto &body) { operands(writer, body); }, instruction.body);
  uint32_t words = (out.size() - start) / 4;
  endian::write32le(&out[start], words << 16 | writer.flags << 8 | opcodes[instruction.body.index()].code);
}

Bytes encodeCode(const std::vector<Instruction> &code) {
  Bytes out;
  for (const Instruction &instruction : code)
    append(out, instruction);
  return out;
}

Bytes encodeProgram(const Program &program) {
  Bytes out;
  out.string(program.name);
  out.u64(program.scratchBytes);
  uint32_t mask = 0;
  for (int i = 0; i < numTokens; ++i)
    mask |= static_cast<uint32_t>(program.tokens[i] != 0) << i;
  out.u32(mask);
  for (uint16_t count : program.tokens)
    if (count)
      out.u32(count);
  out.u32(program.bindings.size());
  for (const Binding &binding : program.bindings) {
    out.string(binding.name);
    out.u32(static_cast<uint32_t>(binding.type) | static_cast<uint32_t>(binding.isOutput) << 8);
    out.u32(binding.shape.size());
    for (int64_t extent : binding.shape)
      out.u64(extent);
  }
  return out;
}

Bytes encodeDebug(const std::vector<std::string> &names) {
  Bytes out;
  out.u32(names.size());
  for (const std::string &name : names)
    out.string(name);
  return out;
}

Bytes encodePrediction(const Prediction &prediction) {
  Bytes out;
  out.u64(prediction.frames);
  out.real(prediction.seconds);
  out.real(prediction.joules);
  return out;
}

Bytes encodeMetadata(const CommandStream &stream) {
  Bytes out;
  out.u32(stream.metadata.size());
  for (const auto &[key, value] : stream.metadata) {
    out.string(key);
    out.string(value);
  }
  return out;
}

/// Collects the sections of a file behind room for the header and the table.
struct Container {
  std::vector<uint8_t> file;
  size_t numSections, next = 0;

  explicit Container(size_t numSections) : file(headerBytes + numSections * entryBytes), numSections(numSections) {}

  void add(Section section, uint32_t program, llvm::ArrayRef<uint8_t> content) {
    file.resize(llvm::alignTo(file.size(), sectionAlignment));
    uint8_t *at = &file[headerBytes + next++ * entryBytes];
    endian::write32le(at + entry::type, static_cast<uint32_t>(section));
    endian::write32le(at + entry::flags, isRequired(section) ? sectionRequired : 0);
    endian::write64le(at + entry::offset, file.size());
    endian::write64le(at + entry::size, content.size());
    endian::write32le(at + entry::program, program);
    endian::write32le(at + entry::checksum, crc32c(content));
    file.insert(file.end(), content.begin(), content.end());
  }

  void finish(uint64_t capabilities, uint64_t profileHash) {
    uint8_t *at = file.data();
    std::copy(magic.begin(), magic.end(), at);
    endian::write32le(at + header::endian, endianMark);
    endian::write16le(at + header::major, majorVersion);
    endian::write16le(at + header::minor, minorVersion);
    endian::write32le(at + header::headerSize, headerBytes);
    endian::write64le(at + header::fileSize, file.size());
    endian::write64le(at + header::capabilities, capabilities);
    endian::write64le(at + header::profileHash, profileHash);
    endian::write32le(at + header::sections, numSections);
    endian::write32le(at + header::tableChecksum, crc32c({at + headerBytes, numSections * entryBytes}));
    endian::write32le(at + header::checksum, crc32c({at, header::checksum}));
  }
};

} // namespace

size_t countWords(const Instruction &instruction) {
  Bytes out;
  append(out, instruction);
  return out.size() / 4;
}

std::vector<uint8_t> encode(const CommandStream &stream) {
  Container container(3 + std::size(programSections) * stream.programs.size());
  container.add(Section::Profile, noProgram,
                {reinterpret_cast<const uint8_t *>(stream.profile.data()), stream.profile.size()});
  container.add(Section::Constants, noProgram, stream.constants);
  for (uint32_t i = 0; i < stream.programs.size(); ++i) {
    const Program &program = stream.programs[i];
    container.add(Section::Program, i, encodeProgram(program));
    container.add(Section::Main, i, encodeCode(program.main));
    container.add(Section::Preload, i, encodeCode(program.preload));
    container.add(Section::Debug, i, encodeDebug(program.debug));
    container.add(Section::Prediction, i, encodePrediction(program.prediction));
  }
  container.add(Section::Metadata, noProgram, encodeMetadata(stream));
  container.finish(capabilitiesOf(stream), fnv1a(stream.profile));
  return std::move(container.file);
}

} // namespace fourmix::focs
