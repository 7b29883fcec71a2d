// Loops that are counted at once take exactly what they take step by step.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Programs.h"

using namespace fourmix;
using namespace fourmix::simulator;
using namespace fourmix::simulator::test;

namespace {

/// Nests of loops on tokens, of two kinds in turn: through the optics, and electronic. Tiles are on the host, in the
/// own memory or beyond it; at the edge some of them are cut.
class Draw {
public:
  explicit Draw(unsigned seed)
      : random(seed), splits{1 + below(9), 1 + below(90), 0}, tiles(splits[0] * splits[1]), depth(1 + below(4)) {
    splits[2] = tiles;
  }

  int64_t below(int64_t n) { return static_cast<int64_t>(random() % n); }
  double rate(double least) { return least * (1 + static_cast<double>(below(100000)) / 7919); }

  device::Profile profile() {
    device::Profile profile = builtin("ofe-11");
    profile.engines = 1 + below(5);
    profile.linkIn = rate(1e9), profile.linkOut = rate(1e9), profile.memoryBandwidth = below(3) ? rate(1e9) : 0;
    profile.frameHz = rate(1e7), profile.latencySeconds = static_cast<double>(below(40)) * 1e-9;
    profile.clockHz = rate(1e8), profile.multipliersPerCycle = static_cast<double>(below(4));
    profile.scratchBytes = below(2) ? 4 * tiles * 121 * 8 : 3000 + below(4 * tiles * 121 * 8);
    return profile;
  }

  Program program() {
    Program program;
    for (int token : {0, 2, 4})
      program.program.tokens[token] = static_cast<uint16_t>(depth);
    program.program.debug = {"a", "b"};
    program.program.scratchBytes = 4 * tiles * 121 * 8;
    int in = program.tensor(tiles * 121), out = program.tensor(tiles * 121, true);
    for (int pass = 0; pass < 3; ++pass) {
      program.add(focs::Mark{uint32_t(below(2))});
      add(program, pass == 0 ? matrix(in, 11, 11) : scratch(pass - 1), pass == 2 ? matrix(out, 11, 11) : scratch(pass));
      program.add(focs::Barrier());
    }
    return program;
  }

private:
  focs::Access scratch(int64_t half) {
    focs::Access access = matrix(0, 11, 11, linear(half * 2 * tiles * 121, {}));
    access.re->region = access.im->region = focs::scratchRegion;
    access.im->offset.base += tiles * 121;
    return access;
  }

  void add(Program &program, focs::Access from, focs::Access to) {
    int64_t inner = splits[below(3)], outer = tiles / inner;
    for (focs::Access *access : {&from, &to})
      for (focs::Plane *plane : {&*access->re, &*access->im})
        plane->offset.step = {inner * 121, 121};
    if (below(3) == 0) // cut where the inner loop ends
      from.row.start.step[1] = 1;
    program.add(focs::Loop{uint32_t(outer)}).add(focs::Loop{uint32_t(inner)});
    if (below(2)) {
      focs::LoadField load;
      load.field = slot(0, depth), load.from = from;
      focs::Fire fire;
      fire.field = fire.capture = slot(0, depth);
      fire.repeat = 1 + below(3);
      focs::ReadBack read;
      read.capture = read.accumulator = slot(0, depth);
      program.add(load, 1, 2).add(fire, 2 | 4, 1 | 8).add(read, 8 | 16, 4 | 32);
      program.add(focs::Store{slot(0, depth), to}, 32, 16);
    } else {
      program.add(focs::LoadAccumulator{slot(0, depth), from}, 16, 8);
      program.add(focs::ElectronicDft{slot(0, depth), focs::TileAxis::Row, 11, false}, 8, 32);
      program.add(focs::Store{slot(0, depth), to}, 32, 16);
    }
    program.add(focs::EndLoop()).add(focs::EndLoop());
  }

  std::mt19937 random;
  std::array<int64_t, 3> splits; // trips of an inner loop
  int64_t tiles, depth;
};

std::vector<Numbers> run(Runner &runner, int64_t size) { return runner({Numbers(size, Complex(1, 2))}); }

} // namespace

TEST(Steady, AsStepByStep) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    Draw draw(seed);
    device::Profile profile = draw.profile();
    Program program = draw.program();
    int64_t size = program.program.bindings[0].shape[0];
    std::vector<Usage> found;
    std::vector<std::vector<Usage>> foundByMark;
    uint64_t events = 0;
    double busy = 0;
    SimulatorOptions counted, exact, traced;
    counted.mode = traced.mode = Mode::Count;
    traced.trace = [&](const Event &event) {
      ++events;
      busy += event.queue == focs::Queue::Load ? event.end - event.start : 0;
    };
    for (const SimulatorOptions &options : {counted, exact, traced}) {
      Runner runner(program, profile, options);
      run(runner, size);
      ASSERT_EQ(runner.message, "") << "seed " << seed;
      found.push_back(runner.usage);
      foundByMark.push_back(runner.byMark);
    }
    EXPECT_EQ(found[0], found[2]) << "seed " << seed;
    EXPECT_EQ(found[1], found[2]) << "seed " << seed;
    EXPECT_EQ(foundByMark[0], foundByMark[2]) << "seed " << seed;
    EXPECT_EQ(foundByMark[1], foundByMark[2]) << "seed " << seed;
    EXPECT_GE(events, size / 121 * 9u);
    EXPECT_NEAR(busy, found[0].busy[1], 1e-9 * busy);
  }
}

// A thousand million iterations are counted in no time, and take what they should.
TEST(Steady, ManyIterations) {
  device::Profile profile = builtin("ofe-11");
  profile.gainSteps = 4, profile.gainRatio = 2;
  profile.linkIn = 121 * 16 / 5e-9, profile.linkOut = 121 * 16 / 4e-9;
  Program program;
  int in = program.tensor(121), out = program.tensor(121, true);
  const uint32_t trips = 100'000'000;
  program.add(focs::Loop{10}).add(focs::Loop{trips});
  program.add(focs::LoadAccumulator{{}, matrix(in, 11, 11)}).add(focs::Store{{}, matrix(out, 11, 11)});
  program.add(focs::EndLoop()).add(focs::EndLoop());
  SimulatorOptions options;
  options.mode = Mode::Count;
  Runner runner(program, profile, options);
  run(runner, 121);
  EXPECT_EQ(runner.message, "");
  EXPECT_NEAR(runner.usage.seconds, 10.0 * trips * 9e-9, 1e-9);
  EXPECT_EQ(runner.usage.bytesIn, uint64_t(10) * trips * 121 * 16);
}
