// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Electronics.h"
#include "Vectors.h"
#include "lib/Kernels/Cost.h"
#include <algorithm>
#include <cstring>

using namespace llvm;
using namespace fourmix;
using namespace fourmix::simulator;

Electronics::Electronics(const device::Profile &profile, Mode mode)
    : profile(profile), mode(mode), rounds(!profile.doublePrecision && (mode == Mode::Quant || mode == Mode::Noisy)) {
  if (computes()) {
    tableRe.resize(profile.tableEntries);
    tableIm.resize(profile.tableEntries);
  }
}

void Electronics::round(Tile &tile) const {
  if (!rounds)
    return;
  for (std::vector<double> *plane : {&tile.re, &tile.im})
    for (double &x : *plane)
      x = static_cast<float>(x);
}

namespace {
/// A capture with a coefficient.
struct Lines {
  const double *re, *im;
  double alphaRe, alphaIm;

  /// to[i] = [to[i] +] alpha * this[first + i * step].
  void read(int64_t first, int64_t step, double *toRe, double *toIm, int64_t count, bool accumulates) const {
    const double *x = re + first, *y = im + first;
    if (alphaRe == 1 && alphaIm == 0)
      for (int64_t i = 0; i < count; ++i) {
        toRe[i] = accumulates ? toRe[i] + x[i * step] : x[i * step];
        toIm[i] = accumulates ? toIm[i] + y[i * step] : y[i * step];
      }
    else if (step == 1 && !accumulates)
      for (int64_t i = 0; i < count; ++i) {
        toRe[i] = alphaRe * x[i] - alphaIm * y[i];
        toIm[i] = alphaRe * y[i] + alphaIm * x[i];
      }
    else
      for (int64_t i = 0; i < count; ++i) {
        double u = x[i * step], v = y[i * step];
        toRe[i] = (accumulates ? toRe[i] : 0) + (alphaRe * u - alphaIm * v);
        toIm[i] = (accumulates ? toIm[i] : 0) + (alphaRe * v + alphaIm * u);
      }
  }
};
} // namespace

/// re + i im *= row * (colRe + i colIm), element by element.
static void multiply(double *re, double *im, double rowRe, double rowIm, const double *colRe, const double *colIm,
                     int64_t count) {
  for (int64_t c = 0; c < count; ++c) {
    double wRe = rowRe * colRe[c] - rowIm * colIm[c], wIm = rowRe * colIm[c] + rowIm * colRe[c];
    double x = re[c], y = im[c];
    re[c] = x * wRe - y * wIm;
    im[c] = x * wIm + y * wRe;
  }
}

Expected<uint64_t> Electronics::readBack(const focs::ReadBack &op, const Tile &capture, Tile &to) {
  int64_t rows = capture.rows, cols = capture.cols;
  if (op.accumulate && (to.rows != rows || to.cols != cols))
    return createStringError("expected an accumulator of " + Twine(rows) + " x " + Twine(cols) + " elements, found " +
                             Twine(to.rows) + " x " + Twine(to.cols));
  to.resize(rows, cols, computes());
  uint64_t work = rows * cols;
  if (!computes())
    return work;
  Lines from{capture.re.data(), capture.im.data(), op.re * capture.unit, op.im * capture.unit};
  // Row and column 0 stay where they are, the others turn around.
  vectorised([&] {
    for (int64_t r = 0; r < rows; ++r) {
      int64_t source = (op.reversedRows && r ? rows - r : r) * cols;
      double *re = to.re.data() + r * cols, *im = to.im.data() + r * cols;
      if (op.reversedCols) {
        from.read(source, 0, re, im, 1, op.accumulate);
        from.read(source + cols - 1, -1, re + 1, im + 1, cols - 1, op.accumulate);
      } else if (op.reversedRows) {
        from.read(source, 1, re, im, cols, op.accumulate);
      } else {
        from.read(0, 1, re, im, rows * cols, op.accumulate); // all at once
        break;
      }
    }
  });
  std::complex<double> constant;
  if (op.removeBias)
    constant -= capture.bias;
  if (op.addMean)
    constant += capture.mean;
  constant *= std::complex<double>(op.re, op.im);
  if (constant != 0.0)
    for (int64_t i = 0, count = capture.isEverywhere ? rows * cols : 1; i < count; ++i) {
      to.re[i] += constant.real();
      to.im[i] += constant.imag();
    }
  round(to);
  return work;
}

Error Electronics::fetch(const std::optional<focs::Factors> &factors, const Position &position, int64_t count,
                         double scale, std::vector<double> &re, std::vector<double> &im) const {
  re.assign(count, scale);
  im.assign(count, 0);
  if (!factors)
    return Error::success();
  int64_t first = position.at(factors->offset), last = first + (count - 1) * factors->step;
  if (std::min(first, last) < 0 || std::max(first, last) >= profile.tableEntries)
    return createStringError("factors " + Twine(first) + " to " + Twine(last) + " of a table of " +
                             Twine(profile.tableEntries));
  for (int64_t t = 0; t < count; ++t) {
    int64_t at = first + t * factors->step;
    re[t] = scale * tableRe[at];
    im[t] = scale * (factors->conjugate ? -tableIm[at] : tableIm[at]);
  }
  return Error::success();
}

