// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Lanes.h"
#include "Vectors.h"
#include <algorithm>
#include <complex>

using namespace llvm;
using namespace fourmix;
using namespace fourmix::simulator;

//===- Blocks of iterations -----------------------------------------------===//

namespace {
/// Goes through the iterations of a nest with a fixed step; the innermost loop is the last.
class Walker {
public:
  Walker(ArrayRef<int64_t> trips, int64_t first, int64_t step)
      : trips(trips), at(digitsOf(first)), step(digitsOf(step)) {}

  int64_t operator[](size_t level) const { return at[level]; }
  void advance() {
    int64_t carry = 0;
    for (size_t level = trips.size(); level-- > 0;) {
      at[level] += step[level] + carry;
      carry = at[level] >= trips[level];
      at[level] -= carry ? trips[level] : 0;
    }
  }

private:
  SmallVector<int64_t> digitsOf(int64_t number) const {
    SmallVector<int64_t> digits(trips.size());
    for (size_t level = trips.size(); level-- > 0; number /= trips[level])
      digits[level] = number % trips[level];
    return digits;
  }
  ArrayRef<int64_t> trips;
  SmallVector<int64_t> at, step;
};
} // namespace

Error Lanes::execute(size_t loop, const Position &position, const Sources &sources) {
  const Nest &nest = nests.at(loop);
  block.outer = position;
  block.first = position.depth - 1;
  for (size_t level = 1; level < nest.trips.size(); ++level)
    block.outer.iteration[block.outer.depth++] = 0;
  block.iterations.resize(nest.trips.size());
  uint64_t start = position.number, total = nest.trips.front();
  for (int64_t trip : drop_begin(nest.trips))
    start *= trip, total *= trip;
  // A block has a filter in common where there are enough iterations with the same one.
  period = total / nest.period >= uint64_t(Pack::width) ? nest.period : 1;
  int64_t mostPacks = std::clamp<int64_t>(128 / nest.largest, 1, LaneBlock::mostPacks);
  for (uint64_t phase = 0; phase < period; ++phase) {
    Walker walker(nest.trips, phase, period);
    for (uint64_t next = phase; next < total;) {
      number = start + next;
      int64_t left = (total - next + period - 1) / period;
      block.packs = std::min(mostPacks, (left + Pack::width - 1) / Pack::width);
      for (int64_t lane = 0; lane < block.lanes(); ++lane) {
        for (size_t level = 0; level < nest.trips.size(); ++level)
          block.iterations[level][lane] = walker[level];
        if (lane + 1 < left)
          walker.advance();
      }
      last = number + (std::min(left, block.lanes()) - 1) * period;
      next += block.lanes() * period;
      if (Error error = execute(nest, sources))
        return error;
    }
  }
  return Error::success();
}

Error Lanes::execute(const Nest &nest, const Sources &sources) {
  for (auto [instruction, last] : zip_equal(nest.body, nest.isLast)) {
    isLast = last;
    if (Error error = std::visit([&](const auto &body) { return (*this)(body, sources); }, instruction.body))
      return error;
  }
  return Error::success();
}

//===- Tiles in memory ----------------------------------------------------===//

static Error tooLarge(const char *what, int64_t rows, int64_t cols, const focs::Access &access) {
  return createStringError("expected at most " + Twine(what) + " of " + Twine(rows) + " x " + Twine(cols) +
                           " elements, found " + Twine(access.row.count) + " x " + Twine(access.col.count));
}

Error Lanes::operator()(const focs::LoadField &op, const Sources &sources) {
  if (op.from.row.count > rows || op.from.col.count > cols)
    return tooLarge("the aperture", rows, cols, op.from);
  LaneTile &field = tile(fields, op.field);
  field.resize(rows, cols, block.packs);
  if (op.from.row.count < rows || op.from.col.count < cols) {
    std::fill(field.re.begin(), field.re.end(), Pack(0));
    std::fill(field.im.begin(), field.im.end(), Pack(0));
  }
  if (Error error = memory.read(op.from, block, sources.regions, field))
    return error;
  std::fill(field.meanRe.begin(), field.meanRe.end(), Pack(0));
  std::fill(field.meanIm.begin(), field.meanIm.end(), Pack(0));
  if (!op.removeMean)
    return Error::success();
  vectorised([&] {
    double pixels = static_cast<double>(rows * cols);
    for (int64_t pack = 0; pack < block.packs; ++pack) {
      Pack *re = field.re.data() + pack * field.size(), *im = field.im.data() + pack * field.size();
      Pack sumRe(0), sumIm(0);
      for (int64_t r = 0; r < rows; ++r)
        for (int64_t c = 0, i = r * field.stride(); c < cols; ++c, ++i)
          sumRe = sumRe + re[i], sumIm = sumIm + im[i];
      sumRe.v /= pixels, sumIm.v /= pixels;
      for (int64_t i = 0; i < field.size(); ++i)
        re[i] = re[i] - sumRe, im[i] = im[i] - sumIm;
      field.meanRe[pack] = sumRe, field.meanIm[pack] = sumIm;
    }
  });
  return Error::success();
}

