// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CalibrationFile.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cmath>

using namespace llvm;

namespace fourmix::rewrite {

Expected<CalibrationFile> CalibrationFile::read(StringRef path) {
  auto buffer = MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return createStringError("cannot read '" + path + "': " + buffer.getError().message());
  Expected<std::vector<NamedTensor>> arrays = parseNpz((*buffer)->getBuffer());
  if (!arrays)
    return createStringError("'" + path + "': " + toString(arrays.takeError()));
  CalibrationFile file;
  file.path = path.str();
  file.arrays = std::move(*arrays);
  return file;
}

const HostTensor *CalibrationFile::find(StringRef key) const {
  for (const NamedTensor &array : arrays)
    if (array.name == key)
      return &array.tensor;
  return nullptr;
}

Expected<std::vector<double>> CalibrationFile::numbers(StringRef key, int64_t width) const {
  const HostTensor *array = find(key);
  if (!array) {
    std::string names = join(map_range(arrays, [](const NamedTensor &each) { return each.name; }), ", ");
    return createStringError(
        formatv("'{0}': expected an array {1}, but found {2}", path, key, names.empty() ? "none at all" : names));
  }
  if (array->size() != 1 && array->size() != width)
    return createStringError(
        formatv("'{0}': {1}: expected 1 or {2} numbers, but found {3}", path, key, width, array->typeText()));
  std::vector<double> values(array->size());
  for (auto [i, value] : enumerate(values)) {
    value = array->real(i);
    if (!std::isfinite(value))
      return createStringError(formatv("'{0}': {1}: expected finite numbers, but found {2}", path, key, value));
  }
  return values;
}

} // namespace fourmix::rewrite
