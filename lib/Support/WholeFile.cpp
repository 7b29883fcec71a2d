// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Support/WholeFile.h"

using namespace llvm;

namespace fourmix {

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

} // namespace fourmix
