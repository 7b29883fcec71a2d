// How long runs take and what they use.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Programs.h"

using namespace fourmix;
using namespace fourmix::simulator;
using namespace fourmix::simulator::test;

/// Loads of 5 ns, frames of 2 ns and 10 ns until they are captured, 3 ns to read back, stores of 4 ns.
static device::Profile clocked() {
  device::Profile profile = builtin("ofe-11");
  profile.gainSteps = 4, profile.gainRatio = 2;
  profile.linkIn = 121 * 16 / 5e-9;
  profile.linkOut = 121 * 16 / 4e-9;
  profile.frameHz = 1 / 2e-9;
  profile.latencySeconds = 10e-9;
  profile.clockHz = 1e9;
  profile.multipliersPerCycle = 121.0 / 3;
  return profile;
}

/// `frames` frames, loaded and stored, with `depth` slots of every memory.
static Program pipeline(int frames, int depth) {
  enum { fieldFree = 1, fieldFull = 2, captureFree = 4, captureFull = 8, tileFree = 16, tileFull = 32 };
  Program program;
  int in = program.tensor(121 * frames), out = program.tensor(121 * frames, true);
  program.program.tokens[0] = program.program.tokens[2] = program.program.tokens[4] = depth;
  focs::LoadField load;
  load.field = slot(0, depth);
  load.from = matrix(in, 11, 11, linear(0, {121}));
  focs::Fire fire;
  fire.field = fire.capture = slot(0, depth);
  focs::ReadBack read;
  read.capture = read.accumulator = slot(0, depth);
  program.add(focs::Loop{uint32_t(frames)});
  program.add(load, fieldFree, fieldFull).add(fire, fieldFull | captureFree, fieldFree | captureFull);
  program.add(read, captureFull | tileFree, captureFree | tileFull);
  program.add(focs::Store{slot(0, depth), matrix(out, 11, 11, linear(0, {121}))}, tileFull, tileFree);
  return program.add(focs::EndLoop());
}

static SimulatorOptions counting(std::vector<Event> *events = nullptr) {
  SimulatorOptions options;
  options.mode = Mode::Count;
  if (events)
    options.trace = [events](const Event &event) { events->push_back(event); };
  return options;
}

// Two fields: loads 0-5, 5-10, then 17-22 after the first capture, 22-27 after the second; the fourth frame is captured
// at 39, read back at 42, stored at 46.
TEST(Timing, DoubleBuffering) {
  std::vector<Event> events;
  device::Profile profile = clocked();
  Runner run(pipeline(4, 2), profile, counting(&events));
  run({Numbers(4 * 121)});
  EXPECT_NEAR(run.usage.seconds, 46e-9, 1e-15);
  ASSERT_EQ(events.size(), 16u);
  EXPECT_EQ(events[8].queue, focs::Queue::Load); // of the third frame
  EXPECT_NEAR(events[8].start, 17e-9, 1e-15);
  EXPECT_NEAR(events[8].end, 22e-9, 1e-15);
  EXPECT_EQ(events[13].queue, focs::Queue::Optics);
  EXPECT_NEAR(events[13].start, 27e-9, 1e-15);
  EXPECT_NEAR(events[13].end, 39e-9, 1e-15);
  EXPECT_NEAR(run.usage.busy[1], 20e-9, 1e-15);
  EXPECT_NEAR(run.usage.busy[2], 8e-9, 1e-15);
  EXPECT_NEAR(run.usage.busy[3], 12e-9, 1e-15);
  EXPECT_NEAR(run.usage.busy[4], 16e-9, 1e-15);
  EXPECT_EQ(run.usage.bottleneck().first, "link in");
}

// With four fields nothing waits for one: the last load ends at 20, its frame at 32, then 3 and 4.
TEST(Timing, DeeperBuffering) {
  device::Profile profile = clocked();
  Runner run(pipeline(4, 4), profile, counting());
  run({Numbers(4 * 121)});
  EXPECT_NEAR(run.usage.seconds, 39e-9, 1e-15);
  // In the long run the link in decides: 5 ns a frame.
  profile.fieldTiles = profile.captureTiles = 16;
  Runner many(pipeline(1000, 8), profile, counting());
  many({Numbers(1000 * 121)});
  EXPECT_NEAR(many.usage.seconds, 1000 * 5e-9 + 19e-9, 1e-14);
}

