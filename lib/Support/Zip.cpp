// The format: PKWARE's APPNOTE 6.3, sections 4.3 to 4.5. Every offset comes from the file, so every access is checked.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Support/Zip.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Endian.h"
#include <optional>
#include <zlib.h>

using namespace llvm;
using namespace fourmix;

namespace {

constexpr uint32_t localSignature = 0x04034b50, directorySignature = 0x02014b50, endSignature = 0x06054b50;
constexpr uint32_t end64Signature = 0x06064b50, locator64Signature = 0x07064b50;
constexpr uint64_t localBytes = 30, directoryBytes = 46, endBytes = 22, end64Bytes = 56, locator64Bytes = 20;
constexpr uint32_t in64 = 0xffffffff; // the value is in a zip64 field

/// Little-endian numbers at checked places of the archive.
class Reader {
public:
  explicit Reader(StringRef archive) : archive(archive) {}
  bool has(uint64_t offset, uint64_t bytes) const {
    return offset <= archive.size() && bytes <= archive.size() - offset;
  }
  uint16_t u16(uint64_t offset) const { return support::endian::read16le(archive.data() + offset); }
  uint32_t u32(uint64_t offset) const { return support::endian::read32le(archive.data() + offset); }
  uint64_t u64(uint64_t offset) const { return support::endian::read64le(archive.data() + offset); }
  StringRef slice(uint64_t offset, uint64_t bytes) const { return archive.substr(offset, bytes); }
  uint64_t size() const { return archive.size(); }

private:
  StringRef archive;
};

/// One entry of the directory.
struct Entry {
  uint16_t flags, method;
  uint32_t crc;
  uint64_t packed, unpacked, local;
  StringRef name;
};

Error bad(const Twine &what) { return createStringError("broken zip archive: " + what); }

/// Where the directory is and how many entries it has.
struct Directory {
  uint64_t offset, count;
};

Expected<Directory> findDirectory(const Reader &reader) {
  // The record stands at the end, before a comment of at most 64 KiB.
  if (reader.size() < endBytes)
    return bad("no end record");
  uint64_t lowest = reader.size() - std::min<uint64_t>(reader.size(), endBytes + 0xffff);
  for (uint64_t at = reader.size() - endBytes + 1; at-- > lowest;) {
    if (reader.u32(at) != endSignature)
      continue;
    Directory result{reader.u32(at + 16), reader.u16(at + 10)};
    bool needs64 = result.offset == in64 || result.count == 0xffff;
    if (!needs64 || at < locator64Bytes || reader.u32(at - locator64Bytes) != locator64Signature)
      return result;
    uint64_t end64 = reader.u64(at - locator64Bytes + 8);
    if (!reader.has(end64, end64Bytes) || reader.u32(end64) != end64Signature)
      return bad("no zip64 end record");
    return Directory{reader.u64(end64 + 48), reader.u64(end64 + 32)};
  }
  return bad("no end record");
}

/// Sizes and offset from the zip64 extra field, in the order of those that are missing in the entry itself.
Error readExtra64(const Reader &reader, uint64_t at, uint64_t end, Entry &entry) {
  while (at + 4 <= end) {
    uint64_t id = reader.u16(at), bytes = reader.u16(at + 2);
    at += 4;
    if (bytes > end - at)
      return bad("extra field of '" + entry.name + "' is too long");
    if (id == 1) {
      uint64_t field = at;
      for (uint64_t *value : {&entry.unpacked, &entry.packed, &entry.local}) {
        if (*value != in64)
          continue;
        if (field + 8 > at + bytes)
          return bad("zip64 field of '" + entry.name + "' is too short");
        *value = reader.u64(field);
        field += 8;
      }
      return Error::success();
    }
    at += bytes;
  }
  return Error::success();
}

Expected<std::string> inflateMember(StringRef packed, const Entry &entry) {
  // Deflate expands at most 1032 times: a larger claim is a lie, and must not become an allocation.
  if (entry.unpacked > packed.size() * 1032 + 64)
    return bad("'" + entry.name + "' claims an impossible size");
  std::string result(entry.unpacked, 0);
  z_stream stream = {};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
    return bad("zlib cannot start");
  // zlib counts in 32 bits.
  constexpr uint64_t step = uint64_t(1) << 30;
  uint64_t read = 0, written = 0;
  char none; // zlib wants a place to write even for nothing
  int status = Z_OK;
  while (status == Z_OK) {
    uint64_t in = std::min(step, packed.size() - read), out = std::min(step, result.size() - written);
    stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(packed.data() + read));
    stream.avail_in = in;
    stream.next_out = reinterpret_cast<Bytef *>(result.empty() ? &none : result.data() + written);
    stream.avail_out = out;
    status = inflate(&stream, Z_NO_FLUSH);
    read += in - stream.avail_in;
    written += out - stream.avail_out;
    if (status == Z_OK && stream.avail_in == in && stream.avail_out == out)
      break; // no progress: truncated, or longer than it says
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END || written != entry.unpacked)
    return bad("'" + entry.name + "' does not inflate to its size");
  return result;
}

