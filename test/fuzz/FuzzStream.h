// What must hold of any bytes that are given as a command stream. The fuzzer tries many, a unit test the corpus.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_TEST_FUZZ_FUZZSTREAM_H
#define FOURMIX_TEST_FUZZ_FUZZSTREAM_H

#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <string>

namespace fourmix::focs {

/// Decodes without looking at checksums, encodes and decodes again, writes as text and reads that, validates, and runs
/// what is valid on the simulator. What went wrong in that; nothing if the bytes are refused by an error or a rule.
/// `reached` gets how far they came: 0 refused, 1 decoded, 2 valid, 3 ran.
std::string fuzzStream(llvm::ArrayRef<uint8_t> bytes, int *reached = nullptr);

} // namespace fourmix::focs

#endif // FOURMIX_TEST_FUZZ_FUZZSTREAM_H
