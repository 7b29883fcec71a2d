// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Target/CommandStream/Checksums.h"
#include "fourmix/Target/CommandStreamIO.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/Endian.h"
#include <array>

namespace fourmix::focs {
namespace {

/// tables[0] carries one byte on; tables[k] a byte with k zero bytes after it, so that eight go at once.
constexpr std::array<std::array<uint32_t, 256>, 8> makeTables() {
  std::array<std::array<uint32_t, 256>, 8> tables{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit)
      crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
    tables[0][byte] = crc;
  }
  for (size_t k = 1; k < 8; ++k)
    for (uint32_t byte = 0; byte < 256; ++byte)
      tables[k][byte] = tables[k - 1][byte] >> 8 ^ tables[0][tables[k - 1][byte] & 0xff];
  return tables;
}
constexpr auto tables = makeTables();

} // namespace

uint32_t crc32c(llvm::ArrayRef<uint8_t> bytes) {
  uint32_t crc = ~0u;
  for (; bytes.size() >= 8; bytes = bytes.drop_front(8)) {
    uint64_t eight = llvm::support::endian::read64le(bytes.data()) ^ crc;
    crc = 0;
    for (size_t k = 0; k < 8; ++k)
      crc ^= tables[7 - k][eight >> 8 * k & 0xff];
  }
  for (uint8_t byte : bytes)
    crc = crc >> 8 ^ tables[0][(crc ^ byte) & 0xff];
  return ~crc;
}

uint64_t fnv1a(llvm::StringRef text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (char c : text)
    hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  return hash;
}

std::array<uint8_t, 16> contentHash(llvm::ArrayRef<uint8_t> bytes) { return llvm::BLAKE3::hash<16>(bytes); }

} // namespace fourmix::focs
