// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Transform.h"
#include "Pack.h"
#include "Vectors.h"
#include <algorithm>
#include <cstring>

using namespace fourmix;
using namespace fourmix::simulator;

namespace {
using Pack = PackOf<ColumnTransform::width>;
using Evaluator = PackEvaluator<Pack, false>;
using Complexes = kernels::ComplexPlane<Evaluator>;
} // namespace

struct ColumnTransform::Buffers {
  Buffers(const kernels::DftPlan &plan, int64_t packs)
      : in(2, std::vector<Pack>(packs, Pack(0))), out(in), work(4, std::vector<Pack>(plan.workRows(), Pack(0))),
        fold(2, std::vector<Pack>(plan.foldRows(), Pack(0))) {}
  static Complexes at(std::vector<std::vector<Pack>> &planes, int64_t first, int64_t offset = 0) {
    return {{planes[first].data() + offset}, {planes[first + 1].data() + offset}};
  }
  std::vector<std::vector<Pack>> in, out, work, fold;
};

ColumnTransform::ColumnTransform(int64_t length, int64_t columns)
    : plan(kernels::planDft(length)), groups((columns + width - 1) / width),
      buffers(std::make_unique<Buffers>(plan, groups * stride() / width)) {}
ColumnTransform::~ColumnTransform() = default;
ColumnTransform::ColumnTransform(ColumnTransform &&) = default;

double *ColumnTransform::inputRe() { return reinterpret_cast<double *>(buffers->in[0].data()); }
double *ColumnTransform::inputIm() { return reinterpret_cast<double *>(buffers->in[1].data()); }
const double *ColumnTransform::outputRe() const { return reinterpret_cast<const double *>(buffers->out[0].data()); }
const double *ColumnTransform::outputIm() const { return reinterpret_cast<const double *>(buffers->out[1].data()); }

void ColumnTransform::run() {
  Evaluator evaluator(plan.table.data());
  Buffers &b = *buffers;
  kernels::Work<Evaluator> work{Buffers::at(b.work, 0), Buffers::at(b.work, 2), Buffers::at(b.fold, 0)};
  vectorised([&] {
    for (int64_t group = 0; group < groups; ++group) {
      int64_t offset = group * stride() / width;
      kernels::emitDft(evaluator, plan, Buffers::at(b.in, 0, offset), Buffers::at(b.out, 0, offset), work);
    }
  });
}

//===- Moving tiles -------------------------------------------------------===//

static void transpose4(const double *from, int64_t fromStride, double *to, int64_t toStride) {
  using V = Pack::Vector;
  V a, b, c, d;
  std::memcpy(&a, from, sizeof(V)), std::memcpy(&b, from + fromStride, sizeof(V));
  std::memcpy(&c, from + 2 * fromStride, sizeof(V)), std::memcpy(&d, from + 3 * fromStride, sizeof(V));
  V ab02 = __builtin_shufflevector(a, b, 0, 4, 2, 6), ab13 = __builtin_shufflevector(a, b, 1, 5, 3, 7);
  V cd02 = __builtin_shufflevector(c, d, 0, 4, 2, 6), cd13 = __builtin_shufflevector(c, d, 1, 5, 3, 7);
  V rows[] = {__builtin_shufflevector(ab02, cd02, 0, 1, 4, 5), __builtin_shufflevector(ab13, cd13, 0, 1, 4, 5),
              __builtin_shufflevector(ab02, cd02, 2, 3, 6, 7), __builtin_shufflevector(ab13, cd13, 2, 3, 6, 7)};
  for (int64_t i = 0; i < 4; ++i)
    std::memcpy(to + i * toStride, &rows[i], sizeof(V));
}

/// Element (r, c) of `from` to (c, r) of `to`, both in groups of columns.
static void transpose(const double *from, int64_t fromStride, double *to, int64_t toStride, int64_t rows,
                      int64_t cols) {
  constexpr int64_t w = ColumnTransform::width;
  for (int64_t c = 0; c < cols; c += w)
    for (int64_t r = 0; r < rows; r += w)
      transpose4(from + c / w * fromStride + r * w, w, to + r / w * toStride + c * w, w);
}

