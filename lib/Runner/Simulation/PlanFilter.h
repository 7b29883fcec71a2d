// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LIB_RUNNER_SIMULATION_PLANFILTER_H
#define LIB_RUNNER_SIMULATION_PLANFILTER_H

#include "fourmix/Device/Profile.h"
#include "llvm/Support/raw_ostream.h"

namespace fourmix {

/// What describePlan says of "filter:...", of which `text` is what follows.
llvm::Error describeFilterPlan(llvm::StringRef text, const device::Profile &profile, llvm::raw_ostream &out);

} // namespace fourmix

#endif // LIB_RUNNER_SIMULATION_PLANFILTER_H
