// Another way to see whether the order of a program is sufficient: every iteration is executed, every element of every
// memory remembers who touched it. Nothing is shared with the validator.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_TEST_UNIT_LIB_TARGET_COMMANDSTREAM_RACEORACLE_H
#define FOURMIX_TEST_UNIT_LIB_TARGET_COMMANDSTREAM_RACEORACLE_H

#include "fourmix/Target/CommandStreamIO.h"

namespace fourmix::focs {

/// Two touchings of one element that no token or barrier orders, or a wait that nothing ends; empty if there are none,
/// or if the code executes more than `most` instructions.
std::string findRace(const Program &program, const device::Profile &profile, bool inPreload, size_t most = 20000);

} // namespace fourmix::focs

#endif // FOURMIX_TEST_UNIT_LIB_TARGET_COMMANDSTREAM_RACEORACLE_H