uint32_t crcOf(StringRef bytes) {
  uLong crc = crc32(0, nullptr, 0);
  constexpr size_t step = size_t(1) << 30;
  for (size_t at = 0; at < bytes.size(); at += step) {
    StringRef part = bytes.substr(at, step);
    crc = crc32(crc, reinterpret_cast<const Bytef *>(part.data()), part.size());
  }
  return crc;
}

Expected<std::string> readMember(const Reader &reader, const Entry &entry) {
  if (entry.flags & 1)
    return createStringError("'" + entry.name + "' is encrypted");
  if (!reader.has(entry.local, localBytes) || reader.u32(entry.local) != localSignature)
    return bad("no local header of '" + entry.name + "'");
  uint64_t data = entry.local + localBytes + reader.u16(entry.local + 26) + reader.u16(entry.local + 28);
  if (!reader.has(data, entry.packed))
    return bad("'" + entry.name + "' ends behind the file");
  StringRef packed = reader.slice(data, entry.packed);
  std::string contents;
  if (entry.method == 0) {
    if (entry.packed != entry.unpacked)
      return bad("'" + entry.name + "' is stored with two sizes");
    contents = packed.str();
  } else if (entry.method == 8) {
    Expected<std::string> inflated = inflateMember(packed, entry);
    if (!inflated)
      return inflated.takeError();
    contents = std::move(*inflated);
  } else {
    return createStringError("'" + entry.name + "' has compression method " + std::to_string(entry.method) +
                             ", expected 0 (stored) or 8 (deflated)");
  }
  if (crcOf(contents) != entry.crc)
    return bad("'" + entry.name + "' does not match its checksum");
  return contents;
}

void append(std::string &out, std::initializer_list<std::pair<uint32_t, int>> fields) {
  for (auto [value, bytes] : fields)
    for (int i = 0; i < bytes; ++i)
      out.push_back(char(value >> (8 * i)));
}

} // namespace

Expected<std::vector<ZipMember>> fourmix::readZip(StringRef archive) {
  Reader reader(archive);
  Expected<Directory> directory = findDirectory(reader);
  if (!directory)
    return directory.takeError();
  std::vector<ZipMember> members;
  uint64_t at = directory->offset;
  for (uint64_t i = 0; i < directory->count; ++i) {
    if (!reader.has(at, directoryBytes) || reader.u32(at) != directorySignature)
      return bad("entry " + Twine(i) + " of the directory is missing");
    uint64_t nameBytes = reader.u16(at + 28), extraBytes = reader.u16(at + 30), commentBytes = reader.u16(at + 32);
    if (!reader.has(at, directoryBytes + nameBytes + extraBytes + commentBytes))
      return bad("entry " + Twine(i) + " of the directory is too long");
    Entry entry{reader.u16(at + 8),
                reader.u16(at + 10),
                reader.u32(at + 16),
                reader.u32(at + 20),
                reader.u32(at + 24),
                reader.u32(at + 42),
                reader.slice(at + directoryBytes, nameBytes)};
    uint64_t extra = at + directoryBytes + nameBytes;
    if (Error error = readExtra64(reader, extra, extra + extraBytes, entry))
      return error;
    Expected<std::string> contents = readMember(reader, entry);
    if (!contents)
      return contents.takeError();
    members.push_back({entry.name.str(), std::move(*contents)});
    at += directoryBytes + nameBytes + extraBytes + commentBytes;
  }
  return members;
}

Expected<std::string> fourmix::writeZip(ArrayRef<ZipMember> members) {
  constexpr uint32_t version = 20, date = 0x21; // 1980-01-01: no time of day in the bytes
  std::string out, directory;
  for (const ZipMember &member : members) {
    uint64_t size = member.contents.size();
    if (member.name.size() > 0xffff || size >= in64 || out.size() + size + localBytes + member.name.size() >= in64)
      return createStringError("'" + member.name + "' is too large for a zip archive");
    uint32_t crc = crcOf(member.contents), bytes = size, nameBytes = member.name.size(), offset = out.size();
    // Bit 11 of the flags: names are UTF-8.
    append(out, {{localSignature, 4},
                 {version, 2},
                 {0x800, 2},
                 {0, 2},
                 {0, 2},
                 {date, 2},
                 {crc, 4},
                 {bytes, 4},
                 {bytes, 4},
                 {nameBytes, 2},
                 {0, 2}});
    out += member.name;
    out += member.contents;
    append(directory, {{directorySignature, 4},
                       {version, 2},
                       {version, 2},
                       {0x800, 2},
                       {0, 2},
                       {0, 2},
                       {date, 2},
                       {crc, 4},
                       {bytes, 4},
                       {bytes, 4},
                       {nameBytes, 2},
                       {0, 2},
                       {0, 2},
                       {0, 2},
                       {0, 2},
                       {0, 4},
                       {offset, 4}});
    directory += member.name;
  }
  if (members.size() >= 0xffff || out.size() + directory.size() >= in64)
    return createStringError("too much for a zip archive");
  uint32_t count = members.size(), start = out.size(), bytes = directory.size();
  out += directory;
  append(out, {{endSignature, 4}, {0, 2}, {0, 2}, {count, 2}, {count, 2}, {bytes, 4}, {start, 4}, {0, 2}});
  return out;
}
