// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "RandomStream.h"
#include "fourmix/Target/CommandStreamIO.h"
#include "lib/Target/CommandStream/Checksums.h"
#include "lib/Target/CommandStream/Format.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include "gtest/gtest.h"
#include <random>

using namespace fourmix::focs;
namespace endian = llvm::support::endian;

namespace {
bool contains(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

using Bytes = std::vector<uint8_t>;

std::string errorOf(const Bytes &bytes, bool checkChecksums = true) {
  llvm::Expected<CommandStream> stream = decode(bytes, {checkChecksums});
  return stream ? "" : llvm::toString(stream.takeError());
}

/// One small stream, so that all of its bits can be turned.
CommandStream smallStream() {
  CommandStream stream;
  stream.profile = "name = \"small\"\n";
  stream.constants = {1, 2, 3, 4};
  Program &program = stream.programs.emplace_back();
  program.name = "p";
  program.bindings = {{"x", ElementType::F32, false, {11, 11}}, {"y", ElementType::F32, true, {11, 11}}};
  program.tokens[3] = 2;
  LoadField load;
  load.field = {0, 2};
  load.from.row = {{}, 1, 11, 11, 11, false};
  load.from.col = {{0, {0, 5}}, 1, 11, 1, 11, true};
  load.from.re = Plane{2, {7, {1, 0, 3}}};
  program.main = {{0, 1, Loop{4}}, {1 << 3, 0, load}, {0, 0, EndLoop{}}, {0, 0, End{}}};
  program.preload = {{0, 0, End{}}};
  program.debug = {"layer0"};
  program.prediction = {4, 1e-9, 2e-9};
  stream.metadata = {{"producer", "test"}};
  return stream;
}

/// Puts right what a change of the content made wrong: checksums, and nothing else.
void repairChecksums(Bytes &bytes) {
  uint32_t sections = endian::read32le(&bytes[header::sections]);
  for (uint32_t i = 0; i < sections; ++i) {
    size_t at = headerBytes + i * entryBytes;
    if (at + entryBytes > bytes.size())
      return;
    uint64_t offset = endian::read64le(&bytes[at + entry::offset]), size = endian::read64le(&bytes[at + entry::size]);
    if (offset > bytes.size() || size > bytes.size() - offset)
      continue;
    endian::write32le(&bytes[at + entry::checksum], crc32c({bytes.data() + offset, size}));
  }
  endian::write32le(&bytes[header::tableChecksum], crc32c({bytes.data() + headerBytes, sections * entryBytes}));
  endian::write32le(&bytes[header::checksum], crc32c({bytes.data(), header::checksum}));
}

Bytes sectionOf(const Bytes &bytes, Section section) {
  for (uint32_t i = 0; i < endian::read32le(&bytes[header::sections]); ++i) {
    const uint8_t *at = &bytes[headerBytes + i * entryBytes];
    const uint8_t *content = bytes.data() + endian::read64le(at + entry::offset);
    if (endian::read32le(at + entry::type) == static_cast<uint32_t>(section))
      return Bytes(content, content + endian::read64le(at + entry::size));
  }
  return {};
}
} // namespace

TEST(Binary, DecodesWhatItEncoded) {
  for (unsigned seed = 0; seed < 500; ++seed) {
    CommandStream stream = arbitraryStream(seed);
    Bytes bytes = encode(stream);
    llvm::Expected<CommandStream> again = decode(bytes);
    ASSERT_TRUE(!!again) << seed << ": " << llvm::toString(again.takeError());
    EXPECT_TRUE(*again == stream) << seed;
    EXPECT_TRUE(encode(*again) == bytes) << seed;
  }
}

TEST(Binary, RefusesEveryFlippedBit) {
  Bytes bytes = encode(smallStream());
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= 1 << bit % 8;
    EXPECT_NE(errorOf(bytes), "") << "bit " << bit;
    bytes[bit / 8] ^= 1 << bit % 8;
  }
  EXPECT_EQ(errorOf(bytes), "");
}

TEST(Binary, RefusesEveryTruncationAndExtension) {
  Bytes bytes = encode(smallStream());
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_NE(errorOf(Bytes(bytes.begin(), bytes.begin() + size), false), "") << size;
  bytes.push_back(0);
  EXPECT_NE(errorOf(bytes, false), "");
}

