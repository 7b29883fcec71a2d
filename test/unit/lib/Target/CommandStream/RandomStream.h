// Streams for tests, drawn from a seed.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_TEST_UNIT_LIB_TARGET_COMMANDSTREAM_RANDOMSTREAM_H
#define FOURMIX_TEST_UNIT_LIB_TARGET_COMMANDSTREAM_RANDOMSTREAM_H

#include "fourmix/Target/CommandStream.h"

namespace fourmix::focs {

/// Every instruction with any operands: what a file can hold, whatever it may mean.
CommandStream arbitraryStream(unsigned seed);

} // namespace fourmix::focs

#endif // FOURMIX_TEST_UNIT_LIB_TARGET_COMMANDSTREAM_RANDOMSTREAM_H