// Frames of 20 ns on 1, 2 and 4 engines.
TEST(Timing, Engines) {
  for (auto [engines, expected] :
       {std::pair(1, 5 + 8 * 20 + 10 + 7), {2, 5 + 5 + 4 * 20 + 10 + 7}, {4, 4 * 5 + 2 * 20 + 10 + 7}}) {
    device::Profile profile = clocked();
    profile.engines = engines;
    profile.frameHz = 1 / 20e-9;
    Runner run(pipeline(8, 8), profile, counting());
    run({Numbers(8 * 121)});
    EXPECT_NEAR(run.usage.seconds, expected * 1e-9, 1e-15) << engines;
    EXPECT_NEAR(run.usage.busy[2], 160e-9 / engines, 1e-15);
  }
}

// Repetitions hold the engine; a frame that is taken again waits for the capture before.
TEST(Timing, RepeatsAndReruns) {
  device::Profile profile = clocked();
  focs::Fire fire;
  fire.repeat = 3;
  Runner repeats(Program().single(profile, fire), profile, counting());
  repeats({Numbers(121)});
  EXPECT_NEAR(repeats.usage.seconds, (5 + 16 + 3 + 4) * 1e-9, 1e-15);
  SimulatorOptions quant;
  quant.mode = Mode::Quant;
  Runner reruns(Program().single(profile, {}), profile, quant);
  Numbers wave(121); // all of it meets in one pixel
  for (int i = 0; i < 121; ++i)
    wave[i] = std::conj(root(i, 11));
  reruns({wave});
  EXPECT_EQ(reruns.usage.reruns, 2u);
  EXPECT_NEAR(reruns.usage.seconds, (5 + 3 * 12 + 3 + 4) * 1e-9, 1e-15);
}

TEST(Timing, BarriersHoldAllQueues) {
  device::Profile profile = clocked();
  Program program;
  int in = program.tensor(121), out = program.tensor(121, true);
  focs::LoadField load;
  load.from = matrix(in, 11, 11);
  program.add(load)
      .add(focs::Fire())
      .add(focs::ReadBack())
      .add(focs::Store{{}, matrix(out, 11, 11)}); // finish adds them
  Runner run(program, profile, counting());
  run({Numbers(121)});
  EXPECT_NEAR(run.usage.seconds, (5 + 12 + 3 + 4) * 1e-9, 1e-15);
}

// Scratch within the own memory costs its bandwidth, beyond it the links'.
TEST(Timing, ScratchBeyondTheOwnMemory) {
  device::Profile profile = clocked();
  profile.memoryBandwidth = 121 * 16 / 1e-9;
  Program program;
  program.program.scratchBytes = 2 * 121 * 16;
  profile.scratchBytes = 121 * 16;
  focs::Access own = matrix(0, 11, 11), beyond = own;
  own.re->region = own.im->region = beyond.re->region = beyond.im->region = focs::scratchRegion;
  own.im->offset.base = 121, beyond.re->offset.base = 242, beyond.im->offset.base = 363;
  int in = program.tensor(121);
  program.add(focs::LoadAccumulator{{}, matrix(in, 11, 11)});
  program.add(focs::Store{{}, own}).add(focs::LoadAccumulator{{}, own});
  Runner inside(program, profile, counting());
  inside({Numbers(121)});
  EXPECT_NEAR(inside.usage.seconds, (5 + 1 + 1) * 1e-9, 1e-15);
  EXPECT_EQ(inside.usage.memoryBytes, 2 * 121u * 16);
  EXPECT_EQ(inside.usage.bytesOut, 0u);
  program.add(focs::Store{{}, beyond}).add(focs::LoadAccumulator{{}, beyond});
  Runner outside(program, profile, counting());
  outside({Numbers(121)});
  EXPECT_NEAR(outside.usage.seconds, (5 + 1 + 1 + 4 + 5) * 1e-9, 1e-15);
  EXPECT_EQ(outside.usage.bytesIn, 2 * 121u * 16);
  EXPECT_EQ(outside.usage.bytesOut, 121u * 16);
}

