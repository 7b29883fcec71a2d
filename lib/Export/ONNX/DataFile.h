// The file of large tensors beside a model.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_EXPORT_ONNX_DATAFILE_H
#define LIB_EXPORT_ONNX_DATAFILE_H

#include "fourmix/Support/WholeFile.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <string>

namespace fourmix::exporter {

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
