// What was measured or fitted on data, as a rewrite reads it: a plain .npz of arrays `layer<N>.<what>`.
//
// lib/Calibration writes such files, and so may anybody else: numpy.savez("fit.npz", **{"layer0.scale": 0.01}).
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_REWRITE_CALIBRATIONFILE_H
#define LIB_REWRITE_CALIBRATIONFILE_H

#include "fourmix/Support/HostTensor.h"

namespace fourmix::rewrite {

class CalibrationFile {
public:
  CalibrationFile() = default;
  /// Arrays that are no file yet; `path` is how errors name them.
  CalibrationFile(std::string path, std::vector<NamedTensor> arrays)
      : path(std::move(path)), arrays(std::move(arrays)) {}
  /// Errors name the file.
  static llvm::Expected<CalibrationFile> read(llvm::StringRef path);

  llvm::StringRef getPath() const { return path; }
  /// The array under `key`, null where there is none.
  const HostTensor *find(llvm::StringRef key) const;

  /// One number or `width` numbers, all finite. An error where the array is of another size, or missing.
  llvm::Expected<std::vector<double>> numbers(llvm::StringRef key, int64_t width) const;

private:
  std::string path;
  std::vector<NamedTensor> arrays;
};

} // namespace fourmix::rewrite

#endif // LIB_REWRITE_CALIBRATIONFILE_H