// Loads and stores share the own memory. The second load does not wait for the first store, which the program has
// before it but time has after it: tiles go in at 0-5 and 5-10, are captured at 17 and 22, read back at 20 and 25, and
// go out until 25 and 30; before that, two tiles are made in 10 each.
TEST(Timing, LoadsPassStores) {
  device::Profile profile = clocked();
  profile.linkOut = profile.linkIn;
  profile.memoryBandwidth = 121 * 16 / 5e-9;
  Program program;
  program.program.scratchBytes = 4 * 121 * 16;
  int in = program.tensor(121);
  auto scratch = [](int64_t first, int64_t step) {
    focs::Access access = matrix(0, 11, 11, linear(first, {step}));
    access.re->region = access.im->region = focs::scratchRegion;
    access.im->offset.base += 121;
    return access;
  };
  for (int64_t tile : {0, 1})
    program.add(focs::LoadAccumulator{{}, matrix(in, 11, 11)})
        .add(focs::Barrier())
        .add(focs::Store{{}, scratch(242 * tile, 0)})
        .add(focs::Barrier());
  focs::LoadField load;
  load.field = slot(0, 2);
  load.from = scratch(0, 242);
  focs::Fire fire;
  fire.field = fire.capture = slot(0, 2);
  focs::ReadBack read;
  read.capture = read.accumulator = slot(0, 2);
  program.program.tokens[3] = program.program.tokens[4] = program.program.tokens[5] = 2;
  program.add(focs::Loop{2}).add(load, 8, 1).add(fire, 1 | 16, 8 | 2).add(read, 2 | 32, 16 | 4);
  program.add(focs::Store{slot(0, 2), scratch(484, 242)}, 4, 32).add(focs::EndLoop());
  Runner run(program, profile, counting());
  run({Numbers(121)});
  EXPECT_NEAR(run.usage.seconds, (2 * 10 + 30) * 1e-9, 1e-15) << run.message;
}

TEST(Timing, FilterLoads) {
  device::Profile profile = clocked();
  profile.filterLoadSeconds = 1e-6;
  Program program;
  int in = program.tensor(121);
  program.add(focs::LoadFilter{{}, matrix(in, 11, 11)});
  Runner run(program, profile, counting());
  run({Numbers(121)});
  EXPECT_NEAR(run.usage.seconds, 1e-6, 1e-15);
}

TEST(Timing, Energy) {
  device::Profile profile = clocked();
  profile.idlePower = 2;
  Runner run(pipeline(4, 2), profile, counting());
  run({Numbers(4 * 121)});
  EXPECT_NEAR(run.usage.joules["dac"], 4 * profile.frameEnergy["dac"], 1e-20);
  EXPECT_NEAR(run.usage.joules["electronics"], 4 * 121 * profile.multiplicationEnergy, 1e-20);
  EXPECT_NEAR(run.usage.joules["links"], 4 * 2 * 121 * 16 * profile.linkEnergyPerByte, 1e-20);
  EXPECT_NEAR(run.usage.joules["idle"], 46e-9 * 2, 1e-18);
  double sum = 4 * profile.joulesPerFrame() + run.usage.joules["electronics"] + run.usage.joules["links"] +
               run.usage.joules["idle"];
  EXPECT_NEAR(run.usage.totalJoules(), sum, 1e-18);
}

// What is predicted is what comes, with or without numbers.
TEST(Timing, Predictions) {
  device::Profile profile = clocked();
  focs::CommandStream stream;
  stream.profile = profile.text;
  stream.programs = {finish(pipeline(4, 2).program), finish(Program().single(profile, {}).program)};
  for (focs::Program &program : stream.programs)
    program.prediction = {};
  llvm::Error error = predict(stream, profile);
  ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
  EXPECT_EQ(stream.programs[0].prediction.frames, 4u);
  EXPECT_NEAR(stream.programs[0].prediction.seconds, 46e-9, 1e-15);
  EXPECT_NEAR(stream.programs[1].prediction.seconds, (5 + 12 + 3 + 4) * 1e-9, 1e-15);
  llvm::Expected<std::unique_ptr<Device>> device = Device::load(stream, {}, &profile);
  ASSERT_TRUE(bool(device)) << llvm::toString(device.takeError());
  std::vector<double> plane(4 * 121, 1);
  Usage usage;
  error = (*device)->run(0, std::vector<Buffer>(4, {plane.data(), plane.size() * sizeof(double)}), &usage);
  ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
  EXPECT_EQ(stream.programs[0].prediction.frames, usage.frames);
  EXPECT_EQ(stream.programs[0].prediction.seconds, usage.seconds);
  EXPECT_EQ(stream.programs[0].prediction.joules, usage.totalJoules());
}
