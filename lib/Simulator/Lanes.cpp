// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Lanes.h"
#include "Vectors.h"
#include "fourmix/Target/CommandStreamIO.h"
#include "llvm/ADT/DenseSet.h"
#include <algorithm>
#include <complex>

using namespace llvm;
using namespace fourmix;
using namespace fourmix::simulator;

//===- Which loops --------------------------------------------------------===//

namespace {
/// The tiles that an instruction reads and writes, by memory.
struct Use {
  enum Memory { Field, Capture, Accumulator };
  SmallVector<std::pair<Memory, focs::Slot>, 3> reads, writes;

  explicit Use(const focs::Instruction &instruction) { std::visit(*this, instruction.body); }
  void operator()(const focs::LoadField &op) { writes = {{Field, op.field}}; }
  void operator()(const focs::LoadAccumulator &op) { writes = {{Accumulator, op.accumulator}}; }
  void operator()(const focs::Fire &op) { reads = {{Field, op.field}}, writes = {{Capture, op.capture}}; }
  void operator()(const focs::ReadBack &op) {
    reads = {{Capture, op.capture}}, writes = {{Accumulator, op.accumulator}};
    if (op.accumulate)
      reads.push_back(writes.front());
  }
  void operator()(const focs::Twiddle &op) { reads = writes = {{Accumulator, op.accumulator}}; }
  void operator()(const focs::ElectronicDft &op) { reads = writes = {{Accumulator, op.accumulator}}; }
  void operator()(const focs::Elementwise &op) {
    reads = {{Accumulator, op.a}, {Accumulator, op.b}}, writes = {{Accumulator, op.to}};
  }
  void operator()(const focs::Store &op) { reads = {{Accumulator, op.accumulator}}; }
  template <typename Other>
  void operator()(const Other &) {}
};

/// Whether every tile that the body of a loop reads was written before in the same iteration, and slots with different
/// names are different slots.
bool isSelfContained(ArrayRef<focs::Instruction> body) {
  SmallVector<std::pair<Use::Memory, focs::Slot>> written;
  for (const focs::Instruction &instruction : body) {
    Use use(instruction);
    for (const auto &read : use.reads)
      if (!is_contained(written, read))
        return false;
    for (const auto &[memory, slot] : use.writes) {
      for (const auto &[other, known] : written)
        if (memory == other && !(known == slot) && slot.first < known.first + known.rotate &&
            known.first < slot.first + slot.rotate)
          return false;
      written.push_back({memory, slot});
    }
  }
  return true;
}
} // namespace

/// Tiles larger than this gain nothing: four of them leave the cache.
static constexpr int64_t mostElements = 1024;

/// Instructions in the form that is executed here; a field that is none of an operand's has its default.
bool Lanes::isKnown(const focs::Instruction &instruction, const device::Profile &profile) const {
  if (const auto *op = std::get_if<focs::LoadField>(&instruction.body)) {
    focs::LoadField plain;
    plain.field = op->field, plain.from = op->from, plain.removeMean = op->removeMean;
    return *op == plain &&
           (profile.encodeDomain == device::Domain::Complex || profile.encodeDomain == device::Domain::Ideal);
  }
  if (const auto *op = std::get_if<focs::Fire>(&instruction.body)) {
    focs::Fire plain;
    plain.mode = op->mode, plain.field = op->field, plain.filter = op->filter, plain.capture = op->capture;
    plain.detect = op->detect, plain.gain = op->gain, plain.rerun = op->rerun, plain.repeat = op->repeat;
    // A slot that rotates would be another filter in every lane.
    return *op == plain && op->detect != focs::Detect::Intensity &&
           (op->mode == focs::FireMode::FT || op->filter.rotate <= 1);
  }
  if (const auto *op = std::get_if<focs::ReadBack>(&instruction.body)) {
    focs::ReadBack plain;
    plain.capture = op->capture, plain.accumulator = op->accumulator, plain.accumulate = op->accumulate;
    plain.reversedRows = op->reversedRows, plain.reversedCols = op->reversedCols, plain.addMean = op->addMean;
    plain.re = op->re, plain.im = op->im;
    return *op == plain;
  }
  if (const auto *op = std::get_if<focs::LoadAccumulator>(&instruction.body))
    return *op == focs::LoadAccumulator{op->accumulator, op->from} &&
           int64_t(op->from.row.count) * op->from.col.count <= mostElements;
  if (const auto *op = std::get_if<focs::Store>(&instruction.body))
    return *op == focs::Store{op->accumulator, op->to};
  if (const auto *op = std::get_if<focs::Twiddle>(&instruction.body))
    return *op == focs::Twiddle{op->accumulator, op->row, op->col, op->scale};
  if (const auto *op = std::get_if<focs::ElectronicDft>(&instruction.body))
    return *op == focs::ElectronicDft{op->accumulator, op->axis, op->length, op->inverse};
  if (const auto *op = std::get_if<focs::Elementwise>(&instruction.body))
    return *op == focs::Elementwise{op->op,         op->to,      op->a,       op->b,      op->conjugateA,
                                    op->conjugateB, op->alphaRe, op->alphaIm, op->betaRe, op->betaIm};
  return std::holds_alternative<focs::Nop>(instruction.body) || std::holds_alternative<focs::Mark>(instruction.body) ||
         std::holds_alternative<focs::Barrier>(instruction.body);
}

