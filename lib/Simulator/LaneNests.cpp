// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Lanes.h"
#include "LoopNests.h"
#include <algorithm>
#include <numeric>

using namespace llvm;
using namespace fourmix;
using namespace fourmix::simulator;

/// Tiles larger than this gain nothing: four of them leave the cache.
static constexpr int64_t mostElements = 4096;

/// How many filters the iterations of a nest take in turn.
static constexpr uint64_t mostFilters = 4096;

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
    return *op == plain && op->detect != focs::Detect::Intensity;
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

void Lanes::add(const focs::LoopNest &all, const device::Profile &profile) {
  bool hasMeans = false, hasOthers = false; // means of plain transforms alone
  Nest nest{code.slice(all.body, all.size)};
  for (const focs::Instruction &instruction : nest.body) {
    if (!isKnown(instruction, profile))
      return;
    if (const auto *fire = std::get_if<focs::Fire>(&instruction.body)) {
      hasOthers |= fire->mode != focs::FireMode::FT || fire->detect != focs::Detect::IQ;
      if (fire->mode != focs::FireMode::FT)
        nest.period = std::lcm(nest.period, std::max<uint64_t>(1, fire->filter.rotate));
    }
    if (const auto *load = std::get_if<focs::LoadField>(&instruction.body)) {
      hasMeans |= load->removeMean;
      nest.largest = std::max(nest.largest, rows * cols);
    }
    if (const auto *load = std::get_if<focs::LoadAccumulator>(&instruction.body))
      nest.largest = std::max(nest.largest, int64_t(load->from.row.count) * load->from.col.count);
  }
  if ((hasMeans && hasOthers) || nest.period > mostFilters)
    return;
  uint64_t iterations = 1, instructions = 0;
  for (size_t level = 0; level < all.levels; ++level) {
    nest.trips.push_back(std::get<focs::Loop>(code[all.loop + level].body).trip);
    iterations *= nest.trips.back();
    instructions += 2 * iterations;
  }
  if (iterations == 1)
    return;
  SmallVector<focs::Slot> read; // captures, from here on
  nest.isLast.resize(all.size);
  for (size_t i = all.size; i-- > 0;)
    if (const auto *op = std::get_if<focs::ReadBack>(&nest.body[i].body)) {
      nest.isLast[i] = !is_contained(read, op->capture);
      read.push_back(op->capture);
    }
  nest.instructions = instructions + iterations * all.size;
  nests.try_emplace(all.loop, std::move(nest));
}

Lanes::Lanes(const focs::CommandStream &stream, const focs::Program &program, const device::Profile &profile)
    : code(program.main), rows(profile.rows), cols(profile.cols) {
  if (profile.pixels() > mostElements)
    return;
  if (containedNests(code).empty())
    return;
  for (const focs::LoopNest &nest : focs::independentNests(stream, program, profile))
    add(nest, profile);
}
