// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "DataFile.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace fourmix::exporter {

Expected<WholeFile> WholeFile::create(StringRef path) {
  WholeFile file;
  file.path = path.str();
  auto failed = [&](const Twine &why) { return createStringError("cannot write '" + path + "': " + why); };
  sys::fs::file_status status;
  bool exists = !sys::fs::status(path, status);
  if (exists && sys::fs::is_directory(status))
    return failed("it is a folder");
  if (path == "-" || (exists && !sys::fs::is_regular_file(status))) {
    std::error_code error;
    file.stream = std::make_unique<raw_fd_ostream>(path, error);
    if (error)
      return failed(error.message());
    return file;
  }
  Expected<sys::fs::TempFile> temporary =
      sys::fs::TempFile::create(path + ".%%%%%%.tmp", sys::fs::all_read | sys::fs::all_write);
  if (!temporary)
    return failed(toString(temporary.takeError()));
  file.temporary = std::move(*temporary);
  file.stream = std::make_unique<raw_fd_ostream>(file.temporary->FD, /*shouldClose=*/false);
  return file;
}

Error WholeFile::keep() {
  stream->flush();
  std::error_code error = stream->error();
  stream->clear_error();
  stream.reset();
  if (error) {
    if (temporary)
      consumeError(temporary->discard());
    temporary.reset();
    return createStringError("cannot write '" + path + "': " + error.message());
  }
  if (!temporary)
    return Error::success();
  Error kept = temporary->keep(path);
  temporary.reset();
  if (kept)
    return createStringError("cannot write '" + path + "': " + toString(std::move(kept)));
  return Error::success();
}

WholeFile::~WholeFile() {
  if (stream)
    stream->clear_error();
  stream.reset();
  if (temporary)
    consumeError(temporary->discard());
}

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
