// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Target/CommandStream/Checksums.h"
#include "fourmix/Target/CommandStreamIO.h"
#include "gtest/gtest.h"

using namespace fourmix::focs;

static llvm::ArrayRef<uint8_t> bytesOf(llvm::StringRef text) { return {text.bytes_begin(), text.bytes_end()}; }

/// The definition, bit by bit.
static uint32_t slowCrc32c(llvm::ArrayRef<uint8_t> bytes) {
  uint32_t crc = ~0u;
  for (uint8_t byte : bytes) {
    crc ^= byte;
    for (int i = 0; i < 8; ++i)
      crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
  }
  return ~crc;
}

TEST(Checksums, Crc32cOfTheStandard) {
  EXPECT_EQ(crc32c(bytesOf("123456789")), 0xe3069283u);
  EXPECT_EQ(crc32c(std::vector<uint8_t>(32)), 0x8a9136aau); // RFC 3720, B.4
  std::vector<uint8_t> bytes;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(crc32c(bytes), slowCrc32c(bytes)) << i;
    bytes.push_back(static_cast<uint8_t>(i * 37 + 5));
  }
}

TEST(Checksums, Fnv1aOfTheReference) {
  EXPECT_EQ(fnv1a(""), 0xcbf29ce484222325u);
  EXPECT_EQ(fnv1a("a"), 0xaf63dc4c8601ec8cu);
  EXPECT_EQ(fnv1a("foobar"), 0x85944171f73967e8u);
}

TEST(Checksums, ContentHashTellsContentsApart) {
  EXPECT_EQ(contentHash(bytesOf("a")), contentHash(bytesOf("a")));
  EXPECT_NE(contentHash(bytesOf("a")), contentHash(bytesOf("b")));
}