Lanes::Lanes(const focs::CommandStream &stream, const focs::Program &program, const device::Profile &profile)
    : code(program.main), rows(profile.rows), cols(profile.cols) {
  if (profile.pixels() > mostElements)
    return;
  // Tiles may be used in innermost loops alone, each of which writes what it reads.
  DenseSet<size_t> innermost;
  for (size_t i = 0, begin = 0; i < code.size(); ++i) {
    bool isLoop = std::holds_alternative<focs::Loop>(code[i].body);
    bool isEnd = std::holds_alternative<focs::EndLoop>(code[i].body);
    if (!isLoop && !isEnd && i + 1 < code.size())
      continue;
    bool isBody = isEnd && std::holds_alternative<focs::Loop>(code[begin].body);
    ArrayRef<focs::Instruction> part = code.slice(begin, i - begin);
    if (isBody && isSelfContained(part))
      innermost.insert(begin);
    else if (any_of(part, [](const focs::Instruction &instruction) { return !Use(instruction).reads.empty(); }))
      return;
    begin = i;
  }
  for (size_t loop : focs::independentLoops(stream, program, profile))
    if (innermost.contains(loop) && std::get<focs::Loop>(code[loop].body).trip > 1) {
      bool knowsAll = true, hasMeans = false, hasOthers = false; // means of plain transforms alone
      size_t end = loop + 1;
      for (; !std::holds_alternative<focs::EndLoop>(code[end].body); ++end) {
        knowsAll &= isKnown(code[end], profile);
        if (const auto *fire = std::get_if<focs::Fire>(&code[end].body))
          hasOthers |= fire->mode != focs::FireMode::FT || fire->detect != focs::Detect::IQ;
        if (const auto *load = std::get_if<focs::LoadField>(&code[end].body))
          hasMeans |= load->removeMean;
      }
      if (knowsAll && !(hasMeans && hasOthers))
        loops[loop] = end - loop;
    }
}

