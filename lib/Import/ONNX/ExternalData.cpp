// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ExternalData.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/Twine.h"
#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace llvm;

namespace fourmix::importer {

MappedFile::~MappedFile() {
  if (size)
    munmap(const_cast<char *>(data), size);
}

namespace {
/// A file descriptor that closes itself.
struct Descriptor {
  explicit Descriptor(int number) : number(number) {}
  Descriptor(Descriptor &&other) : number(std::exchange(other.number, -1)) {}
  Descriptor &operator=(Descriptor &&other) {
    std::swap(number, other.number);
    return *this;
  }
  ~Descriptor() {
    if (number >= 0)
      close(number);
  }
  int number;
};

Error failure(StringRef location, const Twine &reason) {
  return createStringError(Twine("external data file '") + location + "' " + reason);
}

Error openFailure(StringRef location, int error) {
  if (error == ENOENT)
    return failure(location, "does not exist");
  if (error == ELOOP)
    return failure(location, "is or goes through a symbolic link; expected a plain file in the model's folder");
  return failure(location, Twine("cannot be opened: ") + std::error_code(error, std::generic_category()).message());
}
} // namespace

Expected<std::shared_ptr<MappedFile>> ExternalFolder::map(StringRef location) {
  if (auto known = files.find(location); known != files.end())
    return known->second;
  if (location.empty())
    return createStringError("external data names no file");
  if (location.contains('\0'))
    return createStringError("external data names a file with a zero byte in its name");
  if (location.starts_with("/"))
    return failure(location, "is an absolute path; expected a file in the model's folder");
  SmallVector<StringRef> parts;
  location.split(parts, '/', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  erase_if(parts, [](StringRef part) { return part == "."; });
  if (is_contained(parts, ".."))
    return failure(location, "leaves the model's folder by '..'");
  if (parts.empty())
    return failure(location, "is not a plain file");

  // Part by part from the folder on, so that no symlink is followed at any step.
  Descriptor at(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (at.number < 0)
    return openFailure(location, errno);
  for (StringRef part : ArrayRef(parts).drop_back()) {
    Descriptor next(openat(at.number, part.str().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    // Linux answers ENOTDIR to a symlink where O_DIRECTORY is asked for too.
    struct stat status;
    if (next.number < 0 && errno == ENOTDIR &&
        fstatat(at.number, part.str().c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode))
      return openFailure(location, ELOOP);
    if (next.number < 0)
      return openFailure(location, errno);
    at = std::move(next);
  }
  // O_NONBLOCK: opening a pipe must not wait for a writer.
  Descriptor data(openat(at.number, parts.back().str().c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (data.number < 0)
    return openFailure(location, errno);
  struct stat status;
  if (fstat(data.number, &status) != 0)
    return openFailure(location, errno);
  if (!S_ISREG(status.st_mode))
    return failure(location, "is not a plain file");
  if (status.st_nlink > 1)
    return failure(location, Twine("has ") + Twine(uint64_t(status.st_nlink)) +
                                 " hard links; expected a file that stands in the model's folder only");
  size_t size = status.st_size;
  void *start = nullptr;
  if (size) {
    start = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, data.number, 0);
    if (start == MAP_FAILED)
      return openFailure(location, errno);
  }
  return files[location] = std::make_shared<MappedFile>(static_cast<const char *>(start), size);
}

} // namespace fourmix::importer
