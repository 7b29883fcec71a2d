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

  /// Where the matrix is read and written: columns in groups of four, and of a group row after row, so that a transform
  /// of four columns is one piece of memory.
  static constexpr int64_t width = 4;
  /// From one group to the next: rows are padded so that tiles of width x width can be moved whole.
  int64_t stride() const { return (plan.length + width - 1) / width * width * width; }
  double *inputRe(), *inputIm();
  const double *outputRe() const, *outputIm() const;
  void run();

private:
  struct Buffers;
  kernels::DftPlan plan;
  int64_t groups;
  std::unique_ptr<Buffers> buffers;
};

/// The transforms of all columns, or of all rows, of rows x cols numbers in place. Inverse ones are the same with re
/// and im exchanged.
class LineTransform {
public:
  LineTransform(int64_t rows, int64_t cols, bool ofColumns);
  void run(double *re, double *im);

private:
  int64_t rows, cols;
  bool ofColumns;
  ColumnTransform lines;
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
