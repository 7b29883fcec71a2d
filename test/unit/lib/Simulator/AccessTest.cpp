// How tiles lie in memory.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Programs.h"

using namespace fourmix;
using namespace fourmix::simulator;
using namespace fourmix::simulator::test;

/// What a tile that is loaded by one access and stored by another leaves in memory.
static Numbers move(const Numbers &x, const focs::Access &from, const focs::Access &to, int64_t outputs) {
  Program program;
  program.tensor(x.size());
  program.tensor(outputs, true);
  program.add(focs::LoadAccumulator{{}, from}).add(focs::Store{{}, to});
  Runner run(program, builtin("ideal"));
  Numbers result = run({x})[0];
  EXPECT_EQ(run.message, "");
  return result;
}

static Numbers range(int64_t count) {
  Numbers x;
  for (int64_t i = 0; i < count; ++i)
    x.emplace_back(i + 1, -i - 1);
  return x;
}

TEST(Access, OutsideIsZeroAndNotWritten) {
  Numbers x = range(12); // 3 x 4
  focs::Access from = matrix(0, 3, 4);
  from.row.start.base = -1, from.row.count = 5;
  from.col.start.base = 2, from.col.count = 4;
  Numbers moved = move(x, from, matrix(1, 5, 4), 20);
  for (int64_t r = 0; r < 5; ++r)
    for (int64_t c = 0; c < 4; ++c) {
      bool inside = r >= 1 && r < 4 && c < 2;
      EXPECT_EQ(moved[r * 4 + c], inside ? x[(r - 1) * 4 + c + 2] : 0.0) << r << " " << c;
    }
  // Stored with a crop: only what is inside of 2 x 3 at (-1, 1).
  focs::Access to = matrix(1, 2, 3);
  to.row.start.base = -1, to.row.count = 3;
  to.col.start.base = 1, to.col.count = 4;
  moved = move(x, matrix(0, 3, 4), to, 6);
  EXPECT_EQ(moved, (Numbers{0, x[4], x[5], 0, x[8], x[9]}));
}

TEST(Access, StepsWrapsAndPlanes) {
  Numbers x = range(12);
  focs::Access from = matrix(0, 1, 12);
  from.col.start.base = 10, from.col.step = -3, from.col.count = 4;
  EXPECT_EQ(move(x, from, matrix(1, 1, 4), 4), (Numbers{x[10], x[7], x[4], x[1]}));
  from.col.wrap = true, from.col.start.base = -1, from.col.step = 5;
  EXPECT_EQ(move(x, from, matrix(1, 1, 4), 4), (Numbers{x[11], x[4], x[9], x[2]}));
  from.col.wrap = false, from.col.step = 1, from.col.start.base = 0;
  from.im.reset();
  Numbers real = move(x, from, matrix(1, 1, 4), 4);
  for (int64_t i = 0; i < 4; ++i)
    EXPECT_EQ(real[i], Complex(x[i].real(), 0));
  focs::Access onlyIm = matrix(1, 1, 4);
  onlyIm.re.reset();
  EXPECT_EQ(move(x, matrix(0, 1, 4), onlyIm, 4)[2], Complex(0, x[2].imag()));
}

// Both axes along one of the memory: 12 points of 3 x 4 as (4 r + 3 c + 1) modulo 12, of which 10 are there.
TEST(Access, JoinedAxes) {
  Numbers x = range(12);
  focs::Access from = matrix(0, 3, 4), to = matrix(1, 3, 4);
  auto join = [](focs::Access &access, int64_t start, int64_t perRow, int64_t perCol, int64_t there) {
    access.joined = access.row.wrap = true;
    access.row.start.base = start, access.row.step = perRow, access.col.step = perCol;
    access.row.limit = 12, access.col.limit = there;
    access.row.pitch = access.col.pitch = 1;
  };
  join(from, 1, 4, 3, 10);
  Numbers moved = move(x, from, to, 12);
  for (int64_t r = 0; r < 3; ++r)
    for (int64_t c = 0; c < 4; ++c) {
      int64_t at = (4 * r + 3 * c + 1) % 12;
      EXPECT_EQ(moved[r * 4 + c], at < 10 ? x[at] : 0.0) << r << " " << c;
    }
  join(to, -3, -4, 9, 10); // the remainders of 12 - k - 3 by 3 and 4
  moved = move(x, matrix(0, 3, 4), to, 10);
  for (int64_t r = 0; r < 3; ++r)
    for (int64_t c = 0; c < 4; ++c)
      if (int64_t at = ((-3 - 4 * r + 9 * c) % 12 + 12) % 12; at < 10)
        EXPECT_EQ(moved[at], x[r * 4 + c]) << r << " " << c;
}

// Offsets and slots follow the loops.
TEST(Access, Loops) {
  const int64_t rows = 3, cols = 5;
  Numbers x = range(rows * cols);
  Program program;
  int in = program.tensor(rows * cols), out = program.tensor(rows * cols, true);
  auto element = [&](int i, std::initializer_list<int64_t> steps) { return matrix(i, 1, 1, linear(0, steps)); };
  // Transposes element by element through three rotating slots.
  program.add(focs::Loop{rows}).add(focs::Loop{cols});
  program.add(focs::LoadAccumulator{slot(2, 3), element(in, {cols, 1})});
  program.add(focs::Store{slot(2, 3), element(out, {1, rows})});
  program.add(focs::EndLoop()).add(focs::EndLoop());
  Runner run(program, builtin("ideal"));
  Numbers transposed = run({x})[0];
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < cols; ++c)
      EXPECT_EQ(transposed[c * rows + r], x[r * cols + c]);
}

// The slot of an iteration is first + I mod rotate, I counting all enclosing loops together.
TEST(Access, SlotsRotateOverAllLoops) {
  Numbers x = range(6);
  Program program;
  int in = program.tensor(6), out = program.tensor(6, true);
  program.add(focs::Loop{2}).add(focs::Loop{3});
  program.add(focs::LoadAccumulator{slot(1, 6), matrix(in, 1, 1, linear(0, {3, 1}))});
  program.add(focs::EndLoop()).add(focs::EndLoop());
  for (int i = 0; i < 6; ++i)
    program.add(focs::Store{slot(1 + i), matrix(out, 1, 1, linear(5 - i, {}))});
  Runner run(program, builtin("ideal"));
  Numbers found = run({x})[0];
  for (int i = 0; i < 6; ++i)
    EXPECT_EQ(found[5 - i], x[i]);
}

TEST(Access, BeyondARegionIsNotValid) {
  Program program;
  int in = program.tensor(4), out = program.tensor(4, true);
  program.add(focs::LoadAccumulator{{}, matrix(in, 1, 4, linear(1, {}))}).add(focs::Store{{}, matrix(out, 1, 4)});
  Runner run(program, builtin("ideal"), {}, /*loads=*/false);
  EXPECT_NE(run.message.find("V304: program 'main', main, instruction 0"), std::string::npos) << run.message;
}
