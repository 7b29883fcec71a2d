// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Target/CommandStreamIO.h"
#include "lib/Target/CommandStream/Checksums.h"
#include "lib/Target/CommandStream/Format.h"
#include "lib/Target/CommandStream/Operands.h"
#include "llvm/ADT/Twine.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

namespace fourmix::focs {
namespace {
namespace endian = llvm::support::endian;
using llvm::ArrayRef;
using llvm::formatv;
using llvm::StringRef;
using llvm::Twine;

std::string hex(uint64_t value) { return formatv("{0:x}", value); }

llvm::Error error(uint64_t offset, const Twine &what) {
  return llvm::createStringError(formatv("offset {0:x}: ", offset) + what);
}

/// Reads a section from front to back. After the first error it gives zeros, so that callers look at the end only.
struct Reader {
  ArrayRef<uint8_t> bytes;
  uint64_t base; // of `bytes` in the file
  size_t end;    // nothing is read from here on
  size_t at = 0;
  std::string what; // of the first error, with its offset in the file
  uint64_t where = 0;

  Reader(ArrayRef<uint8_t> bytes, uint64_t base) : bytes(bytes), base(base), end(bytes.size()) {}

  bool failed() const { return !what.empty(); }
  void fail(size_t position, const Twine &message) {
    if (failed())
      return;
    what = message.str();
    where = base + position;
    at = end;
  }
  bool has(size_t size, const char *expected) {
    if (end - at >= size)
      return true;
    fail(at, Twine("expected ") + expected + " of " + Twine(size) + " bytes, found " + Twine(end - at));
    return false;
  }
  uint32_t u32() {
    if (!has(4, "a word"))
      return 0;
    return endian::read32le(&bytes[(at += 4) - 4]);
  }
  uint64_t u64() {
    if (!has(8, "a double word"))
      return 0;
    return endian::read64le(&bytes[(at += 8) - 8]);
  }
  double real() { return llvm::bit_cast<double>(u64()); }
  /// A word that says how many things of at least `least` bytes follow.
  uint32_t count(size_t least, const char *things) {
    uint32_t found = u32();
    if (found <= (end - at) / least)
      return found;
    fail(at - 4, Twine("expected at most ") + Twine((end - at) / least) + " " + things + ", found " + Twine(found));
    return 0;
  }
  std::string string() {
    uint32_t size = count(1, "bytes of a string");
    std::string text(reinterpret_cast<const char *>(bytes.data()) + at, size);
    at += size;
    while (!failed() && at % 4 != 0) {
      if (at == end || bytes[at] != 0)
        fail(at, "expected zeros up to a multiple of 4 bytes after a string");
      else
        ++at;
    }
    return text;
  }
  llvm::Error finish(const char *section) {
    if (!failed() && at != end)
      fail(at, Twine("expected the end of the ") + section + ", found " + Twine(end - at) + " more bytes");
    return failed() ? error(where, what) : llvm::Error::success();
  }
};

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

llvm::Error decodeCode(Reader in, Section section, std::vector<Instruction> &code) {
  while (!in.failed() && in.at != in.end)
    read(in, code.emplace_back());
  return in.finish(nameOf(section));
}

llvm::Error decodeProgram(Reader in, Program &program) {
  program.name = in.string();
  program.scratchBytes = in.u64();
  uint32_t mask = in.u32();
  for (int i = 0; i < numTokens; ++i) {
    if (!(mask >> i & 1))
      continue;
    uint32_t found = in.u32();
    if (found == 0 || found > 0xffff)
      in.fail(in.at - 4, "expected a token's count from 1 to 65535, found " + Twine(found));
    program.tokens[i] = found;
  }
  uint32_t bindings = in.count(12, "bindings");
  for (uint32_t i = 0; i < bindings && !in.failed(); ++i) {
    Binding &binding = program.bindings.emplace_back();
    binding.name = in.string();
    uint32_t kind = in.u32();
    binding.type = static_cast<ElementType>(kind & 0xff);
    binding.isOutput = kind >> 8 & 1;
    if (!in.failed() && (!isValue<ElementType>(kind & 0xff) || kind >> 9))
      in.fail(in.at - 4, "expected a binding's type and direction, found " + hex(kind));
    binding.shape.resize(in.count(8, "extents"));
    for (int64_t &extent : binding.shape)
      extent = in.u64();
  }
  return in.finish(nameOf(Section::Program));
}

llvm::Error decodeDebug(Reader in, std::vector<std::string> &names) {
  names.resize(in.count(4, "strings"));
  for (std::string &name : names)
    name = in.string();
  return in.finish(nameOf(Section::Debug));
}

llvm::Error decodePrediction(Reader in, Prediction &prediction) {
  prediction.frames = in.u64();
  prediction.seconds = in.real();
  prediction.joules = in.real();
  return in.finish(nameOf(Section::Prediction));
}

llvm::Error decodeMetadata(Reader in, CommandStream &stream) {
  stream.metadata.resize(in.count(8, "pairs of strings"));
  for (auto &[key, value] : stream.metadata) {
    key = in.string();
    value = in.string();
  }
  return in.finish(nameOf(Section::Metadata));
}

/// A section as the table has it.
struct Entry {
  size_t at; // of the entry in the file
  uint32_t type, flags, program, checksum;
  uint64_t offset, size;
};

/// The header and the section table.
struct Container {
  ArrayRef<uint8_t> file;
  const DecodeOptions &options;
  std::vector<Entry> entries;
  size_t next = 0;

