// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Calibration/Samples.h"
#include "gtest/gtest.h"

using namespace fourmix;
using namespace fourmix::calibration;

namespace {

HostTensor counting(fourmix_dtype dtype, llvm::ArrayRef<int64_t> shape) {
  HostTensor tensor = HostTensor::zeros(dtype, shape);
  for (int64_t i = 0; i < tensor.size(); ++i)
    tensor.setInteger(i, i);
  return tensor;
}

const std::vector<InputDecl> decls = {{"ids", FOURMIX_INT64, {2, 3}}, {"mask", FOURMIX_INT64, {2, 1}}};

/// What the runs of these arrays get for input `which`, one list per run.
std::vector<std::vector<int64_t>> runsOf(llvm::ArrayRef<InputDecl> decls, const Samples &samples, size_t which = 0) {
  llvm::Expected<SampleFeed> feed = SampleFeed::create(decls, samples);
  if (!feed) {
    ADD_FAILURE() << llvm::toString(feed.takeError());
    return {};
  }
  std::vector<HostTensor> inputs;
  for (const InputDecl &decl : decls)
    inputs.push_back(HostTensor::zeros(decl.dtype, decl.dims));
  std::vector<std::vector<int64_t>> runs(feed->runs());
  for (int64_t run = 0; run < feed->runs(); ++run) {
    feed->fill(run, inputs);
    for (int64_t i = 0; i < inputs[which].size(); ++i)
      runs[run].push_back(inputs[which].integer(i));
  }
  return runs;
}

std::string errorOf(const Samples &samples) {
  llvm::Expected<SampleFeed> feed = SampleFeed::create(decls, samples);
  return feed ? "" : llvm::toString(feed.takeError());
}

using Runs = std::vector<std::vector<int64_t>>;

TEST(SampleFeed, SlicesOfTheBatchTheLastFilledUp) {
  Samples samples = {{"labels", counting(FOURMIX_INT32, {7})},
                     {"mask", counting(FOURMIX_INT64, {3, 1})},
                     {"ids", counting(FOURMIX_INT64, {3, 3})}};
  EXPECT_EQ(runsOf(decls, samples), Runs({{0, 1, 2, 3, 4, 5}, {6, 7, 8, 6, 7, 8}}));
  EXPECT_EQ(runsOf(decls, samples, 1), Runs({{0, 1}, {2, 2}}));
}

TEST(SampleFeed, OneRunOfTheModelsOwnShapes) {
  Samples samples = {{"ids", counting(FOURMIX_INT64, {2, 3})}, {"mask", counting(FOURMIX_INT64, {2, 1})}};
  EXPECT_EQ(runsOf(decls, samples), Runs({{0, 1, 2, 3, 4, 5}}));
  EXPECT_EQ(llvm::cantFail(SampleFeed::create(decls, samples)).samples(), 2);
}

TEST(SampleFeed, WhatHasNoBatchIsTheSameInEveryRun) {
  std::vector<InputDecl> inputs = {
      {"table", FOURMIX_INT64, {3, 1}}, {"x", FOURMIX_INT64, {1, 2}}, {"one", FOURMIX_INT64, {}}};
  Samples samples = {{"table", counting(FOURMIX_INT64, {3, 1})},
                     {"x", counting(FOURMIX_INT64, {2, 2})},
                     {"one", counting(FOURMIX_INT64, {})}};
  EXPECT_EQ(runsOf(inputs, samples, 0), Runs({{0, 1, 2}, {0, 1, 2}}));
  EXPECT_EQ(runsOf(inputs, samples, 1), Runs({{0, 1}, {2, 3}}));
  EXPECT_EQ(runsOf(inputs, samples, 2), Runs({{0}, {0}}));
}

TEST(SampleFeed, ASampleMayBeAWholeRun) {
  std::vector<InputDecl> inputs = {{"x", FOURMIX_INT64, {2, 1}}};
  EXPECT_EQ(runsOf(inputs, {{"x", counting(FOURMIX_INT64, {3, 2, 1})}}), Runs({{0, 1}, {2, 3}, {4, 5}}));
  EXPECT_TRUE(llvm::cantFail(SampleFeed::create(inputs, {{"x", counting(FOURMIX_INT64, {3, 2, 1})}})).isWholeRuns());
}

TEST(SampleFeed, ErrorsNameTheInput) {
  HostTensor ids = counting(FOURMIX_INT64, {5, 3}), mask = counting(FOURMIX_INT64, {5, 1});
  EXPECT_EQ(errorOf({{"ids", ids}, {"Mask", mask}}),
            "input 'mask' (2x1xi64): the samples have no array of that name, but 'ids' (5x3xi64), 'Mask' (5x1xi64)");
  EXPECT_EQ(errorOf({}), "input 'ids' (2x3xi64): the samples have no array of that name, but none");
  EXPECT_EQ(errorOf({{"ids", counting(FOURMIX_INT64, {5, 4})}, {"mask", mask}}),
            "input 'ids': expected an array SAMPLESx3xi64 (axis 0 runs over samples), found 5x4xi64");
  EXPECT_EQ(errorOf({{"ids", counting(FOURMIX_INT32, {5, 3})}, {"mask", mask}}),
            "input 'ids': expected an array SAMPLESx3xi64 (axis 0 runs over samples), found 5x3xi32");
  EXPECT_EQ(errorOf({{"ids", counting(FOURMIX_INT64, {5})}, {"mask", mask}}),
            "input 'ids': expected an array SAMPLESx3xi64 (axis 0 runs over samples), found 5xi64");
  EXPECT_EQ(errorOf({{"ids", ids}, {"mask", counting(FOURMIX_INT64, {4, 1})}}),
            "input 'mask' has 4 samples, 2 in a run, but input 'ids' has 5, 2 in a run");
  EXPECT_EQ(errorOf({{"ids", ids}, {"mask", counting(FOURMIX_INT64, {2, 1})}}),
            "input 'mask' has 2 samples, 2 in a run, but input 'ids' has 5, 2 in a run");
  EXPECT_EQ(errorOf({{"ids", counting(FOURMIX_INT64, {0, 3})}, {"mask", mask}}),
            "input 'ids': the array has no samples (0x3xi64)");
}

TEST(Samples, FilesThatAreNone) {
  std::string error = llvm::toString(readSamples("no/such/file.npz").takeError());
  EXPECT_NE(error.find("cannot read 'no/such/file.npz'"), std::string::npos) << error;
}

TEST(Samples, Slices) {
  Samples part = sliceSamples({{"x", counting(FOURMIX_INT64, {4, 2})}}, 1, 2);
  EXPECT_EQ(part[0].tensor.shape, llvm::ArrayRef<int64_t>({2, 2}));
  EXPECT_EQ(part[0].tensor.integer(0), 2);
  EXPECT_EQ(part[0].tensor.integer(3), 5);
}

} // namespace
