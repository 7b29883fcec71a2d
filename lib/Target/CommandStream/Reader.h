// Reading the sections of a file.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_LIB_TARGET_COMMANDSTREAM_READER_H
#define FOURMIX_LIB_TARGET_COMMANDSTREAM_READER_H

#include "lib/Target/CommandStream/Format.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FormatVariadic.h"

namespace fourmix::focs {

inline std::string hex(uint64_t value) { return llvm::formatv("{0:x}", value); }

inline llvm::Error error(uint64_t offset, const llvm::Twine &what) {
  return llvm::createStringError(llvm::formatv("offset {0:x}: ", offset) + what);
}

/// Reads a section from front to back. After the first error it gives zeros, so that callers look at the end only.
struct Reader {
  llvm::ArrayRef<uint8_t> bytes;
  uint64_t base; // of `bytes` in the file
  size_t end;    // nothing is read from here on
  size_t at = 0;
  std::string what; // of the first error, with its offset in the file
  uint64_t where = 0;

  Reader(llvm::ArrayRef<uint8_t> bytes, uint64_t base) : bytes(bytes), base(base), end(bytes.size()) {}

  bool failed() const { return !what.empty(); }
  void fail(size_t position, const llvm::Twine &message) {
    if (failed())
      return;
    what = message.str();
    where = base + position;
    at = end;
  }
  bool has(size_t size, const char *expected) {
    if (end - at >= size)
      return true;
    fail(at,
         llvm::Twine("expected ") + expected + " of " + llvm::Twine(size) + " bytes, found " + llvm::Twine(end - at));
    return false;
  }
  uint32_t u32() {
    if (!has(4, "a word"))
      return 0;
    return llvm::support::endian::read32le(&bytes[(at += 4) - 4]);
  }
  uint64_t u64() {
    if (!has(8, "a double word"))
      return 0;
    return llvm::support::endian::read64le(&bytes[(at += 8) - 8]);
  }
  double real() { return llvm::bit_cast<double>(u64()); }
  /// A word that says how many things of at least `least` bytes follow.
  uint32_t count(size_t least, const char *things) {
    uint32_t found = u32();
    if (found <= (end - at) / least)
      return found;
    fail(at - 4, llvm::Twine("expected at most ") + llvm::Twine((end - at) / least) + " " + things + ", found " +
                     llvm::Twine(found));
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
      fail(at, llvm::Twine("expected the end of the ") + section + ", found " + llvm::Twine(end - at) + " more bytes");
    return failed() ? error(where, what) : llvm::Error::success();
  }
};

llvm::Error decodeCode(Reader in, Section section, std::vector<Instruction> &code);

} // namespace fourmix::focs

#endif // FOURMIX_LIB_TARGET_COMMANDSTREAM_READER_H