Error Lanes::operator()(const focs::LoadAccumulator &op, const Sources &sources) {
  LaneTile &accumulator = tile(accumulators, op.accumulator);
  accumulator.resize(op.from.row.count, op.from.col.count, block.packs);
  return memory.read(op.from, block, sources.regions, accumulator);
}

Error Lanes::operator()(const focs::Store &op, const Sources &sources) {
  const LaneTile &accumulator = tile(accumulators, op.accumulator);
  if (op.to.row.count > accumulator.rows || op.to.col.count > accumulator.cols)
    return tooLarge("the accumulator", accumulator.rows, accumulator.cols, op.to);
  return memory.write(op.to, block, sources.regions, accumulator);
}

//===- Light --------------------------------------------------------------===//

const kernels::DftPlan &Lanes::planOf(int64_t length) {
  auto known = plans.find(length);
  if (known == plans.end()) {
    known = plans.emplace(length, kernels::planDft(length)).first;
    size_t needed = 4 * known->second.workRows() + 2 * known->second.foldRows() + 2 * length;
    work.resize(std::max(work.size(), needed), Pack(0));
  }
  return known->second;
}

void Lanes::transformLines(const Pack *re, const Pack *im, Pack *toRe, Pack *toIm, const LaneTile &shape,
                           bool ofColumns) {
  using Evaluator = PackEvaluator<Pack, true>;
  using Complexes = kernels::ComplexPlane<Evaluator>;
  int64_t length = ofColumns ? shape.rows : shape.cols, lines = ofColumns ? shape.cols : shape.rows;
  int64_t along = ofColumns ? shape.stride() : 1, across = ofColumns ? 1 : shape.stride();
  const kernels::DftPlan &plan = planOf(length);
  Evaluator evaluator(plan.table.data());
  auto buffer = [&, at = work.data()](int64_t size) mutable {
    Complexes planes{{at, 1}, {at + size, 1}};
    at += 2 * size;
    return planes;
  };
  kernels::Work<Evaluator> buffers{buffer(plan.workRows()), buffer(plan.workRows()), buffer(plan.foldRows())};
  Complexes copy = buffer(length);
  vectorised([&] {
    for (int64_t pack = 0; pack < block.packs; ++pack)
      for (int64_t line = 0; line < lines; ++line) {
        int64_t offset = pack * shape.size() + line * across;
        Complexes in{{const_cast<Pack *>(re) + offset, along}, {const_cast<Pack *>(im) + offset, along}};
        Complexes out{{toRe + offset, along}, {toIm + offset, along}};
        if (re == toRe) {
          for (int64_t i = 0; i < length; ++i)
            copy.re[i] = in.re[i], copy.im[i] = in.im[i];
          in = copy;
        }
        kernels::emitDft(evaluator, plan, in, out, buffers);
      }
  });
}

/// The frames of fields.
void Lanes::transform(const LaneTile &from, LaneTile &to) {
  to.resize(rows, cols, block.packs);
  transformLines(from.re.data(), from.im.data(), to.re.data(), to.im.data(), to, true);
  transformLines(to.re.data(), to.im.data(), to.re.data(), to.im.data(), to, false);
}

/// The filters of the lanes of a pack; false where one is none.
bool Lanes::filtersOf(const focs::Fire &op, const Sources &sources, int64_t pack, FilterPack &filters) const {
  for (int64_t lane = 0; lane < Pack::width; ++lane) {
    uint64_t iteration = std::min(number + (pack * Pack::width + lane) * period, last);
    size_t slot = op.filter.first + (op.filter.rotate > 1 ? iteration % op.filter.rotate : 0);
    if (slot >= sources.filters.size() || int64_t(sources.filters[slot].re.size()) != rows * cols)
      return false;
    filters[lane] = &sources.filters[slot];
  }
  return true;
}