Error Lanes::execute(size_t loop, Position from, const Sources &sources) {
  position = from;
  auto trip = static_cast<int64_t>(std::get<focs::Loop>(code[loop].body).trip);
  int64_t &iteration = position.iteration[position.depth - 1];
  for (iteration = 0; iteration < trip; iteration += Pack::width) {
    count = std::min(Pack::width, trip - iteration);
    for (size_t i = loop + 1; !std::holds_alternative<focs::EndLoop>(code[i].body); ++i)
      if (Error error = std::visit([&](const auto &body) { return (*this)(body, sources); }, code[i].body))
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
  field.resize(rows, cols);
  if (op.from.row.count < rows || op.from.col.count < cols) {
    std::fill(field.re.begin(), field.re.end(), Pack(0));
    std::fill(field.im.begin(), field.im.end(), Pack(0));
  }
  if (Error error = memory.read(op.from, position, count, sources.regions, field))
    return error;
  field.meanRe = field.meanIm = Pack(0);
  if (op.removeMean)
    for (auto [plane, mean] : {std::pair(&field.re, &field.meanRe), std::pair(&field.im, &field.meanIm)}) {
      for (const Pack &x : *plane)
        *mean = *mean + x;
      mean->v /= static_cast<double>(rows * cols);
      for (Pack &x : *plane)
        x = x - *mean;
    }
  return Error::success();
}

Error Lanes::operator()(const focs::LoadAccumulator &op, const Sources &sources) {
  LaneTile &accumulator = tile(accumulators, op.accumulator);
  accumulator.resize(op.from.row.count, op.from.col.count);
  return memory.read(op.from, position, count, sources.regions, accumulator);
}

Error Lanes::operator()(const focs::Store &op, const Sources &sources) {
  const LaneTile &accumulator = tile(accumulators, op.accumulator);
  if (op.to.row.count > accumulator.rows || op.to.col.count > accumulator.cols)
    return tooLarge("the accumulator", accumulator.rows, accumulator.cols, op.to);
  return memory.write(op.to, position, count, sources.regions, accumulator);
}

//===- Light --------------------------------------------------------------===//

const kernels::DftPlan &Lanes::planOf(int64_t length) {
  auto known = plans.find(length);
  if (known == plans.end()) {
    known = plans.emplace(length, kernels::planDft(length)).first;
    size_t needed = 4 * known->second.workRows() + 2 * known->second.foldRows();
    work.resize(std::max(work.size(), needed), Pack(0));
  }
  return known->second;
}

void Lanes::transformLines(const Pack *re, const Pack *im, Pack *toRe, Pack *toIm, int64_t tileRows, int64_t tileCols,
                           bool ofColumns) {
  using Evaluator = PackEvaluator<true>;
  using Complexes = kernels::ComplexPlane<Evaluator>;
  int64_t length = ofColumns ? tileRows : tileCols, lines = ofColumns ? tileCols : tileRows;
  int64_t along = ofColumns ? tileCols : 1, across = ofColumns ? 1 : tileCols;
  const kernels::DftPlan &plan = planOf(length);
  Evaluator evaluator(plan.table.data());
  auto buffer = [&, at = work.data()](int64_t size) mutable {
    Complexes planes{{at, 1}, {at + size, 1}};
    at += 2 * size;
    return planes;
  };
  kernels::Work<Evaluator> buffers{buffer(plan.workRows()), buffer(plan.workRows()), buffer(plan.foldRows())};
  vectorised([&] {
    for (int64_t line = 0; line < lines; ++line) {
      int64_t offset = line * across;
      Complexes in{{const_cast<Pack *>(re) + offset, along}, {const_cast<Pack *>(im) + offset, along}};
      Complexes out{{toRe + offset, along}, {toIm + offset, along}};
      kernels::emitDft(evaluator, plan, in, out, buffers);
    }
  });
}

/// The frame of a field.
void Lanes::transform(const LaneTile &from, LaneTile &to) {
  scratch.resize(rows, cols);
  to.resize(rows, cols);
  transformLines(from.re.data(), from.im.data(), scratch.re.data(), scratch.im.data(), rows, cols, true);
  transformLines(scratch.re.data(), scratch.im.data(), to.re.data(), to.im.data(), rows, cols, false);
}

static void multiply(const LaneTile &from, const Tile &filter, LaneTile &to) {
  to.resize(from.rows, from.cols);
  for (int64_t i = 0; i < from.size(); ++i) {
    Pack x = from.re[i], y = from.im[i], re(filter.re[i]), im(filter.im[i]);
    to.re[i] = x * re - y * im;
    to.im[i] = x * im + y * re;
  }
}

Error Lanes::operator()(const focs::Fire &op, const Sources &sources) {
  const LaneTile &field = tile(fields, op.field);
  LaneTile &capture = tile(captures, op.capture);
  capture.meanRe = field.meanRe, capture.meanIm = field.meanIm;
  if (op.mode == focs::FireMode::FT) {
    transform(field, capture);
  } else {
    const Tile *filter = op.filter.first < sources.filters.size() ? &sources.filters[op.filter.first] : nullptr;
    if (!filter || int64_t(filter->re.size()) != rows * cols)
      return createStringError("there is no filter " + Twine(op.filter.first));
    if (op.mode == focs::FireMode::MFT) {
      multiply(field, *filter, product);
      transform(product, capture);
    } else {
      transform(field, capture);
      multiply(capture, *filter, product);
      std::swap(product.re, product.im);
      transform(product, capture);
      std::swap(capture.re, capture.im);
      Pack scale(1.0 / static_cast<double>(rows * cols));
      for (int64_t i = 0; i < capture.size(); ++i)
        capture.re[i] = capture.re[i] * scale, capture.im[i] = capture.im[i] * scale;
    }
  }
  if (op.detect == focs::Detect::I)
    std::fill(capture.im.begin(), capture.im.end(), Pack(0));
  if (op.detect == focs::Detect::Q)
    std::fill(capture.re.begin(), capture.re.end(), Pack(0));
  return Error::success();
}

//===- Electronics --------------------------------------------------------===//

Error Lanes::operator()(const focs::ReadBack &op, const Sources &) {
  const LaneTile &from = tile(captures, op.capture);
  LaneTile &to = tile(accumulators, op.accumulator);
  if (op.accumulate && (to.rows != rows || to.cols != cols))
    return createStringError("expected an accumulator of the aperture's extents");
  to.resize(rows, cols);
  Pack alphaRe(op.re), alphaIm(op.im), zero(0);
  vectorised([&] {
    for (int64_t r = 0; r < rows; ++r) {
      int64_t line = (op.reversedRows && r ? rows - r : r) * cols;
      for (int64_t c = 0; c < cols; ++c) {
        int64_t source = line + (op.reversedCols && c ? cols - c : c), i = r * cols + c;
        Pack x = from.re[source], y = from.im[source];
        Pack re = alphaRe * x - alphaIm * y, im = alphaRe * y + alphaIm * x;
        to.re[i] = op.accumulate ? to.re[i] + re : re;
        to.im[i] = op.accumulate ? to.im[i] + im : im;
      }
    }
  });
  if (op.addMean)
    for (int64_t lane = 0; lane < Pack::width; ++lane) {
      std::complex<double> mean(from.meanRe.v[lane], from.meanIm.v[lane]);
      mean *= static_cast<double>(rows * cols);
      mean *= std::complex<double>(op.re, op.im);
      if (mean != 0.0)
        to.re[0].v[lane] += mean.real(), to.im[0].v[lane] += mean.imag();
    }
  return Error::success();
}

Error Lanes::fetch(const std::optional<focs::Factors> &factors, const Sources &sources, int64_t length, double scale,
                   Factors &to) const {
  to.re.assign(length, Pack(scale));
  to.im.assign(length, Pack(0));
  if (!factors)
    return Error::success();
  int64_t perLane = factors->offset.step[position.depth - 1], entries = sources.tableRe.size();
  for (int64_t lane = 0, first = position.at(factors->offset); lane < count; ++lane, first += perLane) {
    int64_t last = first + (length - 1) * factors->step;
    if (std::min(first, last) < 0 || std::max(first, last) >= entries)
      return createStringError("factors " + Twine(first) + " to " + Twine(last) + " of a table of " + Twine(entries));
  }
  int64_t first = position.at(factors->offset);
  for (int64_t t = 0; t < length; ++t)
    for (int64_t lane = 0; lane < count; ++lane) {
      int64_t at = first + lane * perLane + t * factors->step;
      to.re[t].v[lane] = scale * sources.tableRe[at];
      to.im[t].v[lane] = scale * (factors->conjugate ? -sources.tableIm[at] : sources.tableIm[at]);
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
    for (int64_t r = 0; r < accumulator.rows; ++r) {
      Pack rowRe = rowFactors.re[r], rowIm = rowFactors.im[r];
      for (int64_t c = 0, i = r * accumulator.cols; c < accumulator.cols; ++c, ++i) {
        Pack colRe = colFactors.re[c], colIm = colFactors.im[c];
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
  scratch.resize(accumulator.rows, accumulator.cols);
  if (op.inverse)
    transformLines(accumulator.im.data(), accumulator.re.data(), scratch.im.data(), scratch.re.data(), accumulator.rows,
                   accumulator.cols, ofColumns);
  else
    transformLines(accumulator.re.data(), accumulator.im.data(), scratch.re.data(), scratch.im.data(), accumulator.rows,
                   accumulator.cols, ofColumns);
  std::swap(accumulator.re, scratch.re);
  std::swap(accumulator.im, scratch.im);
  return Error::success();
}

Error Lanes::operator()(const focs::Elementwise &op, const Sources &) {
  const LaneTile &a = tile(accumulators, op.a), &b = tile(accumulators, op.b);
  if (a.rows != b.rows || a.cols != b.cols)
    return createStringError("expected two accumulators of one shape");
  LaneTile &to = tile(accumulators, op.to);
  to.resize(a.rows, a.cols);
  bool isProduct = op.op == focs::TileOp::Multiply, hasB = op.betaRe != 0 || op.betaIm != 0;
  Pack signA(op.conjugateA ? -1 : 1), signB(op.conjugateB ? -1 : 1);
  Pack alphaRe(op.alphaRe), alphaIm(op.alphaIm), betaRe(op.betaRe), betaIm(op.betaIm);
  vectorised([&] {
    for (int64_t i = 0; i < to.size(); ++i) {
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
