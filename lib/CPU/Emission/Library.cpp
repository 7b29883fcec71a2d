// Shared libraries: the object, and whichever linker there is.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ModelInterface.h"
#include "fourmix/CPU/Emission.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/Signals.h"

using namespace mlir;
using namespace fourmix;

llvm::Expected<SmallVector<std::string>> fourmix::findLinker(StringRef explicitPath, ArrayRef<StringRef> directories) {
  if (!explicitPath.empty()) {
    if (!llvm::sys::fs::can_execute(explicitPath))
      return llvm::createStringError("linker '" + explicitPath + "' cannot be executed");
    // A driver in lld's place says so by its name alone.
    StringRef name = llvm::sys::path::filename(explicitPath);
    if (name == "lld" || (name.starts_with("lld-") && llvm::isDigit(name.back())))
      return SmallVector<std::string>{explicitPath.str(), "-flavor", "gnu"};
    return SmallVector<std::string>{explicitPath.str()};
  }
  for (StringRef name : {"ld.lld", "ld.lld-22", "lld-22", "lld", "cc", "clang", "clang-22", "gcc"})
    if (llvm::ErrorOr<std::string> found = llvm::sys::findProgramByName(name, directories))
      return findLinker(*found, directories);
  return llvm::createStringError("no linker found (looked for ld.lld, lld, cc, clang and gcc in PATH): install lld, or "
                                 "emit an object instead, which fourmix-run loads without one");
}

static SmallVector<std::string> searchDirectories() {
  SmallVector<std::string> result;
  if (std::optional<std::string> path = llvm::sys::Process::GetEnv("PATH")) {
    SmallVector<StringRef> parts;
    StringRef(*path).split(parts, ':', -1, /*KeepEmpty=*/false);
    for (StringRef part : parts)
      result.push_back(part.str());
  }
  result.push_back(FOURMIX_LLVM_TOOLS_DIR);
  return result;
}

/// True where the object calls functions that libm may have to supply.
static bool needsLibraries(StringRef objectPath) {
  auto file = llvm::object::ObjectFile::createObjectFile(objectPath);
  if (!file) {
    llvm::consumeError(file.takeError());
    return true;
  }
  return llvm::any_of(file->getBinary()->symbols(), [](const llvm::object::SymbolRef &symbol) {
    llvm::Expected<uint32_t> flags = symbol.getFlags();
    if (!flags)
      return llvm::consumeError(flags.takeError()), true;
    llvm::Expected<StringRef> name = symbol.getName();
    if (!name)
      return llvm::consumeError(name.takeError()), true;
    return (*flags & llvm::object::SymbolRef::SF_Undefined) && !name->empty() && *name != "_GLOBAL_OFFSET_TABLE_";
  });
}

/// Runs the linker; its own words are the error.
static llvm::Error runLinker(ArrayRef<std::string> arguments) {
  SmallString<128> messages;
  if (std::error_code error = llvm::sys::fs::createTemporaryFile("fourmix-link", "txt", messages))
    return llvm::createStringError(error, "cannot create a temporary file");
  SmallVector<StringRef> views(arguments.begin(), arguments.end());
  std::optional<StringRef> redirects[] = {StringRef(), messages.str(), messages.str()};
  std::string failure;
  int status = llvm::sys::ExecuteAndWait(views[0], views, std::nullopt, redirects, 0, 0, &failure);
  if (status != 0)
    if (auto buffer = llvm::MemoryBuffer::getFile(messages))
      failure += (*buffer)->getBuffer().trim().str();
  (void)llvm::sys::fs::remove(messages);
  if (status == 0)
    return llvm::Error::success();
  return llvm::createStringError("'" + arguments[0] + "' failed with status " + std::to_string(status) + ": " +
                                 failure);
}

static SmallVector<std::string> linkCommand(SmallVector<std::string> command, StringRef tag, StringRef object,
                                            StringRef library) {
  StringRef program = llvm::sys::path::filename(command.front());
  bool isLinker = program.contains("lld");
  auto pass = [&](const std::string &option) { command.push_back((isLinker ? "" : "-Wl,") + option); };
  command.append({"-shared", "-o", library.str(), object.str()});
  pass("--defsym=" FOURMIX_MODEL_SYMBOL "=fourmix_" + tag.str() + "_model");
  // The bytes must depend on the input alone.
  pass("--build-id=none");
  if (!isLinker) {
    command.push_back("-nostartfiles");
    command.push_back("-lm");
    return command;
  }
  pass("--no-undefined-version");
  if (!needsLibraries(object))
    return command;
  // Without a compiler driver and perhaps without libc's development files: the run-time libraries by their names.
  command.push_back("--as-needed");
  for (StringRef directory : {"/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/lib64", "/usr/lib64", "/lib"})
    for (StringRef name : {"libm.so.6", "libc.so.6"})
      if (SmallString<64> file(directory); llvm::sys::path::append(file, name), llvm::sys::fs::exists(file))
        command.push_back(std::string(file));
  return command;
}

LogicalResult fourmix::emitLibrary(ModuleOp module, const EmitOptions &options, StringRef path) {
  // Looked for first: a model may take a minute to compile.
  SmallVector<std::string> directories = searchDirectories();
  SmallVector<StringRef> views(directories.begin(), directories.end());
  auto linker = findLinker(options.linker, views);
  if (!linker)
    return module.emitError() << llvm::toString(linker.takeError());

  SmallString<128> objectPath;
  if (std::error_code error = llvm::sys::fs::createUniqueFile(path + ".%%%%%%%%.o.tmp", objectPath))
    return module.emitError() << "cannot write '" << path << "': " << error.message();
  llvm::FileRemover removeObject(objectPath);
  llvm::sys::RemoveFileOnSignal(objectPath);
  std::string sidePath = (path + ".weights").str();
  WeightsFile weights;
  if (failed(emitObjectFile(module, options, objectPath, sidePath, weights)))
    return failure();

  auto library = llvm::sys::fs::TempFile::create(
      path + ".%%%%%%%%.tmp", llvm::sys::fs::all_read | llvm::sys::fs::all_exe | llvm::sys::fs::owner_write);
  if (!library)
    return module.emitError() << "cannot write '" << path << "': " << llvm::toString(library.takeError());
  llvm::Error error = runLinker(linkCommand(*linker, modelTag(options.modelName), objectPath, library->TmpName));
  if (!error)
    error = weights.keep(sidePath);
  error = error ? llvm::joinErrors(std::move(error), library->discard()) : library->keep(path);
  if (error)
    return module.emitError() << "cannot make '" << path << "': " << llvm::toString(std::move(error));
  return success();
}
