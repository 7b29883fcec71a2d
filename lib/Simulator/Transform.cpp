// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Transform.h"
#include "lib/Kernels/Evaluate.h"
#include <cstring>

using namespace fourmix;
using namespace fourmix::simulator;

namespace {
/// Four neighbouring columns: the numbers that lib/Kernels computes with.
struct Pack {
  using Vector __attribute__((vector_size(32))) = double;
  Vector v;

  Pack() = default;
  explicit Pack(double x) : v(Vector{x, x, x, x}) {}
  Pack(Vector v) : v(v) {}
  friend Pack operator+(const Pack &a, const Pack &b) { return a.v + b.v; }
  friend Pack operator-(const Pack &a, const Pack &b) { return a.v - b.v; }
  friend Pack operator*(const Pack &a, const Pack &b) { return a.v * b.v; }
};
} // namespace

struct ColumnTransform::Buffers {
  Buffers(const kernels::DftPlan &plan, int64_t packs)
      : work(plan), inRe(plan.length * packs, Pack(0)), inIm(inRe), outRe(inRe), outIm(inRe) {}
  kernels::EvaluatorWork<Pack> work;
  std::vector<Pack> inRe, inIm, outRe, outIm;
};

ColumnTransform::ColumnTransform(int64_t length, int64_t columns)
    : plan(kernels::planDft(length)), packs((columns + width - 1) / width),
      buffers(std::make_unique<Buffers>(plan, packs)) {}
ColumnTransform::~ColumnTransform() = default;
ColumnTransform::ColumnTransform(ColumnTransform &&) = default;

double *ColumnTransform::inputRe() { return reinterpret_cast<double *>(buffers->inRe.data()); }
double *ColumnTransform::inputIm() { return reinterpret_cast<double *>(buffers->inIm.data()); }
const double *ColumnTransform::outputRe() const { return reinterpret_cast<const double *>(buffers->outRe.data()); }
const double *ColumnTransform::outputIm() const { return reinterpret_cast<const double *>(buffers->outIm.data()); }

void ColumnTransform::run() {
  using Evaluator = kernels::Evaluator<Pack>;
  Evaluator evaluator(plan.table);
  kernels::Work<Evaluator> work = buffers->work.get();
  for (int64_t i = 0; i < packs; ++i) {
    kernels::ComplexPlane<Evaluator> in{{buffers->inRe.data() + i, packs}, {buffers->inIm.data() + i, packs}};
    kernels::ComplexPlane<Evaluator> out{{buffers->outRe.data() + i, packs}, {buffers->outIm.data() + i, packs}};
    kernels::emitDft(evaluator, plan, in, out, work);
  }
}

/// to[c, r] = from[r, c], in blocks that stay in the cache.
static void transpose(const double *from, int64_t fromStride, int64_t rows, int64_t cols, double *to,
                      int64_t toStride) {
  constexpr int64_t block = 16;
  for (int64_t r0 = 0; r0 < rows; r0 += block)
    for (int64_t c0 = 0; c0 < cols; c0 += block)
      for (int64_t c = c0; c < std::min(c0 + block, cols); ++c)
        for (int64_t r = r0; r < std::min(r0 + block, rows); ++r)
          to[c * toStride + r] = from[r * fromStride + c];
}

FrameTransform::FrameTransform(int64_t rows, int64_t cols)
    : rows(rows), cols(cols), alongRows(rows, cols), alongCols(cols, rows) {}

void FrameTransform::run(const double *re, const double *im, double *outRe, double *outIm) {
  int64_t stride = alongRows.stride(), transposed = alongCols.stride();
  double *toRe = alongRows.inputRe(), *toIm = alongRows.inputIm();
  for (int64_t r = 0; r < rows; ++r) {
    std::memcpy(toRe + r * stride, re + r * cols, cols * sizeof(double));
    std::memcpy(toIm + r * stride, im + r * cols, cols * sizeof(double));
  }
  alongRows.run();
  transpose(alongRows.outputRe(), stride, rows, cols, alongCols.inputRe(), transposed);
  transpose(alongRows.outputIm(), stride, rows, cols, alongCols.inputIm(), transposed);
  alongCols.run();
  transpose(alongCols.outputRe(), transposed, cols, rows, outRe, cols);
  transpose(alongCols.outputIm(), transposed, cols, rows, outIm, cols);
}
