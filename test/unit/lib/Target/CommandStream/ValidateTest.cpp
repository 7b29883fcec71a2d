// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ValidProgram.h"
#include "gtest/gtest.h"

using namespace fourmix;
using namespace fourmix::focs;

TEST(Validate, AcceptsAPipeline) {
  for (uint32_t batches : {1, 2, 3, 10, 1000, 1000003})
    EXPECT_EQ(textOf(validate(pipelineStream(batches), smallDevice())), "") << batches;
}
