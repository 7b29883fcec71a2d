// Tensors whose bytes lie in files beside the model.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_IMPORT_ONNX_EXTERNALDATA_H
#define LIB_IMPORT_ONNX_EXTERNALDATA_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>

namespace fourmix::importer {

/// A whole file, mapped read-only.
class MappedFile {
public:
  MappedFile(const char *data, size_t size) : data(data), size(size) {}
  ~MappedFile();
  MappedFile(const MappedFile &) = delete;
  MappedFile &operator=(const MappedFile &) = delete;
  llvm::ArrayRef<char> bytes() const { return {data, size}; }

private:
  const char *data;
  size_t size;
};

/// The folder of a model. A model may come from anywhere, so what it names must be a plain file of that folder: no
/// absolute path, no "..", no symlink on the way, no second hard link (which would show a file from elsewhere).
class ExternalFolder {
public:
  explicit ExternalFolder(llvm::StringRef folder) : folder(folder.empty() ? "." : folder.str()) {}

  /// The file at `location`, mapped once however many tensors it holds. The error is a sentence without a subject:
  /// "external data file 'w.bin' does not exist".
  llvm::Expected<std::shared_ptr<MappedFile>> map(llvm::StringRef location);

private:
  std::string folder;
  llvm::StringMap<std::shared_ptr<MappedFile>> files;
};

} // namespace fourmix::importer

#endif // LIB_IMPORT_ONNX_EXTERNALDATA_H
