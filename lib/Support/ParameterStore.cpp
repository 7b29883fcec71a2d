// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Support/ParameterStore.h"
#include "fourmix/Support/Constants.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/EndianStream.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/ToolOutputFile.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;

namespace fourmix {

constexpr StringRef magic = "FOURMIXW", storeName = "fourmix.store";
constexpr uint64_t formatVersion = 1, headerBytes = 48, alignment = 64;

void printWithoutWeights(ModuleOp module, llvm::raw_ostream &os, bool locations) {
  OpPrintingFlags flags;
  // Without it the printer closes with the section of resources, empty or not.
  flags.useLocalScope();
  if (locations)
    flags.enableDebugInfo();
  module->print(os, flags);
  os << '\n';
}

/// The weights of `module` by key, in the order in which they appear in it.
static llvm::MapVector<StringRef, DenseResourceElementsAttr> weightsOf(ModuleOp module) {
  llvm::MapVector<StringRef, DenseResourceElementsAttr> weights;
  module->walk([&](Operation *op) {
    op->getAttrDictionary().walk(
        [&](DenseResourceElementsAttr weight) { weights.try_emplace(weight.getRawHandle().getKey(), weight); });
  });
  return weights;
}

/// The bytes that a weight of this type has.
static uint64_t byteSize(DenseResourceElementsAttr weight) {
  auto type = cast<ShapedType>(weight.getType());
  return type.getNumElements() * elementBytes(type.getElementType());
}

static uint64_t hashBytes(ArrayRef<char> bytes) {
  return llvm::xxh3_64bits(ArrayRef(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()));
}

/// The 16 bytes that stand in the header.
static std::string hashIndex(StringRef index) {
  llvm::XXH128_hash_t hash = llvm::xxh3_128bits(ArrayRef(index.bytes_begin(), index.size()));
  std::string bytes(16, '\0');
  llvm::support::endian::write64le(bytes.data(), hash.low64);
  llvm::support::endian::write64le(bytes.data() + 8, hash.high64);
  return bytes;
}

LogicalResult saveWeights(ModuleOp module, StringRef path, StringRef moduleFolder) {
  std::string error;
  std::unique_ptr<llvm::ToolOutputFile> file = openOutputFile(path, &error);
  if (!file)
    return emitError(module.getLoc()) << "weights cannot be written: " << error;

  // Data first, so that the index can be written in one go; the header's place is held by zeros.
  std::string index;
  llvm::raw_string_ostream indexStream(index);
  llvm::support::endian::Writer indexWriter(indexStream, llvm::endianness::little);
  llvm::raw_fd_ostream &os = file->os();
  os.write_zeros(headerBytes);
  uint64_t offset = headerBytes;
  auto align = [&] {
    os.write_zeros(llvm::alignTo(offset, alignment) - offset);
    offset = llvm::alignTo(offset, alignment);
  };
  for (auto [key, weight] : weightsOf(module)) {
    // A blob that was released is there and empty.
    AsmResourceBlob *blob = weight.getRawHandle().getBlob();
    if (!blob || blob->getData().size() != byteSize(weight))
      return emitError(module.getLoc()) << "weight \"" << key << "\" has no bytes to write to " << path;
    align();
    ArrayRef<char> bytes = blob->getData();
    os.write(bytes.data(), bytes.size());
    indexWriter.write<uint64_t>(key.size());
    indexStream << key;
    for (uint64_t number : {offset, uint64_t(bytes.size()), hashBytes(bytes)})
      indexWriter.write(number);
    offset += bytes.size();
  }
  align();
  os << index;
  std::string hash = hashIndex(index), header;
  llvm::raw_string_ostream headerStream(header);
  llvm::support::endian::Writer headerWriter(headerStream, llvm::endianness::little);
  headerStream << magic;
  headerWriter.write(formatVersion);
  headerStream << hash;
  headerWriter.write(offset);
  headerWriter.write(uint64_t(index.size()));
  os.pwrite(header.data(), header.size(), 0);
  os.flush();
  if (os.has_error()) {
    error = os.error().message();
    os.clear_error();
    return emitError(module.getLoc()) << "weights cannot be written to " << path << ": " << error;
  }
  file->keep();

  SmallString<128> noted(path), folder(moduleFolder);
  (void)llvm::sys::fs::make_absolute(noted);
  (void)llvm::sys::fs::make_absolute(folder);
  llvm::sys::path::remove_dots(noted, /*remove_dot_dot=*/true);
  llvm::sys::path::remove_dots(folder, /*remove_dot_dot=*/true);
  bool beside = llvm::sys::path::parent_path(noted) == folder;
  Builder builder(module.getContext());
  StringRef shown = beside ? llvm::sys::path::filename(noted) : StringRef(noted);
  module->setAttr(storeName,
                  builder.getDictionaryAttr(
                      {builder.getNamedAttr("path", builder.getStringAttr(shown)),
                       builder.getNamedAttr("hash", builder.getStringAttr(llvm::toHex(hash, /*LowerCase=*/true)))}));
  return success();
}

namespace {
/// Reads numbers and strings off the front of bytes; once they do not suffice, everything is zero and `ok` false.
struct Reader {
  StringRef bytes;
  bool ok = true;

