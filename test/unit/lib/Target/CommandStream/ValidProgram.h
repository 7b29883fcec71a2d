// A small device and programs for it, which tests then break.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef FOURMIX_TEST_UNIT_LIB_TARGET_COMMANDSTREAM_VALIDPROGRAM_H
#define FOURMIX_TEST_UNIT_LIB_TARGET_COMMANDSTREAM_VALIDPROGRAM_H

#include "fourmix/Target/CommandStreamIO.h"

namespace fourmix::focs {

/// 4 x 4, everything that there is; two fields, three captures, four accumulators of 8 x 8, eight filters.
device::Profile smallDevice();

/// Batches of `batches` tiles of 4 x 4: y = x transformed, times a filter, twiddled; double buffering on tokens; a
/// preload loads filters and twiddles.
CommandStream pipelineStream(uint32_t batches = 10);

/// The text of all that is wrong.
std::string textOf(const std::vector<Violation> &violations);

} // namespace fourmix::focs

#endif // FOURMIX_TEST_UNIT_LIB_TARGET_COMMANDSTREAM_VALIDPROGRAM_H