/// Element (c, r) of `from`, in groups of columns, to to[r * cols + c].
static void transposeToRows(const double *from, int64_t stride, double *to, int64_t rows, int64_t cols) {
  constexpr int64_t w = ColumnTransform::width;
  double edge[w * w];
  for (int64_t r = 0; r < rows; r += w)
    for (int64_t c = 0; c < cols; c += w) {
      const double *tile = from + r / w * stride + c * w;
      if (r + w <= rows && c + w <= cols) {
        transpose4(tile, w, to + r * cols + c, cols);
        continue;
      }
      transpose4(tile, w, edge, w);
      for (int64_t i = 0; i < std::min(w, rows - r); ++i)
        for (int64_t j = 0; j < std::min(w, cols - c); ++j)
          to[(r + i) * cols + c + j] = edge[i * w + j];
    }
}

/// from[r * cols + c] to element (r, c) of `to`, in groups of columns.
static void group(const double *from, double *to, int64_t stride, int64_t rows, int64_t cols) {
  constexpr int64_t w = ColumnTransform::width;
  int64_t whole = cols / w * w;
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < whole; c += w)
      std::memcpy(to + c / w * stride + r * w, from + r * cols + c, w * sizeof(double));
    for (int64_t c = whole; c < cols; ++c)
      to[whole / w * stride + r * w + c - whole] = from[r * cols + c];
  }
}

/// The way back.
static void ungroup(const double *from, int64_t stride, double *to, int64_t rows, int64_t cols) {
  constexpr int64_t w = ColumnTransform::width;
  int64_t whole = cols / w * w;
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < whole; c += w)
      std::memcpy(to + r * cols + c, from + c / w * stride + r * w, w * sizeof(double));
    for (int64_t c = whole; c < cols; ++c)
      to[r * cols + c] = from[whole / w * stride + r * w + c - whole];
  }
}

/// from[r * cols + c] to element (c, r) of `to`, in groups of columns.
static void transposeFromRows(const double *from, double *to, int64_t stride, int64_t rows, int64_t cols) {
  constexpr int64_t w = ColumnTransform::width;
  double edge[w * w] = {};
  for (int64_t r = 0; r < rows; r += w)
    for (int64_t c = 0; c < cols; c += w) {
      double *tile = to + r / w * stride + c * w;
      if (r + w <= rows && c + w <= cols) {
        transpose4(from + r * cols + c, cols, tile, w);
        continue;
      }
      for (int64_t i = 0; i < std::min(w, rows - r); ++i)
        for (int64_t j = 0; j < std::min(w, cols - c); ++j)
          edge[i * w + j] = from[(r + i) * cols + c + j];
      transpose4(edge, w, tile, w);
    }
}

LineTransform::LineTransform(int64_t rows, int64_t cols, bool ofColumns)
    : rows(rows), cols(cols), ofColumns(ofColumns), lines(ofColumns ? rows : cols, ofColumns ? cols : rows) {}

void LineTransform::run(double *re, double *im) {
  int64_t stride = lines.stride();
  vectorised([&] {
    for (auto [from, to] : {std::pair(re, lines.inputRe()), std::pair(im, lines.inputIm())})
      ofColumns ? group(from, to, stride, rows, cols) : transposeFromRows(from, to, stride, rows, cols);
  });
  lines.run();
  vectorised([&] {
    for (auto [from, to] : {std::pair(lines.outputRe(), re), std::pair(lines.outputIm(), im)})
      ofColumns ? ungroup(from, stride, to, rows, cols) : transposeToRows(from, stride, to, rows, cols);
  });
}

FrameTransform::FrameTransform(int64_t rows, int64_t cols)
    : rows(rows), cols(cols), alongRows(rows, cols), alongCols(cols, rows) {}

void FrameTransform::run(const double *re, const double *im, double *outRe, double *outIm) {
  int64_t stride = alongRows.stride(), transposed = alongCols.stride();
  vectorised([&] {
    group(re, alongRows.inputRe(), stride, rows, cols);
    group(im, alongRows.inputIm(), stride, rows, cols);
  });
  alongRows.run();
  vectorised([&] {
    transpose(alongRows.outputRe(), stride, alongCols.inputRe(), transposed, rows, cols);
    transpose(alongRows.outputIm(), stride, alongCols.inputIm(), transposed, rows, cols);
  });
  alongCols.run();
  vectorised([&] {
    transposeToRows(alongCols.outputRe(), transposed, outRe, rows, cols);
    transposeToRows(alongCols.outputIm(), transposed, outIm, rows, cols);
  });
}