Expected<uint64_t> Electronics::twiddle(const focs::Twiddle &op, const Position &position, Tile &tile) {
  uint64_t work = static_cast<uint64_t>(tile.size()) * std::max(1, int(op.row.has_value()) + int(op.col.has_value()));
  if (!computes())
    return work;
  if (Error error = fetch(op.row, position, tile.rows, op.scale, rowRe, rowIm))
    return error;
  if (Error error = fetch(op.col, position, tile.cols, 1, colRe, colIm))
    return error;
  vectorised([&] {
    for (int64_t r = 0; r < tile.rows; ++r)
      multiply(tile.re.data() + r * tile.cols, tile.im.data() + r * tile.cols, rowRe[r], rowIm[r], colRe.data(),
               colIm.data(), tile.cols);
  });
  round(tile);
  return work;
}

uint64_t Electronics::transformWork(int64_t length) {
  auto [entry, isNew] = work.try_emplace(length, 0);
  if (isNew)
    entry->second = (kernels::countDft(kernels::planDft(length)).flops() + 7) / 8;
  return entry->second;
}

Expected<uint64_t> Electronics::transform(const focs::ElectronicDft &op, Tile &tile) {
  bool alongRows = op.axis == focs::TileAxis::Row;
  int64_t length = alongRows ? tile.rows : tile.cols, lines = alongRows ? tile.cols : tile.rows;
  if (length != op.length)
    return createStringError("expected an accumulator with " + Twine(op.length) + (alongRows ? " rows" : " columns") +
                             ", found " + Twine(length));
  uint64_t work = transformWork(length) * lines;
  if (!computes() || !tile.size())
    return work;
  auto known = transforms.find({tile.rows, tile.cols, alongRows});
  if (known == transforms.end()) // which plans it
    known =
        transforms.emplace(std::tuple(tile.rows, tile.cols, alongRows), LineTransform(tile.rows, tile.cols, alongRows))
            .first;
  double *re = tile.re.data(), *im = tile.im.data();
  op.inverse ? known->second.run(im, re) : known->second.run(re, im);
  round(tile);
  return work;
}

Expected<uint64_t> Electronics::elementwise(const focs::Elementwise &op, const Tile &a, const Tile &b, Tile &to) {
  if (a.rows != b.rows || a.cols != b.cols)
    return createStringError("expected two accumulators of one shape, found " + Twine(a.rows) + " x " + Twine(a.cols) +
                             " and " + Twine(b.rows) + " x " + Twine(b.cols));
  bool isProduct = op.op == focs::TileOp::Multiply;
  bool isScaled = op.alphaRe != 1 || op.alphaIm != 0, hasB = op.betaRe != 0 || op.betaIm != 0;
  uint64_t work = static_cast<uint64_t>(a.size()) * (1 + (isProduct ? isScaled : hasB));
  to.resize(a.rows, a.cols, computes());
  if (!computes())
    return work;
  double signA = op.conjugateA ? -1 : 1, signB = op.conjugateB ? -1 : 1;
  for (int64_t i = 0; i < to.size(); ++i) {
    double aRe = a.re[i], aIm = signA * a.im[i], bRe = b.re[i], bIm = signB * b.im[i];
    double xRe = isProduct ? aRe * bRe - aIm * bIm : aRe, xIm = isProduct ? aRe * bIm + aIm * bRe : aIm;
    double re = op.alphaRe * xRe - op.alphaIm * xIm, im = op.alphaRe * xIm + op.alphaIm * xRe;
    if (!isProduct && hasB) {
      re += op.betaRe * bRe - op.betaIm * bIm;
      im += op.betaRe * bIm + op.betaIm * bRe;
    }
    to.re[i] = re, to.im[i] = im;
  }
  round(to);
  return work;
}

Error Electronics::loadTable(const focs::LoadTable &op, const Position &position, ArrayRef<Region> regions) {
  if (op.count == 0)
    return Error::success();
  if (uint64_t(op.to) + op.count > uint64_t(profile.tableEntries))
    return createStringError("entries " + Twine(op.to) + " to " + Twine(uint64_t(op.to) + op.count - 1) +
                             " of a table of " + Twine(profile.tableEntries));
  if (!computes())
    return Error::success();
  focs::Access access{op.type, {}, {}, op.re, op.im};
  access.col.limit = access.col.count = op.count;
  access.col.pitch = 1;
  Walk walk(access, position);
  if (Error error = walk.read(regions, tableRe.data() + op.to, tableIm.data() + op.to, op.count))
    return error;
  if (rounds)
    for (std::vector<double> *plane : {&tableRe, &tableIm})
      for (uint32_t i = op.to; i < op.to + op.count; ++i)
        (*plane)[i] = static_cast<float>((*plane)[i]);
  return Error::success();
}

Error Electronics::loadAccumulator(const Walk &walk, ArrayRef<Region> regions, Tile &tile) {
  if (walk.rows() > profile.accumulatorRows || walk.cols() > profile.accumulatorCols)
    return createStringError("expected at most " + Twine(profile.accumulatorRows) + " x " +
                             Twine(profile.accumulatorCols) + " elements, found " + Twine(walk.rows()) + " x " +
                             Twine(walk.cols()));
  tile.resize(walk.rows(), walk.cols(), computes());
  if (!computes())
    return Error::success();
  if (Error error = walk.read(regions, tile.re.data(), tile.im.data(), tile.cols))
    return error;
  round(tile);
  return Error::success();
}
