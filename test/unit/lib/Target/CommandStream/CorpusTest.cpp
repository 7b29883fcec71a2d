// The fuzzer's corpus, once: what it starts from, and what it has found.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/fuzz/FuzzStream.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"

using namespace fourmix::focs;

TEST(Corpus, HoldsWhatMustHold) {
  std::array<int, 4> count{};
  std::error_code error;
  for (llvm::sys::fs::directory_iterator file(FOURMIX_SOURCE_DIR "/test/fuzz/corpus", error), end;
       file != end && !error; file.increment(error)) {
    auto buffer = llvm::MemoryBuffer::getFile(file->path(), /*IsText=*/false, /*RequiresNullTerminator=*/false);
    ASSERT_TRUE(!!buffer) << file->path();
    llvm::StringRef content = (*buffer)->getBuffer();
    int reached = 0;
    EXPECT_EQ(fuzzStream({content.bytes_begin(), content.bytes_end()}, &reached), "") << file->path();
    ++count[reached];
  }
  EXPECT_FALSE(error) << error.message();
  EXPECT_GE(count[3], 10) << "streams that run";
}
