// libFuzzer on decoder, text, validator and simulator: make fuzz. Half of the mutations are those of bytes, half change
// one operand, token or instruction of the decoded stream, so that many are nearly valid.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "fourmix/Target/CommandStreamIO.h"
#include "test/fuzz/FuzzStream.h"
#include "test/unit/lib/Target/CommandStream/RandomProgram.h"
#include "llvm/Support/raw_ostream.h"

using namespace fourmix::focs;

extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t maxSize);

/// An execution is some thousand small allocations: without these, most of the time goes to remembering who freed them.
extern "C" const char *__asan_default_options() {
  return "quarantine_size_mb=8:thread_local_quarantine_size_kb=256:malloc_context_size=4:"
         "detect_stack_use_after_return=0:allocator_release_to_os_interval_ms=-1";
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string problem = fuzzStream({data, size});
  if (problem.empty())
    return 0;
  llvm::errs() << problem << '\n';
  std::abort();
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t maxSize, unsigned seed) {
  std::mt19937 random(seed);
  if (random() % 2) {
    llvm::Expected<CommandStream> stream = decode({data, size}, {/*checkChecksums=*/false});
    if (!stream) {
      llvm::consumeError(stream.takeError());
    } else if (!stream->programs.empty() && !stream->programs[0].main.empty() && !stream->programs[0].preload.empty()) {
      for (unsigned n = 1 + random() % 3;
           n > 0 && !stream->programs[0].main.empty() && !stream->programs[0].preload.empty(); --n)
        mutate(*stream, random);
      std::vector<uint8_t> bytes = encode(*stream);
      if (bytes.size() <= maxSize) {
        std::copy(bytes.begin(), bytes.end(), data);
        return bytes.size();
      }
    }
  }
  if (random() % 2 && size >= 8) { // a few bytes where they are, so that the sizes stay right
    size_t at = random() % (size - 7);
    LLVMFuzzerMutate(data + at, 8, 8);
    return size;
  }
  return LLVMFuzzerMutate(data, size, maxSize);
}