  uint16_t u16(size_t offset) const { return endian::read16le(&file[offset]); }
  uint32_t u32(size_t offset) const { return endian::read32le(&file[offset]); }
  uint64_t u64(size_t offset) const { return endian::read64le(&file[offset]); }
  bool isNewer() const { return u16(header::minor) > minorVersion; }

  llvm::Error expect(size_t offset, const char *what, uint64_t expected, uint64_t found) const {
    if (expected == found)
      return llvm::Error::success();
    return error(offset, Twine("expected ") + what + " " + hex(expected) + ", found " + hex(found));
  }
  llvm::Error expectChecksum(size_t offset, const char *what, ArrayRef<uint8_t> content) const {
    if (!options.checkChecksums)
      return llvm::Error::success();
    return expect(offset, what, crc32c(content), u32(offset));
  }
  llvm::Error expectZeros(uint64_t from, uint64_t to) const {
    for (uint64_t i = from; i < to; ++i)
      if (file[i] != 0)
        return error(i, "expected zeros between sections, found " + hex(file[i]));
    return llvm::Error::success();
  }

  llvm::Error readHeader() {
    if (file.size() < headerBytes)
      return error(0, "expected a header of 64 bytes, found a file of " + Twine(file.size()));
    if (StringRef(reinterpret_cast<const char *>(file.data()), 4) != magic)
      return error(0, "expected 'FOCS', found another kind of file");
    if (llvm::Error e = expect(header::endian, "the endian mark", endianMark, u32(header::endian)))
      return e;
    if (llvm::Error e = expectChecksum(header::checksum, "the header's checksum", file.take_front(header::checksum)))
      return e;
    if (llvm::Error e = expect(header::major, "major version", majorVersion, u16(header::major)))
      return e;
    if (llvm::Error e = expect(header::headerSize, "a header's size of", headerBytes, u32(header::headerSize)))
      return e;
    if (llvm::Error e = expect(header::fileSize, "a file's size of", file.size(), u64(header::fileSize)))
      return e;
    if (uint64_t unknown = u64(header::capabilities) & ~knownCapabilities)
      return error(header::capabilities, "expected known capabilities, found bits " + hex(unknown));
    if (llvm::Error e = expectZeros(header::reserved, header::checksum))
      return e;
    return readTable(u32(header::sections));
  }

  llvm::Error readTable(uint64_t count) {
    uint64_t most = (file.size() - headerBytes) / entryBytes;
    if (count > most)
      return error(header::sections, "expected at most " + Twine(most) + " sections, found " + Twine(count));
    ArrayRef<uint8_t> table = file.slice(headerBytes, count * entryBytes);
    if (llvm::Error e = expectChecksum(header::tableChecksum, "the section table's checksum", table))
      return e;
    uint64_t end = headerBytes + table.size();
    for (size_t at = headerBytes; at < headerBytes + table.size(); at += entryBytes) {
      Entry section{at,
                    u32(at + entry::type),
                    u32(at + entry::flags),
                    u32(at + entry::program),
                    u32(at + entry::checksum),
                    u64(at + entry::offset),
                    u64(at + entry::size)};
      if (section.flags & ~sectionRequired)
        return error(at + entry::flags, "expected known flags of a section, found " + hex(section.flags));
      uint64_t start = llvm::alignTo(end, sectionAlignment);
      if (llvm::Error e = expect(at + entry::offset, "a section's offset", start, section.offset))
        return e;
      if (start > file.size() || section.size > file.size() - start)
        return error(at + entry::size, "expected the section to end in the file of " + hex(file.size()) +
                                           " bytes, found offset " + hex(start) + " and size " + hex(section.size));
      if (llvm::Error e = expectZeros(end, start))
        return e;
      if (llvm::Error e = expectChecksum(at + entry::checksum, "the section's checksum", contentOf(section)))
        return e;
      end = start + section.size;
      entries.push_back(section);
    }
    return expect(header::fileSize, "a file's size, by the last section, of", end, file.size());
  }