/// With its checksums right again a damaged file is refused, or it is the one form of what it says now.
TEST(Binary, WhatItAcceptsIsCanonical) {
  Bytes original = encode(smallStream());
  size_t accepted = 0;
  auto check = [&](Bytes bytes) {
    repairChecksums(bytes);
    llvm::Expected<CommandStream> stream = decode(bytes, {/*checkChecksums=*/false});
    if (!stream)
      return llvm::consumeError(stream.takeError());
    ++accepted;
    if (endian::read16le(&bytes[header::minor]) != minorVersion)
      return;
    endian::write64le(&bytes[header::profileHash], fnv1a(stream->profile)); // a checksum, too
    repairChecksums(bytes);
    EXPECT_TRUE(encode(*stream) == bytes);
  };
  for (size_t bit = 0; bit < original.size() * 8; ++bit) {
    Bytes bytes = original;
    bytes[bit / 8] ^= 1 << bit % 8;
    check(bytes);
  }
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    Bytes bytes = i % 2 ? original : encode(arbitraryStream(random() % 50));
    for (unsigned n = 1 + random() % 4; n > 0; --n) {
      size_t at = random() % (bytes.size() / 4) * 4;
      uint32_t words[] = {0, 1, 0xffffffff, static_cast<uint32_t>(random()), endian::read32le(&bytes[at]) + 1};
      endian::write32le(&bytes[at], words[random() % std::size(words)]);
    }
    check(bytes);
  }
  EXPECT_GT(accepted, 1000u);
}

TEST(Binary, SaysWhatItExpectedAndFoundWhere) {
  Bytes good = encode(smallStream());
  auto damaged = [&](size_t offset, uint32_t word) {
    Bytes bytes = good;
    endian::write32le(&bytes[offset], word);
    return errorOf(bytes, false);
  };
  EXPECT_PRED2(contains, errorOf({}), "offset 0x0: expected a header of 64 bytes, found a file of 0");
  EXPECT_PRED2(contains, damaged(0, 0), "offset 0x0: expected 'FOCS'");
  EXPECT_PRED2(contains, damaged(header::endian, 0x04030201), "expected the endian mark 0x1020304, found 0x4030201");
  EXPECT_PRED2(contains, damaged(header::major, 2), "offset 0x8: expected major version 0x1, found 0x2");
  EXPECT_PRED2(contains, damaged(header::capabilities, 1 << 20), "expected known capabilities, found bits 0x100000");
  EXPECT_PRED2(contains, damaged(header::capabilities, 1), "expected the capabilities that the code needs, 0x0");
  EXPECT_PRED2(contains, damaged(header::sections, 1 << 30), "sections, found 1073741824");
  EXPECT_PRED2(contains, damaged(headerBytes + entry::type, 99), "expected a known type of section, found 99");
  EXPECT_PRED2(contains, damaged(headerBytes + entry::type, 2), "expected the section profile, found constants");
  EXPECT_PRED2(contains, damaged(headerBytes + entry::size, 1 << 30), "expected the section to end in the file");

  size_t code = endian::read64le(&good[headerBytes + 3 * entryBytes + entry::offset]);
  EXPECT_PRED2(contains, damaged(code, 4 << 16 | 0x7f), "expected a known opcode, found 0x7f");
  EXPECT_PRED2(contains, damaged(code, 2 << 16 | 0x08), "words, found one of 2");
  EXPECT_PRED2(contains, damaged(code, 5 << 16 | 0x08), "expected 'loop' to have 4 words, found 5");
  EXPECT_PRED2(contains, damaged(code, 4 << 16 | 1 << 8 | 0x08), "expected no flag of 'loop'");
}

/// A newer minor version may have sections that a reader need not know; those that it must know it does not pass over.
TEST(Binary, PassesOverOptionalSectionsOfNewerMinorVersions) {
  CommandStream stream = smallStream();
  stream.programs.clear();
  Bytes bytes = encode(stream);
  uint32_t sections = endian::read32le(&bytes[header::sections]);
  // One more entry fits where the table is padded: the last section, metadata, is followed by one of type 99.
  ASSERT_NE((headerBytes + sections * entryBytes) % sectionAlignment, 0u);
  auto extended = [&](uint16_t minor, uint32_t flags) {
    Bytes longer = bytes;
    longer.resize(llvm::alignTo(longer.size(), sectionAlignment));
    uint8_t *at = &longer[headerBytes + sections * entryBytes];
    endian::write32le(at + entry::type, 99);
    endian::write32le(at + entry::flags, flags);
    endian::write64le(at + entry::offset, longer.size());
    endian::write64le(at + entry::size, 4);
    endian::write32le(at + entry::program, noProgram);
    longer.resize(longer.size() + 4, 1);
    endian::write32le(&longer[header::sections], sections + 1);
    endian::write64le(&longer[header::fileSize], longer.size());
    endian::write16le(&longer[header::minor], minor);
    repairChecksums(longer);
    return longer;
  };
  EXPECT_EQ(errorOf(extended(1, 0)), "");
  EXPECT_PRED2(contains, errorOf(extended(1, 1)), "found 99, which a reader must know");
  EXPECT_PRED2(contains, errorOf(extended(0, 0)), "expected a known type of section, found 99");
}

TEST(Binary, IsCompact) {
  // A loop of 4 words; the load, whose linear functions have 3 words and 2 more per loop that moves them; 3, 3.
  size_t axis = 3 + 3 * 2 + 1, load = 3 + 1 + 1 + (axis + (axis + 2)) + (3 + 4);
  EXPECT_EQ(sectionOf(encode(smallStream()), Section::Main).size(), 4 * (4 + load + 3 + 3));
}