bool Lanes::multiply(const focs::Fire &op, const LaneTile &from, const Sources &sources, LaneTile &to) const {
  to.resize(from.rows, from.cols, from.packs);
  for (int64_t pack = 0; pack < from.packs; ++pack) {
    FilterPack filters;
    if (!filtersOf(op, sources, pack, filters))
      return false;
    bool isCommon = all_equal(filters);
    vectorised([&] {
      for (int64_t r = 0, i = 0; r < rows; ++r)
        for (int64_t c = 0, at = pack * from.size() + r * from.stride(); c < cols; ++c, ++i, ++at) {
          Pack x = from.re[at], y = from.im[at], re, im;
          if (isCommon)
            re = Pack(filters[0]->re[i]), im = Pack(filters[0]->im[i]);
          else
            for (int64_t lane = 0; lane < Pack::width; ++lane)
              re.v[lane] = filters[lane]->re[i], im.v[lane] = filters[lane]->im[i];
          to.re[at] = x * re - y * im;
          to.im[at] = x * im + y * re;
        }
    });
  }
  return true;
}

Error Lanes::operator()(const focs::Fire &op, const Sources &sources) {
  const LaneTile &field = tile(fields, op.field);
  LaneTile &capture = tile(captures, op.capture);
  if (op.mode == focs::FireMode::FT) {
    transform(field, capture);
  } else {
    bool isProduct = op.mode == focs::FireMode::MFT;
    if (!isProduct)
      transform(field, capture);
    if (!multiply(op, isProduct ? field : capture, sources, product))
      return createStringError("there is no filter for slot " + Twine(op.filter.first));
    if (isProduct) {
      transform(product, capture);
    } else {
      std::swap(product.re, product.im);
      transform(product, capture);
      std::swap(capture.re, capture.im);
      Pack scale(1.0 / static_cast<double>(rows * cols));
      for (size_t i = 0; i < capture.re.size(); ++i)
        capture.re[i] = capture.re[i] * scale, capture.im[i] = capture.im[i] * scale;
    }
  }
  capture.meanRe = field.meanRe, capture.meanIm = field.meanIm;
  if (op.detect == focs::Detect::I)
    std::fill(capture.im.begin(), capture.im.end(), Pack(0));
  if (op.detect == focs::Detect::Q)
    std::fill(capture.re.begin(), capture.re.end(), Pack(0));
  return Error::success();
}

//===- Electronics --------------------------------------------------------===//

Error Lanes::operator()(const focs::ReadBack &op, const Sources &) {
  LaneTile &from = tile(captures, op.capture), &to = tile(accumulators, op.accumulator);
  if (op.accumulate && (to.rows != rows || to.cols != cols))
    return createStringError("expected an accumulator of the aperture's extents");
  to.resize(rows, cols, block.packs);
  if (isLast && op.re == 1 && op.im == 0 && !op.accumulate && !op.reversedRows && !op.reversedCols) {
    std::swap(from.re, to.re), std::swap(from.im, to.im);
  } else {
    Pack alphaRe(op.re), alphaIm(op.im);
    bool isPlain = op.re == 1 && op.im == 0;
    vectorised([&] {
      for (int64_t pack = 0; pack < block.packs; ++pack)
        for (int64_t r = 0; r < rows; ++r) {
          int64_t line = pack * to.size() + (op.reversedRows && r ? rows - r : r) * to.stride();
          for (int64_t c = 0, i = pack * to.size() + r * to.stride(); c < cols; ++c, ++i) {
            int64_t source = line + (op.reversedCols && c ? cols - c : c);
            Pack x = from.re[source], y = from.im[source];
            Pack re = isPlain ? x : alphaRe * x - alphaIm * y, im = isPlain ? y : alphaRe * y + alphaIm * x;
            to.re[i] = op.accumulate ? to.re[i] + re : re;
            to.im[i] = op.accumulate ? to.im[i] + im : im;
          }
        }
    });
  }
  if (op.addMean)
    for (int64_t lane = 0; lane < block.lanes(); ++lane) {
      int64_t pack = lane / Pack::width, at = lane % Pack::width;
      std::complex<double> mean(from.meanRe[pack].v[at], from.meanIm[pack].v[at]);
      mean *= static_cast<double>(rows * cols);
      mean *= std::complex<double>(op.re, op.im);
      if (mean != 0.0)
        to.re[pack * to.size()].v[at] += mean.real(), to.im[pack * to.size()].v[at] += mean.imag();
    }
  return Error::success();
}

