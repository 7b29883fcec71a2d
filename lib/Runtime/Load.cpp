// Loading: an object through ORC, a library through dlopen. Both end at the descriptor.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Runtime/CompiledModel.h"
#include "llvm/BinaryFormat/Magic.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"
#include <dlfcn.h>

using namespace llvm;
using namespace fourmix;

namespace {
class LinkedModel final : public CompiledModel {
public:
  static Expected<std::unique_ptr<CompiledModel>> create(std::unique_ptr<MemoryBuffer> object, AlignedBytes weights,
                                                         StringRef directory);

private:
  std::unique_ptr<orc::LLJIT> jit;
};

class LibraryModel final : public CompiledModel {
public:
  ~LibraryModel() override {
    if (handle)
      dlclose(handle);
  }
  static Expected<std::unique_ptr<CompiledModel>> create(StringRef path);

private:
  void *handle = nullptr;
};
} // namespace

/// The one symbol fourmix_<tag>_model that the object defines.
static Expected<std::string> findDescriptor(MemoryBufferRef buffer) {
  Expected<std::unique_ptr<object::ObjectFile>> file = object::ObjectFile::createObjectFile(buffer);
  if (!file)
    return file.takeError();
  Triple host(sys::getProcessTriple());
  if ((*file)->getArch() != host.getArch())
    return createStringError("was compiled for " + Triple::getArchTypeName((*file)->getArch()) + ", this process is " +
                             host.getArchName());
  std::string found;
  for (const object::SymbolRef &symbol : (*file)->symbols()) {
    Expected<uint32_t> flags = symbol.getFlags();
    if (!flags)
      return flags.takeError();
    Expected<StringRef> name = symbol.getName();
    if (!name)
      return name.takeError();
    if ((*flags & object::SymbolRef::SF_Undefined) || !(*flags & object::SymbolRef::SF_Global) ||
        !name->starts_with("fourmix_") || !name->ends_with("_model"))
      continue;
    if (!found.empty())
      return createStringError("holds more than one model ('" + found + "' and '" + *name + "')");
    found = name->str();
  }
  if (found.empty())
    return createStringError("is not a compiled model: no symbol 'fourmix_<name>_model'");
  return found;
}

Expected<std::unique_ptr<CompiledModel>> LinkedModel::create(std::unique_ptr<MemoryBuffer> object, AlignedBytes weights,
                                                             StringRef directory) {
  static const bool initialised = !InitializeNativeTarget() && !InitializeNativeTargetAsmPrinter();
  (void)initialised;
  Expected<std::string> symbol = findDescriptor(*object);
  if (!symbol)
    return symbol.takeError();
  // The object has no constructors and no thread-local data: it needs no platform support.
  Expected<std::unique_ptr<orc::LLJIT>> jit = orc::LLJITBuilder().setPlatformSetUp(orc::setUpInactivePlatform).create();
  if (!jit)
    return jit.takeError();
  auto process = orc::DynamicLibrarySearchGenerator::GetForCurrentProcess((*jit)->getDataLayout().getGlobalPrefix());
  if (!process)
    return process.takeError();
  (*jit)->getMainJITDylib().addGenerator(std::move(*process));
  if (Error error = (*jit)->addObjectFile(std::move(object)))
    return error;
  Expected<orc::ExecutorAddr> address = (*jit)->lookup(*symbol);
  if (!address)
    return address.takeError();
  auto model = std::make_unique<LinkedModel>();
  model->jit = std::move(*jit);
  if (Error error = model->adopt(address->toPtr<const fourmix_model *>(), directory, std::move(weights)))
    return error;
  return model;
}

Expected<std::unique_ptr<CompiledModel>> LibraryModel::create(StringRef path) {
  // A name without a slash would be looked for in the system's directories.
  SmallString<128> absolute(path);
  if (std::error_code error = sys::fs::make_absolute(absolute))
    return createStringError(error, error.message());
  auto model = std::make_unique<LibraryModel>();
  model->handle = dlopen(absolute.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!model->handle)
    return createStringError(std::string(dlerror()));
  void *descriptor = dlsym(model->handle, FOURMIX_MODEL_SYMBOL);
  if (!descriptor)
    return createStringError("is not a compiled model: no symbol '" FOURMIX_MODEL_SYMBOL "'");
  if (Error error = model->adopt(static_cast<const fourmix_model *>(descriptor), sys::path::parent_path(absolute), {}))
    return error;
  return model;
}

Expected<std::unique_ptr<CompiledModel>> CompiledModel::loadObject(std::unique_ptr<MemoryBuffer> object,
                                                                   AlignedBytes weights, StringRef directory) {
  return LinkedModel::create(std::move(object), std::move(weights), directory);
}

Expected<std::unique_ptr<CompiledModel>> CompiledModel::load(StringRef path) {
  auto inFile = [&](Error error) { return createStringError("'" + path + "': " + toString(std::move(error))); };
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer =
      MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return inFile(createStringError(buffer.getError(), buffer.getError().message()));
  Expected<std::unique_ptr<CompiledModel>> model(nullptr);
  switch (identify_magic((*buffer)->getBuffer())) {
  case file_magic::elf_relocatable:
    model = LinkedModel::create(std::move(*buffer), {}, sys::path::parent_path(path));
    break;
  case file_magic::elf_shared_object:
    model = LibraryModel::create(path);
    break;
  default:
    return inFile(createStringError("expected a compiled model: an ELF object or shared library"));
  }
  if (!model)
    return inFile(model.takeError());
  return model;
}
