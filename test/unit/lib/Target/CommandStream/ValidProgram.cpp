// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ValidProgram.h"

namespace fourmix::focs {

device::Profile smallDevice() {
  device::Profile profile;
  profile.name = "small";
  profile.kind = device::Kind::Any;
  profile.rows = profile.cols = 4;
  profile.encodeDomain = profile.filterDomain = device::Domain::Ideal;
  profile.encodeBits = profile.filterBits = profile.detectBits = 0;
  profile.detect = device::DetectMode::Ideal;
  profile.gainSteps = 4;
  profile.filterSlots = 8;
  profile.fieldTiles = 2;
  profile.captureTiles = 3;
  profile.accumulatorTiles = 4;
  profile.accumulatorRows = profile.accumulatorCols = 8;
  profile.tableEntries = 64;
  profile.scratchBytes = 1 << 16;
  profile.radices = {2, 3};
  return profile;
}

/// A tile of 4 x 4 from `base` on, `step` further on in each iteration of loop 0.
static Access tile(uint8_t region, int64_t base, int64_t step, bool isComplex) {
  Access access;
  access.row = {{}, 1, 4, 4, 4, false};
  access.col = {{}, 1, 4, 1, 4, false};
  access.re = Plane{region, {base, {step}}};
  if (isComplex)
    access.im = Plane{region, {base + 16, {step}}};
  return access;
}

CommandStream pipelineStream(uint32_t batches) {
  // Tokens: 0 field loaded, 1 field free, 2 captured, 3 capture free, 4 result there, 5 result free.
  auto bit = [](int token) { return 1u << token; };
  CommandStream stream;
  stream.profile = "name = \"small\"\n";
  stream.constants.resize(4 * (2 * 16 + 2 * 16));
  Program &program = stream.programs.emplace_back();
  program.name = "pipeline";
  program.bindings = {{"x", ElementType::F32, false, {batches, 4, 4}},
                      {"y", ElementType::F32, true, {batches, 2, 4, 4}}};
  program.tokens[1] = program.tokens[3] = program.tokens[5] = 2;
  program.debug = {"layer0/fourier"};
  program.prediction.frames = batches;

  LoadFilter filter{{5, 1}, tile(constantRegion, 0, 0, true)};
  LoadTable table;
  table.count = 16;
  table.re = {constantRegion, {32, {}}};
  table.im = {constantRegion, {48, {}}};
  program.preload = {{0, 0, filter}, {0, 0, table}, {0, 0, End{}}};

  LoadField load{{0, 2}, Component::Complex, false, tile(2, 0, 16, false)};
  Fire fire;
  fire.mode = FireMode::MFT;
  fire.field = {0, 2};
  fire.filter = {5, 1};
  fire.capture = {0, 2};
  ReadBack read;
  read.capture = {0, 2};
  read.accumulator = {0, 2};
  Twiddle twiddle{{0, 2}, Factors{{0, {}}, 4, false}, std::nullopt, 1};
  ElectronicDft dft{{0, 2}, TileAxis::Row, 4, false};
  Store store{{0, 2}, tile(3, 0, 32, true)};
  program.main = {{0, 0, Mark{0}},
                  {0, 0, Loop{batches}},
                  {bit(1), bit(0), load},
                  {bit(0) | bit(3), bit(1) | bit(2), fire},
                  {bit(2) | bit(5), bit(3), read},
                  {0, 0, twiddle},
                  {0, bit(4), dft},
                  {bit(4), bit(5), store},
                  {0, 0, EndLoop{}},
                  {0, 0, End{}}};
  return stream;
}

std::string textOf(const std::vector<Violation> &violations) {
  std::string text;
  for (const Violation &violation : violations)
    text += violation.text() + "\n";
  return text;
}

} // namespace fourmix::focs
