// The file of large tensors beside a model, and how files come into being whole or not at all.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_EXPORT_ONNX_DATAFILE_H
#define LIB_EXPORT_ONNX_DATAFILE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"
#include <optional>
#include <string>

namespace fourmix::exporter {

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

/// Collects tensors one after the other. The file is made by the first one.
class DataFile {
public:
  explicit DataFile(llvm::StringRef path) : path(path) {}

  /// Where `bytes` stand in the file. Bytes that stay where they are until the end are written once, however many
  /// tensors share them.
  llvm::Expected<uint64_t> append(llvm::ArrayRef<char> bytes, bool stay);
  /// What tensors call it: its name without a folder.
  llvm::StringRef location() const;
  llvm::Error keep();

private:
  std::string path;
  std::optional<WholeFile> file;
  uint64_t end = 0;
  llvm::DenseMap<std::pair<const char *, size_t>, uint64_t> written;
};

} // namespace fourmix::exporter

#endif // LIB_EXPORT_ONNX_DATAFILE_H
