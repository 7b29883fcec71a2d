// Iterations side by side compute what they compute one after the other, to the bit.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Programs.h"
#include "fourmix/Target/CommandStreamIO.h"

using namespace fourmix;
using namespace fourmix::simulator;
using namespace fourmix::simulator::test;

namespace {

/// A nest of three loops of tiles that lie in memory in any way: dense, upright, from behind, wrapped, cut.
class Draw {
public:
  explicit Draw(unsigned seed) : random(seed) {}

  int64_t below(int64_t n) { return static_cast<int64_t>(random() % n); }

  Program program() {
    Program program;
    trips = {1 + below(3), 1 + below(12), 1 + below(9)};
    bool isOptic = below(2);
    int64_t rows = isOptic ? side : 1 + below(16), cols = isOptic ? side : 1 + below(16);
    int64_t tiles = trips[0] * trips[1] * trips[2], slots = below(2) ? 1 + below(12) : 0;
    int in = program.tensor(inputs), filters = program.tensor(12 * side * side);
    int out = program.tensor(tiles * rows * cols, true);
    int64_t size = rows * cols;
    focs::Access from = source(in, rows, cols),
                 to = matrix(out, rows, cols, linear(0, {trips[1] * trips[2] * size, trips[2] * size, size}));
    if (below(2)) { // upright
      to.row.pitch = 1;
      to.col.pitch = rows;
    }
    if (below(3) == 0) { // from behind
      to.row.start.base = rows - 1;
      to.row.step = -1;
    }
    if (isOptic && slots)
      program.add(focs::Loop{uint32_t(slots)})
          .add(
              focs::LoadFilter{slot(0, static_cast<int>(slots)), matrix(filters, side, side, linear(0, {side * side}))})
          .add(focs::EndLoop());
    for (int64_t trip : trips)
      program.add(focs::Loop{uint32_t(trip)});
    if (isOptic) {
      focs::Fire fire;
      if (slots)
        fire.mode = below(2) ? focs::FireMode::MFT : focs::FireMode::Correlate4F;
      fire.filter = slot(0, static_cast<int>(std::max<int64_t>(slots, 1)));
      focs::LoadField load;
      load.from = from;
      load.removeMean = !slots;
      focs::ReadBack read;
      read.addMean = !slots;
      read.reversedRows = below(2), read.reversedCols = below(2);
      program.add(load).add(fire).add(read);
    } else {
      program.add(focs::LoadAccumulator{{}, from});
      if (rows == 4 || rows == 12)
        program.add(focs::ElectronicDft{{}, focs::TileAxis::Row, uint32_t(rows), below(2) != 0});
      if (cols == 5 || cols == 14 || cols == 16)
        program.add(focs::ElectronicDft{{}, focs::TileAxis::Col, uint32_t(cols), below(2) != 0});
    }
    program.add(focs::Store{{}, to}).add(focs::EndLoop()).add(focs::EndLoop()).add(focs::EndLoop());
    return program;
  }

  static constexpr int64_t inputs = 6000, side = 16;

private:
  focs::Access source(int in, int64_t rows, int64_t cols) {
    focs::Access access = matrix(in, rows, cols);
    bool isUpright = below(2);
    access.row.limit = 1 + below(60), access.col.limit = 1 + below(60);
    access.row.pitch = isUpright ? 1 : access.col.limit, access.col.pitch = isUpright ? access.row.limit : 1;
    for (focs::AxisAccess *axis : {&access.row, &access.col}) {
      axis->wrap = below(2);
      axis->step = below(2) ? 1 : below(25) - 12;
      axis->start.base = below(30) - (axis->wrap ? 15 : 5);
      for (int loop = 0; loop < 3; ++loop)
        axis->start.step[loop] = below(2) ? 0 : below(9) - 4;
    }
    for (int loop = 0; loop < 3; ++loop)
      access.re->offset.step[loop] = access.im->offset.step[loop] = below(3) ? 0 : below(30);
    return access;
  }
  std::mt19937 random;
  std::array<int64_t, 3> trips{};
};

} // namespace

TEST(Lanes, AsOneAfterTheOther) {
  Numbers x = randomNumbers(Draw::inputs, 1), filters = randomNumbers(12 * Draw::side * Draw::side, 2);
  size_t independent = 0;
  for (unsigned seed = 0; seed < 400; ++seed) {
    Program program = Draw(seed).program();
    std::vector<Numbers> found;
    std::vector<Usage> usage;
    for (bool sideBySide : {true, false}) {
      SimulatorOptions options;
      options.sideBySide = sideBySide;
      Runner runner(program, builtin("ideal"), options);
      ASSERT_TRUE(runner.device) << "seed " << seed;
      found.push_back(runner({x, filters})[0]);
      ASSERT_EQ(runner.message, "") << "seed " << seed;
      usage.push_back(runner.usage);
      const focs::CommandStream &stream = runner.device->stream();
      for (const focs::LoopNest &nest : independentNests(stream, stream.programs[0], builtin("ideal")))
        independent += nest.levels == 3;
    }
    EXPECT_EQ(found[0], found[1]) << "seed " << seed;
    EXPECT_EQ(usage[0], usage[1]) << "seed " << seed;
  }
  EXPECT_GT(independent, 300u) << "nests of 800 runs of which all loops are executed so";
}

// A tile is stored, and its mirror image around both axes: of every six columns the second and third, and the last
// two. Rows wrap, which they need for row 0 alone.
TEST(Lanes, MirroredTilesAreApart) {
  const int64_t rows = 8, cols = 66;
  for (int64_t mirrored : {cols - 1, cols - 4}) { // the second one meets the columns of others
    Program program;
    int in = program.tensor(rows * cols), out = program.tensor(rows * cols, true);
    focs::Access from = matrix(in, 2, 11), to = matrix(out, rows / 2, cols / 6), mirror = to;
    from.row.start = linear(0, {1}), from.row.limit = rows, from.row.count = 4, from.row.step = 2,
    from.row.pitch = cols;
    from.col.start = linear(1, {0, 1}), from.col.limit = cols, from.col.step = 6;
    to = from;
    to.re = mirror.re, to.im = mirror.im;
    mirror = to;
    mirror.row.start = linear(rows, {-1}), mirror.row.step = -2, mirror.row.wrap = true;
    mirror.col.start = linear(mirrored, {0, -1}), mirror.col.step = -6;
    program.add(focs::Loop{2}).add(focs::Loop{2}).add(focs::LoadAccumulator{{}, from}).add(focs::Store{{}, to});
    program.add(focs::Store{{}, mirror}).add(focs::EndLoop()).add(focs::EndLoop());
    focs::CommandStream stream;
    device::Profile profile = builtin("ideal");
    stream.profile = profile.text;
    stream.programs = {finish(program.program)};
    EXPECT_EQ(independentNests(stream, stream.programs[0], profile).size(), mirrored == cols - 1 ? 1u : 0u);
  }
}
