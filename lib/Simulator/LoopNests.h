// Loops that hand each other nothing but memory.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_SIMULATOR_LOOPNESTS_H
#define LIB_SIMULATOR_LOOPNESTS_H

#include "fourmix/Target/CommandStreamIO.h"

namespace fourmix::simulator {

/// All nests of a code in whose innermost loops all tiles are used (fields, captures, accumulators), each of which is
/// written before it is read in the same iteration. None if that is not so of the whole code.
std::vector<focs::LoopNest> containedNests(llvm::ArrayRef<focs::Instruction> code);

} // namespace fourmix::simulator

#endif // LIB_SIMULATOR_LOOPNESTS_H
