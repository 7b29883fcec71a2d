// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "DataFile.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace fourmix::exporter {

Expected<uint64_t> DataFile::append(ArrayRef<char> bytes, bool stay) {
  if (auto known = written.find({bytes.data(), bytes.size()}); stay && known != written.end())
    return known->second;
  if (!file) {
    Expected<WholeFile> made = WholeFile::create(path);
    if (!made)
      return made.takeError();
    file.emplace(std::move(*made));
  }
  // Where readers may map a tensor on its own, it starts at a page.
  constexpr uint64_t page = 4096, least = 64;
  uint64_t start = alignTo(end, bytes.size() >= page ? page : least);
  file->os().write_zeros(start - end);
  file->os().write(bytes.data(), bytes.size());
  end = start + bytes.size();
  if (stay)
    written[{bytes.data(), bytes.size()}] = start;
  return start;
}

StringRef DataFile::location() const { return sys::path::filename(path); }

Error DataFile::keep() { return file ? file->keep() : Error::success(); }

} // namespace fourmix::exporter
