// The fuzzer's corpus, once: what it starts from, and what it has found.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Target/CommandStreamIO.h"
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

/// Every bit of three streams turned: the checksums see it; with checksums put right what is left is refused, or runs.
TEST(Corpus, EveryFlippedBitIsHarmless) {
  for (const char *name : {"pipeline", "random-1", "random-10"}) {
    std::string path = std::string(FOURMIX_SOURCE_DIR "/test/fuzz/corpus/") + name + ".focs";
    auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
    ASSERT_TRUE(!!buffer) << path;
    std::vector<uint8_t> bytes((*buffer)->getBuffer().bytes_begin(), (*buffer)->getBuffer().bytes_end());
    std::array<int, 4> count{};
    for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      bytes[bit / 8] ^= 1 << bit % 8;
      llvm::Expected<CommandStream> stream = decode(bytes);
      EXPECT_FALSE(!!stream) << path << ", bit " << bit;
      llvm::consumeError(stream.takeError());
      int reached = 0;
      EXPECT_EQ(fuzzStream(bytes, &reached), "") << path << ", bit " << bit;
      ++count[reached];
      bytes[bit / 8] ^= 1 << bit % 8;
    }
    EXPECT_GT(count[3], 100) << "flips that say something else that runs";
    EXPECT_GT(count[1], 100) << "flips that a rule refuses";
  }
}