  ArrayRef<uint8_t> contentOf(const Entry &section) const { return file.slice(section.offset, section.size); }

  /// Steps over what a newer minor version may have added.
  llvm::Error skipUnknown() {
    auto isKnown = [](const Entry &e) {
      return e.type >= static_cast<uint32_t>(Section::Profile) && e.type <= static_cast<uint32_t>(Section::Metadata);
    };
    for (; next < entries.size() && !isKnown(entries[next]); ++next)
      if (!isNewer() || (entries[next].flags & sectionRequired))
        return error(entries[next].at, "expected a known type of section, found " + Twine(entries[next].type) +
                                           (isNewer() ? ", which a reader must know" : ""));
    return llvm::Error::success();
  }
  bool isAt(Section section) const {
    return next < entries.size() && entries[next].type == static_cast<uint32_t>(section);
  }

  /// The next section, which must be this one.
  llvm::Expected<Reader> take(Section section, uint32_t program) {
    if (llvm::Error e = skipUnknown())
      return e;
    if (next == entries.size())
      return error(header::sections,
                   Twine("expected one more section, ") + nameOf(section) + ", found " + Twine(entries.size()));
    const Entry &found = entries[next++];
    if (!(found.type == static_cast<uint32_t>(section)))
      return error(found.at, Twine("expected the section ") + nameOf(section) + ", found " +
                                 nameOf(static_cast<Section>(found.type)));
    if (llvm::Error e = expect(found.at + entry::program, "a section of program", program, found.program))
      return e;
    if (llvm::Error e = expect(found.at + entry::flags, "a section's flags", isRequired(section), found.flags))
      return e;
    return Reader(contentOf(found), found.offset);
  }
  /// The same, read by `decode`.
  template <typename F>
  llvm::Error take(Section section, uint32_t program, F &&decode) {
    llvm::Expected<Reader> reader = take(section, program);
    return reader ? decode(*reader) : reader.takeError();
  }
};

StringRef asText(Reader in) { return StringRef(reinterpret_cast<const char *>(in.bytes.data()), in.bytes.size()); }

llvm::Error decodeSections(Container &container, CommandStream &stream) {
  auto takeProfile = [&](Reader in) {
    stream.profile = asText(in).str();
    return container.options.checkChecksums
               ? container.expect(header::profileHash, "the profile's hash", fnv1a(stream.profile),
                                  container.u64(header::profileHash))
               : llvm::Error::success();
  };
  auto takeConstants = [&](Reader in) {
    stream.constants.assign(in.bytes.begin(), in.bytes.end());
    return llvm::Error::success();
  };
  if (llvm::Error e = container.take(Section::Profile, noProgram, takeProfile))
    return e;
  if (llvm::Error e = container.take(Section::Constants, noProgram, takeConstants))
    return e;
  for (uint32_t i = 0;; ++i) {
    if (llvm::Error e = container.skipUnknown())
      return e;
    if (!container.isAt(Section::Program))
      break;
    Program &program = stream.programs.emplace_back();
    for (Section section : programSections) {
      llvm::Error e = container.take(section, i, [&](Reader in) {
        switch (section) {
        case Section::Program:
          return decodeProgram(in, program);
        case Section::Main:
          return decodeCode(in, section, program.main);
        case Section::Preload:
          return decodeCode(in, section, program.preload);
        case Section::Debug:
          return decodeDebug(in, program.debug);
        default:
          return decodePrediction(in, program.prediction);
        }
      });
      if (e)
        return e;
    }
  }
  if (llvm::Error e =
          container.take(Section::Metadata, noProgram, [&](Reader in) { return decodeMetadata(in, stream); }))
    return e;
  if (llvm::Error e = container.skipUnknown())
    return e;
  if (container.next != container.entries.size())
    return error(container.entries[container.next].at, "expected the metadata to be the last section");
  return container.expect(header::capabilities, "the capabilities that the code needs,", capabilitiesOf(stream),
                          container.u64(header::capabilities));
}

} // namespace

llvm::Expected<CommandStream> decode(ArrayRef<uint8_t> bytes, const DecodeOptions &options) {
  Container container{bytes, options, {}};
  if (llvm::Error e = container.readHeader())
    return e;
  CommandStream stream;
  if (llvm::Error e = decodeSections(container, stream))
    return e;
  return stream;
}

} // namespace fourmix::focs
