// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ModelInterface.h"
#include "fourmix/Runtime/weights.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace fourmix;

WeightsFile::~WeightsFile() { discard(); }

void WeightsFile::discard() {
  if (file)
    llvm::consumeError(file->discard());
  file.reset();
}

llvm::Error WeightsFile::keep(StringRef path) {
  if (!file)
    return llvm::Error::success();
  llvm::Error error = file->keep(path);
  file.reset();
  return error;
}

LogicalResult WeightsFile::write(ModuleOp module, const ModelInterface &interface, StringRef output) {
  if (interface.weightsBytes == 0)
    return success();
  // Readable by all: the file is an artefact, and TempFile's default is the owner alone.
  auto created = llvm::sys::fs::TempFile::create(output + ".weights.%%%%%%%%.tmp",
                                                 llvm::sys::fs::all_read | llvm::sys::fs::owner_write);
  if (!created)
    return module.emitError() << "cannot write weights beside '" << output
                              << "': " << llvm::toString(created.takeError());
  file.emplace(std::move(*created));
  uint64_t size = FOURMIX_WEIGHTS_OFFSET + uint64_t(interface.weightsBytes);
  std::error_code error = llvm::sys::fs::resize_file(file->FD, size);
  if (error)
    return module.emitError() << "cannot write '" << file->TmpName << "': " << error.message();
  llvm::sys::fs::mapped_file_region region(llvm::sys::fs::convertFDToNativeFile(file->FD),
                                           llvm::sys::fs::mapped_file_region::readwrite, size, 0, error);
  if (error)
    return module.emitError() << "cannot map '" << file->TmpName << "': " << error.message();
  MutableArrayRef<char> blob(region.data() + FOURMIX_WEIGHTS_OFFSET, interface.weightsBytes);
  if (failed(packWeights(module, blob)))
    return failure();
  contentHash = llvm::xxh3_64bits(StringRef(blob.data(), blob.size()));
  fourmix_weights_header header = {
      {}, uint64_t(interface.weightsBytes), contentHash, fourmix_tag_hash(interface.tag.c_str())};
  memcpy(header.magic, FOURMIX_WEIGHTS_MAGIC, sizeof(header.magic));
  memcpy(region.data(), &header, sizeof(header));
  return success();
}
