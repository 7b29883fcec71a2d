// How files come into being: whole or not at all.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_SUPPORT_WHOLEFILE_H
#define FOURMIX_SUPPORT_WHOLEFILE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"
#include <optional>
#include <string>

namespace fourmix {

/// A file that is written under another name and gets its own at the end; without that it vanishes. What is no regular
/// file (a device, a pipe) is written directly.
class WholeFile {
public:
  static llvm::Expected<WholeFile> create(llvm::StringRef path);
  WholeFile(WholeFile &&) = default;
  ~WholeFile();

  llvm::raw_fd_ostream &os() { return *stream; }
  /// Flushes, and gives the file its name.
  llvm::Error keep();

private:
  WholeFile() = default;
  std::string path;
  std::optional<llvm::sys::fs::TempFile> temporary;
  std::unique_ptr<llvm::raw_fd_ostream> stream;
};

} // namespace fourmix

#endif // FOURMIX_SUPPORT_WHOLEFILE_H