  StringRef take(uint64_t size) {
    if (size > bytes.size()) {
      ok = false;
      return {};
    }
    StringRef taken = bytes.take_front(size);
    bytes = bytes.drop_front(size);
    return taken;
  }
  uint64_t number() {
    StringRef taken = take(8);
    return ok ? llvm::support::endian::read64le(taken.data()) : 0;
  }
};
} // namespace

LogicalResult loadWeights(ModuleOp module, StringRef moduleFolder) {
  Attribute noted = module->getAttr(storeName);
  if (!noted)
    return success();
  auto dict = dyn_cast<DictionaryAttr>(noted);
  auto pathAttr = dict ? dict.getAs<StringAttr>("path") : StringAttr();
  auto hashAttr = dict ? dict.getAs<StringAttr>("hash") : StringAttr();
  if (!pathAttr || !hashAttr)
    return emitError(module.getLoc()) << "expected '" << storeName << "' to be {hash, path}, found " << noted;
  SmallString<128> path(pathAttr.getValue());
  if (llvm::sys::path::is_relative(path) && !moduleFolder.empty()) {
    path = moduleFolder;
    llvm::sys::path::append(path, pathAttr.getValue());
  }
  auto opened = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!opened)
    return emitError(module.getLoc()) << "weights cannot be read from " << path << ": " << opened.getError().message();
  std::shared_ptr<llvm::MemoryBuffer> file = std::move(*opened);
  auto damaged = [&](const Twine &what) -> LogicalResult {
    return emitError(module.getLoc()) << "weights in " << path << " are damaged: " << what;
  };

  StringRef all = file->getBuffer();
  Reader header{all};
  if (header.take(magic.size()) != magic)
    return emitError(module.getLoc()) << "expected a store of weights, found another file: " << path;
  if (uint64_t version = header.number(); version != formatVersion)
    return emitError(module.getLoc()) << "expected a store of weights in version " << formatVersion
                                      << ", found version " << version << ": " << path;
  StringRef hash = header.take(16);
  uint64_t indexOffset = header.number(), indexSize = header.number();
  if (!header.ok || indexOffset > all.size() || indexSize > all.size() - indexOffset)
    return damaged("the file is too short");
  StringRef index = all.substr(indexOffset, indexSize);
  if (hash != hashIndex(index))
    return damaged("the index does not have the hash of the header");
  if (std::string found = llvm::toHex(hash, /*LowerCase=*/true); found != hashAttr.getValue())
    return emitError(module.getLoc()) << "expected the weights with hash " << hashAttr.getValue() << ", found " << found
                                      << " in " << path << "; the store belongs to another module";

  llvm::StringMap<ArrayRef<char>> stored;
  Reader entries{index};
  while (entries.ok && !entries.bytes.empty()) {
    StringRef key = entries.take(entries.number());
    uint64_t offset = entries.number(), size = entries.number(), bytesHash = entries.number();
    if (!entries.ok || offset > all.size() || size > all.size() - offset)
      return damaged("weight '" + key + "' is out of the file");
    ArrayRef<char> bytes(all.data() + offset, size);
    if (hashBytes(bytes) != bytesHash)
      return damaged("the bytes of weight '" + key + "' do not have its hash");
    stored[key] = bytes;
  }

  auto &manager = DenseResourceElementsHandle::getManagerInterface(module.getContext()).getBlobManager();
  for (auto [key, weight] : weightsOf(module)) {
    auto known = stored.find(key);
    if (known == stored.end())
      return emitError(module.getLoc()) << "weight \"" << key << "\" is not in " << path;
    ArrayRef<char> bytes = known->second;
    if (bytes.size() != byteSize(weight))
      return emitError(module.getLoc()) << "expected " << byteSize(weight) << " bytes for weight \"" << key << "\" of "
                                        << weight.getType() << ", found " << bytes.size() << " in " << path;
    uint64_t address = reinterpret_cast<uintptr_t>(bytes.data());
    manager.update(
        key, UnmanagedAsmResourceBlob::allocateWithAlign(bytes, std::min<uint64_t>(alignment, address & -address),
                                                         [file](void *, size_t, size_t) mutable { file.reset(); }));
  }
  return success();
}

} // namespace fourmix