Error Lanes::fetch(const std::optional<focs::Factors> &factors, const Sources &sources, int64_t length, double scale,
                   Factors &to) {
  to.re.assign(length * block.packs, Pack(scale));
  to.im.assign(length * block.packs, Pack(0));
  if (!factors)
    return Error::success();
  auto [low, high] = block.at(factors->offset, entry);
  int64_t step = factors->step, last = (length - 1) * step, entries = sources.tableRe.size();
  if (low + std::min<int64_t>(0, last) < 0 || high + std::max<int64_t>(0, last) >= entries)
    return createStringError("factors beyond a table of " + Twine(entries));
  double sign = factors->conjugate ? -1 : 1;
  for (int64_t pack = 0, i = 0; pack < block.packs; ++pack) {
    const int64_t *at = entry.data() + pack * Pack::width;
    const double *re = sources.tableRe.data(), *im = sources.tableIm.data();
    for (int64_t t = 0; t < length; ++t, ++i, re += step, im += step)
      for (int64_t lane = 0; lane < Pack::width; ++lane) {
        to.re[i].v[lane] = scale * re[at[lane]];
        to.im[i].v[lane] = scale * (sign * im[at[lane]]);
      }
  }
  return Error::success();
}

Error Lanes::operator()(const focs::Twiddle &op, const Sources &sources) {
  LaneTile &accumulator = tile(accumulators, op.accumulator);
  if (Error error = fetch(op.row, sources, accumulator.rows, op.scale, rowFactors))
    return error;
  if (Error error = fetch(op.col, sources, accumulator.cols, 1, colFactors))
    return error;
  vectorised([&] {
    for (int64_t pack = 0; pack < block.packs; ++pack)
      for (int64_t r = 0; r < accumulator.rows; ++r) {
        int64_t i = pack * accumulator.size() + r * accumulator.stride();
        Pack rowRe = rowFactors.re[pack * accumulator.rows + r], rowIm = rowFactors.im[pack * accumulator.rows + r];
        for (int64_t c = 0, f = pack * accumulator.cols; c < accumulator.cols; ++c, ++f, ++i) {
          Pack colRe = colFactors.re[f], colIm = colFactors.im[f];
          Pack wRe = rowRe * colRe - rowIm * colIm, wIm = rowRe * colIm + rowIm * colRe;
          Pack x = accumulator.re[i], y = accumulator.im[i];
          accumulator.re[i] = x * wRe - y * wIm;
          accumulator.im[i] = x * wIm + y * wRe;
        }
      }
  });
  return Error::success();
}

Error Lanes::operator()(const focs::ElectronicDft &op, const Sources &) {
  LaneTile &accumulator = tile(accumulators, op.accumulator);
  bool ofColumns = op.axis == focs::TileAxis::Row;
  if ((ofColumns ? accumulator.rows : accumulator.cols) != op.length)
    return createStringError("expected an accumulator with " + Twine(op.length) + " elements along the axis");
  Pack *re = accumulator.re.data(), *im = accumulator.im.data();
  if (op.inverse)
    std::swap(re, im);
  transformLines(re, im, re, im, accumulator, ofColumns);
  return Error::success();
}

Error Lanes::operator()(const focs::Elementwise &op, const Sources &) {
  const LaneTile &a = tile(accumulators, op.a), &b = tile(accumulators, op.b);
  if (a.rows != b.rows || a.cols != b.cols)
    return createStringError("expected two accumulators of one shape");
  LaneTile &to = tile(accumulators, op.to);
  to.resize(a.rows, a.cols, block.packs);
  bool isProduct = op.op == focs::TileOp::Multiply, hasB = op.betaRe != 0 || op.betaIm != 0;
  Pack signA(op.conjugateA ? -1 : 1), signB(op.conjugateB ? -1 : 1);
  Pack alphaRe(op.alphaRe), alphaIm(op.alphaIm), betaRe(op.betaRe), betaIm(op.betaIm);
  vectorised([&] {
    for (size_t i = 0; i < to.re.size(); ++i) {
      Pack aRe = a.re[i], aIm = signA * a.im[i], bRe = b.re[i], bIm = signB * b.im[i];
      Pack xRe = isProduct ? aRe * bRe - aIm * bIm : aRe, xIm = isProduct ? aRe * bIm + aIm * bRe : aIm;
      Pack re = alphaRe * xRe - alphaIm * xIm, im = alphaRe * xIm + alphaIm * xRe;
      if (!isProduct && hasB) {
        re = re + (betaRe * bRe - betaIm * bIm);
        im = im + (betaRe * bIm + betaIm * bRe);
      }
      to.re[i] = re, to.im[i] = im;
    }
  });
  return Error::success();
}
