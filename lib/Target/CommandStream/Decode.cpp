// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Target/CommandStreamIO.h"
#include "lib/Target/CommandStream/Checksums.h"
#include "lib/Target/CommandStream/Operands.h"
#include "lib/Target/CommandStream/Reader.h"
#include "llvm/Support/MathExtras.h"

namespace fourmix::focs {
namespace {
namespace endian = llvm::support::endian;
using llvm::ArrayRef;
using llvm::StringRef;
using llvm::Twine;

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
