// What the validator accepts the simulator runs, and in no order of the queues does it compute anything else.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "RaceOracle.h"
#include "RandomProgram.h"
#include "ValidProgram.h"
#include "fourmix/Simulator/Simulator.h"
#include "test/fuzz/FuzzStream.h"
#include "llvm/ADT/STLExtras.h"
#include "gtest/gtest.h"

using namespace fourmix;
using namespace fourmix::focs;

/// The error of loading and running the first program; empty if there is none.
static std::string run(const CommandStream &stream, simulator::Mode mode) {
  simulator::SimulatorOptions options;
  options.mode = mode;
  options.instructionLimit = 1000000;
  device::Profile profile = smallDevice();
  auto device = simulator::Device::load(stream, options, &profile);
  if (!device)
    return llvm::toString(device.takeError());
  std::vector<std::vector<float>> tensors;
  for (const Binding &binding : stream.programs[0].bindings) {
    size_t size = 1;
    for (int64_t extent : binding.shape)
      size *= extent;
    tensors.emplace_back(size * (binding.type == ElementType::F64 ? 2 : 1), 1.f);
  }
  std::vector<simulator::Buffer> buffers;
  for (std::vector<float> &tensor : tensors)
    buffers.push_back({tensor.data(), tensor.size() * sizeof(float)});
  for (int again = 0; again < 2; ++again)
    if (llvm::Error error = (*device)->run(0, buffers))
      return llvm::toString(std::move(error));
  return "";
}

TEST(Soundness, ValidProgramsAreAcceptedAndRun) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    CommandStream stream = randomProgram(seed);
    ASSERT_EQ(textOf(validate(stream, smallDevice())), "") << "seed " << seed << "\n" << disassemble(stream);
    EXPECT_EQ(run(stream, simulator::Mode::Exact), "") << "seed " << seed;
  }
}

TEST(Soundness, IterationsSideBySideComputeTheSame) {
  size_t taken = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    CommandStream stream = randomProgram(seed);
    taken += independentNests(stream, stream.programs[0], smallDevice()).size();
    EXPECT_EQ(fuzzStream(encode(stream)), "") << "seed " << seed << "\n" << disassemble(stream);
  }
  EXPECT_GT(taken, 300u) << "loops of 300 programs whose iterations are independent";
}

TEST(Soundness, WhatIsAcceptedRuns) {
  std::mt19937 random(testing::UnitTest::GetInstance()->random_seed()); // --gtest_random_seed=N draws others
  size_t accepted = 0, rejected = 0, races = 0, cautious = 0;
  std::map<std::string, size_t> rules;
  for (int i = 0; i < 20000; ++i) {
    CommandStream stream = randomProgram(random() % 200);
    for (unsigned n = 1 + random() % 2; n > 0; --n)
      mutate(stream, random);
    std::vector<Violation> violations = validate(stream, smallDevice());
    if (!violations.empty()) {
      ++rejected;
      ++rules[violations[0].rule];
      if (violations[0].rule >= "V605" && violations[0].rule <= "V607")
        findRace(stream.programs[0], smallDevice(), violations[0].inPreload).empty() ? ++cautious : ++races;
      continue;
    }
    ++accepted;
    for (bool inPreload : {true, false})
      ASSERT_EQ(findRace(stream.programs[0], smallDevice(), inPreload), "") << "i " << i << "\n" << disassemble(stream);
    std::string error = run(stream, i % 2 ? simulator::Mode::Noisy : simulator::Mode::Exact);
    if (error.find("stopped after") != std::string::npos)
      continue;
    ASSERT_EQ(error, "") << disassemble(stream);
  }
  EXPECT_GT(accepted, 4000u);
  EXPECT_GT(rejected, 4000u);
  EXPECT_GT(rules.size(), 25u) << "rules that mutations meet";
  EXPECT_GT(races, 20 * cautious) << "of the races that the validator sees, most are some";
}
