// Programs for smallDevice, drawn from a seed: valid ones, and ones that somebody has changed.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_TEST_UNIT_LIB_TARGET_COMMANDSTREAM_RANDOMPROGRAM_H
#define FOURMIX_TEST_UNIT_LIB_TARGET_COMMANDSTREAM_RANDOMPROGRAM_H

#include "fourmix/Target/CommandStreamIO.h"
#include <random>

namespace fourmix::focs {

/// Stages one after the other from the input over the scratch to the output, each a loop nest: tiles are loaded, fired,
/// read back, twiddled, transformed, stored; on tokens with rotating slots, or on barriers.
CommandStream randomProgram(unsigned seed);

/// Changes one operand, token, instruction or count.
void mutate(CommandStream &stream, std::mt19937 &random);

/// What the main code fires.
uint64_t countFrames(const Program &program);

} // namespace fourmix::focs

#endif // FOURMIX_TEST_UNIT_LIB_TARGET_COMMANDSTREAM_RANDOMPROGRAM_H
