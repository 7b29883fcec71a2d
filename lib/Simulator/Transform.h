// Transforms of tiles in double, by the algorithms of lib/Kernels on several columns at once.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_SIMULATOR_TRANSFORM_H
#define LIB_SIMULATOR_TRANSFORM_H

#include "lib/Kernels/DftPlan.h"
#include <cstdint>
#include <memory>
#include <vector>

namespace fourmix::simulator {

/// The unnormalised forward transform of every column of a matrix. An inverse one is the same with re and im exchanged.
class ColumnTransform {
public:
  ColumnTransform(int64_t length, int64_t columns);
  ~ColumnTransform();
  ColumnTransform(ColumnTransform &&);

  /// Where the matrix is read and written: length rows of stride() numbers.
  double *inputRe(), *inputIm();
  const double *outputRe() const, *outputIm() const;
  int64_t stride() const { return packs * width; }
  void run();

private:
  static constexpr int64_t width = 4;
  struct Buffers;
  kernels::DftPlan plan;
  int64_t packs;
  std::unique_ptr<Buffers> buffers;
};

/// X[k, l] = sum x[n, m] exp(-2 pi i (kn / rows + lm / cols)).
class FrameTransform {
public:
  FrameTransform(int64_t rows, int64_t cols);
  /// The planes have rows x cols numbers; outputs may be inputs.
  void run(const double *re, const double *im, double *outRe, double *outIm);

private:
  int64_t rows, cols;
  ColumnTransform alongRows, alongCols;
};

} // namespace fourmix::simulator

#endif // LIB_SIMULATOR_TRANSFORM_H
